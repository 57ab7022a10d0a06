//! Measures what proof of work (docs/adr/0054) does where one address sprays passwords: how many guesses are tried, what
//! each costs the sprayer, and how soon people behind the same address are let in, with puzzles and without. The sprayer has
//! two threads of this machine.
//!
//! ```text
//! cargo run --release -p idp-tests --example work_figures
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use idp_core::proof_of_work::solve;
use idp_server::clock::Clock;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long the address is sprayed from before people come, so that what it bears at once is used up.
const BEFORE: Duration = Duration::from_secs(20);
/// How long it goes on while they do.
const MEANWHILE: Duration = Duration::from_secs(60);
const PEOPLE: usize = 12;
/// A person who is not let in after so long has given up.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Spray {
    is_over: AtomicBool,
    guesses: AtomicUsize,
    tried: AtomicUsize,
    solving_ms: AtomicUsize,
}

#[tokio::main]
async fn main() {
    for (what, puzzles, computes) in [
        ("no puzzles", false, false),
        ("puzzles, the sprayer does not compute", true, false),
        ("puzzles, the sprayer computes", true, true),
    ] {
        measure(what, puzzles, computes).await;
    }
}

async fn measure(what: &str, puzzles: bool, computes: bool) {
    let folder = tempfile::tempdir().unwrap();
    let own = |config: &mut idp_server::config::Config| {
        config.throttle.proof_of_work = puzzles;
        config.password = idp_server::config::PasswordConfig::default();
    };
    let idp = Arc::new(TestIdp::start_in(folder, Clock::System, 0, own).await);
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    for person in 0..PEOPLE {
        idp.add_user(&format!("person-{person}")).await;
    }
    let spray = Arc::new(Spray::default());
    let sprayers: Vec<_> = (0..2)
        .map(|thread| {
            let (idp, site, spray) = (Arc::clone(&idp), site.clone(), Arc::clone(&spray));
            tokio::spawn(async move { spray_from(&idp, &site, &spray, thread, computes).await })
        })
        .collect();
    tokio::time::sleep(BEFORE).await;
    let (at_first, solving) = (spray.tried.load(Ordering::Relaxed), spray.solving_ms.load(Ordering::Relaxed));
    let (begun, mut waits) = (Instant::now(), Vec::new());
    for person in 0..PEOPLE {
        waits.push(sign_in(&idp, &site, &format!("person-{person}")).await);
    }
    tokio::time::sleep(MEANWHILE.saturating_sub(begun.elapsed())).await;
    let seconds = begun.elapsed().as_secs_f64();
    spray.is_over.store(true, Ordering::Relaxed);
    for sprayer in sprayers {
        sprayer.await.unwrap();
    }
    let tried = spray.tried.load(Ordering::Relaxed) - at_first;
    let solving = spray.solving_ms.load(Ordering::Relaxed) - solving;
    waits.sort_unstable();
    let let_in: Vec<_> = waits.iter().flatten().collect();
    println!(
        "{what}: {at_first} guesses tried in the first {} s, then {:.2} a second, {} ms of computing each; \
         {} of {PEOPLE} people let in, the middle one after {:?}, the last after {:?}",
        BEFORE.as_secs(),
        tried as f64 / seconds,
        solving / tried.max(1),
        let_in.len(),
        let_in.get(let_in.len() / 2),
        let_in.last(),
    );
}

async fn spray_from(idp: &TestIdp, site: &ClientSpec, spray: &Spray, thread: usize, computes: bool) {
    let browser = idp.browser_apart();
    let page = browser.visit(idp.authorize_url(site, &[])).await;
    let mut last: Option<Answer> = None;
    while !spray.is_over.load(Ordering::Relaxed) {
        let guess = spray.guesses.fetch_add(1, Ordering::Relaxed);
        let name = format!("user-{thread}-{guess}");
        let puzzled = last.take().filter(|page| computes && page.body.contains("data-puzzle"));
        let answer = match puzzled {
            Some(page) => {
                let since = Instant::now();
                let proof = tokio::task::block_in_place(|| proof_of(&page));
                let took = usize::try_from(since.elapsed().as_millis()).unwrap();
                spray.solving_ms.fetch_add(took, Ordering::Relaxed);
                press(&browser, &page, &name, "Summer2026!", Some(proof)).await
            }
            None => press(&browser, &page, &name, "Summer2026!", None).await,
        };
        spray.tried.fetch_add(usize::from(answer.status == 422), Ordering::Relaxed);
        last = (answer.status == 429).then_some(answer);
        // A sprayer that is turned away would not hammer faster than this for long.
        if last.as_ref().is_some_and(|page| !computes || !page.body.contains("data-puzzle")) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn proof_of(page: &Answer) -> (String, String) {
    let attribute = |name: &str| page.body.split(name).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let bits = attribute("data-bits=\"").parse().unwrap();
    (page.input("work"), solve(&attribute("data-puzzle=\""), bits))
}

async fn press(
    browser: &Browser,
    page: &Answer,
    name: &str,
    password: &str,
    proof: Option<(String, String)>,
) -> Answer {
    let (work, proof) = proof.unwrap_or_default();
    let fields =
        [("username", name), ("password", password), ("work", work.as_str()), ("proof", proof.as_str())];
    browser.press(page, "login", &fields).await
}

/// How long a person took to get in, or `None` for one who gave up.
async fn sign_in(idp: &TestIdp, site: &ClientSpec, name: &str) -> Option<Duration> {
    let (browser, since) = (idp.browser_apart(), Instant::now());
    let mut page = browser.visit(idp.authorize_url(site, &[])).await;
    while since.elapsed() < PATIENCE {
        let puzzled = page.body.contains("data-puzzle");
        let proof = puzzled.then(|| tokio::task::block_in_place(|| proof_of(&page)));
        let answer = press(&browser, &page, name, PASSWORD, proof).await;
        if answer.status == 303 {
            return Some(since.elapsed());
        }
        if !answer.body.contains("data-puzzle") {
            let wait = answer.header("retry-after").parse().unwrap_or(1);
            tokio::time::sleep(Duration::from_secs(wait).min(PATIENCE.saturating_sub(since.elapsed()))).await;
        }
        page = answer;
    }
    None
}
