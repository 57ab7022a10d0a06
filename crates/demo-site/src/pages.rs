//! The three pages and the template behind each. Who the visitor is comes in as a handler's argument.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};
use askama::Template;
use resource_sdk::{
    Clock,
    sign_in::{SignIn, SignedIn, SilentSignIn},
};

use crate::{config::SiteConfig, facts::Facts};

/// What is the same on all pages.
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) accent: &'static str,
    pub(crate) provider: String,
    pub(crate) clock: Clock,
}

impl Identity {
    pub(crate) fn of(config: &SiteConfig) -> Self {
        Self {
            name: config.name.clone(),
            host: without_scheme(&config.base_url),
            accent: config.accent.class(),
            provider: without_scheme(&config.issuer),
            clock: config.clock.clone(),
        }
    }

    /// The site's mark: the last letter of its name, which tells Site A from Site B.
    fn mark(&self) -> String {
        self.name.split_whitespace().last().and_then(|word| word.chars().next()).unwrap_or('•').to_string()
    }
}

fn without_scheme(url: &str) -> String {
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}

/// The pages' routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/members", web::get().to(members))
        .route("/app", web::get().to(app));
}

/// A person as the pages show one.
struct Who {
    name: String,
    facts: Facts,
    session: String,
    login_path: String,
    logout_path: String,
    csrf_token: String,
}

impl Who {
    fn of(person: &SignedIn, identity: &Identity, login_path: String) -> Self {
        let token = person.access_token();
        Self {
            name: person.display_name().unwrap_or_else(|| person.subject()).to_owned(),
            facts: Facts::of(token, person.bearer(), identity.clock.now()),
            session: person.session_tag(),
            login_path,
            logout_path: person.logout_path(),
            csrf_token: person.csrf_token(),
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    site: &'a Identity,
    here: &'static str,
    who: Option<Who>,
    login_path: String,
}

#[derive(Template)]
#[template(path = "members.html")]
struct Members<'a> {
    site: &'a Identity,
    here: &'static str,
    who: Who,
}

#[derive(Template)]
#[template(path = "app.html")]
struct AppPage<'a> {
    site: &'a Identity,
    here: &'static str,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound<'a> {
    site: &'a Identity,
    here: &'static str,
}

/// The public page. A user who is signed in at the provider is silently signed in here.
async fn home(visitor: SilentSignIn, site: Data<Identity>, sign_in: Data<SignIn>) -> HttpResponse {
    let login_path = sign_in.login_path("/");
    let who = visitor.person().map(|person| Who::of(person, &site, login_path.clone()));
    render(StatusCode::OK, &Home { site: &site, here: "/", who, login_path })
}

/// The members' page, which takes a sign-in.
async fn members(person: SignedIn, site: Data<Identity>, sign_in: Data<SignIn>) -> HttpResponse {
    let who = Who::of(&person, &site, sign_in.login_path("/members"));
    render(StatusCode::OK, &Members { site: &site, here: "/members", who })
}

/// The scripted page. It holds nothing personal: its script fetches that with a token of its own.
async fn app(site: Data<Identity>) -> HttpResponse {
    render(StatusCode::OK, &AppPage { site: &site, here: "/app" })
}

/// Any other address.
pub(crate) async fn not_found(site: Data<Identity>) -> HttpResponse {
    render(StatusCode::NOT_FOUND, &NotFound { site: &site, here: "" })
}

fn render(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn s66_hostile_and_very_long_names_are_inert_text() {
        let hostile = "\"><svg onload=alert(1)>{{7*7}}\u{202e}".to_owned();
        let long = "A".repeat(5000);
        for name in [&hostile, &long] {
            let site = Identity {
                name: name.clone(),
                host: name.clone(),
                accent: "teal",
                provider: name.clone(),
                clock: Clock::System,
            };
            let facts = Facts {
                issuer: name.clone(),
                audience: name.clone(),
                key_id: name.clone(),
                subject: name.clone(),
                expires_in: "1 min".to_owned(),
            };
            let [session, login_path, logout_path, csrf_token] = std::array::from_fn(|_| name.clone());
            let who = Who { name: name.clone(), facts, session, login_path, logout_path, csrf_token };
            let html = Members { site: &site, here: "/members", who }.render().unwrap();
            assert!(
                !html.contains("<svg") && !html.contains("49") && html.contains("7*7") != (name == &long)
            );
        }
    }
}
