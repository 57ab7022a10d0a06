//! "Terms of use": asks a person who is signed in to accept them before they go on.

use askama::Template;
use idp_core::discovery::path;
use idp_core::web_link::WebLink;

use super::{ClientLabel, DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};

/// Names the terms, leads to them, and asks.
#[derive(Debug, Template)]
#[template(path = "accept_terms.html")]
pub struct AcceptTermsPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going, and "cancel" goes; `None` when they came to the provider itself, and sign out instead.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account.
    pub account: DisplayText,
    /// Where the terms are.
    pub terms: WebLink,
    /// Their version.
    pub version: DisplayText,
    /// Whether the person has accepted an earlier version.
    pub have_changed: bool,
    /// Whether people may have their account deleted by themselves.
    pub may_delete: bool,
}

impl Page for AcceptTermsPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AcceptTermsPage<'_> {
    fn lead(&self) -> Message<'_> {
        let id = if self.have_changed { "terms-lead-changed" } else { "terms-lead" };
        let provider = ("provider", Value::Name(&self.layout.provider));
        self.layout.message(id, &[provider, ("version", Value::Name(&self.version))])
    }
}
