//! What is wrong on the machine of the node: settings, files, keys, tables, the certificate of the server, and what runs leave behind.

use super::{Diagnosis, Patient, setting, write};
use crate::schema::execute;
use idp_tests::header_proxy::Manners;
use idp_tests::ports::free_port;
use idp_tests::{ClientSpec, HOST};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;

/// What is wrong with the configuration, or with a file that it names.
#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_settings_and_files() {
    let patient = Patient::new().await;
    let nowhere = patient.file("nowhere");
    for (settings, check, words, code) in [
        (vec!["no.such=1".to_owned()], "configuration", vec!["no.such", "set it right"], 3),
        (vec![setting("theme.logo", &nowhere)], "files", vec!["theme.logo", "put there"], 3),
        (
            vec![setting("password.breach_file", &nowhere)],
            "files",
            vec!["password.breach_file", "put there"],
            3,
        ),
        (
            vec![setting("backchannel.ca_file", &nowhere)],
            "files",
            vec!["backchannel.ca_file", "put there"],
            3,
        ),
        (
            vec![setting("storage.data_dir", &nowhere.join("deep"))],
            "storage",
            vec!["does not exist", "make it first"],
            3,
        ),
    ] {
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        patient.looked_at(&settings).await.names(check, &words, code);
    }
    // A port that another program has.
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    let port = format!("listen.port={}", held.local_addr().unwrap().port());
    patient.looked_at(&[&port]).await.names("listen", &["another process does", "choose another port"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_the_master_key() {
    let patient = Patient::new().await;
    let key = patient.file("data/master.key");
    let right = fs::read_to_string(&key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    patient.looked_at(&[]).await.names("storage", &["mode 0644", "chmod"], 3);
    write(&key, "no key at all\n", 0o600);
    patient.looked_at(&[]).await.names("storage", &["does not hold a master key", "restore"], 3);
    write(&key, &format!("{}\n", "A".repeat(43) + "="), 0o600);
    patient.looked_at(&[]).await.names("storage", &["not the key", "restore that one from the backup"], 3);
    fs::remove_file(&key).unwrap();
    patient.looked_at(&[]).await.names("storage", &["is missing", "keys reset"], 3);
    assert!(!key.exists(), "it makes none");
    write(&key, &right, 0o600);
    patient.looked_at(&[]).await.is_well();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_keys_tables_and_indexes() {
    let mut patient = Patient::new().await;
    // A running server would put a missing key in its place.
    patient.break_off().await;
    let found = patient.looked_at(&[]).await;
    found.names("provider", &["does not answer", "start the server"], 1);
    execute(&patient.db, "DROP INDEX grants_by_session").await.unwrap();
    let found = patient.looked_at(&[]).await;
    found.names("database", &["grants_by_session", "CREATE INDEX grants_by_session ON grants (sid)"], 1);
    found.names("database", &["the grants of a session", "looks at a whole table"], 1);
    execute(&patient.db, "CREATE INDEX grants_by_session ON grants (sid)").await.unwrap();
    execute(&patient.db, "DELETE FROM signing_keys WHERE state = 'next'").await.unwrap();
    patient.looked_at(&[]).await.names("keys", &["no next key waits", "idp-server keys list"], 1);
    execute(&patient.db, "UPDATE signing_keys SET state_since = state_since - 3456000").await.unwrap();
    patient.looked_at(&[]).await.names("keys", &["should have been replaced", "keys rotate"], 1);
    // A later version, which says that this one may not run on its tables.
    for statement in [
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')",
        "UPDATE installation_facts SET value = '20990101000000' WHERE name = 'compatible_since'",
    ] {
        execute(&patient.db, statement).await.unwrap();
    }
    patient.looked_at(&[]).await.names("storage", &["20990101000000", "version of idp-server"], 3);
}

/// What the sign-in was made of goes, however far it came.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_fails_half_way_leaves_nothing() {
    for (refused, words) in
        [("/token", "the code is not redeemed"), ("/userinfo", "userinfo"), ("/end-session", "the sign-out")]
    {
        let patient = Patient::behind(Manners::Refuses(refused), "127.0.0.1").await;
        let found = patient.examined(&["proxy.trusted=127.0.0.1"], &[]).await;
        found.names("sign-in", &[words, "log of the server"], 1);
        for list in [["user", "list"], ["client", "list"]] {
            let listed = patient.command(&list).await;
            assert!(!listed.contains("doctor-"), "{refused}: {listed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_left_behind_that_was_killed_goes_with_the_next() {
    let name = "doctor-0123456789ab";
    let patient = Patient::with(async |idp| {
        idp.add_client(&ClientSpec::public(name)).await;
        idp.add_client(&ClientSpec::public("doctor-of-the-house")).await;
        idp.add_user(name).await;
    })
    .await;
    let found = patient.examined(&[], &[]).await;
    found.is_well();
    assert!(found.says("left behind"), "{}", found.printed);
    assert!(!patient.command(&["user", "list"]).await.contains(name));
    let clients = patient.command(&["client", "list"]).await;
    assert!(!clients.contains(name) && clients.contains("doctor-of-the-house"), "{clients}");
}

/// Certificates of the server itself. They are not served by it: the settings are looked at before a start.
#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_the_certificate() {
    let patient = Patient::new().await;
    let (expired, expired_key) =
        (include_str!("../../testdata/tls/expired.crt"), include_str!("../../testdata/tls/expired.key"));
    let (good, good_key) = idp_tests::reverse_proxy::CERTIFICATE;
    let (certificate, key) = (patient.file("tls.crt"), patient.file("tls.key"));
    // The server that runs speaks no TLS: the port is that of one that would.
    let port = free_port();
    let (issuer, port) = (format!("issuer.url=https://{HOST}:{port}"), format!("listen.port={port}"));
    let settings = [setting("tls.certificate", &certificate), setting("tls.key", &key), issuer, port];
    let looked_at = async |(certificate_pem, key_pem): (&str, &str), mode, more: &[&str]| {
        write(&certificate, certificate_pem, 0o644);
        write(&key, key_pem, mode);
        let settings: Vec<&str> = settings.iter().map(String::as_str).chain(more.iter().copied()).collect();
        patient.looked_at(&settings).await
    };
    let has_fault = |found: &Diagnosis| found.of("fault").iter().any(|line| line.starts_with("certificate"));
    let found = looked_at((good, good_key), 0o600, &[]).await;
    assert!(!has_fault(&found) && found.says("it is for idp.localhost"), "{}", found.printed);
    let over = looked_at((expired, expired_key), 0o600, &[]).await;
    over.names("certificate", &["it ended on 2020-02-01", "renew the certificate"], 3);
    let mixed = looked_at((good, expired_key), 0o600, &[]).await;
    mixed.names("certificate", &["do not belong together", "one and the same renewal"], 3);
    let exposed = looked_at((good, good_key), 0o644, &[]).await;
    exposed.names("certificate", &["mode 0644", "chmod"], 3);
    let none = looked_at((good, "no key"), 0o600, &[]).await;
    none.names("certificate", &["no unencrypted private key", "put there"], 3);
    let alias = "issuer.url=https://id.localhost";
    let other = looked_at((good, good_key), 0o600, &[alias]).await;
    other.names("certificate", &["not for id.localhost", "get a certificate"], 3);
    let soon = self_signed(&patient, 5);
    let found = looked_at((&soon.0, &soon.1), 0o600, &[]).await;
    assert!(!has_fault(&found), "{}", found.printed);
    assert!(found.says("it ends in ") && found.says("renew it"), "{}", found.printed);
}

/// A certificate for the host of the stories that ends in so many days, by the program that operators have.
fn self_signed(patient: &Patient, days: u32) -> (String, String) {
    let (certificate, key) = (patient.file("made.crt"), patient.file("made.key"));
    let done = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=idp.localhost"])
        .args(["-addext", "subjectAltName=DNS:idp.localhost", "-days", &days.to_string()])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl is not installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (fs::read_to_string(certificate).unwrap(), fs::read_to_string(key).unwrap())
}
