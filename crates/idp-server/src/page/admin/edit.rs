//! The form of a group or of a role, new or as it is.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use std::borrow::Cow;

use super::{AdminNav, AdminProblem, AdminRoom, PermissionBox};
use crate::page::{
    DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, Value, respond,
};

/// Asks for what it is called and what it is for.
#[derive(Debug, Template)]
#[template(path = "admin/edit.html")]
pub struct AdminEditPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms; where it is says which of them it is.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// Whether it is made by it.
    pub is_new: bool,
    /// What it is called.
    pub name: TypedText,
    /// What it is for.
    pub description: TypedText,
    /// What the system that provisions a group calls it.
    pub external_id: Option<TypedText>,
    /// What the holders of a role may administer.
    pub permissions: Vec<PermissionBox>,
    /// Whether the holders of a role must prove two factors.
    pub second_factor: Option<bool>,
    /// Whether every installation has the role: then this alone may be changed of it.
    pub is_built_in: bool,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// What it is by now, where another administrator changed it.
    pub stored: Option<StoredThing>,
    /// Where a person goes who thinks better of it.
    pub back: &'a str,
}

/// What another administrator made of it.
#[derive(Clone, Debug)]
pub struct StoredThing {
    /// What it is called.
    pub name: DisplayText,
    /// What it is for.
    pub description: DisplayText,
}

impl Page for AdminEditPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminEditPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn heading(&self) -> &'static str {
        match (self.nav.here, self.is_new) {
            (AdminRoom::Roles, true) => "admin-add-role-title",
            (AdminRoom::Roles, false) => "admin-change-role-title",
            (_, true) => "admin-add-group-title",
            (_, false) => "admin-change-group-title",
        }
    }

    fn title(&self) -> Cow<'static, str> {
        let heading = self.layout.say(self.heading());
        match self.problem {
            Some(_) => {
                let title = heading.into_owned();
                self.layout.language.say_with("admin-title-with-error", &[("title", title.into())]).into()
            }
            None => heading,
        }
    }

    fn effect(&self) -> &'static str {
        match (self.nav.here, self.is_new) {
            (AdminRoom::Roles, true) => "admin-add-role-effect",
            (AdminRoom::Roles, false) => "admin-change-role-effect",
            (_, true) => "admin-add-group-effect",
            (_, false) => "admin-change-group-effect",
        }
    }

    fn submit(&self) -> &'static str {
        if self.is_new { self.heading() } else { "admin-save" }
    }

    fn name_problem(&self) -> bool {
        self.problem.is_some_and(AdminProblem::is_of_name)
    }

    fn description_problem(&self) -> bool {
        self.problem.is_some_and(AdminProblem::is_of_description)
    }

    fn by_now<'s>(&self, stored: &'s StoredThing) -> Message<'s> {
        let values = [("name", Value::Name(&stored.name)), ("description", Value::Name(&stored.description))];
        self.layout.message("admin-stored", &values)
    }
}
