//! `/account/password`: a person changes their own password, and what may go wrong on the way.

use idp_server::db::audit_events::AuditEvent;
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, TestIdp};
use reqwest::Method;

const PAGE: &str = "/account/password";
const NEW: &str = "seven gravel teapots whistle";
const KNOWN: &str = "__Host-idp_known";

/// `account.fresh`, and how long a page with a form counts.
const FRESH: i64 = 5 * 60;

const HOUR: i64 = 60 * 60;

pub async fn alice() -> SignedIn {
    SignedIn::at(ClientSpec::confidential("site-a")).await
}

pub async fn change(browser: &Browser, page: &Answer, old: &str, new: &str) -> Answer {
    browser.press(page, "", &[("password", old), ("new_password", new)]).await
}

pub async fn page(idp: &TestIdp, browser: &Browser) -> Answer {
    let page = browser.open(idp.url(PAGE)).await;
    assert!(page.status == 200 && page.has_form(PAGE), "{} {}", page.status, page.body);
    page
}

/// Whether a new browser can sign in with this password.
pub async fn opens(story: &SignedIn, password: &str) -> bool {
    let browser = story.idp.browser();
    let page = browser.visit(story.idp.authorize_url(&story.site, &[])).await;
    let answer = browser.log_in_as(&page, "alice", password).await;
    assert!([303, 422].contains(&answer.status), "{answer:?}");
    answer.status == 303
}

#[tokio::test]
async fn s73_a_person_changes_their_password_and_is_signed_in_here_alone() {
    let alice = alice().await;
    let (idp, site) = (&alice.idp, &alice.site);
    let elsewhere = idp.browser();
    let phone = elsewhere.sign_in_for_tokens(idp, site, "alice").await;
    let code = alice.code().await;
    idp.clock.advance(1);
    let before = alice.browser.cookie(HOST, SESSION).unwrap();

    let form = page(idp, &alice.browser).await;
    let answer = change(&alice.browser, &form, PASSWORD, NEW).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    // On every node, and at once: the answer came after it.
    for (access, refresh) in [
        (alice.access_token(), alice.refresh_token()),
        (phone.text("access_token"), phone.text("refresh_token")),
    ] {
        assert_eq!(idp.userinfo(access).await.status, 401);
        assert!(!idp.is_active(site, access).await);
        assert_eq!(idp.refresh(site, refresh).await.refusal(), (400, "invalid_grant"));
    }
    assert_eq!(idp.redeem(site, &code).await.refusal(), (400, "invalid_grant"));
    let silent = idp.authorize_url(site, &[("prompt", "none")]);
    let there = elsewhere.open(&silent).await;
    assert_eq!(there.redirect_param("error").as_deref(), Some("login_required"));
    let asked = elsewhere.visit(idp.url("/account/devices")).await;
    assert!(asked.body.contains("the password was changed"), "says why: {}", asked.body);

    // Here the person goes on, under another cookie (S62), and sees what came of it.
    let receipt = alice.browser.follow(answer).await;
    assert_eq!((receipt.status, receipt.url.path()), (200, PAGE));
    assert!(receipt.body.contains("Your password is changed. 1 device is signed out."), "{}", receipt.body);
    assert_ne!(alice.browser.cookie(HOST, SESSION).unwrap(), before);
    let code = alice.browser.open(&silent).await.redirect_param("code").unwrap();
    let tokens = idp.redeem(site, &code).await;
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200);

    assert!(!opens(&alice, PASSWORD).await);
    assert!(opens(&alice, NEW).await);
    assert_eq!(idp.recorded(AuditEvent::PasswordChangedByUser).await, 1);
    let unknown = idp.browser();
    unknown.set_cookie(HOST, SESSION, &before);
    assert!(unknown.visit(idp.url(PAGE)).await.has_form("/login"), "the old cookie opens nothing");
}

