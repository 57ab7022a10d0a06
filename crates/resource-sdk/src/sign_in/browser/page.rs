//! What a page of the mount consists of, and how it looks unless the site draws it itself: one sentence on what happened,
//! one way on. It holds no text that came from outside but the path of this site that leads on.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::sign_in::words::Words;

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#16191f;--muted:#565d6a;--accent:#2f5bd7}\
@media(prefers-color-scheme:dark){:root{--page:#0d1015;--card:#161a21;--text:#eceff4;--muted:#a3abb8;--accent:#4069e0}}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--page);color:var(--text);\
font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"PingFang SC\",\"Microsoft YaHei\",\
\"Noto Sans CJK SC\",sans-serif}\
main{box-sizing:border-box;width:calc(100% - 2rem);max-width:25rem;padding:2rem;background:var(--card);border-radius:1rem}\
h1{margin:0 0 .5rem;font-size:1.375rem;line-height:1.3}p{margin:0 0 1.5rem;color:var(--muted)}\
a{display:block;padding:.625rem 1rem;border-radius:.625rem;text-align:center}\
a:first-of-type{background:var(--accent);color:#fff;text-decoration:none;font-weight:600}\
a+a,form+a{margin-top:.5rem;color:inherit}\
button{box-sizing:border-box;width:100%;padding:.625rem 1rem;border:0;border-radius:.625rem;background:var(--accent);\
color:#fff;font:inherit;font-weight:600;cursor:pointer}form+a:first-of-type{background:none;color:inherit;\
font-weight:inherit;text-decoration:underline}a:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}";

/// Sends the form of the page, even where a field of it is called `submit`.
const SENDING: &str = "HTMLFormElement.prototype.submit.call(document.querySelector('form'))";

/// The one style sheet is named by its hash, so that nothing else is allowed.
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));
/// And the one script.
static SENDING_HASH: LazyLock<String> = LazyLock::new(|| hash(SENDING));

/// A page of the mount, for a site that draws it itself; see
/// [`SignInBuilder::draw_pages`](crate::sign_in::SignInBuilder::draw_pages).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<'a> {
    /// Which one it is.
    pub kind: PageKind,
    /// The status of the answer, which the SDK sets.
    pub status: StatusCode,
    /// The sentences of the language that the page is in, and its tag and direction for `<html lang dir>`.
    pub words: &'a Words,
    /// Title and heading: plain text, to be escaped.
    pub title: &'a str,
    /// What happened, as HTML: escaped, with the site's host in `<bdi>` where one is named.
    pub text_html: String,
    /// A form, to be shown before the links.
    pub form: Option<PageForm<'a>>,
    /// The ways on, the best first.
    pub links: Vec<PageLink<'a>>,
    /// Where the page goes by itself, at once: `<meta http-equiv="refresh" content="0;url=...">`.
    pub goes_to: Option<&'a str>,
}

/// Which page of the mount it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PageKind {
    /// The browser kept nothing for this site.
    NoCookies,
    /// A person who is signed in is asked whether to sign out.
    ConfirmSignOut,
    /// Leads to a page of this site whose address is too long for a redirect.
    MovingOn,
    /// The person said no at the provider.
    Cancelled,
    /// An answer of the provider could not be accepted.
    Failed,
    /// The provider does not answer.
    ProviderAway,
    /// A session cannot be judged now, and stays as it is.
    TryAgainLater,
    /// A form or script that is not a current one of this site.
    Forbidden,
    /// A frame or script asked for a page of its own.
    NotANavigation,
    /// The site is put together wrongly.
    InternalError,
    /// A form was sent to a route that demands a more recent or stronger sign-in, and keeps no form.
    ConfirmFirst,
    /// The person did not confirm that it is them.
    NotConfirmed,
    /// The sign-in is of none of the classes that a route demands.
    TooWeak,
    /// The sign-in is too long ago for a route.
    TooOld,
    /// Sends a form on that waited for its person. A script of the site may press the button by itself.
    SendForm,
    /// That form was sent already.
    FormSent,
    /// That form is not here any more.
    FormGone,
    /// That form was filled in by another person.
    FormOfAnother,
    /// A form is longer than what is taken.
    FormTooLong,
}

/// A way on from a page.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PageLink<'a> {
    /// What it says: plain text.
    pub label: &'a str,
    /// Where it leads: a path or address of this site, to be escaped.
    pub href: &'a str,
}

/// A form of one button, sent by POST, whose answer may be a redirect to the provider.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PageForm<'a> {
    /// What the button says: plain text.
    pub label: &'a str,
    /// Where it is sent: a path of this site.
    pub action: &'a str,
    /// Names and values of its hidden fields, to be escaped; `csrf_token` is one of them.
    pub fields: &'a [(&'a str, &'a str)],
    /// The provider's origin, for `form-action` of a content security policy: browsers hold that against redirects too.
    pub provider: &'a str,
}

impl<'a> PageLink<'a> {
    pub(crate) const fn new(label: &'a str, href: &'a str) -> Self {
        Self { label, href }
    }
}

/// The page as the SDK draws it.
pub(crate) fn html(page: &Page<'_>) -> String {
    let links: String = page.links.iter().map(link).collect();
    let form = page.form.as_ref().map(form).unwrap_or_default();
    let refresh =
        page.goes_to.map(|to| format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">", escape(to)));
    let refresh = refresh.unwrap_or_default();
    let (tag, direction) = (escape(page.words.tag), page.words.direction.as_str());
    let (title, text) = (escape(page.title), &page.text_html);
    let script = if sends_itself(page) { format!("<script>{SENDING}</script>") } else { String::new() };
    format!(
        "<!doctype html><html lang=\"{tag}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{refresh}\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p>{form}{links}</main>{script}</body></html>"
    )
}

/// What that page may do.
pub(crate) fn policy(page: &Page<'_>) -> String {
    let form_action =
        page.form.map_or_else(|| "'none'".to_owned(), |form| format!("'self' {}", form.provider));
    let script =
        if sends_itself(page) { format!("script-src 'sha256-{}'; ", *SENDING_HASH) } else { String::new() };
    format!(
        "default-src 'none'; {script}style-src 'sha256-{}'; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'",
        STYLE_HASH.as_str()
    )
}

fn link(link: &PageLink<'_>) -> String {
    format!("<a href=\"{}\">{}</a>", escape(link.href), escape(link.label))
}

/// What was filled in already goes on without a press of the button, where there is script.
fn sends_itself(page: &Page<'_>) -> bool {
    page.kind == PageKind::SendForm
}

fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

fn form(form: &PageForm<'_>) -> String {
    let hidden = |(name, value): &(&str, &str)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
    };
    let fields: String = form.fields.iter().map(hidden).collect();
    format!(
        "<form method=\"post\" action=\"{}\">{fields}<button>{}</button></form>",
        escape(form.action),
        escape(form.label)
    )
}

/// Links are paths that the URL parser wrote, yet nothing is left to that.
pub(crate) fn escape(text: &str) -> String {
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
