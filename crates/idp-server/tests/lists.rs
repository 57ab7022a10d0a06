//! Lists of any length: every row once, in order, and an end when the reader has seen enough.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod workspace;

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use diesel::{RunQueryDsl as _, sql_query};
use idp_server::db::{Connection, Db, Locks};
use workspace::{Workspace, text};

/// More than two pages.
const ROWS: usize = 2500;
const NUMBERS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2499)";

/// A user and a client, and as many like them.
async fn filled() -> Workspace {
    let workspace = Workspace::new();
    workspace.json(&["user", "add", "alice", "--generate", "--json"]);
    let redirect_uri = "https://site.example/callback";
    workspace.json(&["client", "add", "site", "--redirect-uri", redirect_uri, "--json"]);
    let db = Db::open(&workspace.path().join("idp-data/idp.db")).unwrap();
    let users = format!(
        "INSERT INTO users (id, username, status, not_before, claims, created_at, second_factor_required) {NUMBERS} \
         SELECT printf('%036d', i), 'person.' || i, status, not_before, claims, created_at, second_factor_required FROM users, n"
    );
    let clients = format!(
        "INSERT INTO clients {NUMBERS} SELECT 'site.' || i, i, name, secret_hashes, redirect_uris, \
         post_logout_redirect_uris, grant_types, scopes, audience, require_pkce, consent, access_token_lifetime, \
         backchannel_logout_uri, backchannel_logout_session_required, id_token_encryption_key, follows_feed, \
         required_acr, client_uri, policy_uri, tos_uri, color, logo, \
         claims_mapping, allowed_roles, allowed_groups, allowed_networks, uses_memberships, not_before, created_at, removed_at FROM clients, n"
    );
    let ids =
        "UPDATE users SET id = '01000000-0000-7000-8000-' || substr(id, 25) WHERE username LIKE 'person.%'";
    db.write(Locks::installation(), move |connection| {
        let Connection::Sqlite(file) = connection else { return Ok(()) };
        for statement in [users.as_str(), ids, &clients] {
            sql_query(statement).execute(file)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    workspace
}

#[tokio::test]
async fn b2_a_list_has_every_row_once_and_in_order_however_many_there_are() {
    let workspace = filled().await;
    for (list, name) in [("user", "username"), ("client", "client_id")] {
        let printed = workspace.json(&[list, "list", "--json"]);
        let names: Vec<&str> =
            printed.as_array().unwrap().iter().map(|row| row[name].as_str().unwrap()).collect();
        let in_order: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), ROWS);
        assert_eq!(names, in_order.into_iter().collect::<Vec<_>>());
        let lines = text(&workspace.run(&[list, "list"]).stdout).lines().count();
        assert_eq!(lines, ROWS + 1);
    }
}

#[tokio::test]
async fn b2_a_list_ends_without_a_complaint_when_its_reader_has_seen_enough() {
    let workspace = filled().await;
    for list in ["user", "client"] {
        let mut command = workspace.command(&[list, "list"]);
        let mut command = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(command.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("NAME"));
        drop(lines);
        let done = command.wait_with_output().unwrap();
        assert!(done.status.success() && done.stderr.is_empty(), "{}", text(&done.stderr));
    }
}
