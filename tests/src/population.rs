//! Many people in a database, for programs and stories that measure one: copies of one person whom the server itself signed in,
//! each with a password, their names, primary address and search words, a device that has a name, a session, a grant with a refresh token and
//! the audit event. They are written by one statement for each table, so that millions take minutes. What a copy would look up by
//! a secret of its own (cookies, refresh tokens) is random, as wide as the real thing, and kept nowhere else.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use std::collections::BTreeMap;
use std::process::Command;

/// The database of a provider, past the server.
pub enum Population {
    /// The file.
    Sqlite(SqliteConnection),
    /// The server.
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// `{1}` to `{5}` are ids of the `i`-th copy, `{random}` a hash, `{ago}` the seconds by which it began before the
/// original. Ids begin with the time, as those of the server do.
const COPIES: [&str; 11] = [
    "INSERT INTO users (id, username, status, not_before, claims, created_at, second_factor_required) WITH {n} \
     SELECT {1}, 'person.' || i, status, not_before, claims, created_at - {ago}, second_factor_required \
     FROM n, users WHERE username = '{original}'",
    "INSERT INTO sign_in_names (hash, user_id) WITH {n} SELECT {random}, {1} FROM n, sign_in_names \
     WHERE user_id = {original_id}",
    "INSERT INTO mail_addresses (id, user_id, address, verified_at, is_primary, added_at) WITH {n} \
     SELECT {2}, {1}, 'person.' || i || '@example.org', verified_at - {ago}, is_primary, added_at - {ago} \
     FROM n, mail_addresses WHERE user_id = {original_id} AND is_primary",
    "INSERT INTO search_words (user_id, word) WITH {n}, w(k) AS (VALUES (1), (2), (3), (4), (5), (6), (7)) \
     SELECT {1}, {bytes(}CASE k WHEN 1 THEN 'person.' || i WHEN 2 THEN 'person.' || i || '@example.org' \
     WHEN 3 THEN 'person' WHEN 4 THEN '' || i WHEN 5 THEN 'example.org' WHEN 6 THEN 'given' || (i % 1000) \
     ELSE 'family' || (i % 29989 * 7919 % 29989) END{)bytes} FROM n, w",
    "INSERT INTO password_credentials (user_id, hash, is_confirmed) WITH {n} \
     SELECT {1}, hash, is_confirmed FROM n, password_credentials WHERE user_id = {original_id}",
    "UPDATE password_costs SET users = users + {count}",
    "INSERT INTO devices (id, secret_hash, kind, browser, system, created_at, last_seen_at) WITH {n} \
     SELECT {2}, {random}, kind, browser, system, d.created_at - {ago}, d.last_seen_at - {ago} FROM n, devices d \
     WHERE id = (SELECT device_id FROM sessions WHERE user_id = {original_id})",
    "INSERT INTO device_names (user_id, device_id, name) WITH {n} SELECT {1}, {2}, 'Laptop ' || i FROM n",
    "INSERT INTO sessions (sid, secret_hash, user_id, proofs, created_at, last_seen_at, device_id, address) \
     WITH {n} SELECT {3}, {random}, {1}, proofs, created_at - {ago}, last_seen_at - {ago}, {2}, address \
     FROM n, sessions WHERE user_id = {original_id}",
    "INSERT INTO grants (id, user_id, sid, client_id, scope, claims, proofs, acr, created_at, expires_at, refresh_hash, \
     generation, refresh_issued_at, epoch) WITH {n} SELECT {4}, {1}, {3}, client_id, scope, claims, proofs, acr, \
     created_at - {ago}, expires_at, {random}, generation, refresh_issued_at - {ago}, epoch FROM n, grants \
     WHERE user_id = {original_id}",
    "INSERT INTO audit_events (id, at, event, user_id, client_id, sid, address, detail) WITH {n} \
     SELECT {5}, at - {ago}, event, {1}, client_id, {3}, address, detail FROM n, audit_events \
     WHERE user_id = {original_id}",
];

impl Population {
    /// Opens the file at a path, or the database at a URL.
    #[must_use]
    pub fn open(place: &str) -> Self {
        if place.starts_with("postgres:") {
            return Self::Postgres(PgConnection::establish(place).unwrap());
        }
        Self::Sqlite(SqliteConnection::establish(place).unwrap())
    }

