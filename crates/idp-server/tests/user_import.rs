//! People of another system: their hashes are taken, by one command or many at once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod workspace;

use serde_json::{Value, json};
use workspace::{Workspace, code, text};

/// Of `correct horse`.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
const DJANGO: &str = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";

fn users(workspace: &Workspace) -> Value {
    workspace.json(&["user", "list", "--json"])
}

fn import(workspace: &Workspace, file: &str) -> (i32, Value, String) {
    std::fs::write(workspace.path().join("people.jsonl"), file).unwrap();
    let output = workspace.run(&["user", "import", "people.jsonl", "--json"]);
    (code(&output), serde_json::from_slice(&output.stdout).unwrap_or_default(), text(&output.stderr))
}

#[test]
fn a_hash_of_another_system_is_taken_from_standard_input() {
    let workspace = Workspace::new();
    let add = |name: &str, input: &str| workspace.run_with_input(&["user", "add", name, "--hashed"], input);
    let added = add("alice", &format!("{BCRYPT}\n"));
    assert_eq!(code(&added), 0, "{}", text(&added.stderr));
    for (hash, says) in [
        ("", "no hash that is known here"),
        ("correct horse", "no hash that is known here"),
        ("$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", "costs more than a sign-in may"),
    ] {
        let refused = add("bob", hash);
        assert_eq!(code(&refused), 4);
        assert!(text(&refused.stderr).contains(says), "{}", text(&refused.stderr));
    }
    let both = workspace.run_with_input(&["user", "add", "bob", "--hashed", "--generate"], BCRYPT);
    assert_eq!(code(&both), 2);
    assert_eq!(users(&workspace).as_array().unwrap().len(), 1);
}

#[test]
fn a_file_of_people_is_taken_line_by_line_and_again_without_harm() {
    let workspace = Workspace::new();
    let line = |value: Value| format!("{value}\n");
    let good = [
        line(
            json!({ "username": "alice", "password_hash": BCRYPT, "email": "A@example.com", "email_verified": true, "claims": { "name": "Alice" } }),
        ),
        "\n".to_owned(),
        line(
            json!({ "username": "bob", "password_hash": DJANGO, "email": "b@example.com", "disabled": true }),
        ),
    ];
    let answer = import(&workspace, &good.concat());
    assert_eq!(answer, (0, json!({ "added": 2, "existed": 0, "refused": 0 }), String::new()));
    let shown = workspace.json(&["user", "show", "alice", "--json"]);
    assert_eq!((&shown["email"], &shown["email_verified"]), (&json!("A@example.com"), &json!(true)));
    let shown = workspace.json(&["user", "show", "bob", "--json"]);
    assert_eq!((&shown["status"], &shown["email_verified"]), (&json!("disabled"), &json!(false)));
    let before = users(&workspace);

    let bad = [
        "no json\n".to_owned(),
        line(json!({ "username": "carol" })),
        line(json!({ "username": "carol", "password_hash": "plain text" })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, "unknown": 1 })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, "claims": { "colour": "red" } })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, "claims": { "email": "c@example.com" } })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, "email": "carol" })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, "email_verified": true })),
        line(
            json!({ "username": "carol", "password_hash": BCRYPT, "email": "a@EXAMPLE.com", "email_verified": true }),
        ),
        line(json!({ "username": "A@example.com", "password_hash": BCRYPT })),
        line(json!({ "username": "", "password_hash": BCRYPT })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, "claims": BCRYPT })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, "disabled": BCRYPT })),
        line(json!({ "username": "carol", "password_hash": BCRYPT, BCRYPT: 1 })),
    ];
    let (exit, counts, told) = import(&workspace, &(good.concat() + &bad.concat()));
    assert_eq!((exit, counts), (4, json!({ "added": 0, "existed": 2, "refused": 14 })));
    for number in 4..=17 {
        assert!(told.contains(&format!("line {number}: ")), "{told}");
    }
    assert!(!told.contains("plain text") && !told.contains(BCRYPT), "no hash is told: {told}");
    assert_eq!(users(&workspace), before);

    let missing = workspace.run(&["user", "import", "nowhere.jsonl"]);
    assert_eq!(code(&missing), 1);
    let piped = line(json!({ "username": "carol", "password_hash": BCRYPT }));
    let piped = workspace.run_with_input(&["user", "import", "-"], &piped);
    assert_eq!(text(&piped.stdout), "Added 1, existed already 0, refused 0\n", "{}", text(&piped.stderr));
}
