//! A sign-in with a passkey, alone or after the password. What a browser answers counts on the page that asked, for the account
//! whose passkey it is, and once.

use crate::passkeys::passkeys;
use idp_core::authentication::{Methods, Requirement};
use idp_server::db::audit_events::AuditEvent;
use idp_server::db::sessions;
use idp_tests::passkey::{SYNCED, SoftwarePasskey, VERIFIED, asked, press};
use idp_tests::{
    Answer, Authenticator, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, SignedOut, TestIdp, jwt,
    recovery_codes,
};
use serde_json::json;

const ADD: &str = "/account/methods/passkey";

#[track_caller]
fn assert_refused(answer: &Answer, browser: &Browser) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body.contains("id=\"problem\""), "{}", answer.body);
    assert_eq!(browser.cookie(HOST, SESSION), None);
}

#[tokio::test]
async fn after_a_password_a_passkey_or_a_code_is_asked_for() {
    let (house, passkey) = SignedOut::with_passkey().await;
    let (browser, page) = house.second_step().await;
    assert!(!page.body.contains("id=\"code-submit\""), "there is no app: {}", page.body);
    assert_eq!(asked(&page)["allowCredentials"][0]["id"], passkey.id());
    // Here an authenticator need not say whose it is.
    let answer = passkey.used_for(&asked(&page)["challenge"], false);
    let claims = house.claims(&press(&browser, &page, &answer).await).await;
    assert_eq!(json!([claims["amr"], claims["acr"]]), json!([["pwd", "pop", "user", "mfa"], "2"]));

    let app = Authenticator::of(&house.idp, house.alice, "Pixel").await;
    let (browser, page) = house.second_step().await;
    let missing = press(&browser, &page, "").await;
    assert_eq!(missing.status, 422, "{}", missing.body);
    let code = app.code(&house.idp);
    let claims = house.claims(&browser.press(&missing, "code", &[("code", &code)]).await).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    // A code that is used up already, and then a passkey: only the passkey was proven.
    let (browser, page) = house.second_step().await;
    let spent = browser.press(&page, "code", &[("code", &code)]).await;
    assert_eq!(spent.status, 422);
    let claims = house.claims(&press(&browser, &spent, &passkey.used(&spent)).await).await;
    assert_eq!(claims["amr"], json!(["pwd", "pop", "user", "mfa"]));
}

#[tokio::test]
async fn b4_an_answer_opens_one_session_with_one_cookie_and_later_none() {
    let (house, passkey) = SignedOut::with_passkey().await;
    for with_password in [false, true] {
        let before = house.open_sessions().await;
        let (browser, page) =
            if with_password { house.second_step().await } else { house.login_page().await };
        let answer = passkey.used(&page);
        let (first, second) = tokio::join!(press(&browser, &page, &answer), press(&browser, &page, &answer));
        let cookie = browser.cookie(HOST, SESSION);
        for opened in [first, second, press(&browser, &page, &answer).await] {
            assert!(opened.redirect_param("code").is_some(), "{} {}", opened.status, opened.body);
            assert_eq!(browser.cookie(HOST, SESSION), cookie);
        }
        assert_eq!(house.open_sessions().await, before + 1);
        // From the browser's history, a while later, signed in or out.
        house.idp.clock.advance(11);
        for _ in ["signed in", "signed out"] {
            let late = press(&browser, &page, &answer).await;
            assert_eq!((late.status, late.redirect_param("code")), (400, None), "{}", late.body);
            let out = browser.open(house.idp.url("/account/devices")).await;
            if out.has_form("/account/devices") {
                browser.press(&out, "all", &[]).await;
            }
        }
        assert_eq!(house.open_sessions().await, 0);
    }
}

