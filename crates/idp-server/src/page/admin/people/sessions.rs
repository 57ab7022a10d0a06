//! Where a person is signed in, and was, and what sites have of them.

use askama::Template;
use idp_core::device::DeviceKind;

use super::super::{AdminNav, AdminReceipt};
use super::lines::label;
use super::{PersonSession, PersonSite};
use crate::page::{DeviceLine, DisplayText, Layout, Message, Page, Part, SignOutReason, Value};

/// Shows it.
#[derive(Debug, Template)]
#[template(path = "admin/people/sessions.html")]
pub struct AdminPersonSessionsPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// Who.
    pub person: DisplayText,
    /// Where they are signed in, the one used last first.
    pub open: Vec<PersonSession>,
    /// How many more there are.
    pub more: usize,
    /// What ended of late.
    pub ended: Vec<EndedSessionLine>,
    /// What sites have of them.
    pub sites: Vec<PersonSite>,
    /// Where they are signed out everywhere, if the administrator may.
    pub sign_out: Option<String>,
    /// Their page.
    pub back: String,
}

/// A sign-in that ended.
#[derive(Clone, Debug)]
pub struct EndedSessionLine {
    /// On what.
    pub line: DeviceLine,
    /// Why, and when.
    pub reason: SignOutReason,
}

impl Page for AdminPersonSessionsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminPersonSessionsPage {
    fn more(&self) -> Message<'static> {
        self.layout.message("people-more-sessions", &[("count", Value::Count(self.more))])
    }

    fn label(&self, button: &str, name: &DisplayText) -> String {
        label(button, name, &self.layout)
    }
}
