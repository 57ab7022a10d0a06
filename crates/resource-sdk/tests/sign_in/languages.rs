//! The pages of the mount in the language of who reads them: ours, those that a site brings, and pages that the site draws.

use actix_web::{
    App, HttpRequest,
    dev::ServiceResponse,
    http::header::{ACCEPT_LANGUAGE, COOKIE},
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use reqwest::Method;
use resource_sdk::{
    Freshness, Keys, Verifier,
    sign_in::{
        ClientCredentials, Direction, PageKind, PageWords, SignIn, SignInBuildError, SignInBuilder, SignedIn,
        Words,
    },
};

use crate::{
    browser::{Answer, Browser},
    provider::{CLIENT, Provider, SECRET, Size},
    world::World,
};

const ARABIC: Words =
    Words {
        tag: "ar", direction: Direction::RightToLeft, try_again: "حاول مرة أخرى", ..Words::ENGLISH
    };

/// What a page says of its own language.
#[track_caller]
fn is_in(answer: &Answer, tag: &str) {
    assert!(answer.body.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\">")), "{}", answer.body);
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!((header("content-language"), header("vary")), (Some(tag), Some("Accept-Language")));
}

async fn ask(world: &World, path: &str, accepted: &str) -> Answer {
    let headers = [("accept-language", accepted), ("sec-fetch-mode", "navigate"), ("accept", "text/html")];
    world.browser.send(Method::GET, path, &headers, None).await
}

#[actix_web::test]
async fn a_page_of_the_mount_is_in_the_language_that_the_browser_asks_for() {
    let world = World::new();
    for (accepted, tag, title) in [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "<h1>您尚未登录</h1>"),
        ("zh-TW", "zh-CN", "<h1>您尚未登录</h1>"),
        ("en-GB,zh;q=0.5", "en", "<h1>You are not signed in</h1>"),
        ("fr, *;q=0.1", "en", "<h1>You are not signed in</h1>"),
    ] {
        let asked = world.ask("/auth", "/members").await;
        let answer = [("error", "access_denied"), ("state", &asked.state), ("iss", &world.provider.issuer)];
        let page = ask(&world, &world.answer("/auth", &answer), accepted).await;
        is_in(&page, tag);
        assert!(page.body.contains(title), "{accepted}: {}", page.body);
        assert_eq!(page.body.contains("重新登录"), tag == "zh-CN");
    }
}

#[actix_web::test]
async fn the_address_in_a_sentence_is_isolated_in_either_language() {
    let world = World::new();
    let host = world.origin.strip_prefix("http://").unwrap();
    let browser = Browser::without_cookies(&world.origin);
    for (accepted, before) in [("en", "kept none for "), ("zh", "没有为 ")] {
        let headers =
            [("accept-language", accepted), ("sec-fetch-mode", "navigate"), ("accept", "text/html")];
        let mut page = browser.send(Method::GET, "/auth/login", &headers, None).await;
        while world.is_sent_to_provider(&page) {
            let back = world.good_answer("/auth", &world.asked_by(&page));
            page = browser.send(Method::GET, &back, &headers, None).await;
        }
        assert_eq!(page.status.as_u16(), 403, "{}", page.body);
        assert!(page.body.contains(&format!("{before}<bdi>{host}</bdi>")), "{}", page.body);
        assert!(!page.body.contains("{host}"));
    }
}

#[actix_web::test]
async fn without_a_word_of_the_site_the_provider_asks_the_browser_itself() {
    let world = World::new();
    let sent = ask(&world, "/auth/login", "zh-CN").await;
    assert!(
        world.is_sent_to_provider(&sent) && !sent.location().contains("ui_locales"),
        "{}",
        sent.location()
    );
}

/// A site's sign-in at a provider that answers, or at one that is away.
fn site(
    issuer: &str,
    change: impl FnOnce(SignInBuilder) -> SignInBuilder,
) -> Result<SignIn, SignInBuildError> {
    let keys = Keys::fixed(issuer, Provider::keys(Size::Small));
    let verifier = Verifier::builder(issuer, "https://api.example").freshness(Freshness::Offline);
    let client = ClientCredentials::confidential(CLIENT, SECRET);
    change(SignIn::builder(verifier.build(keys).unwrap(), client, "https://a.example")).build()
}

const AWAY: &str = "http://127.0.0.1:9";

/// What a person who goes to the log-in route gets.
async fn log_in(
    sign_in: &SignIn,
    headers: &[(actix_web::http::header::HeaderName, &str)],
) -> ServiceResponse {
    let app = init_service(App::new().configure(sign_in.routes())).await;
    let request = headers.iter().fold(TestRequest::get().uri("/auth/login"), |request, header| {
        request.insert_header((header.0.clone(), header.1))
    });
    call_service(&app, request.to_request()).await
}

/// Which language the site shows: here its own cookie.
fn cookie_of(request: &HttpRequest) -> Option<String> {
    request.cookie("language").map(|cookie| cookie.value().to_owned())
}

