//! The clock of this machine, beside those that it can be compared with. Tokens of a node whose clock is off are refused by sites and by
//! the other nodes.

use std::path::Path;

use crate::{cli::checks::Finding, clock::CLOCK_LEEWAY};

const CHECK: &str = "clock";
/// What is worth a word, in milliseconds.
const NOTABLE_MS: i64 = 2_000;
/// What systemd-timesyncd leaves when it has set the clock, and what is there where systemd is.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";
const TIMESYNC: &str = "/run/systemd/timesync";

/// What it means that the clock of `what` is so far ahead of this machine's.
pub(super) fn compared(what: &str, ahead_ms: i64) -> Finding {
    let (off, way) = (ahead_ms.abs(), if ahead_ms > 0 { "behind" } else { "ahead of" });
    let seconds = off / 1000;
    let words = format!("the clock of this machine is {seconds} s {way} that of {what}");
    if off > CLOCK_LEEWAY * 1000 {
        return Finding::failed(CHECK, words).mended_by("have both set by the same time servers (NTP)");
    }
    match off > NOTABLE_MS {
        true => Finding::note(CHECK, words),
        false => Finding::well(CHECK, format!("it agrees with that of {what}")),
    }
}

/// Whether the system says that time servers set the clock. Most ways of doing that leave no trace that everyone can read.
pub(super) fn look_at_synchronisation() -> Option<Finding> {
    if Path::new(SYNCHRONISED).exists() {
        return Some(Finding::well(CHECK, "systemd-timesyncd has set it"));
    }
    let has_timesyncd = Path::new(TIMESYNC).exists();
    has_timesyncd.then(|| Finding::note(CHECK, "systemd-timesyncd runs and has not set it yet"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_off_by_what_nodes_forgive_each_other() {
        let level = |ahead_ms| compared("it", ahead_ms).level();
        assert_eq!([level(0), level(2_000), level(-2_000)], ["ok", "ok", "ok"]);
        assert_eq!([level(2_001), level(30_000), level(-30_000)], ["note", "note", "note"]);
        assert_eq!([level(30_001), level(-3_600_000)], ["fault", "fault"]);
        assert!(compared("it", 60_000).words().contains("60 s behind that of it"));
        assert!(compared("it", -60_000).words().contains("60 s ahead of that of it"));
    }
}
