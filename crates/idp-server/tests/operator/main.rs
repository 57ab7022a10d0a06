//! What an operator does when something leaked or was lost: signing people out, giving up a key, replacing a client's
//! secret, beginning again without the master key. And what its platform makes of the files (`platforms`) and asks of a
//! node (`healthcheck`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod healthcheck;
mod platforms;
mod secrets;
#[path = "../workspace/mod.rs"]
mod workspace;

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use idp_core::{
    authentication::{Acr, Factor, Proofs},
    client::ClientId,
    grant::Grant,
    scope::Scope,
    secret::{Secret, SecretKind},
    session::{EndCause, Session},
    time::UnixTime,
    user::{SignInName, User},
};
use idp_server::{
    db::{
        Db,
        audit_events::{self, AuditEvent},
        grants, sessions, signing_keys, users,
    },
    random,
};
use serde_json::Value;
use workspace::{Workspace, code, text};

/// Long ago, so that what is voided now was issued before.
const THEN: UnixTime = UnixTime(1_700_000_000);

fn data(workspace: &Workspace, file: &str) -> PathBuf {
    workspace.path().join("idp-data").join(file)
}

fn db(workspace: &Workspace) -> Db {
    Db::open(&data(workspace, "idp.db")).unwrap()
}

async fn recorded(workspace: &Workspace, event: AuditEvent) -> i64 {
    db(workspace).read(move |connection| audit_events::count(connection, event)).await.unwrap()
}

async fn user(workspace: &Workspace, name: &str) -> User {
    let name = idp_core::username::Username::parse(name).unwrap();
    db(workspace)
        .read(move |connection| users::by_sign_in_name(connection, &SignInName::from(&name)))
        .await
        .unwrap()
        .unwrap()
}

/// A person with an open session and a grant in it.
async fn signed_in(workspace: &Workspace, name: &str) -> (Session, Grant) {
    assert_eq!(code(&workspace.run(&["user", "add", name, "--generate"])), 0);
    // Once is enough: the second time it exists already.
    workspace.run(&["client", "add", "site", "--redirect-uri", "https://site.example/callback"]);
    let user = user(workspace, name).await.id;
    let session = Session {
        sid: random::new_id(THEN),
        user,
        proofs: Proofs::of(Factor::Password, THEN),
        created_at: THEN,
        last_seen_at: THEN,
        device: None,
        address: None,
        ended: None,
    };
    let grant = Grant {
        id: random::new_id(THEN),
        user,
        sid: session.sid,
        client_id: ClientId::parse("site").unwrap(),
        scope: Scope::empty(),
        claims: Default::default(),
        proofs: Proofs::of(Factor::Password, THEN),
        acr: Acr::parse("1").unwrap(),
        created_at: THEN,
        expires_at: THEN.plus(1_000_000_000),
        refresh: None,
        epoch: 0,
        ended: None,
    };
    let secret = Secret::generate(SecretKind::Session, &mut random::rng()).hash();
    let stored = (session.clone(), grant.clone());
    let db = db(workspace);
    let write = db.write(idp_server::db::Locks::installation(), move |connection| {
        sessions::insert(connection, &stored.0, &secret)?;
        grants::insert(connection, &stored.1).map(drop)
    });
    write.await.unwrap();
    (session, grant)
}

/// Why the session and the grant ended.
async fn causes(workspace: &Workspace, (session, grant): &(Session, Grant)) -> [Option<EndCause>; 2] {
    let (sid, id) = (session.sid, grant.id);
    let db = db(workspace);
    let read = db.read(move |connection| {
        let session = sessions::by_sid(connection, sid)?.unwrap();
        let grant = grants::by_id(connection, id)?.unwrap();
        Ok([session.ended, grant.ended].map(|ended| ended.map(|ended| ended.cause)))
    });
    read.await.unwrap()
}

const OPEN: [Option<EndCause>; 2] = [None, None];
const ENDED: [Option<EndCause>; 2] = [Some(EndCause::Administrator), Some(EndCause::Administrator)];

#[tokio::test]
async fn s73_an_administrator_signs_one_person_out_and_nobody_else() {
    let workspace = Workspace::new();
    let (alice, bob) = (signed_in(&workspace, "alice").await, signed_in(&workspace, "bob").await);
    let answer = workspace.json(&["user", "sign-out", "Alice", "--yes", "--json"]);
    assert_eq!((&answer["username"], &answer["signed_out"]), (&"alice".into(), &true.into()));
    assert_eq!(causes(&workspace, &alice).await, ENDED);
    assert_eq!(causes(&workspace, &bob).await, OPEN);
    assert_eq!(workspace.json(&["user", "list", "--json"])[0]["status"], "active");
    assert_eq!(recorded(&workspace, AuditEvent::UserSignedOut).await, 1);
}

