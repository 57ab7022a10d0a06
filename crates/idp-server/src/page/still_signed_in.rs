//! What a person sees who was asked whether to sign out and stayed, when there is no site to return to by itself
//! (OpenID Connect RP-Initiated Logout 1.0 section 2: they decide).

use askama::Template;
use idp_core::discovery::path;

use super::{DisplayText, Language, Layout};

/// Says that nothing ended.
#[derive(Debug, Template)]
#[template(path = "still_signed_in.html")]
pub struct StillSignedInPage {
    /// What it stands in.
    pub layout: Layout,
    /// The account in use.
    pub account: DisplayText,
}

impl StillSignedInPage {
    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }
}

/// All words of the page in one language.
struct Words {
    title: &'static str,
    heading: &'static str,
    lead: &'static str,
    signed_in_as: &'static str,
    devices: &'static str,
}

static ENGLISH: Words = Words {
    title: "Still signed in",
    heading: "You are still signed in",
    lead: "Nothing was changed. You can close this page.",
    signed_in_as: "Signed in as",
    devices: "Your devices",
};
