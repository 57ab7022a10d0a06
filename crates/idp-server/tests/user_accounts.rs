//! Users by command: what is said of them is kept or refused, shown, changed and removed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod workspace;

use serde_json::{Value, json};
use workspace::{Workspace, code, recorded_details, text};

fn add(workspace: &Workspace, options: &[&str]) -> Value {
    workspace.json(&[&["user", "add", "alice", "--generate", "--json"], options].concat())
}

fn claims(workspace: &Workspace) -> Value {
    let mut claims = workspace.json(&["user", "show", "alice", "--json"])["claims"].take();
    assert!(claims.as_object_mut().unwrap().remove("updated_at").unwrap().is_i64());
    claims
}

fn set(workspace: &Workspace, options: &[&str]) {
    workspace.json(&[&["user", "set", "alice", "--json"], options].concat());
}

/// The message of a refusal that changed nothing.
fn refused(workspace: &Workspace, expected: i32, arguments: &[&str]) -> String {
    let before = workspace.json(&["user", "list", "--json"]);
    let output = workspace.run(arguments);
    let message = text(&output.stderr);
    assert_eq!(code(&output), expected, "{arguments:?}: {message}");
    assert_eq!(workspace.json(&["user", "list", "--json"]), before, "{arguments:?}");
    message
}

