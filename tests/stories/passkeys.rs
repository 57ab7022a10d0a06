//! Passkeys: a person adds one, signs in with it instead of the password or after it, and removes it. What a browser answers
//! counts on the page that asked, for the account whose passkey it is, and once.

use crate::mail;
use idp_core::authentication::{Methods, Requirement};
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::sessions;
use idp_tests::passkey::{SYNCED, SoftwarePasskey, VERIFIED, asked};
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{
    Answer, Authenticator, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, jwt, recovery_codes,
};
use serde_json::{Value, json};
use uuid::Uuid;

const HOST: &str = "idp.localhost";
const SESSION: &str = "__Host-idp_session";
const ADD: &str = "/account/methods/passkey";

struct House {
    idp: TestIdp,
    site: ClientSpec,
    alice: Uuid,
}

impl House {
    async fn build() -> Self {
        Self::on(TestIdp::start().await).await
    }

    async fn on(idp: TestIdp) -> Self {
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        let alice = idp.add_user("alice").await;
        Self { idp, site, alice }
    }

    /// The same; Alice has a passkey.
    async fn with_passkey() -> (Self, SoftwarePasskey) {
        let house = Self::build().await;
        let passkey = SoftwarePasskey::of(&house.idp, house.alice, "Laptop").await;
        (house, passkey)
    }

    /// A new browser at the login page for the site.
    async fn login_page(&self) -> (Browser, Answer) {
        let browser = self.idp.browser();
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        assert!(page.has_form("/login"), "{} {}", page.status, page.body);
        (browser, page)
    }

    /// A new browser at the second step.
    async fn second_step(&self) -> (Browser, Answer) {
        let (browser, page) = self.login_page().await;
        let page = browser.log_in_as(&page, "alice", PASSWORD).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("id=\"step-switch\"") && !page.body.contains(PASSWORD), "{}", page.body);
        assert_eq!(browser.cookie(HOST, SESSION), None);
        (browser, page)
    }

    /// Goes through the sign-in of an own page, with a passkey alone where the person has one.
    async fn open_own(&self, browser: &Browser, path: &str, passkey: Option<&SoftwarePasskey>) -> Answer {
        let page = browser.visit(self.idp.url(path)).await;
        let answer = match passkey {
            Some(passkey) => press(browser, &page, &passkey.used(&page)).await,
            None => browser.log_in_as(&page, "alice", PASSWORD).await,
        };
        browser.follow(answer).await
    }

    async fn passkeys(&self) -> Vec<idp_core::passkey::Passkey> {
        self.idp.app.store.second_factors(self.alice).await.unwrap().passkeys
    }

    async fn open_sessions(&self) -> usize {
        let alice = self.alice;
        self.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap().len()
    }

    async fn recorded(&self, event: AuditEvent) -> i64 {
        self.idp.db.read(move |connection| audit_events::count(connection, event)).await.unwrap()
    }

    async fn claims(&self, answer: &Answer) -> Value {
        let tokens = self.idp.redeem(&self.site, &answer.redirect_param("code").unwrap()).await;
        jwt::claims(tokens.text("id_token"))
    }
}

/// Sends what the passkey answered with the form of the page.
async fn press(browser: &Browser, page: &Answer, answer: &str) -> Answer {
    browser.press(page, "passkey", &[("passkey", answer)]).await
}

#[track_caller]
fn assert_refused(answer: &Answer, browser: &Browser) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body.contains("id=\"problem\""), "{}", answer.body);
    assert_eq!(browser.cookie(HOST, SESSION), None);
}

#[tokio::test]
async fn a_person_adds_a_passkey_and_signs_in_with_it_alone() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let page = house.open_own(&browser, "/account/methods", None).await;
    assert!(page.body.contains(&format!("href=\"{ADD}\"")), "{}", page.body);
    let page = browser.open(idp.url(ADD)).await;
    let options = asked(&page);
    assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!(HOST), &json!("alice")));
    assert_eq!(options["excludeCredentials"], json!([]));
    assert!(!options.to_string().contains(&house.alice.to_string()), "the handle is in no token");
    assert!(page.body.contains("password alone no longer signs you in"), "{}", page.body);

    // Without script, or with a browser that has no passkeys.
    let missing = browser.press(&page, "passkey", &[("passkey", ""), ("name", "My <key>")]).await;
    assert_eq!((missing.status, missing.input("name").as_str()), (422, "My &#60;key&#62;"));
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let answer = passkey.created(&missing);
    for _ in ["pressed", "pressed twice"] {
        let added = press(&browser, &missing, &answer).await;
        assert_eq!(added.status, 303, "{}", added.body);
        assert_eq!(recovery_codes(&browser.follow(added).await).len(), 10);
        let list = browser.open(idp.url("/account/methods")).await;
        assert!(list.body.contains("<bdi>Google Password Manager</bdi>"), "{}", list.body);
        assert!(list.body.contains("data-passkeys-accepted=") && list.body.contains(&passkey.id()));
    }
    assert_eq!((house.passkeys().await.len(), house.recorded(AuditEvent::MethodAdded).await), (1, 1));

    let (elsewhere, page) = house.login_page().await;
    assert_eq!(asked(&page)["allowCredentials"], json!([]), "nothing says who has passkeys");
    let answer = press(&elsewhere, &page, &passkey.used(&page)).await;
    let claims = house.claims(&answer).await;
    assert_eq!(json!([claims["amr"], claims["acr"]]), json!([["pop", "user", "mfa"], "2"]));
    assert_eq!(claims["sub"], house.alice.to_string());
    assert_eq!(house.passkeys().await[0].last_used_at, Some(idp.clock.now()));
}

