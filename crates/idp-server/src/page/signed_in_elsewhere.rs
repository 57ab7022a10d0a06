//! The question before a sign-in ends others: which these are, and that nothing has happened yet. The password was
//! right, so its owner may see where they are signed in.

use askama::Template;
use idp_core::device::DeviceKind;

use super::{ClientLabel, DeviceLine, DisplayText, FormSeal, Language, Layout, Message, Part, action};

/// Asks whether to go on although that signs out elsewhere.
#[derive(Debug, Template)]
#[template(path = "signed_in_elsewhere.html")]
pub struct SignedInElsewherePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account.
    pub account: DisplayText,
    /// What would end.
    pub devices: Vec<DeviceLine>,
}

impl SignedInElsewherePage<'_> {
    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }

    fn heading(&self) -> Message<'_> {
        let words = self.words();
        match self.devices.as_slice() {
            [only] => Message::with(words.heading, &[("device", &only.label)]),
            _ => Message::plain(words.heading_many),
        }
    }

    fn lead(&self) -> Message<'_> {
        let words = self.words();
        let lead = if self.devices.len() == 1 { words.lead } else { words.lead_many };
        Message::with(lead, &[("account", &self.account)])
    }
}

/// All words of the page in one language.
struct Words {
    title: &'static str,
    heading: &'static str,
    heading_many: &'static str,
    lead: &'static str,
    lead_many: &'static str,
    last_use: &'static str,
    submit: &'static str,
    submit_many: &'static str,
    cancel: &'static str,
}

static ENGLISH: Words = Words {
    title: "Signed in elsewhere",
    heading: "You are signed in on {device}",
    heading_many: "You are signed in on other devices",
    lead: "Signing in here as {account} signs you out there.",
    lead_many: "Signing in here as {account} signs you out on each of these.",
    last_use: "Last used",
    submit: "Sign in here, sign out there",
    submit_many: "Sign in here, sign out on those",
    cancel: "Cancel",
};
