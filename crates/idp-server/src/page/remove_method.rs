//! The question before a way to sign in is removed: which, and what it takes to sign in afterwards.

use askama::Template;
use idp_core::discovery::path;
use std::borrow::Cow;

use super::{DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};

/// Asks whether to remove an authenticator app or a passkey.
#[derive(Debug, Template)]
#[template(path = "remove_method.html")]
pub struct RemoveMethodPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What it is called.
    pub name: DisplayText,
    /// Whether it is a passkey.
    pub is_passkey: bool,
    /// Whether the account has no other second factor.
    pub is_last: bool,
}

impl Page for RemoveMethodPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl RemoveMethodPage<'_> {
    fn heading(&self) -> Message<'_> {
        self.layout.message("remove-method-heading", &[("name", Value::Name(&self.name))])
    }

    /// What it means for a passkey.
    fn about_passkey(&self) -> Option<Cow<'static, str>> {
        self.is_passkey.then(|| self.layout.say("remove-method-passkey"))
    }

    fn lead(&self) -> Message<'static> {
        let id = if self.is_last { "remove-method-lead-last" } else { "remove-method-lead" };
        self.layout.message(id, &[])
    }
}
