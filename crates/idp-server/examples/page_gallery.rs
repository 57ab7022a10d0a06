//! Serves every page of the provider with sample data, for looking at them while their look is
//! changed:
//!
//! ```text
//! cargo run -p idp-server --example page_gallery          # http://127.0.0.1:8099/
//! cargo run -p idp-server --example page_gallery -- 9000  # another port
//! ```
//!
//! The index lists the pages in each language. `?dir=rtl` turns a page round, as in a language written
//! from the right. Headers and assets are those of the server; the forms lead nowhere.

use actix_web::{App, HttpResponse, HttpServer, web};
use askama::Template;
use idp_core::time::UnixTime;
use idp_server::config::IssuerConfig;
use idp_server::mail::{Letter, LetterText, News};
use idp_server::page::{
    ClientLabel, ConsentPage, DisplayText, ErrorPage, FormPostPage, FormSeal, LanguageSwitch, Layout,
    LinkUri, LoggedOutPage, LoginError, LoginPage, LogoutPage, PageError, Receipt, RightAddress, ScopeLine,
    SecurityHeaders, TypedText, assets, letter,
};
#[cfg(feature = "demo")]
use idp_server::page::{InboxPage, ListedLetter, RelativeTime};
use idp_server::words::Language;
use std::rc::Rc;

const REQUEST_ID: &str = "0199b2c4-7a31-7c40-9d1e-5f0a6c1b2d3e";
const SEAL: FormSeal<'static> =
    FormSeal { post_to: "/nowhere", tx: "sealed-transaction", csrf: "form-token" };
const LONG: &str =
    "The Extraordinarily Long-Named International Society of People Who Never Shorten Anything";

#[derive(serde::Deserialize)]
struct Look {
    lang: Option<Language>,
    dir: Option<String>,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let port = std::env::args().nth(1).map_or(Ok(8099), |port| port.parse())?;
    let server = HttpServer::new(|| {
        App::new()
            .wrap(SecurityHeaders::new(false, Rc::new(|_, _| layout(Language::english()))))
            .route(assets::ROUTE, web::get().to(assets::serve))
            .route("/", web::get().to(index))
            .route("/{name}", web::get().to(show))
    });
    server.workers(1).bind(("127.0.0.1", port))?.run().await?;
    Ok(())
}

async fn index() -> HttpResponse {
    let mut list = String::from("<!doctype html><title>Pages</title><ul>");
    for (name, _) in gallery(Language::english()) {
        list.push_str(&format!("<li>{name}: <a href=\"/{name}?dir=rtl\">rtl</a>"));
        for language in Language::all() {
            list.push_str(&format!(" <a href=\"/{name}?lang={language}\">{language}</a>"));
        }
    }
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(list)
}

async fn show(name: web::Path<String>, look: web::Query<Look>) -> HttpResponse {
    let Some((_, html)) =
        gallery(look.lang.unwrap_or_default()).into_iter().find(|(known, _)| *known == *name)
    else {
        return HttpResponse::NotFound().finish();
    };
    let html = match look.dir.as_deref() {
        Some("rtl") => html.replacen("dir=\"ltr\"", "dir=\"rtl\"", 1),
        _ => html,
    };
    let mut answer = HttpResponse::Ok();
    if name.starts_with("letter-") {
        // A letter brings its own style.
        answer.insert_header(("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"));
    }
    answer.content_type("text/html; charset=utf-8").body(html)
}

fn gallery(language: Language) -> Vec<(&'static str, String)> {
    let mut pages = logins(language);
    pages.extend(consents(language));
    pages.extend(departures(language));
    pages.extend(errors(language));
    #[cfg(feature = "demo")]
    pages.extend(inboxes(language));
    pages.extend(letters(language).into_iter().map(|(name, text)| (name, text.html)));
    pages
}

