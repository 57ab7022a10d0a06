//! A person who does not know their password: they ask for a letter, choose another password by the link in it, and go on to where
//! they were going. What a link is good for is in `password_reset_links`, what a stranger learns in `password_reset_privacy`.

use crate::everything::letters_are_on;
use crate::login::give_password;
use idp_core::user::StandardClaims;
use idp_server::config::PasswordReset;
use idp_server::db::audit_events::AuditEvent;
use idp_server::db::mails::{self, Mail};
use idp_server::db::password_credentials;
use idp_server::mail::{News, SecondStepNews};
use idp_server::task;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{
    Answer, Authenticator, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, SignedOut, TestIdp,
    eventually,
};
use std::ops::Deref;

pub const NEW: &str = "seven gravel teapots whistle";
const PAGE: &str = "/forgot-password";

/// A provider that writes letters, with Alice and a site.
pub struct House(pub SignedOut);

impl House {
    pub async fn build() -> Self {
        Self::on(TestIdp::start_with(letters_are_on).await).await
    }

    pub async fn on(idp: TestIdp) -> Self {
        Self(SignedOut::on(idp).await)
    }

    /// The page that asks, by way of the sign-in page of the site.
    pub async fn forgot_page(&self, browser: &Browser) -> Answer {
        let login = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        browser.open(self.idp.url(&link_to(&login, "login-forgot"))).await
    }

    /// Asks for a letter, and waits for what comes of it.
    pub async fn ask(&self, browser: &Browser, name: &str) -> Answer {
        let page = self.forgot_page(browser).await;
        let answer = browser.submit(&page, &[("username", name)], "forgot-submit").await;
        settled(&self.idp).await;
        answer
    }

    /// Asks for one, and answers the secret in it.
    pub async fn link(&self) -> String {
        assert_eq!(self.ask(&self.idp.browser(), "alice").await.status, 200);
        newest_link(&self.idp, "reset_password").await
    }

    /// The page that a link leads to.
    pub async fn open(&self, browser: &Browser, link: &str) -> Answer {
        browser.visit(self.idp.url(&format!("/reset-password?link={link}"))).await
    }

    /// Whether a new browser can sign in with this password.
    pub async fn opens(&self, password: &str) -> bool {
        let browser = self.idp.browser();
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        let answer = browser.log_in_as(&page, "alice", password).await;
        assert!([303, 422].contains(&answer.status), "{answer:?}");
        answer.status == 303
    }
}

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.0
    }
}

pub async fn choose(browser: &Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, &[("new-password", password)], "reset-submit").await
}

/// Where the link of this id leads.
pub fn link_to(page: &Answer, id: &str) -> String {
    let (_, rest) = page
        .body
        .split_once(&format!("id=\"{id}\" href=\""))
        .unwrap_or_else(|| panic!("no #{id}: {} {}", page.status, page.body));
    rest.split('"').next().unwrap().to_owned()
}

/// What no answer waits for is done.
pub async fn settled(idp: &TestIdp) {
    eventually("nothing is under way", async || idp.nodes().all(|node| node.out_of_band.is_idle())).await;
}

/// The letters of this kind, the newest first.
pub async fn letters_of(idp: &TestIdp, kind: &str) -> Vec<Mail> {
    let page = idp.db.read(|connection| mails::page(connection, None, 1000)).await.unwrap();
    page.into_iter().filter(|mail| mail.kind == kind).collect()
}

/// The secret in the newest letter of this kind.
pub async fn newest_link(idp: &TestIdp, kind: &str) -> String {
    settled(idp).await;
    let letters = letters_of(idp, kind).await;
    let newest = letters.first().unwrap_or_else(|| panic!("no letter {kind}"));
    match idp.app.store.opened_letter(newest).unwrap().news {
        News::ResetPassword { link, .. }
        | News::VerifyAddress { link, .. }
        | News::SecondStep(SecondStepNews::Link { link, .. }) => link,
        News::Register { link, .. } | News::Invitation { link, .. } => link,
        _ => panic!("no link in {kind}"),
    }
}

