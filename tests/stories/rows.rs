//! What people cost the database: the rows that each of their steps writes, counted by the database itself, and the bytes
//! that a person and a session take with all indexes.

use crate::schema::{ask, execute};
use idp_server::db::Db;
use idp_tests::backend::{self, Backend};
use idp_tests::population::Population;
use idp_tests::{ClientSpec, SignedIn, TestIdp};

/// Tables that people write to. Nodes and followers of the feed note by themselves that they live.
const TABLES: &[&str] = &[
    "users",
    "sign_in_names",
    "mail_addresses",
    "password_credentials",
    "password_costs",
    "pictures",
    "passkeys",
    "clients",
    "signing_keys",
    "devices",
    "device_names",
    "sessions",
    "grants",
    "consents",
    "terms_acceptances",
    "denied_tokens",
    "revocations",
    "counters",
    "throttles",
    "audit_events",
];

/// Has the database count what is written from now on.
async fn count_rows(db: &Db) {
    execute(db, "CREATE TABLE written (name TEXT NOT NULL, act TEXT NOT NULL)").await.unwrap();
    let is_file = Backend::of_this_run() == Backend::Sqlite;
    if !is_file {
        let function = "CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO written VALUES (TG_TABLE_NAME, lower(TG_OP)); RETURN NULL; END $$";
        execute(db, function).await.unwrap();
    }
    for table in TABLES {
        for act in ["insert", "update", "delete"] {
            let what = match is_file {
                true => format!("BEGIN INSERT INTO written VALUES ('{table}', '{act}'); END"),
                false => "FOR EACH ROW EXECUTE FUNCTION note_row()".to_owned(),
            };
            let trigger = format!("CREATE TRIGGER {table}_{act} AFTER {act} ON {table} {what}");
            execute(db, &trigger).await.unwrap();
        }
    }
}

/// What was written since the last call, as `insert sessions` for each row.
async fn written(idp: &TestIdp) -> Vec<String> {
    let found = ask(&idp.db, "SELECT act || ' ' || name AS word FROM written ORDER BY name, act").await;
    execute(&idp.db, "DELETE FROM written").await.unwrap();
    found
}

#[tokio::test]
async fn each_step_of_a_person_writes_the_rows_it_needs_and_no_more() {
    let idp = TestIdp::start().await;
    count_rows(&idp.db).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, site, browser, in_sql) = (&story.idp, &story.site, &story.browser, Backend::refreshes_in_sql());
    written(idp).await;

    let elsewhere = idp.browser();
    let page = elsewhere.visit(idp.authorize_url(site, &[])).await;
    assert_eq!(written(idp).await, NOTHING, "a login page");
    let answer = elsewhere.log_in_as(&page, "alice", idp_tests::PASSWORD).await;
    // The buckets of the account and of the address: an attempt counts itself, and a success gives both back.
    let of_sign_in = ["insert audit_events", "insert devices", "insert sessions"];
    let buckets = ["update throttles"; 4];
    let here = |sql: &[&'static str]| if in_sql { sql.to_vec() } else { Vec::new() };
    assert_eq!(written(idp).await, sorted([&of_sign_in[..], &here(&buckets)].concat()), "a sign-in");
    let tokens = idp.redeem(site, &answer.redirect_param("code").unwrap()).await;
    assert_eq!(written(idp).await, ["insert grants"], "its redemption");
    let silent = story.code().await;
    assert_eq!(written(idp).await, NOTHING, "a silent sign-in");
    idp.redeem(site, &silent).await;
    assert_eq!(written(idp).await, ["insert grants"], "its redemption");
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200);
    assert_eq!(written(idp).await, here(&["update grants"]), "a refresh");

    idp.clock.advance(61);
    for (visit, rows) in
        [("the first within a minute", vec!["update sessions"]), ("the second", NOTHING.to_vec())]
    {
        assert_eq!(browser.open(idp.url("/account/devices")).await.status, 200);
        assert_eq!(written(idp).await, rows, "a visit to the page of devices, {visit}");
    }
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200);
    assert!(idp.is_active(site, tokens.text("access_token")).await);
    assert_eq!(written(idp).await, NOTHING, "a look at a token");
}

const NOTHING: [&str; 0] = [];

/// As [`written`] has them.
fn sorted(mut rows: Vec<&'static str>) -> Vec<&'static str> {
    rows.sort_by_key(|row| row.split(' ').next_back());
    rows
}

/// Copies of Alice: enough that what is not theirs does not count.
const COPIES: u64 = 5000;

/// One that was refreshed, so that its grant holds the sealed successor for racers.
#[tokio::test]
async fn a_session_takes_less_than_two_kilobytes_with_its_indexes() {
    let site = ClientSpec::confidential("site-a");
    let story = SignedIn::at(site.clone()).await;
    assert_eq!(story.idp.refresh(&site, story.refresh_token()).await.status, 200);
    let file = || story.idp.folder.path().join("data/idp.db").display().to_string();
    let place = backend::database_url(story.idp.folder.path()).unwrap_or_else(file);
    let mut population = Population::open(&place);
    population.add_copies("alice", COPIES);
    let sizes = population.sizes();
    let each = |tables: &[&str]| -> i64 {
        tables.iter().map(|table| sizes[*table]).sum::<i64>() / i64::try_from(COPIES).unwrap()
    };
    let (person, session) = (
        each(&["users", "sign_in_names", "mail_addresses", "password_credentials"]),
        each(&["devices", "sessions", "grants"]),
    );
    let event = each(&["audit_events"]);
    println!("a person {person}, a session {session}, an audit event {event}");
    assert!(session + event < 2048, "{sizes:?}");
}
