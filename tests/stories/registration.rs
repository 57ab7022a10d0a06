//! A person who opens an account by themselves: they ask for a letter, say who they are by the link in it, and go on signed in to
//! where they were going. What a link is good for is in `registration_links`, what a stranger learns in `registration_privacy`.

use crate::everything::{everything_is_on, letters_are_on};
use crate::password_reset::{House, NEW, letters_of, link_to, newest_link, settled};
use idp_core::mail_address::MailAddress;
use idp_core::user::Account;
use idp_core::username::Username;
use idp_server::config::{Config, Registration};
use idp_server::db::audit_events::AuditEvent;
use idp_server::task;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Answer, Authenticator, Browser, HOST, PASSWORD, SESSION, TestIdp};

pub const PAGE: &str = "/register";
pub const MAIL: &str = "Carol@new.example";

/// A provider at which people register, with Alice and a site.
pub async fn open_house() -> House {
    House::on(TestIdp::start_with(everything_is_on).await).await
}

/// The page that asks, by way of the sign-in page of the site.
pub async fn register_page(house: &House, browser: &Browser) -> Answer {
    let login = browser.visit(house.idp.authorize_url(&house.site, &[])).await;
    browser.open(house.idp.url(&link_to(&login, "login-register"))).await
}

/// Asks for a letter, and waits for what comes of it.
pub async fn ask(house: &House, browser: &Browser, address: &str) -> Answer {
    let page = register_page(house, browser).await;
    let answer = browser.submit(&page, &[("address", address)], "register-submit").await;
    settled(&house.idp).await;
    answer
}

/// Asks for one, and answers the secret in it.
pub async fn link(house: &House, browser: &Browser) -> String {
    assert_eq!(ask(house, browser, MAIL).await.status, 200);
    newest_link(&house.idp, "register").await
}

/// The page that a link leads to.
pub async fn open(house: &House, browser: &Browser, link: &str) -> Answer {
    browser.visit(house.idp.url(&format!("/create-account?link={link}"))).await
}

pub async fn create(browser: &Browser, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("name", "Carol Karlsson"), ("new-password", NEW)];
    all.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
    all.extend(fields);
    browser.submit(page, &all, "create-account-submit").await
}

