//! Random histories of refresh, replay and revocation, many clients on each family at once, checked one family at a
//! time against a family that does one thing at a time (`idp_tests::linearizability`). A failure prints its seed;
//! `HISTORY_SEED=<seed>` plays that one alone.

use futures_util::future::join_all;
use idp_tests::linearizability::{Answered, Asked, Operation, is_sequential};
use idp_tests::{ClientSpec, SignedIn, TokenAnswer};
use std::sync::Mutex;
use tokio::time::Instant;

pub const FAMILIES: usize = 6;
const CLIENTS: usize = 4;
const STEPS: usize = 6;

/// SplitMix64 (Steele, Lea and Flood, 2014): a seed gives the same choices on every machine.
pub struct SeededRng(u64);

impl SeededRng {
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
pub struct Recorded {
    tokens: Mutex<Vec<String>>,
    pub operations: Mutex<Vec<Operation>>,
}

impl Recorded {
    pub fn of(first: &TokenAnswer) -> Self {
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
    fn choose(&self, rng: &mut SeededRng) -> (usize, String) {
        let tokens = self.tokens.lock().unwrap();
        let newest = tokens.len() - 1;
        let number = match rng.below(20) {
            0 => rng.below(tokens.len()),
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

async fn client(story: &SignedIn, family: &Recorded, mut rng: SeededRng, started: Instant) {
    let now = || u64::try_from(started.elapsed().as_nanos()).unwrap();
    for _ in 0..STEPS {
        let (number, token) = family.choose(&mut rng);
        let ends = rng.below(16) == 0;
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

pub async fn play_on(story: &SignedIn, families: &[Recorded], seed: u64) {
    let started = Instant::now();
    let clients = families.iter().enumerate().flat_map(|(family, recorded)| {
        (0..CLIENTS).map(move |number| {
            let rng = SeededRng::seeded(seed.wrapping_mul(1000) + (family * CLIENTS + number) as u64);
            client(story, recorded, rng, started)
        })
    });
    join_all(clients).await;
}

pub fn check(families: &[Recorded], seed: u64) {
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