#[tokio::test]
async fn s61_the_answer_of_another_browser_signs_nobody_in() {
    let (house, passkey) = SignedOut::with_passkey().await;
    let (_attacker, page) = house.login_page().await;
    let victim = house.idp.browser();
    let answer = press(&victim, &page, &passkey.used(&page)).await;
    assert_eq!((answer.status, victim.cookie(HOST, SESSION)), (403, None), "{}", answer.body);
    let (victim, own) = house.login_page().await;
    for _ in ["a page of its own does not help", "nor twice"] {
        let answer = press(&victim, &page, &passkey.used(&page)).await;
        assert_eq!((answer.status, victim.cookie(HOST, SESSION)), (403, None), "{}", answer.body);
        assert_refused(&press(&victim, &own, &passkey.used(&page)).await, &victim);
    }
    assert_eq!(house.open_sessions().await, 0);
}

#[tokio::test]
async fn s83_answers_that_are_not_to_the_question_are_refused_alike() {
    let (house, passkey) = SignedOut::with_passkey().await;
    let (browser, page) = house.login_page().await;
    let (_, other_page) = house.login_page().await;
    let (_, second_step) = house.second_step().await;
    let changed = |change: &dyn Fn(&mut SoftwarePasskey)| {
        let mut copy = passkey.copy();
        change(&mut copy);
        copy.used(&page)
    };
    let stranger = SoftwarePasskey::of(&house.idp, house.idp.add_user("bob").await, "").await;
    let forged = passkey.used(&page).replace(&passkey.id(), &stranger.id());
    let answers = [
        ("another origin", changed(&|own| own.origin = "https://idp.localhost.evil.example".to_owned())),
        ("another port", changed(&|own| own.origin = "http://idp.localhost:1".to_owned())),
        ("another relying party", changed(&|own| own.relying_party = "localhost".to_owned())),
        ("nobody verified", changed(&|own| own.flags = SYNCED & !0b100)),
        ("nobody present", changed(&|own| own.flags = SYNCED & !0b001)),
        ("never copied", changed(&|own| own.flags = VERIFIED)),
        ("another page", passkey.used(&other_page)),
        ("a page of another purpose", passkey.used(&second_step)),
        ("nobody in particular", passkey.used_for(&asked(&page)["challenge"], false)),
        ("the signature of another", forged),
        ("not one", "{\"id\":\"AAAA\"}".to_owned()),
        ("nor this", "x".repeat(50_000)),
    ];
    let mut shown = Vec::new();
    for (what, answer) in &answers {
        let refused = press(&browser, &page, answer).await;
        assert_eq!(refused.status, 422, "{what}: {}", refused.body);
        assert_refused(&refused, &browser);
        house.idp.clock.advance(60);
        shown.push(refused.without_seals());
    }
    // The number by which the log is found is another each time.
    let words = |body: &String| body.split("<code>").next().unwrap().to_owned();
    assert!(shown.iter().all(|body| words(body) == words(&shown[0])));
    assert_eq!(house.recorded(AuditEvent::SignInFailed).await, i64::try_from(answers.len()).unwrap());
    assert_eq!(house.open_sessions().await, 0);
}

#[tokio::test]
async fn the_passkey_of_another_account_is_no_second_step() {
    let (house, passkey) = SignedOut::with_passkey().await;
    let of_bob = SoftwarePasskey::of(&house.idp, house.idp.add_user("bob").await, "").await;
    let (browser, page) = house.second_step().await;
    let refused = press(&browser, &page, &of_bob.used(&page)).await;
    assert_refused(&refused, &browser);
    assert_eq!(house.recorded(AuditEvent::SecondStepFailed).await, 1);
    // Nor does the answer to the first page lead on from the second.
    let (_, first) = house.login_page().await;
    assert_refused(&press(&browser, &refused, &passkey.used(&first)).await, &browser);
    let opened = press(&browser, &refused, &passkey.used(&refused)).await;
    assert!(opened.redirect_param("code").is_some(), "{}", opened.body);
}

