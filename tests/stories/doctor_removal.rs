//! What `doctor` makes for its sign-in goes with the run; what could not be removed is found by the next.

use crate::doctor::Patient;
use crate::own_process::idp_server;
use crate::schema::{ask, execute};
use idp_server::db::Db;
use idp_tests::backend::Backend;
use idp_tests::eventually;
use std::process::Command;

const CLIENTS: &str = "SELECT id AS word FROM clients WHERE id LIKE 'doctor-%'";
const PEOPLE: &str = "SELECT username AS word FROM users WHERE username LIKE 'doctor-%'";

/// A server that is set up well, and its database.
async fn patient() -> (Patient, Db) {
    let mut db = None;
    let patient = Patient::with(async |idp| db = Some(idp.db.clone())).await;
    (patient, db.unwrap())
}

/// Has the database refuse that people are removed; answers what takes that back.
async fn refuse_removals(db: &Db) -> &'static str {
    let (statements, taken_back): (&[&str], _) = match Backend::of_this_run() {
        Backend::Sqlite => (
            &["CREATE TRIGGER stays BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'not now'); END"],
            "DROP TRIGGER stays",
        ),
        _ => (
            &[
                "CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'not now'; END$$",
                "CREATE TRIGGER stays BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION stays()",
            ],
            "DROP TRIGGER stays ON users",
        ),
    };
    for statement in statements {
        execute(db, statement).await.unwrap();
    }
    taken_back
}

/// The client stays for as long as the person does: the next run finds the one by the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_could_not_be_removed_is_found_by_the_client_of_that_run() {
    let (patient, db) = patient().await;
    let taken_back = refuse_removals(&db).await;
    let found = patient.examined(&[], &[]).await;
    found.names("sign-in", &["client and person were not removed", "user remove doctor-"], 1);
    let (people, clients) = (ask(&db, PEOPLE).await, ask(&db, CLIENTS).await);
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(people, clients);

    execute(&db, taken_back).await.unwrap();
    // Ten minutes later, and more.
    execute(&db, "UPDATE clients SET created_at = 0 WHERE id LIKE 'doctor-%'").await.unwrap();
    let found = patient.examined(&[], &[]).await;
    found.is_well();
    assert!(found.says("left behind"), "{}", found.printed);
    assert_eq!((ask(&db, PEOPLE).await, ask(&db, CLIENTS).await), (Vec::new(), Vec::new()));
}

/// As a timer, `timeout` and an orchestrator end it.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_told_to_stop_takes_back_what_it_made() {
    let (patient, db) = patient().await;
    let own = [format!("issuer.url={}", patient.issuer), format!("listen.port={}", patient.port)];
    let mut arguments: Vec<&str> = own.iter().flat_map(|setting| ["--set", setting.as_str()]).collect();
    arguments.push("doctor");
    let mut doctor = idp_server(patient.folder.path(), &arguments).spawn().unwrap();
    eventually("it has made a client", async || !ask(&db, CLIENTS).await.is_empty()).await;
    let told = Command::new("kill").arg(doctor.id().to_string()).status().unwrap();
    assert!(told.success());
    eventually("it ends", async || doctor.try_wait().unwrap().is_some()).await;
    assert_eq!((ask(&db, PEOPLE).await, ask(&db, CLIENTS).await), (Vec::new(), Vec::new()));
}
