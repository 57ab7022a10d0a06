//! The few pages of the mount itself, for when something did not go as it should: which sentences each says and where it
//! leads on. What they look like is in `page`, in which language they are in `locale`. Pages of the site are its own.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_LANGUAGE, HeaderValue, REFERRER_POLICY, RETRY_AFTER, VARY},
    },
};

use super::{
    locale::Locale,
    page::{self, Page, PageForm, PageKind, PageLink, escape},
};
use crate::{
    demand::Shortfall,
    sign_in::words::{HOST, PageWords, Words},
};

/// Where the site begins.
const HOME: &str = "/";
/// Seconds after which a browser may ask again.
const SHORTLY: HeaderValue = HeaderValue::from_static("5");

/// The browser kept nothing for this site, twice. `login` is the address at which it should.
pub(crate) fn no_cookies(locale: &Locale, host: &str, login: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.try_again, login), to_site(words)];
    let page = of(words, PageKind::NoCookies, StatusCode::FORBIDDEN, links);
    // Text from outside in a sentence has a direction of its own.
    let text_html = page.text_html.replace(HOST, &format!("<bdi>{}</bdi>", escape(host)));
    answer(locale, &Page { text_html, ..page })
}

/// A person who is signed in may sign out with this page, even when the page with the form is gone.
pub(crate) fn sign_out(locale: &Locale, action: &str, csrf_token: &str, provider: &str) -> HttpResponse {
    let words = locale.words();
    let fields = &[("csrf_token", csrf_token)];
    let form = Some(PageForm { label: words.sign_out, action, fields, provider });
    let page = of(words, PageKind::ConfirmSignOut, StatusCode::OK, vec![to_site(words)]);
    answer(locale, &Page { form, ..page })
}

/// Leads to a page of this site whose address is too long for a redirect.
pub(crate) fn moving_on(locale: &Locale, path: &str) -> HttpResponse {
    let words = locale.words();
    let page = of(words, PageKind::MovingOn, StatusCode::OK, vec![PageLink::new(words.to_page, path)]);
    answer(locale, &Page { goes_to: Some(path), ..page })
}

/// The person said no.
pub(crate) fn cancelled(locale: &Locale, login_path: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![to_site(words), PageLink::new(words.sign_in_after_all, login_path)];
    answer(locale, &of(words, PageKind::Cancelled, StatusCode::OK, links))
}

/// A check failed; which one is for the log alone.
pub(crate) fn failed(locale: &Locale, login_path: &str, status: StatusCode) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.try_again, login_path), to_site(words)];
    answer(locale, &of(words, PageKind::Failed, status, links))
}

/// A form came to a route that keeps none, before the person has confirmed that it is them.
pub(crate) fn confirm_first(locale: &Locale, confirm: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.confirm, confirm), to_site(words)];
    answer(locale, &of(words, PageKind::ConfirmFirst, StatusCode::FORBIDDEN, links))
}

/// The person did not confirm that it is them. What they had before, they have still.
pub(crate) fn not_confirmed(locale: &Locale, confirm: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![to_site(words), PageLink::new(words.confirm, confirm)];
    answer(locale, &of(words, PageKind::NotConfirmed, StatusCode::OK, links))
}

/// The person is back, and the sign-in falls short of what was demanded. Nothing begins by itself.
pub(crate) fn short_of_demand(locale: &Locale, shortfall: Shortfall, confirm: &str) -> HttpResponse {
    let words = locale.words();
    let (again, site) = (PageLink::new(words.try_again, confirm), to_site(words));
    // The same once more does not make it stronger.
    let (kind, links) = match shortfall {
        Shortfall::TooWeak => (PageKind::TooWeak, vec![site, again]),
        Shortfall::TooOld => (PageKind::TooOld, vec![again, site]),
    };
    answer(locale, &of(words, kind, StatusCode::FORBIDDEN, links))
}

/// Sends a form on.
pub(crate) fn send_form(
    locale: &Locale,
    action: &str,
    fields: &[(&str, &str)],
    provider: &str,
) -> HttpResponse {
    let words = locale.words();
    let form = Some(PageForm { label: words.go_on, action, fields, provider });
    let page = of(words, PageKind::SendForm, StatusCode::OK, Vec::new());
    let mut response = answer(locale, &Page { form, ..page });
    // Under `no-referrer` the form would come from the origin `null`.
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    response
}

/// A form was sent on already. `page` is the one that it was on.
pub(crate) fn form_sent(locale: &Locale, page: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.to_page, page)];
    answer(locale, &of(words, PageKind::FormSent, StatusCode::OK, links))
}

/// A form is not here any more.
pub(crate) fn form_gone(locale: &Locale, page: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.to_page, page)];
    answer(locale, &of(words, PageKind::FormGone, StatusCode::OK, links))
}

