//! Random histories of refresh, replay and revocation, of several persons side by side and with many clients at each family of a
//! person at once, while another device may end the person's session. Each person's history is checked against families that do
//! one thing at a time (`idp_tests::linearizability`). A failure prints its seed; `HISTORY_SEED=<seed>` plays that one alone.

use futures_util::future::{join, join_all};
use idp_tests::linearizability::{Answered, Asked, Operation, each_is_sequential, is_sequential};
use idp_tests::{Answer, Browser, ClientSpec, TestIdp, TokenAnswer, jwt};
use std::sync::Mutex;
use tokio::time::Instant;

const PEOPLE: usize = 3;
const FAMILIES: usize = 2;
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

/// What clients have seen of a family.
struct Family {
    refresh_tokens: Mutex<Vec<String>>,
    access_token: Mutex<String>,
}

impl Family {
    fn of(first: &TokenAnswer) -> Self {
        let family = Self { refresh_tokens: Mutex::default(), access_token: Mutex::default() };
        family.number(first);
        family
    }

    /// The number of the refresh token of this answer, whose access token is the newest from now on.
    fn number(&self, answer: &TokenAnswer) -> usize {
        answer.text("access_token").clone_into(&mut self.access_token.lock().unwrap());
        let (mut tokens, token) = (self.refresh_tokens.lock().unwrap(), answer.text("refresh_token"));
        if let Some(known) = tokens.iter().position(|known| known == token) {
            return known;
        }
        tokens.push(token.to_owned());
        tokens.len() - 1
    }

    /// Mostly the newest token, sometimes one of the two before, seldom any.
    fn choose(&self, rng: &mut SeededRng) -> (usize, String) {
        let tokens = self.refresh_tokens.lock().unwrap();
        let newest = tokens.len() - 1;
        let number = match rng.below(20) {
            0 => rng.below(tokens.len()),
            1..4 => newest.saturating_sub(1),
            _ => newest,
        };
        (number, tokens[number].clone())
    }
}

/// A person while their history is recorded: a session with families at the site, and the page of another device that
/// can end it.
pub struct Recorded {
    families: Vec<Family>,
    other: Browser,
    page: Answer,
    sid: String,
    pub operations: Mutex<Vec<Operation>>,
}

impl Recorded {
    async fn begin(idp: &TestIdp, site: &ClientSpec, name: &str) -> Self {
        idp.add_user(name).await;
        let browser = idp.browser();
        let first = browser.sign_in_for_tokens(idp, site, name).await;
        let mut families = vec![Family::of(&first)];
        while families.len() < FAMILIES {
            let code = browser.open(idp.authorize_url(site, &[])).await.redirect_param("code").unwrap();
            families.push(Family::of(&idp.redeem(site, &code).await));
        }
        let other = idp.browser();
        other.sign_in(idp, site, name).await;
        let page = other.open(idp.url("/account/devices")).await;
        let sid = jwt::claims(first.text("access_token"))["sid"].as_str().unwrap().to_owned();
        Self { families, other, page, sid, operations: Mutex::default() }
    }

    /// Notes what was asked in `asking` and what came back.
    async fn record(
        &self,
        started: Instant,
        family: Option<usize>,
        asked: Asked,
        asking: impl Future<Output = Answered>,
    ) {
        let now = || u64::try_from(started.elapsed().as_nanos()).unwrap();
        let sent = now();
        let answered = asking.await;
        // What was not answered may still happen, at any time.
        let done = if answered == Answered::Unknown { u64::MAX } else { now() };
        self.operations.lock().unwrap().push(Operation { family, asked, answered, sent, done });
    }
}

/// What an answer says; `None` where it has to be a refusal to serve for now.
fn said(answer: &TokenAnswer, said: Option<Answered>) -> Answered {
    said.unwrap_or_else(|| {
        assert_eq!(answer.status, 503, "neither an answer nor a stated failure: {answer:?}");
        Answered::Unknown
    })
}

async fn refresh(idp: &TestIdp, site: &ClientSpec, family: &Family, token: &str) -> Answered {
    let answer = idp.refresh(site, token).await;
    let outcome = match answer.status {
        200 => Some(Answered::Successor(family.number(&answer))),
        _ => (answer.refusal() == (400, "invalid_grant")).then_some(Answered::Refused),
    };
    said(&answer, outcome)
}

