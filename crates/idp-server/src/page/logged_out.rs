//! What a person sees after signing out when there is no site to return to by itself.

use askama::Template;

use super::{ClientLabel, Frame, Language, LinkUri, Part, Receipt, Sentence};

/// Says that the session ended.
#[derive(Debug, Template)]
#[template(path = "logged_out.html")]
pub struct LoggedOutPage {
    /// What it stands in.
    pub frame: Frame,
    /// The site the person came from, and its address where that is known.
    pub back: Option<(ClientLabel, LinkUri)>,
    /// What else was ended, and where that is known already.
    pub receipt: Option<Receipt>,
}

impl LoggedOutPage {
    fn words(&self) -> &'static Words {
        match self.frame.language {
            Language::English => &ENGLISH,
        }
    }

    fn back_label<'s>(&self, client: &'s ClientLabel) -> Sentence<'s> {
        Sentence::with(self.words().back, &[("client", &client.name)])
    }
}

/// All words of the page in one language.
struct Words {
    title: &'static str,
    heading: &'static str,
    lead: &'static str,
    back: &'static str,
}

static ENGLISH: Words = Words {
    title: "Signed out",
    heading: "You are signed out",
    lead: "You can close this page.",
    back: "Return to {client}",
};
