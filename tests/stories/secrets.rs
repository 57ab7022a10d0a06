//! Secrets of an installation: none to begin with, none shared by two, and files that others could reach are not used.

use crate::own_process::idp_server;
use idp_server::config::StorageConfig;
use idp_server::db::{clients, users};
use idp_server::installation::Installation;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

fn storage(folder: &Path) -> StorageConfig {
    StorageConfig { data_dir: folder.join("data"), ..StorageConfig::default() }
}

#[tokio::test]
async fn s88_a_first_start_knows_nobody_and_no_two_share_a_secret() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [first, second] = [&one, &two].map(|folder| Installation::open(&storage(folder.path())).unwrap());
    assert_ne!(*first.master, *second.master);
    assert!(first.db.read(|connection| users::page(connection, None, 9)).await.unwrap().is_empty());
    assert!(first.db.read(|c| clients::page(c, None, 10)).await.unwrap().is_empty());

    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    for name in [
        "admin",
        "administrator",
        "root",
        "user",
        "test",
        "guest",
        "idp",
        "demo",
        "alice",
        "akadmin",
        "default",
        "operator",
        "sa",
    ] {
        for password in
            [name, "admin", "password", "changeme", "secret", "123456", "test", "default", PASSWORD]
        {
            assert_eq!(browser.log_in_as(&page, name, password).await.status, 422, "{name}/{password}");
        }
    }
    for id in [
        "admin-cli",
        "account",
        "security-admin-console",
        "demo",
        "site",
        "test",
        "client",
        "default",
        "idp",
        "introspection",
    ] {
        for secret in [id, "secret", "changeme", "test"] {
            let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
            assert_eq!(idp.post("/token", &form).await.refusal(), (401, "invalid_client"), "{id}/{secret}");
        }
        let unknown = ClientSpec::public(id).with_redirect_uri("http://localhost/");
        assert_eq!(browser.open(idp.authorize_url(&unknown, &[])).await.status, 400, "{id}");
    }
}

/// What it is called, and how it is done.
type Spoiling = (String, Box<dyn Fn(&Path)>);

/// Each way in which a file of the provider could be in other hands.
fn spoil(file: &Path) -> Vec<Spoiling> {
    let mut ways: Vec<Spoiling> = Vec::new();
    for mode in [0o644, 0o640, 0o660, 0o604, 0o606, 0o620, 0o602, 0o666, 0o777, 0o610, 0o601] {
        let change = move |file: &Path| fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
        ways.push((format!("{} {mode:o}", file.display()), Box::new(change)));
    }
    let linked = |file: &Path| {
        let elsewhere = file.with_extension("moved");
        fs::rename(file, &elsewhere).unwrap();
        symlink(&elsewhere, file).unwrap();
    };
    ways.push((format!("{} is a link", file.display()), Box::new(linked)));
    let dangling = |file: &Path| {
        fs::remove_file(file).unwrap();
        symlink("/nowhere/at/all", file).unwrap();
    };
    ways.push((format!("{} is a dangling link", file.display()), Box::new(dangling)));
    let folder = |file: &Path| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    };
    ways.push((format!("{} is a folder", file.display()), Box::new(folder)));
    ways
}

#[test]
fn s110_files_that_others_could_reach_are_refused() {
    for name in ["master.key", "idp.db", "idp.db-wal", "idp.db-shm"] {
        for (way, spoil) in spoil(Path::new(name)) {
            let folder = tempfile::tempdir().unwrap();
            drop(Installation::open(&storage(folder.path())).unwrap());
            let file = folder.path().join("data").join(name);
            if !file.exists() {
                fs::write(&file, "").unwrap();
            }
            spoil(&file);
            assert!(Installation::open(&storage(folder.path())).is_err(), "{way}");
        }
    }
    for mode in [0o755, 0o750, 0o770, 0o701, 0o777] {
        let folder = tempfile::tempdir().unwrap();
        drop(Installation::open(&storage(folder.path())).unwrap());
        fs::set_permissions(folder.path().join("data"), Permissions::from_mode(mode)).unwrap();
        assert!(Installation::open(&storage(folder.path())).is_err(), "data folder {mode:o}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    symlink(folder.path().join("elsewhere"), folder.path().join("data")).unwrap();
    assert!(Installation::open(&storage(folder.path())).is_err(), "the data folder is a link");
}

#[test]
fn s110_the_command_says_what_is_wrong_and_how_to_repair_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| idp_server(folder.path(), arguments).output().unwrap();
    assert!(run(&["migrate"]).status.success());
    for name in ["master.key", "idp.db"] {
        let file = folder.path().join("data").join(name);
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        for command in [&["serve"][..], &["migrate"], &["user", "list"]] {
            let refused = run(command);
            let said = String::from_utf8_lossy(&refused.stderr).into_owned()
                + &String::from_utf8_lossy(&refused.stdout);
            assert!(
                !refused.status.success() && said.contains("chmod 600") && said.contains(name),
                "{name}: {said}"
            );
        }
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
    assert!(run(&["migrate"]).status.success());
}

/// A secret is pasted into the wrong field: as a client's id, or as the name at the login page.
#[tokio::test]
async fn a8_a_secret_in_the_place_of_an_identifier_is_recorded_as_a_fingerprint() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, secret) = (&story.idp, story.site.secret.clone().unwrap());
    let pasted = secret.split_once('.').map_or(secret.as_str(), |(_, random)| random).to_owned();
    for id in [secret.as_str(), &pasted] {
        let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", "site-a")];
        for _ in 0..2 {
            assert_eq!(idp.post("/token", &form).await.refusal(), (401, "invalid_client"));
        }
        let url = idp.authorize_url(&story.site, &[("client_id", id)]);
        assert_eq!(idp.browser().open(url).await.status, 400);
    }
    let page = idp.browser().visit(idp.authorize_url(&story.site, &[])).await;
    let typed = [("username", pasted.as_str()), ("password", "x")];
    assert_eq!(idp.browser().press(&page, "login", &typed).await.status, 403);
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&story.site, &[])).await;
    assert_eq!(browser.press(&page, "login", &typed).await.status, 422);
    let wrong = ClientSpec { secret: Some("wrong".into()), ..story.site.clone() };
    assert_eq!(idp.refresh(&wrong, "x").await.status, 401);

    let rows: Vec<(Option<String>, Option<String>)> = idp
        .db
        .read(|connection| {
            use diesel::prelude::*;
            use idp_server::db::schema::audit_events::dsl;
            let refused = dsl::audit_events.filter(dsl::event.eq_any(["client_refused", "sign_in_failed"]));
            Ok(refused.select((dsl::client_id, dsl::detail)).load(connection)?)
        })
        .await
        .unwrap();
    let recorded = format!("{rows:?}");
    assert!(!recorded.contains(&pasted), "{recorded}");
    let names: Vec<String> = rows.into_iter().filter_map(|(client, _)| client).collect();
    let unknown: Vec<&String> = names.iter().filter(|name| name.starts_with("unknown:")).collect();
    let distinct: std::collections::BTreeSet<_> = unknown.iter().collect();
    assert!(unknown.len() >= 4 && distinct.len() == 2, "the same twice is told from another: {names:?}");
    assert!(names.contains(&"site-a".to_owned()), "a client that exists is named: {names:?}");
}
