//! The pages and the template behind each. Who the visitor is comes in as a handler's argument.

use std::future::Ready;

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        StatusCode,
        header::{CONTENT_LANGUAGE, HeaderValue, VARY},
    },
    web::{self, Data, Query, ServiceConfig},
};
use askama::Template;
use resource_sdk::{
    Clock,
    sign_in::{SignIn, SignedIn, SilentSignIn},
};
use serde::Deserialize;

use crate::{
    config::SiteConfig,
    face::{Face, Offer},
    facts::Facts,
    happenings::{Entry, Witness},
    language::{self, Language},
    payout::{Done, Payout},
    words::{Named, Words},
};

/// What is the same on all pages.
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) face: Face,
    pub(crate) provider: String,
    pub(crate) clock: Clock,
}

impl Identity {
    pub(crate) fn of(config: &SiteConfig) -> Self {
        Self {
            name: config.name.clone(),
            host: without_scheme(&config.base_url),
            face: config.face,
            provider: without_scheme(&config.issuer),
            clock: config.clock.clone(),
        }
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

/// What surrounds a page: the site, the language, and where the page is found again after a choice of another one.
pub(crate) struct Frame {
    site: Data<Identity>,
    language: Language,
    back: String,
}

impl Frame {
    const fn words(&self) -> &'static Words {
        self.language.words()
    }

    fn offer(&self) -> &'static Offer {
        self.site.face.offer(self.language)
    }

    /// A sentence about the site.
    fn of_site<'a>(&'a self, sentence: &'a str) -> Named<'a> {
        Named::new(sentence, &self.site.name)
    }

    /// A sentence about the provider.
    fn of_provider<'a>(&'a self, sentence: &'a str) -> Named<'a> {
        Named::new(sentence, &self.site.provider)
    }

    /// The languages that a person may choose instead.
    fn others(&self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(|other| *other != self.language)
    }
}

impl FromRequest for Frame {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let site = Data::from_request(request, payload).into_inner();
        let (language, back) = (Language::of(request), language::way_back(request));
        std::future::ready(site.map(|site| Self { site, language, back }))
    }
}

/// A person as the pages show one.
struct Who {
    name: String,
    facts: Facts,
    happenings: Vec<Entry>,
    session: String,
    login_path: String,
    logout_path: String,
    csrf_token: String,
}

impl Who {
    fn of(person: &SignedIn, frame: &Frame, witness: &Witness, login_path: String) -> Self {
        let token = person.access_token();
        Self {
            happenings: witness.see(person, frame.words()),
            name: person.display_name().unwrap_or_else(|| person.subject()).to_owned(),
            facts: Facts::of(token, person.bearer(), frame.site.clock.now(), frame.words()),
            session: person.session_tag(),
            login_path,
            logout_path: person.logout_path(),
            csrf_token: person.csrf_token(),
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    here: &'static str,
    who: Option<Who>,
    is_signed_out: bool,
    login_path: String,
}

#[derive(Template)]
#[template(path = "members.html")]
struct Members {
    frame: Frame,
    here: &'static str,
    who: Who,
}

#[derive(Template)]
#[template(path = "payout.html")]
struct PayoutPage {
    frame: Frame,
    here: &'static str,
    payout: Payout,
    is_kept: bool,
    done: Option<Done>,
    csrf_token: String,
}

#[derive(Template)]
#[template(path = "app.html")]
struct AppPage {
    frame: Frame,
    here: &'static str,
    is_signed_out: bool,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound {
    frame: Frame,
    here: &'static str,
}

/// The public page. A user who is signed in at the provider is silently signed in here.
async fn home(
    visitor: SilentSignIn,
    frame: Frame,
    witness: Witness,
    sign_in: Data<SignIn>,
    arrival: Option<Query<Arrival>>,
) -> HttpResponse {
    let login_path = sign_in.login_path("/");
    let who = visitor.person().map(|person| Who::of(person, &frame, &witness, login_path.clone()));
    let is_signed_out = who.is_none() && has_signed_out(arrival);
    render(StatusCode::OK, frame.language, &Home { frame, here: "/", who, is_signed_out, login_path })
}

/// Where a person comes from.
#[derive(Deserialize)]
struct Arrival {
    /// They have just signed out.
    signed_out: Option<String>,
}

fn has_signed_out(arrival: Option<Query<Arrival>>) -> bool {
    arrival.is_some_and(|arrival| arrival.signed_out.is_some())
}

/// The members' page, which takes a sign-in.
async fn members(person: SignedIn, frame: Frame, witness: Witness, sign_in: Data<SignIn>) -> HttpResponse {
    let who = Who::of(&person, &frame, &witness, sign_in.login_path("/members"));
    render(StatusCode::OK, frame.language, &Members { frame, here: "/members", who })
}

/// The scripted page. It holds nothing personal: its script fetches that with a token of its own.
async fn app(frame: Frame, arrival: Option<Query<Arrival>>) -> HttpResponse {
    let is_signed_out = has_signed_out(arrival);
    render(StatusCode::OK, frame.language, &AppPage { frame, here: "/app", is_signed_out })
}

/// Where the site pays a person, with the forms that change it.
pub(crate) fn payout(
    frame: Frame,
    payout: Option<Payout>,
    done: Option<Done>,
    csrf_token: String,
) -> HttpResponse {
    let (is_kept, payout) = (payout.is_some(), payout.unwrap_or_default());
    let language = frame.language;
    render(StatusCode::OK, language, &PayoutPage { frame, here: "", payout, is_kept, done, csrf_token })
}

/// Any other address.
pub(crate) async fn not_found(frame: Frame) -> HttpResponse {
    render(StatusCode::NOT_FOUND, frame.language, &NotFound { frame, here: "" })
}

fn render(status: StatusCode, language: Language, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_LANGUAGE, language.tag()))
            .insert_header((VARY, HeaderValue::from_static("Accept-Language, Cookie")))
            .body(html),
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
        let names = [&hostile, &long].into_iter();
        for (name, language) in names.flat_map(|name| Language::ALL.map(|language| (name, language))) {
            let site = Data::new(Identity {
                name: name.clone(),
                host: name.clone(),
                face: Face::Tickets,
                provider: name.clone(),
                clock: Clock::System,
            });
            let frame = || Frame { site: site.clone(), language, back: name.clone() };
            let payout = Payout { holder: name.clone(), account: name.clone(), note: name.clone() };
            let (done, csrf_token) = (Some(Done::Saved), name.clone());
            let page = PayoutPage { frame: frame(), here: "", payout, is_kept: true, done, csrf_token };
            is_inert(&page.render().unwrap(), name == &long);
            let facts = Facts {
                issuer: name.clone(),
                audience: vec![name.clone(), name.clone()],
                key_id: name.clone(),
                subject: name.clone(),
                expires_in: "1 min".to_owned(),
            };
            let [session, login_path, logout_path, csrf_token] = std::array::from_fn(|_| name.clone());
            let happenings = vec![Entry { number: 1, at: 0, words: name.clone() }];
            let who =
                Who { name: name.clone(), facts, happenings, session, login_path, logout_path, csrf_token };
            is_inert(&Members { frame: frame(), here: "/members", who }.render().unwrap(), name == &long);
        }
    }

    #[track_caller]
    fn is_inert(html: &str, is_long: bool) {
        assert!(!html.contains("<svg") && !html.contains("49") && html.contains("7*7") != is_long);
    }
}
