//! People of another system: their hashes are taken, by one command or many at once.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod workspace;

use serde_json::{Value, json};
use workspace::{Workspace, code, text};

/// Of `correct horse`.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
const DJANGO: &str = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";

fn users(workspace: &Workspace) -> Value {
    workspace.json(&["user", "list", "--json"])
}

/// What an import of this file tells: how it ended, the numbers, and all of it.
struct Told {
    exit: i32,
    report: Value,
    all: String,
}

fn import(workspace: &Workspace, format: &str, content: &str, more: &[&str]) -> Told {
    std::fs::write(workspace.path().join("people"), content).unwrap();
    let always = ["import", "--format", format, "people", "--json"];
    let output = workspace.run(&[&always[..], more].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Told { exit: code(&output), report, all: text(&output.stdout) + &text(&output.stderr) }
}

impl Told {
    fn people(&self, outcome: &str) -> u64 {
        self.report[outcome]["user"].as_u64().unwrap_or(0)
    }

    fn counted(&self) -> [u64; 4] {
        ["added", "existed", "refused", "left_out"].map(|outcome| self.people(outcome))
    }

    fn says(&self, place: &str, what: &str) {
        let lines = self.report["lines"].as_array().unwrap();
        let line = lines.iter().find(|line| line["place"] == place);
        let line = line.unwrap_or_else(|| panic!("{place}: {}", self.all)).to_string();
        assert!(line.contains(what), "{place}: {what:?} in {line}");
    }
}

/// The people, and what was done.
fn stored(workspace: &Workspace) -> String {
    workspace.json(&["user", "list", "--json"]).to_string()
        + &workspace.json(&["audit", "list", "--json"]).to_string()
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
    let told = import(&workspace, "jsonl", &good.concat(), &[]);
    assert_eq!((told.exit, told.counted()), (0, [2, 0, 0, 0]), "{}", told.all);
    let shown = workspace.json(&["user", "show", "alice", "--json"]);
    assert_eq!((&shown["email"], &shown["email_verified"]), (&json!("A@example.com"), &json!(true)));
    let shown = workspace.json(&["user", "show", "bob", "--json"]);
    assert_eq!((&shown["status"], &shown["email_verified"]), (&json!("disabled"), &json!(false)));
    let before = users(&workspace);

    let bad = [
        "no json\n".to_owned(),
        line(json!({ "password_hash": BCRYPT })),
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
    let told = import(&workspace, "jsonl", &(good.concat() + &bad.concat()), &[]);
    assert_eq!((told.exit, told.counted()), (4, [0, 2, 14, 0]), "{}", told.all);
    for number in 4..=17 {
        told.says(&format!("line {number}"), "refused");
    }
    assert!(!told.all.contains("plain text") && !told.all.contains(BCRYPT), "no hash is told: {}", told.all);
    assert_eq!(users(&workspace), before);

    let missing = workspace.run(&["import", "--format", "jsonl", "nowhere.jsonl"]);
    assert_eq!(code(&missing), 1);
    let piped = line(json!({ "username": "carol", "password_hash": BCRYPT }));
    let piped = workspace.run_with_input(&["import", "--format", "jsonl", "-"], &piped);
    let expected = "Added: 1 person; existed already: none; refused: none; left out: none\n";
    assert_eq!(text(&piped.stdout), expected, "{}", text(&piped.stderr));
}

#[test]
fn a_dry_run_tells_every_line_and_changes_nothing() {
    let workspace = Workspace::new();
    let line = |name: &str, more: Value| {
        let mut line = json!({ "username": name, "password_hash": BCRYPT });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("{line}\n")
    };
    import(&workspace, "jsonl", &line("old", json!({})), &[]);
    let before = stored(&workspace);
    let file = [
        line("old", json!({})),
        line("new", json!({ "email": "new@example.com", "email_verified": true })),
        line("NEW", json!({})),
        line("new@example.com", json!({})),
        line("other", json!({ "roles": ["nowhere"] })),
        line("admin", json!({ "roles": ["administrator"] })),
    ];
    let rehearsed = import(&workspace, "jsonl", &file.concat(), &["--dry-run"]);
    assert_eq!(stored(&workspace), before);
    assert_eq!((rehearsed.exit, rehearsed.counted()), (4, [2, 2, 2, 0]), "{}", rehearsed.all);
    for (place, what) in [
        ("line 1", "existed"),
        ("line 2", "added"),
        ("line 3", "existed"),
        ("line 4", "refused"),
        ("line 5", "there is no role"),
        ("line 6", "permits something here"),
    ] {
        rehearsed.says(place, what);
    }
    let done = import(&workspace, "jsonl", &file.concat(), &[]);
    assert_eq!(done.counted(), rehearsed.counted(), "{}", done.all);
    let admin = workspace.json(&["user", "show", "admin", "--json"]).to_string();
    assert!(!admin.contains("administrator"), "a file makes no administrator: {admin}");
}

#[test]
fn a_file_of_many_is_taken_from_where_it_broke_off() {
    let workspace = Workspace::new();
    let people = |range: std::ops::Range<u32>| -> String {
        range.map(|i| format!("{{\"username\":\"person{i}\",\"password_hash\":\"{BCRYPT}\",\"email\":\"p{i}@example.com\",\"email_verified\":true}}\n")).collect()
    };
    let broken = people(0..700) + "{\"username\":\"half";
    let first = import(&workspace, "jsonl", &broken, &[]);
    assert_eq!((first.exit, first.counted()), (4, [700, 0, 1, 0]));
    let whole = import(&workspace, "jsonl", &people(0..1200), &[]);
    assert_eq!((whole.exit, whole.counted()), (0, [500, 700, 0, 0]));
    assert_eq!(import(&workspace, "jsonl", &people(0..1200), &[]).counted(), [0, 1200, 0, 0]);
    let list = users(&workspace);
    assert_eq!(list.as_array().unwrap().len(), 1200);
    let shown = workspace.json(&["user", "show", "p1199@example.com", "--json"]);
    assert_eq!(shown["username"], "person1199");
}

#[test]
fn columns_are_read_as_spreadsheets_write_them() {
    let workspace = Workspace::new();
    workspace.json(&["role", "add", "shop:editor", "--json"]);
    workspace.json(&["group", "add", "Human Resources", "--json"]);
    workspace.json(&["group", "add", "staff", "--json"]);
    let file = format!(
        "\u{feff}username,email,email_verified,name,address.country,password_hash,groups,roles,disabled,totp_secret,id\r\n\
         ada,ada@example.com,TRUE,\"Lovelace, Ada\",,{BCRYPT},staff|Human Resources,shop:editor,,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ,0199aaaa-0000-7000-8000-00000000000a\r\n\
         \r\n\
         bob,,,\"Bob\"\"by\",France,{DJANGO},,,yes,,\r\n\
         carl,carl@example.com,maybe,,,,,,,,\r\n\
         dan,,,,,,nowhere,,,,\r\n\
         eve,,,,,,,,,,,,\r\n\
         fay,,,,,not a hash,,,,,\r\n\
         gus,,,,,,,,,123,\r\n"
    );
    let told = import(&workspace, "csv", &file, &[]);
    assert_eq!(told.counted(), [2, 0, 5, 0], "{}", told.all);
    for (place, what) in [
        ("line 5", "email_verified must be true or false"),
        ("line 6", "there is no group"),
        ("line 7", "more fields than the heading"),
        ("line 8", "no hash that is known here"),
        ("line 9", "totp_secret must be"),
    ] {
        told.says(place, what);
    }
    assert!(!told.all.contains("not a hash"), "{}", told.all);
    let ada = workspace.json(&["user", "show", "ada@example.com", "--json"]);
    assert_eq!(
        (&ada["claims"]["name"], &ada["id"]),
        (&json!("Lovelace, Ada"), &json!("0199aaaa-0000-7000-8000-00000000000a"))
    );
    let all = ada.to_string();
    for word in ["shop:editor", "Human Resources", "staff", "totp"] {
        assert!(all.contains(word), "{word} in {all}");
    }
    let bob = workspace.json(&["user", "show", "bob", "--json"]);
    assert_eq!(
        (&bob["claims"]["name"], &bob["claims"]["address"]["country"]),
        (&json!("Bob\"by"), &json!("France"))
    );
    assert_eq!(bob["status"], "disabled");

    let semicolons = import(&workspace, "csv", "username;given_name\nhal;Hal\n", &[]);
    assert_eq!(semicolons.counted(), [1, 0, 0, 0], "{}", semicolons.all);
    for (heading, says) in [
        ("username,colour", "a column \"colour\""),
        ("name", "with a column"),
        ("username,name,name", "twice"),
        ("", "with a column"),
    ] {
        let refused = import(&workspace, "csv", &format!("{heading}\nivy,x,y\n"), &[]);
        assert_eq!(refused.exit, 4, "{}", refused.all);
        assert!(refused.all.contains(says), "{says}: {}", refused.all);
    }
}

#[test]
fn a_file_of_a_web_server_is_taken_as_far_as_its_hashes_are_strong() {
    let workspace = Workspace::new();
    let file = format!(
        "# people\nalice:{BCRYPT}\nbob:$apr1$Zj3uZgUm$N5q0vO0nYQ8dNqEw4h8xB1\ncarol:{{SHA}}fEqNCco3Yq9h5ZUglD3CZJT4lBs=\n\
         dave:rqXexS6ZhobKA\nnothing\n:{BCRYPT}\n"
    );
    let told = import(&workspace, "htpasswd", &file, &[]);
    assert_eq!((told.exit, told.counted()), (4, [1, 0, 5, 0]), "{}", told.all);
    told.says("line 3", "a hash of MD5 is not taken");
    told.says("line 4", "SHA-1 without a salt");
    told.says("line 5", "crypt");
    assert!(!told.all.contains("fEqNCco3") && !told.all.contains("rqXexS"), "{}", told.all);
    let all = import(&workspace, "htpasswd", &file, &["--without-unknown-hashes"]);
    assert_eq!(all.counted(), [3, 1, 2, 0], "{}", all.all);
    let bob = workspace.json(&["user", "show", "bob", "--json"]);
    assert_eq!(bob["username"], "bob");
}

#[test]
fn users_of_auth0_get_their_hashes_from_the_file_of_its_support() {
    let workspace = Workspace::new();
    let hash = |id: Value, more: Value| {
        let mut line =
            json!({ "_id": { "$oid": id }, "passwordHash": BCRYPT, "tenant": "t", "_tmp_is_unique": true });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("{line}\n")
    };
    let hashes = hash(json!("5dea9f9c"), json!({ "email": "ada@example.com" }))
        + &hash(json!("5dea9f9d"), json!({ "alt_id": "euclid" }))
        + &hash(
            json!("5dea9f9e"),
            json!({ "identifiers": [{ "type": "email", "value": "Cleo@example.com", "verified": true }] }),
        );
    std::fs::write(workspace.path().join("hashes"), hashes).unwrap();
    let line = |value: Value| format!("{value}\n");
    let exported = line(
        json!({ "user_id": "auth0|5dea9f9c", "email": "ada@example.com", "email_verified": true, "given_name": "Ada", "family_name": "L",
            "picture": "https://s.gravatar.com/a.png", "created_at": "2019-12-06T18:36:12.412Z", "app_metadata": { "plan": "x" }, "logins_count": 7 }),
    ) + &line(
        json!({ "user_id": "auth0|euclid", "username": "euclid", "email": "euclid@example.com", "blocked": true }),
    ) + &line(json!({ "email": "cleo@example.com" }))
        + &line(json!({ "user_id": "google-oauth2|1", "email": "dan@example.com" }))
        + &line(json!({ "user_id": "sms|1", "phone_number": "+12025550143" }))
        + "[]\n";
    let told = import(&workspace, "auth0", &exported, &["--hashes", "hashes"]);
    assert_eq!((told.exit, told.counted()), (4, [4, 0, 2, 0]), "{}", told.all);
    told.says("line 1", "app_metadata is left out");
    told.says("line 4", "the sign-in by google-oauth2 is left out");
    told.says("line 5", "neither a username nor an email");
    let ada = workspace.json(&["user", "show", "ada@example.com", "--json"]);
    assert_eq!(
        (&ada["claims"]["given_name"], &ada["created_at"]),
        (&json!("Ada"), &json!("2019-12-06T18:36:12Z"))
    );
    assert_eq!(workspace.json(&["user", "show", "euclid", "--json"])["status"], "disabled");

    let scrypt = json!({ "algorithm": "scrypt", "hash": { "value": "f0".repeat(32), "encoding": "hex" }, "salt": { "value": "salt", "encoding": "utf8" },
        "cost": 16384, "blockSize": 8, "parallelization": 1, "keylen": 32 });
    let bulk = json!([
        { "email": "x@example.com", "password_hash": BCRYPT, "mfa_factors": [{ "totp": { "secret": "GEZDGNBVGY3TQOJQ" } }, { "phone": { "value": "+1" } }] },
        { "email": "y@example.com", "custom_password_hash": scrypt },
        { "email": "z@example.com", "custom_password_hash": { "algorithm": "md5", "hash": { "value": "5ebe2294", "encoding": "hex" } } },
    ]);
    let told = import(&workspace, "auth0", &format!("  {bulk}"), &[]);
    assert_eq!((told.exit, told.counted()), (4, [2, 0, 1, 0]), "{}", told.all);
    told.says("user 1", "phone or mail is left out");
    told.says("user 3", "a hash of md5 is not taken");
    assert!(!told.all.contains("5ebe2294") && !told.all.contains("GEZD"), "{}", told.all);
    let broken = import(&workspace, "auth0", "[{\"email\":\"w@example.com\"},{\"email\":", &[]);
    assert_eq!((broken.exit, broken.all.contains("line 1 column")), (1, true), "{}", broken.all);
}

#[test]
fn values_of_attributes_come_with_their_people() {
    let workspace = Workspace::new();
    for arguments in [
        &["projects", "--multiple"][..],
        &["floor", "--type", "integer"],
        &["town", "--choice", "Rome", "--choice", "Oslo", "--access", "person_changes"],
    ] {
        assert_eq!(code(&workspace.run(&[&["attribute", "add"], arguments].concat())), 0);
    }
    let has = |name: &str, expected: Value| {
        let shown = workspace.json(&["user", "show", name, "--json"]);
        assert_eq!(shown["attributes"], expected, "{shown}");
    };
    let columns = "username,projects,floor\nada,Apollo | Gemini,3\nbob,,\ncleo,,third\n";
    let told = import(&workspace, "csv", columns, &[]);
    assert_eq!((told.exit, told.counted()), (4, [2, 0, 1, 0]), "{}", told.all);
    told.says("line 4", "floor must be a whole number");
    has("ada", json!({ "projects": ["Apollo", "Gemini"], "floor": 3 }));
    has("bob", json!({}));

    let line = |name: &str, attributes: Value| {
        format!("{}\n", json!({ "username": name, "attributes": attributes }))
    };
    let lines = [
        line("dan", json!({ "town": "Oslo", "floor": -1, "projects": null })),
        line("eve", json!({ "salary": 1 })),
        line("eve", json!({ "floor": "1" })),
        line("eve", json!({ "town": "Rome\u{0}" })),
        line("eve", json!([])),
    ];
    let told = import(&workspace, "jsonl", &lines.concat(), &[]);
    assert_eq!((told.exit, told.counted()), (4, [1, 0, 4, 0]), "{}", told.all);
    told.says("line 2", "there is no attribute");
    has("dan", json!({ "town": "Oslo", "floor": -1 }));

    // What people could write themselves there says nothing that they may not change here, unless the operator says so.
    let user = json!({
        "email": "fay@example.com",
        "app_metadata": { "floor": 4, "plan": "x", "projects": 7 },
        "user_metadata": { "town": "Rome", "floor": 99, "hobbies": ["chess", "go"] },
    });
    let told = import(&workspace, "auth0", &user.to_string(), &[]);
    assert_eq!((told.exit, told.counted()), (0, [1, 0, 0, 0]), "{}", told.all);
    for says in [
        "app_metadata is left out: plan",
        "user_metadata is left out: floor, hobbies",
        "attribute projects is left out",
    ] {
        told.says("line 1", says);
    }
    has("fay@example.com", json!({ "floor": 4, "town": "Rome" }));
    let again = user.to_string().replace("fay@", "gus@");
    let named = ["--attribute", "user_metadata.hobbies=projects"];
    let told = import(&workspace, "auth0", &again, &named);
    assert_eq!(told.exit, 0, "{}", told.all);
    has("gus@example.com", json!({ "floor": 4, "town": "Rome", "projects": ["chess", "go"] }));

    for (format, named, says) in [
        ("auth0", "user_metadata.hobbies=hobbies", "there is no attribute"),
        ("auth0", "hobbies", "THEIRS=OURS"),
        ("csv", "a=floor", "goes with --format keycloak or auth0"),
    ] {
        let told = import(&workspace, format, &user.to_string(), &["--attribute", named]);
        assert!(told.exit != 0 && told.all.contains(says), "{}", told.all);
    }
}

#[test]
fn hostile_files_are_refused_with_words() {
    let workspace = Workspace::new();
    let long = "x".repeat(100_000);
    for format in ["jsonl", "csv", "htpasswd", "auth0", "keycloak"] {
        for content in [
            "",
            "\0",
            "{",
            "[",
            "null",
            "[[[[",
            "{\"username\":\"a\\u0000b\"}",
            "a:b:c\n",
            "username\n\0\n",
            &long,
            "{\"realm\":\"r\",\"users\":[{\"username\":\"a\\u0000b\"},7,{\"username\":\"x\",\"credentials\":[{\"type\":\"password\",\"secretData\":\"{\"}]}]}",
            "{\"realm\":\"r\",\"clients\":7}",
            "{\"realm\":\"r\",\"users\":{}}",
        ] {
            let told = import(&workspace, format, content, &[]);
            assert!([0, 1, 4].contains(&told.exit), "{format} {content:.40}: {}", told.all);
            assert!(!told.all.contains("panicked") && told.all.len() < 4000, "{format}: {}", told.all);
        }
    }
    assert_eq!(users(&workspace), json!([]));
    for (arguments, says) in [
        (&["import", "--format", "csv", "people", "--hashes", "x"][..], "--hashes goes with --format auth0"),
        (&["import", "--format", "keycloak", "-"], "name the file or the folder"),
    ] {
        let refused = workspace.run(arguments);
        assert!(code(&refused) == 4 && text(&refused.stderr).contains(says), "{}", text(&refused.stderr));
    }
}