/// What people get by mail, as a mail program shows it.
fn letters(language: Language) -> Vec<(&'static str, LetterText)> {
    let at = UnixTime(1_795_232_827);
    let text = |text: &str| Some(text.to_owned());
    let sign_in = |browser, system, address| News::NewSignIn { at, browser, system, address };
    let long = text("An Extraordinarily Long-Named Browser of the People Who Never Shorten Anything");
    let all = [
        ("letter-new-sign-in", "alice", sign_in(text("Firefox"), text("Windows"), text("203.0.113.7"))),
        ("letter-new-sign-in-unknown", "alice", sign_in(None, None, None)),
        ("letter-new-sign-in-long", LONG, sign_in(long.clone(), long, text("2001:db8::7"))),
        ("letter-password-set", "alice", News::PasswordSet { at }),
        ("letter-test", "", News::Test { at }),
    ];
    let issuer = IssuerConfig {
        url: "https://login.example.com".parse().unwrap_or_else(|_| IssuerConfig::default().url),
        service_name: "Example Accounts".to_owned(),
    };
    let written = |(name, account, news): (_, &str, _)| {
        let about =
            Letter { to: "alice@example.org".to_owned(), language, account: account.to_owned(), news };
        Some((name, letter(&about, &issuer)?))
    };
    all.into_iter().filter_map(written).collect()
}

#[cfg(feature = "demo")]
fn inboxes(language: Language) -> Vec<(&'static str, String)> {
    let listed = |text: LetterText| ListedLetter {
        id: uuid::Uuid::nil(),
        to: DisplayText::name("alice@example.org"),
        at: RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827), language),
        language,
        subject: DisplayText::name(&text.subject),
        text: text.text,
    };
    let letters = letters(language).into_iter().map(|(_, text)| listed(text)).collect();
    vec![
        ("inbox", html(&InboxPage { layout: layout(language), letters })),
        ("inbox-none", html(&InboxPage { layout: layout(language), letters: Vec::new() })),
    ]
}

fn logins(language: Language) -> Vec<(&'static str, String)> {
    let with = |change: fn(&mut LoginPage<'static>)| {
        let mut page = login(language);
        change(&mut page);
        html(&page)
    };
    vec![
        ("login", with(|_| ())),
        ("login-alone", with(|page| (page.client, page.may_cancel) = (None, false))),
        ("login-hint", with(|page| page.username = TypedText::new("alice"))),
        ("login-wrong", with(|page| failed(page, LoginError::WrongCredentials))),
        ("login-missing", with(|page| page.error = Some(LoginError::MissingBoth))),
        ("login-throttled", with(|page| failed(page, LoginError::Throttled { retry_after_seconds: 130 }))),
        ("login-busy", with(|page| failed(page, LoginError::Busy { retry_after_seconds: 3 }))),
        ("login-expired", with(|page| failed(page, LoginError::Expired))),
        ("login-once-more", with(|page| failed(page, LoginError::OnceMore))),
        ("login-no-cookies", with(|page| misplaced(page, LoginError::NoCookies))),
        ("login-wrong-address", with(|page| misplaced(page, LoginError::WrongAddress))),
        ("login-confirm", with(|page| page.reauthenticate_as = Some(TypedText::new("alice")))),
        ("login-long", with(|page| page.client = Some(ClientLabel::new(LONG, Some("long.example"))))),
        (
            "login-chinese",
            with(|page| page.client = Some(ClientLabel::new("山川书店", Some("shop.example")))),
        ),
        (
            "login-arabic",
            with(|page| page.client = Some(ClientLabel::new("متجر الكتب", Some("books.example")))),
        ),
    ]
}

fn consents(language: Language) -> Vec<(&'static str, String)> {
    let every = ["openid", "profile", "email", "address", "phone", "offline_access", "orders:read"];
    let long_account = "a.person.with.quite.a.long.address@department.example.org";
    vec![
        ("consent", consent(language, site_a(), "alice", &["openid", "profile", "email"])),
        (
            "consent-long",
            consent(language, ClientLabel::new(LONG, Some("long.example")), long_account, &every),
        ),
    ]
}

