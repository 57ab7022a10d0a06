//! The cookies of the provider: their names, their attributes, and reading them strictly. All are
//! `__Host-` cookies (Secure, HttpOnly, Path=/, no Domain); browsers accept these on plain-http loopback
//! hosts too. Lax, for a person arrives here by a link from another site.

use crate::random;
use crate::words::Language;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{COOKIE, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};
use idp_core::secret::{Secret, SecretKind};

/// Names the single sign-on session.
pub const SESSION: &str = "__Host-idp_session";
/// Lets the throttle know a person's own browser.
pub const KNOWN_DEVICE: &str = "__Host-idp_known";
/// Tells one browser of a person from another.
pub const DEVICE: &str = "__Host-device";
/// The language that a person chose on a page.
pub const LANGUAGE: &str = "__Host-idp_language";
/// Begins the names of the cookies that bind login transactions to a browser. Two first visits at the
/// same moment each set one under a name of its own, so that neither tab loses its binding.
const BROWSER_PREFIX: &str = "__Host-idp_browser_";
/// A browser that restores many tabs has as many first visits at one moment.
const MOST_BROWSER_COOKIES: usize = 64;
const YEAR: i64 = 365 * 24 * 60 * 60;
/// The longest that browsers keep a cookie.
const LONGEST: i64 = 400 * 24 * 60 * 60;

/// The session cookie, when it is well formed and there is exactly one.
#[must_use]
pub fn session(request: &HttpRequest) -> Option<Secret> {
    Secret::parse(SecretKind::Session, &only(request.headers(), SESSION)?)
}

/// The text of the known-device cookie.
#[must_use]
pub fn known_device(request: &HttpRequest) -> Option<String> {
    only(request.headers(), KNOWN_DEVICE)
}

/// The device cookie, when it is one of ours by its form and there is exactly one.
#[must_use]
pub fn device(request: &HttpRequest) -> Option<Secret> {
    Secret::parse(SecretKind::Device, &only(request.headers(), DEVICE)?)
}

/// The language that a person chose in this browser.
#[must_use]
pub fn language(headers: &HeaderMap) -> Option<Language> {
    only(headers, LANGUAGE)?.parse().ok()
}

/// Everything this browser can be bound by.
#[must_use]
pub fn browsers(request: &HttpRequest) -> Vec<Secret> {
    let ours = pairs(request.headers()).filter(|(name, _)| name.starts_with(BROWSER_PREFIX));
    ours.filter_map(|(_, value)| Secret::parse(SecretKind::Browser, value))
        .take(MOST_BROWSER_COOKIES)
        .collect()
}

/// Whether the browser sent any cookie of ours.
#[must_use]
pub fn has_any(request: &HttpRequest) -> bool {
    let ours = |name: &str| {
        [SESSION, KNOWN_DEVICE, DEVICE, LANGUAGE].contains(&name) || name.starts_with(BROWSER_PREFIX)
    };
    pairs(request.headers()).any(|(name, _)| ours(name))
}

/// A fresh binding for a browser that has none.
#[must_use]
pub fn new_browser() -> Secret {
    Secret::generate(SecretKind::Browser, &mut random::rng())
}

/// Sets the binding of a browser.
pub fn set_browser(response: &mut HttpResponse, browser: &Secret) {
    let tail: String =
        browser.hash().to_string().chars().filter(char::is_ascii_alphanumeric).take(6).collect();
    set(response, &format!("{BROWSER_PREFIX}{tail}"), browser.expose(), Some(YEAR));
}

/// Sets the session cookie; it lasts as long as a session can.
pub fn set_session(response: &mut HttpResponse, session: &Secret, seconds: i64) {
    set(response, SESSION, session.expose(), Some(seconds));
}

/// Takes the session cookie away.
pub fn clear_session(response: &mut HttpResponse) {
    set(response, SESSION, "", None);
}

/// Sets the device cookie.
pub fn set_device(response: &mut HttpResponse, device: &Secret) {
    set(response, DEVICE, device.expose(), Some(LONGEST));
}

/// Remembers the language that a person chose.
pub fn set_language(response: &mut HttpResponse, language: Language) {
    set(response, LANGUAGE, language.tag(), Some(LONGEST));
}

/// Forgets it: what the profile says counts again.
pub fn clear_language(response: &mut HttpResponse) {
    set(response, LANGUAGE, "", None);
}

/// Sets the known-device cookie.
pub fn set_known_device(response: &mut HttpResponse, sealed: &str) {
    set(response, KNOWN_DEVICE, sealed, Some(YEAR));
}

/// The value of `name`. A name that came twice has no value: one of the two was planted.
fn only(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut named = pairs(headers).filter(|(known, _)| *known == name);
    let (_, value) = named.next()?;
    named.next().is_none().then(|| value.to_owned())
}

/// Every cookie that reads as `name=value` (RFC 6265 5.4). What other pages of this host have planted and no reader
/// can read is passed over: it must not sign the person out.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE);
    let parts = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    parts.filter_map(|part| std::str::from_utf8(part).ok()?.trim_matches([' ', '\t']).split_once('='))
}

/// `lifetime` in seconds; `None` removes the cookie.
fn set(response: &mut HttpResponse, name: &str, value: &str, lifetime: Option<i64>) {
    let cookie = Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(lifetime.unwrap_or(0)))
        .finish();
    if let Err(error) = response.add_cookie(&cookie) {
        tracing::error!(%error, name, "a cookie could not be set");
    }
}