#[tokio::test]
async fn after_a_password_a_passkey_or_a_code_is_asked_for() {
    let (house, passkey) = House::with_passkey().await;
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
    let (house, passkey) = House::with_passkey().await;
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
    let (house, passkey) = House::with_passkey().await;
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
    let (house, passkey) = House::with_passkey().await;
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
    let (house, passkey) = House::with_passkey().await;
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
    let (house, passkey) = House::with_passkey().await;
    let idp = &house.idp;
    let (at_first, first) = house.login_page().await;
    let (at_second, second) = house.second_step().await;
    let user = idp_core::username::Username::parse("alice").unwrap();
    idp.app.directory().disable_user(&user, idp.clock.now()).await.unwrap();
    assert_refused(&press(&at_first, &first, &passkey.used(&first)).await, &at_first);
    let answer = press(&at_second, &second, &passkey.used(&second)).await;
    assert_eq!((answer.status, at_second.cookie(HOST, SESSION)), (400, None), "{}", answer.body);
    idp.clock.advance(5);
    idp.app.directory().enable_user(&user, idp.clock.now()).await.unwrap();

    let (at_first, first) = house.login_page().await;
    let (at_second, second) = house.second_step().await;
    assert!(idp.app.directory().reset_methods(&user, idp.clock.now()).await.unwrap());
    let refused = press(&at_first, &first, &passkey.used(&first)).await;
    assert_refused(&refused, &at_first);
    let told = format!("data-passkey-unknown=\"{{&#34;credentialId&#34;:&#34;{}&#34;", passkey.id());
    assert!(refused.body.contains(&told), "the authenticator learns of it: {}", refused.body);
    let answer = press(&at_second, &second, &passkey.used(&second)).await;
    assert_eq!((answer.status, at_second.cookie(HOST, SESSION)), (400, None), "{}", answer.body);
    assert_eq!((house.passkeys().await.len(), house.open_sessions().await), (0, 0));
}

#[tokio::test]
async fn a_counter_that_goes_back_is_noted_and_a_key_that_cannot_be_copied_is_refused_for_it() {
    for (flags, is_taken) in [(VERIFIED, false), (SYNCED, true)] {
        let house = House::build().await;
        let browser = house.idp.browser();
        let form = house.open_own(&browser, ADD, None).await;
        let mut passkey = SoftwarePasskey::new(&house.idp, flags);
        passkey.count.set(5);
        assert_eq!(press(&browser, &form, &passkey.created(&form)).await.status, 303);
        let copy = passkey.copy();
        for _ in 0..2 {
            let (browser, page) = house.login_page().await;
            assert_eq!(press(&browser, &page, &passkey.used(&page)).await.status, 303);
        }
        assert_eq!(house.passkeys().await[0].sign_count, 7);
        assert_eq!(house.recorded(AuditEvent::PasskeyCounterStood).await, 0);
        let (browser, page) = house.login_page().await;
        let answer = press(&browser, &page, &copy.used(&page)).await;
        assert_eq!(answer.redirect_param("code").is_some(), is_taken, "{} {}", answer.status, answer.body);
        assert_eq!(house.recorded(AuditEvent::PasskeyCounterStood).await, 1);
        let (browser, page) = house.second_step().await;
        copy.count.set(0);
        let answer = press(&browser, &page, &copy.used(&page)).await;
        assert_eq!(answer.redirect_param("code").is_some(), is_taken, "{} {}", answer.status, answer.body);
    }
}

