//! When a certificate is renewed, and when to try again after a failure. No clock and no random source of its own.

use idp_core::time::UnixTime;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Pauses after failures that an authority counts. Let's Encrypt takes five failed validations of a name in an hour and locks out
/// who goes on for long; it asks clients for a pause of a minute, then of ten, then of a hundred, and then of a day.
const COUNTED: [i64; 4] = [MINUTE, 10 * MINUTE, 100 * MINUTE, DAY];
/// The longest pause after failures that cost nothing: the authority could not be reached.
const LONGEST_UNCOUNTED: i64 = HOUR;
/// No authority is waited for longer, even if it asks for that.
const LONGEST_ASKED: i64 = 7 * DAY;
/// RFC 9773 4.3.2: how soon and how late renewal information is asked for again.
const ASKED_AGAIN: (i64, i64) = (MINUTE, DAY);
/// How soon it is asked for again where it was not to be had.
pub const ASK_LATER: i64 = 6 * HOUR;

/// How many seconds to wait after so many failures in a row, of which this is the last. `asked` is what the authority asked for.
#[must_use]
pub fn pause(failures: u32, is_counted: bool, asked: Option<i64>) -> i64 {
    let before = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let own = if is_counted {
        COUNTED.get(before).copied().unwrap_or(DAY)
    } else {
        let doubled = u32::try_from(before).ok().and_then(|before| 1_i64.checked_shl(before.min(16)));
        doubled.unwrap_or(1).saturating_mul(MINUTE).min(LONGEST_UNCOUNTED)
    };
    own.max(asked.unwrap_or(0).min(LONGEST_ASKED))
}

/// At two thirds of the life of a certificate, where the authority says nothing.
#[must_use]
pub fn two_thirds(begins: UnixTime, ends: UnixTime) -> UnixTime {
    let life = ends.seconds_since(begins).max(0);
    begins.plus(life - life / 3)
}

/// How many seconds from now renewal information is asked for again.
#[must_use]
pub fn asked_again_in(seconds: i64) -> i64 {
    seconds.clamp(ASKED_AGAIN.0, ASKED_AGAIN.1)
}

/// The time in which an authority wants a certificate to be renewed.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Window {
    start: i64,
    end: i64,
}

impl Window {
    /// One from `start` to `end`, in seconds since 1970; one that ends before it begins is its beginning.
    #[must_use]
    pub fn new(start: i64, end: i64) -> Self {
        Self { start, end: end.max(start) }
    }

    /// A moment in it that `fraction`, from 0 to 1, chooses (RFC 9773 4.2), so that clients do not come all at once. Never later than
    /// `latest`, which is ours: an authority that is wrong, or was asked too late, must not let a certificate end.
    #[must_use]
    pub fn moment(self, fraction: f64, latest: UnixTime) -> UnixTime {
        let length = u32::try_from(self.end.saturating_sub(self.start)).unwrap_or(u32::MAX);
        let into = (f64::from(length) * fraction.clamp(0.0, 1.0)) as i64;
        UnixTime(self.start.saturating_add(into).min(latest.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_validations_stay_below_what_an_authority_bears() {
        let pauses: Vec<i64> = (1..=6).map(|failures| pause(failures, true, None)).collect();
        assert_eq!(pauses, [MINUTE, 10 * MINUTE, 100 * MINUTE, DAY, DAY, DAY]);
        // Let's Encrypt: five an hour.
        let tries = pauses.iter().scan(0, |at, pause| {
            *at += pause;
            Some(*at)
        });
        assert!(1 + tries.filter(|at| *at < HOUR).count() < 5);
        assert_eq!(pause(u32::MAX, true, None), DAY);
    }

    #[test]
    fn an_authority_that_is_away_is_asked_again_within_the_hour() {
        let pauses: Vec<i64> = (1..=8).map(|failures| pause(failures, false, None)).collect();
        assert_eq!(pauses, [60, 120, 240, 480, 960, 1920, HOUR, HOUR]);
        assert_eq!((pause(0, false, None), pause(u32::MAX, false, None)), (60, HOUR));
    }

    #[test]
    fn what_an_authority_asks_for_is_waited_for_and_not_for_ever() {
        assert_eq!(pause(1, false, Some(3 * HOUR)), 3 * HOUR);
        assert_eq!(pause(3, true, Some(1)), 100 * MINUTE);
        assert_eq!(pause(1, true, Some(i64::MAX)), LONGEST_ASKED);
        assert_eq!(pause(1, true, Some(-5)), MINUTE);
    }

    #[test]
    fn a_certificate_is_renewed_at_two_thirds_of_its_life() {
        let days = |days: i64| UnixTime(days * DAY);
        assert_eq!(two_thirds(days(0), days(90)), days(60));
        assert_eq!(two_thirds(days(100), days(106)), days(104));
        assert_eq!(two_thirds(days(5), days(5)), days(5));
        assert_eq!(two_thirds(days(5), days(4)), days(5));
    }

    #[test]
    fn a_moment_lies_in_the_window_and_before_the_end_of_the_certificate() {
        let (window, late) = (Window::new(1000, 2000), UnixTime(i64::MAX));
        assert_eq!(window.moment(0.0, late), UnixTime(1000));
        assert_eq!(window.moment(0.5, late), UnixTime(1500));
        assert_eq!(window.moment(7.0, late), UnixTime(2000));
        assert_eq!(window.moment(f64::NAN, late), UnixTime(1000));
        assert_eq!(window.moment(1.0, UnixTime(1200)), UnixTime(1200));
        assert_eq!(Window::new(2000, 1000).moment(1.0, late), UnixTime(2000));
        assert_eq!(Window::new(i64::MIN, i64::MAX).moment(0.0, UnixTime(5)), UnixTime(i64::MIN));
    }

    #[test]
    fn renewal_information_is_asked_for_once_a_day_at_least() {
        assert_eq!([-1, 0, 6 * HOUR, 90 * DAY].map(asked_again_in), [MINUTE, MINUTE, 6 * HOUR, DAY]);
    }
}
