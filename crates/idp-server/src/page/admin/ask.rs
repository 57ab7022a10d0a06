//! The question before an act on a client, on the signing keys or on everybody at once, with all that follows.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{AdminNav, AdminProblem};
use crate::page::{DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, respond};

/// Asks.
#[derive(Debug, Template)]
#[template(path = "admin/ask.html")]
pub struct AdminAskPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// What is asked.
    pub question: AdminQuestion,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where a person goes who thinks better of it.
    pub back: &'a str,
}

/// What is asked.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum AdminQuestion {
    /// Removing a client.
    RemoveClient {
        /// What it is called.
        name: DisplayText,
        /// Its id.
        id: DisplayText,
        /// The sign-ins of people that it holds.
        grants: Counted,
    },
    /// Signing everybody out.
    SignOutEverybody {
        /// The sign-ins that are open.
        open: Counted,
    },
    /// Letting the next key sign.
    RotateKeys {
        /// The key that would sign; `None`: there is none.
        next: Option<DisplayText>,
    },
    /// Letting a key sign nothing more.
    RetireKey {
        /// Which.
        kid: DisplayText,
        /// Whether it is the one that signs.
        signs: bool,
    },
    /// Giving up a key that others may have.
    GiveUpKey {
        /// Which.
        kid: DisplayText,
        /// Whether it is the one that signs.
        signs: bool,
    },
}

/// What was counted up to a bound.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Counted {
    /// So many.
    pub count: usize,
    /// Whether there are more.
    pub are_more: bool,
}

impl Page for AdminAskPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminAskPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    const fn title(&self) -> &'static str {
        match self.question {
            AdminQuestion::RemoveClient { .. } => "admin-remove-client-title",
            AdminQuestion::SignOutEverybody { .. } => "people-everybody-out-title",
            AdminQuestion::RotateKeys { .. } => "admin-rotate-title",
            AdminQuestion::RetireKey { .. } => "admin-retire-key-title",
            AdminQuestion::GiveUpKey { .. } => "admin-give-up-key-title",
        }
    }

    /// Whether there is anything that could be done.
    const fn is_possible(&self) -> bool {
        !matches!(self.question, AdminQuestion::RotateKeys { next: None })
    }

    /// What goes on as it was, whatever happens with the keys.
    const fn is_dangerous(&self) -> bool {
        matches!(
            self.question,
            AdminQuestion::RemoveClient { .. }
                | AdminQuestion::SignOutEverybody { .. }
                | AdminQuestion::GiveUpKey { .. }
        )
    }

    /// What it is about, by an id of the field's own.
    fn id(&self) -> Option<&DisplayText> {
        match &self.question {
            AdminQuestion::RemoveClient { id, .. } => Some(id),
            AdminQuestion::SignOutEverybody { .. } => None,
            AdminQuestion::RotateKeys { next } => next.as_ref(),
            AdminQuestion::RetireKey { kid, .. } | AdminQuestion::GiveUpKey { kid, .. } => Some(kid),
        }
    }

    fn lead(&self) -> Message<'_> {
        match &self.question {
            AdminQuestion::RemoveClient { name, .. } => {
                self.layout.message("admin-remove-client-lead", &[("name", Value::Name(name))])
            }
            AdminQuestion::SignOutEverybody { .. } => self.layout.message("people-everybody-out-lead", &[]),
            AdminQuestion::RotateKeys { next: Some(_) } => self.layout.message("admin-rotate-lead", &[]),
            AdminQuestion::RotateKeys { next: None } => self.layout.message("admin-rotate-no-next", &[]),
            AdminQuestion::RetireKey { .. } => self.layout.message("admin-retire-key-lead", &[]),
            AdminQuestion::GiveUpKey { .. } => self.layout.message("admin-give-up-key-lead", &[]),
        }
    }

    fn effects(&self) -> Vec<Message<'_>> {
        let say = |id: &str| self.layout.plain(self.layout.say(id));
        match &self.question {
            AdminQuestion::RemoveClient { grants: Counted { count, are_more }, .. } => {
                let id = if *are_more { "admin-remove-client-many" } else { "admin-remove-client-grants" };
                vec![
                    self.layout.message(id, &[("count", Value::Count(*count))]),
                    say("admin-remove-client-tokens"),
                    say("admin-remove-client-sessions"),
                ]
            }
            AdminQuestion::SignOutEverybody { open: Counted { count, are_more } } => {
                let id = if *are_more { "people-everybody-out-many" } else { "people-everybody-out-open" };
                vec![
                    self.layout.message(id, &[("count", Value::Count(*count))]),
                    say("people-everybody-out-again"),
                    say("people-everybody-out-trace"),
                ]
            }
            AdminQuestion::RotateKeys { next: None } => Vec::new(),
            AdminQuestion::RotateKeys { .. } => vec![say("admin-rotate-old"), say("admin-rotate-nobody")],
            AdminQuestion::RetireKey { signs: true, .. } => {
                vec![say("admin-retire-key-next"), say("admin-rotate-old")]
            }
            AdminQuestion::RetireKey { signs: false, .. } => vec![say("admin-retire-key-unused")],
            AdminQuestion::GiveUpKey { signs: true, .. } => vec![
                say("admin-give-up-key-void"),
                say("admin-give-up-key-next"),
                say("admin-give-up-key-sites"),
            ],
            AdminQuestion::GiveUpKey { signs: false, .. } => vec![say("admin-give-up-key-void")],
        }
    }
}
