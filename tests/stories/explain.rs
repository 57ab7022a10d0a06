//! `explain`: what a token, a code, a session or a person is, whether it is good and why not, what ended it, and which sites have confirmed.

use crate::own_process::idp_server;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::administration::Permissions;
use idp_server::db::feed_acknowledgements;
use idp_server::store::revoke::Target;
use idp_tests::{ClientSpec, LogoutReceiver, SignedIn, TestIdp, eventually};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Stdio;

/// What the API says of it.
pub async fn explained(idp: &TestIdp, text: &str) -> Value {
    let tool = idp.add_api_client(&unique("tool"), &Permissions::all().to_string()).await;
    let answer = idp.calling_as_client(&tool).await.post("/explain", json!({ "text": text })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let said = answer.body.to_string();
    if text.len() > 60 {
        assert!(!said.contains(text.trim()), "what was asked about is not repeated: {said}");
    }
    answer.body
}

fn unique(name: &str) -> String {
    format!("{name}-{}", idp_server::random::new_id(idp_core::time::UnixTime(1_700_000_000)).simple())
}

/// Its kind, whether it is good, and the reasons in one text.
fn verdict(explained: &Value) -> (&str, Option<bool>, String) {
    let reasons = explained["reasons"].as_array().unwrap();
    let reasons: Vec<&str> = reasons.iter().map(|reason| reason.as_str().unwrap()).collect();
    (explained["kind"].as_str().unwrap(), explained["good"].as_bool(), reasons.join("; "))
}

fn fact<'a>(explained: &'a Value, name: &str) -> &'a str {
    let facts = explained["facts"].as_array().unwrap();
    let found = facts.iter().find(|fact| fact["name"] == name);
    found.and_then(|fact| fact["value"].as_str()).unwrap_or_default()
}

#[track_caller]
pub fn is(explained: &Value, kind: &str, good: Option<bool>, words: &str) {
    let (found, is_good, reasons) = verdict(explained);
    assert_eq!((found, is_good), (kind, good), "{explained}");
    assert!(reasons.contains(words), "{words}: {explained}");
}

#[tokio::test]
async fn what_is_good_is_said_to_be_and_whose_it_is() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let access = explained(idp, story.access_token()).await;
    is(&access, "access_token", Some(true), "");
    assert_eq!(fact(&access, "client"), "site-a");
    assert_eq!(fact(&access, "username"), "alice");
    let sid = fact(&access, "sid").to_owned();
    is(&explained(idp, story.id_token()).await, "id_token", Some(true), "");
    is(&explained(idp, &format!("  {}\n", story.refresh_token())).await, "refresh_token", Some(true), "");
    let session = explained(idp, &sid).await;
    is(&session, "session", Some(true), "");
    assert_eq!(session["sites"][0]["client"], "site-a");
    assert!(session["events"].to_string().contains("signed_in"), "{session}");
    for name in ["alice", "alice@example.org", &story.alice.to_string()] {
        let person = explained(idp, name).await;
        is(&person, "user", Some(true), "");
        assert_eq!(
            (fact(&person, "user"), fact(&person, "open_session")),
            (&*story.alice.to_string(), &*sid)
        );
    }
    let client = explained(idp, "site-a").await;
    is(&client, "client", Some(true), "");
    let key = fact(&access, "key").to_owned();
    let key = explained(idp, &key).await;
    is(&key, "key", Some(true), "");
    assert_eq!((fact(&key, "state"), fact(&key, "signs")), ("active", "true"));
    let grant = fact(&access, "grant").to_owned();
    is(&explained(idp, &grant).await, "grant", Some(true), "");
    // Asking used nothing up.
    assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn what_has_expired_or_was_spent_is_said_to_be() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let code = story.code().await;
    is(&explained(idp, &code).await, "authorization_code", Some(true), "");
    assert_eq!(idp.redeem(&story.site, &code).await.status, 200);
    is(&explained(idp, &code).await, "authorization_code", Some(false), "it was redeemed");
    let late = story.code().await;
    let second = idp.refresh(&story.site, story.refresh_token()).await;
    let of_moments_ago = explained(idp, story.refresh_token()).await;
    is(&of_moments_ago, "refresh_token", Some(true), "replaced moments ago");
    idp.clock.advance(3600);
    is(&explained(idp, &late).await, "authorization_code", Some(false), "it has expired");
    is(&explained(idp, story.access_token()).await, "access_token", Some(false), "it has expired");
    is(&explained(idp, story.id_token()).await, "id_token", Some(false), "expired");
    is(&explained(idp, story.refresh_token()).await, "refresh_token", Some(false), "a spent refresh token");
    // It was asked about, not presented.
    is(&explained(idp, second.text("refresh_token")).await, "refresh_token", Some(true), "");
    assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.status, 400);
    let ended = explained(idp, second.text("refresh_token")).await;
    is(&ended, "refresh_token", Some(false), "the grant has ended");
    assert_eq!(ended["ended_because"], "refresh_reuse");
}