fn consent(language: Language, client: ClientLabel, account: &str, scopes: &[&str]) -> String {
    html(&ConsentPage {
        layout: layout(language),
        client,
        seal: SEAL,
        account: DisplayText::name(account),
        scopes: scopes.iter().map(|scope| ScopeLine::new(scope)).collect(),
        is_overdue: false,
    })
}

fn departures(language: Language) -> Vec<(&'static str, String)> {
    let logout = LogoutPage {
        layout: layout(language),
        client: Some(site_a()),
        seal: SEAL,
        account: DisplayText::name("alice"),
    };
    let logged_out = LoggedOutPage {
        layout: layout(language),
        receipt: Some(Receipt { devices: 2, sites: 2, confirmed: 2, took_ms: 240, at_most: 1800 }),
    };
    let logged_out_alone = LoggedOutPage { layout: layout(language), receipt: None };
    vec![
        ("logout", html(&logout)),
        ("logged-out", html(&logged_out)),
        ("logged-out-alone", html(&logged_out_alone)),
    ]
}

fn errors(language: Language) -> Vec<(&'static str, String)> {
    let request = PageError::Request {
        code: "invalid_request",
        parameter: Some(DisplayText::name("redirect_uri")),
        reason: DisplayText::reason("redirect_uri is not registered for this client"),
    };
    vec![
        ("form-post", form_post(language)),
        ("error-request", error(language, request)),
        ("error-malformed", error(language, PageError::Malformed)),
        ("error-forbidden", error(language, PageError::Forbidden)),
        (
            "error-other-browser",
            error(language, PageError::OtherBrowser { way_on: "/login?tx=sample".to_owned() }),
        ),
        ("error-client-gone", error(language, PageError::ClientGone)),
        ("error-not-found", error(language, PageError::NotFound)),
        ("error-method", error(language, PageError::MethodNotAllowed)),
        ("error-too-large", error(language, PageError::TooLarge)),
        ("error-throttled", error(language, PageError::Throttled { retry_after_seconds: Some(600) })),
        ("error-busy", error(language, PageError::Busy { retry_after_seconds: None })),
        ("error-internal", error(language, PageError::Internal)),
    ]
}

/// Without its script, which would leave the page at once.
fn form_post(language: Language) -> String {
    let page = LinkUri::new("http://a.localhost:8081/auth/callback").map(|redirect_uri| FormPostPage {
        layout: layout(language),
        client: site_a(),
        redirect_uri,
        fields: vec![("code", "sample"), ("state", "sample")],
    });
    page.map(|page| html(&page).replace(assets::form_post_script().url(), "/no-script")).unwrap_or_default()
}

fn error(language: Language, error: PageError) -> String {
    html(&ErrorPage { layout: layout(language), error, request_id: REQUEST_ID })
}

fn login(language: Language) -> LoginPage<'static> {
    LoginPage {
        layout: layout(language),
        client: Some(site_a()),
        seal: SEAL,
        username: TypedText::default(),
        error: None,
        request_id: REQUEST_ID,
        may_cancel: true,
        right_address: None,
        reauthenticate_as: None,
        reason: None,
    }
}

fn misplaced(page: &mut LoginPage<'static>, error: LoginError) {
    failed(page, error);
    let issuer = DisplayText::name("https://login.example.com");
    let link = LinkUri::new("https://login.example.com/login?tx=sample");
    page.right_address = link.map(|link| RightAddress { issuer, link });
}

fn failed(page: &mut LoginPage<'static>, error: LoginError) {
    page.username = TypedText::new("alice");
    page.error = Some(error);
}

fn layout(language: Language) -> Layout {
    let others = Language::all().filter(|other| *other != language).collect();
    let switch = LanguageSwitch { others, back: "/nowhere".to_owned(), proof: "form-token".to_owned() };
    Layout::new("Example Accounts", language).with_switch(switch)
}

fn site_a() -> ClientLabel {
    ClientLabel::new("Site A", Some("a.localhost"))
}

fn html(page: &impl Template) -> String {
    page.render().unwrap_or_else(|cause| cause.to_string())
}