#[tokio::test]
async fn s73_a_passkey_that_was_removed_and_one_of_a_disabled_account_sign_in_nowhere() {
    let (house, passkey) = SignedOut::with_passkey().await;
    let idp = &house.idp;
    let (at_first, first) = house.login_page().await;
    let (at_second, second) = house.second_step().await;
    let user = idp_core::username::Username::parse("alice").unwrap();
    idp.operator().disable_user(&user, idp.clock.now()).await.unwrap();
    assert_refused(&press(&at_first, &first, &passkey.used(&first)).await, &at_first);
    let answer = press(&at_second, &second, &passkey.used(&second)).await;
    assert_eq!((answer.status, at_second.cookie(HOST, SESSION)), (400, None), "{}", answer.body);
    idp.clock.advance(5);
    idp.operator().enable_user(&user, idp.clock.now()).await.unwrap();

    let (at_first, first) = house.login_page().await;
    let (at_second, second) = house.second_step().await;
    assert!(idp.operator().reset_methods(&user, idp.clock.now()).await.unwrap());
    let refused = press(&at_first, &first, &passkey.used(&first)).await;
    assert_refused(&refused, &at_first);
    let told = format!("data-passkey-unknown=\"{{&#34;credentialId&#34;:&#34;{}&#34;", passkey.id());
    assert!(refused.body.contains(&told), "the authenticator learns of it: {}", refused.body);
    let answer = press(&at_second, &second, &passkey.used(&second)).await;
    assert_eq!((answer.status, at_second.cookie(HOST, SESSION)), (400, None), "{}", answer.body);
    assert_eq!((passkeys(&house).await.len(), house.open_sessions().await), (0, 0));
}

#[tokio::test]
async fn s07_a_site_that_demands_more_is_shown_the_passkey_in_the_same_session() {
    let demands =
        [("claims", r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#), ("acr_values", "2")];
    for demand in demands {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let (idp, began) = (&story.idp, story.idp.now());
        let passkey = SoftwarePasskey::of(idp, story.alice, "Laptop").await;
        idp.clock.advance(3600);
        let page = story.browser.visit(idp.authorize_url(&story.site, &[demand])).await;
        assert!(!page.body.contains("id=\"password\""), "{}", page.body);
        let missing = press(&story.browser, &page, "").await;
        assert_eq!(missing.status, 422, "{}", missing.body);
        let answer = press(&story.browser, &missing, &passkey.used(&missing)).await;
        let code = answer.redirect_param("code");
        let code = code.unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
        let claims = jwt::claims(idp.redeem(&story.site, &code).await.text("id_token"));
        let said = json!([claims["amr"], claims["acr"], claims["auth_time"]]);
        assert_eq!(said, json!([["pwd", "pop", "user", "mfa"], "2", began]));
        let alice = story.alice;
        let open = idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap();
        assert_eq!(open.len(), 1, "the session goes on");
        // A person who signs in with a passkey alone has proven as much.
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&story.site, &[demand])).await;
        let answer = press(&browser, &page, &passkey.used(&page)).await;
        assert!(answer.redirect_param("code").is_some(), "{} {}", answer.status, answer.body);
    }
}