#[tokio::test]
async fn a_person_chooses_another_password_by_the_link_in_a_letter_and_goes_on_to_the_site() {
    let house = House::build().await;
    let browser = house.idp.browser();
    let page = house.forgot_page(&browser).await;
    assert!(page.status == 200 && page.has_form(PAGE), "{}", page.body);
    let empty = browser.submit(&page, &[("username", " ")], "forgot-submit").await;
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains("Enter your username or your email address."), "{}", empty.body);
    let sent = browser.submit(&empty, &[("username", "Alice@example.org")], "forgot-submit").await;
    assert!(sent.status == 200 && sent.body.contains("<bdi>Alice@example.org</bdi>"), "{}", sent.body);
    let link = newest_link(&house.idp, "reset_password").await;

    let page = house.open(&browser, &link).await;
    assert!(page.status == 200 && page.has_form("/reset-password"), "{} {}", page.status, page.body);
    assert!(page.body.contains("The alice (alice)") && page.body.contains("At least 15 characters."));
    for (weak, status) in [("", 422), ("short", 422), ("alice alice alice", 422), (&"x".repeat(1025), 400)] {
        let refused = choose(&browser, &page, weak).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert!(
            refused.body.contains("new-password-problem")
                && (weak.is_empty() || !refused.body.contains(weak))
        );
    }
    let set = choose(&browser, &page, NEW).await;
    assert_eq!((set.status, browser.cookie(HOST, SESSION)), (303, None), "it signs nobody in: {}", set.body);
    let login = browser.follow(set).await;
    assert!(login.has_form("/login") && login.body.contains("id=\"password-set\""), "{}", login.body);
    assert!(login.body.contains("Sign in to continue to") && login.input("username") == "alice");
    // Said once.
    let again = browser.open(house.idp.url(&login.form_address())).await;
    assert!(again.has_form("/login") && !again.body.contains("password-set"), "{}", again.body);
    let code = browser.log_in_as(&login, "alice", NEW).await.redirect_param("code").unwrap();
    assert_eq!(house.idp.redeem(&house.site, &code).await.status, 200);
    assert!(!house.opens(PASSWORD).await && house.opens(NEW).await);
    assert_eq!(house.recorded(AuditEvent::PasswordReset).await, 1);
    assert_eq!(house.recorded(AuditEvent::PasswordResetRequested).await, 1);
    assert_eq!(letters_of(&house.idp, "password_set").await.len(), 1);
}

#[tokio::test]
async fn a_link_that_is_opened_in_another_browser_leads_on_to_the_site_as_well() {
    let house = House::build().await;
    let link = house.link().await;
    let phone = house.idp.browser();
    let page = house.open(&phone, &link).await;
    let login = phone.follow(choose(&phone, &page, NEW).await).await;
    assert!(login.body.contains("Sign in to continue to"), "{}", login.body);
    let answer = phone.log_in_as(&login, "alice", NEW).await;
    assert!(answer.location().unwrap().as_str().starts_with(house.site.redirect_uri()), "{answer:?}");
    assert_eq!(answer.redirect_param("state").as_deref(), Some("the-state"));
}

#[tokio::test]
async fn who_came_to_the_provider_itself_ends_at_their_account() {
    let house = House::build().await;
    let browser = house.idp.browser();
    let form = browser.visit(house.idp.url(PAGE)).await;
    let sent = browser.submit(&form, &[("username", "alice")], "forgot-submit").await;
    assert_eq!(sent.status, 200);
    let page = house.open(&browser, &newest_link(&house.idp, "reset_password").await).await;
    let login = browser.follow(choose(&browser, &page, NEW).await).await;
    let end = browser.follow(browser.log_in_as(&login, "alice", NEW).await).await;
    assert_eq!((end.status, end.url.path()), (200, "/account"));
}

#[tokio::test]
async fn s73_a_reset_ends_every_session_and_grant_and_every_other_link() {
    let idp = TestIdp::start_with(letters_are_on).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let phone = idp.browser();
    let tokens = phone.sign_in_for_tokens(idp, site, "alice").await;
    let code = story.code().await;
    let stranger = idp.browser();
    let form = stranger.visit(idp.url(PAGE)).await;
    stranger.submit(&form, &[("username", "alice")], "forgot-submit").await;
    let link = newest_link(idp, "reset_password").await;
    idp.clock.advance(1);
    let page = stranger.visit(idp.url(&format!("/reset-password?link={link}"))).await;
    assert_eq!(choose(&stranger, &page, NEW).await.status, 303);
    for (access, refresh) in [
        (story.access_token(), story.refresh_token()),
        (tokens.text("access_token"), tokens.text("refresh_token")),
    ] {
        assert_eq!(idp.userinfo(access).await.status, 401);
        assert!(!idp.is_active(site, access).await);
        assert_eq!(idp.refresh(site, refresh).await.refusal(), (400, "invalid_grant"));
    }
    assert_eq!(idp.redeem(site, &code).await.refusal(), (400, "invalid_grant"));
    for browser in [&story.browser, &phone] {
        let silent = browser.open(idp.authorize_url(site, &[("prompt", "none")])).await;
        assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
        let asked = browser.visit(idp.url("/account/devices")).await;
        assert!(asked.body.contains("the password was changed"), "says why: {}", asked.body);
    }
}

