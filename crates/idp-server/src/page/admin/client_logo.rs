//! The logo of a client: the one that people see, a file for another, and taking it away.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{AdminNav, AdminProblem};
use crate::page::{
    ClientLabel, FormSeal, Layout, Mark, Message, Page, PageSecurity, Part, Value, action, respond,
};

/// Shows it and asks for a file.
#[derive(Debug, Template)]
#[template(path = "admin/client_logo.html")]
pub struct AdminClientLogoPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the forms go and what binds them, the version that they were made from included.
    pub seal: FormSeal<'a>,
    /// How people see the client.
    pub client: ClientLabel,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// The page of the client.
    pub back: &'a str,
}

impl Page for AdminClientLogoPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminClientLogoPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("admin-logo-lead", &[("name", Value::Name(&self.client.name))])
    }

    const fn has_one(&self) -> bool {
        matches!(self.client.mark, Mark::Logo(_))
    }

    const fn is_of_file(&self) -> bool {
        matches!(self.problem, Some(AdminProblem::NoFile | AdminProblem::Logo(_)))
    }
}
