//! People: the search, the filters, and a page of those whom they find.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use idp_core::discovery::path;

use super::super::{AdminNav, AdminReceipt};
use super::PersonState;
use crate::page::{DisplayText, Layout, Message, Page, PageSecurity, Part, TypedText, Value, respond};

/// Lists them.
#[derive(Debug, Template)]
#[template(path = "admin/people/list.html")]
pub struct AdminPeoplePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// Who is looked for.
    pub search: PeopleSearch,
    /// Whether there is no word in what was typed.
    pub is_unreadable: bool,
    /// One after the other.
    pub lines: Vec<PersonLine>,
    /// The next page, a path of ours and its query.
    pub next: Option<String>,
    /// Where one is added, if the administrator may.
    pub add: Option<&'a str>,
    /// Where one is invited, if the administrator may and there are invitations.
    pub invite: Option<&'a str>,
    /// Where invitations are listed, if there are any.
    pub invitations: Option<&'a str>,
    /// Where everybody is signed out, if the administrator may.
    pub sign_out_everybody: Option<&'a str>,
}

/// Who is looked for.
#[derive(Clone, Debug, Default)]
pub struct PeopleSearch {
    /// What was typed.
    pub typed: TypedText,
    /// Those of this state.
    pub state: Option<PersonState>,
    /// Those without a second factor.
    pub without_second_factor: bool,
    /// Those in a group, or with a role.
    pub within: Option<Within>,
}

/// A group or a role whose people are listed.
#[derive(Clone, Debug)]
pub struct Within {
    /// Whether it is a role.
    pub is_role: bool,
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: DisplayText,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct PersonLine {
    /// Where they are shown.
    pub href: String,
    /// Who.
    pub person: DisplayText,
    /// Their primary address.
    pub address: Option<DisplayText>,
    /// Whether they may sign in.
    pub state: PersonState,
}

impl Page for AdminPeoplePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminPeoplePage<'_> {
    /// The page; 422 where nothing could be looked for.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = if self.is_unreadable { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        respond(self, status, &PageSecurity::own_forms())
    }

    /// Whether fewer are shown than there may be.
    fn is_narrowed(&self) -> bool {
        let search = &self.search;
        !search.typed.is_empty()
            || search.state.is_some()
            || search.without_second_factor
            || search.within.is_some()
    }

    fn none(&self) -> &'static str {
        match (self.next.is_some(), self.is_narrowed()) {
            // A page looks at so many people and no more.
            (true, _) => "people-none-so-far",
            (false, true) => "people-none-found",
            (false, false) => "admin-none",
        }
    }

    fn within<'s>(&self, within: &'s Within) -> Message<'s> {
        let id = if within.is_role { "people-with-role" } else { "people-in-group" };
        self.layout.message(id, &[("name", Value::Name(&within.name))])
    }

    fn is_of_state(&self, state: &PersonState) -> bool {
        self.search.state == Some(*state)
    }
}
