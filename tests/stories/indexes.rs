//! Every reference between tables, and every statement that the server sends, has an index on the database of this run. The
//! statements are those of a journey, as they were sent; a function of `db/` that the journey has left out fails
//! the story.

use crate::everything::{begin, everything_is_on, journey};
use crate::filled_database::filled;
use crate::schema::ask;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::Text};
use idp_server::clock::Clock;
use idp_server::db::{Connection, DbError};
use idp_tests::TestIdp;
use idp_tests::backend::Backend;
use idp_tests::statements::{self, MARK};
use std::collections::BTreeSet;
use std::path::Path;

/// `table(column)` of every reference whose column begins no index.
const UNINDEXED_SQLITE: &str = "SELECT t.name || '(' || f.\"from\" || ')' AS word FROM sqlite_schema t, \
    pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i, \
    pragma_index_info(i.name) c WHERE c.seqno = 0 AND c.name = f.\"from\")";
const UNINDEXED_POSTGRES: &str = "SELECT r.conrelid::regclass::text AS word FROM pg_constraint r WHERE r.contype = 'f' AND \
    NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = r.conrelid AND i.indkey[0] = r.conkey[1])";
const REFERENCES_SQLITE: &str =
    "SELECT t.name AS word FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";
const REFERENCES_POSTGRES: &str =
    "SELECT conrelid::regclass::text AS word FROM pg_constraint WHERE contype = 'f'";

#[tokio::test]
async fn no_delete_scans_a_table_for_references() {
    let (_database, db, _) = filled("references").await;
    let (references, unindexed) = match Backend::of_this_run() {
        Backend::Sqlite => (REFERENCES_SQLITE, UNINDEXED_SQLITE),
        _ => (REFERENCES_POSTGRES, UNINDEXED_POSTGRES),
    };
    assert_eq!(ask(&db, references).await.len(), 31);
    assert_eq!(ask(&db, unindexed).await, Vec::<String>::new());
}

/// Tables of a handful of rows however many people there are, which are read as a whole.
const SMALL: [&str; 17] = [
    "__diesel_schema_migrations",
    "acme_accounts",
    "acme_certificates",
    "acme_challenges",
    "administrator_links",
    "attributes",
    "counters",
    "feed_acknowledgements",
    "hourly_sign_ins",
    "installation_facts",
    "nodes",
    "password_costs",
    "redis_continuity",
    "removed_memberships",
    "roles",
    "signing_keys",
    "site_sessions",
];

/// Statements that look at a whole table or sort what they find, by words of theirs, and why they may.
const EXCEPTIONS: [(&str, &str); 10] = [
    ("logout_deliveries.state = 'given_up'", "the index has the deliveries that were given up and no other"),
    ("mails.state = 'given_up'", "the index has the letters that were given up and no other"),
    ("SELECT `users`.`id` FROM `users` LIMIT", "any one row"),
    ("WHERE `clients`.`follows_feed`", "the index has these clients and no other"),
    ("`clients`.`uses_memberships` AND", "likewise"),
    ("max(`clients`.`access_token_lifetime`)", "the index has the clients with a lifetime of their own"),
    ("SELECT DISTINCT", "the grants of one session or person, each client once"),
    ("sqlite_master", "SQLite's own list of tables and indexes"),
    ("`acme_certificates`.`chain` IS NOT NULL", "one for each set of names that was ever configured"),
    ("WHERE (1=0)", "an empty list: no row is looked at"),
];

#[tokio::test]
async fn b2_every_statement_has_an_index_and_none_was_left_out() {
    if Backend::is_not_a_file("SQLite says which index answers without rows") {
        return;
    }
    statements::record();
    let folder = tempfile::Builder::new().prefix(MARK).tempdir().unwrap();
    let story =
        begin(TestIdp::start_in(folder, Clock::manual(Clock::System.now()), 0, everything_is_on).await).await;
    journey(&story).await;
    let recorded = statements::recorded();
    let senders: BTreeSet<String> = recorded.values().flatten().cloned().collect();
    let left_out: Vec<String> = functions().difference(&senders).cloned().collect();
    assert_eq!(left_out, Vec::<String>::new(), "no statement of these was seen");

    let mut scanning = Vec::new();
    for statement in recorded.into_keys().filter(|statement| is_of_tables(statement)) {
        let asked = statement.clone();
        let steps = story.idp.db.read(move |connection| plan(connection, &asked)).await.unwrap();
        if steps.iter().any(|step| reads_all(&statement, step)) {
            scanning.push(format!("{statement}\n    {}", steps.join("; ")));
        }
    }
    assert!(scanning.is_empty(), "{} scan or sort:\n{}", scanning.len(), scanning.join("\n"));
}

fn is_of_tables(statement: &str) -> bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.starts_with(verb))
}

/// A scan of a table or of a whole index, or a sort of more than rows that are alike.
fn reads_all(statement: &str, step: &str) -> bool {
    let scanned = step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap_or_default());
    let scans = scanned.is_some_and(|table| table != "CONSTANT" && !is_excused(statement, table));
    let sorts = step.starts_with("USE TEMP B-TREE") && !step.contains("LAST TERM");
    scans || sorts && !is_excused(statement, "")
}

/// Whether a statement may read this table as a whole.
pub fn is_excused(statement: &str, table: &str) -> bool {
    SMALL.contains(&table) || EXCEPTIONS.iter().any(|(words, _)| statement.contains(words))
}

/// The functions of `db/` that take a connection, as `sessions::by_sid`.
fn functions() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/idp-server/src/db");
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let Some(table) = file.file_name().unwrap().to_str().unwrap().strip_suffix(".rs") else { continue };
        let text = std::fs::read_to_string(&file).unwrap();
        for function in text.split("\npub fn ").skip(1) {
            let (name, rest) = function.split_once('(').unwrap();
            if rest.trim_start().starts_with("connection: &mut Connection") {
                let name = name.split('<').next().unwrap_or(name);
                found.insert(format!("{table}::{name}"));
            }
        }
    }
    assert!(found.len() > 80, "{found:?}");
    found
}

/// The steps by which SQLite answers.
fn plan(connection: &mut Connection, statement: &str) -> Result<Vec<String>, DbError> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let Connection::Sqlite(file) = connection else { return Ok(Vec::new()) };
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(file)?;
    Ok(steps.into_iter().map(|step| step.detail).collect())
}