#[tokio::test]
async fn a_form_of_a_passkey_holds_for_its_own_session_and_a_while() {
    let house = House::build().await;
    let idp = &house.idp;
    let (browser, other) = (idp.browser(), idp.browser());
    let form = house.open_own(&browser, ADD, None).await;
    house.open_own(&other, "/account/methods", None).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let answer = passkey.created(&form);
    assert_eq!(press(&other, &form, &answer).await.status, 403);
    let again = browser.open(idp.url(ADD)).await;
    let refused = press(&browser, &again, &answer).await;
    assert_eq!(refused.status, 422, "the answer to another page: {}", refused.body);
    passkey.flags = SYNCED & !0b100;
    let refused = press(&browser, &again, &passkey.created(&again)).await;
    assert_eq!(refused.status, 422, "nobody was verified: {}", refused.body);
    assert!(press(&browser, &form, "{}").await.status == 422 && house.passkeys().await.is_empty());
    idp.clock.advance(15 * 60 + 1);
    assert_eq!(press(&browser, &form, &answer).await.location().unwrap().path(), "/login");
    for path in [ADD, "/account/methods/rename?id=0192f0c4-0000-7000-8000-000000000000"] {
        assert_eq!(idp.browser().open(idp.url(path)).await.location().unwrap().path(), "/login", "{path}");
    }
    // A sign-in that is weaker than the account asks for by now adds nothing.
    let weak = idp.browser();
    let form = house.open_own(&weak, ADD, None).await;
    let first = SoftwarePasskey::of(idp, house.alice, "").await;
    passkey.flags = SYNCED;
    assert_eq!(press(&weak, &form, &passkey.created(&form)).await.location().unwrap().path(), "/login");
    let form = house.open_own(&browser, ADD, Some(&first)).await;
    assert_eq!(asked(&form)["excludeCredentials"][0]["id"], first.id());
    assert_eq!(press(&browser, &form, &passkey.created(&form)).await.status, 303);
    assert_eq!(house.passkeys().await.len(), 2);
}

#[tokio::test]
async fn a_passkey_is_of_one_account() {
    let (house, _) = House::with_passkey().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    idp.add_user("bob").await;
    let page = browser.visit(idp.url(ADD)).await;
    let answer = browser.log_in_as(&page, "bob", PASSWORD).await;
    let form = browser.follow(answer).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    assert_eq!(press(&browser, &form, &passkey.created(&form)).await.status, 303);
    let alices = idp.browser();
    let app = Authenticator::of(idp, house.alice, "").await;
    let page = alices.visit(idp.url(ADD)).await;
    let page = alices.log_in_as(&page, "alice", PASSWORD).await;
    let answer = alices.press(&page, "code", &[("code", &app.code(idp))]).await;
    let form = alices.follow(answer).await;
    let taken = press(&alices, &form, &passkey.created(&form)).await;
    assert!(taken.status == 422 && taken.body.contains("belongs to an account"), "{}", taken.body);
    assert_eq!(house.passkeys().await.len(), 1);
}

#[tokio::test]
async fn a_passkey_is_named_and_removed_by_its_owner() {
    let (house, passkey) = House::with_passkey().await;
    let idp = &house.idp;
    let id = house.passkeys().await[0].id;
    let (rename, remove) =
        (format!("/account/methods/rename?id={id}"), format!("/account/methods/remove?id={id}"));
    let bob = idp.browser();
    idp.add_user("bob").await;
    let page = bob.visit(idp.url("/account/methods")).await;
    let answer = bob.log_in_as(&page, "bob", PASSWORD).await;
    bob.follow(answer).await;
    for path in [&rename, &remove] {
        assert_eq!(bob.open(idp.url(path)).await.status, 404, "{path}");
    }

    let alice = idp.browser();
    let form = house.open_own(&alice, &rename, Some(&passkey)).await;
    assert_eq!(form.input("name"), "Laptop");
    assert_eq!(bob.press(&form, "rename", &[("name", "Mine")]).await.status, 403);
    let done = alice.press(&form, "rename", &[("name", " Old \u{7}laptop ")]).await;
    assert!(alice.follow(done).await.body.contains("<bdi>Old laptop</bdi>"));

    idp.clock.advance(16 * 60);
    assert_eq!(alice.open(idp.url(&remove)).await.location().unwrap().path(), "/login");
    let question = house.open_own(&alice, &remove, Some(&passkey)).await;
    assert!(question.body.contains("Remove <bdi>Old laptop</bdi>?"), "{}", question.body);
    assert!(question.body.contains("password alone will then sign you in"), "{}", question.body);
    for _ in ["pressed", "pressed twice"] {
        let answer = alice.press(&question, "remove", &[]).await;
        assert_eq!(answer.location().unwrap().path(), "/account/methods", "{}", answer.body);
    }
    assert_eq!((house.passkeys().await.len(), house.recorded(AuditEvent::MethodRemoved).await), (0, 1));
    let list = alice.open(idp.url("/account/methods")).await;
    assert!(list.body.contains("allAcceptedCredentialIds&#34;:[]"), "{}", list.body);
    idp.browser().sign_in_for_tokens(idp, &house.site, "alice").await;
}

