//! The secrets of a client by command: replaced without an outage, and never the last one lost.

use idp_core::{
    client::{ClientId, ClientKind},
    secret::{Secret, SecretKind},
    session::EndCause,
};
use idp_server::{
    config::Config,
    db::{
        audit_events::{AuditContext, AuditEvent},
        clients,
    },
    store::{Store, revoke::Target},
};

use super::{
    THEN, db, recorded,
    workspace::{Workspace, code},
};

/// Which of the secrets the registration takes.
async fn good(workspace: &Workspace, secrets: &[&str]) -> Vec<bool> {
    let id = ClientId::parse("site").unwrap();
    let kind = db(workspace).read(move |connection| clients::kind(connection, &id)).await.unwrap().unwrap();
    let ClientKind::Confidential { secrets: hashes } = kind else { return vec![] };
    let parse = |text: &&str| Secret::parse(SecretKind::ClientSecret, text).unwrap();
    secrets.iter().map(parse).map(|secret| hashes.iter().any(|hash| hash.matches(&secret))).collect()
}

const REDIRECT: &str = "https://site.example/auth/callback";

#[tokio::test]
async fn a_secret_is_replaced_without_an_outage_and_the_last_one_stays() {
    let workspace = Workspace::new();
    let client = workspace.json(&["client", "add", "site", "--redirect-uri", REDIRECT, "--json"]);
    let first = client["client_secret"].as_str().unwrap();
    let added = workspace.json(&["client", "secret", "add", "site", "--json"]);
    let second = added["client_secret"].as_str().unwrap();
    let third = workspace.json(&["client", "secret", "add", "site", "--json"]);
    let third = third["client_secret"].as_str().unwrap();
    let all = [first, second, third];
    assert_eq!(good(&workspace, &all).await, [true, true, true]);

    let shown = workspace.json(&["client", "show", "site", "--json"]);
    assert_eq!(shown["client_secrets"].as_array().unwrap().len(), 3);
    assert_eq!(shown["client_secrets"][1], added["fingerprint"]);
    assert!(all.iter().all(|secret| !shown.to_string().contains(secret)));

    let fingerprint = added["fingerprint"].as_str().unwrap();
    assert_eq!(code(&workspace.run(&["client", "secret", "remove", "site", fingerprint, "--yes"])), 0);
    assert_eq!(good(&workspace, &all).await, [true, false, true]);
    assert_eq!(code(&workspace.run(&["client", "secret", "remove", "site", fingerprint, "--yes"])), 4);
    assert_eq!(code(&workspace.run(&["client", "secret", "remove", "site", "--older", "--yes"])), 0);
    assert_eq!(good(&workspace, &all).await, [false, false, true]);

    let last = workspace.json(&["client", "show", "site", "--json"])["client_secrets"][0].clone();
    for which in ["--older", last.as_str().unwrap()] {
        assert_eq!(
            code(&workspace.run(&["client", "secret", "remove", "site", which, "--yes"])),
            4,
            "{which}"
        );
    }
    assert_eq!(good(&workspace, &all).await, [false, false, true]);
    assert_eq!(recorded(&workspace, AuditEvent::ClientSecretAdded).await, 2);
    assert_eq!(recorded(&workspace, AuditEvent::ClientSecretsRemoved).await, 2);
}

/// Two administrators who each remove the other's secret at once: the second is refused inside the transaction.
#[tokio::test]
async fn a_client_never_loses_its_last_secret_to_a_race() {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.run(&["client", "add", "site", "--redirect-uri", REDIRECT])), 0);
    assert_eq!(code(&workspace.run(&["client", "secret", "add", "site"])), 0);
    let (db, id) = (db(&workspace), ClientId::parse("site").unwrap());
    let site = id.clone();
    let kind = db.read(move |connection| clients::kind(connection, &site)).await.unwrap().unwrap();
    let ClientKind::Confidential { secrets } = kind else { unreachable!() };
    let store = Store::for_command(db, &Config::default()).await.unwrap();
    let remove = |secret| {
        let target = Target::ClientSecrets { client: id.clone(), secrets: vec![secret] };
        store.revoke(target, EndCause::Administrator, AuditContext::default(), THEN)
    };
    assert!(remove(secrets[0]).await.unwrap());
    assert!(!remove(secrets[1]).await.unwrap());
    assert!(!remove(secrets[0]).await.unwrap());
    assert_eq!(recorded(&workspace, AuditEvent::ClientSecretsRemoved).await, 1);
}

#[test]
fn who_has_no_secrets_gets_none_and_nobody_collects_them() {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.run(&["client", "secret", "add", "site"])), 4);
    assert_eq!(code(&workspace.run(&["client", "secret", "remove", "site", "--older", "--yes"])), 4);
    assert_eq!(code(&workspace.run(&["client", "secret", "remove", "site"])), 2);
    assert_eq!(code(&workspace.run(&["client", "add", "app", "--public", "--redirect-uri", REDIRECT])), 0);
    assert_eq!(code(&workspace.run(&["client", "secret", "add", "app"])), 4);
    assert_eq!(code(&workspace.run(&["client", "secret", "remove", "app", "--older", "--yes"])), 4);
    assert_eq!(code(&workspace.run(&["client", "add", "site", "--redirect-uri", REDIRECT])), 0);
    for _ in 1..idp_server::store::client_secrets::MOST {
        assert_eq!(code(&workspace.run(&["client", "secret", "add", "site"])), 0);
    }
    assert_eq!(code(&workspace.run(&["client", "secret", "add", "site"])), 4);
}
