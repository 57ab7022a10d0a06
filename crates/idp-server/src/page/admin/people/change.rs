//! The form of a person's names and profile, as an administrator sees it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use std::borrow::Cow;

use super::super::{AdminNav, AdminProblem};
use crate::page::profile::{Kind, ShownField, ShownGroup, grouped};
use crate::page::{
    AttributeField, AttributeShape, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part,
    ProfileField, TypedText, Value, respond,
};
use crate::words::Language;

/// Shows it, and takes changes of it.
#[derive(Debug, Template)]
#[template(path = "admin/people/change.html")]
pub struct AdminChangePersonPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// Who.
    pub person: DisplayText,
    /// The name that they sign in with, as it was typed.
    pub username: TypedText,
    /// What it is by now, where another administrator changed it.
    pub stored_username: Option<DisplayText>,
    /// Whether they must prove two factors, as it was ticked.
    pub second_factor: bool,
    /// Whether another administrator has it otherwise by now.
    pub stored_second_factor: Option<bool>,
    /// The languages that there are to choose from.
    pub languages: Vec<Language>,
    /// Every field of a profile.
    pub fields: Vec<ProfileField>,
    /// Every attribute.
    pub attributes: Vec<AttributeField>,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

impl Page for AdminChangePersonPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminChangePersonPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn title(&self) -> Cow<'static, str> {
        let title = self.layout.say("people-change-title");
        match self.problem {
            Some(_) => {
                let title = ("title", title.into_owned().into());
                self.layout.language.say_with("admin-title-with-error", &[title]).into()
            }
            None => title,
        }
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("people-change-lead", &[("person", Value::Name(&self.person))])
    }

    fn groups(&self) -> Vec<ShownGroup<'_>> {
        grouped(&self.fields, false)
    }

    fn is_other_language(&self, field: &ShownField<'_>) -> bool {
        field.is_other_language(&self.languages)
    }

    fn username_problem(&self) -> bool {
        self.problem.is_some_and(AdminProblem::is_of_username)
    }

    fn username_described_by(&self) -> String {
        let said = [
            self.username_problem().then_some("problem"),
            self.stored_username.as_ref().map(|_| "username-stored"),
            Some("username-hint"),
        ];
        said.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn stored<'s>(&self, name: &'s DisplayText) -> Message<'s> {
        self.layout.message("profile-stored", &[("value", Value::Name(name))])
    }

    fn stored_duty(&self, is_required: &bool) -> Message<'static> {
        let id = if *is_required { "people-duty-stored-on" } else { "people-duty-stored-off" };
        self.layout.message(id, &[])
    }
}
