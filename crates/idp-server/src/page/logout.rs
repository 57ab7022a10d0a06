//! The page that asks before it ends a session (OpenID Connect RP-Initiated Logout 1.0 section 2),
//! so that no other site can sign a person out by a mere link.

use askama::Template;
use idp_core::discovery::path;

use super::{ClientLabel, DisplayText, FormSeal, Language, Layout, Message, Part, action};

/// Asks whether to sign out.
#[derive(Debug, Template)]
#[template(path = "logout.html")]
pub struct LogoutPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The client that asks for it, when it is known.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
}

impl LogoutPage<'_> {
    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }

    fn lead(&self) -> Message<'_> {
        match &self.client {
            Some(client) => Message::with(self.words().lead, &[("client", &client.name)]),
            None => Message::plain(self.words().lead_alone),
        }
    }
}

/// All words of the page in one language.
struct Words {
    title: &'static str,
    heading: &'static str,
    lead: &'static str,
    lead_alone: &'static str,
    signed_in_as: &'static str,
    submit: &'static str,
    cancel: &'static str,
    devices: &'static str,
}

static ENGLISH: Words = Words {
    title: "Sign out",
    heading: "Sign out?",
    lead: "{client} asks to sign you out. This also ends your sign-in at the other sites you opened with this account.",
    lead_alone: "This ends your sign-in here and at the sites you opened with this account.",
    signed_in_as: "Signed in as",
    submit: "Sign out",
    cancel: "Stay signed in",
    devices: "See all your devices",
};
