//! Pictures of numbers, drawn here: shapes without a script, a style or a word in them. What they show stands beside them in
//! words, so that a reader who does not see them misses nothing; and no colour says anything that a shape does not.

use idp_core::time::UnixTime;
use std::fmt::Write as _;

/// The width of a picture, in units of its own.
const WIDTH: i64 = 1000;
/// The height of one half of a picture over time.
const HALF: u64 = 50;

/// A stretch of time in a picture with others.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Stretch {
    /// The class of its shape.
    pub class: &'static str,
    /// Where it begins.
    pub x: i64,
    /// How long it is.
    pub width: i64,
}

/// The time that a picture shows.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Scale {
    from: i64,
    seconds: i64,
}

impl Scale {
    /// All of these times.
    #[must_use]
    pub fn of(times: impl IntoIterator<Item = UnixTime>) -> Self {
        let (mut from, mut until) = (i64::MAX, i64::MIN);
        for time in times {
            (from, until) = (from.min(time.as_secs()), until.max(time.as_secs()));
        }
        Self { from, seconds: until.saturating_sub(from).max(1) }
    }

    /// Where a time is.
    #[must_use]
    pub fn x(self, time: UnixTime) -> i64 {
        let offset = i128::from(time.as_secs().saturating_sub(self.from)) * i128::from(WIDTH);
        i64::try_from(offset / i128::from(self.seconds)).unwrap_or_default().clamp(0, WIDTH)
    }

    /// From one time to another, no shorter than can be seen.
    #[must_use]
    pub fn stretch(self, class: &'static str, from: UnixTime, until: UnixTime) -> Stretch {
        let x = self.x(from).min(WIDTH - 4);
        Stretch { class, x, width: (self.x(until) - x).max(4) }
    }
}

/// How much one of several has, as a bar.
#[must_use]
pub fn share(count: u64, most: u64) -> u64 {
    let share = u128::from(count) * 1000 / u128::from(most.max(1));
    u64::try_from(share).unwrap_or(1000).clamp(u64::from(count > 0) * 4, 1000)
}

/// What happened in a stretch of time: how often one thing, and how often the other.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Moment {
    /// When, for a person.
    pub when: String,
    /// Above the line.
    pub above: u64,
    /// Below it.
    pub below: u64,
}

/// What happened over time.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct TimeChart {
    /// The stretches, the oldest first.
    pub moments: Vec<Moment>,
}

impl TimeChart {
    /// The first stretch and the last.
    #[must_use]
    pub fn ends(&self) -> Option<(&Moment, &Moment)> {
        Some((self.moments.first()?, self.moments.last()?))
    }

    /// The most of either in one of them.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.moments.iter().map(|moment| moment.above.max(moment.below)).max().unwrap_or_default()
    }

    /// How often altogether: above, and below.
    #[must_use]
    pub fn sums(&self) -> (u64, u64) {
        self.moments.iter().fold((0, 0), |(above, below), moment| {
            (above.saturating_add(moment.above), below.saturating_add(moment.below))
        })
    }

    /// The outline of the bars above the line.
    #[must_use]
    pub fn above(&self) -> String {
        self.outline(|moment| moment.above, true)
    }

    /// The outline of those below it.
    #[must_use]
    pub fn below(&self) -> String {
        self.outline(|moment| moment.below, false)
    }

    /// Both halves have one scale: a bar twice as long is twice as much, on whichever side.
    fn outline(&self, count: impl Fn(&Moment) -> u64, is_above: bool) -> String {
        let most = self.most();
        let mut path = String::new();
        for (place, moment) in self.moments.iter().enumerate() {
            let count = count(moment);
            if count > 0 {
                let height = (share(count, most) * HALF / 1000).max(1);
                let sign = if is_above { "-" } else { "" };
                let back = if is_above { "" } else { "-" };
                let _ = write!(path, "M{} {HALF}v{sign}{height}h8v{back}{height}z", place * 10 + 1);
            }
        }
        path
    }

    /// The width of the picture, in units of its own.
    #[must_use]
    pub fn width(&self) -> usize {
        self.moments.len().max(1) * 10
    }

    /// The height of both halves.
    #[must_use]
    pub const fn height(&self) -> u64 {
        2 * HALF
    }

    /// Where the line is.
    #[must_use]
    pub const fn line(&self) -> u64 {
        HALF
    }
}

/// One of several that are compared.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is called.
    pub name: crate::page::DisplayText,
    /// How much it has.
    pub count: u64,
    /// The same of a thousand, where the greatest has all.
    pub share: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_lies_where_its_time_is_and_can_be_seen() {
        let scale = Scale::of([UnixTime(100), UnixTime(1100), UnixTime(600)]);
        assert_eq!(
            scale.stretch("a", UnixTime(100), UnixTime(600)),
            Stretch { class: "a", x: 0, width: 500 }
        );
        assert_eq!(
            scale.stretch("a", UnixTime(600), UnixTime(600)),
            Stretch { class: "a", x: 500, width: 4 }
        );
        assert_eq!(
            scale.stretch("a", UnixTime(1100), UnixTime(9999)),
            Stretch { class: "a", x: 996, width: 4 }
        );
        assert_eq!(Scale::of([]).x(UnixTime(i64::MAX)), 0, "nothing to show breaks nothing");
    }

    #[test]
    fn bars_are_as_long_as_there_is_much_and_none_is_invisible() {
        assert_eq!([share(0, 10), share(1, 1_000_000), share(5, 10), share(10, 10)], [0, 4, 500, 1000]);
        assert_eq!(share(u64::MAX, u64::MAX), 1000);
        let moment = |above, below| Moment { when: String::new(), above, below };
        let chart = TimeChart { moments: vec![moment(10, 5), moment(0, 0), moment(1, 0)] };
        assert_eq!(chart.above(), "M1 50v-50h8v50zM21 50v-5h8v5z");
        assert_eq!(chart.below(), "M1 50v25h8v-25z");
        assert_eq!((chart.most(), chart.sums(), chart.width()), (10, (11, 5), 30));
        assert_eq!((TimeChart::default().above(), TimeChart::default().width()), (String::new(), 10));
    }
}
