//! Adding an address of a person, and what can be done with one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::{AdminNav, AdminProblem};
use crate::page::{
    AddressRemoval, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, Value,
    action, respond,
};

/// Asks for an address.
#[derive(Debug, Template)]
#[template(path = "admin/people/add_address.html")]
pub struct AdminAddAddressPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// Whose.
    pub person: DisplayText,
    /// What was typed.
    pub address: TypedText,
    /// Whether the administrator vouches for it.
    pub is_verified: bool,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

/// Offers what can be done with one, with what follows.
#[derive(Debug, Template)]
#[template(path = "admin/people/address.html")]
pub struct AdminAddressPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// Whose.
    pub person: DisplayText,
    /// The address.
    pub address: DisplayText,
    /// Whether it can be vouched for.
    pub may_verify: bool,
    /// Whether it can become the primary one.
    pub may_make_primary: bool,
    /// Whether it can be removed.
    pub removal: AddressRemoval,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

impl Page for AdminAddAddressPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl Page for AdminAddressPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminAddAddressPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("people-add-address-lead", &[("person", Value::Name(&self.person))])
    }

    fn is_of_field(&self) -> bool {
        self.problem.is_some_and(AdminProblem::is_of_address)
    }
}

impl AdminAddressPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("people-address-lead", &[("person", Value::Name(&self.person))])
    }
}
