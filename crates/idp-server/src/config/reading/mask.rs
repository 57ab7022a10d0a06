//! Values that carry a secret, as they may be shown.

use serde_json::Value as Json;

use crate::config::{DatabaseUrl, RedisUrl};

/// The only values that can carry a secret are the URLs of the database and of Redis, and one that was meant for the mail
/// server and is refused.
pub(super) fn mask(key: &str, value: &mut Json) {
    match (key, value) {
        ("storage.database_url" | "storage.direct_url", Json::String(url)) => {
            *url = DatabaseUrl::from(url.as_str()).to_string()
        }
        (key, Json::String(url)) if key.starts_with("redis.") || key == "mail.server" => {
            *url = RedisUrl::from(url.as_str()).to_string()
        }
        (key, Json::Array(urls)) if key.starts_with("redis.") => {
            urls.iter_mut().for_each(|url| mask(key, url))
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s111_a_password_in_the_database_url_is_not_shown() {
        for key in ["storage.database_url", "storage.direct_url"] {
            let mut value = Json::from("postgresql://idp:p%40ss@db.internal/idp");
            mask(key, &mut value);
            assert_eq!(value, Json::from("postgresql://***@db.internal/idp"));
        }
        let mut server = Json::from("smtp://idp:p%40ss@mail.internal");
        mask("mail.server", &mut server);
        assert_eq!(server, Json::from("smtp://***@mail.internal"));
        let mut values = Json::from(vec!["redis://:p@ss@one", "redis://two"]);
        mask("redis.cluster", &mut values);
        assert_eq!(values, Json::from(vec!["redis://***@one", "redis://two"]));
    }
}
