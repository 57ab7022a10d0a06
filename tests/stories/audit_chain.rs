//! The seals over the audit log: what was changed, removed or added under one is found, and named by its time.

use crate::own_process::idp_server;
use crate::schema::execute;
use diesel::prelude::*;
use futures_util::future::join_all;
use idp_core::audit_chain::ChainHash;
use idp_server::clock::Clock;
use idp_server::db::schema::{audit_events, audit_seals};
use idp_server::db::{Connection, DbError, Locks};
use idp_server::seals::Seals;
use idp_server::store::audit_chain::{AuditCheck, AuditFault, SEALED_AFTER};
use idp_tests::backend::Backend;
use idp_tests::{ClientSpec, SignedIn, TestIdp};
use serde_json::Value;

const DAY: i64 = 24 * 60 * 60;

async fn seal(idp: &TestIdp) -> u64 {
    idp.app.store.seal_audit_log(&idp.app.seals().audit, idp.clock.now()).await.unwrap()
}

async fn check(idp: &TestIdp) -> AuditCheck {
    let since = idp.clock.now().plus(-idp.app.config.audit.retention.as_secs());
    idp.app.store.check_audit_log(&idp.app.seals().audit, since, None).await.unwrap()
}

async fn faults(idp: &TestIdp) -> Vec<(i64, AuditFault)> {
    check(idp).await.faults.into_iter().map(|faulty| (faulty.seal.number, faulty.fault)).collect()
}

async fn write<T: Send + 'static>(
    idp: &TestIdp,
    act: impl Fn(&mut Connection) -> Result<T, DbError> + Send + Sync + 'static,
) -> T {
    idp.db.write(Locks::none(), act).await.unwrap()
}

async fn count(idp: &TestIdp) -> i64 {
    idp.db.read(|connection| Ok(audit_events::table.count().get_result(connection)?)).await.unwrap()
}

const HOUR: i64 = 60 * 60;

/// A provider of some time ago: nothing is sealed that is not over by the clock of the database server, too, which no story turns.
async fn provider(seconds_ago: i64) -> TestIdp {
    let clock = Clock::manual(Clock::System.now().plus(-seconds_ago));
    TestIdp::start_in(tempfile::tempdir().unwrap(), clock, 0, |_| ()).await
}

/// Three seals, each over what a sign-in left.
async fn three_seals() -> SignedIn {
    three_seals_since(HOUR).await
}

async fn three_seals_since(seconds_ago: i64) -> SignedIn {
    let story = SignedIn::on(provider(seconds_ago).await, ClientSpec::confidential("site-a")).await;
    for _ in 0..3 {
        story.grant().await;
        story.idp.browser().sign_in_for_tokens(&story.idp, &story.site, "alice").await;
        story.idp.clock.advance(SEALED_AFTER + 1);
        assert_eq!(seal(&story.idp).await, 1);
    }
    story
}

#[tokio::test]
async fn every_event_is_under_a_seal_once_it_is_some_minutes_old() {
    let story = three_seals().await;
    let idp = &story.idp;
    let whole = check(idp).await;
    assert_eq!((whole.good, whole.events, whole.aged, &whole.faults), (3, count(idp).await, 0, &Vec::new()));
    assert_eq!(whole.head.unwrap().number, 3);
    // What is not old enough waits, and nothing is sealed twice.
    story.idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
    assert_eq!(seal(idp).await, 0);
    idp.clock.advance(SEALED_AFTER + 1);
    assert_eq!((seal(idp).await, seal(idp).await), (1, 0));
    assert_eq!(check(idp).await.events, count(idp).await);
}

