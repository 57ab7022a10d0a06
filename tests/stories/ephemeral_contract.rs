//! What every backend of ephemeral state must do alike: the database file, PostgreSQL, one Redis, a Cluster, a Sentinel
//! group. Times are the story's clock's: what a backend forgets by itself only tidies up.

use futures_util::future::join_all;
use idp_core::authentication::Acr;
use idp_core::client::ClientId;
use idp_core::grant::authorization_code::{AuthorizationCode, CodeRefusal};
use idp_core::grant::refresh_token::{RefreshDecision, RefreshRefusal, RefreshRequest};
use idp_core::pkce::CodeChallenge;
use idp_core::secret::RefreshToken;
use idp_core::session::EndCause;
use idp_core::throttle::{Bucket, BucketPolicy};
use idp_core::time::UnixTime;
use idp_server::config::Config;
use idp_server::db::DbError;
use idp_server::db::sessions as session_rows;
use idp_server::random;
use idp_server::store::authorization_codes::{Redeemed, Redemption};
use idp_server::store::grants::LoadedGrant;
use idp_server::store::login_throttle::ThrottleBucket;
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually, jwt, pkce};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Everything that is asked of a backend.
pub async fn contract(change: impl FnOnce(&mut Config)) {
    let story = SignedIn::on(TestIdp::start_with(change).await, ClientSpec::confidential("site-a")).await;
    a_code_is_redeemed_once(&story).await;
    a_code_ends_to_the_second(&story).await;
    a_code_of_an_ended_session_opens_nothing(&story).await;
    one_of_fifty_racers_rotates(&story).await;
    only_the_newest_generation_rotates(&story).await;
    a_family_idles_to_the_second(&story).await;
    a_family_that_ended_stays_ended(&story).await;
    buckets_are_those_of_the_core(&story).await;
    names_of_buckets_are_never_patterns(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_contract_of_the_database_file() {
    contract(|config| config.redis = Config::default().redis).await;
}

/// A code for Alice at her site, in her session.
async fn issued(story: &SignedIn) -> AuthorizationCode {
    let (idp, now) = (&story.idp, story.idp.clock.now());
    let claims = jwt::claims(story.access_token());
    let sid: Uuid = claims["sid"].as_str().unwrap().parse().unwrap();
    let session =
        idp.db.read(move |connection| session_rows::by_sid(connection, sid)).await.unwrap().unwrap();
    AuthorizationCode {
        grant: random::new_id(now),
        client_id: ClientId::parse(story.site.id()).unwrap(),
        redirect_uri: story.site.redirect_uri().to_owned(),
        user: story.alice,
        sid,
        scope: "openid profile".to_owned().try_into().unwrap(),
        claims: vec!["email".to_owned()],
        nonce: Some("n\u{0}\n\u{1F600}".to_owned()),
        code_challenge: Some(CodeChallenge::try_from(pkce::CHALLENGE.to_owned()).unwrap()),
        proofs: session.proofs,
        acr: Acr::parse("1").unwrap(),
        expires_at: now.plus(60),
        trace: None,
    }
}

/// What the store answers, once it does: a caller who is told that it takes too long had nothing done, and tries again. Fifty at
/// once are that many on a machine that does other things as well.
async fn answered<T>(mut ask: impl AsyncFnMut() -> Result<T, DbError>) -> T {
    eventually("the store answers", async || match ask().await {
        Err(DbError::TooSlow(_) | DbError::Busy) => None,
        answer => Some(answer.unwrap()),
    })
    .await
}

async fn redeem(story: &SignedIn, code: &AuthorizationCode) -> Result<Redeemed, CodeRefusal> {
    let redeem =
        async || story.idp.app.store.redeem_code(redemption(story, code), story.idp.clock.now()).await;
    answered(redeem).await
}

fn redemption(story: &SignedIn, code: &AuthorizationCode) -> Redemption {
    let seals = story.idp.app.seals();
    Redemption {
        code: code.clone(),
        client: Arc::new(story.site.client.clone().checked().unwrap()),
        redirect_uri: Some(story.site.redirect_uri().to_owned()),
        code_verifier: Some(pkce::VERIFIER.to_owned()),
        address: "192.0.2.1".to_owned(),
        source: "192.0.2.1".to_owned(),
        new_refresh_token: Box::new(move |code: &AuthorizationCode| {
            RefreshToken::generate(code.user, code.grant, seals.refresh_tag(), &mut random::rng())
        }),
    }
}

/// A new grant: its first refresh token.
async fn begun(story: &SignedIn) -> RefreshToken {
    redeem(story, &issued(story).await).await.unwrap().refresh_token.unwrap()
}

async fn load(story: &SignedIn, token: &RefreshToken) -> LoadedGrant {
    story.idp.app.store.grant(token.grant(), story.idp.app.now()).await.unwrap().unwrap()
}

fn decide(
    story: &SignedIn,
    token: &RefreshToken,
    loaded: &LoadedGrant,
) -> Result<RefreshDecision, RefreshRefusal> {
    let app = &story.idp.app;
    let client = story.site.client.clone().checked().unwrap();
    let (session, user, rules) = (&loaded.session, &loaded.user, app.config.sign_in_rules());
    let memberships = &idp_core::administration::Memberships::default();
    let request = RefreshRequest { token, client: &client, session, user, rules, memberships };
    loaded.grant.refresh(
        &request,
        app.store.policies().refresh,
        app.store.policies().session,
        story.idp.clock.now(),
    )
}

/// Rotates from what was loaded; the successor, when it was first.
async fn rotate(story: &SignedIn, loaded: &LoadedGrant, answer: &str) -> Option<RefreshToken> {
    let (app, now) = (&story.idp.app, story.idp.clock.now());
    let state = loaded.grant.refresh.clone().unwrap();
    let next =
        RefreshToken::generate(story.alice, loaded.grant.id, app.seals().refresh_tag(), &mut random::rng());
    let rotation = state.rotate(next.hash(), answer.to_owned(), now);
    let rotate = async || app.store.rotate_refresh_token(loaded, rotation.clone(), now).await;
    answered(rotate).await.then_some(next)
}

async fn a_code_is_redeemed_once(story: &SignedIn) {
    for trial in 0..4 {
        let code = issued(story).await;
        let outcomes = join_all((0..50).map(|_| redeem(story, &code))).await;
        let (first, rest): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(first.len(), 1, "trial {trial}");
        for refused in rest {
            let refusal = refused.err().unwrap();
            assert_eq!(refusal, CodeRefusal::Reused, "trial {trial}");
        }
        let opened = first.into_iter().next().unwrap().unwrap();
        assert_eq!((&opened.grant.claims, &opened.nonce), (&code.claims, &code.nonce));
        let loaded = load(story, opened.refresh_token.as_ref().unwrap()).await;
        assert_eq!(
            loaded.grant.ended.unwrap().cause,
            EndCause::CodeReuse,
            "trial {trial}: two held the code"
        );
    }
}

async fn a_code_ends_to_the_second(story: &SignedIn) {
    let (late, in_time) = (issued(story).await, issued(story).await);
    story.idp.clock.advance(59);
    assert!(redeem(story, &in_time).await.is_ok());
    story.idp.clock.advance(1);
    assert_eq!(redeem(story, &late).await.err(), Some(CodeRefusal::Expired));
}

async fn a_code_of_an_ended_session_opens_nothing(story: &SignedIn) {
    let code = issued(story).await;
    // The code names a session that is not there: as after a sign-out and a clean-up.
    let gone = AuthorizationCode {
        sid: random::new_id(UnixTime(1)),
        grant: random::new_id(UnixTime(1)),
        ..code.clone()
    };
    assert_eq!(redeem(story, &gone).await.err(), Some(CodeRefusal::Expired));
    assert!(redeem(story, &code).await.is_ok());
}

async fn one_of_fifty_racers_rotates(story: &SignedIn) {
    let token = begun(story).await;
    let loaded = join_all((0..50).map(|_| load(story, &token))).await;
    let answers: Vec<String> = (0..50).map(|racer| format!("sealed by {racer} {{}}\r\n$-1")).collect();
    let racing = loaded.iter().zip(&answers).map(|(loaded, answer)| rotate(story, loaded, answer));
    let outcomes = join_all(racing).await;
    let winners: Vec<_> = outcomes.iter().zip(&answers).filter(|(next, _)| next.is_some()).collect();
    assert_eq!(winners.len(), 1);
    let (next, sealed) = (winners[0].0.as_ref().unwrap(), winners[0].1.clone());
    let at_rest = load(story, &token).await;
    assert_eq!(at_rest.grant.refresh.as_ref().unwrap().generation, 1);
    assert_eq!(decide(story, next, &at_rest), Ok(RefreshDecision::Rotate));
    assert_eq!(decide(story, &token, &at_rest), Ok(RefreshDecision::SameSuccessor { sealed }));
    story.idp.clock.advance(10);
    assert_eq!(decide(story, &token, &at_rest), Err(RefreshRefusal::Reused));
}

async fn only_the_newest_generation_rotates(story: &SignedIn) {
    let first = begun(story).await;
    let before = load(story, &first).await;
    let second = rotate(story, &before, "one").await.unwrap();
    assert!(rotate(story, &before, "late").await.is_none());
    let third = rotate(story, &load(story, &second).await, "two").await.unwrap();
    let at_rest = load(story, &third).await;
    assert_eq!(at_rest.grant.refresh.as_ref().unwrap().generation, 2);
    assert_eq!(decide(story, &third, &at_rest), Ok(RefreshDecision::Rotate));
    assert_eq!(decide(story, &first, &at_rest), Err(RefreshRefusal::Reused));
}

async fn a_family_idles_to_the_second(story: &SignedIn) {
    let token = begun(story).await;
    let idle = story.idp.app.store.policies().refresh.idle;
    // An hour of use, an hour at a time: the session lives on by it.
    let mut newest = token;
    for _ in 0..3 {
        story.idp.clock.advance(idle - 1);
        let loaded = load(story, &newest).await;
        assert_eq!(decide(story, &newest, &loaded), Ok(RefreshDecision::Rotate));
        newest = rotate(story, &loaded, "x").await.unwrap();
    }
    story.idp.clock.advance(idle);
    let loaded = load(story, &newest).await;
    assert_eq!(decide(story, &newest, &loaded), Err(RefreshRefusal::Expired));
    story.idp.clock.advance(-4 * idle + 3);
}

async fn a_family_that_ended_stays_ended(story: &SignedIn) {
    let token = begun(story).await;
    let loaded = load(story, &token).await;
    let now = story.idp.clock.now();
    story.idp.app.store.end_reused_family(&loaded.grant, "192.0.2.1".to_owned(), now).await.unwrap();
    let ended = load(story, &token).await;
    assert_eq!(ended.grant.ended.unwrap().cause, EndCause::RefreshReuse);
    assert!(decide(story, &token, &ended).is_err());
    // A racer that loaded before may still put a successor in place: it is dead.
    if let Some(next) = rotate(story, &loaded, "late").await {
        assert!(decide(story, &next, &load(story, &next).await).is_err());
    }
}

async fn buckets_are_those_of_the_core(story: &SignedIn) {
    let (app, seed) = (&story.idp.app, 0x5eed_u64);
    println!("seed {seed:#x}");
    let mut draw = seed;
    let mut next = |below: u64| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) % below
    };
    for round in 0..6 {
        let policy = BucketPolicy { burst: 1 + next(5) as u32, seconds_per_try: 1 + next(90) as u32 };
        let counted = || vec![ThrottleBucket { key: format!("contract:{round}"), policy }];
        let (mut bucket, mut now) = (Bucket::default(), UnixTime(1_700_000_000));
        for step in 0..60 {
            now = now.plus(next(u64::from(policy.seconds_per_try) * 2) as i64 - i64::from(next(8) == 0) * 30);
            // A1: now and then the clock was ahead, by a little or by a lot, and is put right.
            let ahead = [0, 0, 0, 0, 0, 0, 60, 150, 7200][next(9) as usize];
            if ahead != 0 {
                let (left, expected) = bucket.take(policy, now.plus(ahead));
                let found = app.store.take_tries(counted(), now.plus(ahead)).await.unwrap();
                assert_eq!(found, expected, "round {round}, step {step}, {ahead} s ahead");
                bucket = left;
            }
            if next(5) == 0 {
                app.store.give_back_tries(counted()).await.unwrap();
                bucket = bucket.give_back(policy);
                continue;
            }
            let (left, expected) = bucket.take(policy, now);
            let found = app.store.take_tries(counted(), now).await.unwrap();
            assert_eq!(found, expected, "round {round}, step {step}");
            bucket = left;
            // What was forgotten because it is full counts as full.
            let seen = app.store.look_at_buckets(counted()).await.unwrap();
            let standing = |bucket: &Bucket| (bucket.used(policy, now), bucket.wait(policy, now));
            assert_eq!(seen.iter().map(standing).collect::<Vec<_>>(), [standing(&bucket)], "step {step}");
        }
    }
}

async fn names_of_buckets_are_never_patterns(story: &SignedIn) {
    let (app, now) = (&story.idp.app, story.idp.clock.now());
    let policy = BucketPolicy { burst: 1, seconds_per_try: 60 };
    let names =
        ["*", "a:*", "a:b", "a:[b]", "{a}:b", "a:b\r\nDEL x", "a:b\u{1}", "'; DROP TABLE throttles; --", "ä"];
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    for name in names {
        let counted = || vec![ThrottleBucket { key: name.to_owned(), policy }];
        assert_eq!(app.store.take_tries(counted(), now).await.unwrap(), Ok(()), "{name:?}");
        assert!(app.store.take_tries(counted(), now).await.unwrap().is_err(), "{name:?}");
    }
    // Out of all or out of none.
    let both =
        |fresh: &str| [fresh, "a:b"].map(|name| ThrottleBucket { key: name.to_owned(), policy }).to_vec();
    assert!(app.store.take_tries(both("fresh"), now).await.unwrap().is_err());
    let fresh = vec![ThrottleBucket { key: "fresh".to_owned(), policy }];
    assert_eq!(app.store.take_tries(fresh, now).await.unwrap(), Ok(()));
}