#[actix_web::test]
async fn the_language_of_the_site_comes_first_and_goes_on_to_the_provider() {
    let provider = Provider::start();
    let sign_in = site(&provider.issuer, |builder| builder.language(cookie_of)).unwrap();
    for (cookie, ui_locales) in [
        ("language=zh-CN", Some("&ui_locales=zh-CN&")),
        ("language=pt-BR", Some("&ui_locales=pt-BR&")),
        ("other=1", None),
        ("language=en\"><script>", None),
        ("language=a&b", None),
    ] {
        let sent = log_in(&sign_in, &[(COOKIE, cookie), (ACCEPT_LANGUAGE, "en")]).await;
        let location = format!("{}&", sent.headers().get("location").unwrap().to_str().unwrap());
        assert_eq!(location.contains("ui_locales"), ui_locales.is_some(), "{location}");
        assert!(ui_locales.is_none_or(|wanted| location.contains(wanted)), "{location}");
    }
    let sign_in = site(AWAY, |builder| builder.language(cookie_of)).unwrap();
    for (cookie, tag) in [("language=zh-CN", "zh-CN"), ("language=pt-BR", "en"), ("other=1", "en")] {
        let page = log_in(&sign_in, &[(COOKIE, cookie), (ACCEPT_LANGUAGE, "en")]).await;
        assert_eq!(page.headers().get("content-language").unwrap(), tag, "{cookie}");
        assert_eq!(page.headers().get("vary").unwrap(), "Accept-Language, Cookie");
    }
}

#[actix_web::test]
async fn a_site_brings_words_of_its_own() {
    const OWN: PageWords = PageWords { title: "Closed <today>", text: "Tom & Ann are away." };
    let own = || Words { provider_away: OWN, ..Words::ENGLISH };
    let sign_in = site(AWAY, |builder| builder.words(ARABIC).words(own())).unwrap();
    let english = log_in(&sign_in, &[(ACCEPT_LANGUAGE, "en")]).await;
    let body = String::from_utf8(read_body(english).await.to_vec()).unwrap();
    assert!(body.contains("<h1>Closed &lt;today&gt;</h1><p>Tom &amp; Ann are away.</p>"), "{body}");
    let arabic = log_in(&sign_in, &[(ACCEPT_LANGUAGE, "ar-EG")]).await;
    let body = String::from_utf8(read_body(arabic).await.to_vec()).unwrap();
    assert!(body.contains("<html lang=\"ar\" dir=\"rtl\">") && body.contains(ARABIC.try_again), "{body}");

    for (tag, text) in [("de_DE", ARABIC.no_cookies.text), ("", ARABIC.no_cookies.text), ("de", "no host")] {
        let no_cookies = PageWords { title: "x", text };
        let refused = site(AWAY, |builder| builder.words(Words { tag, no_cookies, ..Words::ENGLISH }));
        assert!(matches!(refused, Err(SignInBuildError::Words(found)) if found == tag), "{tag}: {refused:?}");
    }
}

#[actix_web::test]
async fn a_site_draws_the_pages_itself() {
    let sign_in = site(AWAY, |builder| {
        builder.draw_pages(|page| {
            let ways =
                page.links.iter().map(|link| format!("{} {}", link.label, link.href)).collect::<Vec<_>>();
            assert_eq!(page.kind, PageKind::ProviderAway);
            format!("{} | {} | {} | {}", page.words.tag, page.title, page.text_html, ways.join(", "))
        })
    });
    let page = log_in(&sign_in.unwrap(), &[(ACCEPT_LANGUAGE, "zh")]).await;
    let headers = page.headers().clone();
    assert_eq!(page.status(), 503);
    for (name, value) in [
        ("content-language", "zh-CN"),
        ("cache-control", "no-store"),
        ("retry-after", "5"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(headers.get(name).unwrap(), value);
    }
    assert!(!headers.contains_key("content-security-policy"), "that is the site's own");
    let body = String::from_utf8(read_body(page).await.to_vec()).unwrap();
    let said = "zh-CN | 暂时无法登录 | 登录服务目前没有响应，请稍后再试。 | 重试 /auth/login?return_to=%2F, 前往网站 /";
    assert_eq!(body, said);
}

#[actix_web::test]
async fn a_site_that_is_not_put_together_says_so_in_the_readers_language() {
    async fn members(person: SignedIn) -> String {
        person.subject().to_owned()
    }
    let app = init_service(App::new().route("/members", web::get().to(members))).await;
    for (accepted, title) in [("zh", "出了点问题"), ("en", "Something is wrong here")] {
        let request = TestRequest::get().uri("/members").insert_header((ACCEPT_LANGUAGE, accepted));
        let page = call_service(&app, request.to_request()).await;
        assert_eq!(page.status(), 500);
        let body = String::from_utf8(read_body(page).await.to_vec()).unwrap();
        assert!(body.contains(title), "{body}");
    }
}