#[tokio::test]
async fn s73_an_administrator_signs_everybody_out() {
    let workspace = Workspace::new();
    let (alice, bob) = (signed_in(&workspace, "alice").await, signed_in(&workspace, "bob").await);
    assert_eq!(code(&workspace.run(&["user", "disable", "bob", "--yes"])), 0);
    assert_eq!(workspace.json(&["user", "sign-out", "--all", "--yes", "--json"])["all"], true);
    assert_eq!(causes(&workspace, &alice).await, ENDED);
    assert_eq!(causes(&workspace, &bob).await, [Some(EndCause::UserDisabled); 2], "the first cause stays");
    let people = workspace.json(&["user", "list", "--json"]);
    assert_eq!((&people[0]["status"], &people[1]["status"]), (&"active".into(), &"disabled".into()));
    assert_eq!(recorded(&workspace, AuditEvent::EverybodySignedOut).await, 1);
}

/// What ends something says first what that is, and ends it only when told to.
#[tokio::test]
async fn what_ends_something_says_what_and_asks_back() {
    let workspace = Workspace::new();
    let (alice, bob) = (signed_in(&workspace, "alice").await, signed_in(&workspace, "bob").await);
    assert_eq!(code(&workspace.run(&["client", "secret", "add", "site"])), 0);
    let kid = key_in_state(&workspace.json(&["keys", "list", "--json"]), "active");
    let others = bob.0.sid.to_string();
    for (arguments, words) in [
        (&["user", "sign-out", "alice"][..], &["alice", "signed in on", "may sign in again"][..]),
        (&["user", "sign-out", "alice", "--others-than", &others], &["but the sign-in that you named"]),
        (&["user", "sign-out", "--all"], &["2 sign-ins would end"]),
        (&["user", "set-password", "alice", "--generate"], &["the password that they have"]),
        (&["user", "reset-methods", "alice"], &["passkeys"]),
        (&["user", "disable", "alice"], &["user enable"]),
        (&["user", "remove", "alice"], &["removed for good"]),
        (&["client", "remove", "site"], &["2 grants"]),
        (&["client", "set", "site", "--audience", "https://other.example"], &["2 grants"]),
        (&["client", "secret", "remove", "site", "--older"], &["gets no tokens"]),
        (&["keys", "compromised", &kid], &["signs now"]),
        (&["keys", "reset"], &["everybody has to sign in again"]),
    ] {
        let refused = workspace.run(arguments);
        let said = text(&refused.stderr);
        assert_eq!(code(&refused), 4, "{arguments:?}: {said}");
        for word in [words, &["If that is meant, add --yes"]].concat() {
            assert!(said.contains(word), "{arguments:?}: {word} is missing: {said}");
        }
    }
    assert_eq!([causes(&workspace, &alice).await, causes(&workspace, &bob).await], [OPEN, OPEN]);
    assert_eq!(key_in_state(&workspace.json(&["keys", "list", "--json"]), "active"), kid);
    // What takes no right away asks nothing.
    assert_eq!(code(&workspace.run(&["client", "set", "site", "--name", "Other"])), 0);
    assert_eq!(code(&workspace.run(&["client", "remove", "site", "--yes"])), 0);
}

/// No number stands for a time, in whatever command.
#[tokio::test]
async fn times_have_one_format_in_every_output() {
    let workspace = Workspace::new();
    signed_in(&workspace, "alice").await;
    let is_time = |name: &str| name.ends_with("_at") || name == "since" || name.ends_with("_until");
    let mut seen = std::collections::BTreeSet::new();
    for arguments in [
        &["user", "show", "alice"][..],
        &["user", "list"],
        &["user", "devices", "alice"],
        &["user", "consents", "alice"],
        &["client", "list"],
        &["client", "show", "site"],
        &["keys", "list"],
        &["user", "set-password", "alice", "--generate", "--yes"],
    ] {
        let printed = workspace.json(&[arguments, &["--json"]].concat());
        let mut waiting = vec![&printed];
        while let Some(value) = waiting.pop() {
            waiting.extend(value.as_array().into_iter().flatten());
            for (name, member) in value.as_object().into_iter().flatten() {
                waiting.push(member);
                if is_time(name) && !member.is_null() {
                    let text = member.as_str().unwrap_or_else(|| panic!("{arguments:?}: {name} is {member}"));
                    assert!(text.len() == 20 && text.ends_with('Z'), "{arguments:?}: {name} is {text}");
                    seen.insert(name.clone());
                }
            }
        }
    }
    for name in [
        "created_at",
        "updated_at",
        "since",
        "last_used_at",
        "authenticated_at",
        "expires_at",
        "temporary_until",
    ] {
        assert!(seen.contains(name), "{name} was in no output: {seen:?}");
    }
}

