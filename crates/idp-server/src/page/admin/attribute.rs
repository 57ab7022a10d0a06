//! An attribute of people, and the form of one, new or as it is.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use idp_core::user::attribute::{Attribute, AttributeAccess, AttributeKind};
use std::borrow::Cow;

use super::{AdminNav, AdminProblem, AdminReceipt};
use crate::page::{
    DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, Value, respond,
};

/// Shows an attribute.
#[derive(Debug, Template)]
#[template(path = "admin/attribute.html")]
pub struct AdminAttributePage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// What it is.
    pub attribute: AttributeFact,
    /// How many people have a value, counted up to a bound.
    pub people: usize,
    /// Whether there are more.
    pub are_more: bool,
    /// Where it is changed, if the administrator may.
    pub change: Option<String>,
    /// Where it is removed, likewise.
    pub remove: Option<String>,
}

/// An attribute in words.
#[derive(Clone, Debug)]
pub struct AttributeFact {
    name: DisplayText,
    label: DisplayText,
    description: DisplayText,
    kind: AttributeKind,
    max_length: Option<usize>,
    choices: Vec<DisplayText>,
    is_multiple: bool,
    access: AttributeAccess,
}

impl From<&Attribute> for AttributeFact {
    fn from(attribute: &Attribute) -> Self {
        Self {
            name: DisplayText::name(attribute.name.as_str()),
            label: DisplayText::name(attribute.label()),
            description: DisplayText::reason(&attribute.description),
            kind: attribute.of.kind(),
            max_length: attribute.of.max_length(),
            choices: attribute.of.choices().iter().map(|choice| DisplayText::name(choice)).collect(),
            is_multiple: attribute.of.is_multiple(),
            access: attribute.access,
        }
    }
}

impl Page for AdminAttributePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminAttributePage {
    const fn kind_words(&self, kind: &AttributeKind) -> &'static str {
        kind_words(kind)
    }

    const fn access_words(&self, access: &AttributeAccess) -> &'static str {
        access_words(access)
    }

    fn length(&self, length: &usize) -> Message<'static> {
        self.layout.message("attribute-length", &[("count", Value::Count(*length))])
    }

    fn choices(&self) -> Message<'_> {
        self.layout.message("attribute-choices", &[("choices", Value::Names(&self.attribute.choices))])
    }

    fn used_by(&self) -> Message<'static> {
        let id = if self.are_more { "attribute-people-many" } else { "attribute-people" };
        self.layout.message(id, &[("count", Value::Count(self.people))])
    }
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "admin/edit_attribute.html")]
pub struct AdminEditAttributePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// What it is called, where that is said already and stays.
    pub known: Option<DisplayText>,
    /// What was typed.
    pub typed: TypedAttribute,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// What it is by now, where another administrator changed it.
    pub stored: Option<AttributeFact>,
    /// Where a person goes who thinks better of it.
    pub back: &'a str,
}

/// What was typed.
#[derive(Clone, Debug)]
pub struct TypedAttribute {
    /// The name of a new one.
    pub name: TypedText,
    /// The label.
    pub label: TypedText,
    /// What it is for.
    pub description: TypedText,
    /// The kind.
    pub kind: AttributeKind,
    /// The longest value; empty: as long as any may be.
    pub max_length: TypedText,
    /// What there is to choose from, one a line.
    pub choices: TypedText,
    /// Whether several values are ticked.
    pub is_multiple: bool,
    /// Who sees and changes values.
    pub access: AttributeAccess,
}

impl Page for AdminEditAttributePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// The words for a kind of value.
const fn kind_words(kind: &AttributeKind) -> &'static str {
    match kind {
        AttributeKind::String => "attribute-kind-string",
        AttributeKind::Choice => "attribute-kind-choice",
        AttributeKind::Integer => "attribute-kind-integer",
        AttributeKind::Boolean => "attribute-kind-boolean",
        AttributeKind::Date => "attribute-kind-date",
    }
}

const fn access_words(access: &AttributeAccess) -> &'static str {
    match access {
        AttributeAccess::Administrators => "attribute-access-administrators",
        AttributeAccess::PersonSees => "attribute-access-person-sees",
        AttributeAccess::PersonChanges => "attribute-access-person-changes",
    }
}

impl AdminEditAttributePage<'_> {
    const fn kind_words(&self, kind: &AttributeKind) -> &'static str {
        kind_words(kind)
    }

    const fn access_words(&self, access: &AttributeAccess) -> &'static str {
        access_words(access)
    }

    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    const fn heading(&self) -> &'static str {
        if self.known.is_none() { "admin-add-attribute-title" } else { "admin-change-attribute-title" }
    }

    const fn effect(&self) -> &'static str {
        if self.known.is_none() { "admin-add-attribute-effect" } else { "admin-change-attribute-effect" }
    }

    const fn submit(&self) -> &'static str {
        if self.known.is_none() { self.heading() } else { "admin-save" }
    }

    fn title(&self) -> Cow<'static, str> {
        let heading = self.layout.say(self.heading());
        match self.problem {
            Some(_) => {
                let title = ("title", heading.into_owned().into());
                self.layout.language.say_with("admin-title-with-error", &[title]).into()
            }
            None => heading,
        }
    }

    fn name_problem(&self) -> bool {
        self.problem.is_some_and(AdminProblem::is_of_name)
    }

    fn has(&self, problem: AdminProblem) -> bool {
        self.problem == Some(problem)
    }

    fn by_now<'s>(&self, stored: &'s AttributeFact) -> Message<'s> {
        let kind = Value::Words(self.layout.say(kind_words(&stored.kind)));
        let access = Value::Words(self.layout.say(access_words(&stored.access)));
        let values = [("label", Value::Name(&stored.label)), ("kind", kind), ("access", access)];
        self.layout.message("attribute-stored", &values)
    }
}
