//! Two persons who sign in from one browser, on PostgreSQL, where their sign-ins run side by side.

use super::writers::waiting;
use idp_core::authentication::Authentication;
use idp_core::device::Described;
use idp_core::revocation::Revoked;
use idp_core::secret::{Secret, SecretHash, SecretKind};
use idp_core::session::EndCause;
use idp_server::clock::Clock;
use idp_server::config::DatabaseUrl;
use idp_server::db::revocations::{self, NewEntries};
use idp_server::db::{Connection, Db, DbError, Locks, password_credentials, sessions};
use idp_server::random;
use idp_server::store::revoke::Target;
use idp_server::store::sign_in::{NewSignIn, PresentDevice, SignInOutcome};
use idp_tests::postgres::PostgresServer;
use idp_tests::{TestIdp, eventually};
use std::sync::mpsc::{Sender, channel};
use uuid::Uuid;

/// More ended sessions of a person than are kept.
const MANY: usize = 200;

async fn provider() -> (TestIdp, String) {
    let url = PostgresServer::shared().create_migrated_database();
    let settings = |config: &mut idp_server::config::Config| {
        config.storage.database_url = Some(DatabaseUrl::from(&*url));
        config.storage.connections = 16;
    };
    let clock = Clock::manual(Clock::System.now());
    let idp = TestIdp::start_nodes(1, tempfile::tempdir().unwrap(), clock, 0, settings).await;
    (idp, url)
}

fn secret(kind: SecretKind) -> SecretHash {
    Secret::generate(kind, &mut random::rng()).hash()
}

/// Signs `user` in from a browser with this cookie, whose last session was `former`; the new session.
async fn sign_in(idp: &TestIdp, user: Uuid, cookie: SecretHash, former: Option<Uuid>) -> Uuid {
    let now = idp.clock.now();
    let read = move |connection: &mut Connection| {
        let former = former.map(|sid| sessions::by_sid(connection, sid)).transpose()?.flatten();
        Ok((password_credentials::by_user(connection, user)?, former))
    };
    let (hash, former) = idp.db.read(read).await.unwrap();
    let sign_in = NewSignIn {
        authentication: Authentication::by_password(user, &hash.unwrap(), now),
        former,
        secret: secret(SecretKind::Session),
        sid: random::new_id(now),
        address: "203.0.113.7".to_owned(),
        device: PresentDevice {
            cookie: Some(cookie),
            new_id: random::new_id(now),
            new_cookie: cookie,
            described: Described::read("", ""),
        },
        agreed: None,
        keeps_account: false,
        chosen: None,
        continues: None,
    };
    match idp.app.store.sign_in(sign_in, now).await.unwrap() {
        SignInOutcome::SignedIn { signed_in, .. } => signed_in.session.sid,
        _ => panic!("not signed in"),
    }
}

async fn sign_out(idp: &TestIdp, sid: Uuid) {
    let ended =
        idp.app.store.revoke(Target::Session(sid), EndCause::LoggedOut, Default::default(), idp.clock.now());
    assert!(ended.await.unwrap());
    idp.clock.advance(1);
}

/// Keeps every transition that ends something from its commit, until it is let go.
async fn hold_the_log(db: &Db, idp: &TestIdp) -> (Sender<()>, tokio::task::JoinHandle<Result<(), DbError>>) {
    let (let_go, wait) = channel();
    let (held, is_held) = tokio::sync::oneshot::channel();
    let (db, now) = (db.clone(), idp.clock.now());
    let change = move |connection: &mut Connection| {
        let mut log = NewEntries::default();
        log.add(connection, vec![Revoked::user(random::new_id(now), now)], EndCause::Kicked, now)?;
        revocations::append(connection, log)?;
        held.send(()).unwrap();
        let _ = wait.recv();
        Ok(())
    };
    let holding = tokio::spawn(async move { db.write(Locks::none(), change).await });
    is_held.await.unwrap();
    (let_go, holding)
}

/// The last session that Alice had on a browser is forgotten, with its device, while Bob signs in from that browser.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_not_forgotten_with_one_persons_session_while_another_signs_in_on_it() {
    let (idp, url) = provider().await;
    let (alice, bob, carol) =
        (idp.add_user("alice").await, idp.add_user("bob").await, idp.add_user("carol").await);
    let (shared, own) = (secret(SecretKind::Device), secret(SecretKind::Device));
    let first = sign_in(&idp, alice, shared, None).await;
    sign_out(&idp, first).await;
    for _ in 0..MANY - 1 {
        let sid = sign_in(&idp, alice, own, None).await;
        sign_out(&idp, sid).await;
    }
    let last = sign_in(&idp, alice, own, None).await;
    sign_out(&idp, last).await;
    // Bob's sign-in ends Carol's session in the shared browser, and so waits for the log before it is committed.
    let carols = sign_in(&idp, carol, secret(SecretKind::Device), None).await;
    let outside = Db::connect(&DatabaseUrl::from(&*url), 4).unwrap();
    let (let_go, holding) = hold_the_log(&outside, &idp).await;
    let (bobs, ()) = tokio::join!(sign_in(&idp, bob, shared, Some(carols)), async {
        eventually("Bob waits", async || waiting(&outside).await == 1).await;
        let alices = sign_in(&idp, alice, own, None);
        let go_on = async {
            eventually("Alice waits for Bob", async || waiting(&outside).await == 2).await;
            drop(let_go);
        };
        tokio::join!(alices, go_on);
    });
    holding.await.unwrap().unwrap();
    let open = idp.db.read(move |connection| sessions::open_of(connection, bob)).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].0.sid, bobs);
    assert!(open[0].1.is_some(), "Bob's session has lost its device");
}
