//! The forms for a person who is added, and for one who is invited.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::{AdminNav, AdminProblem};
use crate::page::{
    AttributeField, AttributeShape, FormSeal, Layout, Page, PageSecurity, Part, TypedText, respond,
};
use crate::words::Language;

/// Asks who is added.
#[derive(Debug, Template)]
#[template(path = "admin/people/add.html")]
pub struct AdminAddPersonPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The name that they sign in with.
    pub username: TypedText,
    /// What they are called.
    pub name: TypedText,
    /// Their address.
    pub address: TypedText,
    /// Whether the administrator vouches for it.
    pub is_verified: bool,
    /// The attributes that they get values of.
    pub attributes: Vec<AttributeField>,
    /// Where a person is invited instead, if that can be.
    pub invite: Option<&'a str>,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

/// Asks who is invited.
#[derive(Debug, Template)]
#[template(path = "admin/people/invite.html")]
pub struct AdminInvitePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// Where the letter goes.
    pub address: TypedText,
    /// What they are called.
    pub name: TypedText,
    /// The username that they get.
    pub username: TypedText,
    /// The language of the letter.
    pub language: Language,
    /// Those that there are.
    pub languages: Vec<Language>,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

impl Page for AdminAddPersonPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl Page for AdminInvitePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminAddPersonPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn is_of(&self, field: fn(AdminProblem) -> bool) -> bool {
        self.problem.is_some_and(field)
    }
}

impl AdminInvitePage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn is_of(&self, field: fn(AdminProblem) -> bool) -> bool {
        self.problem.is_some_and(field)
    }
}
