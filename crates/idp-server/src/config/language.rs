//! The `[language]` table: the languages of the pages. Which of them a person gets is decided in `http/request/language`.

use serde::{Deserialize, Serialize};

use crate::words::Language;

/// The `[language]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LanguageConfig {
    /// For a person of whom nothing tells which one they read.
    pub default: Language,
    /// Those that a page may be in; every one that there is when it is empty.
    pub offered: Vec<Language>,
}

impl LanguageConfig {
    /// Those that a page may be in, in the order of the configuration.
    #[must_use]
    pub fn offered(&self) -> Vec<Language> {
        if self.offered.is_empty() { Language::all().collect() } else { self.offered.clone() }
    }

    /// The same by their tags.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        self.offered().into_iter().map(|language| language.tag().to_owned()).collect()
    }
}