#[tokio::test]
async fn what_ended_it_is_said_with_the_entry_of_the_log() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let second = story.grant().await;
    let given_back = idp.post_as(&story.site, "/revoke", &[("token", second.text("access_token"))]).await;
    assert_eq!(given_back.status, 200);
    is(&explained(idp, second.text("access_token")).await, "access_token", Some(false), "gave it back");
    idp.operator().sign_out_user(story.alice, idp.clock.now()).await.unwrap();
    let access = explained(idp, story.access_token()).await;
    is(&access, "access_token", Some(false), "its session ended: administrator");
    assert_eq!(access["ended_because"], "administrator");
    assert!(access["ended_at"].is_string() && access["revocation"].is_i64(), "{access}");
    let sid = fact(&access, "sid").to_owned();
    is(&explained(idp, &sid).await, "session", Some(false), "it ended: administrator");
    is(&explained(idp, story.refresh_token()).await, "refresh_token", Some(false), "the grant has ended");
    idp.operator().disable_user(story.alice, idp.clock.now()).await.unwrap();
    is(&explained(idp, "alice").await, "user", Some(false), "disabled");
    is(&explained(idp, story.access_token()).await, "access_token", Some(false), "the account is disabled");
    idp.operator().remove_user(story.alice, idp.clock.now()).await.unwrap();
    is(
        &explained(idp, story.access_token()).await,
        "access_token",
        Some(false),
        "nothing is known of its grant",
    );
    is(&explained(idp, story.refresh_token()).await, "refresh_token", Some(false), "its grant is forgotten");
}

#[tokio::test]
async fn what_others_made_is_not_believed() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let other = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let (head, signature) = story.access_token().rsplit_once('.').unwrap();
    let other_letter = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{other_letter}{}", &signature[1..]);
    let explained_forged = explained(idp, &forged).await;
    is(&explained_forged, "access_token", Some(false), "forged");
    assert_eq!(fact(&explained_forged, "username"), "", "nothing of it is believed");
    // All providers of the stories have the same keys.
    is(&explained(idp, other.access_token()).await, "access_token", Some(false), "the issuer is another");
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (header, claims) =
        (json!({ "typ": "at+jwt", "alg": "RS256", "kid": "k" }), json!({ "iss": "https://other.example" }));
    let foreign = explained(idp, &format!("{}.{}.AAAA", part(header.clone()), part(claims))).await;
    is(&foreign, "access_token", Some(false), "another issuer made it");
    assert_eq!(fact(&foreign, "claimed_issuer"), "https://other.example");
    let ours = json!({ "iss": idp.issuer, "sub": story.alice });
    let pretended = explained(idp, &format!("{}.{}.AAAA", part(header), part(ours))).await;
    is(&pretended, "access_token", Some(false), "a key that is none of its own");
    assert_eq!(fact(&pretended, "subject"), "", "nothing of it is believed");
    is(&explained(idp, other.refresh_token()).await, "refresh_token", Some(false), "not made here");
    is(&explained(idp, "ac.AAAA.BBBB").await, "authorization_code", Some(false), "not made here");
    is(&explained(idp, "eyJhbGciOiJub25lIn0.x").await, "other_token", Some(false), "cut off");
    for garbage in [
        "nobody-here",
        "\u{0}",
        "a\u{0}b",
        "….",
        &"x".repeat(16_000),
        "01234567-89ab-7000-8000-000000000000",
        "'; DROP TABLE users",
    ] {
        is(&explained(idp, garbage).await, "unknown", None, "nothing here is called so");
    }
    let tool = idp.add_api_client("garbled", &Permissions::all().to_string()).await;
    let caller = idp.calling_as_client(&tool).await;
    for refused in
        [json!({ "text": "" }), json!({ "text": "x".repeat(20_000) }), json!({}), json!({ "text": 7 })]
    {
        let answer = caller.post("/explain", refused).await;
        assert_eq!(answer.status, 422, "{answer:?}");
    }
}

