//! "No access": tells a person who is signed in that they may not sign in at a site.

use askama::Template;
use idp_core::client::AccessRefusal;
use idp_core::web_link::WebLink;

use super::{ClientLabel, DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};

/// Names the site and the account, and leads back.
#[derive(Debug, Template)]
#[template(path = "access_denied.html")]
pub struct AccessDeniedPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person was going, and goes back to.
    pub client: ClientLabel,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account.
    pub account: DisplayText,
    /// Why.
    pub refusal: AccessRefusal,
}

impl Page for AccessDeniedPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AccessDeniedPage<'_> {
    fn is_about_network(&self) -> bool {
        self.refusal == AccessRefusal::Network
    }

    fn lead(&self) -> Message<'_> {
        let id = if self.is_about_network() { "access-denied-network" } else { "access-denied-membership" };
        self.layout.message(id, &[("client", Value::Name(&self.client.name))])
    }

    fn back(&self) -> Message<'_> {
        self.layout.message("access-denied-back", &[("client", Value::Name(&self.client.name))])
    }

    /// Where the operator says that people find help.
    fn help(&self) -> Option<&WebLink> {
        self.layout.links().into_iter().find(|link| link.words == "footer-help").map(|link| link.to)
    }
}
