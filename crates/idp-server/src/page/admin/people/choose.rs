//! Naming what a person gets: a role, a group; who gets a role; or which role a group gets.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::{AdminNav, AdminProblem};
use crate::page::{
    DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, Value, respond,
};

/// Asks for a name.
#[derive(Debug, Template)]
#[template(path = "admin/people/choose.html")]
pub struct AdminChoosePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What is named.
    pub choice: Choice,
    /// Who gets it, or what they get.
    pub name: DisplayText,
    /// What was typed.
    pub typed: TypedText,
    /// What is offered while typing: not all there is.
    pub offered: Vec<TypedText>,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

/// What is named.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Choice {
    /// A role for a person.
    Role,
    /// A group for a person.
    Group,
    /// A person for a role.
    Holder,
    /// A role for a group.
    GroupRole,
}

impl Page for AdminChoosePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminChoosePage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    const fn title(&self) -> &'static str {
        match self.choice {
            Choice::Role | Choice::GroupRole => "people-give-role-title",
            Choice::Group => "people-join-group-title",
            Choice::Holder => "people-add-holder-title",
        }
    }

    fn lead(&self) -> Message<'_> {
        let id = match self.choice {
            Choice::Role | Choice::GroupRole => "people-give-role-lead",
            Choice::Group => "people-join-group-lead",
            Choice::Holder => "people-add-holder-lead",
        };
        self.layout.message(id, &[("name", Value::Name(&self.name))])
    }

    const fn label(&self) -> &'static str {
        match self.choice {
            Choice::Role | Choice::GroupRole => "people-role-name",
            Choice::Group => "people-group-name",
            Choice::Holder => "admin-person",
        }
    }

    const fn effect(&self) -> &'static str {
        match self.choice {
            Choice::Role | Choice::Holder => "people-give-role-effect",
            Choice::Group => "people-join-group-effect",
            Choice::GroupRole => "admin-give-group-role-effect",
        }
    }

    const fn is_of_field(&self) -> bool {
        matches!(
            self.problem,
            Some(AdminProblem::NoPerson | AdminProblem::NoSuchRole | AdminProblem::NoSuchGroup)
        )
    }
}
