//! What was asked for, when, and what came of it.

use crate::load_client::Failure;
use std::fmt::{Display, Formatter};
use std::time::Duration;
use tokio::time::Instant;

/// What a person or a site does.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Kind {
    /// A person signs in by password, and the site redeems the code.
    SignIn,
    /// A site refreshes the tokens of a person.
    Refresh,
    /// A site asks userinfo.
    Userinfo,
    /// A site asks whether an access token is active.
    Introspection,
    /// A person signs out.
    SignOut,
    /// A person signs in on a new device and ends another one from there.
    Kick,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::SignIn, Self::Refresh, Self::Userinfo, Self::Introspection, Self::SignOut, Self::Kick];

    /// Those that end no session: they are begun whatever became of the sessions.
    pub const WITHOUT_END: [Self; 4] = [Self::SignIn, Self::Refresh, Self::Userinfo, Self::Introspection];

    /// For a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Refresh => "refresh",
            Self::Userinfo => "userinfo",
            Self::Introspection => "introspection",
            Self::SignOut => "sign-out",
            Self::Kick => "kick",
        }
    }
}

/// What came of a try.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Outcome {
    /// It went well.
    Done,
    /// It was refused with this status, or asked to come back.
    Refused(u16),
    /// There was no answer.
    Silent,
}

impl Outcome {
    pub(super) fn of<T>(result: &Result<T, Failure>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(failure) => failure.status().map_or(Self::Silent, Self::Refused),
        }
    }
}

/// One act.
#[derive(Copy, Clone, Debug)]
pub struct Operation {
    /// What.
    pub kind: Kind,
    /// When it began.
    pub begun: Instant,
    /// When it was over, the retry included.
    pub over: Instant,
    /// What came of the first try.
    pub first: Outcome,
    /// What came of it in the end: of one retry after a failure that may pass.
    pub last: Outcome,
}

/// All of them.
#[derive(Clone, Default, Debug)]
pub struct Journal(pub Vec<Operation>);

/// How often something was done.
#[derive(Copy, Clone, Eq, PartialEq, Default, Debug)]
pub struct Count {
    /// How often it was begun.
    pub begun: usize,
    /// How often the first try failed.
    pub failed: usize,
    /// How often one retry did not help.
    pub failed_again: usize,
}

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {} / {}", self.begun, self.failed, self.failed_again)
    }
}

impl Journal {
    /// How often this was done.
    #[must_use]
    pub fn count(&self, kind: Kind) -> Count {
        self.count_where(|operation| operation.kind == kind)
    }

    /// How often anything was done.
    #[must_use]
    pub fn count_all(&self) -> Count {
        self.count_where(|_| true)
    }

    fn count_where(&self, fits: impl Fn(&Operation) -> bool) -> Count {
        let mut count = Count::default();
        for operation in self.0.iter().filter(|operation| fits(operation)) {
            count.begun += 1;
            count.failed += usize::from(operation.first != Outcome::Done);
            count.failed_again += usize::from(operation.last != Outcome::Done);
        }
        count
    }

    /// The longest time from `since` to `until` in which none of this kind went well.
    #[must_use]
    pub fn longest_gap(&self, kind: Kind, since: Instant, until: Instant) -> Duration {
        let done = self.0.iter().filter(|it| it.kind == kind && it.last == Outcome::Done);
        let mut moments: Vec<Instant> = done.map(|it| it.over).chain([since, until]).collect();
        moments.sort_unstable();
        moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// Whether each of these kinds went well that began after `since`.
    #[must_use]
    pub fn all_went_well_since(&self, since: Instant, kinds: &[Kind]) -> bool {
        let went_well = |kind: Kind| {
            let mut own = self.0.iter().filter(|it| it.kind == kind && it.begun > since);
            own.any(|it| it.first == Outcome::Done)
        };
        kinds.iter().all(|kind| went_well(*kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(first: Outcome, last: Outcome) -> (Instant, Journal) {
        let since = Instant::now();
        let at = |begun: u64, over: u64, first, last| Operation {
            kind: Kind::Refresh,
            begun: since + Duration::from_secs(begun),
            over: since + Duration::from_secs(over),
            first,
            last,
        };
        let done = Outcome::Done;
        (since, Journal(vec![at(1, 2, done, done), at(3, 7, first, last), at(8, 9, done, done)]))
    }

    #[test]
    fn a_retry_that_helps_counts_as_a_failure_without_it_and_not_with_it() {
        let (since, journal) = journal(Outcome::Silent, Outcome::Done);
        assert_eq!(journal.count(Kind::Refresh), Count { begun: 3, failed: 1, failed_again: 0 });
        assert_eq!(journal.count(Kind::SignIn), Count::default());
        let until = since + Duration::from_secs(10);
        assert_eq!(journal.longest_gap(Kind::Refresh, since, until), Duration::from_secs(5));
    }

    #[test]
    fn a_gap_lasts_until_something_goes_well_or_it_is_over() {
        let (since, journal) = journal(Outcome::Refused(503), Outcome::Refused(503));
        assert_eq!(journal.count_all(), Count { begun: 3, failed: 1, failed_again: 1 });
        let gap = |until| journal.longest_gap(Kind::Refresh, since, since + Duration::from_secs(until));
        assert_eq!((gap(10), gap(30)), (Duration::from_secs(7), Duration::from_secs(21)));
        let well_since = |at| journal.all_went_well_since(since + Duration::from_secs(at), &[Kind::Refresh]);
        assert!(well_since(2) && well_since(7) && !well_since(8));
    }
}
