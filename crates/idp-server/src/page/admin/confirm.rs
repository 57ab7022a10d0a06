//! The question before something is removed, with all that follows.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{AdminNav, AdminProblem};
use crate::page::{DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, respond};

/// Asks whether to remove something.
#[derive(Debug, Template)]
#[template(path = "admin/confirm.html")]
pub struct AdminConfirmPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// What is removed.
    pub removal: Removal,
    /// What it is called.
    pub name: DisplayText,
    /// The roles that people lose by it.
    pub roles: Vec<DisplayText>,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where a person goes who thinks better of it.
    pub back: &'a str,
}

/// What is removed.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Removal {
    /// A group with so many members, counted up to a bound.
    Group {
        /// So many.
        members: usize,
        /// Whether there are more.
        are_more: bool,
    },
    /// This person from a group.
    Member(DisplayText),
    /// This role from a group.
    GroupRole {
        /// What the role is called.
        role: DisplayText,
        /// So many members of the group, counted up to a bound, and whether there are more; `None` where the administrator may not
        /// see people.
        members: Option<(usize, bool)>,
    },
    /// A role that so many people were given themselves, counted up to a bound, and so many groups.
    Role {
        /// So many people.
        people: usize,
        /// Whether there are more.
        are_more: bool,
        /// So many groups.
        groups: usize,
    },
    /// An attribute that so many people have a value of, counted up to a bound.
    Attribute {
        /// So many people.
        people: usize,
        /// Whether there are more.
        are_more: bool,
        /// So many sites are told of it.
        sites: usize,
    },
}

impl Page for AdminConfirmPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminConfirmPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    const fn is_dangerous(&self) -> bool {
        match self.removal {
            Removal::Group { .. }
            | Removal::Member(_)
            | Removal::GroupRole { .. }
            | Removal::Role { .. }
            | Removal::Attribute { .. } => true,
        }
    }

    const fn title(&self) -> &'static str {
        match self.removal {
            Removal::Group { .. } => "admin-remove-group-title",
            Removal::Member(_) => "admin-remove-member-title",
            Removal::GroupRole { .. } => "people-take-role-title",
            Removal::Role { .. } => "admin-remove-role-title",
            Removal::Attribute { .. } => "admin-remove-attribute-title",
        }
    }

    fn question(&self) -> Message<'_> {
        let name = ("name", Value::Name(&self.name));
        match &self.removal {
            Removal::Group { .. } => self.layout.message("admin-remove-group-lead", &[name]),
            Removal::Role { .. } => self.layout.message("admin-remove-role-lead", &[name]),
            Removal::Attribute { .. } => self.layout.message("admin-remove-attribute-lead", &[name]),
            Removal::Member(person) => {
                self.layout.message("admin-remove-member-lead", &[name, ("person", Value::Name(person))])
            }
            Removal::GroupRole { role, .. } => {
                self.layout.message("admin-take-group-role-lead", &[name, ("role", Value::Name(role))])
            }
        }
    }

    fn effects(&self) -> Vec<Message<'_>> {
        let counted = |id: &str, more: &str, count: usize, are_more: bool| {
            self.layout.message(if are_more { more } else { id }, &[("count", Value::Count(count))])
        };
        let mut effects = match self.removal {
            Removal::Group { members, are_more } => {
                vec![counted("admin-remove-group-members", "admin-remove-group-many", members, are_more)]
            }
            Removal::Member(_) => vec![],
            Removal::GroupRole { members, .. } => {
                let of = |(count, are_more)| {
                    counted("admin-take-group-role-members", "admin-take-group-role-many", count, are_more)
                };
                let mut effects: Vec<_> = members.into_iter().map(of).collect();
                effects.push(self.layout.message("admin-take-group-role-effect", &[]));
                effects
            }
            Removal::Role { people, are_more, groups } => vec![
                counted("admin-remove-role-people", "admin-remove-role-many", people, are_more),
                counted("admin-remove-role-groups", "", groups, false),
            ],
            Removal::Attribute { people, are_more, sites } => vec![
                counted("admin-remove-attribute-people", "admin-remove-attribute-many", people, are_more),
                counted("admin-remove-attribute-sites", "", sites, false),
            ],
        };
        if !self.roles.is_empty() {
            effects.push(self.layout.message("admin-remove-loses", &[("roles", Value::Names(&self.roles))]));
        }
        effects
    }
}
