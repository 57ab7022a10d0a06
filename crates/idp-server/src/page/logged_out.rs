//! What a person sees after signing out when there is no site to return to by itself.

use askama::Template;

use super::{Language, Layout, Receipt};

/// Says that the session ended.
#[derive(Debug, Template)]
#[template(path = "logged_out.html")]
pub struct LoggedOutPage {
    /// What it stands in.
    pub layout: Layout,
    /// What else was ended, and where that is known already.
    pub receipt: Option<Receipt>,
}

impl LoggedOutPage {
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
}

static ENGLISH: Words =
    Words { title: "Signed out", heading: "You are signed out", lead: "You can close this page." };