pub async fn account(house: &House, name: &str) -> Option<Account> {
    house.idp.app.store.account_by_name(Username::parse(name).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_person_opens_an_account_by_the_link_in_a_letter_and_goes_on_signed_in_to_the_site() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let page = register_page(&house, &browser).await;
    assert!(page.status == 200 && page.has_form(PAGE), "{}", page.body);
    assert!(page.body.contains("Create an account to continue to"), "{}", page.body);
    for (typed, said) in [(" ", "Enter an email address."), ("carol", "This is not an email address.")] {
        let refused = browser.submit(&page, &[("address", typed)], "register-submit").await;
        assert!(refused.status == 422 && refused.body.contains(said), "{}", refused.body);
    }
    let sent = browser.submit(&page, &[("address", MAIL)], "register-submit").await;
    assert!(sent.status == 200 && sent.body.contains("<bdi>Carol@new.example</bdi>"), "{}", sent.body);
    let link = newest_link(&house.idp, "register").await;

    let page = open(&house, &browser, &link).await;
    assert!(page.status == 200 && page.has_form("/create-account"), "{} {}", page.status, page.body);
    assert!(page.body.contains("Carol@new.example") && page.body.contains("At least 15 characters."));
    let done = create(&browser, &page, &[]).await;
    assert!(done.location().unwrap().as_str().starts_with(house.site.redirect_uri()), "{done:?}");
    assert_eq!(done.redirect_param("state").as_deref(), Some("the-state"));
    assert!(browser.cookie(HOST, SESSION).is_some());
    let code = done.redirect_param("code").unwrap();
    let tokens = house.idp.redeem(&house.site, &code).await;
    let told = house.idp.userinfo(tokens.text("access_token")).await;
    assert_eq!(told.text("email"), "Carol@new.example");
    assert_eq!(told.body["email_verified"], true);
    assert_eq!((told.text("name"), told.text("locale")), ("Carol Karlsson", "en"));

    let carol = account(&house, "carol@NEW.example").await.unwrap();
    assert_eq!(carol.user.username.as_str(), "carol@new.example");
    assert_eq!(told.text("sub"), carol.user.id.to_string());
    assert!(carol.addresses.primary().unwrap().verified_at.is_some());
    assert_eq!(house.recorded(AuditEvent::RegistrationRequested).await, 1);
    assert_eq!(house.recorded(AuditEvent::Registered).await, 1);
    assert!(letters_of(&house.idp, "new_sign_in").await.is_empty(), "the first device is no news");
    // The password signs in, under the address.
    let elsewhere = house.idp.browser();
    let login = elsewhere.visit(house.idp.authorize_url(&house.site, &[])).await;
    assert_eq!(elsewhere.log_in_as(&login, MAIL, NEW).await.status, 303);
}

#[tokio::test]
async fn a_username_is_theirs_if_they_want_one_and_nobody_has_it() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let page = open(&house, &browser, &link(&house, &browser).await).await;
    for (username, said) in [
        ("Alice", "Somebody has this username already."),
        ("alice@example.org", "Leave the @ out."),
        ("a b", "without spaces"),
    ] {
        let refused = create(&browser, &page, &[("username", username)]).await;
        assert!(refused.status == 422 && refused.body.contains(said), "{username}: {}", refused.body);
        assert!(refused.input("username") == username && refused.input("name") == "Carol Karlsson");
        assert!(!refused.body.contains(NEW));
    }
    let done = create(&browser, &page, &[("username", "Carol")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let carol = account(&house, "carol").await.unwrap();
    assert_eq!(carol.user.username.as_str(), "carol");
    assert_eq!(account(&house, MAIL).await.unwrap().user.id, carol.user.id);
}

#[tokio::test]
async fn s87_a_weak_password_opens_no_account() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let page = open(&house, &browser, &link(&house, &browser).await).await;
    let (long, own) = ("x".repeat(1025), "carol karlsson carol");
    for (weak, status) in [
        ("", 422),
        ("short", 422),
        ("password12345678", 422),
        (own, 422),
        ("carol@new.example", 422),
        (&*long, 400),
    ] {
        let refused = create(&browser, &page, &[("new-password", weak)]).await;
        assert_eq!(refused.status, status, "{weak}: {}", refused.body);
        assert!(refused.body.contains("new-password-problem"), "{weak}");
        assert!(refused.input("name") == "Carol Karlsson");
    }
    assert!(account(&house, MAIL).await.is_none() && browser.cookie(HOST, SESSION).is_none());
    // Names beyond what a claim can be are said to be so.
    for (name, said) in [("", "Enter your name"), ("a\u{7}b", "characters"), (&*"n".repeat(1025), "too long")]
    {
        let refused = create(&browser, &page, &[("name", name)]).await;
        assert!(refused.status == 422 && refused.body.contains(said), "{name}: {}", refused.body);
    }
    assert_eq!(create(&browser, &page, &[]).await.status, 303);
}

#[tokio::test]
async fn who_has_an_account_already_is_told_so_by_letter_alone() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let sent = ask(&house, &browser, "ALICE@example.org").await;
    assert!(sent.status == 200 && letters_of(&house.idp, "register").await.is_empty());
    let letters = letters_of(&house.idp, "account_exists").await;
    assert_eq!((letters.len(), letters[0].user), (1, Some(house.alice)));
    let letter = house.idp.app.store.opened_letter(&letters[0]).unwrap();
    let text = idp_server::page::letter(&letter, &house.idp.app.config.issuer).unwrap().text;
    assert!(text.contains("You have") || text.contains("has one already"), "{text}");
    assert!(text.contains(&house.idp.url("/login")), "{text}");
    // The tab goes on at the sign-in page of the same request.
    let login = browser.open(house.idp.url(&link_to(&sent, "letter-back"))).await;
    assert_eq!(
        browser.log_in_as(&login, "alice", PASSWORD).await.redirect_param("state").as_deref(),
        Some("the-state")
    );
}

