//! Putting a person into a group.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{AdminNav, AdminProblem};
use crate::page::{
    DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, Value, respond,
};

/// Asks whom.
#[derive(Debug, Template)]
#[template(path = "admin/add_member.html")]
pub struct AdminAddMemberPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What the group is called.
    pub name: DisplayText,
    /// What its members have by it.
    pub roles: Vec<DisplayText>,
    /// Whom, as it was typed.
    pub person: TypedText,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where a person goes who thinks better of it.
    pub back: &'a str,
}

impl Page for AdminAddMemberPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminAddMemberPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("admin-add-member-lead", &[("name", Value::Name(&self.name))])
    }

    fn gets(&self) -> Message<'_> {
        self.layout.message("admin-add-member-roles", &[("roles", Value::Names(&self.roles))])
    }

    fn is_of_person(&self) -> bool {
        self.problem == Some(AdminProblem::NoPerson)
    }
}
