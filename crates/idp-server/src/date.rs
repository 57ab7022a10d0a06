//! Points in time in UTC: on the calendar, and as scripts read them (RFC 3339). How people read them is `words`'s.

use idp_core::time::UnixTime;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The years that RFC 3339 can write: 0000 to 9999, in seconds.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// RFC 3339 to the second, such as `2026-11-21T03:00:00Z`.
#[must_use]
pub fn rfc3339(time: UnixTime) -> String {
    utc(time).format(&Rfc3339).unwrap_or_default()
}

/// Reads RFC 3339; parts of a second are dropped. `None` for anything else.
#[must_use]
pub fn from_rfc3339(text: &str) -> Option<UnixTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(|time| UnixTime(time.unix_timestamp()))
}

/// Clamped to the years that can be written, so that formatting cannot fail.
#[must_use]
pub fn utc(time: UnixTime) -> OffsetDateTime {
    let seconds = time.as_secs().clamp(*WRITABLE.start(), *WRITABLE.end());
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_written_as_the_calendar_has_them() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_795_232_827, "2026-11-21T03:47:07Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(UnixTime(seconds)), text);
            assert_eq!(from_rfc3339(text), Some(UnixTime(seconds)));
        }
    }

    #[test]
    fn a_time_of_another_zone_is_read_and_no_time_is_none() {
        assert_eq!(from_rfc3339("1970-01-01T02:00:01.9+02:00"), Some(UnixTime(1)));
        for wrong in ["", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "0", "\0"] {
            assert_eq!(from_rfc3339(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        const DAYS: i64 = 146_097;
        let date = |day: i64| {
            let text = rfc3339(UnixTime(day * 86_400));
            let part = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap();
            (part(0..4), part(5..7), part(8..10))
        };
        let mut previous = date(-DAYS);
        for day in 1 - DAYS..=DAYS {
            let (year, month, date) = date(day);
            let (y, m, d) = previous;
            let next_day = (year, month, date) == (y, m, d + 1);
            let next_month = date == 1 && (year, month) == (y, m + 1) && d >= 28;
            let next_year = (year, month, date) == (y + 1, 1, 1) && (m, d) == (12, 31);
            assert!(next_day || next_month || next_year, "{previous:?} then {:?}", (year, month, date));
            previous = (year, month, date);
        }
    }

    #[test]
    fn a_time_that_no_calendar_writes_becomes_the_nearest_that_one_does() {
        assert_eq!(rfc3339(UnixTime(i64::MAX)), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339(UnixTime(i64::MIN)), "0000-01-01T00:00:00Z");
    }
}
