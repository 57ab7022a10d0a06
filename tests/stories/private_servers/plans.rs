//! PostgreSQL says how it answered each statement of a journey, those of its own for references among them, with tables
//! read as a whole only where it knows no other way.

use crate::everything::{begin, everything_is_on, journey};
use crate::indexes::is_excused;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::BigInt};
use idp_server::config::DatabaseUrl;
use idp_server::db::grants::{self, GrantKey};
use idp_server::db::{Connection, Db, Locks};
use idp_tests::TestIdp;
use idp_tests::population::Population;
use idp_tests::postgres::PostgresServer;
use uuid::Uuid;

const EXPLAINS: &str = "-c fsync=off -c enable_seqscan=off -c session_preload_libraries=auto_explain \
     -c auto_explain.log_min_duration=0 -c auto_explain.log_nested_statements=on";

const COPIES: u64 = 500;

#[tokio::test]
async fn b2_postgres_reads_no_table_as_a_whole() {
    let server = PostgresServer::start(EXPLAINS);
    let url = server.create_database("idp");
    let at_the_server = |config: &mut idp_server::config::Config| {
        config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
        everything_is_on(config);
    };
    let story = begin(TestIdp::start_with(at_the_server).await).await;
    // Of a table without rows any index is as good as another.
    Population::open(&url).add_copies("alice", COPIES);
    fill_groups(&story.idp.db).await;
    let before = server.log().len();
    journey(&story).await;
    let log = server.log();
    let plans: Vec<Plan> = log[before..].split("plan:\n").skip(1).map(Plan::read).collect();
    assert!(plans.len() > 500, "{} plans", plans.len());
    assert!(plans.iter().any(|plan| plan.statement.contains("FOR KEY SHARE")), "references are looked up");
    let mut scanning: Vec<String> = plans.iter().filter_map(Plan::scan).collect();
    scanning.sort();
    scanning.dedup();
    assert!(scanning.is_empty(), "{} scan:\n{}", scanning.len(), scanning.join("\n"));
}

/// Roles, rows that say who has them and is in which group, and values of attributes: tables that would be too small for an index.
async fn fill_groups(db: &Db) {
    let rows = |table: &str, columns: &str| {
        let ids = "md5('a' || i)::uuid::text, md5('b' || i)::uuid::text";
        format!("INSERT INTO {table} ({columns}) SELECT {ids} FROM generate_series(1, {COPIES}) i")
    };
    let statements = [
        "SET LOCAL session_replication_role = replica".to_owned(),
        rows("group_members", "user_id, group_id"),
        rows("user_roles", "user_id, role_id"),
        rows("group_roles", "group_id, role_id"),
        format!(
            "INSERT INTO roles SELECT md5('b' || i)::uuid::text, 'zz ' || i, '', '[]', FALSE, 0 \
             FROM generate_series(1, {COPIES}) i"
        ),
        format!(
            "INSERT INTO user_attributes SELECT md5('a' || i)::uuid::text, md5('b' || i)::uuid::text, 0, 'zz ' || i \
             FROM generate_series(1, {COPIES}) i"
        ),
        "ANALYZE group_members, user_roles, group_roles, roles, user_attributes".to_owned(),
    ];
    let filled = db.write(Locks::installation(), move |connection| {
        let Connection::Postgres(server) = connection else { panic!("a server") };
        for statement in statements {
            sql_query(statement).execute(server)?;
        }
        Ok(())
    });
    filled.await.unwrap();
}

/// A statement with an array may be planned for its own values at each execution, which takes longer than the answer.
#[tokio::test]
async fn a_statement_for_many_grants_is_planned_once_however_few_it_is_asked_for() {
    let server = PostgresServer::start("-c fsync=off");
    let url = server.create_database("idp");
    let at_the_server = |config: &mut idp_server::config::Config| {
        config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
    };
    let story = begin(TestIdp::start_with(at_the_server).await).await;
    Population::open(&url).add_copies("alice", COPIES);
    let asked = |connection: &mut Connection| {
        for count in (1..=4).cycle().take(40) {
            let keys: Vec<GrantKey> = (0..count).map(|_| GrantKey::by_id(Uuid::max())).collect();
            grants::with_persons(connection, &keys)?;
        }
        let counted =
            "SELECT generic_plans AS many FROM pg_prepared_statements WHERE statement LIKE '%unnest%'";
        let Connection::Postgres(server) = connection else { panic!("a server") };
        Ok(sql_query(counted).get_result::<Plans>(server)?.many)
    };
    let planned_once = story.idp.db.read(asked).await.unwrap();
    assert!(planned_once >= 35, "{planned_once} of 40");
}

#[derive(QueryableByName)]
struct Plans {
    #[diesel(sql_type = BigInt)]
    many: i64,
}

/// How a statement was answered.
struct Plan {
    statement: String,
    steps: Vec<String>,
}

impl Plan {
    /// From the log, where the lines of an entry begin with a tab.
    fn read(entry: &str) -> Self {
        let lines = entry.lines().take_while(|line| line.starts_with('\t')).map(str::trim);
        let (steps, statement): (Vec<&str>, Vec<&str>) = lines.partition(|line| {
            line.contains("(cost=")
                || ["Index Cond", "Filter", "Recheck"].iter().any(|word| line.starts_with(word))
        });
        // Names are quoted as SQLite does, so that one list of exceptions serves both.
        let statement = statement.join(" ").replace('"', "`");
        Self { statement, steps: steps.into_iter().map(str::to_owned).collect() }
    }

    /// What it read as a whole, if anything.
    fn scan(&self) -> Option<String> {
        let reads_all = |(at, step): (usize, &String)| {
            let table = step.split(" on ").nth(1)?.split(' ').next()?.to_owned();
            let by_index = step.contains("Index Scan using") || step.contains("Index Only Scan using");
            let is_bounded = self.steps.get(at + 1).is_some_and(|next| next.starts_with("Index Cond"));
            (step.contains("Seq Scan on") || by_index && !is_bounded).then_some(table)
        };
        let table = self.steps.iter().enumerate().find_map(reads_all)?;
        let is_empty_list = self.steps.iter().any(|step| step.contains("ANY ('{}'"));
        let is_known = is_empty_list || is_excused(&self.statement, &table);
        (!is_known).then(|| format!("{table}: {}\n    {}", self.statement, self.steps.join("\n    ")))
    }
}
