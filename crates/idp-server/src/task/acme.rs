//! The certificate that the server orders by itself, one task on every node. Each takes up what is in the database; the node that
//! claims the order when it is due renews it for all. A failure is noted and tried again later, and takes no certificate away.

use std::{io, sync::Arc, time::Duration};

use idp_core::time::UnixTime;
use instant_acme::Account;
use rustls::pki_types::CertificateDer;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tracing::Instrument as _;
use zeroize::Zeroizing;

use crate::{
    acme::{Acme, Issued, NotIssued, schedule},
    app::App,
    date::rfc3339,
    db::{
        DbError,
        acme_certificates::{OrderState, StoredCertificate},
    },
    metrics::OrderOutcome,
    random, spans,
    tls::{
        Certificate, CertificateProblem, IssuedCertificate, certificate_begins, certificate_ends,
        certificate_problem,
    },
};

/// How often a node looks whether there is another certificate, or an order is due.
const EVERY: Duration = Duration::from_secs(5);

/// Looks after the certificate for as long as it runs; ends at once where none is ordered.
pub(super) async fn run(app: Arc<App>) {
    let (Some(acme), Some(certificate)) = (&app.acme, app.certificate.get()) else { return };
    let mut hangup = match hangup() {
        Ok(hangup) => hangup,
        Err(error) => {
            return tracing::error!(%error, "no certificate is ordered: SIGHUP cannot be listened to");
        }
    };
    let mut node = Node { app: &app, acme, certificate, shown: None, sealed: None };
    let mut look = interval(EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_hurried = tokio::select! {
            _ = look.tick() => false,
            received = hangup.recv() => received.is_some(),
        };
        if let Err(error) = node.turn(is_hurried).await {
            tracing::warn!(%error, "the certificate is not looked after: the database does not answer");
        }
    }
}

fn hangup() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// This node, and the certificate that it shows.
struct Node<'a> {
    app: &'a App,
    acme: &'a Acme,
    certificate: &'a Certificate,
    /// The row of what is shown, and when it ends.
    shown: Option<(String, UnixTime)>,
    /// The same of what did not open, and was told.
    sealed: Option<(String, UnixTime)>,
}

/// Why an order came to nothing.
enum Failure {
    /// The authority, or the way to it.
    NotIssued(NotIssued),
    /// The database.
    Db(DbError),
}