#[tokio::test]
async fn a_row_that_was_changed_removed_or_added_is_found_under_its_seal() {
    let story = three_seals().await;
    let idp = &story.idp;
    let bounds = idp.db.read(|connection| {
        let second = audit_seals::table.find(2).select((audit_seals::from_id, audit_seals::until_id));
        Ok(second.get_result::<(String, String)>(connection)?)
    });
    let (from, until) = bounds.await.unwrap();
    let victim = idp.db.read(move |connection| {
        let within = audit_events::table.filter(audit_events::id.ge(from.clone()));
        let within =
            within.filter(audit_events::id.lt(until.clone())).filter(audit_events::event.eq("signed_in"));
        Ok(within.select(audit_events::id).get_result::<String>(connection)?)
    });
    let victim = victim.await.unwrap();

    let set = async |assignment: &str| {
        let statement = format!("UPDATE audit_events SET {assignment} WHERE id = '{victim}'");
        assert_eq!(execute(&idp.db, &statement).await.unwrap(), 1);
    };
    set("address = '203.0.113.5'").await;
    assert_eq!(faults(idp).await, [(2, AuditFault::Changed)]);
    set("address = '127.0.0.1'").await;
    assert_eq!(faults(idp).await, []);

    let id = victim.clone();
    write(idp, move |connection| {
        let other = if id.ends_with('f') { 'e' } else { 'f' };
        let forged = format!("{}{other}", &id[..id.len() - 1]);
        let values =
            (audit_events::id.eq(forged), audit_events::at.eq(0), audit_events::event.eq("signed_out"));
        Ok(diesel::insert_into(audit_events::table).values(values).execute(connection)?)
    })
    .await;
    assert_eq!(faults(idp).await, [(2, AuditFault::Added(1))]);
    write(idp, |connection| {
        let forged = audit_events::table.filter(audit_events::at.eq(0));
        Ok(diesel::delete(forged).execute(connection)?)
    })
    .await;
    assert_eq!(faults(idp).await, []);

    write(idp, move |connection| Ok(diesel::delete(audit_events::table.find(&victim)).execute(connection)?))
        .await;
    assert_eq!(faults(idp).await, [(2, AuditFault::Removed(1))]);
}

#[tokio::test]
async fn a_seal_that_was_forged_or_removed_is_found() {
    let story = three_seals().await;
    let idp = &story.idp;
    let noted = check(idp).await.head.unwrap();
    let noted = (noted.number, noted.hash);
    let key = idp.app.seals().audit.clone();
    let holds = async |noted| {
        let since = idp.clock.now().plus(-DAY);
        idp.app.store.check_audit_log(&key, since, Some(noted)).await.unwrap().holds_noted
    };
    assert!(holds(noted).await);
    assert!(!holds((noted.0, ChainHash::default())).await);
    // Under the key of another installation every seal is a stranger's.
    let other = Seals::new(&[9; 32]).unwrap().audit;
    let since = idp.clock.now().plus(-DAY);
    let strange = idp.app.store.check_audit_log(&other, since, None).await.unwrap();
    assert!(
        strange.faults.iter().all(|faulty| faulty.fault == AuditFault::Mark) && strange.faults.len() == 3
    );

    // One that has no key can change a seal with its events, and make no mark.
    execute(&idp.db, "UPDATE audit_seals SET events = events + 1 WHERE number = 2").await.unwrap();
    assert_eq!(faults(idp).await, [(2, AuditFault::Mark)]);
    write(idp, |connection| Ok(diesel::delete(audit_seals::table.find(2)).execute(connection)?)).await;
    assert_eq!(faults(idp).await, [(3, AuditFault::Gap)]);
    write(idp, |connection| Ok(diesel::delete(audit_seals::table.find(1)).execute(connection)?)).await;
    assert_eq!(faults(idp).await, [(3, AuditFault::Gap)]);
    // What is cut off at the end is missed by those who noted a seal.
    write(idp, |connection| Ok(diesel::delete(audit_seals::table).execute(connection)?)).await;
    assert_eq!(faults(idp).await, []);
    assert!(!holds(noted).await);
}

#[tokio::test]
async fn what_is_older_than_what_is_kept_is_where_a_check_begins() {
    let story = three_seals_since(1200 * DAY).await;
    let idp = &story.idp;
    idp.clock.advance(400 * DAY);
    idp.app.store.clean_up(idp.clock.now()).await;
    let story = idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
    assert_eq!(story.status, 200);
    idp.clock.advance(SEALED_AFTER + 1);
    assert_eq!(seal(idp).await, 1);
    let kept = check(idp).await;
    assert_eq!((kept.faults, kept.head.unwrap().number), (Vec::new(), 4));
    idp.clock.advance(SEALED_AFTER);
    idp.app.store.clean_up(idp.clock.now()).await;
    assert_eq!(check(idp).await.faults, []);
}

