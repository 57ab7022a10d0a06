//! Times in words: how long to wait, how long ago, and on which date.

use idp_core::time::UnixTime;

use super::Language;
use crate::date;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What is longer ago than this, in seconds, is told by its date.
const LONG_AGO: i64 = 31 * DAY;

impl Language {
    /// A waiting time of so many seconds, rounded up to a unit that people use.
    #[must_use]
    pub fn waiting_time(self, seconds: u64) -> String {
        match seconds {
            0..=90 => self.counted("seconds", seconds.max(1)),
            91..=5400 => self.counted("minutes", seconds.div_ceil(60)),
            _ => self.counted("hours", seconds.div_ceil(3600)),
        }
    }

    /// Such as "5 minutes ago", for what was at `at` and is told at `now`.
    #[must_use]
    pub fn ago(self, at: UnixTime, now: UnixTime) -> String {
        let seconds = now.seconds_since(at);
        let counted = |id, unit: i64| self.counted(id, (seconds / unit).unsigned_abs());
        match seconds {
            // A node's clock may be a little ahead of another's.
            i64::MIN..MINUTE => self.say("just-now").into_owned(),
            MINUTE..HOUR => counted("minutes-ago", MINUTE),
            HOUR..DAY => counted("hours-ago", HOUR),
            DAY..LONG_AGO => counted("days-ago", DAY),
            _ => self.say_with("on-date", &[("date", self.date(at).into())]),
        }
    }

    /// To the minute, in UTC.
    #[must_use]
    pub fn date(self, time: UnixTime) -> String {
        let at = date::utc(time);
        let values = [
            // As text: a year is not grouped as a number is.
            ("year", at.year().to_string().into()),
            ("month", u8::from(at.month()).into()),
            ("day", at.day().to_string().into()),
            ("time", format!("{:02}:{:02}", at.hour(), at.minute()).into()),
        ];
        self.say_with("date", &values)
    }

    fn counted(self, id: &str, count: u64) -> String {
        self.say_with(id, &[("count", count.into())])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ENGLISH_TIMES: [(i64, &str); 13] = [
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
    ];

    #[test]
    fn time_is_told_as_people_tell_it() {
        let now = UnixTime(1_795_232_827);
        for (ago, words) in ENGLISH_TIMES {
            assert_eq!(Language::english().ago(now.plus(-ago), now), words, "{ago}");
        }
    }

    #[test]
    fn chinese_has_one_form_for_every_count() {
        let (chinese, now): (Language, _) = ("zh-CN".parse().unwrap(), UnixTime(1_795_232_827));
        let ago = |seconds: i64| chinese.ago(now.plus(-seconds), now);
        assert_eq!([59, 60, 2 * HOUR, DAY].map(ago), ["刚刚", "1 分钟前", "2 小时前", "1 天前"]);
        assert_eq!(ago(40 * DAY), "2026 年 10 月 12 日 03:47（UTC）");
        assert_eq!(chinese.waiting_time(130), "3 分钟");
    }

    #[test]
    fn waiting_times_are_rounded_up_to_a_unit_people_use() {
        for (seconds, words) in [
            (0, "1 second"),
            (1, "1 second"),
            (30, "30 seconds"),
            (90, "90 seconds"),
            (91, "2 minutes"),
            (3600, "60 minutes"),
            (5401, "2 hours"),
        ] {
            assert_eq!(Language::english().waiting_time(seconds), words);
        }
    }

    #[test]
    fn people_read_the_month_by_its_name() {
        for (seconds, words) in [
            (951_782_400, "29 Feb 2000, 00:00 UTC"),
            (1_795_232_827, "21 Nov 2026, 03:47 UTC"),
            (1_735_689_599, "31 Dec 2024, 23:59 UTC"),
            (1_772_409_600, "2 Mar 2026, 00:00 UTC"),
            (i64::MAX, "31 Dec 9999, 23:59 UTC"),
        ] {
            assert_eq!(Language::english().date(UnixTime(seconds)), words);
        }
    }
}