async fn revoke(idp: &TestIdp, site: &ClientSpec, token: &str) -> Answered {
    let answer = idp.post_as(site, "/revoke", &[("token", token)]).await;
    said(&answer, (answer.status == 200).then_some(Answered::Ended))
}

async fn look(idp: &TestIdp, site: &ClientSpec, token: &str) -> Answered {
    let answer = idp.post_as(site, "/introspect", &[("token", token)]).await;
    let active = (answer.status == 200).then(|| answer.body["active"] == true);
    said(&answer, active.map(|active| if active { Answered::Active } else { Answered::Inactive }))
}

async fn client(
    (idp, site): (&TestIdp, &ClientSpec),
    person: &Recorded,
    number: usize,
    mut rng: SeededRng,
    started: Instant,
) {
    let family = &person.families[number];
    for _ in 0..STEPS {
        let (newest, token) = family.choose(&mut rng);
        let access_token = family.access_token.lock().unwrap().clone();
        let of = Some(number);
        match rng.below(16) {
            0 => person.record(started, of, Asked::End, revoke(idp, site, &token)).await,
            1..4 => person.record(started, of, Asked::Look, look(idp, site, &access_token)).await,
            _ => {
                let asking = refresh(idp, site, family, &token);
                person.record(started, of, Asked::Refresh(newest), asking).await;
            }
        }
    }
}

/// The other device ends the session, in two of three histories, at some moment.
async fn other_device(
    (idp, site): (&TestIdp, &ClientSpec),
    person: &Recorded,
    mut rng: SeededRng,
    started: Instant,
) {
    if rng.below(3) == 0 {
        return;
    }
    // Requests take time: so the moment is some time in the history, on any machine.
    for _ in 0..rng.below(2 * STEPS) {
        idp.is_active(site, "none").await;
    }
    let kick = async {
        let answer = person.other.press(&person.page, "one", &[("sid", &person.sid)]).await;
        assert!([303, 503].contains(&answer.status), "{answer:?}");
        if answer.status == 303 { Answered::Ended } else { Answered::Unknown }
    };
    person.record(started, None, Asked::End, kick).await;
}

/// The people of one seed.
pub async fn people(idp: &TestIdp, site: &ClientSpec, seed: u64) -> Vec<Recorded> {
    join_all(
        (0..PEOPLE).map(async |number| Recorded::begin(idp, site, &format!("person-{seed}-{number}")).await),
    )
    .await
}

/// Plays one seed. The clock of the provider stands still: every grace window stays open.
pub async fn play(idp: &TestIdp, site: &ClientSpec, people: &[Recorded], seed: u64) {
    let started = Instant::now();
    let mut next = seed.wrapping_mul(1000);
    let mut rng = || {
        next += 1;
        SeededRng::seeded(next)
    };
    let (mut clients, mut others) = (Vec::new(), Vec::new());
    for person in people {
        for client_number in 0..FAMILIES * CLIENTS {
            clients.push(client((idp, site), person, client_number % FAMILIES, rng(), started));
        }
        others.push(other_device((idp, site), person, rng(), started));
    }
    join(join_all(clients), join_all(others)).await;
}

/// Checks the families of each person together.
pub fn check(people: &[Recorded], seed: u64) {
    check_by(people, seed, is_sequential);
}

/// Checks each family by itself.
pub fn check_each(people: &[Recorded], seed: u64) {
    check_by(people, seed, each_is_sequential);
}

fn check_by(people: &[Recorded], seed: u64, fits: fn(&[Operation]) -> bool) {
    for (number, person) in people.iter().enumerate() {
        let operations = person.operations.lock().unwrap();
        assert!(fits(&operations), "HISTORY_SEED={seed}, person {number}: no order fits\n{operations:#?}");
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
async fn s46_s48_s73_random_histories_of_people_fit_families_that_do_one_thing_at_a_time() {
    let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    for seed in seeds(16) {
        let people = people(&idp, &site, seed).await;
        play(&idp, &site, &people, seed).await;
        check(&people, seed);
    }
}