    /// Adds `count` copies of the person called `original`, who is signed in once. No server may run meanwhile.
    pub fn add_copies(&mut self, original: &str, count: u64) {
        // The program that fills a database answers for its references: looking each of them up takes as long again.
        self.run(match self {
            Self::Sqlite(_) => {
                "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -2000000; \
                 PRAGMA busy_timeout = 10000"
            }
            Self::Postgres(_) => "SET session_replication_role = replica",
        });
        let newest = self.number("SELECT max(created_at) * 1000 AS bytes FROM sessions");
        for copy in COPIES {
            let statement = self.statement(copy, original, newest, count);
            self.run(&statement);
        }
        let afterwards: &[&str] = match self {
            Self::Sqlite(_) => &["PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA cache_size = -2000"],
            Self::Postgres(_) => &["VACUUM ANALYZE", "CHECKPOINT"],
        };
        afterwards.iter().for_each(|statement| self.run(statement));
        // Or the first commit of the server would wait for all of it.
        let _ = Command::new("sync").status();
    }

    /// What each table takes with its indexes, in bytes.
    #[must_use]
    pub fn sizes(&mut self) -> BTreeMap<String, i64> {
        let question = match self {
            Self::Sqlite(_) => {
                "SELECT s.tbl_name AS name, sum(d.pgsize) AS bytes FROM dbstat d JOIN sqlite_schema s USING (name) \
                 WHERE d.aggregate = TRUE GROUP BY s.tbl_name"
            }
            Self::Postgres(_) => {
                "SELECT relname::text AS name, pg_total_relation_size(oid) AS bytes FROM pg_class \
                 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            }
        };
        self.ask(question).into_iter().map(|size| (size.name, size.bytes)).collect()
    }

    /// What all of it takes, in bytes.
    #[must_use]
    pub fn size(&mut self) -> i64 {
        self.number(match self {
            Self::Sqlite(_) => {
                "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size"
            }
            Self::Postgres(_) => "SELECT pg_database_size(current_database()) AS bytes",
        })
    }

    /// Asks for a number, which the question calls `bytes`.
    #[must_use]
    pub fn number(&mut self, question: &str) -> i64 {
        self.ask(&question.replacen("SELECT", "SELECT 'x' AS name,", 1)).pop().unwrap().bytes
    }

    fn ask(&mut self, question: &str) -> Vec<Size> {
        match self {
            Self::Sqlite(file) => sql_query(question).load(file).unwrap(),
            Self::Postgres(server) => sql_query(question).load(server).unwrap(),
        }
    }

    fn run(&mut self, statement: &str) {
        match self {
            Self::Sqlite(file) => file.batch_execute(statement).unwrap(),
            Self::Postgres(server) => server.batch_execute(statement).unwrap(),
        }
    }

    fn statement(&self, copy: &str, original: &str, newest_ms: i64, count: u64) -> String {
        let (numbers, hex, random, bytes): (_, fn(&str) -> String, _, _) = match self {
            Self::Sqlite(_) => (
                format!("RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"),
                |number: &str| format!("printf('%012x', {number})"),
                "substr(hex(randomblob(22)), 1, 43)",
                ("CAST(", " AS BLOB)"),
            ),
            Self::Postgres(_) => (
                format!("n(i) AS (SELECT generate_series(1, {count}))"),
                |number: &str| format!("lpad(to_hex({number}), 12, '0')"),
                "substr(md5(random()::text) || md5(random()::text), 1, 43)",
                ("convert_to(", ", 'UTF8')"),
            ),
        };
        let begun = hex(&format!("({newest_ms} - {count} + i)"));
        let id = |kind: u8| {
            let time = format!("substr({begun}, 1, 8) || '-' || substr({begun}, 9)");
            format!("{time} || '-700{kind}-8000-' || {}", hex("i"))
        };
        let mut statement = copy
            .replace("{n}", &numbers)
            .replace("{random}", random)
            .replace("{bytes(}", bytes.0)
            .replace("{)bytes}", bytes.1)
            .replace("{ago}", &format!("({count} - i) / 1000"))
            .replace("{count}", &count.to_string())
            .replace("{original_id}", "(SELECT id FROM users WHERE username = '{original}')")
            .replace("{original}", original);
        for kind in 1..=5 {
            statement = statement.replace(&format!("{{{kind}}}"), &id(kind));
        }
        statement
    }
}