/// A cookie opens the session: it is said which that is, and the secret of another kind is said to be one.
#[tokio::test]
async fn secrets_are_told_by_their_form_and_not_repeated() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let cookie = story.browser.cookie(idp_tests::HOST, idp_tests::SESSION).unwrap();
    let session = explained(idp, &cookie).await;
    is(&session, "session_cookie", Some(true), "");
    assert_eq!(fact(&session, "username"), "alice");
    is(
        &explained(idp, story.site.secret.as_deref().unwrap()).await,
        "secret",
        None,
        "client authenticates with",
    );
    let unknown = format!("se.{}", "A".repeat(43));
    is(&explained(idp, &unknown).await, "session_cookie", Some(false), "no cookie of a session");
}

#[tokio::test]
async fn which_sites_have_confirmed_is_shown() {
    let receiver = LogoutReceiver::new();
    let story = SignedIn::at(receiver.client("site-a")).await;
    let idp = &story.idp;
    let sid = fact(&explained(idp, story.access_token()).await, "sid").to_owned();
    let about = idp_server::db::audit_events::AuditContext::default();
    let target = Target::Session(sid.parse().unwrap());
    let cause = idp_core::session::EndCause::LoggedOut;
    idp.app.store.revoke(target, cause, about, idp.clock.now()).await.unwrap();
    let waiting = explained(idp, &sid).await;
    assert_eq!(waiting["sites"][0]["logout_delivery"]["state"], "pending", "{waiting}");
    assert_eq!(waiting["ended_because"], "logged_out");
    // Of two instances that follow the feed one has come as far as that by now.
    let (number, until) = (waiting["revocation"].as_i64().unwrap(), idp.now() + 60);
    let said = idp.db.write(idp_server::db::Locks::installation(), move |connection| {
        feed_acknowledgements::confirm(connection, "site-a", "one", number, 0, until)?;
        feed_acknowledgements::confirm(connection, "site-a", "two", number - 1, 0, until)
    });
    said.await.unwrap();
    let told = explained(idp, &sid).await;
    let site = &told["sites"][0];
    assert_eq!((&site["feed_instances"], &site["feed_confirmed"]), (&json!(2), &json!(1)), "{told}");
    let _listening = receiver.listen();
    let _tasks = idp_server::task::tell_clients(&idp.app);
    eventually("the site has confirmed", async || {
        let told = explained(idp, &sid).await;
        let state = told["sites"][0]["logout_delivery"]["state"].clone();
        if state == "delivered" { Ok(()) } else { Err(told) }
    })
    .await;
}

/// The same by a command, on the database and on the server: from standard input, from a file, and as an argument with a warning.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_reads_it_where_no_history_keeps_it() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let folder = story.idp.folder.path().to_owned();
    let token = story.refresh_token().to_owned();
    let issuer = format!("issuer.url={}", story.idp.issuer);
    let run = async |arguments: &[&str], input: Option<&str>| {
        let mut command = idp_server(&folder, &[&["--set", &issuer, "explain"], arguments].concat());
        let input = input.map(str::to_owned);
        let done = tokio::task::spawn_blocking(move || {
            let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(input.unwrap_or_default().as_bytes()).unwrap();
            drop(stdin);
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap();
        let (out, said) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        assert!(done.status.success(), "{said}");
        assert!(!out.contains(&token), "{out}");
        (out, said)
    };
    for arguments in [&[][..], &["-"]] {
        let (out, said) = run(arguments, Some(&format!("{token}\n"))).await;
        assert!(out.contains("refresh token: good") && out.contains("client: site-a"), "{out}");
        assert!(!said.contains("history"), "{said}");
    }
    let file = folder.join("token");
    std::fs::write(&file, &token).unwrap();
    let (out, _) = run(&["--file", file.to_str().unwrap()], None).await;
    assert!(out.contains("refresh token: good"), "{out}");
    let (out, said) = run(&[&token], None).await;
    assert!(out.contains("refresh token: good") && said.contains("history of the shell"), "{out} {said}");
    let (out, said) = run(&["alice"], None).await;
    assert!(out.contains("user: good") && !said.contains("history"), "{out} {said}");
}
