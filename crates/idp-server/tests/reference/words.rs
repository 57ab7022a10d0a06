//! Words that programs meet: the events of the audit log, why something ended, the errors of the protocols and of the
//! administration API. Each is read from the source of the type that owns it.

use super::{MADE, cell, code, read, root};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What the codes of the administration API mean. Which there are is held to the sources.
const PROBLEMS: [(&str, &str); 34] = [
    ("address_is_username", "The address is the person's username; change that first"),
    ("address_not_verified", "Only a verified address can be primary, or a username"),
    (
        "answer_lost",
        "The first request with this key was done or not, and its answer is gone; look before you go on",
    ),
    ("built_in", "A role that every installation has cannot be changed so, or removed"),
    ("busy", "All threads that hash passwords are busy; try again"),
    ("changed_meanwhile", "The version in `If-Match` is not the one there is; look again"),
    (
        "claim_of_rights",
        "A claim that says what people may do takes no attribute that they change themselves",
    ),
    ("delivery_is_over", "The letter or logout token was sent or given up already"),
    ("has_values", "People have values that the changed attribute would not take"),
    ("internal", "Something failed at the provider; its log says what"),
    (
        "invalid_parameter",
        "A parameter of the path, the query or a header cannot be taken; `errors` names it",
    ),
    ("invalid_value", "A member of the body cannot be taken; `errors` names it"),
    ("key_does_not_sign", "The key that is to retire is not the one that signs"),
    ("key_reused", "Another request was made with this `Idempotency-Key`"),
    ("last_administrator", "It would leave nobody to administer"),
    ("last_verified_address", "The person would be left without a verified address"),
    ("malformed", "The body is not what its content type says"),
    ("method_not_allowed", "The path has other methods; `Allow` lists them"),
    ("next_key_not_ready", "The next signing key was not published for long enough"),
    (
        "no_letter",
        "No letter reaches the person: mail is off, no address is verified, or they may not sign in",
    ),
    ("not_found", "There is no such thing, or the caller may not know of it"),
    ("not_permitted", "The caller lacks a permission; `required_scope` names what the token lacks"),
    ("primary_address", "The primary address cannot be removed; make another one primary first"),
    ("registration_is_off", "Nobody is invited while `account.registration` is off"),
    (
        "secrets",
        "A confidential client has at least one secret and at most five, and a public client has none",
    ),
    ("taken", "The name or the address is another's"),
    ("timeout", "The body did not arrive in time"),
    ("too_large", "The body is too large"),
    ("too_many", "There are as many as there may be"),
    ("unauthorized", "There is no token, or it is not good"),
    ("unavailable", "The database or Redis did not answer; try again"),
    ("under_way", "The first request with this key is still being done; try again"),
    ("unsupported_media_type", "The body has another content type than the operation takes"),
    ("weak_password", "The policy refuses the password"),
];

pub fn audit_events() -> String {
    let source = read("crates/idp-server/src/db/audit_event.rs");
    let mut page = format!("# Audit events\n\nFor operators and auditors. {MADE}\n");
    page.push_str(
        "What else a line says, how long the log is kept, how it is sealed, exported and posted is in
[The audit log](../administration.md#the-audit-log).\n\n| event | what happened |\n|---|---|\n",
    );
    rows(&mut page, &source, "AuditEvent");
    page.push_str(
        "\n## Why something ended\n\nThe causes that sessions and grants keep. What each means for people is in
[Why was I signed out?](../operate/sign-ins.md#why-was-i-signed-out)\n\n| cause | what happened |\n|---|---|\n",
    );
    rows(&mut page, &read("crates/idp-core/src/session.rs"), "EndCause");
    page
}

pub fn errors() -> String {
    let source = read("crates/idp-core/src/error.rs");
    let mut page = format!("# Errors\n\nFor programmers. {MADE}\n");
    page.push_str(
        "## OAuth 2 and OpenID Connect\n\nThe values of `error`, in the answer or in the redirect. The status is that of a direct answer.\n
| error | status | what it means |\n|---|---|---|\n",
    );
    let variants = variants(&source, "ErrorCode");
    assert!(variants.len() > 15);
    for (name, what) in variants {
        let (_, row) = source.split_once(&format!("Self::{name} => (\"")).unwrap();
        let (word, rest) = row.split_once("\", ").unwrap();
        let status = rest.split(')').next().unwrap();
        writeln!(page, "| {} | {status} | {} |", code(word), cell(&what)).unwrap();
    }
    page.push_str(
        "\n## The administration API\n\nThe values of `code` in a problem (RFC 9457). `detail` says it in words, and `errors` names members.\n
| code | status | what it means |\n|---|---|---|\n",
    );
    let answered = problems();
    let told: BTreeSet<&str> = PROBLEMS.iter().map(|(code, _)| *code).collect();
    let found: BTreeSet<&str> = answered.iter().map(|(code, _)| &**code).collect();
    assert_eq!(told, found, "what is told of, and what is answered");
    for (problem, what) in PROBLEMS {
        let statuses = answered.iter().filter(|(code, _)| code == problem).map(|(_, status)| &**status);
        let statuses = statuses.collect::<Vec<_>>().join(", ");
        writeln!(page, "| {} | {statuses} | {what} |", code(problem)).unwrap();
    }
    page
}

/// A row for each variant of an enumeration whose words are stored.
fn rows(page: &mut String, source: &str, name: &str) {
    let variants = variants(source, name);
    assert!(variants.len() > 15, "{name}: {}", variants.len());
    for (name, what) in variants {
        let (_, row) = source.split_once(&format!("Self::{name} => \"")).unwrap();
        writeln!(page, "| {} | {} |", code(row.split('"').next().unwrap()), cell(&what)).unwrap();
    }
}

/// The variants of an enumeration, each with its documentation.
fn variants(source: &str, name: &str) -> Vec<(String, String)> {
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let mut found = Vec::new();
    let mut said = String::new();
    for line in body.split("\n}").next().unwrap().lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            said.push_str(words);
            said.push(' ');
        } else if let Some(variant) = line.strip_suffix(',') {
            found.push((variant.to_owned(), std::mem::take(&mut said)));
        }
    }
    found
}

/// Each code that the sources answer, with its status.
fn problems() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for folder in ["crates/idp-server/src/admin_api", "crates/idp-server/src/http/admin_api"] {
        look(&root().join(folder), &mut found);
    }
    found
}

fn look(folder: &Path, found: &mut BTreeSet<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, found);
            continue;
        }
        for part in fs::read_to_string(&path).unwrap().split('(').skip(1) {
            let part = part.trim_start();
            let Some((status, rest)) = part.split_once(", \"") else { continue };
            let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
            if is_status && let Some((code, _)) = rest.split_once('"') {
                found.insert((code.to_owned(), status.to_owned()));
            }
        }
    }
}
