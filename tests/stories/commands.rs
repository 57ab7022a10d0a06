//! The command line beside a running server: what a command was given is what sites are told, and what it changes holds
//! at the next request. Each command is a process of its own, over the database of the story.

use crate::everything::letters_are_on;
use crate::own_process::idp_server;
use crate::password_reset::{letters_of, newest_link};
use crate::schema::execute;
use idp_server::clock::Clock;
use idp_server::config::Registration;
use idp_server::mail::News;
use idp_tests::passkey::SoftwarePasskey;
use idp_tests::{Authenticator, ClientSpec, SignedIn, TestIdp};
use serde_json::{Value, json};

/// Runs a command; what it prints as JSON.
fn run(idp: &TestIdp, arguments: &[&str]) -> Value {
    let done = idp_server(idp.folder.path(), &[&["--json"][..], arguments].concat()).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    // Commands go by the clock of the machine; that of the story stood still meanwhile.
    idp.clock.advance(Clock::System.now().seconds_since(idp.clock.now()).max(0) + 1);
    let printed = String::from_utf8(done.stdout).unwrap();
    let printed = &printed[printed.find('{').unwrap()..=printed.rfind('}').unwrap()];
    serde_json::from_str(printed).unwrap()
}

#[tokio::test]
async fn b8_what_a_command_was_given_is_what_sites_are_told() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let phone = r#"{"phone_number":"+12025550143","phone_number_verified":true}"#;
    for (name, options, expected) in [
        (
            "alice",
            &["--vouch-mail", "a@example.com", "--email", "b@example.com"][..],
            json!({ "email": "a@example.com", "email_verified": true, "preferred_username": "alice" }),
        ),
        (
            "bob",
            &["--claims", phone, "--email", "c@example.com"],
            json!({ "phone_number": "+12025550143", "phone_number_verified": true, "preferred_username": "bob",
                "email": "c@example.com", "email_verified": false }),
        ),
    ] {
        let added = run(&idp, &[&["user", "add", name, "--generate", "--permanent"][..], options].concat());
        let (browser, scope) = (idp.browser(), [("scope", "openid profile email phone")]);
        let page = browser.visit(idp.authorize_url(&site, &scope)).await;
        let answer = browser.log_in_as(&page, name, added["password"].as_str().unwrap()).await;
        let tokens = idp.redeem(&site, &answer.redirect_param("code").unwrap()).await;
        let userinfo = idp.userinfo(tokens.text("access_token")).await.body;
        for (claim, value) in expected.as_object().unwrap() {
            assert_eq!(userinfo[claim], *value, "{name}: {claim} in {userinfo}");
        }
    }
}

#[tokio::test]
async fn an_operator_invites_somebody_who_opens_their_account_themselves() {
    let idp = TestIdp::start_with(|config| {
        letters_are_on(config);
        config.account.registration = Registration::Invitation;
    })
    .await;
    // Commands read the file, in which a server is named that nothing is sent to.
    let on = ["--set", "account.registration=invitation", "--set", "mail.server=smtp://127.0.0.1:9"];
    let on = [&on[..], &["--set", "mail.from=idp@house.example"]].concat();
    let command = |arguments: &[&str]| run(&idp, &[&on[..], arguments].concat());
    let invite =
        ["user", "invite", "Gina@new.example", "--name", "Gina G", "--username", "gina", "--ttl", "2d"];
    let invited = command(&invite);
    assert_eq!(invited["address"], "Gina@new.example");
    let listed = command(&["user", "invitations"]);
    assert_eq!((&listed["username"], &listed["name"]), (&json!("gina"), &json!("Gina G")));
    assert_eq!(listed["expires_at"], invited["expires_at"]);

    let link = newest_link(&idp, "invitation").await;
    let browser = idp.browser();
    let page = browser.visit(idp.url(&format!("/create-account?link={link}"))).await;
    assert!(
        page.status == 200 && page.input("name") == "Gina G" && page.body.contains("value=\"gina\""),
        "{}",
        page.body
    );
    let typed =
        [("name", "Gina Green"), ("username", "root"), ("new_password", "seven gravel teapots whistle")];
    let done = browser.follow(browser.press(&page, "", &typed).await).await;
    assert_eq!((done.status, done.url.path()), (200, "/account"));
    let page = browser.open(idp.url("/account/export")).await;
    let copy: Value = serde_json::from_str(&browser.press(&page, "", &[]).await.body).unwrap();
    let registration = &copy["registration"];
    assert_eq!(
        (&registration["invited_by"], &registration["address"], &registration["username"]),
        (&json!("operator"), &json!("Gina@new.example"), &json!("gina"))
    );
    let shown = command(&["user", "show", "gina"]);
    assert_eq!((&shown["username"], &shown["claims"]["name"]), (&json!("gina"), &json!("Gina Green")));
    assert!(shown["addresses"][0]["verified_at"].is_string(), "{shown}");
    assert!(refused(&idp, &[&on[..], &invite].concat()).contains("another person signs in with"));

    // One that is taken back opens nothing, and can be taken back once.
    command(&["user", "invite", "hugo@new.example"]);
    let link = link_to(&idp, "hugo@new.example").await;
    let uninvite = ["user", "uninvite", "HUGO@new.example"];
    command(&uninvite);
    let page = browser.visit(idp.url(&format!("/create-account?link={link}"))).await;
    assert!(page.status == 410 && page.body.contains("Ask the person who invited you"), "{}", page.body);
    assert!(refused(&idp, &[&on[..], &uninvite].concat()).contains("there is no open invitation"));
    for (wrong, said) in [
        (&["user", "invite", "ida@new.example", "--ttl", "31d"][..], "30 days"),
        (&["user", "invite", "ida@new.example", "--username", "gina"], "another person signs in with"),
    ] {
        assert!(refused(&idp, &[&on[..], wrong].concat()).contains(said), "{wrong:?}");
    }
    assert!(refused(&idp, &["user", "invite", "ida@new.example"]).contains("account.registration is"));
}