#[tokio::test]
async fn s07_who_must_have_a_second_factor_adds_a_passkey_and_the_request_goes_on_with_it() {
    for methods in [&["password", "totp", "passkey"][..], &["password", "passkey"]] {
        let offered: Vec<String> = methods.iter().map(|&method| method.to_owned()).collect();
        let start = TestIdp::start_with(|config| {
            config.authentication.required = Requirement::TwoFactors;
            config.authentication.methods = Methods::try_from(offered).unwrap();
        });
        let house = SignedOut::on(start.await).await;
        let (browser, page) = house.login_page().await;
        let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        let led = browser.follow(answer).await;
        assert_eq!(led.body.contains("id=\"enrol-totp\""), methods.contains(&"totp"), "{}", led.body);
        let link = led.body.split("id=\"enrol-passkey\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let form = browser.visit(led.url.join(link).unwrap()).await;
        let missing = press(&browser, &form, "").await;
        assert_eq!(missing.status, 422, "{}", missing.body);
        let mut passkey = SoftwarePasskey::new(&house.idp, SYNCED);
        let added = press(&browser, &missing, &passkey.created(&missing)).await;
        let codes = browser.follow(added).await;
        assert_eq!(recovery_codes(&codes).len(), 10);
        let link =
            codes.body.split("id=\"recovery-done\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        // Making it has proven it: nothing is asked again.
        let answer = browser.visit(codes.url.join(&link.replace("&#38;", "&")).unwrap()).await;
        assert_eq!(house.claims(&answer).await["amr"], json!(["pwd", "pop", "user", "mfa"]));
        assert_eq!(house.open_sessions().await, 1);
    }
    // Where it is not offered there is no page for it.
    let start = TestIdp::start_with(|config| {
        config.authentication.methods =
            Methods::try_from(vec!["password".to_owned(), "totp".to_owned()]).unwrap();
    });
    let house = SignedOut::on(start.await).await;
    let browser = house.idp.browser();
    let list = house.open_own(&browser, "/account/methods", None).await;
    assert!(!list.body.contains("methods-add-passkey"), "{}", list.body);
    assert_eq!(browser.open(house.idp.url(ADD)).await.status, 404);
}

#[tokio::test]
async fn s84_who_guesses_at_the_password_keeps_nobody_from_their_passkey() {
    let house = SignedOut::with(|config| {
        config.throttle.account_burst = 3;
        config.throttle.address_burst = 30;
    })
    .await;
    let passkey = SoftwarePasskey::of(&house.idp, house.alice, "").await;
    let (guesser, page) = house.login_page().await;
    for _ in 0..3 {
        assert_eq!(guesser.log_in_as(&page, "alice", "a wrong one").await.status, 422);
    }
    assert_eq!(guesser.log_in_as(&page, "alice", PASSWORD).await.status, 429);
    let (browser, page) = house.login_page().await;
    let opened = press(&browser, &page, &passkey.used(&page)).await;
    assert!(opened.redirect_param("code").is_some(), "{} {}", opened.status, opened.body);
}

#[tokio::test]
async fn s85_answers_that_are_refused_are_counted_against_the_address() {
    let house = SignedOut::with(|config| config.throttle.address_burst = 4).await;
    let passkey = SoftwarePasskey::of(&house.idp, house.alice, "").await;
    let unknown = SoftwarePasskey::new(&house.idp, SYNCED);
    let (browser, page) = house.login_page().await;
    for _ in 0..4 {
        assert_eq!(press(&browser, &page, &unknown.used(&page)).await.status, 422);
    }
    let refused = press(&browser, &page, &passkey.used(&page)).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(house.recorded(AuditEvent::SignInThrottled).await, 1);
}

#[tokio::test]
async fn a_passkey_confirms_who_is_signed_in_and_changes_the_account_where_it_is_anothers() {
    let (house, passkey) = SignedOut::with_passkey().await;
    let of_bob = SoftwarePasskey::of(&house.idp, house.idp.add_user("bob").await, "").await;
    let (browser, page) = house.login_page().await;
    press(&browser, &page, &passkey.used(&page)).await;
    house.idp.clock.advance(100);
    let again = house.idp.authorize_url(&house.site, &[("prompt", "login")]);
    let page = browser.visit(&again).await;
    let claims = house.claims(&press(&browser, &page, &passkey.used(&page)).await).await;
    assert_eq!((&claims["auth_time"], house.open_sessions().await), (&json!(house.idp.now()), 1));
    let page = browser.visit(&again).await;
    let claims = house.claims(&press(&browser, &page, &of_bob.used(&page)).await).await;
    assert_ne!(claims["sub"], house.alice.to_string());
    assert_eq!(house.open_sessions().await, 0, "one person at a time in a browser");
}
