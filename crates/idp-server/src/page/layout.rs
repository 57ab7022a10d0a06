//! What every page stands in: the provider's name and looks, the language, and the buttons that change it.

use std::borrow::Cow;
use std::sync::Arc;

use super::{DisplayText, Message, Theme, ThemeLink, Value};
use crate::words::Language;

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The provider's own name, shown small.
    pub provider: DisplayText,
    /// How the installation looks.
    pub theme: Arc<Theme>,
    /// The language of the page.
    pub language: Language,
    /// The buttons that change it.
    pub switch: Option<LanguageSwitch>,
}

/// The buttons that change the language of a page, and the way back to it.
#[derive(Debug, Clone)]
pub struct LanguageSwitch {
    /// The languages that the page is not in.
    pub others: Vec<Language>,
    /// Where the page is found again: a path of ours and its query.
    pub back: String,
    /// The form token, which holds for this way back only.
    pub proof: String,
}

impl Layout {
    /// A frame under the provider's name, with the looks that the stylesheet has by itself.
    #[must_use]
    pub fn new(provider: &str, language: Language) -> Self {
        Self { provider: DisplayText::name(provider), theme: Theme::plain(), language, switch: None }
    }

    /// The frame with the looks of an installation.
    #[must_use]
    pub fn with_theme(self, theme: Arc<Theme>) -> Self {
        Self { theme, ..self }
    }

    /// The frame with buttons for the other languages, where there are any.
    #[must_use]
    pub fn with_switch(self, switch: LanguageSwitch) -> Self {
        let switch = Some(switch).filter(|switch| !switch.others.is_empty());
        Self { switch, ..self }
    }

    /// Where the footer leads.
    #[must_use]
    pub fn links(&self) -> Vec<ThemeLink<'_>> {
        self.theme.links(self.language)
    }

    /// A message that has no variables.
    #[must_use]
    pub fn say(&self, id: &str) -> Cow<'static, str> {
        self.language.say(id)
    }

    /// Words of ours that are there already, for a part that shows messages.
    #[must_use]
    pub fn plain(&self, words: impl AsRef<str>) -> Message<'static> {
        Message::plain(words.as_ref())
    }

    /// A message with values in it, to be shown part by part.
    #[must_use]
    pub fn message<'a>(&self, id: &str, values: &[(&str, Value<'a>)]) -> Message<'a> {
        Message::new(self.language, id, values)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use askama::Template;

    use super::*;
    use crate::page::LoggedOutPage;

    #[test]
    fn a_page_says_its_language_and_its_direction() {
        for (tag, direction) in [("en", "ltr"), ("zh-CN", "ltr"), ("he", "rtl")] {
            let layout = Layout::new("Accounts", tag.parse().unwrap());
            let page = LoggedOutPage { layout, receipt: None }.render().unwrap();
            assert!(page.contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\">")), "{tag}");
        }
    }
}
