//! What the mount's own pages say, in each language: one [`Words`] a language, whose fields are the sentences. The
//! compiler holds that none is missing. Which language a request is answered in is decided in `choice`; how a page looks is
//! `browser/page`'s. RFC 5646; RFC 4647.

mod chinese;
mod choice;
mod english;
#[cfg(test)]
mod tests;

pub(crate) use choice::fitting;
pub use choice::preferred_language;

/// Stands in a sentence for the host of the site.
pub(crate) const HOST: &str = "{host}";
/// The longest tag taken, in bytes; the longest that is in use has half of that.
pub(crate) const MAX_TAG_BYTES: usize = 35;

/// The sentences of one language, as plain text. A site brings a language of its own, or words of its own for one of ours, with
/// [`SignInBuilder::words`](super::SignInBuilder::words):
///
/// ```
/// use resource_sdk::sign_in::{PageWords, Words};
///
/// const GERMAN: Words = Words {
///     tag: "de",
///     to_site: "Zur Website",
///     cancelled: PageWords { title: "Sie sind nicht angemeldet", text: "Die Anmeldung wurde abgebrochen." },
///     // and so on; what is left to English is English
///     ..Words::ENGLISH
/// };
/// ```
#[derive(Clone, Debug)]
pub struct Words {
    /// Its BCP 47 tag, such as `de` or `pt-BR`, for `lang` and `Content-Language`.
    pub tag: &'static str,
    /// Which way it is written.
    pub direction: Direction,
    /// Leads to what did not work just now.
    pub try_again: &'static str,
    /// Leads to the home page.
    pub to_site: &'static str,
    /// Leads to the page that was wanted.
    pub to_page: &'static str,
    /// Begins a sign-in.
    pub sign_in: &'static str,
    /// Begins one again that was cancelled.
    pub sign_in_after_all: &'static str,
    /// Signs out.
    pub sign_out: &'static str,
    /// Leads to a page that signs out.
    pub to_sign_out: &'static str,
    /// Leads to the provider, where the person confirms that it is them.
    pub confirm: &'static str,
    /// Goes on with what was begun.
    pub go_on: &'static str,
    /// The browser kept nothing. The text names the site's host where it says `{host}`.
    pub no_cookies: PageWords,
    /// A person who is signed in is asked whether to sign out.
    pub confirm_sign_out: PageWords,
    /// The page that was wanted comes by itself.
    pub moving_on: PageWords,
    /// The person said no at the provider.
    pub cancelled: PageWords,
    /// An answer of the provider could not be accepted.
    pub failed: PageWords,
    /// The provider does not answer.
    pub provider_away: PageWords,
    /// A session cannot be judged now, and stays as it is.
    pub try_again_later: PageWords,
    /// A form or script that is not a current one of this site.
    pub forbidden: PageWords,
    /// A frame or script asked for a page of its own.
    pub not_a_navigation: PageWords,
    /// The site is put together wrongly.
    pub internal_error: PageWords,
    /// A form was sent to a route that demands more of the sign-in, and keeps no form.
    pub confirm_first: PageWords,
    /// The person did not confirm that it is them.
    pub not_confirmed: PageWords,
    /// The sign-in is of none of the classes that a route demands.
    pub too_weak: PageWords,
    /// The sign-in is too long ago for a route.
    pub too_old: PageWords,
    /// A form that waited for its person is sent on.
    pub send_form: PageWords,
    /// That form was sent already.
    pub form_sent: PageWords,
    /// That form is not here any more.
    pub form_gone: PageWords,
    /// That form was filled in by another person.
    pub form_of_another: PageWords,
    /// A form is longer than what is taken.
    pub form_too_long: PageWords,
}

/// The words of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageWords {
    /// Its title and heading.
    pub title: &'static str,
    /// What happened, and what now.
    pub text: &'static str,
}

/// Which way a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    LeftToRight,
    /// From right to left.
    RightToLeft,
}

impl Direction {
    /// The value of `dir`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

impl Words {
    /// English.
    pub const ENGLISH: Self = english::WORDS;
    /// Simplified Chinese.
    pub const CHINESE: Self = chinese::WORDS;

    /// What a site without words of its own has; the first is for those who understand none of them.
    pub(crate) fn built_in() -> Vec<Self> {
        vec![Self::ENGLISH, Self::CHINESE]
    }

    /// Whether a page can be made of them: the tag is one, and the page about cookies says for which address.
    pub(crate) fn is_complete(&self) -> bool {
        is_tag(self.tag) && self.no_cookies.text.contains(HOST)
    }
}

/// Whether a text has the form of a language tag: letters and digits in groups of up to eight (RFC 5646 2.1).
pub(crate) fn is_tag(text: &str) -> bool {
    let is_group =
        |group: &str| (1..=8).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_alphanumeric());
    text.len() <= MAX_TAG_BYTES && text.split('-').all(is_group)
}
