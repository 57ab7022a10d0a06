//! A client, as it is registered; the form of one; and its secrets.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use idp_core::discovery::path;
use std::borrow::Cow;

use super::client_fields::{ClientFact, ClientField, FieldKind, FieldRefusal, TICKED};
use super::{AdminNav, AdminProblem, AdminReceipt, FeedLine};
use crate::page::{
    ClientLabel, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, RelativeTime, TypedText,
    Value, respond,
};

/// Shows a client.
#[derive(Debug, Template)]
#[template(path = "admin/client.html")]
pub struct AdminClientPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// How people see it.
    pub client: ClientLabel,
    /// Its id.
    pub id: DisplayText,
    /// Since when it is registered.
    pub created: RelativeTime,
    /// Whether it cannot keep a secret.
    pub is_public: bool,
    /// What of its scope means nothing here, if there is any.
    pub scope_without_meaning: Option<DisplayText>,
    /// Its registration, by the headings of the groups.
    pub groups: Vec<(&'static str, Vec<ClientFact>)>,
    /// The fingerprints of its secrets, the oldest first.
    pub secrets: Vec<DisplayText>,
    /// How far its processes have come with the feed; `None` where the person may not see that.
    pub feed: Option<Vec<FeedLine>>,
    /// What is on its way to it, a path of ours, if the person may see that.
    pub deliveries: Option<String>,
    /// What happened there, likewise.
    pub events: Option<String>,
    /// What may be done with it.
    pub acts: Option<ClientActs>,
}

/// What may be done with a client, by the paths of ours where it is done.
#[derive(Clone, Debug)]
pub struct ClientActs {
    /// Changing it.
    pub change: String,
    /// Its logo.
    pub logo: String,
    /// Its secrets, if it has any.
    pub secrets: Option<String>,
    /// Removing it.
    pub remove: String,
}

impl Page for AdminClientPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminClientPage {
    fn since(&self) -> Message<'_> {
        self.layout.message("admin-client-since", &[("time", Value::Time(self.created))])
    }

    fn doubt_about<'s>(&'s self, scope: &'s DisplayText) -> Message<'s> {
        self.layout.message("admin-client-scope-unknown", &[("scope", Value::Name(scope))])
    }

    fn lag_of(&self, line: &FeedLine) -> Message<'static> {
        line.lag_in(&self.layout)
    }
}

/// The form of a client, new or as it is.
#[derive(Debug, Template)]
#[template(path = "admin/edit_client.html")]
pub struct AdminEditClientPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// What only a new one is asked.
    pub new: Option<NewClientFields>,
    /// What it is called, if it is there already.
    pub name: DisplayText,
    /// What may change, by the headings of the groups.
    pub groups: Vec<(&'static str, Vec<ClientField>)>,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Why, where it is about no single field.
    pub reason: Option<FieldRefusal>,
    /// Where a person goes who thinks better of it.
    pub back: &'a str,
}

/// What cannot be changed later.
#[derive(Clone, Debug, Default)]
pub struct NewClientFields {
    /// The id.
    pub id: TypedText,
    /// Why it cannot be taken.
    pub problem: Option<FieldRefusal>,
    /// Whether it cannot keep a secret.
    pub is_public: bool,
}

impl Page for AdminEditClientPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminEditClientPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    const fn heading(&self) -> &'static str {
        if self.new.is_some() { "admin-add-client-title" } else { "admin-change-client-title" }
    }

    const fn effect(&self) -> &'static str {
        if self.new.is_some() { "admin-add-client-effect" } else { "admin-change-client-effect" }
    }

    const fn submit(&self) -> &'static str {
        if self.new.is_some() { "admin-add-client-title" } else { "admin-save" }
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
}

/// The secrets of a client.
#[derive(Debug, Template)]
#[template(path = "admin/client_secrets.html")]
pub struct AdminClientSecretsPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What the client is called.
    pub name: DisplayText,
    /// Its id.
    pub id: DisplayText,
    /// The fingerprints, the oldest first.
    pub secrets: Vec<DisplayText>,
    /// The one that was made just now: here and nowhere else.
    pub made: Option<DisplayText>,
    /// Whether the client itself was made with it.
    pub is_new_client: bool,
    /// Why something was not done.
    pub problem: Option<AdminProblem>,
    /// The page of the client.
    pub back: &'a str,
}

impl Page for AdminClientSecretsPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminClientSecretsPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn lead(&self) -> Message<'_> {
        let id = if self.is_new_client { "admin-secrets-added" } else { "admin-secrets-lead" };
        self.layout.message(id, &[("name", Value::Name(&self.name))])
    }

    fn label(&self, secret: &DisplayText) -> String {
        let values = [
            ("link", self.layout.say("admin-secret-remove").into_owned().into()),
            ("what", secret.as_str().into()),
        ];
        self.layout.language.say_with("secure-not-me-label", &values)
    }
}
