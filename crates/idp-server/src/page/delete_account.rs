//! Deleting an account: the question with all that follows (`DeleteAccountPage`), what was asked for (`AccountDeletedPage`), and
//! the question to a person who signs in before its time has come (`KeepAccountPage`).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use idp_core::discovery::path;
use std::borrow::Cow;

use super::{DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, action, respond};

/// Asks whether to delete the account.
#[derive(Debug, Template)]
#[template(path = "delete_account.html")]
pub struct DeleteAccountPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// When it would be deleted; `None` for at once.
    pub due: Option<DisplayText>,
    /// Why it is not done.
    pub refused: Option<DeletionRefusal>,
}

/// Why an account is not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionRefusal {
    /// The button was pressed without the box.
    Unticked,
    /// Nobody could administer the installation any more.
    LastAdministrator,
}

impl Page for DeleteAccountPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl DeleteAccountPage<'_> {
    /// The page; 422 when the box was not ticked, 409 for the last administrator.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = match self.refused {
            Some(DeletionRefusal::Unticked) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(DeletionRefusal::LastAdministrator) => StatusCode::CONFLICT,
            None => StatusCode::OK,
        };
        respond(self, status, &PageSecurity::own_forms())
    }

    fn title(&self) -> Cow<'static, str> {
        self.layout.say(if self.is_unticked() { "delete-title-with-error" } else { "delete-title" })
    }

    fn is_unticked(&self) -> bool {
        self.refused == Some(DeletionRefusal::Unticked)
    }

    fn is_last_administrator(&self) -> bool {
        self.refused == Some(DeletionRefusal::LastAdministrator)
    }

    fn when(&self) -> Message<'_> {
        match &self.due {
            Some(due) => self.layout.message("delete-later", &[("date", Value::Name(due))]),
            None => self.layout.message("delete-at-once", &[]),
        }
    }
}

/// Says until when it can be taken back.
#[derive(Debug, Template)]
#[template(path = "account_deleted.html")]
pub struct AccountDeletedPage {
    /// What it stands in.
    pub layout: Layout,
    /// When the account is deleted; `None` when it is.
    pub due: Option<DisplayText>,
}

impl Page for AccountDeletedPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AccountDeletedPage {
    fn title(&self) -> Cow<'static, str> {
        self.layout.say(if self.due.is_some() { "deleted-title-later" } else { "deleted-title" })
    }

    fn lead(&self) -> Message<'_> {
        match &self.due {
            Some(due) => self.layout.message("deleted-lead-later", &[("date", Value::Name(due))]),
            None => self.layout.message("deleted-lead", &[]),
        }
    }
}

/// Asks a person who has signed in whether they keep the account.
#[derive(Debug, Template)]
#[template(path = "keep_account.html")]
pub struct KeepAccountPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account.
    pub account: DisplayText,
    /// When it is deleted.
    pub deleted_on: DisplayText,
}

impl Page for KeepAccountPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl KeepAccountPage<'_> {
    fn lead(&self) -> Message<'_> {
        self.layout.message("keep-lead", &[("date", Value::Name(&self.deleted_on))])
    }
}