#[test]
fn b8_a_verified_address_is_kept_whichever_flags_say_so() {
    let verified = r#"{"email_verified":true}"#;
    for options in [
        &["--email", "a@example.com", "--claims", verified][..],
        &["--email", "a@example.com", "--claim", "email_verified=true"],
        &["--claims", r#"{"email":"a@example.com","email_verified":true}"#],
        &["--claims", verified, "--claim", "email=a@example.com", "--email", "a@example.com"],
    ] {
        let workspace = Workspace::new();
        add(&workspace, options);
        let expected =
            json!({ "email": "a@example.com", "email_verified": true, "preferred_username": "alice" });
        assert_eq!(claims(&workspace), expected, "{options:?}");
    }
}

#[test]
fn b8_every_claim_that_can_be_given_is_kept() {
    let workspace = Workspace::new();
    let given = json!({
        "name": "Alice Adams", "given_name": "Alice", "family_name": "Adams", "middle_name": "B",
        "nickname": "Ali", "preferred_username": "ali", "profile": "https://a.example/about",
        "picture": "https://a.example/a.png", "website": "http://a.example", "gender": "female",
        "birthdate": "1990-04-12", "zoneinfo": "Europe/Paris", "locale": "en-GB",
        "email": "a@example.com", "email_verified": true,
        "phone_number": "+12025550143", "phone_number_verified": true,
        "address": { "formatted": "1 High Street\nTown", "street_address": "1 High Street",
            "locality": "Town", "region": "Shire", "postal_code": "1", "country": "UK" },
    });
    add(&workspace, &["--claims", &given.to_string()]);
    assert_eq!(claims(&workspace), given);
    let lines = text(&workspace.run(&["user", "show", "alice"]).stdout);
    assert!(lines.contains("\nclaims.address.formatted: 1 High Street\\nTown\n"), "{lines}");
    assert!(lines.contains("\nusername: alice"), "{lines}");
}

#[test]
fn b8_what_cannot_be_kept_is_refused_and_nobody_is_added() {
    let workspace = Workspace::new();
    let long = format!("name={}", "x".repeat(1025));
    for (options, words) in [
        (&["--email", "a@b.c", "--claims", r#"{"email":"d@e.f"}"#][..], "email is given twice"),
        (&["--name", "A", "--claim", "name=B"], "name is given twice"),
        (&["--claim", "email_verified=true"], "email, which is not set; give --email as well"),
        (&["--claim", "phone_number_verified=false"], "give --claim phone_number=... as well"),
        (&["--email", ""], "email is empty"),
        (&["--name", " "], "name is empty"),
        (&["--email", "alice"], "email must be an e-mail address"),
        (&["--claim", &long], "name is longer than 1024 bytes"),
        (&["--claim", "picture=javascript:alert(1)"], "picture must be an https or http URL"),
        (&["--claim", "phone_number=12", "--claim", "phone_number_verified=true"], "E.164"),
    ] {
        let message = refused(&workspace, 4, &[&["user", "add", "alice", "--generate"], options].concat());
        assert!(message.contains(words), "{options:?}: {message}");
    }
    for (options, words) in [
        (["--claims", r#"{"updated_at":1}"#], "updated_at is kept by the provider"),
        (["--claims", r#"{"sub":"root"}"#], "sub is kept by the provider"),
        (["--claims", r#"{"name":"A","name":"B"}"#], "duplicate field `name`"),
        (["--claims", r#"{"role":"admin"}"#], "role is not a standard claim"),
        (["--claims", r#"{"name":7}"#], "name must be a string"),
        (["--claim", "updated_at=1"], "updated_at is kept by the provider"),
        (["--claim", "local=de"], "did you mean locale?"),
    ] {
        let message =
            refused(&workspace, 2, &[&["user", "add", "alice", "--generate"], &options[..]].concat());
        assert!(message.contains(words), "{options:?}: {message}");
    }
}

#[test]
fn b9_claims_are_set_and_removed_one_by_one_and_together() {
    let workspace = Workspace::new();
    add(&workspace, &["--name", "Alice", "--email", "a@example.com", "--claim", "email_verified=true"]);
    set(
        &workspace,
        &["--claim", "locale=de", "--claim", "address.country=Germany", "--remove-claim", "name"],
    );
    let expected = json!({ "email": "a@example.com", "email_verified": true, "locale": "de",
        "address": { "country": "Germany" }, "preferred_username": "alice" });
    assert_eq!(claims(&workspace), expected);
    // Another address is not verified; a removed one leaves nothing behind.
    set(&workspace, &["--email", "b@example.com"]);
    assert_eq!(claims(&workspace)["email_verified"], false);
    set(&workspace, &["--claims", r#"{"email":null,"address":{"country":null},"name":"A. A."}"#]);
    assert_eq!(claims(&workspace), json!({ "locale": "de", "name": "A. A.", "preferred_username": "alice" }));

    let message = refused(&workspace, 4, &["user", "set", "alice", "--name", "A", "--remove-claim", "name"]);
    assert!(message.contains("name is given twice"), "{message}");
    refused(&workspace, 4, &["user", "set", "alice"]);
    refused(&workspace, 4, &["user", "set", "alice", "--claim", "email_verified=true"]);
    refused(&workspace, 4, &["user", "set", "nobody", "--name", "N"]);
    refused(&workspace, 2, &["user", "set", "alice", "--remove-claim", "updated_at"]);
}

#[test]
fn b9_a_sign_in_name_changes_and_the_id_stays() {
    let workspace = Workspace::new();
    let id = add(&workspace, &[])["id"].clone();
    assert_eq!(code(&workspace.run(&["user", "add", "bob", "--generate"])), 0);
    let shown = workspace.json(&["user", "set", "alice", "--username", " Alina ", "--json"]);
    assert_eq!((&shown["id"], &shown["username"]), (&id, &"alina".into()));
    assert_eq!(shown["claims"]["preferred_username"], "alina");
    let taken = refused(&workspace, 4, &["user", "set", "alina", "--username", "BOB"]);
    assert!(taken.contains("\"bob\" exists already"), "{taken}");
    refused(&workspace, 4, &["user", "show", "alice"]);
    refused(&workspace, 2, &["user", "set", "alina", "--username", "a b"]);
}

#[tokio::test]
async fn b9_each_change_is_recorded_by_the_names_of_what_changed_and_no_change_is_not() {
    let workspace = Workspace::new();
    add(&workspace, &["--name", "Alice"]);
    set(&workspace, &["--name", "Alice"]);
    set(&workspace, &["--name", "Secret Name", "--email", "secret@example.com"]);
    set(&workspace, &["--username", "alice2"]);
    let details = recorded_details(&workspace, "user_changed").await;
    assert_eq!(details, ["name email email_verified", "username"]);
}

#[tokio::test]
async fn b9_a_removed_user_leaves_the_audit_log_and_a_free_name() {
    let workspace = Workspace::new();
    let id = add(&workspace, &[])["id"].clone();
    let asked = refused(&workspace, 4, &["user", "remove", "alice"]);
    assert!(asked.contains("--yes") && asked.contains("user disable"), "{asked}");
    let removed = workspace.json(&["user", "remove", "alice", "--yes", "--json"]);
    assert_eq!((&removed["id"], &removed["removed"]), (&id, &true.into()));
    assert_eq!(workspace.json(&["user", "list", "--json"]), json!([]));
    refused(&workspace, 4, &["user", "remove", "alice", "--yes"]);
    assert_eq!(recorded_details(&workspace, "user_removed").await, [""]);
    assert_ne!(add(&workspace, &[])["id"], id, "another person of the same name");
}
