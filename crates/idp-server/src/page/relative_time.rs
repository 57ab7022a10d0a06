//! A point in time as a page shows it: in words that need no clock and no time zone, with the exact time for
//! a reader who wants it.

use idp_core::time::UnixTime;

use crate::date;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What is longer ago than this, in seconds, is told by its date.
const LONG_AGO: i64 = 31 * DAY;

/// A time and the time it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelativeTime {
    at: UnixTime,
    now: UnixTime,
}

impl RelativeTime {
    /// `at`, seen from `now`.
    #[must_use]
    pub const fn new(at: UnixTime, now: UnixTime) -> Self {
        Self { at, now }
    }

    /// For `datetime`.
    #[must_use]
    pub fn machine(&self) -> String {
        date::rfc3339(self.at)
    }

    /// To the minute, in UTC.
    #[must_use]
    pub fn exact(&self) -> String {
        date::in_english(self.at)
    }

    /// Such as "5 minutes ago".
    #[must_use]
    pub fn words(&self) -> String {
        let seconds = self.now.seconds_since(self.at);
        match seconds {
            // A node's clock may be a little ahead of another's.
            i64::MIN..MINUTE => "just now".to_owned(),
            MINUTE..HOUR => ago(seconds / MINUTE, "minute"),
            HOUR..DAY => ago(seconds / HOUR, "hour"),
            DAY..LONG_AGO => ago(seconds / DAY, "day"),
            _ => format!("on {}", self.exact()),
        }
    }
}

fn ago(count: i64, unit: &str) -> String {
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_as_people_tell_it() {
        let now = UnixTime(1_795_232_827);
        for (ago, words) in [
            (-5, "just now"),
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (119, "1 minute ago"),
            (59 * MINUTE + 59, "59 minutes ago"),
            (HOUR, "1 hour ago"),
            (119 * MINUTE, "1 hour ago"),
            (23 * HOUR, "23 hours ago"),
            (DAY, "1 day ago"),
            (2 * DAY, "2 days ago"),
            (30 * DAY, "30 days ago"),
            (40 * DAY, "on 12 Oct 2026, 03:47 UTC"),
        ] {
            assert_eq!(RelativeTime::new(now.plus(-ago), now).words(), words, "{ago}");
        }
    }
}
