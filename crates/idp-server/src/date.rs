//! Points in time as people and scripts read them, in UTC.

use idp_core::time::UnixTime;

const DAY: i64 = 86_400;
/// Days from 0000-03-01, where the calendar's 400-year pattern begins, to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Days in 400 years.
const ERA: i64 = 146_097;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// RFC 3339 to the second, such as `2026-11-21T03:00:00Z`.
#[must_use]
pub fn rfc3339(time: UnixTime) -> String {
    let (year, month, day) = civil(time.as_secs().div_euclid(DAY));
    let (hour, minute, second) = of_day(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// In English to the minute, such as `21 Nov 2026, 03:00 UTC`.
#[must_use]
pub fn in_english(time: UnixTime) -> String {
    let (year, month, day) = civil(time.as_secs().div_euclid(DAY));
    let (hour, minute, _) = of_day(time);
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).copied();
    format!("{day} {} {year}, {hour:02}:{minute:02} UTC", month.unwrap_or_default())
}

fn of_day(time: UnixTime) -> (i64, i64, i64) {
    let seconds = time.as_secs().rem_euclid(DAY);
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The Gregorian date of a day counted from 1970-01-01. Years begin in March here, so that the leap day
/// is their last and months have lengths that a line through 153 days in 5 months hits exactly.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day.saturating_add(EPOCH);
    let (era, of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
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
        }
    }

    #[test]
    fn people_read_the_month_by_its_name() {
        assert_eq!(in_english(UnixTime(951_782_400)), "29 Feb 2000, 00:00 UTC");
        assert_eq!(in_english(UnixTime(1_795_232_827)), "21 Nov 2026, 03:47 UTC");
        assert_eq!(in_english(UnixTime(1_735_689_599)), "31 Dec 2024, 23:59 UTC");
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut previous = civil(-ERA);
        for day in 1 - ERA..=ERA {
            let (year, month, date) = civil(day);
            let (y, m, d) = previous;
            let next_day = (year, month, date) == (y, m, d + 1);
            let next_month = date == 1 && (year, month) == (y, m + 1) && d >= 28;
            let next_year = (year, month, date) == (y + 1, 1, 1) && (m, d) == (12, 31);
            assert!(next_day || next_month || next_year, "{previous:?} then {:?}", (year, month, date));
            previous = (year, month, date);
        }
    }
}