/// The secret of the invitation to this address. Two that were written in one second are in no order.
async fn link_to(idp: &TestIdp, address: &str) -> String {
    let letters = letters_of(idp, "invitation").await;
    let letters = letters.iter().filter_map(|mail| idp.app.store.opened_letter(mail));
    match letters.filter(|letter| letter.to == address).map(|letter| letter.news).next() {
        Some(News::Invitation { link, .. }) => link,
        _ => panic!("no invitation to {address}"),
    }
}

/// Runs a command that must be refused; what it says.
fn refused(idp: &TestIdp, arguments: &[&str]) -> String {
    let done = idp_server(idp.folder.path(), arguments).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success(), "{arguments:?}");
    said
}

#[tokio::test]
async fn b9_what_is_set_of_a_client_by_command_holds_at_the_running_server() {
    let site = ClientSpec::confidential("site-a");
    let story = SignedIn::at(site.clone()).await;
    let (idp, browser) = (&story.idp, &story.browser);
    let set = |flags: &[&str]| run(idp, &[&["client", "set", "site-a"][..], flags].concat());

    let moved = site.clone().with_redirect_uri("https://site-a.example/other");
    assert_eq!(browser.open(idp.authorize_url(&moved, &[])).await.status, 400);
    set(&["--add-redirect-uri", moved.redirect_uri()]);
    for place in [&moved, &site] {
        let answer = browser.open(idp.authorize_url(place, &[])).await;
        assert_eq!(idp.redeem(place, &answer.redirect_param("code").unwrap()).await.status, 200);
    }
    set(&["--remove-redirect-uri", moved.redirect_uri()]);
    assert_eq!(browser.open(idp.authorize_url(&moved, &[])).await.status, 400);

    for (flag, seconds) in [("2m", 120), ("default", 1800)] {
        set(&["--access-token-lifetime", flag]);
        assert_eq!(story.grant().await.body["expires_in"], seconds, "{flag}");
    }

    let without = idp.authorize_url(&site, &[("code_challenge", ""), ("code_challenge_method", "")]);
    for (flag, may) in [("--no-pkce", true), ("--pkce", false)] {
        set(&[flag]);
        let answer = browser.open(&without).await;
        assert_eq!(answer.redirect_param("code").is_some(), may, "{flag}: {answer:?}");
    }

    for (flag, asks) in [("--ask-consent", true), ("--no-ask-consent", false)] {
        set(&[flag]);
        let answer = browser.visit(idp.authorize_url(&site, &[])).await;
        assert_eq!((answer.has_form("/consent"), answer.redirect_param("code").is_some()), (asks, !asks));
    }
    assert_eq!(idp.refresh(&site, story.refresh_token()).await.status, 200, "nobody was signed out");

    let shown = run(idp, &["client", "show", "site-a"]);
    assert_eq!(shown["redirect_uris"], json!([site.redirect_uri()]));
    assert_eq!((&shown["require_pkce"], &shown["consent"]), (&json!(true), &json!("first_party")));
}

#[tokio::test]
async fn b9_what_is_set_of_a_user_by_command_is_told_to_sites_and_a_removed_one_is_out() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let changes = ["--username", "alina", "--name", "Alina", "--claim", "locale=de"];
    let removed = ["--remove-mail", "alice@example.org"];
    run(idp, &[&["user", "set", "alice"][..], &changes, &removed].concat());
    let userinfo = idp.userinfo(story.access_token()).await.body;
    for (claim, value) in [
        ("name", json!("Alina")),
        ("locale", json!("de")),
        ("preferred_username", json!("alina")),
        ("email", Value::Null),
    ] {
        assert_eq!(userinfo[claim], value, "{claim} in {userinfo}");
    }
    let shown = run(idp, &["user", "show", "alina"]);
    assert_eq!((&shown["id"], &shown["claims"]["name"]), (&json!(story.alice), &json!("Alina")));

    // One that the browser saved by itself is told from one that the account asks for.
    SoftwarePasskey::of(idp, story.alice, "Laptop").await;
    for is_asked_for in [true, false] {
        execute(&idp.db, &format!("UPDATE passkeys SET is_asked_for = {is_asked_for}")).await.unwrap();
        let passkey = run(idp, &["user", "show", "alina"])["methods"]["second_factors"][0].clone();
        let shown = (&passkey["kind"], &passkey["name"], &passkey["is_asked_for"]);
        assert_eq!(shown, (&json!("passkey"), &json!("Laptop"), &json!(is_asked_for)));
    }
    execute(&idp.db, "DELETE FROM passkeys").await.unwrap();
    Authenticator::of(idp, story.alice, "Pixel").await;
    let methods = run(idp, &["user", "show", "alina"])["methods"]["second_factors"].clone();
    assert_eq!((&methods[0]["kind"], &methods[0]["name"]), (&json!("totp"), &json!("Pixel")));
    let link = refused(idp, &["user", "send-password-link", "alina"]);
    assert!(link.contains("no letter reaches this person"), "{link}");
    for had_some in [true, false] {
        assert_eq!(run(idp, &["user", "reset-methods", "alina", "--yes"])["reset"], had_some);
    }
    assert_eq!(run(idp, &["user", "show", "alina"])["methods"]["second_factors"], json!([]));

    run(idp, &["user", "remove", "alina", "--yes"]);
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
    assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.refusal(), (400, "invalid_grant"));
    assert!(story.browser.visit(idp.authorize_url(&story.site, &[])).await.has_form("/login"));
}