#[tokio::test]
async fn where_nobody_registers_by_themselves_nothing_is_offered() {
    let invited = |config: &mut Config| {
        letters_are_on(config);
        config.account.registration = Registration::Invitation;
    };
    for (idp, is_invited) in
        [(TestIdp::start_with(letters_are_on).await, false), (TestIdp::start_with(invited).await, true)]
    {
        let house = House::on(idp).await;
        let browser = house.idp.browser();
        let login = browser.visit(house.idp.authorize_url(&house.site, &[])).await;
        assert!(!login.has_id("login-register"));
        assert_eq!(browser.open(house.idp.url(PAGE)).await.status, 404);
        assert_eq!(browser.post(house.idp.url(PAGE), &[("tx", "x")]).await.status, 404);
        let status = browser.open(house.idp.url("/create-account?tx=x")).await.status;
        assert_eq!(status, if is_invited { 410 } else { 404 });
        let metadata = browser.open(house.idp.url("/.well-known/openid-configuration")).await;
        assert!(!metadata.body.contains("\"create\""));
        let refused = browser.open(house.idp.authorize_url(&house.site, &[("prompt", "create")])).await;
        assert_eq!(refused.redirect_param("error").as_deref(), Some("invalid_request"));
    }
}

#[tokio::test]
async fn a_site_leads_people_straight_to_an_account_of_their_own() {
    let house = open_house().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let metadata = browser.open(idp.url("/.well-known/openid-configuration")).await;
    assert!(metadata.body.contains("\"select_account\",\"create\""), "{}", metadata.body);
    let asked = &[("prompt", "create"), ("login_hint", "dora@new.example")];
    let page = browser.visit(idp.authorize_url(&house.site, asked)).await;
    assert!(page.has_form(PAGE) && page.input("address") == "dora@new.example", "{}", page.body);
    // A person who has an account signs in for the same request, and is not led here again.
    let login = browser.open(idp.url(&link_to(&page, "register-back"))).await;
    assert!(login.has_form("/login"), "{}", login.body);
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    assert!(answer.redirect_param("code").is_some(), "{answer:?}");
    // Back to the page leads on, now that she is signed in.
    idp.clock.advance(1);
    // A person who is signed in may open another account.
    let page = browser.visit(idp.authorize_url(&house.site, asked)).await;
    assert!(page.has_form(PAGE), "{}", page.body);
    let silent = browser.open(idp.authorize_url(&house.site, &[("prompt", "none")])).await;
    assert!(silent.redirect_param("code").is_some());
    let sent = browser.submit(&page, &[], "register-submit").await;
    assert_eq!(sent.status, 200);
    let link = newest_link(idp, "register").await;
    idp.clock.advance(1);
    let form = open(&house, &browser, &link).await;
    let done = create(&browser, &form, &[]).await;
    let tokens = idp.redeem(&house.site, &done.redirect_param("code").unwrap()).await;
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.text("email"), "dora@new.example");
    for contradiction in ["none create", "create none"] {
        let refused = browser.open(idp.authorize_url(&house.site, &[("prompt", contradiction)])).await;
        assert_eq!(refused.redirect_param("error").as_deref(), Some("invalid_request"));
    }
}