#[tokio::test]
async fn the_receipt_is_for_the_browser_that_made_the_change() {
    let alice = alice().await;
    let form = page(&alice.idp, &alice.browser).await;
    let done = change(&alice.browser, &form, PASSWORD, NEW).await.location().unwrap();
    assert!(alice.browser.open(&done).await.body.contains("id=\"receipt\""));
    assert!(alice.browser.open(&done).await.body.contains("id=\"receipt\""), "also when it is opened again");
    let other = alice.idp.browser();
    let asked = other.visit(&done).await;
    let shown = other.follow(other.log_in_as(&asked, "alice", NEW).await).await;
    let shown = other.open(shown.url.join(&done[url::Position::BeforePath..]).unwrap()).await;
    assert!(shown.status == 200 && !shown.body.contains("id=\"receipt\""), "{}", shown.body);
    // Nor does the receipt of a sign-out say that a password was changed.
    let devices = alice.browser.open(alice.idp.url("/account/devices")).await;
    let ended = alice.browser.press(&devices, "others", &[]).await.location().unwrap();
    let elsewhere = alice.idp.url(&format!("{PAGE}?{}", ended.query().unwrap()));
    assert!(!alice.browser.open(elsewhere).await.body.contains("id=\"receipt\""));
}

#[tokio::test]
async fn s60_a_form_that_is_not_of_this_page_changes_and_counts_nothing() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let form = page(idp, browser).await;
    let good = form.input("csrf");
    let other = idp.browser();
    other.sign_in_for_tokens(idp, &alice.site, "alice").await;
    let foreign = page(idp, &other).await.input("csrf");
    let devices = browser.open(idp.url("/account/devices")).await.input("csrf");
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin"), ("origin", &idp.issuer)];
    let evil: &[(&str, &str)] = &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let sibling: &[(&str, &str)] = &[("sec-fetch-site", "same-site"), ("origin", "http://a.localhost")];
    for (csrf, headers) in [
        ("", own),
        ("x", own),
        (foreign.as_str(), own),
        (devices.as_str(), own),
        (good.as_str(), evil),
        (good.as_str(), sibling),
    ] {
        for old in [PASSWORD, "a wrong one"] {
            let fields = [("tx", ""), ("csrf", csrf), ("password", old), ("new_password", NEW)];
            let answer = browser.post_with(idp.url(PAGE), &fields, headers).await;
            assert_eq!(answer.status, 403, "{csrf:?} {headers:?}: {}", answer.body);
        }
    }
    let plain = [("content-type", "text/plain"), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.send(Method::POST, &idp.url(PAGE), None, &plain).await.status, 403);
    assert_eq!(idp.recorded(AuditEvent::SignInFailed).await, 0, "no attempt was made");
    assert_eq!(idp.recorded(AuditEvent::PasswordChangedByUser).await, 0);
    assert_eq!(change(browser, &form, PASSWORD, NEW).await.status, 303, "and the page still works");
}

#[tokio::test]
async fn s83_the_old_password_is_guessed_no_oftener_here_than_at_the_login() {
    let idp = TestIdp::start_with(|config| config.throttle.account_burst = 3).await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let idp = &alice.idp;
    // A thief who copied the cookie of the session, and nothing else.
    let thief = idp.browser();
    thief.set_cookie(HOST, SESSION, &alice.browser.cookie(HOST, SESSION).unwrap());
    let form = page(idp, &thief).await;
    for _ in 0..3 {
        let answer = change(&thief, &form, "a guess of the thief", NEW).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(answer.body.contains("This is not your current password."), "{}", answer.body);
    }
    for password in ["a guess of the thief", PASSWORD] {
        let answer = change(&thief, &form, password, NEW).await;
        assert_eq!(answer.status, 429, "the right one tells nothing either");
        assert!(!answer.header("retry-after").is_empty() && answer.body.contains("too many attempts"));
    }
    // The bucket is that of the login.
    let stranger = idp.browser();
    let login = stranger.visit(idp.authorize_url(&alice.site, &[])).await;
    assert_eq!(stranger.log_in_as(&login, "alice", "a guess").await.status, 429);
    assert_eq!(idp.recorded(AuditEvent::SignInFailed).await, 3);
    // S84: the person's own browser is not kept out by it.
    let form = page(idp, &alice.browser).await;
    assert_eq!(change(&alice.browser, &form, PASSWORD, NEW).await.status, 303);
    // And is known by the new password: it still has tries of its own.
    let login = alice.browser.visit(idp.authorize_url(&alice.site, &[("prompt", "login")])).await;
    assert_eq!(alice.browser.log_in_as(&login, "alice", "a slip").await.status, 422);
}

