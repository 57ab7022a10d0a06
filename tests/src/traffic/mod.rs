//! Steady mixed traffic of people and sites, at a rate that leaves the processors room, for programs that take parts of an
//! installation away meanwhile. It does what clients are told to: after a failure that may pass the same request is made once more, and
//! then until it is answered. It remembers what was acknowledged, and looks whether that stays so.

mod findings;
mod journal;
mod tried;
mod worker;

pub use findings::{Findings, Loss};
pub use journal::{Count, Journal, Kind, Operation, Outcome};

use crate::ClientSpec;
use crate::load_client::{LoadClient, Person};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Who does what, and how often.
pub struct Plan {
    /// The provider's address.
    pub issuer: String,
    /// The sites, as they are registered. All of them follow the feed.
    pub sites: Vec<ClientSpec>,
    /// People who sign in with [`PASSWORD`](crate::serving::PASSWORD), at the sites in turn.
    pub people: Vec<String>,
    /// How many sessions are kept open; while there are more, people sign out.
    pub sessions: usize,
    /// The time between two acts of a kind.
    pub paces: Vec<(Kind, Duration)>,
    /// How often a session that has ended is tried again.
    pub look_back: Duration,
    /// How old the last proof of the feed may be by which sites verify offline.
    pub freshness: Duration,
}

/// The traffic, on a thread of its own.
pub struct Traffic {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
    since: Instant,
}

/// What is left when it is over.
pub struct Report {
    /// What was asked for.
    pub journal: Journal,
    /// What must not be.
    pub findings: Findings,
    /// When the traffic began.
    pub since: Instant,
    /// When it ended, before everything was looked at once more.
    pub until: Instant,
    /// The number of the site and the `sid` of each session that was ended.
    pub ended: Vec<(usize, String)>,
    /// How often one of these was tried again meanwhile.
    pub looked_back: usize,
}

struct Shared {
    plan: Plan,
    sites: Vec<LoadClient>,
    is_over: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The one that was left alone for longest is in front.
    held: VecDeque<Held>,
    ended: Vec<Ended>,
    journal: Journal,
    findings: Findings,
    signed_in: usize,
    looked_back: usize,
    until: Option<Instant>,
}

/// A session that was acknowledged.
struct Held {
    site: usize,
    name: String,
    person: Person,
    /// When the request began that brought the tokens.
    since: Instant,
}

/// A session whose end was acknowledged.
#[derive(Clone)]
struct Ended {
    site: usize,
    person: Person,
    sid: String,
    at: Instant,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Traffic {
    /// Signs people in until so many sessions are open as planned, and goes on from there.
    ///
    /// # Panics
    /// When that does not work.
    #[must_use]
    pub fn start(plan: Plan) -> Self {
        let port = url::Url::parse(&plan.issuer).unwrap().port().unwrap();
        let sites = plan.sites.iter().map(|site| LoadClient::registered(port, site)).collect();
        let shared =
            Arc::new(Shared { plan, sites, is_over: AtomicBool::new(false), state: Mutex::default() });
        let (sender, receiver) = mpsc::channel();
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(worker::run(for_thread, sender));
        });
        receiver.recv().expect("everybody signs in");
        Self { shared, thread, since: Instant::now() }
    }

    /// Waits until people sign in and sites refresh and ask at the first try.
    ///
    /// # Panics
    /// When they do not within a minute.
    pub async fn wait_until_well(&self) {
        let (since, kinds) = (Instant::now(), Kind::WITHOUT_END);
        let is_well = async || self.shared.state().journal.all_went_well_since(since, &kinds);
        crate::within(Duration::from_secs(60), "everything goes well again", is_well).await;
    }

    /// Ends it, refreshes each family and uses each session once more, and tries everything that was ended.
    ///
    /// # Panics
    /// When its thread panicked.
    pub async fn finish(self) -> Report {
        self.shared.is_over.store(true, Ordering::SeqCst);
        while !self.thread.is_finished() {
            sleep(Duration::from_millis(50)).await;
        }
        self.thread.join().unwrap();
        let mut state = self.shared.state();
        Report {
            journal: std::mem::take(&mut state.journal),
            findings: std::mem::take(&mut state.findings),
            since: self.since,
            until: state.until.unwrap(),
            looked_back: state.looked_back,
            ended: state.ended.drain(..).map(|ended| (ended.site, ended.sid)).collect(),
        }
    }
}
