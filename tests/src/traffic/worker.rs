//! Does what the plan says, on one thread, and remembers what came of it.

use super::journal::Kind;
use super::tried::{self, PATIENCE, Tried, answered, in_words};
use super::{Ended, Held, Loss, Shared, State};
use crate::jwt;
use crate::load_client::{Connection, Failure, LoadClient};
use crate::offline_site::OfflineSite;
use crate::serving::PASSWORD;
use actix_web::rt::spawn;
use idp_server::clock::Clock;
use resource_sdk::{Freshness, VerifyError};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, mpsc};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

/// A token that ends sooner is refreshed instead of used, in seconds.
const ABOUT_TO_EXPIRE: i64 = 30;
/// Between the proof of the feed and the look at the clock.
const MARGIN: Duration = Duration::from_millis(500);

struct Worker {
    shared: Arc<Shared>,
    /// The same sites where they verify offline.
    offline: Vec<OfflineSite>,
    under_way: Cell<usize>,
}

/// Runs until it is over; says so once everybody is signed in.
pub(super) async fn run(shared: Arc<Shared>, is_ready: mpsc::Sender<()>) {
    let mut offline = Vec::new();
    for site in &shared.plan.sites {
        let freshness = Freshness::Feed { within: shared.plan.freshness };
        offline.push(OfflineSite::follow(&shared.plan.issuer, site, freshness).await);
    }
    let worker = Rc::new(Worker { shared, offline, under_way: Cell::new(0) });
    for _ in 0..worker.shared.plan.sessions {
        worker.sign_in().await;
    }
    let signed_in = std::mem::take(&mut worker.state().journal).count(Kind::SignIn);
    assert_eq!(signed_in.failed, 0, "{:?}", worker.state().findings);
    is_ready.send(()).unwrap();
    let acts = worker.shared.plan.paces.iter().map(|(kind, pace)| (Some(*kind), *pace));
    let tickers: Vec<_> = acts.chain([(None, worker.shared.plan.look_back)]).collect();
    let tickers: Vec<_> =
        tickers.into_iter().map(|(kind, pace)| spawn(repeat(Rc::clone(&worker), kind, pace))).collect();
    while !worker.shared.is_over.load(Ordering::SeqCst) {
        sleep(Duration::from_millis(20)).await;
    }
    tickers.iter().for_each(|ticker| ticker.abort());
    worker.state().until = Some(Instant::now());
    while worker.under_way.get() > 0 {
        sleep(Duration::from_millis(20)).await;
    }
    worker.look_at_everything().await;
}

/// Begins an act each time, whether the one before is over or not; `None` looks back.
async fn repeat(worker: Rc<Worker>, kind: Option<Kind>, pace: Duration) {
    let mut ticks = interval(pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let act = UnderWay::begin(&worker);
        spawn(async move {
            match kind {
                Some(kind) => act.0.act(kind).await,
                None => act.0.look_back().await,
            }
        });
    }
}

/// An act that is waited for at the end.
struct UnderWay(Rc<Worker>);

impl UnderWay {
    fn begin(worker: &Rc<Worker>) -> Self {
        worker.under_way.set(worker.under_way.get() + 1);
        Self(Rc::clone(worker))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.set(self.0.under_way.get() - 1);
        if std::thread::panicking() {
            self.0.state().findings.undecided += 1;
        }
    }
}