#[tokio::test]
async fn signing_out_voids_what_was_issued_before() {
    let workspace = Workspace::new();
    signed_in(&workspace, "alice").await;
    let id = user(&workspace, "alice").await.id;
    let long_ago =
        move |connection: &mut _| users::set_status(connection, id, idp_core::user::UserStatus::Active, THEN);
    for arguments in [["user", "sign-out", "alice", "--yes"], ["user", "sign-out", "--all", "--yes"]] {
        db(&workspace).write(idp_server::db::Locks::installation(), long_ago).await.unwrap();
        assert_eq!(code(&workspace.run(&arguments)), 0);
        assert!(user(&workspace, "alice").await.not_before > THEN, "{arguments:?}");
    }
}

#[test]
fn signing_out_needs_one_person_or_everybody() {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.run(&["user", "sign-out"])), 2);
    assert_eq!(code(&workspace.run(&["user", "sign-out", "alice", "--all"])), 2);
    assert_eq!(code(&workspace.run(&["user", "sign-out", "alice"])), 4);
}

#[tokio::test]
async fn m07_an_administrator_sees_who_is_online_and_ends_one_sign_in() {
    let workspace = Workspace::new();
    let (alice, bob) = (signed_in(&workspace, "alice").await, signed_in(&workspace, "bob").await);
    let now = idp_server::clock::Clock::System.now();
    let address = Some("203.0.113.7".to_owned());
    let session = Session {
        sid: random::new_id(now),
        proofs: Proofs::of(Factor::Password, now),
        created_at: now,
        last_seen_at: now,
        address,
        ..alice.0.clone()
    };
    let (sid, foreign) = (session.sid.to_string(), bob.0.sid.to_string());
    let cookie = Secret::generate(SecretKind::Session, &mut random::rng()).hash();
    let grant = Grant { id: random::new_id(now), sid: session.sid, ..alice.1.clone() };
    let fresh = (session.clone(), grant.clone());
    db(&workspace)
        .write(idp_server::db::Locks::installation(), move |connection| {
            sessions::insert(connection, &session, &cookie)?;
            grants::insert(connection, &grant).map(drop)
        })
        .await
        .unwrap();
    let online = workspace.json(&["user", "devices", "alice", "--json"]);
    assert_eq!((&online[0]["id"], &online[0]["address"]), (&sid.as_str().into(), &"203.0.113.7".into()));
    assert_eq!((&online[0]["ended_because"], &online[0]["device"]), (&Value::Null, &Value::Null));
    assert!(text(&workspace.run(&["user", "devices", "alice"]).stdout).contains("An unknown device"));

    for others in [["--device", &foreign], ["--device", "00000000-0000-0000-0000-000000000000"]] {
        assert_eq!(code(&workspace.run(&[&["user", "sign-out", "alice"][..], &others].concat())), 4);
    }
    assert_eq!(code(&workspace.run(&["user", "sign-out", "alice", "--device", "*"])), 2);
    assert_eq!(code(&workspace.run(&["user", "sign-out", "--all", "--device", &sid])), 2);
    assert_eq!(code(&workspace.run(&["user", "sign-out", "alice", "--others-than", &sid, "--yes"])), 0);
    assert_eq!((causes(&workspace, &fresh).await, causes(&workspace, &bob).await), (OPEN, OPEN));
    assert_eq!(causes(&workspace, &alice).await, ENDED, "the other one, which could not be used any more");

    let ended = workspace.json(&["user", "sign-out", "alice", "--device", &sid, "--json"]);
    assert_eq!(ended["sessions"], Value::from(vec![sid.clone()]));
    assert_eq!((causes(&workspace, &fresh).await, causes(&workspace, &bob).await), (ENDED, OPEN));
    let gone = workspace.json(&["user", "devices", "alice", "--json"]);
    let gone = gone.as_array().unwrap().iter().find(|line| line["id"] == *sid).unwrap();
    assert_eq!(gone["ended_because"], "administrator");
    assert_eq!(recorded(&workspace, AuditEvent::SignedOut).await, 2);
}

fn key_in_state(keys: &Value, state: &str) -> String {
    let keys = keys.as_array().unwrap();
    let mut found = keys.iter().filter(|key| key["state"] == state);
    let kid = found.next().unwrap()["kid"].as_str().unwrap().to_owned();
    assert!(found.next().is_none(), "two keys are {state}");
    kid
}

