//! The messages of one language, read from its file.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource};

/// English has every message; the others follow in the order of their tags.
pub(super) struct Catalogues {
    pub(super) english: Catalogue,
    pub(super) others: Vec<Catalogue>,
}

pub(super) static CATALOGUES: LazyLock<Catalogues> = LazyLock::new(|| Catalogues {
    english: Catalogue::read("en", ENGLISH),
    others: OTHERS.iter().map(|(tag, text)| Catalogue::read(tag, text)).chain(in_tests()).collect(),
});

pub(super) const ENGLISH: &str = include_str!("../../../../web-templates/words/en.ftl");

/// Tags and files, from the build script.
pub(super) const OTHERS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// English under the tag and in the direction of Hebrew, so that tests see a page that is written from the right.
#[cfg(test)]
fn in_tests() -> Option<Catalogue> {
    Some(Catalogue::read("he", &ENGLISH.replace("direction = ltr", "direction = rtl")))
}

#[cfg(not(test))]
const fn in_tests() -> Option<Catalogue> {
    None
}

/// The messages of one language.
pub(super) struct Catalogue {
    pub(super) tag: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// A test reads every file and finds nothing wrong with it; what is wrong all the same is left out.
    fn read(tag: &'static str, text: &str) -> Self {
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(tag, ?errors, "a part of the words of a language cannot be read");
            resource
        });
        let mut bundle = FluentBundle::new_concurrent(tag.parse().into_iter().collect());
        // The marks would travel with text that is copied; `page` isolates names by elements.
        bundle.set_use_isolating(false);
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(tag, ?errors, "a message of a language is there twice");
        }
        Self { tag, bundle }
    }

    /// The message without values, borrowed where it is plain text.
    pub(super) fn plain(&'static self, id: &str) -> Option<Cow<'static, str>> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, None, &mut errors);
        self.report(id, &errors);
        Some(text)
    }

    /// The message with these values.
    pub(super) fn filled(&self, id: &str, values: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(values), &mut errors).into_owned();
        self.report(id, &errors);
        Some(text)
    }

    fn report(&self, id: &str, errors: &[FluentError]) {
        if !errors.is_empty() {
            tracing::error!(language = self.tag, id, ?errors, "a message is not complete");
        }
    }
}
