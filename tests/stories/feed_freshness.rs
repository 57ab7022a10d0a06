//! `Freshness::Feed { within }` is a bound on any network: real sites follow the real provider through a
//! network that holds bytes back, tokens are taken back one after the other, and no site accepts one later than
//! `within` after its revocation. docs/revocation-feed.md, section 6, has the proof.

use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::slow_network::{Delay, SlowNetwork, Way};
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually, jwt};
use resource_sdk::{
    FeedOptions, Freshness, KeyOptions, RemoteKeys, RevocationFeed, UnixTime, Verifier, VerifyError,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const WITHIN: Duration = Duration::from_secs(2);
/// What the site on a good network demands, as the README does: room for a provider on a busy machine.
const HEALTHY: Duration = Duration::from_secs(5);
/// Tokens that are taken back, one every so often, and how long sites are watched afterwards.
const TOKENS: usize = 42;
const PAUSE: Duration = Duration::from_millis(200);
const WATCHED: Duration = Duration::from_secs(12);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What the connections of sites go through: 24 sites with 42 tokens are 1008 trials.
fn networks() -> Vec<(Way, Delay)> {
    let constant = [500, 1_000, 1_500, 4_700, 10_000].map(|millis| Delay::Constant(ms(millis)));
    let growing = Delay::GrowingTo(ms(10_000));
    let jittering = [1_000, 10_000].map(|millis| Delay::UpTo(ms(millis)));
    let delays: Vec<Delay> = constant.into_iter().chain([growing]).chain(jittering).collect();
    let ways = [Way::Requests, Way::Answers, Way::Both];
    ways.into_iter().flat_map(|way| delays.iter().map(move |delay| (way, *delay))).collect()
}

/// Whether a site gets an answer in time while requests are held back like this: then they are from the start, so that
/// its anchor is as old as that.
fn can_connect_with(delay: Delay) -> bool {
    match delay {
        Delay::Constant(most) | Delay::UpTo(most) => most <= ms(1_000),
        Delay::GrowingTo(_) => false,
    }
}

/// A site that follows the feed.
struct Site {
    network: String,
    verifier: Verifier,
    feed: RevocationFeed,
}

impl Site {
    async fn start(
        idp: &TestIdp,
        spec: &ClientSpec,
        audience: &str,
        network: String,
        within: Duration,
    ) -> Self {
        idp.add_client(spec).await;
        let keys = RemoteKeys::start(&idp.issuer, KeyOptions::default()).unwrap();
        let secret = spec.secret.as_deref().unwrap();
        let feed = RevocationFeed::start(keys.clone(), spec.id(), secret, FeedOptions::default()).unwrap();
        let verifier = Verifier::builder(&idp.issuer, audience).feed(feed.clone()).token_cache(1_000);
        let verifier = verifier.freshness(Freshness::Feed { within }).build(keys).unwrap();
        // Over a slow network it is never as fresh as `RevocationFeed::ready` demands.
        let is_proven = async || if feed.staleness().is_some() { Ok(()) } else { Err(feed.status()) };
        eventually("something is proven", is_proven).await;
        Self { network, verifier, feed }
    }
}

/// Tokens, and when each had been taken back at the latest.
#[derive(Clone)]
struct Tokens(Arc<Vec<(String, Mutex<Option<Instant>>)>>);

/// What a site did with the tokens that were taken back.
#[derive(Default)]
struct Verdicts {
    /// How late after its revocation each was last accepted.
    latest: Vec<Duration>,
    accepted_afterwards: usize,
    refused_unproven: usize,
}

/// Asks a site about every token again and again, until told to stop.
async fn watch(
    site: Arc<Site>,
    tokens: Tokens,
    now: UnixTime,
    done: watch::Receiver<bool>,
) -> (Arc<Site>, Verdicts) {
    let mut verdicts = Verdicts { latest: vec![Duration::ZERO; tokens.0.len()], ..Verdicts::default() };
    let mut is_open = vec![true; tokens.0.len()];
    while !*done.borrow() {
        for (number, (token, revoked_at)) in tokens.0.iter().enumerate() {
            if !is_open[number] {
                continue;
            }
            // Looked at first: a token that is then accepted was accepted after this moment.
            let (revoked_at, asked_at) = (*revoked_at.lock().unwrap(), Instant::now());
            let Some(revoked_at) = revoked_at else { continue };
            match site.verifier.verify(token, now).map(drop) {
                Ok(()) => {
                    verdicts.accepted_afterwards += 1;
                    let late = asked_at.saturating_duration_since(revoked_at);
                    verdicts.latest[number] = verdicts.latest[number].max(late);
                }
                Err(VerifyError::NotFresh) => verdicts.refused_unproven += 1,
                Err(refusal) => {
                    assert_eq!(refusal, VerifyError::Revoked);
                    is_open[number] = false;
                }
            }
        }
        sleep(ms(4)).await;
    }
    (site, verdicts)
}

/// How often a token that is not taken back was refused, until told to stop.
async fn watch_good_token(
    site: Arc<Site>,
    token: String,
    now: UnixTime,
    done: watch::Receiver<bool>,
) -> usize {
    let mut refused = 0;
    while !*done.borrow() {
        refused += usize::from(site.verifier.verify(&token, now).is_err());
        sleep(ms(2)).await;
    }
    refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a2_no_revoked_token_is_accepted_later_than_within_whatever_the_network_holds_back() {
    let network = SlowNetwork::start().await;
    let issuer = format!("http://idp.localhost:{}", network.port());
    let url = issuer.parse().unwrap();
    let mut idp = TestIdp::start_with(|config| config.issuer.url = url).await;
    network.lead_to(idp.address.port());
    idp.issuer = issuer;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, audience) = (&story.idp, story.site.client.metadata.audience.as_str());
    let now = UnixTime::from_secs(idp.clock.now().as_secs());
    let mut tokens = Vec::new();
    for _ in 0..TOKENS {
        tokens.push((story.grant().await.text("access_token").to_owned(), Mutex::new(None)));
    }
    let tokens = Tokens(Arc::new(tokens));

    let (stop, done) = watch::channel(false);
    let (mut watched, mut slow) = (JoinSet::new(), Vec::new());
    for (number, (way, delay)) in networks().into_iter().enumerate() {
        let spec = ClientSpec::confidential(&format!("slow-{number}"));
        let name = format!("{way:?} {delay:?}");
        if way != Way::Answers && can_connect_with(delay) {
            network.slow_down(spec.id(), way, delay);
        }
        let site = Arc::new(Site::start(idp, &spec, audience, name, WITHIN).await);
        slow.push((spec.id().to_owned(), way, delay));
        watched.spawn(watch(site, tokens.clone(), now, done.clone()));
    }
    let spec = ClientSpec::confidential("healthy");
    let healthy = Arc::new(Site::start(idp, &spec, audience, "healthy".to_owned(), HEALTHY).await);
    assert!(healthy.feed.ready(Duration::from_secs(20)).await, "{:?}", healthy.feed.status());
    let good = story.access_token().to_owned();
    let good = tokio::spawn(watch_good_token(Arc::clone(&healthy), good, now, done.clone()));
    let on_healthy = tokio::spawn(watch(healthy, tokens.clone(), now, done));

    for (client_id, way, delay) in slow {
        network.slow_down(&client_id, way, delay);
    }
    take_back_one_by_one(idp, &tokens).await;
    sleep(WATCHED).await;
    stop.send_replace(true);

    let mut trials = 0;
    for (site, verdicts) in watched.join_all().await {
        trials += verdicts.latest.len();
        report(&site, &verdicts);
        let latest = verdicts.latest.iter().max().unwrap();
        assert!(*latest <= WITHIN, "{}: accepted {latest:?} after its revocation", site.network);
    }
    assert!(trials >= 1_000, "{trials} trials");
    let (site, verdicts) = on_healthy.await.unwrap();
    report(&site, &verdicts);
    assert_eq!(
        good.await.unwrap(),
        0,
        "a healthy network: nothing good is refused: {:?}",
        site.feed.status()
    );
}

async fn take_back_one_by_one(idp: &TestIdp, tokens: &Tokens) {
    for (token, revoked_at) in tokens.0.iter() {
        let (jti, until) =
            (jwt::claims(token)["jti"].as_str().unwrap().to_owned(), idp.clock.now().plus(3_600));
        let (target, about) = (Target::AccessToken { jti, until }, AuditContext::default());
        let now = idp.clock.now();
        assert!(idp.app.store.revoke(target, EndCause::Administrator, about, now).await.unwrap());
        *revoked_at.lock().unwrap() = Some(Instant::now());
        sleep(PAUSE).await;
    }
}

fn report(site: &Site, verdicts: &Verdicts) {
    let mut latest = verdicts.latest.clone();
    latest.sort_unstable();
    println!(
        "{:<26} accepted at most {:>5} ms after the revocation (half: {:>5}); {:>6} times afterwards, unproven {:>6} times",
        site.network,
        latest[latest.len() - 1].as_millis(),
        latest[latest.len() / 2].as_millis(),
        verdicts.accepted_afterwards,
        verdicts.refused_unproven,
    );
}
