//! "Secure your account": what a person does who saw something that was not them, in order: sign out everywhere else,
//! choose another password, look through the ways to sign in. The letters lead here.

use askama::Template;
use idp_core::discovery::path;

use super::{DisplayText, FormSeal, Layout, Page, Part, Receipt, action};

/// Leads through the steps.
#[derive(Debug, Template)]
#[template(path = "secure.html")]
pub struct SecurePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// What the first step has ended, once it is done.
    pub receipt: Option<Receipt>,
}

impl Page for SecurePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