#[tokio::test]
async fn a_node_whose_clock_is_ahead_seals_nothing_that_is_not_over() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    story.idp.clock.advance(2 * SEALED_AFTER);
    let sealed = seal(&story.idp).await;
    // A file has no clock of its own.
    assert_eq!(sealed, u64::from(Backend::of_this_run() == Backend::Sqlite));
}

#[tokio::test]
async fn many_events_take_several_seals_and_nodes_that_seal_at_once_make_each_once() {
    let idp = provider(HOUR).await;
    let now = idp.clock.now();
    for _ in 0..5 {
        write(&idp, move |connection| {
            for _ in 0..500 {
                use idp_server::db::audit_events::{AuditContext, AuditEvent, record};
                record(connection, AuditEvent::SignInFailed, AuditContext::default(), now)?;
            }
            Ok(())
        })
        .await;
    }
    idp.clock.advance(SEALED_AFTER + 1);
    let key = idp.app.seals().audit.clone();
    let at = idp.clock.now();
    let made = join_all(
        (0..4).flat_map(|_| idp.nodes()).map(async |node| node.store.seal_audit_log(&key, at).await.unwrap()),
    )
    .await;
    assert_eq!(made.iter().sum::<u64>(), 3, "{made:?}");
    let whole = check(&idp).await;
    assert_eq!((whole.good, whole.events, whole.faults), (3, count(&idp).await, Vec::new()));
}

#[tokio::test]
async fn the_seals_can_be_read_by_auditors_and_by_them_alone() {
    let story = three_seals().await;
    let idp = &story.idp;
    let auditor = idp.add_api_client("auditor", "idp.audit.read").await;
    let auditor = idp.calling_as_client(&auditor).await;
    let first = auditor.get("/audit-seals?limit=2").await;
    assert_eq!((first.status, first.body["items"].as_array().unwrap().len()), (200, 2), "{first:?}");
    let rest = auditor.get(&format!("/audit-seals?after={}", first.body["next"].as_str().unwrap())).await;
    assert_eq!(rest.body["items"][0]["number"], 3);
    assert_eq!(rest.body["items"][0]["hash"], check(idp).await.head.unwrap().hash.to_string());
    let other = idp.add_api_client("other", "idp.users.read").await;
    assert_eq!(idp.calling_as_client(&other).await.get("/audit-seals").await.status, 403);
}

/// Outside the seals' own test, as an operator sees it.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_lists_exports_and_checks() {
    let story = three_seals().await;
    let (alice, idp) = (story.alice.to_string(), story.idp);
    let folder = idp.stop().await;
    let run = |arguments: &[&str]| {
        let output = idp_server(folder.path(), arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let json = |arguments: &[&str]| -> Value {
        let (is_done, out, err) = run(arguments);
        assert!(is_done, "{out}{err}");
        let json = out.lines().find_map(|line| line.split_once("the_server ... "));
        serde_json::from_str(json.unwrap_or_else(|| panic!("{out}{err}")).1).unwrap()
    };
    let listed =
        json(&["audit", "list", "--event", "signed_in", "--user", "alice", "--limit", "2", "--json"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(listed.as_array().unwrap().iter().all(|event| event["user"] == alice), "{listed}");
    let (_, lines, _) = run(&["audit", "export", "--event", "signed_in"]);
    assert!(lines.lines().filter(|line| line.contains(r#""event":"signed_in""#)).count() >= 4, "{lines}");
    let (_, csv, _) = run(&["audit", "export", "--format", "csv", "--event", "signed_in"]);
    assert!(csv.contains("id,at,event,actor,user,client,session,address,detail\r\n"), "{csv}");

    let good = json(&["audit", "check", "--json"]);
    assert_eq!((good["seals"].as_i64(), good["faults"].as_array().unwrap().len()), (Some(3), 0), "{good}");
    let head = format!("3:{}", good["newest_seal"]["hash"].as_str().unwrap());
    assert!(run(&["audit", "check", "--seal", &head]).0);
    let (is_good, _, told) = run(&["audit", "check", "--seal", &head.replacen('3', "4", 1)]);
    assert!(!is_good && told.contains("the seal that was noted is not there"), "{told}");
}
