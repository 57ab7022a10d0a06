//! Invitations that were not followed yet, and the question before one is taken back.

use askama::Template;

use super::super::{AdminNav, AdminReceipt};
use super::lines::label;
use crate::page::{DisplayText, FormSeal, Layout, Message, Page, Part, RelativeTime, Value};

/// Lists them.
#[derive(Debug, Template)]
#[template(path = "admin/people/invitations.html")]
pub struct AdminInvitationsPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// Where the form of the one goes that is to be taken back, and what binds it.
    pub seal: Option<FormSeal<'a>>,
    /// One after the other; with a form, the one that is to be taken back.
    pub lines: Vec<InvitationLine>,
    /// The next page, a path of ours and its query.
    pub next: Option<String>,
    /// Where a person is invited, if the administrator may.
    pub invite: Option<&'a str>,
    /// Where an administrator goes on to.
    pub back: &'a str,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct InvitationLine {
    /// Where the letter went.
    pub address: DisplayText,
    /// What the person is called.
    pub name: Option<DisplayText>,
    /// When it was sent.
    pub sent: RelativeTime,
    /// Until when it is good, in words.
    pub until: String,
    /// Where it is taken back, if the administrator may.
    pub withdraw: Option<String>,
}

impl Page for AdminInvitationsPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminInvitationsPage<'_> {
    const fn title(&self) -> &'static str {
        match self.seal {
            Some(_) => "people-withdraw-title",
            None => "people-invitations-title",
        }
    }

    const fn lead(&self) -> &'static str {
        match self.seal {
            Some(_) => "people-withdraw-lead",
            None => "people-invitations-lead",
        }
    }

    fn sent(&self, line: &InvitationLine) -> Message<'static> {
        self.layout.message("people-invitation-sent", &[("time", Value::Time(line.sent))])
    }

    fn until(&self, line: &InvitationLine) -> Message<'static> {
        let time = Value::Words(line.until.clone().into());
        self.layout.message("people-invitation-until", &[("time", time)])
    }

    fn label(&self, button: &str, name: &DisplayText) -> String {
        label(button, name, &self.layout)
    }
}