#[tokio::test]
async fn s83_a_browser_known_by_the_old_password_is_a_stranger_and_this_one_is_not() {
    let idp = TestIdp::start_with(|config| config.throttle.account_burst = 2).await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let idp = &alice.idp;
    let former = alice.browser.cookie(HOST, KNOWN).unwrap();
    let form = page(idp, &alice.browser).await;
    assert_eq!(change(&alice.browser, &form, PASSWORD, NEW).await.status, 303);
    assert_ne!(alice.browser.cookie(HOST, KNOWN).unwrap(), former);
    let stranger = idp.browser();
    stranger.set_cookie(HOST, KNOWN, &former);
    let login = stranger.visit(idp.authorize_url(&alice.site, &[])).await;
    for status in [422, 422, 429] {
        assert_eq!(stranger.log_in_as(&login, "alice", "a guess").await.status, status);
    }
    let login = alice.browser.visit(idp.authorize_url(&alice.site, &[("prompt", "login")])).await;
    assert_eq!(alice.browser.log_in_as(&login, "alice", NEW).await.status, 303);
}

#[tokio::test]
async fn s87_a_weak_password_is_refused_with_the_reason_and_before_the_old_one_is_tried() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let form = page(idp, browser).await;
    assert!(form.body.contains("At least 15 characters."), "{}", form.body);
    let too_long = "x".repeat(1025);
    for (new, status, words) in [
        ("short", 422, "Use at least 15 characters."),
        ("alice alice alice", 422, "Leave out your own name"),
        ("password12345678", 422, "guessed first"),
        ("abcabcabcabcabcabc", 422, "easy to guess"),
        (PASSWORD, 422, "This is your current password."),
        (&too_long, 400, "Use at most 256 characters."),
        ("", 422, "Choose a new password."),
    ] {
        let answer = change(browser, &form, PASSWORD, new).await;
        assert_eq!(answer.status, status, "{new:?} {}", answer.body);
        assert!(answer.body.contains(words), "{new:?}: {}", answer.body);
        assert!(answer.body.contains("aria-describedby=\"new-password-problem new-password-hint\""));
        assert!(answer.body.contains("role=\"alert\"") && !answer.body.contains(PASSWORD));
        assert!(new.len() < 9 || !answer.body.contains(new), "what was typed is not repeated");
    }
    let weak = change(browser, &form, "a wrong old one", "password12345678").await;
    assert_eq!(weak.status, 422);
    assert_eq!(idp.recorded(AuditEvent::SignInFailed).await, 0);
    for (old, new, words) in [("", NEW, "Enter your current password."), ("", "", "and a new one.")] {
        let answer = change(browser, &form, old, new).await;
        assert!(answer.status == 422 && answer.body.contains(words), "{}", answer.body);
    }
    assert!(opens(&alice, PASSWORD).await, "nothing was changed");
}

#[tokio::test]
async fn s86_a_password_is_the_same_on_every_keyboard_here_too() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let long = format!("{}{}", "q7 w".repeat(255), "abcd");
    assert_eq!(long.len(), 1024);
    // As it is typed when it is chosen, and when it is proven the next time.
    let steps = [
        ("sept th\u{e9}i\u{e8}res sur un mur", PASSWORD),
        ("👩‍👩‍👧‍👦 with\0nul and  spaces ", "sept the\u{301}ie\u{300}res sur un mur"),
        ("密码很长也没关系因为它们互不相关呢", "👩‍👩‍👧‍👦 with\0nul and\u{a0} spaces\u{3000}"),
    ];
    for (new, old) in steps {
        let form = page(idp, browser).await;
        let answer = change(browser, &form, old, new).await;
        assert_eq!(answer.status, 303, "{new:?}: {}", answer.body);
    }
    let form = page(idp, browser).await;
    let too_long = change(browser, &form, &"x".repeat(1025), NEW).await;
    assert_eq!(too_long.status, 400, "no password is that long, so it is not tried");
    assert_eq!(idp.recorded(AuditEvent::SignInFailed).await, 0);
    assert!(opens(&alice, steps[2].0).await);
}

