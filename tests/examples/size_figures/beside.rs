//! Signing everybody out while people sign in.

use crate::spread::Spread;
use futures_util::future::join_all;
use idp_server::clock::Stopwatch;
use idp_tests::load_client::{Connection, LoadClient};
use idp_tests::population::Population;
use idp_tests::serving::idp_server;
use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

/// People who sign in at a time: few enough that the machine is not busy with them alone.
const AT_A_TIME: usize = 4;
/// Silent sign-ins in the session of each sign-in by password.
const SILENT: usize = 4;
const LASTS: Duration = Duration::from_secs(15);

/// People who sign in and on.
pub struct Beside<'a> {
    site: &'a LoadClient,
    people: usize,
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    by_password: Spread,
    silent: Spread,
    failed: usize,
}

impl<'a> Beside<'a> {
    /// So many people at this site.
    pub fn new(site: &'a LoadClient, people: usize) -> Self {
        Self { site, people, seen: RefCell::default() }
    }

    /// What they see until `is_over`, which is asked four times a second, at most for [`LASTS`]. How long that was.
    async fn sign_in(&self, mut is_over: impl FnMut() -> bool) -> (Seen, Duration) {
        let (since, over) = (Stopwatch::start(), RefCell::new(false));
        let goes_on = || !*over.borrow();
        let watch = async {
            while since.elapsed() < LASTS && !is_over() {
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            let lasted = since.elapsed();
            over.replace(true);
            lasted
        };
        let people = (0..AT_A_TIME).map(|first| async move {
            let mut number = first;
            while goes_on() {
                self.one(number % self.people).await;
                number += AT_A_TIME;
            }
        });
        let (lasted, _) = futures_util::future::join(watch, join_all(people)).await;
        (self.seen.take(), lasted)
    }

    async fn one(&self, number: usize) {
        let since = Stopwatch::start();
        let signed_in = self.site.sign_in(&format!("real-{number}")).await;
        let Ok(person) = signed_in else {
            self.seen.borrow_mut().failed += 1;
            return;
        };
        self.seen.borrow_mut().by_password.add(since.elapsed());
        let mut connection = Connection::open(self.site.port).await;
        for _ in 0..SILENT {
            let since = Stopwatch::start();
            let granted = self.site.grant(&mut connection, &person.cookies).await;
            let mut seen = self.seen.borrow_mut();
            match granted {
                Ok(_) => seen.silent.add(since.elapsed()),
                Err(_) => seen.failed += 1,
            }
        }
    }
}

const OPEN: &str = "SELECT count(*) AS bytes FROM sessions WHERE ended_at IS NULL";
/// 1 once every session is ended that was void.
const IS_OVER: &str = "SELECT count(*) AS bytes FROM counters a, counters b WHERE a.name = 'not_before' AND \
     b.name = 'sessions_ended_before' AND b.value >= a.value";

/// The last columns of the row.
pub async fn sign_everybody_out(
    beside: &Beside<'_>,
    folder: &Path,
    settings: &[&str],
    population: &mut Population,
) -> String {
    let (before, _) = beside.sign_in(|| false).await;
    let open = population.number(OPEN);
    let since = Stopwatch::start();
    let done = idp_server(folder, settings).args(["user", "sign-out", "--all", "--yes"]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let command = since.elapsed();
    // What is issued in this very second is void as well.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let (during, lasted) = beside.sign_in(|| population.number(IS_OVER) == 1).await;
    let is_over = population.number(IS_OVER) == 1;
    let ended = if is_over { open } else { open - population.number(OPEN) };
    let rate = ended as f64 / (lasted.as_secs_f64() + 1.1);
    let ratio = |during: &Spread, before: &Spread| during.within(990) / before.within(990);
    format!(
        "| {} against {}: {:.1}; {} against {}: {:.1}; {} failed | command {} ms; {:.0} a second, {}{:.0} s in all |",
        during.by_password,
        before.by_password,
        ratio(&during.by_password, &before.by_password),
        during.silent,
        before.silent,
        ratio(&during.silent, &before.silent),
        before.failed + during.failed,
        command.as_millis(),
        rate,
        if is_over { "" } else { "at this rate " },
        open as f64 / rate
    )
}