impl From<NotIssued> for Failure {
    fn from(error: NotIssued) -> Self {
        Self::NotIssued(error)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl Node<'_> {
    async fn turn(&mut self, is_hurried: bool) -> Result<(), DbError> {
        let (store, id) = (&self.app.store, self.acme.id());
        if is_hurried {
            tracing::info!("an order that failed is tried again now");
            store.hurry_acme_order(id.to_owned(), self.app.now()).await?;
        }
        let state = store.acme_order(id.to_owned()).await?;
        self.follow(state.as_ref()).await?;
        let now = self.app.now();
        if state.as_ref().is_some_and(|state| !state.is_due(now)) {
            return Ok(());
        }
        if !store.claim_acme_order(id.to_owned(), self.app.node, now).await? {
            return Ok(());
        }
        // What it was before another node gave the order back.
        let state = store.acme_order(id.to_owned()).await?;
        self.attend(state.as_ref()).instrument(spans::task("order certificate")).await?;
        let state = store.acme_order(id.to_owned()).await?;
        self.follow(state.as_ref()).await
    }

    /// Takes up what is in the database, if that is another certificate than the one that is shown. While there is none for the names
    /// of now, one for those of before is better than none.
    async fn follow(&mut self, state: Option<&OrderState>) -> Result<(), DbError> {
        let own = state.and_then(|state| state.ends_at).map(|ends_at| (self.acme.id().to_owned(), ends_at));
        if self.shown.is_some() && (own.is_none() || own == self.shown) {
            return Ok(());
        }
        let now = self.app.now();
        let Some(stored) = best(self.app.store.acme_certificates().await?, self.acme.id(), now) else {
            return Ok(());
        };
        let found = Some((stored.id.clone(), stored.ends_at));
        if found == self.shown {
            return Ok(());
        }
        match self.opened(&stored) {
            Some(issued) => {
                self.certificate.take_up(&issued);
                tracing::info!(until = rfc3339(stored.ends_at), "a certificate was taken up");
                (self.shown, self.sealed) = (found, None);
            }
            // The master key of this node may come later than that of the one that ordered.
            None if found == self.sealed => {}
            None => {
                tracing::error!("the certificate in the database does not open under this master key");
                self.sealed = found;
            }
        }
        Ok(())
    }

    fn opened(&self, stored: &StoredCertificate) -> Option<IssuedCertificate> {
        let key = self.app.seals().certificate_key.open::<String>(&stored.sealed_key, &stored.id)?;
        IssuedCertificate::read(&stored.chain, &Zeroizing::new(key)).ok()
    }

    /// Does what is due, and notes what came of it.
    async fn attend(&self, state: Option<&OrderState>) -> Result<(), DbError> {
        let failures = state.map_or(0, |state| state.failures).saturating_add(1);
        match self.renew_or_ask(state).await {
            Ok(()) => Ok(()),
            Err(Failure::Db(error)) => Err(error),
            Err(Failure::NotIssued(error)) => {
                let now = self.app.now();
                if let Some(renew_at) = not_before(state, now) {
                    tracing::info!(%error, "the certificate authority was not asked when to renew");
                    let plan = (renew_at, now.plus(schedule::ASK_LATER));
                    return self.app.store.plan_acme_renewal(self.acme.id().to_owned(), plan, now).await;
                }
                self.app.metrics.certificate_orders.add(OrderOutcome::Failed);
                let try_at = now.plus(schedule::pause(failures, error.is_counted, error.wait));
                let words = error.to_string();
                let again_at = rfc3339(try_at);
                if self.certificate.is_there() {
                    tracing::error!(
                        error = words,
                        failures,
                        again_at,
                        "no certificate was issued; the one in use stays"
                    );
                } else {
                    tracing::error!(
                        error = words,
                        failures,
                        again_at,
                        "no certificate was issued, and there is none to show"
                    );
                }
                let id = self.acme.id().to_owned();
                self.app.store.acme_order_failed(id, words, try_at, now).await
            }
        }
    }

    async fn renew_or_ask(&self, state: Option<&OrderState>) -> Result<(), Failure> {
        let (store, id) = (&self.app.store, self.acme.id());
        let stored = store.acme_certificates().await?.into_iter().find(|stored| stored.id == id);
        let former = stored.as_ref().and_then(|stored| self.opened(stored));
        let former = former.as_ref().and_then(IssuedCertificate::end_entity);
        let (account, is_new) = self.account().await?;
        let is_early = not_before(state, self.app.now()).is_some();
        if let (Some(former), Some(stored)) = (former.filter(|_| is_early), &stored) {
            let now = self.app.now();
            let ours = schedule::two_thirds(certificate_begins(former).unwrap_or(now), stored.ends_at);
            let (renew_at, ask_at) = match self.acme.renewal_window(&account, former).await {
                Ok(Some((window, again_in))) => {
                    let latest = latest(ours, stored.ends_at);
                    (window.moment(random::fraction(), latest), now.plus(schedule::asked_again_in(again_in)))
                }
                Ok(None) => (ours, now.plus(schedule::ASK_LATER)),
                Err(error) => {
                    tracing::info!(%error, "the certificate authority does not say when to renew");
                    (ours, now.plus(schedule::ASK_LATER))
                }
            };
            if renew_at > now {
                return Ok(store.plan_acme_renewal(id.to_owned(), (renew_at, ask_at), now).await?);
            }
        }
        let account = match self.order(&account, former).await {
            // It was wiped there, as test systems are.
            Err(Failure::NotIssued(error)) if error.is_of_the_account() && !is_new => {
                self.new_account().await?
            }
            outcome => return outcome,
        };
        self.order(&account, None).await
    }

    async fn order(
        &self,
        account: &Account,
        former: Option<&CertificateDer<'static>>,
    ) -> Result<(), Failure> {
        let store = &self.app.store;
        let domains: Vec<&str> = self.acme.domains().collect();
        tracing::info!(?domains, directory = self.acme.directory_url(), "a certificate is ordered");
        let open = self.acme.begin(account, former).await?;
        for answer in open.answers.clone() {
            // Any node finds it there, and the authority looks after this alone.
            store.answer_acme_challenge(answer.token, answer.key_authorization, self.app.now()).await?;
        }
        let issued = self.acme.finish(open).await?;
        self.keep(issued).await
    }

    /// Stores what was issued, if browsers take it.
    async fn keep(&self, issued: Issued) -> Result<(), Failure> {
        let (now, id) = (self.app.now(), self.acme.id().to_owned());
        let unusable =
            |words: String| NotIssued::because(format!("what was issued cannot be used: {words}"), true);
        let read = IssuedCertificate::read(&issued.chain, &issued.key);
        let read = read.map_err(|error| unusable(error.to_string()))?;
        let own = read.end_entity().ok_or_else(|| unusable("it is empty".to_owned()))?;
        let problem = certificate_problem(own, self.app.config.issuer.url.host(), now);
        // One that begins later tells of a clock that is behind, and is no worse than none.
        let is_unfit = |problem: &CertificateProblem| {
            problem.is_fault() && !matches!(problem, CertificateProblem::NotYet(_))
        };
        if let Some(problem) = problem.filter(is_unfit) {
            return Err(unusable(problem.words()).into());
        }
        let ends_at = certificate_ends(own).unwrap_or(now);
        let renew_at = schedule::two_thirds(certificate_begins(own).unwrap_or(now), ends_at);
        let seals = self.app.seals();
        let sealed_key =
            seals.certificate_key.close(&*issued.key, &id).map_err(|error| unusable(error.to_string()))?;
        let stored = StoredCertificate { id, chain: issued.chain, sealed_key, ends_at };
        // What the authority wants is asked at the next turn.
        self.app.store.keep_acme_certificate(stored, (renew_at, now), now).await?;
        self.app.metrics.certificate_orders.add(OrderOutcome::Issued);
        tracing::info!(until = rfc3339(ends_at), "a certificate was issued");
        Ok(())
    }

    /// The account at the directory, and whether it was made now.
    async fn account(&self) -> Result<(Account, bool), Failure> {
        let directory = self.acme.directory_url();
        let sealed = self.app.store.acme_account(directory.to_owned()).await?;
        let opened =
            sealed.as_ref().map(|sealed| self.app.seals().acme_account.open::<String>(sealed, directory));
        match opened.map(|opened| opened.map(Zeroizing::new)) {
            Some(Some(credentials)) => Ok((self.acme.account(&credentials).await?, false)),
            Some(None) => {
                let words = "the account at the certificate authority does not open under this master key";
                Err(NotIssued::because(words, false).into())
            }
            None => Ok((self.new_account().await?, true)),
        }
    }

    async fn new_account(&self) -> Result<Account, Failure> {
        let directory = self.acme.directory_url();
        let (account, credentials) = self.acme.new_account().await?;
        let sealed = self.app.seals().acme_account.close(&*credentials, directory);
        let sealed = sealed.map_err(|error| NotIssued::because(error.to_string(), false))?;
        self.app.store.keep_acme_account(directory.to_owned(), sealed, self.app.now()).await?;
        tracing::info!(directory, account = account.id(), "an account at the certificate authority was made");
        Ok(account)
    }
}

/// When the certificate that is there is to be renewed, if that is later than now.
fn not_before(state: Option<&OrderState>, now: UnixTime) -> Option<UnixTime> {
    let state = state.filter(|state| state.ends_at.is_some())?;
    Some(state.renew_at).filter(|renew_at| *renew_at > now)
}

/// No authority moves the renewal further than half of what is left after our own time for it.
fn latest(ours: UnixTime, ends_at: UnixTime) -> UnixTime {
    ours.plus(ends_at.seconds_since(ours).max(0) / 2)
}

/// The one to show: that of this row, or while it has none that is good, the one that is good for longest.
fn best(all: Vec<StoredCertificate>, id: &str, now: UnixTime) -> Option<StoredCertificate> {
    // The one that ends last comes first, and a sort keeps that order among equals.
    let mut all = all;
    all.sort_by_key(|stored| (stored.ends_at <= now, stored.id != id));
    all.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(id: &str, ends_at: i64) -> StoredCertificate {
        StoredCertificate {
            id: id.to_owned(),
            chain: String::new(),
            sealed_key: String::new(),
            ends_at: UnixTime(ends_at),
        }
    }

    #[test]
    fn the_certificate_for_the_names_of_now_is_shown_and_else_what_is_good() {
        let shown = |all: &[(&str, i64)]| {
            let all = all.iter().map(|(id, ends_at)| stored(id, *ends_at)).collect();
            best(all, "now", UnixTime(100)).map(|stored| stored.id)
        };
        assert_eq!(shown(&[]), None);
        assert_eq!(shown(&[("before", 300), ("now", 200)]).as_deref(), Some("now"));
        assert_eq!(shown(&[("before", 300), ("earlier", 200)]).as_deref(), Some("before"));
        assert_eq!(shown(&[("before", 300), ("now", 100)]).as_deref(), Some("before"));
        assert_eq!(shown(&[("before", 99), ("now", 50)]).as_deref(), Some("now"));
    }

    #[test]
    fn an_authority_moves_a_renewal_by_half_of_what_is_left() {
        assert_eq!(latest(UnixTime(60), UnixTime(90)), UnixTime(75));
        assert_eq!(latest(UnixTime(60), UnixTime(50)), UnixTime(60));
    }
}
