//! The page that asks before it ends a session (OpenID Connect RP-Initiated Logout 1.0 section 2),
//! so that no other site can sign a person out by a mere link.

use askama::Template;
use idp_core::discovery::path;

use super::{ClientLabel, DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};

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

impl Page for LogoutPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl LogoutPage<'_> {
    fn lead(&self) -> Message<'_> {
        match &self.client {
            Some(client) => self.layout.message("logout-lead", &[("client", Value::Name(&client.name))]),
            None => self.layout.message("logout-lead-alone", &[]),
        }
    }
}
