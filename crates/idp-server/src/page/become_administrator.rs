//! "Become an administrator": where the link of a first start leads a person who is signed in.

use askama::Template;

use super::{DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};
use idp_core::discovery::path;

/// Asks whether the account in use gets the role.
#[derive(Debug, Template)]
#[template(path = "become_administrator.html")]
pub struct BecomeAdministratorPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
}

impl Page for BecomeAdministratorPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl BecomeAdministratorPage<'_> {
    fn submit(&self) -> Message<'_> {
        self.layout.message("become-administrator-submit", &[("account", Value::Name(&self.account))])
    }
}
