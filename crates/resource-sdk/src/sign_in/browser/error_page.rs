//! The few pages of the mount itself, for when something did not go as it should: one sentence on
//! what happened, one way on. They hold no text that came from outside. Pages of the site are its own.

use std::sync::LazyLock;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, REFERRER_POLICY, RETRY_AFTER},
    },
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#16191f;--muted:#565d6a;--accent:#2f5bd7}\
@media(prefers-color-scheme:dark){:root{--page:#0d1015;--card:#161a21;--text:#eceff4;--muted:#a3abb8;--accent:#4069e0}}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--page);color:var(--text);\
font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif}\
main{box-sizing:border-box;width:100%;max-width:25rem;padding:2rem;background:var(--card);border-radius:1rem}\
h1{margin:0 0 .5rem;font-size:1.375rem;line-height:1.3}p{margin:0 0 1.5rem;color:var(--muted)}\
a{display:block;padding:.625rem 1rem;border-radius:.625rem;text-align:center}\
a:first-of-type{background:var(--accent);color:#fff;text-decoration:none;font-weight:600}\
a+a{margin-top:.5rem;color:inherit}a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}";

/// The one style sheet is named by its hash, so that nothing else is allowed.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// A way on from a page.
struct PageLink<'a> {
    label: &'static str,
    href: &'a str,
}

/// The answer matches nothing that this browser has open: an old one, another browser's, or cookies
/// are blocked. Beginning anew is right in all cases.
pub(crate) fn unknown_sign_in(login_path: &str) -> HttpResponse {
    let links = [
        PageLink { label: "Sign in again", href: login_path },
        PageLink { label: "Go to the site", href: "/" },
    ];
    let text = "It has expired, was finished before, or was begun in another browser. \
                If this keeps happening, allow cookies for this site.";
    render(StatusCode::BAD_REQUEST, "This sign-in is not open any more", text, &links)
}

/// The person said no.
pub(crate) fn cancelled(login_path: &str) -> HttpResponse {
    let links = [
        PageLink { label: "Go to the site", href: "/" },
        PageLink { label: "Sign in after all", href: login_path },
    ];
    render(StatusCode::OK, "You are not signed in", "The sign-in was cancelled. Nothing was shared.", &links)
}

/// A check failed; which one is for the log alone.
pub(crate) fn failed(login_path: &str, status: StatusCode) -> HttpResponse {
    let links =
        [PageLink { label: "Try again", href: login_path }, PageLink { label: "Go to the site", href: "/" }];
    let text = "The answer of the sign-in service could not be accepted. You are not signed in.";
    render(status, "Signing in did not work", text, &links)
}

/// The provider is not there.
pub(crate) fn provider_away(login_path: &str) -> HttpResponse {
    let links =
        [PageLink { label: "Try again", href: login_path }, PageLink { label: "Go to the site", href: "/" }];
    let text = "The sign-in service does not answer at the moment. Please try again shortly.";
    let mut response =
        render(StatusCode::SERVICE_UNAVAILABLE, "Signing in is not possible now", text, &links);
    response.headers_mut().insert(RETRY_AFTER, actix_web::http::header::HeaderValue::from_static("5"));
    response
}

/// A session cannot be judged; it stays as it is.
pub(crate) fn try_again_later() -> HttpResponse {
    let text = "Your session cannot be checked at the moment. You stay signed in; please reload shortly.";
    let mut response = render(StatusCode::SERVICE_UNAVAILABLE, "One moment, please", text, &[]);
    response.headers_mut().insert(RETRY_AFTER, actix_web::http::header::HeaderValue::from_static("5"));
    response
}

/// A form that is not the site's own, or older than the session.
pub(crate) fn forbidden() -> HttpResponse {
    let links = [PageLink { label: "Go to the site", href: "/" }];
    let text = "The request did not come from a current page of this site. Nothing was changed.";
    render(StatusCode::FORBIDDEN, "That did not come from here", text, &links)
}

/// A script or a frame asked for the log-in route.
pub(crate) fn not_a_navigation() -> HttpResponse {
    let text = "Signing in happens in a page of its own.";
    render(StatusCode::BAD_REQUEST, "This cannot be embedded", text, &[])
}

/// The site is put together wrongly; the log says how.
pub(crate) fn internal_error() -> HttpResponse {
    let text = "The site has a problem of its own. It was written down.";
    render(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here", text, &[])
}

fn render(status: StatusCode, title: &str, text: &str, links: &[PageLink<'_>]) -> HttpResponse {
    let links: String =
        links.iter().map(|link| format!("<a href=\"{}\">{}</a>", escape(link.href), link.label)).collect();
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p>{links}</main></body></html>"
    );
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header(("content-security-policy", POLICY.as_str()))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("x-frame-options", "DENY"))
        .body(body)
}

/// Links are paths that the URL parser wrote, yet nothing is left to that.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
