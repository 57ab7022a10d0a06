//! Everybody is signed out: by one number at once, however many they are; and a log that never gives a number twice.

use diesel::prelude::*;
use idp_core::authentication::{Factor, Proofs};
use idp_core::secret::{Secret, SecretKind};
use idp_core::session::{EndCause, Session};
use idp_server::db::audit_events::AuditContext;
use idp_server::db::schema::counters;
use idp_server::db::{DbError, revocations, sessions};
use idp_server::store::revoke::{Target, VoidedSessions};
use idp_tests::{ClientSpec, SignedIn, TestIdp};

async fn everybody(idp: &TestIdp) {
    let done = idp.app.store.revoke(
        Target::Everybody,
        EndCause::Administrator,
        AuditContext::default(),
        idp.clock.now(),
    );
    assert!(done.await.unwrap());
}

/// So many sessions of one user, begun an hour ago.
pub async fn many_sessions(story: &SignedIn, count: usize) {
    let (user, began) = (story.alice, story.idp.clock.now().plus(-3600));
    let inserted = story.idp.db.write(idp_server::db::Locks::installation(), move |connection| {
        for _ in 0..count {
            let session = Session {
                sid: idp_server::random::new_id(began),
                user,
                proofs: Proofs::of(Factor::Password, began),
                created_at: began,
                last_seen_at: began,
                device: None,
                address: None,
                ended: None,
            };
            let secret = Secret::generate(SecretKind::Session, &mut rsa::rand_core::OsRng);
            sessions::insert(connection, &session, &secret.hash())?;
        }
        Ok(())
    });
    inserted.await.unwrap();
}

async fn still_open(story: &SignedIn) -> usize {
    let alice = story.alice;
    story.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap().len()
}

#[tokio::test]
async fn s73_everybody_is_signed_out_at_once_and_their_sessions_are_ended_some_at_a_time() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    many_sessions(&story, 1200).await;
    everybody(&story.idp).await;
    // The one that was in use is among the newest; no session works, ended one by one or not.
    let refused = story.idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
    assert_eq!(story.idp.userinfo(story.access_token()).await.status, 401);
    let silent = story.browser.open(story.idp.authorize_url(&story.site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    assert_eq!(still_open(&story).await, 1151);

    let (mut turns, mut so_far) = (0, VoidedSessions::default());
    while story.idp.app.store.end_voided_sessions(&mut so_far, story.idp.clock.now()).await.unwrap() > 0 {
        turns += 1;
    }
    assert_eq!((turns, still_open(&story).await), (24, 0));
    // And people sign in again.
    let tokens = story.browser.sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    assert_eq!(story.idp.userinfo(tokens.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn s104_a_database_from_a_backup_gives_no_number_again() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let newest = async || story.idp.db.read(revocations::newest).await.unwrap();
    everybody(&story.idp).await;
    let given = newest().await;
    // The backup is from before.
    let restored = story.idp.db.write(idp_server::db::Locks::installation(), |connection| {
        diesel::delete(counters::table).execute(connection)?;
        Ok::<_, DbError>(())
    });
    restored.await.unwrap();
    story.idp.clock.advance(1);
    everybody(&story.idp).await;
    assert!(newest().await > given);
}
