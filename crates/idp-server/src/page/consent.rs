//! The consent page: what a client asks to see, in plain sentences, for which account. Shows
//! exactly the scopes it is given; which of them need asking is decided elsewhere.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    ClientLabel, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, action, respond,
};

/// Asks whether a client may have what it asks for.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Who asks.
    pub client: ClientLabel,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// What is asked for, one line each.
    pub scopes: Vec<ScopeLine>,
    /// Whether an answer came too late, so that the question is asked again.
    pub is_overdue: bool,
}

impl Page for ConsentPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// One line of what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeLine(Scope);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    OpenId,
    Profile,
    Email,
    Address,
    Phone,
    OfflineAccess,
    /// Not ours to explain; shown as it is written.
    Other(DisplayText),
}

impl ScopeLine {
    /// The line for one scope value: a sentence for those of OpenID Connect Core 5.4 and 11, the
    /// value itself for all others.
    #[must_use]
    pub fn new(scope: &str) -> Self {
        Self(match scope {
            "openid" => Scope::OpenId,
            "profile" => Scope::Profile,
            "email" => Scope::Email,
            "address" => Scope::Address,
            "phone" => Scope::Phone,
            "offline_access" => Scope::OfflineAccess,
            other => Scope::Other(DisplayText::name(other)),
        })
    }

    pub(super) fn message(&self, layout: &Layout) -> Message<'_> {
        let id = match &self.0 {
            Scope::OpenId => "consent-openid",
            Scope::Profile => "consent-profile",
            Scope::Email => "consent-email",
            Scope::Address => "consent-address",
            Scope::Phone => "consent-phone",
            Scope::OfflineAccess => "consent-offline-access",
            Scope::Other(scope) => return layout.message("consent-other", &[("scope", Value::Name(scope))]),
        };
        layout.message(id, &[])
    }
}

impl ConsentPage<'_> {
    /// The page; 400 when an answer came too late.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let status = if self.is_overdue { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        respond(self, status, security)
    }

    fn heading(&self) -> Message<'_> {
        self.layout.message("consent-heading", &[("client", Value::Name(&self.client.name))])
    }

    fn intro(&self) -> Message<'_> {
        self.layout.message("consent-intro", &[("client", Value::Name(&self.client.name))])
    }

    fn message_of<'s>(&self, scope: &'s ScopeLine) -> Message<'s> {
        scope.message(&self.layout)
    }
}