/// A form is another person's.
pub(crate) fn form_of_another(locale: &Locale, page: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.to_page, page)];
    answer(locale, &of(words, PageKind::FormOfAnother, StatusCode::FORBIDDEN, links))
}

/// A form is longer than what is taken.
pub(crate) fn form_too_long(locale: &Locale) -> HttpResponse {
    let words = locale.words();
    let page = of(words, PageKind::FormTooLong, StatusCode::PAYLOAD_TOO_LARGE, vec![to_site(words)]);
    answer(locale, &page)
}

/// A form of the site that is not a current one.
pub(crate) fn foreign_form(locale: &Locale, status: StatusCode) -> HttpResponse {
    let words = locale.words();
    answer(locale, &of(words, PageKind::Forbidden, status, vec![to_site(words)]))
}

/// The provider is not there.
pub(crate) fn provider_away(locale: &Locale, login_path: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.try_again, login_path), to_site(words)];
    shortly(answer(locale, &of(words, PageKind::ProviderAway, StatusCode::SERVICE_UNAVAILABLE, links)))
}

/// A session cannot be judged; it stays as it is.
pub(crate) fn try_again_later(locale: &Locale) -> HttpResponse {
    let page = of(locale.words(), PageKind::TryAgainLater, StatusCode::SERVICE_UNAVAILABLE, Vec::new());
    shortly(answer(locale, &page))
}

/// A log-out form that is not the site's own, or older than the session. `logout` is the page with a new one.
pub(crate) fn forbidden(locale: &Locale, logout: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.to_sign_out, logout), to_site(words)];
    answer(locale, &of(words, PageKind::Forbidden, StatusCode::FORBIDDEN, links))
}

/// A script asked for something that only the site's own scripts get.
pub(crate) fn not_for_others(locale: &Locale) -> HttpResponse {
    let words = locale.words();
    answer(locale, &of(words, PageKind::Forbidden, StatusCode::FORBIDDEN, vec![to_site(words)]))
}

/// A script or a frame asked for a route that only a page of its own can take.
pub(crate) fn not_a_navigation(locale: &Locale, login_path: &str) -> HttpResponse {
    let words = locale.words();
    let links = vec![PageLink::new(words.sign_in, login_path)];
    answer(locale, &of(words, PageKind::NotANavigation, StatusCode::BAD_REQUEST, links))
}

/// The site is put together wrongly; the log says how.
pub(crate) fn internal_error(locale: &Locale) -> HttpResponse {
    let page = of(locale.words(), PageKind::InternalError, StatusCode::INTERNAL_SERVER_ERROR, Vec::new());
    answer(locale, &page)
}

const fn to_site(words: &Words) -> PageLink<'_> {
    PageLink::new(words.to_site, HOME)
}

fn of<'a>(words: &'a Words, kind: PageKind, status: StatusCode, links: Vec<PageLink<'a>>) -> Page<'a> {
    let PageWords { title, text } = said(words, kind);
    Page { kind, status, words, title, text_html: escape(text), form: None, links, goes_to: None }
}

const fn said(words: &Words, kind: PageKind) -> PageWords {
    match kind {
        PageKind::NoCookies => words.no_cookies,
        PageKind::ConfirmSignOut => words.confirm_sign_out,
        PageKind::MovingOn => words.moving_on,
        PageKind::Cancelled => words.cancelled,
        PageKind::Failed => words.failed,
        PageKind::ProviderAway => words.provider_away,
        PageKind::TryAgainLater => words.try_again_later,
        PageKind::Forbidden => words.forbidden,
        PageKind::NotANavigation => words.not_a_navigation,
        PageKind::InternalError => words.internal_error,
        PageKind::ConfirmFirst => words.confirm_first,
        PageKind::NotConfirmed => words.not_confirmed,
        PageKind::TooWeak => words.too_weak,
        PageKind::TooOld => words.too_old,
        PageKind::SendForm => words.send_form,
        PageKind::FormSent => words.form_sent,
        PageKind::FormGone => words.form_gone,
        PageKind::FormOfAnother => words.form_of_another,
        PageKind::FormTooLong => words.form_too_long,
    }
}

/// What the site draws itself has the content security policy that the site gives its pages.
fn answer(locale: &Locale, page: &Page<'_>) -> HttpResponse {
    let mut response = HttpResponse::build(page.status);
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_LANGUAGE, page.words.tag))
        .insert_header((VARY, locale.vary()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("x-frame-options", "DENY"));
    match locale.draw(page) {
        Some(html) => response.body(html),
        None => {
            response.insert_header(("content-security-policy", page::policy(page))).body(page::html(page))
        }
    }
}

fn shortly(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(RETRY_AFTER, SHORTLY);
    response
}
