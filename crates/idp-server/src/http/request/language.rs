//! In which language a page is, and the way back to it for a person who changes that. In this order count: what the
//! person chose on a page, what the site asks for (`ui_locales`), what the person's profile says (`locale`), what the
//! browser says (`Accept-Language`), and `language.default`.

use actix_web::dev::{Extensions, RequestHead};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, AcceptLanguage, HeaderMap, Preference, Quality, from_comma_delimited,
};
use actix_web::{HttpMessage as _, HttpRequest};
use idp_core::authorize::ui_locales;
use idp_core::discovery::path;
use idp_core::params::Params;
use idp_core::user::User;

use std::sync::Arc;

use super::cookies;
use crate::app::App;
use crate::page::{LanguageSwitch, Layout};
use crate::seals::FormBinding;
use crate::words::Language;

/// Names the form that changes the language, in its token.
pub const FORM: &str = "language";
/// The longest address that a page is come back to, in bytes; a longer one without its query.
const LONGEST_WAY_BACK: usize = 8 * 1024;

/// Pages whose form goes to the address of the page.
const FORMS_AT_THEIR_PAGE: &[&str] = &[
    path::LOGIN,
    path::CONSENT,
    path::ACCEPT_TERMS,
    path::DEVICES,
    path::SITES,
    path::SECURE,
    path::PASSWORD,
    path::TOTP,
    path::PASSKEY,
    path::RENAME_METHOD,
    path::DEMAND_PASSKEY,
    path::REMOVE_METHOD,
    path::RECOVERY_CODES,
    path::ADD_ADDRESS,
    path::ADDRESS,
    path::FORGOT_PASSWORD,
    path::RESET_PASSWORD,
    path::VERIFY_ADDRESS,
    path::NOT_ME,
    path::SECOND_STEP,
    path::REGISTER,
    path::CREATE_ACCOUNT,
    path::FIRST_ADMINISTRATOR,
    path::PROFILE,
    path::OWN_PICTURE,
    path::EXPORT,
    path::DELETE,
];

/// What is learned of the languages that are wanted while a request is answered. It is kept with the request, so that
/// no page can forget to ask for it, and an error page has it too.
#[derive(Default)]
struct Wishes {
    client: Vec<String>,
    profile: Option<String>,
}

/// Takes the wish of the site that sent the person here.
pub fn heed_client(request: &HttpRequest, ui_locales: &[String]) {
    with_wishes(request, |wishes| wishes.client = ui_locales.to_vec());
}

/// Takes the wish of the person who is signed in.
pub fn heed_person(request: &HttpRequest, user: &User) {
    with_wishes(request, |wishes| wishes.profile.clone_from(&user.claims.locale));
}

fn with_wishes(request: &HttpRequest, change: impl FnOnce(&mut Wishes)) {
    let mut extensions = request.extensions_mut();
    let mut wishes = extensions.remove::<Wishes>().unwrap_or_default();
    change(&mut wishes);
    extensions.insert(wishes);
}

/// The frame of a page that answers a request, with what was learned of it so far in `extensions`.
#[must_use]
pub fn layout(app: &App, head: &RequestHead, extensions: &Extensions) -> Layout {
    coming_back_to(&way_back(head), app, head, extensions)
}

/// The same for a page that is found again at `back`, a path of ours and its query.
#[must_use]
pub fn coming_back_to(back: &str, app: &App, head: &RequestHead, extensions: &Extensions) -> Layout {
    let offered = app.config.language.offered();
    let language = choose(app, &offered, head, extensions);
    let proof = app.seals().form_token(&FormBinding { form: FORM, holder: "", tx: back });
    let others = offered.into_iter().filter(|other| *other != language).collect();
    let switch = LanguageSwitch { others, back: back.to_owned(), proof };
    let layout = Layout::new(&app.config.issuer.service_name, language);
    layout.with_theme(Arc::clone(&app.theme)).with_switch(switch)
}

fn choose(app: &App, offered: &[Language], head: &RequestHead, extensions: &Extensions) -> Language {
    let chosen = cookies::language(&head.headers).filter(|language| offered.contains(language));
    let fitting = |wanted: &[String]| Language::fitting(wanted.iter().map(String::as_str), offered);
    let wishes = extensions.get::<Wishes>();
    let asked = || match wishes {
        Some(wishes) if !wishes.client.is_empty() => fitting(&wishes.client),
        // No handler has looked at the request, or it was refused.
        _ => fitting(&in_query(head)),
    };
    let profile = || Language::fitting(wishes?.profile.as_deref(), offered);
    let browser = || fitting(&accepted(&head.headers));
    chosen.or_else(asked).or_else(profile).or_else(browser).unwrap_or(app.config.language.default)
}

