//! An import that is killed: nobody is half there, and the same file again adds those who are missing.

use crate::own_process::idp_server;
use crate::schema::ask;
use idp_tests::TestIdp;
use std::fmt::Write as _;

const PEOPLE: u64 = 900;
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

fn command(idp: &TestIdp, arguments: &[&str]) -> std::process::Command {
    idp_server(idp.folder.path(), arguments)
}

fn run(idp: &TestIdp, arguments: &[&str]) -> String {
    let done = command(idp, arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// How many there are of each, of everything that each of these people has one of.
async fn counted(idp: &TestIdp) -> Vec<String> {
    let mut all = Vec::new();
    for rows in [
        "users",
        "password_credentials",
        "totp_credentials",
        "mail_addresses",
        "group_members",
        "user_roles",
        "(SELECT DISTINCT user_id FROM search_words) AS found",
        "(SELECT DISTINCT user_id FROM sign_in_names) AS named",
        "audit_events WHERE event = 'user_added'",
        "audit_events WHERE event = 'member_added'",
        "audit_events WHERE event = 'role_given'",
        "audit_events WHERE event = 'method_added'",
    ] {
        all.extend(ask(&idp.db, &format!("SELECT CAST(count(*) AS TEXT) AS word FROM {rows}")).await);
    }
    all
}

#[tokio::test]
async fn a_killed_import_leaves_nobody_half_and_goes_on_where_it_was() {
    let idp = TestIdp::start().await;
    run(&idp, &["group", "add", "staff"]);
    run(&idp, &["role", "add", "shop:editor"]);
    let mut file = String::new();
    for i in 0..PEOPLE {
        writeln!(
            file,
            r#"{{"username":"person{i}","password_hash":"{BCRYPT}","email":"p{i}@example.com","email_verified":true,"groups":["staff"],"roles":["shop:editor"],"totp_secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}}"#
        )
        .unwrap();
    }
    let path = idp.folder.path().join("people.jsonl");
    std::fs::write(&path, file).unwrap();
    let import = ["import", "--format", "jsonl", path.to_str().unwrap()];
    let (mut died, mut before) = (0, 0);
    for nth in 1..40 {
        let killed = command(&idp, &import).env("FAULT_POINT", format!("*:{nth}")).output().unwrap();
        let counts = counted(&idp).await;
        assert!(counts.iter().all(|count| *count == counts[0]), "someone is half there: {counts:?}");
        let people: u64 = counts[0].parse().unwrap();
        assert!(people >= before, "nobody who was there is gone");
        before = people;
        if killed.status.success() {
            break;
        }
        died += 1;
    }
    assert!(died > 1, "it was killed in the middle");
    assert_eq!(before, PEOPLE);
    let told = run(&idp, &import);
    assert!(told.contains(&format!("Added: none; existed already: {PEOPLE} people")), "{told}");
}
