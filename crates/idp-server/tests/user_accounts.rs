//! Users by command: what is said of them is kept or refused, shown, changed and removed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod workspace;

use serde_json::{Value, json};
use workspace::{Workspace, code, recorded_details, text};

fn add(workspace: &Workspace, options: &[&str]) -> Value {
    workspace.json(&[&["user", "add", "alice", "--generate", "--json"], options].concat())
}

fn claims(workspace: &Workspace) -> Value {
    let mut shown = workspace.json(&["user", "show", "alice", "--json"]);
    assert!(shown["updated_at"].is_string(), "{shown}");
    shown["claims"].take()
}

/// The address that sites are told, and whether it is verified.
fn told(workspace: &Workspace) -> (Value, Value) {
    let mut shown = workspace.json(&["user", "show", "alice", "--json"]);
    (shown["email"].take(), shown["email_verified"].take())
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
fn b8_sites_are_told_the_first_address_or_the_first_that_is_vouched_for() {
    for (options, email, is_verified) in [
        (&["--email", "a@example.com"][..], "a@example.com", false),
        (&["--add-mail", "A@example.com", "--add-mail", "b@example.com"], "A@example.com", false),
        (&["--vouch-mail", "a@example.com"], "a@example.com", true),
        (&["--email", "a@example.com", "--vouch-mail", "b@example.com"], "b@example.com", true),
        (&["--email", "A@example.com", "--vouch-mail", "a@example.com"], "a@example.com", true),
    ] {
        let workspace = Workspace::new();
        add(&workspace, options);
        assert_eq!(told(&workspace), (json!(email), json!(is_verified)), "{options:?}");
    }
}

/// The addresses of Alice, `*` behind the primary one and `+` behind verified ones.
fn addresses(workspace: &Workspace) -> Vec<String> {
    let shown = workspace.json(&["user", "show", "alice", "--json"]);
    let mut addresses: Vec<String> = shown["addresses"].as_array().unwrap().iter().map(address).collect();
    addresses.sort();
    addresses
}

fn address(shown: &Value) -> String {
    let mark = |is_marked, mark: &'static str| if is_marked { mark } else { "" };
    let (primary, verified) = (shown["primary"] == true, shown["verified_at"].is_string());
    format!("{}{}{}", shown["address"].as_str().unwrap(), mark(primary, "*"), mark(verified, "+"))
}

#[tokio::test]
async fn addresses_are_added_vouched_for_made_primary_and_removed() {
    let workspace = Workspace::new();
    add(&workspace, &["--email", "a@example.com"]);
    let unchanged = workspace.json(&["user", "show", "alice", "--json"]);
    set(&workspace, &["--add-mail", "A@EXAMPLE.com", "--primary-mail", "a@example.com"]);
    assert_eq!(
        workspace.json(&["user", "show", "alice", "--json"]),
        unchanged,
        "nothing changed, no new time"
    );
    for (options, expected) in [
        (&["--add-mail", "b@example.com"][..], &["a@example.com*", "b@example.com"][..]),
        (&["--vouch-mail", "B@example.com"], &["a@example.com*", "b@example.com+"]),
        (&["--primary-mail", "b@example.com"], &["a@example.com", "b@example.com*+"]),
        (
            &[
                "--remove-mail",
                "b@example.com",
                "--vouch-mail",
                "c@example.com",
                "--primary-mail",
                "c@example.com",
            ],
            &["a@example.com", "c@example.com*+"],
        ),
        (&["--remove-mail", "a@example.com"], &["c@example.com*+"]),
        (&["--remove-mail", "c@example.com"], &[]),
    ] {
        set(&workspace, options);
        assert_eq!(addresses(&workspace), expected, "{options:?}");
    }
    assert_eq!((claims(&workspace), told(&workspace)), (json!({}), (Value::Null, json!(false))));
    for (event, count) in
        [("address_added", 2), ("address_verified", 2), ("address_removed", 3), ("primary_changed", 2)]
    {
        assert_eq!(recorded_details(&workspace, event).await, vec![""; count], "{event} tells no address");
    }
    assert!(recorded_details(&workspace, "user_changed").await.is_empty());
}

#[test]
fn addresses_that_are_anothers_or_would_leave_none_primary_are_refused() {
    let workspace = Workspace::new();
    add(&workspace, &["--vouch-mail", "a@example.com", "--email", "b@example.com"]);
    let add_bob = ["user", "add", "bob", "--generate", "--email", "a@example.com", "--json"];
    let bob = workspace.json(&add_bob)["id"].clone();
    for (arguments, words) in [
        (
            &["set", "bob", "--vouch-mail", "A@example.com"][..],
            "\"a@example.com\" is a name that another person",
        ),
        (&["set", "bob", "--username", "A@example.com"], "\"a@example.com\" is a name that another person"),
        (&["add", "a@example.com", "--generate"], "\"a@example.com\" is a name that another person"),
        (&["set", "alice", "--remove-mail", "a@example.com"], "make another one primary first"),
        (&["set", "alice", "--remove-mail", "z@example.com"], "z@example.com is none of their addresses"),
        (&["set", "alice", "--primary-mail", "z@example.com"], "z@example.com is none of their addresses"),
    ] {
        let message = refused(&workspace, 4, &[&["user"], arguments].concat());
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
    let malformed = refused(&workspace, 2, &["user", "set", "bob", "--add-mail", "b"]);
    assert!(malformed.contains("alice@example.com"), "{malformed}");
    // The other way about: what is a username can be no address.
    workspace.json(&["user", "add", "carol@example.com", "--generate", "--json"]);
    let message = refused(&workspace, 4, &["user", "set", "bob", "--vouch-mail", "Carol@example.com"]);
    assert!(message.contains("\"carol@example.com\" is a name"), "{message}");
    // An address that is not verified is in nobody's way.
    workspace.json(&["user", "set", "bob", "--vouch-mail", "b@example.com", "--json"]);
    assert_eq!(addresses(&workspace), ["a@example.com*+", "b@example.com"]);
    assert_eq!(workspace.json(&["user", "show", "b@example.com", "--json"])["id"], bob, "found by it");
    refused(&workspace, 4, &["user", "set", "alice", "--vouch-mail", "b@example.com"]);
}

#[test]
fn a_username_that_is_the_primary_address_goes_with_it() {
    let workspace = Workspace::new();
    workspace.json(&[
        "user",
        "add",
        "Ada@example.com",
        "--generate",
        "--vouch-mail",
        "Ada@example.com",
        "--json",
    ]);
    let moved = ["--vouch-mail", "ada@b.example", "--primary-mail", "ada@b.example"];
    let set = [&["user", "set", "ada@example.com", "--json"][..], &moved].concat();
    let shown = workspace.json(&set);
    assert_eq!(shown["username"], "ada@b.example");
    workspace.json(&["user", "set", "ada@b.example", "--remove-mail", "ada@example.com", "--json"]);
    refused(&workspace, 4, &["user", "show", "ada@example.com"]);
    let message = refused(&workspace, 4, &["user", "set", "ada@b.example", "--remove-mail", "ada@b.example"]);
    assert!(message.contains("is the username as well"), "{message}");
    let unverified = ["--add-mail", "ada@c.example", "--primary-mail", "ada@c.example"];
    let message = refused(&workspace, 4, &[&["user", "set", "ada@b.example"][..], &unverified].concat());
    assert!(message.contains("vouch for it, or give another username"), "{message}");
}

#[test]
fn b8_every_claim_that_can_be_given_is_kept() {
    let workspace = Workspace::new();
    let given = json!({
        "name": "Alice Adams", "given_name": "Alice", "family_name": "Adams", "middle_name": "B",
        "nickname": "Ali", "profile": "https://a.example/about",
        "picture": "https://a.example/a.png", "website": "http://a.example", "gender": "female",
        "birthdate": "1990-04-12", "zoneinfo": "Europe/Paris", "locale": "en-GB",
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
        (&["--name", "A", "--claim", "name=B"][..], "name is given twice"),
        (&["--claim", "phone_number_verified=false"], "give --claim phone_number=... as well"),
        (&["--name", " "], "name is empty"),
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
        (["--claims", r#"{"preferred_username":"a"}"#], "it is the username"),
        (["--claim", "email=a@example.com"], "it is that of the primary e-mail address"),
        (["--claim", "email_verified=true"], "it is that of the primary e-mail address"),
        (["--email", ""], "an e-mail address has the form alice@example.com"),
        (["--email", "alice"], "an e-mail address has the form alice@example.com"),
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
    add(&workspace, &["--name", "Alice", "--vouch-mail", "a@example.com", "--claim", "phone_number=1"]);
    set(
        &workspace,
        &["--claim", "locale=de", "--claim", "address.country=Germany", "--remove-claim", "name"],
    );
    let mut expected = json!({ "locale": "de", "phone_number": "1", "phone_number_verified": false,
        "address": { "country": "Germany" } });
    assert_eq!(claims(&workspace), expected);
    // Another number is not verified; a removed one leaves nothing behind.
    set(&workspace, &["--claims", r#"{"phone_number":"+12025550143","phone_number_verified":true}"#]);
    set(&workspace, &["--claim", "phone_number=+12025550144"]);
    (expected["phone_number"], expected["phone_number_verified"]) = (json!("+12025550144"), json!(false));
    assert_eq!(claims(&workspace), expected);
    set(&workspace, &["--claims", r#"{"phone_number":null,"address":{"country":null},"name":"A. A."}"#]);
    assert_eq!(claims(&workspace), json!({ "locale": "de", "name": "A. A." }));
    assert_eq!(told(&workspace), (json!("a@example.com"), json!(true)));

    let message = refused(&workspace, 4, &["user", "set", "alice", "--name", "A", "--remove-claim", "name"]);
    assert!(message.contains("name is given twice"), "{message}");
    refused(&workspace, 4, &["user", "set", "alice"]);
    refused(&workspace, 4, &["user", "set", "alice", "--claim", "phone_number_verified=true"]);
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
    set(&workspace, &["--name", "Secret Name", "--add-mail", "secret@example.com"]);
    set(&workspace, &["--username", "alice2"]);
    let details = recorded_details(&workspace, "user_changed").await;
    assert_eq!(details, ["name", "username"]);
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

#[test]
fn a_password_that_is_made_is_temporary_and_one_that_is_typed_is_not_unless_the_operator_says_otherwise() {
    let workspace = Workspace::new();
    let until = |name: &str| {
        workspace.json(&["user", "show", name, "--json"])["methods"]["password"]["expires_at"].take()
    };
    let made = add(&workspace, &[]);
    assert!(made["temporary_until"].is_string() && made["temporary_until"] == until("alice"), "{made}");
    let kept = workspace.json(&["user", "add", "bob", "--generate", "--permanent", "--json"]);
    assert_eq!((&kept["temporary_until"], until("bob")), (&Value::Null, Value::Null));
    let password = "a walk along 7 rivers\n";
    for (name, options, is_temporary) in [("carol", &[][..], false), ("dave", &["--temporary"], true)] {
        let output = workspace.run_with_input(&[&["user", "add", name][..], options].concat(), password);
        assert_eq!((code(&output), until(name).is_string()), (0, is_temporary), "{name}");
        assert_eq!(text(&output.stdout).contains("It is temporary"), is_temporary, "{name}");
    }
    workspace.json(&["user", "set-password", "alice", "--generate", "--permanent", "--yes", "--json"]);
    assert_eq!(until("alice"), Value::Null);
    let set = workspace.json(&["user", "set-password", "alice", "--generate", "--yes", "--json"]);
    assert_eq!(set["temporary_until"], until("alice"));
    assert_eq!(workspace.json(&["user", "show", "alice", "--json"])["terms"], json!([]));
    for contradiction in [
        &["user", "set-password", "alice", "--permanent"][..],
        &["user", "set-password", "alice", "--generate", "--permanent", "--temporary"],
        &["user", "add", "erin", "--hashed", "--temporary"],
    ] {
        refused(&workspace, 2, contradiction);
    }
}
