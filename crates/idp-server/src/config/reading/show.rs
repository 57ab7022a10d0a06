//! The effective configuration for `config check`: one line per key, with its origin and without secrets. The lines are
//! themselves TOML, so that an operator can paste them.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{
    known_keys::flatten,
    load::Loaded,
    mask::mask,
    origin::{Origin, Origins},
};
use crate::config::Config;

/// One key of the configuration in force.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its name, such as `token.access`.
    pub key: String,
    /// Its value; secrets are masked. Null: it is not set.
    pub value: Json,
    /// Where that comes from.
    pub origin: Origin,
}

/// Every key in the order of their names.
///
/// # Errors
/// Only if a configuration struct cannot be serialised, which a test rules out.
pub fn settings(config: &Config, origins: &Origins) -> Result<Vec<Setting>, serde_json::Error> {
    let mut leaves = BTreeMap::new();
    flatten(&serde_json::to_value(config)?, String::new(), &mut leaves);
    let setting = |(key, mut value): (String, Json)| {
        mask(&key, &mut value);
        Setting { origin: origin_of(origins, &key).clone(), key, value }
    };
    Ok(leaves.into_iter().map(setting).collect())
}

/// Of a value that is a table itself, each member is from where the whole is from.
fn origin_of<'a>(origins: &'a Origins, key: &str) -> &'a Origin {
    let whole = || origins.get(key.rsplit_once('.')?.0);
    origins.get(key).or_else(whole).unwrap_or(&Origin::Default)
}

impl Loaded {
    /// The lines, in the order of the keys. Keys that are unset stand as comments.
    ///
    /// # Errors
    /// Only if a configuration struct cannot be serialised, which a test rules out.
    pub fn lines(&self) -> Result<Vec<String>, serde_json::Error> {
        Ok(settings(&self.config, &self.origins)?.iter().map(line).collect())
    }

    /// Each key with its value, secrets masked.
    ///
    /// # Errors
    /// As [`Loaded::lines`].
    pub fn values(&self) -> Result<BTreeMap<String, Json>, serde_json::Error> {
        let all = settings(&self.config, &self.origins)?;
        Ok(all.into_iter().map(|setting| (setting.key, setting.value)).collect())
    }
}

fn line(Setting { key, value, origin }: &Setting) -> String {
    match value {
        Json::Null => format!("# {key} is not set"),
        value => format!("{key} = {value}  # {origin}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Inputs, load};

    #[test]
    fn every_line_is_toml_that_loads_to_the_same_configuration() {
        let flags = vec![("token.access".to_owned(), "5m".to_owned())];
        let loaded = load(&Inputs { flags, ..Inputs::default() });
        let Ok(loaded) = loaded else { return assert!(loaded.is_ok()) };
        let lines = loaded.lines().unwrap_or_default();
        assert!(lines.contains(&"token.access = \"5m\"  # flag".to_owned()), "{lines:?}");
        let again: Result<crate::config::Config, _> = ::config::Config::builder()
            .add_source(::config::File::from_str(&lines.join("\n"), ::config::FileFormat::Toml))
            .build()
            .and_then(::config::Config::try_deserialize);
        assert_eq!(again.ok(), Some(loaded.config));
    }
}
