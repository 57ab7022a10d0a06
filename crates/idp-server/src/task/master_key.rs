//! Follows the master key: changes over when another one seals, and reads the keys again when one is missing here. A program that
//! prints them may take its time, so nothing waits for this. One that fails is tried again later each time.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{app::App, error_chain::Chain, secret_file::MasterKeySource, store::master_key::KnownMasterKeys};

/// How often it is looked which one seals: a question to the database.
const EVERY: Duration = Duration::from_secs(1);
/// The longest time between two runs of a program that does not have the key.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

pub(super) async fn run(app: Arc<App>) {
    let mut missing = None::<Missing>;
    loop {
        missing = look(&app, missing).await;
        tokio::select! {
            () = sleep(EVERY) => {}
            // Once a turn, however often it is asked for.
            () = app.master_key_wanted.notified() => {}
        }
    }
}

/// What could not be found so far.
struct Missing {
    known: KnownMasterKeys,
    next_try: Instant,
    pause: Duration,
}

async fn look(app: &App, missing: Option<Missing>) -> Option<Missing> {
    let known = match app.follow_master_key().await {
        Ok(known) => known?,
        Err(error) => {
            // The feed tells that the database is away.
            tracing::debug!(error = %Chain(&error), "the master key could not be looked at");
            return missing;
        }
    };
    // Something else is known by now, so it may be there.
    let missing = missing.filter(|missing| missing.known == known);
    if missing.as_ref().is_some_and(|missing| Instant::now() < missing.next_try) {
        return missing;
    }
    let Err(error) = app.take_up_master_key().await else { return None };
    let error = Chain(&error);
    match &missing {
        None => tracing::warn!(%error, "a master key is not here: copy it to this node"),
        Some(_) => tracing::debug!(%error, "the master key is still not here"),
    }
    let pause = match app.config.storage.master_keys() {
        // A file costs nothing to look at.
        MasterKeySource::File(_) => EVERY,
        MasterKeySource::Command(_) => longer(missing.as_ref().map(|missing| missing.pause)),
    };
    Some(Missing { known, next_try: Instant::now() + pause, pause })
}

fn longer(pause: Option<Duration>) -> Duration {
    pause.map_or(EVERY, |pause| pause.saturating_mul(2).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_have_the_key_is_asked_once_a_minute_at_last() {
        let pauses = std::iter::successors(Some(longer(None)), |pause| Some(longer(Some(*pause))));
        let seconds: Vec<u64> = pauses.take(9).map(|pause| pause.as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
