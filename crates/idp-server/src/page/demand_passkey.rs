//! The question before the account asks for a passkey that the browser saved by itself.

use askama::Template;
use idp_core::discovery::path;
use std::borrow::Cow;

use super::{DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};

/// Asks whether it is to be asked for after the password.
#[derive(Debug, Template)]
#[template(path = "demand_passkey.html")]
pub struct DemandPasskeyPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it; `tx` carries the recovery codes, sealed.
    pub seal: FormSeal<'a>,
    /// What it is called.
    pub name: DisplayText,
    /// Whether the password alone signs in so far.
    pub is_first: bool,
    /// Whether it has been used: before, nobody knows that it can verify its user.
    pub may_be_demanded: bool,
}

impl Page for DemandPasskeyPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl DemandPasskeyPage<'_> {
    fn heading(&self) -> Message<'_> {
        self.layout.message("demand-passkey-heading", &[("name", Value::Name(&self.name))])
    }

    fn lead(&self) -> Cow<'static, str> {
        self.layout.say(match (self.may_be_demanded, self.is_first) {
            (false, _) => "demand-passkey-unused",
            (true, true) => "demand-passkey-lead-first",
            (true, false) => "demand-passkey-lead",
        })
    }
}
