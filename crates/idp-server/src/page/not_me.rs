//! Where the link in a letter leads by which a person says that something was not them: what would end, a button, for programs
//! that look through mail open links as well; and then the way to another password.

use askama::Template;
use idp_core::device::DeviceKind;
use idp_core::discovery::path;

use super::{DeviceLine, DisplayText, FormSeal, Layout, Page, Part};

/// Asks for a button to be pressed, or leads on.
#[derive(Debug, Template)]
#[template(path = "not_me.html")]
pub struct NotMePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// Whose account it is about.
    pub account: DisplayText,
    /// How it stands.
    pub state: NotMeState,
    /// Where a new password is asked for, a path of ours.
    pub password: Option<&'a str>,
}

/// How it stands with what was not the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMeState {
    /// These sign-ins can be ended.
    SignIn(Vec<DeviceLine>),
    /// It is over, and its device can still be made a strange one.
    PastSignIn,
    /// Every sign-in can be ended, because something of the account was changed.
    Change,
    /// It was ended just now.
    Ended,
    /// It had ended already.
    Over,
}

impl Page for NotMePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl NotMePage<'_> {
    const fn title(&self) -> &'static str {
        match self.state {
            NotMeState::SignIn(_) | NotMeState::PastSignIn | NotMeState::Change => "not-me-title",
            NotMeState::Ended => "not-me-ended-title",
            NotMeState::Over => "not-me-over-title",
        }
    }

    const fn lead(&self) -> &'static str {
        match self.state {
            NotMeState::SignIn(_) => "not-me-sign-in-lead",
            NotMeState::PastSignIn => "not-me-past-lead",
            NotMeState::Change => "not-me-change-lead",
            NotMeState::Ended => "not-me-ended-lead",
            NotMeState::Over => "not-me-over-lead",
        }
    }

    const fn submit(&self) -> Option<&'static str> {
        match self.state {
            NotMeState::SignIn(_) => Some("not-me-submit-sign-in"),
            NotMeState::PastSignIn => Some("not-me-submit-past"),
            NotMeState::Change => Some("not-me-submit-change"),
            NotMeState::Ended | NotMeState::Over => None,
        }
    }

    const fn lines(&self) -> &[DeviceLine] {
        match &self.state {
            NotMeState::SignIn(lines) => lines.as_slice(),
            NotMeState::PastSignIn | NotMeState::Change | NotMeState::Ended | NotMeState::Over => &[],
        }
    }
}
