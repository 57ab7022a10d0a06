//! What a page can say about the token behind it: what was checked here, without asking the provider.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use resource_sdk::{AccessToken, UnixTime};

use crate::words::Words;

/// What was checked, in words for a person.
pub(crate) struct Facts {
    pub(crate) issuer: String,
    pub(crate) audience: Vec<String>,
    pub(crate) key_id: String,
    pub(crate) subject: String,
    pub(crate) expires_in: String,
}

impl Facts {
    /// Of a verified token, and its text for the name of the key.
    pub(crate) fn of(token: &AccessToken, text: &str, now: UnixTime, words: &Words) -> Self {
        Self {
            issuer: token.issuer().to_owned(),
            audience: token.audience().to_vec(),
            key_id: key_id(text).unwrap_or_default(),
            subject: token.subject().to_owned(),
            expires_in: words.time_left(token.expires_at().secs_since(now)),
        }
    }
}

/// `kid` of a token whose signature was verified, from its first segment.
fn key_id(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Header {
        kid: String,
    }
    let (header, _) = text.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    Some(header.kid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_named_by_the_header() {
        assert_eq!(key_id("eyJraWQiOiJrMSJ9.x.y").as_deref(), Some("k1"));
        assert_eq!(key_id("x.y.z"), None);
        assert_eq!(key_id(""), None);
    }
}
