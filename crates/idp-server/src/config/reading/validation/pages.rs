//! What people see: names, looks, languages, terms.

use super::when;
use crate::config::Config;

pub(super) fn service_name_can_be_shown(config: &Config) -> Option<String> {
    let name = &config.issuer.service_name;
    when(
        name.trim().is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control),
        format!("issuer.service_name is {name:?}; it must have 1 to 60 characters and no control characters"),
    )
}

pub(super) fn theme_can_be_read(config: &Config) -> Option<String> {
    config.theme.fault(config.language.default)
}

pub(super) fn default_language_is_offered(config: &Config) -> Option<String> {
    let language = &config.language;
    when(
        !language.offered().contains(&language.default),
        format!(
            "language.default is {}; it must be one of language.offered: {}",
            language.default,
            language.tags().join(", ")
        ),
    )
}

/// People cannot accept what they cannot read.
pub(super) fn terms_can_be_read(config: &Config) -> Option<String> {
    when(
        config.account.terms_version.is_some() && config.theme.terms.is_none(),
        "account.terms_version is set, so theme.terms must say where people read these terms",
    )
}
