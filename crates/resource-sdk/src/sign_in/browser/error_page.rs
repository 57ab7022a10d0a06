//! The few pages of the mount itself, for when something did not go as it should: one sentence on
//! what happened, one way on. They hold no text that came from outside but the path of this site that leads on.
//! Pages of the site are its own.

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
a+a,form+a{margin-top:.5rem;color:inherit}\
button{box-sizing:border-box;width:100%;padding:.625rem 1rem;border:0;border-radius:.625rem;background:var(--accent);\
color:#fff;font:inherit;font-weight:600;cursor:pointer}form+a:first-of-type{background:none;color:inherit;\
font-weight:inherit;text-decoration:underline}a:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}";

/// The one style sheet is named by its hash, so that nothing else is allowed.
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| STANDARD.encode(digest(&SHA256, STYLE.as_bytes())));

/// A way on from a page.
struct PageLink<'a> {
    label: &'static str,
    href: &'a str,
}

/// What a page consists of.
struct Page<'a> {
    status: StatusCode,
    title: &'a str,
    text: &'a str,
    links: &'a [PageLink<'a>],
    /// A form before the links.
    form: Option<PageForm<'a>>,
    /// Where the page goes by itself, at once.
    goes_to: Option<&'a str>,
}

/// A button of this site whose answer is a redirect to the provider.
struct PageForm<'a> {
    label: &'static str,
    action: &'a str,
    csrf_token: &'a str,
    /// The provider's origin: browsers hold `form-action` against redirects too.
    provider: &'a str,
}

/// The browser kept nothing for this site, twice. `login` is the address at which it should.
pub(crate) fn no_cookies(host: &str, login: &str) -> HttpResponse {
    let links =
        [PageLink { label: "Try again", href: login }, PageLink { label: "Go to the site", href: "/" }];
    let text = format!(
        "Signing in needs cookies, and this browser kept none for {}. Allow cookies for that address, then \
         try again.",
        escape(host)
    );
    render(StatusCode::FORBIDDEN, "This browser keeps no cookies for this site", &text, &links)
}

/// A person who is signed in may sign out with this page, whatever became of the page with the form.
pub(crate) fn sign_out(action: &str, csrf_token: &str, provider: &str) -> HttpResponse {
    let form = PageForm { label: "Sign out", action, csrf_token, provider };
    page(&Page {
        status: StatusCode::OK,
        title: "Do you want to sign out?",
        text: "You are signed in.",
        links: &[PageLink { label: "Go to the site", href: "/" }],
        form: Some(form),
        goes_to: None,
    })
}

/// Leads to a page of this site whose address is too long for a redirect.
pub(crate) fn moving_on(path: &str) -> HttpResponse {
    page(&Page {
        status: StatusCode::OK,
        title: "One moment, please",
        text: "Your page comes at once.",
        links: &[PageLink { label: "Go to the page", href: path }],
        form: None,
        goes_to: Some(path),
    })
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

/// A log-out form that is not the site's own, or older than the session. `logout` is the page with a new one.
pub(crate) fn forbidden(logout: &str) -> HttpResponse {
    let links =
        [PageLink { label: "Sign out here", href: logout }, PageLink { label: "Go to the site", href: "/" }];
    let text = "The request did not come from a current page of this site. Nothing was changed.";
    render(StatusCode::FORBIDDEN, "That did not come from here", text, &links)
}

/// A script asked for something that only the site's own scripts get.
pub(crate) fn not_for_others() -> HttpResponse {
    let links = [PageLink { label: "Go to the site", href: "/" }];
    let text = "The request did not come from a current page of this site. Nothing was changed.";
    render(StatusCode::FORBIDDEN, "That did not come from here", text, &links)
}

/// A script or a frame asked for a route that only a page of its own can take.
pub(crate) fn not_a_navigation(login_path: &str) -> HttpResponse {
    let links = [PageLink { label: "Sign in", href: login_path }];
    let text = "Signing in happens in a page of its own.";
    render(StatusCode::BAD_REQUEST, "This cannot be embedded", text, &links)
}

/// The site is put together wrongly; the log says how.
pub(crate) fn internal_error() -> HttpResponse {
    let text = "The site has a problem of its own. It was written down.";
    render(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here", text, &[])
}

fn render(status: StatusCode, title: &str, text: &str, links: &[PageLink<'_>]) -> HttpResponse {
    page(&Page { status, title, text, links, form: None, goes_to: None })
}

/// Writes a page. `text` is HTML.
fn page(page: &Page<'_>) -> HttpResponse {
    let Page { status, title, text, links, form, goes_to } = page;
    let links: String = links.iter().map(link).collect();
    let button = form.as_ref().map(button).unwrap_or_default();
    let refresh = goes_to.map(|to| format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">", escape(to)));
    let refresh = refresh.unwrap_or_default();
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{refresh}\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p>{button}{links}</main></body></html>"
    );
    HttpResponse::build(*status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header(("content-security-policy", policy(form.as_ref())))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("x-frame-options", "DENY"))
        .body(body)
}

fn link(link: &PageLink<'_>) -> String {
    format!("<a href=\"{}\">{}</a>", escape(link.href), link.label)
}

fn button(form: &PageForm<'_>) -> String {
    format!(
        "<form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"csrf_token\" value=\"{}\">\
         <button>{}</button></form>",
        escape(form.action),
        escape(form.csrf_token),
        form.label
    )
}

fn policy(form: Option<&PageForm<'_>>) -> String {
    let form_action = form.map_or_else(|| "'none'".to_owned(), |form| format!("'self' {}", form.provider));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'",
        STYLE_HASH.as_str()
    )
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