/// The tags that a browser accepts, those of the greatest weight first (RFC 9110 12.5.4). A weight of zero is a refusal.
fn accepted(headers: &HeaderMap) -> Vec<String> {
    let accepted = from_comma_delimited(headers.get_all(ACCEPT_LANGUAGE)).unwrap_or_default();
    let mut accepted = AcceptLanguage(accepted);
    accepted.retain(|wish| wish.quality > Quality::ZERO);
    let wishes = accepted.ranked().into_iter().filter_map(Preference::into_item);
    wishes.map(|tag| tag.to_string()).collect()
}

fn in_query(head: &RequestHead) -> Vec<String> {
    let params = head.uri.query().and_then(Params::decode).unwrap_or_default();
    params.once("ui_locales").ok().flatten().map(ui_locales).unwrap_or_default()
}

/// Where the page of this request is found again by GET.
fn way_back(head: &RequestHead) -> String {
    let asked = head.uri.path_and_query().map_or("/", |asked| asked.as_str());
    let path = head.uri.path();
    match head.method {
        Method::GET | Method::HEAD if is_own(asked) && asked.len() <= LONGEST_WAY_BACK => asked.to_owned(),
        Method::GET | Method::HEAD if is_own(path) && path.len() <= LONGEST_WAY_BACK => path.to_owned(),
        // A form goes to the address of its page.
        _ if FORMS_AT_THEIR_PAGE.contains(&path) || is_of_administrators(path) => {
            if asked.len() <= LONGEST_WAY_BACK { asked } else { path }.to_owned()
        }
        // It says whether the person is signed in.
        _ => path::LOGGED_OUT.to_owned(),
    }
}

/// Their forms go to the address of the page as well.
fn is_of_administrators(path: &str) -> bool {
    path.strip_prefix(path::ADMIN).is_some_and(|below| below.starts_with('/'))
}

/// A path on this server, and nothing that a browser takes for another (`//host`, and `/\\host`, which is the same to it).
fn is_own(address: &str) -> bool {
    let second = address.as_bytes().get(1);
    address.starts_with('/') && !matches!(second, Some(b'/' | b'\\'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use actix_web::test::TestRequest;

    fn way_back_of(method: Method, uri: &str) -> String {
        way_back(TestRequest::default().method(method).uri(uri).to_http_request().head())
    }

    #[test]
    fn a_page_is_found_again_where_it_was() {
        for uri in ["/", "/login?tx=a%2Bb", "/nowhere?x=1&y", "/authorize?client_id=a"] {
            assert_eq!(way_back_of(Method::GET, uri), uri);
        }
        assert_eq!(way_back_of(Method::GET, "http://evil.example/login?tx=1"), "/login?tx=1");
        assert_eq!(way_back_of(Method::POST, "/login?x=1"), "/login?x=1");
        assert_eq!(way_back_of(Method::POST, "/logout"), "/logged-out");
        assert_eq!(way_back_of(Method::POST, "/language"), "/logged-out");
        let long = format!("/authorize?state={}", "x".repeat(9000));
        assert_eq!(way_back_of(Method::GET, &long), "/authorize");
    }

    #[test]
    fn a_browser_weighs_its_languages() {
        for (header, tags) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", &["zh-CN", "zh", "en"][..]),
            ("en;q=0.5, zh-CN", &["zh-CN", "en"]),
            ("de;q=0.1, fr;q=0.12, en;q=1.000", &["en", "fr", "de"]),
            ("en;q=0, zh", &["zh"]),
            ("de;q=0.5,fr;q=0.5", &["de", "fr"]),
            ("en;q=2, fr;q=x, de;level=1, es;q=0.1234, it;q=, zh;Q=0.3, *;q=0.1", &["zh"]),
            ("<script>, ../en, , -", &[]),
            ("\u{4e2d},zh", &[]),
        ] {
            let request = TestRequest::get().insert_header((ACCEPT_LANGUAGE, header.as_bytes()));
            assert_eq!(accepted(request.to_http_request().headers()), tags, "{header}");
        }
    }

    #[test]
    fn s68_the_way_back_never_leaves_this_server() {
        for uri in
            ["//evil.example", "//evil.example/x?y", "///evil.example", "http://a.localhost//evil.example"]
        {
            assert_eq!(way_back_of(Method::GET, uri), "/logged-out", "{uri}");
        }
        for address in
            ["", "evil.example", "//evil.example", "/\\evil.example", "https://evil.example", "\\/x"]
        {
            assert!(!is_own(address), "{address}");
        }
        assert!(is_own("/") && is_own("/login?tx=//"));
    }
}
