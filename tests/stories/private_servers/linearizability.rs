//! [`crate::linearizability`] while Redis is paused and its connections break.

use super::redis_story::signed_in_through;
use crate::linearizability::{FAMILIES, Recorded, SeededRng, check, play_on, seeds};
use idp_tests::linearizability::{Answered, Operation};
use idp_tests::redis::RedisServer;
use idp_tests::tcp_proxy::TcpProxy;
use idp_tests::{SignedIn, eventually};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Redis is paused or its connections break, again and again, until `over`. Nothing is lost by that: every history must
/// still fit. How long a fault lasts is the subject here, so these sleeps wait for time.
async fn inject_faults(server: &RedisServer, proxy: &TcpProxy, mut rng: SeededRng, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(rng.below(150) as u64)).await;
        if rng.below(2) == 0 {
            server.pause();
            tokio::time::sleep(Duration::from_millis(50 + rng.below(700) as u64)).await;
            server.resume();
        } else {
            proxy.cut_after(rng.below(600) as i64);
            tokio::time::sleep(Duration::from_millis(rng.below(200) as u64)).await;
            proxy.restore();
        }
    }
}

#[tokio::test]
async fn s46_s48_s102_random_histories_fit_while_redis_stands_still_and_its_lines_break() {
    let server = RedisServer::start();
    let proxy = TcpProxy::to(server.port());
    let story = signed_in_through(&proxy).await;
    let mut counted = [0; 3];
    for seed in seeds(8) {
        let mut families = Vec::new();
        for _ in 0..FAMILIES {
            families.push(Recorded::of(&story.grant().await));
        }
        let over = AtomicBool::new(false);
        let playing = async {
            play_on(&story, &families, seed).await;
            over.store(true, Ordering::SeqCst);
        };
        futures_util::future::join(
            playing,
            inject_faults(&server, &proxy, SeededRng::seeded(seed ^ 0xfa), &over),
        )
        .await;
        check(&families, seed);
        for (sum, answered) in counted.iter_mut().zip([is_successor, is_refusal, is_unknown]) {
            *sum += count(&families, answered);
        }
        recovered(&story).await;
    }
    println!("{counted:?} successors, refusals, answers that say nothing");
    assert!(counted.iter().all(|count| *count > 0), "{counted:?}: nothing was tried");
}

fn is_successor(operation: &Operation) -> bool {
    matches!(operation.answered, Answered::Successor(_))
}

fn is_refusal(operation: &Operation) -> bool {
    operation.answered == Answered::Refused
}

fn is_unknown(operation: &Operation) -> bool {
    operation.answered == Answered::Unknown
}

fn count(families: &[Recorded], which: fn(&Operation) -> bool) -> usize {
    let count = |family: &Recorded| {
        let operations = family.operations.lock().unwrap();
        operations.iter().filter(|operation| which(operation)).count()
    };
    families.iter().map(count).sum()
}

/// The next seed begins when all is well again.
async fn recovered(story: &SignedIn) {
    let (idp, site) = (&story.idp, &story.site);
    eventually("a new code is redeemed", async || {
        let ready = idp.send(idp.http.get(idp.url("/health/ready"))).await.status;
        let code = story.browser.open(idp.authorize_url(site, &[])).await.redirect_param("code")?;
        (ready == 200 && idp.redeem(site, &code).await.status == 200).then_some(())
    })
    .await;
}