#[tokio::test]
async fn s73_a_second_factor_survives_a_reset_and_is_asked_for_afterwards() {
    let house = House::build().await;
    let app = Authenticator::of(&house.idp, house.alice, "Pixel").await;
    let browser = house.idp.browser();
    let page = house.open(&browser, &house.link().await).await;
    let login = browser.follow(choose(&browser, &page, NEW).await).await;
    let step = browser.log_in_as(&login, "alice", NEW).await;
    assert!(step.status == 200 && step.has_id("code-submit"), "{}", step.body);
    assert_eq!(browser.cookie(HOST, SESSION), None);
    let silent = browser.open(house.idp.authorize_url(&house.site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    let answer = browser.press(&step, "code", &[("code", &app.code(&house.idp))]).await;
    assert!(answer.redirect_param("code").is_some(), "{answer:?}");
}

#[tokio::test]
async fn somebody_else_who_is_signed_in_in_that_browser_is_not_taken_for_the_person() {
    let house = House::build().await;
    house.idp.add_user("bob").await;
    let browser = house.idp.browser();
    browser.sign_in_for_tokens(&house.idp, &house.site, "bob").await;
    let link = house.link().await;
    house.idp.clock.advance(1);
    let page = house.open(&browser, &link).await;
    let login = browser.follow(choose(&browser, &page, NEW).await).await;
    assert!(login.has_form("/login") && login.input("username") == "alice", "{login:?}");
    let code = browser.log_in_as(&login, "alice", NEW).await.redirect_param("code").unwrap();
    let tokens = house.idp.redeem(&house.site, &code).await;
    let told = house.idp.userinfo(tokens.text("access_token")).await;
    assert_eq!(told.text("sub"), house.alice.to_string());
    // Back to the sign-in page leads on, now that she is signed in.
    let back = browser.open(&login.url).await;
    assert!(back.redirect_param("code").is_some(), "{back:?}");
}

#[tokio::test]
async fn a_person_without_a_password_gets_one() {
    let house = House::build().await;
    let alice = house.alice;
    let removed = house.idp.db.write(idp_server::db::Locks::person(alice), move |connection| {
        password_credentials::remove(connection, alice)
    });
    removed.await.unwrap();
    let browser = house.idp.browser();
    let page = house.open(&browser, &house.link().await).await;
    assert_eq!(choose(&browser, &page, NEW).await.status, 303);
    assert!(house.opens(NEW).await);
}

#[tokio::test]
async fn where_no_letter_is_sent_or_an_operator_says_so_nothing_is_offered() {
    let without_mail = TestIdp::start().await;
    let off = TestIdp::start_with(|config| {
        letters_are_on(config);
        config.account.password_reset = PasswordReset::Off;
    })
    .await;
    for idp in [without_mail, off] {
        let house = House::on(idp).await;
        let browser = house.idp.browser();
        let login = browser.visit(house.idp.authorize_url(&house.site, &[])).await;
        assert!(!login.has_id("login-forgot"));
        for path in [PAGE, "/reset-password", "/reset-password?link=ml.x"] {
            assert_eq!(browser.open(house.idp.url(path)).await.status, 404, "{path}");
            assert_eq!(browser.post(house.idp.url(path), &[("tx", "x")]).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn the_page_is_in_the_language_of_the_person_and_the_switch_leads_back_to_it() {
    let house = House::build().await;
    let claims = StandardClaims {
        email: Some("li@example.org".to_owned()),
        email_verified: Some(true),
        locale: Some("zh-CN".to_owned()),
        ..StandardClaims::default()
    };
    house.idp.add_user_with("li", claims).await;
    let browser = house.idp.browser();
    house.ask(&browser, "li").await;
    let page = house.open(&browser, &newest_link(&house.idp, "reset_password").await).await;
    assert!(page.body.contains("设置新密码") && page.body.contains("lang=\"zh-CN\""), "{}", page.body);
    let refused = choose(&browser, &page, "password12345678").await;
    assert!(refused.body.contains("最先被人尝试"), "{}", refused.body);
    let (_, switch) = refused.body.rsplit_once("class=\"languages\"").unwrap();
    assert!(switch.contains("value=\"/reset-password?tx="), "{switch}");
}

#[tokio::test]
async fn s60_a_form_of_another_page_or_browser_sends_nothing_and_sets_nothing() {
    let house = House::build().await;
    let idp = &house.idp;
    let browser = idp.browser();
    let page = house.forgot_page(&browser).await;
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    let login = browser.visit(idp.authorize_url(&house.site, &[])).await;
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin"), ("origin", &idp.issuer)];
    let evil: &[(&str, &str)] = &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for (csrf, headers) in [("", own), (&login.input("csrf"), own), (&csrf, evil)] {
        let fields = [("tx", tx.as_str()), ("csrf", csrf), ("username", "alice")];
        assert_eq!(browser.post_with(idp.url(PAGE), &fields, headers).await.status, 403);
        assert_eq!(idp.browser().post_with(idp.url(PAGE), &fields, headers).await.status, 403);
    }
    settled(idp).await;
    assert!(letters_of(idp, "reset_password").await.is_empty());

    let link = house.link().await;
    let page = house.open(&browser, &link).await;
    let (tx, good) = (page.input("tx"), page.input("csrf"));
    for (csrf, headers) in [("", own), (&csrf, own), (&good, evil)] {
        let fields = [("tx", tx.as_str()), ("csrf", csrf), ("new_password", NEW)];
        assert_eq!(browser.post_with(idp.url("/reset-password"), &fields, headers).await.status, 403);
    }
    let fields = [("tx", tx.as_str()), ("csrf", &good), ("new_password", NEW)];
    assert_eq!(idp.browser().post_with(idp.url("/reset-password"), &fields, own).await.status, 403);
    assert!(!house.opens(NEW).await);
    assert_eq!(browser.post_with(idp.url("/reset-password"), &fields, own).await.status, 303);
}

#[tokio::test]
async fn s68_no_way_back_leads_anywhere_but_to_what_was_sealed() {
    let house = House::build().await;
    let idp = &house.idp;
    for evil in
        ["//evil.example", "https://evil.example/", "/\\evil.example", "%2f%2fevil.example", "javascript:1"]
    {
        let browser = idp.browser();
        for path in [PAGE, "/reset-password", "/verify-address"] {
            for name in ["tx", "link", "next", "return_to"] {
                let answer = browser.open(idp.url(&format!("{path}?{name}={evil}"))).await;
                let target = answer.location().map(|url| url.host_str().unwrap_or_default().to_owned());
                assert!(target.is_none_or(|host| host == HOST), "{path} {name} {evil}");
                for attribute in ["href=\"", "action=\""] {
                    let mut addresses = answer.body.split(attribute).skip(1);
                    assert!(addresses.all(|rest| rest.starts_with('/') && !rest.starts_with("//")));
                }
            }
        }
        let form = browser.visit(idp.url(&format!("{PAGE}?tx={evil}"))).await;
        browser.submit(&form, &[("username", "alice")], "forgot-submit").await;
        settled(idp).await;
        let link = newest_link(idp, "reset_password").await;
        let page = house.open(&browser, &link).await;
        let login = browser.follow(choose(&browser, &page, NEW).await).await;
        assert_eq!((login.url.host_str(), login.url.path()), (Some(HOST), "/login"));
        idp.clock.advance(60 * 60);
        give_password(idp, house.alice, PASSWORD).await;
    }
}

/// A mail server, a browser that follows what stands in the letter, and nothing else.
#[tokio::test]
async fn the_letter_arrives_with_a_link_in_both_of_its_forms() {
    let sink = SmtpSink::start().await;
    let house = House::on(TestIdp::start_with(|config| sink.serve(config)).await).await;
    let _senders: Vec<_> = house.idp.nodes().map(task::send_letters).collect();
    let browser = house.idp.browser();
    house.ask(&browser, "alice").await;
    let letter = sink.takes(1).await.remove(0);
    assert_eq!(letter.header("Subject"), "Choose a new password");
    let prefix = house.idp.url("/reset-password?link=");
    for part in [letter.part("text/plain"), letter.part("text/html")] {
        let (_, rest) = part.split_once(&prefix).unwrap_or_else(|| panic!("no link: {part}"));
        let secret: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).collect();
        let page = house.open(&browser, &secret).await;
        assert!(page.status == 200 && page.has_id("reset-submit"), "{}", page.body);
    }
}
