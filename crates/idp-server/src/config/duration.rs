//! Durations as the configuration writes them: `90s`, `30m`, `12h`, `3d`. One unit and no mixtures, so that a value has
//! one reading only. The rules in `idp-core` receive whole seconds.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Ten years, in seconds. A longer duration is a slip of the pen.
const LONGEST: i64 = 3650 * DAY;

/// A duration in whole seconds, never negative, at most ten years.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct ConfigDuration(i64);

/// The text is not a duration.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be a whole number and a unit, such as 90s, 30m, 12h or 3d, and at most 3650d")]
pub struct ConfigDurationError;

impl ConfigDuration {
    /// `count` seconds, clamped to the allowed range.
    #[must_use]
    pub const fn seconds(count: i64) -> Self {
        if count < 0 {
            Self(0)
        } else if count > LONGEST {
            Self(LONGEST)
        } else {
            Self(count)
        }
    }

    /// `count` minutes.
    #[must_use]
    pub const fn minutes(count: i64) -> Self {
        Self::seconds(count.saturating_mul(MINUTE))
    }

    /// `count` hours.
    #[must_use]
    pub const fn hours(count: i64) -> Self {
        Self::seconds(count.saturating_mul(HOUR))
    }

    /// `count` days of 24 hours.
    #[must_use]
    pub const fn days(count: i64) -> Self {
        Self::seconds(count.saturating_mul(DAY))
    }

    /// In seconds, as the rules in `idp-core` take it.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// For timers and sockets.
    #[must_use]
    pub const fn to_duration(self) -> Duration {
        Duration::from_secs(self.0.unsigned_abs())
    }
}

impl FromStr for ConfigDuration {
    type Err = ConfigDurationError;

    fn from_str(text: &str) -> Result<Self, ConfigDurationError> {
        parse(text).ok_or(ConfigDurationError)
    }
}

fn parse(text: &str) -> Option<ConfigDuration> {
    let text = text.trim();
    let digits_end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(digits_end);
    let unit = match unit {
        "s" => 1,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    let seconds = digits.parse::<i64>().ok()?.checked_mul(unit)?;
    (seconds <= LONGEST).then_some(ConfigDuration(seconds))
}

impl fmt::Display for ConfigDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, letter) = [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm')]
            .into_iter()
            .find(|(unit, _)| self.0 >= *unit && self.0 % unit == 0)
            .unwrap_or((1, 's'));
        write!(f, "{}{letter}", self.0 / unit)
    }
}

impl Serialize for ConfigDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConfigDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_unit() {
        assert_eq!("90s".parse(), Ok(ConfigDuration::seconds(90)));
        assert_eq!("30m".parse(), Ok(ConfigDuration::seconds(1800)));
        assert_eq!("12h".parse(), Ok(ConfigDuration::seconds(43_200)));
        assert_eq!("3d".parse(), Ok(ConfigDuration::seconds(259_200)));
        assert_eq!(" 0s ".parse(), Ok(ConfigDuration::seconds(0)));
    }

    #[test]
    fn refuses_what_could_be_misread() {
        for text in [
            "",
            "30",
            "m",
            "-1s",
            "+1s",
            "1.5h",
            "1h30m",
            "5M",
            "5 m",
            "5min",
            "99999d",
            "9223372036854775807d",
            "3651d",
        ] {
            assert!(text.parse::<ConfigDuration>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn prints_the_shortest_form_that_reads_back() {
        for (duration, text) in [
            (ConfigDuration::seconds(0), "0s"),
            (ConfigDuration::seconds(90), "90s"),
            (ConfigDuration::minutes(30), "30m"),
            (ConfigDuration::hours(36), "36h"),
            (ConfigDuration::days(3), "3d"),
        ] {
            assert_eq!(duration.to_string(), text);
            assert_eq!(text.parse(), Ok(duration));
        }
    }
}