impl Worker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    fn site(&self, number: usize) -> &LoadClient {
        &self.shared.sites[number]
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        Ok(Connection::try_open(self.shared.sites[0].port).await?)
    }

    async fn act(&self, kind: Kind) {
        match kind {
            Kind::SignIn => return self.sign_in().await,
            Kind::SignOut if self.state().held.len() <= self.shared.plan.sessions => return,
            _ => {}
        }
        let Some(held) = self.state().held.pop_front() else { return };
        match kind {
            Kind::SignIn | Kind::Refresh => self.refresh(held).await,
            Kind::Userinfo | Kind::Introspection if is_about_to_expire(&held) => self.refresh(held).await,
            Kind::Userinfo | Kind::Introspection => self.use_token(kind, held).await,
            Kind::SignOut => self.sign_out(held).await,
            Kind::Kick => self.kick(held).await,
        }
    }

    async fn sign_in(&self) {
        let number = {
            let mut state = self.state();
            state.signed_in += 1;
            state.signed_in
        };
        let people = &self.shared.plan.people;
        let (site, name) = (number % self.shared.sites.len(), &people[number % people.len()]);
        let tried = self.recorded(Kind::SignIn, async || self.site(site).sign_in_with(name, PASSWORD).await);
        let tried = tried.await;
        match tried.result {
            Ok(person) => self.hold(Held { site, name: name.clone(), person, since: tried.last }),
            // What no client was told of cannot be lost.
            Err(failure) => self.note(format!("sign-in of {name}: {}", in_words(&failure))),
        }
    }

    async fn refresh(&self, mut held: Held) {
        let tried = self.recorded(Kind::Refresh, async || {
            self.site(held.site).refresh(&mut self.connect().await?, &mut held.person).await
        });
        let tried = tried.await;
        self.after_refresh(held, tried).await;
    }

    async fn after_refresh(&self, mut held: Held, tried: Tried<()>) {
        match tried.result {
            Ok(()) => {
                held.since = tried.last;
                self.hold(held);
            }
            Err(failure) if failure.is_passing() => self.state().findings.undecided += 1,
            Err(failure) => {
                let in_doubt = (tried.last > tried.first).then(|| tried.last - tried.first);
                self.lost(Kind::Refresh, held, tried.last, in_doubt, &failure).await;
            }
        }
    }

    async fn use_token(&self, kind: Kind, held: Held) {
        let is_revoked = match self.offline[held.site].verdict_at(now(), &held.person.access_token) {
            Err(VerifyError::NotFresh) => {
                self.state().findings.behind += 1;
                false
            }
            verdict => verdict == Err(VerifyError::Revoked),
        };
        let tried = self.recorded(kind, async || {
            let (site, mut connection) = (self.site(held.site), self.connect().await?);
            match kind {
                Kind::Userinfo => site.userinfo(&mut connection, &held.person).await,
                _ => site.introspect(&mut connection, &held.person).await,
            }
        });
        let tried = tried.await;
        match tried.result {
            Err(failure) if !failure.is_passing() => self.lost(kind, held, tried.last, None, &failure).await,
            _ => {
                if is_revoked {
                    let mut state = self.state();
                    let loss = Loss { kind, since: held.since, at: tried.first, in_doubt: None };
                    state.findings.losses.push(loss);
                    state.findings.note("a site that verifies offline refuses a token as revoked".into());
                }
                self.hold(held);
            }
        }
    }

    async fn sign_out(&self, held: Held) {
        let tried = self.recorded(Kind::SignOut, async || {
            self.site(held.site).sign_out(&mut self.connect().await?, &held.person).await
        });
        let tried = tried.await;
        self.after_end(held, tried.result);
    }

    async fn kick(&self, held: Held) {
        let site = self.site(held.site);
        let tried = self.recorded(Kind::Kick, async || {
            let newcomer = site.sign_in_with(&held.name, PASSWORD).await?;
            site.end_device(&mut self.connect().await?, &newcomer, &sid(&held)).await?;
            Ok(newcomer)
        });
        let tried = tried.await;
        let result = tried.result.map(|person| {
            let (site, name) = (held.site, held.name.clone());
            self.hold(Held { site, name, person, since: tried.last });
        });
        self.after_end(held, result);
    }

    fn after_end(&self, held: Held, result: Result<(), Failure>) {
        match result {
            Ok(()) => {
                let (site, sid) = (held.site, sid(&held));
                self.state().ended.push(Ended { site, sid, person: held.person, at: Instant::now() });
            }
            Err(failure) if failure.is_passing() => self.state().findings.undecided += 1,
            Err(failure) => {
                self.note(format!("a session is not ended: {}", in_words(&failure)));
                self.hold(held);
            }
        }
    }

    /// Something acknowledged is refused. The site sends the person's browser once more, which needs no form.
    async fn lost(&self, kind: Kind, held: Held, at: Instant, in_doubt: Option<Duration>, failure: &Failure) {
        {
            let (mut state, age) = (self.state(), at - held.since);
            state.findings.losses.push(Loss { kind, since: held.since, at, in_doubt });
            let (name, failure) = (kind.name(), in_words(failure));
            state.findings.note(format!("{name} of tokens {age:.1?} old, {in_doubt:?} in doubt: {failure}"));
        }
        self.sign_in_silently(held).await;
    }

    async fn sign_in_silently(&self, held: Held) {
        let tried = answered(async || {
            self.site(held.site).grant(&mut self.connect().await?, &held.person.cookies).await
        });
        let tried = tried.await;
        match tried.result {
            Ok(person) => self.hold(Held { person, since: tried.last, ..held }),
            Err(failure) if failure.is_passing() => self.state().findings.undecided += 1,
            Err(failure) => {
                let mut state = self.state();
                state.findings.lost_sessions += 1;
                state.findings.note(format!("the session of {}: {}", held.name, in_words(&failure)));
            }
        }
    }

    /// Tries one of those that have ended.
    async fn look_back(&self) {
        let ended = {
            let mut state = self.state();
            state.looked_back += 1;
            let number = state.looked_back.checked_rem(state.ended.len());
            number.map(|number| state.ended[number].clone())
        };
        if let Some(ended) = ended {
            self.look_at_ended(&ended).await;
        }
    }

    async fn look_at_ended(&self, ended: &Ended) {
        let (site, mut person) = (self.site(ended.site), ended.person.clone());
        let wait = self.shared.plan.freshness + MARGIN;
        let is_known = ended.at.elapsed() > wait;
        let offline = self.offline[ended.site].verdict_at(now(), &person.access_token);
        let accepted = async {
            let (mut connection, mut accepted) = (self.connect().await?, Vec::new());
            let silent = site.grant(&mut connection, &person.cookies).await.map(drop);
            let userinfo = site.userinfo(&mut connection, &person).await;
            let introspected = site.introspect(&mut connection, &person).await;
            let refreshed = site.refresh(&mut connection, &mut person).await;
            let all = [("cookie", silent), ("userinfo", userinfo), ("introspection", introspected)];
            for (what, result) in all.into_iter().chain([("refresh token", refreshed)]) {
                accepted.extend(result.is_ok().then_some(what));
            }
            Ok::<_, Failure>(accepted)
        };
        let at_provider = timeout(PATIENCE, accepted).await.ok().and_then(Result::ok).unwrap_or_default();
        let at_site = (is_known && offline.is_ok()).then_some("offline verification");
        for what in at_provider.into_iter().chain(at_site) {
            let mut state = self.state();
            state.findings.resurrected += 1;
            let ago = ended.at.elapsed();
            state.findings.note(format!("{what}: session {} is accepted {ago:.1?} after its end", ended.sid));
        }
    }

    /// Each family and session once more, and everything that has ended.
    async fn look_at_everything(&self) {
        let all = std::mem::take(&mut self.state().held);
        for mut held in all {
            let tried = answered(async || {
                self.site(held.site).refresh(&mut self.connect().await?, &mut held.person).await
            });
            let tried = tried.await;
            self.after_refresh(held, tried).await;
        }
        let all = std::mem::take(&mut self.state().held);
        for held in all {
            self.sign_in_silently(held).await;
        }
        sleep(self.shared.plan.freshness + MARGIN).await;
        let all = self.state().ended.clone();
        for ended in &all {
            self.look_at_ended(ended).await;
        }
    }

    fn hold(&self, held: Held) {
        self.state().held.push_back(held);
    }

    fn note(&self, note: String) {
        self.state().findings.note(note);
    }

    async fn recorded<T>(&self, kind: Kind, act: impl AsyncFnMut() -> Result<T, Failure>) -> Tried<T> {
        tried::recorded(kind, |operation| self.state().journal.0.push(operation), act).await
    }
}

fn sid(held: &Held) -> String {
    jwt::claims(&held.person.access_token)["sid"].as_str().unwrap().to_owned()
}

fn is_about_to_expire(held: &Held) -> bool {
    let expires_at = jwt::claims(&held.person.access_token)["exp"].as_i64().unwrap();
    expires_at < now() + ABOUT_TO_EXPIRE
}

fn now() -> i64 {
    Clock::System.now().as_secs()
}
