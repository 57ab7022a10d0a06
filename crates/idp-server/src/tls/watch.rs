//! Keeps the certificate in use the one that stands in the files, and tells the log before it ends.

use std::{
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};

use super::Certificate;
use crate::{clock::Clock, error_chain::Chain};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often the log is told of a certificate that is over or ends soon, in looks: once in twelve hours.
const TELL_EVERY: u64 = 12 * 60 * 60 / LOOK_EVERY.as_secs();

/// Takes up a certificate that was renewed, and tells of one that ends, for the life of the process: when the files are others than before, and when SIGHUP
/// arrives. Without files the signal does nothing here, instead of ending the process as it would by default.
///
/// # Errors
/// When the handler cannot be installed.
pub fn watch(certificate: Option<Arc<Certificate>>, host: String, clock: Clock) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    actix_web::rt::spawn(async move {
        let Some(certificate) = certificate else {
            while hangup.recv().await.is_some() {
                tracing::info!("nothing to read again: no certificate is configured");
            }
            return;
        };
        let (mut seen, mut looks) = (Version::of(&certificate), 0_u64);
        loop {
            let is_asked_for = tokio::select! {
                received = hangup.recv() => received.is_some(),
                _ = look.tick() => false,
            };
            let present = Version::of(&certificate);
            if certificate.files.is_some() && (is_asked_for || present != seen) {
                // Where one file is new and the other is not yet, the next look finds both.
                seen = if renew(&certificate) { present } else { Version::default() };
                looks = 0;
            }
            if looks.is_multiple_of(TELL_EVERY) {
                tell(&certificate, &host, &clock);
            }
            looks += 1;
        }
    });
    Ok(())
}

fn renew(certificate: &Certificate) -> bool {
    match certificate.renew() {
        Ok(()) => tracing::info!("certificate read again"),
        Err(error) => {
            tracing::error!("the old certificate stays in use: {}", Chain(&error));
            return false;
        }
    }
    true
}

fn tell(certificate: &Certificate, host: &str, clock: &Clock) {
    let now = clock.now();
    let Some(problem) = certificate.problem(host, now) else { return };
    let words = match certificate.files {
        Some(_) => problem.to_string(),
        // It may live for some days in all, and renews by itself.
        None if !problem.is_fault() && !certificate.is_late(now) => return,
        None => format!("the certificate that was ordered: {}", problem.words()),
    };
    if problem.is_fault() { tracing::error!("{words}") } else { tracing::warn!("{words}") }
}

/// Which files there were: when each was written. A link counts as what it leads to.
#[derive(Clone, Eq, PartialEq, Default)]
struct Version([Option<SystemTime>; 2]);

impl Version {
    fn of(certificate: &Certificate) -> Self {
        let Some(files) = &certificate.files else { return Self::default() };
        let written = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        Self([written(&files.certificate), written(&files.key)])
    }
}
