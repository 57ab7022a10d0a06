//! When something of ours fails: a stated answer, nothing half done, and everything again once it is back.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_server::db::{Connection, DbError};
use idp_server::installation::Installation;
use idp_tests::backend::Backend;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, backend, jwt};
use std::path::Path;

/// Another writer on the database of `folder`, until ROLLBACK.
fn another_writer(folder: &Path) -> Connection {
    let Some(url) = backend::database_url(folder) else {
        let file = folder.join("data/idp.db");
        let mut other = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        other.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
        return Connection::Sqlite(other);
    };
    let mut other = PgConnection::establish(&url).unwrap();
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(26972001)").unwrap();
    Connection::Postgres(other)
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_locked_database_answers_503_and_the_keys_go_on() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&alice.idp, &alice.site);
    let stranger = idp.browser();
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    let mut other = another_writer(idp.folder.path());

    let given_back = [("token", alice.access_token())];
    let (refreshed, revoked, login, keys) = tokio::join!(
        idp.refresh(site, alice.refresh_token()),
        idp.post_as(site, "/revoke", &given_back),
        stranger.log_in_as(&page, "alice", PASSWORD),
        idp.post("/jwks", &[]),
    );
    if Backend::refreshes_in_sql() {
        assert_eq!(refreshed.refusal(), (503, "temporarily_unavailable"));
        assert!(!refreshed.header("retry-after").is_empty());
    } else {
        assert_eq!(refreshed.status, 200, "Redis goes on beside a writer");
    }
    // S103: never "revoked" before the database holds it.
    assert_eq!(revoked.refusal(), (503, "temporarily_unavailable"));
    assert_eq!((login.status, login.header("retry-after").is_empty()), (503, false), "{}", login.body);
    assert_eq!(keys.status, 405, "the key endpoint answers, if only to say that it is read by GET");
    assert_eq!(idp.send(idp.http.get(idp.url("/jwks"))).await.status, 200);
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 200, "reading goes on beside a writer");

    other.batch_execute("ROLLBACK").unwrap();
    // Nothing was half done: the very same token works, and the revocation can be asked for again.
    let refreshed = idp.refresh(site, alice.refresh_token()).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_eq!(idp.post_as(site, "/revoke", &[("token", alice.access_token())]).await.status, 200);
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 401);
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    assert!(stranger.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
}

#[tokio::test]
async fn s94_a_nul_in_any_parameter_is_data_or_refused_on_either_database() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let nul = "a\0b";
    for parameter in
        ["client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "login_hint", "claims"]
    {
        let status = story.browser.open(idp.authorize_url(site, &[(parameter, nul)])).await.status;
        assert!(status < 500, "{parameter}: {status}");
    }
    let code = story.code_with(&[("nonce", nul)]).await;
    let tokens = idp.redeem(site, &code).await;
    assert_eq!(jwt::claims(tokens.text("id_token"))["nonce"], nul);
    for path in ["/token", "/revoke", "/introspect"] {
        for parameter in ["token", "code", "refresh_token", "redirect_uri", "scope", "code_verifier"] {
            for grant in ["authorization_code", "refresh_token", "client_credentials", nul] {
                let answer = idp.post_as(site, path, &[("grant_type", grant), (parameter, nul)]).await;
                assert!(answer.status < 500, "{path} {grant} {parameter}: {answer:?}");
            }
        }
        let form = [("client_id", nul), ("client_secret", nul), ("token", nul)];
        assert!(idp.post(path, &form).await.status < 500, "{path}");
    }
    let stranger = idp.browser();
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    for (name, password) in [(nul, PASSWORD), ("alice", nul)] {
        assert_eq!(stranger.log_in_as(&page, name, password).await.status, 422, "{name:?}");
    }
}

/// A database that was slow is not one that is away, and the message says so.
#[tokio::test]
async fn b10_a_statement_that_was_too_slow_says_how_long_it_might_take() {
    let idp = TestIdp::start().await;
    // A pool of its own, so that nothing of the server waits in the same line.
    let Installation { db, .. } = Installation::open(&idp.app.config.storage).unwrap();
    let mut other = another_writer(idp.folder.path());
    let now = idp.clock.now();
    let record = move |connection: &mut Connection| {
        audit_events::record(connection, AuditEvent::SignedOut, AuditContext::default(), now)
    };
    let mut refusals = vec![db.write(idp_server::db::Locks::installation(), record).await.unwrap_err()];
    other.batch_execute("ROLLBACK").unwrap();
    if Backend::of_this_run() != Backend::Sqlite {
        // One that waits for no lock, and takes its time.
        let sleep = |connection: &mut Connection| match connection {
            Connection::Postgres(server) => {
                server.batch_execute("SELECT pg_sleep(20)").map_err(DbError::from)
            }
            Connection::Sqlite(_) => Ok(()),
        };
        refusals.push(db.read(sleep).await.unwrap_err());
    }
    for refused in refusals {
        let words = refused.to_string();
        assert!(words.contains("took longer than 2.5 s for a statement"), "{words}");
        assert!(!words.contains("unavailable"), "{words}");
    }
}