#[tokio::test]
async fn an_older_sign_in_is_confirmed_first_and_the_person_comes_back() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    idp.clock.advance(FRESH);
    page(idp, browser).await;
    idp.clock.advance(1);
    let asked = browser.visit(idp.url(PAGE)).await;
    assert!(asked.has_form("/login") && asked.body.contains("Confirm it’s you"), "{}", asked.body);
    assert!(asked.body.contains("id=\"login-cancel\"") && asked.body.contains("id=\"login-switch\""));
    // The other pages of the account do not ask.
    for other in ["/account", "/account/devices"] {
        assert_eq!(browser.open(idp.url(other)).await.status, 200, "{other}");
    }
    let wrong = browser.log_in_as(&asked, "alice", "a wrong one").await;
    assert!(wrong.status == 422 && wrong.body.contains("Confirm it’s you"), "{}", wrong.body);
    let cancelled = browser.press(&wrong, "cancel", &[]).await;
    assert_eq!(browser.follow(cancelled).await.url.path(), "/");
    let back = browser.follow(browser.log_in_as(&asked, "alice", PASSWORD).await).await;
    assert_eq!((back.status, back.url.path()), (200, PAGE));
    // The sites that hang on the session go on.
    assert_eq!(idp.refresh(&alice.site, alice.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn another_person_may_go_on_from_there() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    idp.add_user("bob").await;
    idp.clock.advance(FRESH + 1);
    let asked = browser.visit(idp.url(PAGE)).await;
    let free = browser.press(&asked, "switch_account", &[("username", "alice")]).await;
    assert!(free.status == 200 && !free.body.contains("readonly"), "{}", free.body);
    let wrong = browser.log_in_as(&free, "bob", "a wrong one").await;
    assert!(wrong.input("username") == "bob" && !wrong.body.contains("readonly"), "{}", wrong.body);
    let back = browser.follow(browser.log_in_as(&wrong, "bob", PASSWORD).await).await;
    assert!(back.has_form(PAGE) && back.body.contains("The bob"), "{} {}", back.url, back.body);
}

#[tokio::test]
async fn a_form_counts_as_long_as_a_page_and_then_the_sign_in_is_confirmed() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let form = page(idp, browser).await;
    idp.clock.advance(HOUR + FRESH + 1);
    let late = change(browser, &form, PASSWORD, NEW).await;
    let asked = browser.follow(late).await;
    assert!(asked.has_form("/login"), "{}", asked.body);
    let form = browser.follow(browser.log_in_as(&asked, "alice", PASSWORD).await).await;
    idp.clock.advance(HOUR);
    assert_eq!(change(browser, &form, PASSWORD, NEW).await.status, 303);
    assert!(opens(&alice, NEW).await);
}

#[tokio::test]
async fn without_a_session_the_page_is_come_back_to_and_without_cookies_nothing_goes_in_circles() {
    let alice = alice().await;
    let idp = &alice.idp;
    let form = page(idp, &alice.browser).await;
    let guest = idp.browser();
    let asked = guest.visit(idp.url(PAGE)).await;
    assert!(asked.has_form("/login") && !asked.body.contains("readonly"), "{}", asked.body);
    let arrived = guest.follow(guest.log_in_as(&asked, "alice", PASSWORD).await).await;
    assert!(arrived.has_form(PAGE));
    alice.browser.clear();
    let sent = alice.browser.follow(change(&alice.browser, &form, PASSWORD, NEW).await).await;
    assert!(sent.status == 200 && sent.has_form("/login"), "{} {}", sent.status, sent.body);
    assert!(opens(&alice, PASSWORD).await);
    for (method, path) in
        [(Method::PUT, PAGE), (Method::HEAD, "/account/passwords"), (Method::GET, "/account/%70assword")]
    {
        let refused = idp.browser().send(method, &idp.url(path), None, &[]).await;
        assert!([404, 405].contains(&refused.status), "{path} {}", refused.status);
    }
}

#[tokio::test]
async fn the_page_is_in_the_language_of_the_person_and_stays_so_after_a_mistake() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let form = page(idp, browser).await;
    let (back, proof) = language_switch(&form);
    let fields = [("tx", back.as_str()), ("csrf", &proof), ("to", "zh-CN")];
    let chinese = browser.follow(browser.post(idp.url("/language"), &fields).await).await;
    assert_eq!((chinese.status, chinese.url.path()), (200, PAGE));
    assert!(chinese.body.contains("更改密码") && chinese.body.contains("至少 15 个字符"), "{}", chinese.body);
    let refused = change(browser, &chinese, PASSWORD, "password12345678").await;
    assert!(refused.body.contains("最先被人尝试"), "{}", refused.body);
    assert_eq!(language_switch(&refused).0, PAGE, "the way back is the page");
}

/// The fields of the form that changes the language, which is the last one of a page.
fn language_switch(page: &Answer) -> (String, String) {
    let (_, form) = page.body.rsplit_once("class=\"languages\"").unwrap();
    let value = |name: &str| {
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    (value("tx"), value("csrf"))
}
