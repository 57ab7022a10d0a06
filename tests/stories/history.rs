//! Random histories of refresh, replay and revocation, many clients on each family at once, checked one family at a
//! time against a family that does one thing at a time (`idp_tests::history`). A failure prints its seed;
//! `HISTORY_SEED=<seed>` plays that one alone.

use futures_util::future::join_all;
use idp_server::config::RedisUrl;
use idp_tests::history::{Answered, Asked, Operation, is_sequential};
use idp_tests::redis::{self, RedisServer};
use idp_tests::wire::Wire;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const FAMILIES: usize = 6;
const CLIENTS: usize = 4;
const STEPS: usize = 6;

/// SplitMix64 (Steele, Lea and Flood, 2014): a seed gives the same choices on every machine.
pub struct Choices(u64);

impl Choices {
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// One family while its history is recorded.
#[derive(Default)]
struct Recorded {
    tokens: Mutex<Vec<String>>,
    operations: Mutex<Vec<Operation>>,
}

impl Recorded {
    fn of(first: &TokenAnswer) -> Self {
        let recorded = Self::default();
        recorded.number(first.text("refresh_token"));
        recorded
    }

    fn number(&self, token: &str) -> usize {
        let mut tokens = self.tokens.lock().unwrap();
        if let Some(known) = tokens.iter().position(|known| known == token) {
            return known;
        }
        tokens.push(token.to_owned());
        tokens.len() - 1
    }

    /// Mostly the newest token, sometimes one of the two before, seldom any.
    fn choose(&self, choices: &mut Choices) -> (usize, String) {
        let tokens = self.tokens.lock().unwrap();
        let newest = tokens.len() - 1;
        let number = match choices.below(20) {
            0 => choices.below(tokens.len()),
            1..4 => newest.saturating_sub(1),
            _ => newest,
        };
        (number, tokens[number].clone())
    }

    fn record(&self, operation: Operation) {
        self.operations.lock().unwrap().push(operation);
    }
}

fn answered(recorded: &Recorded, answer: Option<&TokenAnswer>) -> Answered {
    match answer {
        Some(answer) if answer.status == 200 => {
            Answered::Successor(recorded.number(answer.text("refresh_token")))
        }
        Some(answer) if answer.refusal() == (400, "invalid_grant") => Answered::Refused,
        Some(answer) if answer.status == 503 => Answered::Unknown,
        Some(answer) => panic!("neither an answer nor a stated failure: {answer:?}"),
        None => Answered::Unknown,
    }
}

async fn client(story: &SignedIn, family: &Recorded, mut choices: Choices, started: Instant) {
    let now = || u64::try_from(started.elapsed().as_nanos()).unwrap();
    for _ in 0..STEPS {
        let (number, token) = family.choose(&mut choices);
        let ends = choices.below(16) == 0;
        let sent = now();
        let (asked, answer) = if ends {
            let answer = story.idp.post_as(&story.site, "/revoke", &[("token", &token)]).await;
            let outcome = if answer.status == 200 { Answered::Ended } else { Answered::Unknown };
            assert!([200, 503].contains(&answer.status), "{answer:?}");
            (Asked::End, outcome)
        } else {
            let answer = story.idp.refresh(&story.site, &token).await;
            (Asked::Refresh(number), answered(family, Some(&answer)))
        };
        // What was not answered may still happen, at any time.
        let done = if answer == Answered::Unknown { u64::MAX } else { now() };
        family.record(Operation { asked, answered: answer, sent, done });
    }
}

/// Plays one seed. The clock of the provider stands still: every grace window stays open.
pub async fn play(story: &SignedIn, seed: u64) {
    let mut families = Vec::new();
    for _ in 0..FAMILIES {
        families.push(Recorded::of(&story.grant().await));
    }
    play_on(story, &families, seed).await;
    check(&families, seed);
}

async fn play_on(story: &SignedIn, families: &[Recorded], seed: u64) {
    let started = Instant::now();
    let clients = families.iter().enumerate().flat_map(|(family, recorded)| {
        (0..CLIENTS).map(move |number| {
            let choices = Choices::seeded(seed.wrapping_mul(1000) + (family * CLIENTS + number) as u64);
            client(story, recorded, choices, started)
        })
    });
    join_all(clients).await;
}

fn check(families: &[Recorded], seed: u64) {
    for (number, family) in families.iter().enumerate() {
        let operations = family.operations.lock().unwrap();
        assert!(
            is_sequential(&operations),
            "HISTORY_SEED={seed}, family {number}: no order fits\n{operations:#?}"
        );
    }
}

/// The seeds to play: the one asked for, or so many.
pub fn seeds(usual: u64) -> Vec<u64> {
    match std::env::var("HISTORY_SEED") {
        Ok(seed) => vec![seed.parse().expect("HISTORY_SEED is a number")],
        Err(_) => (1..=usual).collect(),
    }
}

#[tokio::test]
async fn s46_s48_random_histories_of_a_family_fit_one_that_does_one_thing_at_a_time() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    for seed in seeds(25) {
        play(&story, seed).await;
    }
}

/// Redis stands still or its lines break, again and again, until `over`. Nothing is lost by that: every history must
/// still fit.
async fn trouble(server: &RedisServer, wire: &Wire, mut choices: Choices, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(choices.below(150) as u64)).await;
        if choices.below(2) == 0 {
            server.pause();
            tokio::time::sleep(Duration::from_millis(50 + choices.below(700) as u64)).await;
            server.go_on();
        } else {
            wire.cut_after(choices.below(600) as i64);
            tokio::time::sleep(Duration::from_millis(choices.below(200) as u64)).await;
            wire.mend();
        }
    }
}

#[tokio::test]
async fn s46_s48_s102_random_histories_fit_while_redis_stands_still_and_its_lines_break() {
    if redis::is_missing() {
        return;
    }
    let server = RedisServer::start();
    let wire = Wire::to(server.port());
    let url = format!("redis://127.0.0.1:{}", wire.port());
    let idp = TestIdp::start_with(|config| config.redis.url = Some(RedisUrl::from(&*url))).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
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
        futures_util::future::join(playing, trouble(&server, &wire, Choices::seeded(seed ^ 0xfa), &over))
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
    for _ in 0..200 {
        if story.idp.send(story.idp.http.get(story.idp.url("/health/ready"))).await.status == 200 {
            let code =
                story.browser.open(story.idp.authorize_url(&story.site, &[])).await.redirect_param("code");
            if let Some(code) = code
                && story.idp.redeem(&story.site, &code).await.status == 200
            {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not recovered in ten seconds");
}