#[tokio::test]
async fn letters_and_account_are_in_the_language_of_the_page() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let url = house.idp.authorize_url(&house.site, &[("prompt", "create"), ("ui_locales", "zh-CN")]);
    let page = browser.visit(url).await;
    assert!(page.body.contains("注册账号") && page.body.contains("lang=\"zh-CN\""), "{}", page.body);
    browser.submit(&page, &[("address", MAIL)], "register-submit").await;
    let link = newest_link(&house.idp, "register").await;
    let letter = house.idp.app.store.opened_letter(&letters_of(&house.idp, "register").await[0]).unwrap();
    assert_eq!(letter.language.tag(), "zh-CN");
    let page = open(&house, &browser, &link).await;
    assert!(page.body.contains("创建您的账号"), "{}", page.body);
    let refused = create(&browser, &page, &[("new-password", "password12345678")]).await;
    let (_, switch) = refused.body.rsplit_once("class=\"languages\"").unwrap();
    assert!(switch.contains("value=\"/create-account?tx="), "{switch}");
    assert_eq!(create(&browser, &page, &[]).await.status, 303);
    let carol = account(&house, MAIL).await.unwrap();
    assert_eq!(carol.user.claims.locale.as_deref(), Some("zh-CN"));
}

#[tokio::test]
async fn what_is_asked_of_everybody_is_asked_of_who_registers_too() {
    let idp = TestIdp::start_with(|config| {
        everything_is_on(config);
        config.authentication.required = idp_core::authentication::Requirement::TwoFactors;
    })
    .await;
    let house = House::on(idp).await;
    let browser = house.idp.browser();
    let form = open(&house, &browser, &link(&house, &browser).await).await;
    let asked = browser.follow(create(&browser, &form, &[]).await).await;
    assert!(asked.has_form("/login") && asked.redirect_param("code").is_none(), "{}", asked.body);
    assert!(asked.body.contains("enrol") || asked.body.contains("/account/methods"), "{}", asked.body);
    let carol = account(&house, MAIL).await.unwrap().user.id;
    let app = Authenticator::of(&house.idp, carol, "Pixel").await;
    let step = browser.open(&asked.url).await;
    let answer = browser.press(&step, "code", &[("code", &app.code(&house.idp))]).await;
    assert!(answer.redirect_param("code").is_some(), "{answer:?}");
}

#[tokio::test]
async fn who_opens_an_account_is_told_of_the_terms_before_and_asked_for_them_right_after() {
    let idp = TestIdp::start_with(|config| {
        everything_is_on(config);
        crate::terms::terms_of("2026-11")(config);
    })
    .await;
    let house = House::on(idp).await;
    let browser = house.idp.browser();
    let form = open(&house, &browser, &link(&house, &browser).await).await;
    assert!(form.has_id("create-account-terms"), "{}", form.body);
    assert_eq!(link_to(&form, "terms-link"), "https://www.example.com/terms");
    let asked = browser.follow(create(&browser, &form, &[]).await).await;
    assert!(asked.has_id("terms-accept") && asked.redirect_param("code").is_none(), "{}", asked.body);
    // Nothing of them where nobody is asked.
    let house = open_house().await;
    let browser = house.idp.browser();
    let form = open(&house, &browser, &link(&house, &browser).await).await;
    assert!(form.has_id("create-account-submit") && !form.has_id("create-account-terms"), "{}", form.body);
}

#[tokio::test]
async fn s60_a_form_of_another_page_or_browser_opens_no_account() {
    let house = open_house().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let page = register_page(&house, &browser).await;
    let login = browser.visit(idp.authorize_url(&house.site, &[])).await;
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin"), ("origin", &idp.issuer)];
    let evil: &[(&str, &str)] = &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let (tx, good) = (page.input("tx"), page.input("csrf"));
    for (csrf, headers) in [("", own), (&login.input("csrf"), own), (&good, evil)] {
        let fields = [("tx", tx.as_str()), ("csrf", csrf), ("address", MAIL)];
        assert_eq!(browser.post_with(idp.url(PAGE), &fields, headers).await.status, 403);
        assert_eq!(idp.browser().post_with(idp.url(PAGE), &fields, headers).await.status, 403);
    }
    settled(idp).await;
    assert!(letters_of(idp, "register").await.is_empty());
    let form = open(&house, &browser, &link(&house, &browser).await).await;
    let (tx, good) = (form.input("tx"), form.input("csrf"));
    for (csrf, headers) in [("", own), (&page.input("csrf"), own), (&good, evil)] {
        let fields = [("tx", tx.as_str()), ("csrf", csrf), ("name", "Carol"), ("new_password", NEW)];
        assert_eq!(browser.post_with(idp.url("/create-account"), &fields, headers).await.status, 403);
    }
    let fields = [("tx", tx.as_str()), ("csrf", &good), ("name", "Carol"), ("new_password", NEW)];
    assert_eq!(idp.browser().post_with(idp.url("/create-account"), &fields, own).await.status, 403);
    assert!(account(&house, MAIL).await.is_none());
    assert_eq!(browser.post_with(idp.url("/create-account"), &fields, own).await.status, 303);
}