#[tokio::test]
async fn a_person_is_told_of_a_passkey_that_comes_or_goes() {
    let sink = SmtpSink::start().await;
    let house = House::on(mail::provider(&sink).await).await;
    let _senders = mail::senders(&house.idp);
    let browser = house.idp.browser();
    let form = house.open_own(&browser, ADD, None).await;
    let mut passkey = SoftwarePasskey::new(&house.idp, SYNCED);
    let answer = passkey.created(&form);
    browser.press(&form, "passkey", &[("passkey", &answer), ("name", "Work laptop")]).await;
    let letter = sink.takes(1).await.remove(0);
    assert_eq!(letter.header("Subject"), "A passkey was added to your account");
    let text = letter.part("text/plain");
    assert!(text.contains("Passkey: Work laptop"), "{text}");
    let id = house.passkeys().await[0].id;
    let remove = format!("/account/methods/remove?id={id}");
    let question = house.open_own(&browser, &remove, Some(&passkey)).await;
    browser.press(&question, "remove", &[]).await;
    assert_eq!(sink.takes(2).await[1].header("Subject"), "A passkey was removed from your account");
}

#[tokio::test]
async fn recovery_codes_come_with_the_first_passkey_stand_for_it_and_go_with_it() {
    let house = House::build().await;
    let (idp, browser) = (&house.idp, house.idp.browser());
    let form = house.open_own(&browser, ADD, None).await;
    let mut passkey = SoftwarePasskey::new(idp, SYNCED);
    let added = press(&browser, &form, &passkey.created(&form)).await;
    let codes = recovery_codes(&browser.follow(added).await);
    // After the password, where the passkey is not at hand.
    let (elsewhere, page) = house.second_step().await;
    let page = elsewhere.press(&page, "use_recovery_code", &[]).await;
    assert!(
        page.body.contains("id=\"code-submit\"") && !page.body.contains("passkey-submit"),
        "{}",
        page.body
    );
    let back = elsewhere.press(&page, "use_app", &[]).await;
    assert_eq!(asked(&back)["allowCredentials"][0]["id"], passkey.id());
    let opened = elsewhere.press(&page, "recovery_code", &[("code", &codes[0])]).await;
    assert_eq!(house.claims(&opened).await["amr"], json!(["pwd", "otp", "mfa"]));
    // A second factor after the first brings none.
    let own = idp.browser();
    let form = house.open_own(&own, "/account/methods/totp", Some(&passkey)).await;
    let app = Authenticator::scanning(&form);
    let added = own.press(&form, "add", &[("code", &app.code(idp))]).await;
    assert_eq!(added.location().unwrap().path(), "/account/methods", "{}", added.body);
    let left = || async { idp.app.store.recovery_codes(house.alice).await.unwrap().len() };
    assert_eq!(left().await, 10, "the used one is among them");
    // The codes go with the last factor, and not before.
    let factors = idp.app.store.second_factors(house.alice).await.unwrap();
    for (id, stay) in [(factors.passkeys[0].id, 10), (factors.apps[0].id, 0)] {
        let question = own.open(idp.url(&format!("/account/methods/remove?id={id}"))).await;
        assert_eq!(own.press(&question, "remove", &[]).await.status, 303);
        assert_eq!(left().await, stay);
    }
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
        // Who signs in with a passkey alone has proven as much.
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
        let house = House::on(start.await).await;
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
        let step = browser.visit(codes.url.join(&link.replace("&#38;", "&")).unwrap()).await;
        assert!(!step.body.contains("id=\"password\""), "{}", step.body);
        let answer = press(&browser, &step, &passkey.used(&step)).await;
        assert_eq!(house.claims(&answer).await["amr"], json!(["pwd", "pop", "user", "mfa"]));
        assert_eq!(house.open_sessions().await, 1);
    }
    // Where it is not offered there is no page for it.
    let start = TestIdp::start_with(|config| {
        config.authentication.methods =
            Methods::try_from(vec!["password".to_owned(), "totp".to_owned()]).unwrap();
    });
    let house = House::on(start.await).await;
    let browser = house.idp.browser();
    let list = house.open_own(&browser, "/account/methods", None).await;
    assert!(!list.body.contains("methods-add-passkey"), "{}", list.body);
    assert_eq!(browser.open(house.idp.url(ADD)).await.status, 404);
}

#[tokio::test]
async fn s84_who_guesses_at_the_password_keeps_nobody_from_their_passkey() {
    let house = House::on(
        TestIdp::start_with(|config| {
            config.throttle.account_burst = 3;
            config.throttle.address_burst = 30;
        })
        .await,
    )
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
    let house = House::on(TestIdp::start_with(|config| config.throttle.address_burst = 4).await).await;
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
    let (house, passkey) = House::with_passkey().await;
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
