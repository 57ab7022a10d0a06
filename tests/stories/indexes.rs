//! Every reference between tables, and every query that requests ask often, has an index on the database of this run.

use crate::schema::{ask, filled};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::Text};
use idp_server::db::{Connection, DbError};
use idp_tests::backend::Backend;

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
    assert_eq!(ask(&db, references).await.len(), 10);
    assert_eq!(ask(&db, unindexed).await, Vec::<String>::new());
}

/// What requests ask, and the index that answers it, by its leading columns.
const FREQUENT: [(&str, &str); 18] = [
    ("SELECT * FROM users WHERE username_hash = 'a'", "users(username_hash"),
    ("SELECT * FROM clients WHERE id_hash = 'a'", "clients(id_hash"),
    ("SELECT * FROM password_credentials WHERE user_id = 'a'", "password_credentials(user_id"),
    ("SELECT * FROM sessions WHERE secret_hash = 'a'", "sessions(secret_hash"),
    ("SELECT * FROM sessions WHERE user_id = 'a' AND ended_at IS NULL", "sessions(user_id, ended_at"),
    (
        "SELECT * FROM sessions WHERE user_id = 'a' AND ended_at >= 1 ORDER BY ended_at DESC, sid DESC",
        "sessions(user_id, ended_at, sid",
    ),
    ("SELECT 1 FROM sessions WHERE device_id = 'a'", "sessions(device_id"),
    (
        "SELECT sid FROM sessions WHERE ended_at IS NULL AND created_at < 1 ORDER BY created_at DESC",
        "sessions(created_at",
    ),
    ("SELECT * FROM devices WHERE secret_hash = 'a'", "devices(secret_hash"),
    ("SELECT * FROM authorization_codes WHERE hash = 'a'", "authorization_codes(hash"),
    ("SELECT * FROM grants WHERE id = 'a'", "grants(id"),
    ("SELECT * FROM grants WHERE sid = 'a'", "grants(sid"),
    ("SELECT * FROM grants WHERE user_id = 'a' AND ended_at IS NULL", "grants(user_id"),
    ("SELECT * FROM consents WHERE user_id = 'a' AND client_id = 'b'", "consents(user_id, client_id"),
    ("SELECT * FROM revocations WHERE number > 1 ORDER BY number", "revocations(number"),
    (
        "SELECT * FROM feed_acknowledgements WHERE client_id IN ('a', 'b') AND connected_until > 1",
        "feed_acknowledgements(client_id",
    ),
    (
        "SELECT * FROM logout_deliveries WHERE client_id = ? AND state = ? AND next_attempt_ms <= ? ORDER BY attempts, next_attempt_ms",
        "logout_deliveries(client_id, state, attempts, next_attempt_ms",
    ),
    (
        "SELECT client_id FROM logout_deliveries WHERE state = 'pending' AND next_attempt_ms <= 1",
        "logout_deliveries(next_attempt_ms",
    ),
];

#[tokio::test]
async fn what_requests_ask_is_answered_by_an_index() {
    let (_database, db, _) = filled("indexes").await;
    if Backend::of_this_run() == Backend::Sqlite {
        for (query, _) in FREQUENT {
            let plan = db.read(move |connection| plan(connection, query)).await.unwrap().join("; ");
            let is_indexed = plan.contains("USING INDEX") || plan.contains("USING COVERING INDEX");
            assert!(is_indexed && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{query}: {plan}");
        }
        return;
    }
    // A planner that knows of ten rows scans them: that there is an index is what can be held here.
    let indexes = ask(&db, "SELECT replace(indexdef, ' USING btree ', '') AS word FROM pg_indexes").await;
    for (query, wanted) in FREQUENT {
        let is_there = |definition: &String| definition.contains(&format!(" public.{wanted}"));
        assert!(indexes.iter().any(is_there), "{query}: no index {wanted}...) among {indexes:#?}");
    }
}

/// The steps by which SQLite answers.
fn plan(connection: &mut Connection, query: &str) -> Result<Vec<String>, DbError> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let Connection::Sqlite(file) = connection else { return Ok(Vec::new()) };
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(file)?;
    Ok(steps.into_iter().map(|step| step.detail).collect())
}
