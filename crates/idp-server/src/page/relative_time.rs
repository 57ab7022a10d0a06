//! A point in time as a page shows it: in words that need no clock and no time zone, with the exact time for
//! a reader who wants it.

use idp_core::time::UnixTime;

use crate::date;
use crate::words::Language;

/// A time, the time it is looked at, and the language it is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelativeTime {
    at: UnixTime,
    now: UnixTime,
    language: Language,
}

impl RelativeTime {
    /// `at`, seen from `now`.
    #[must_use]
    pub const fn new(at: UnixTime, now: UnixTime, language: Language) -> Self {
        Self { at, now, language }
    }

    /// For `datetime`.
    #[must_use]
    pub fn machine(&self) -> String {
        date::rfc3339(self.at)
    }

    /// To the minute, in UTC.
    #[must_use]
    pub fn exact(&self) -> String {
        self.language.date(self.at)
    }

    /// Such as "5 minutes ago".
    #[must_use]
    pub fn words(&self) -> String {
        self.language.ago(self.at, self.now)
    }
}