#[tokio::test]
async fn s112_a_compromised_key_is_gone_and_the_next_one_signs() {
    let workspace = Workspace::new();
    let before = workspace.json(&["keys", "list", "--json"]);
    let (signer, next) = (key_in_state(&before, "active"), key_in_state(&before, "next"));
    let after = workspace.json(&["keys", "compromised", &signer, "--yes", "--json"]);
    assert_eq!(key_in_state(&after, "active"), next);
    let fresh = key_in_state(&after, "next");
    assert!(fresh != signer && fresh != next);
    assert_eq!(after.as_array().unwrap().len(), 2);
    assert_eq!(workspace.json(&["keys", "list", "--json"]), after);
    assert_eq!(recorded(&workspace, AuditEvent::KeyCompromised).await, 1);

    // One that does not sign is replaced, and the signer stays.
    let last = workspace.json(&["keys", "compromised", &fresh, "--yes", "--json"]);
    assert_eq!(key_in_state(&last, "active"), next);
    assert_ne!(key_in_state(&last, "next"), fresh);

    let unknown = workspace.run(&["keys", "compromised", &signer]);
    assert_eq!(code(&unknown), 4);
    assert!(text(&unknown.stderr).contains("no signing key"), "{}", text(&unknown.stderr));
    assert_eq!(workspace.json(&["keys", "list", "--json"]), last);
    assert_eq!(recorded(&workspace, AuditEvent::KeyCompromised).await, 2);
}

#[tokio::test]
async fn s110_without_the_master_key_nothing_starts_until_the_keys_are_reset() {
    let workspace = Workspace::new();
    let alice = signed_in(&workspace, "alice").await;
    let before = workspace.json(&["keys", "list", "--json"]);
    let key = data(&workspace, "master.key");
    fs::remove_file(&key).unwrap();
    for arguments in [&["serve"][..], &["migrate"], &["keys", "list"], &["user", "list"]] {
        let refused = workspace.run(arguments);
        assert_eq!(code(&refused), 3, "{arguments:?}: no restart mends it");
        let words = text(&refused.stderr);
        assert!(words.contains("restore it from the backup"), "{words}");
        assert!(words.contains("`idp-server keys reset`"), "{words}");
        assert!(!key.exists(), "{arguments:?} made a master key");
    }
    assert_eq!(code(&workspace.run(&["keys", "reset"])), 4);
    assert!(!key.exists(), "a reset that was not confirmed made a master key");

    let after = workspace.json(&["keys", "reset", "--yes", "--json"]);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_ne!(key_in_state(&after, "active"), key_in_state(&before, "active"));
    assert_ne!(key_in_state(&after, "active"), key_in_state(&before, "next"));
    assert_eq!(workspace.json(&["keys", "list", "--json"]), after);
    assert_eq!(causes(&workspace, &alice).await, ENDED);
    assert_eq!(recorded(&workspace, AuditEvent::KeysReset).await, 1);
    assert_eq!(workspace.json(&["user", "list", "--json"])[0]["username"], "alice");
}

async fn published_long_ago(workspace: &Workspace) {
    let long_ago = |mut key: signing_keys::StoredKey| {
        key.state_since -= 2 * 24 * 60 * 60;
        key
    };
    let age = move |connection: &mut _| {
        let keys = signing_keys::all(connection)?.into_iter().map(long_ago).collect();
        signing_keys::replace(connection, keys)
    };
    db(workspace).write(idp_server::db::Locks::installation(), age).await.unwrap();
}

#[tokio::test]
async fn s112_a_key_is_retired_by_name_only_while_it_signs_and_not_before_the_next_one_may() {
    let workspace = Workspace::new();
    let keys = workspace.json(&["keys", "list", "--json"]);
    let (signer, next) = (key_in_state(&keys, "active"), key_in_state(&keys, "next"));
    let early = workspace.run(&["keys", "retire", &signer]);
    assert_eq!(code(&early), 4);
    assert!(text(&early.stderr).contains("the next key may sign from"), "{}", text(&early.stderr));
    let waiting = workspace.run(&["keys", "retire", &next]);
    assert_eq!(code(&waiting), 4);
    assert!(text(&waiting.stderr).contains("does not sign"), "{}", text(&waiting.stderr));
    assert_eq!(code(&workspace.run(&["keys", "retire", "nobody"])), 4);
    assert_eq!(workspace.json(&["keys", "list", "--json"]), keys, "nothing of this changed anything");

    published_long_ago(&workspace).await;
    let after = workspace.json(&["keys", "retire", &signer, "--json"]);
    assert_eq!((key_in_state(&after, "active"), key_in_state(&after, "retired")), (next, signer.clone()));
    assert_eq!(code(&workspace.run(&["keys", "retire", &signer])), 4, "twice is once");
}