#[tokio::test]
async fn s68_no_way_back_of_a_registration_leads_anywhere_but_to_what_was_sealed() {
    let house = open_house().await;
    let idp = &house.idp;
    for (number, evil) in
        ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1"].into_iter().enumerate()
    {
        let browser = idp.browser();
        for path in [PAGE, "/create-account"] {
            for name in ["tx", "link", "next", "return_to"] {
                let answer = browser.open(idp.url(&format!("{path}?{name}={evil}"))).await;
                let target = answer.location().map(|url| url.host_str().unwrap_or_default().to_owned());
                assert!(target.is_none_or(|host| host == HOST), "{path} {name} {evil}");
            }
        }
        let form = browser.visit(idp.url(&format!("{PAGE}?tx={evil}"))).await;
        browser.submit(&form, &[("address", &format!("c{number}@new.example"))], "register-submit").await;
        let page = open(&house, &browser, &newest_link(idp, "register").await).await;
        let end = browser.follow(create(&browser, &page, &[]).await).await;
        assert_eq!((end.url.host_str(), end.url.path()), (Some(HOST), "/account"));
        idp.clock.advance(60);
    }
}

/// A mail server, a browser that follows what stands in the letter, and nothing else.
#[tokio::test]
async fn the_letter_to_a_stranger_arrives_with_a_link_in_both_of_its_forms() {
    let sink = SmtpSink::start().await;
    let idp = TestIdp::start_with(|config| {
        sink.serve(config);
        config.account.registration = Registration::Open;
    });
    let house = House::on(idp.await).await;
    let _senders: Vec<_> = house.idp.nodes().map(task::send_letters).collect();
    let browser = house.idp.browser();
    ask(&house, &browser, MAIL).await;
    let letter = sink.takes(1).await.remove(0);
    assert_eq!(letter.header("Subject"), "Create your account");
    let prefix = house.idp.url("/create-account?link=");
    for part in [letter.part("text/plain"), letter.part("text/html")] {
        let (_, rest) = part.split_once(&prefix).unwrap_or_else(|| panic!("no link: {part}"));
        let secret: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).collect();
        let page = open(&house, &browser, &secret).await;
        assert!(page.status == 200 && page.has_id("create-account-submit"), "{}", page.body);
    }
}

/// Another person registers the address first, or it is added to an account that is there.
#[tokio::test]
async fn an_address_that_was_given_away_meanwhile_opens_no_account() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let form = open(&house, &browser, &link(&house, &browser).await).await;
    let now = house.idp.clock.now();
    let change = idp_server::directory::users::UserChange {
        addresses: vec![idp_core::user::AddressChange::Vouch(MailAddress::parse(MAIL).unwrap())],
        ..Default::default()
    };
    house.idp.operator().change_user(&Username::parse("alice").unwrap(), change, now).await.unwrap();
    let late = create(&browser, &form, &[]).await;
    assert!(late.status == 410 && late.body.contains("This address has an account already"), "{}", late.body);
    assert_eq!(account(&house, MAIL).await.unwrap().user.id, house.alice);
    let login = browser.open(house.idp.url(&link_to(&late, "link-sign-in"))).await;
    assert!(login.body.contains("Sign in to continue to"), "{}", login.body);
    assert!(browser.open(house.idp.url(&link_to(&late, "link-again"))).await.has_form("/forgot-password"));
}
