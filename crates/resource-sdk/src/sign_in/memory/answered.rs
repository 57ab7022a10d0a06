//! Which sign-ins of one browser were answered, small enough for a cookie: the newest by name, those before
//! a time altogether. So a code is not shown to the provider again after a restart either, and one that is not
//! sent although it could be costs a round, no more. RFC 6749 sections 4.1.2 and 10.5.

/// Sign-ins that are known by name.
const MAX_NAMED: usize = 3;
/// Octets of a name: one browser has few sign-ins of the same second.
const NAME_BYTES: usize = 3;
/// Octets of a time in whole seconds, enough for the next 34,000 years.
const TIME_BYTES: usize = 5;
const MAX_TIME: u64 = (1 << (8 * TIME_BYTES)) - 1;

/// One sign-in of one browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    begun_at: u64,
    name: [u8; NAME_BYTES],
}

impl Named {
    fn of(begun_at: i64, id: [u8; 16]) -> Self {
        Self { begun_at: time(begun_at), name: id.first_chunk().copied().unwrap_or_default() }
    }
}

/// The answered sign-ins of one browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    /// All that began at this time or before count as answered.
    all_until: u64,
    /// Of those that began later; the newest first.
    named: Vec<Named>,
}

impl Answered {
    /// Whether the sign-in with this id, which began then, was answered or must count as such.
    pub(crate) fn contains(&self, begun_at: i64, id: [u8; 16]) -> bool {
        time(begun_at) <= self.all_until || self.named.contains(&Named::of(begun_at, id))
    }

    /// When a sign-in may begin, at `now`, so that it does not count as answered.
    pub(crate) fn open_from(&self, now: i64) -> i64 {
        now.max(i64::try_from(self.all_until + 1).unwrap_or(i64::MAX))
    }

    /// With one more.
    pub(crate) fn with(mut self, begun_at: i64, id: [u8; 16]) -> Self {
        self.named.push(Named::of(begun_at, id));
        self.tidied()
    }

    /// With all that another place knows.
    pub(crate) fn merged(mut self, other: &Self) -> Self {
        self.all_until = self.all_until.max(other.all_until);
        self.named.extend_from_slice(&other.named);
        self.tidied()
    }

    /// The oldest lose their names, and with them all that began before.
    fn tidied(mut self) -> Self {
        self.named.sort_unstable_by(|one, other| other.cmp(one));
        self.named.dedup();
        if let Some(nameless) = self.named.get(MAX_NAMED) {
            self.all_until = self.all_until.max(nameless.begun_at);
        }
        self.named.truncate(MAX_NAMED);
        self.named.retain(|named| named.begun_at > self.all_until);
        self
    }

    /// The octets of it.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut octets = time_octets(self.all_until).to_vec();
        for named in &self.named {
            octets.extend_from_slice(&time_octets(named.begun_at));
            octets.extend_from_slice(&named.name);
        }
        octets
    }

    /// Reads them again; nothing when they are not the octets of any.
    pub(crate) fn of_octets(octets: &[u8]) -> Option<Self> {
        let (all_until, mut rest) = octets.split_first_chunk()?;
        let mut named = Vec::new();
        while !rest.is_empty() {
            let (begun_at, after_time) = rest.split_first_chunk()?;
            let (name, after_name) = after_time.split_first_chunk()?;
            named.push(Named { begun_at: time_of(*begun_at), name: *name });
            rest = after_name;
        }
        Some(Self { all_until: time_of(*all_until), named }.tidied())
    }
}

/// Seconds as they are kept. What is out of their range is as early or as late as can be.
fn time(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or_default().min(MAX_TIME)
}

fn time_octets(time: u64) -> [u8; TIME_BYTES] {
    let [_, _, _, octets @ ..] = time.to_be_bytes();
    octets
}

fn time_of(octets: [u8; TIME_BYTES]) -> u64 {
    octets.into_iter().fold(0, |time, octet| time << 8 | u64::from(octet))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn id(number: u8) -> [u8; 16] {
        [number; 16]
    }

    #[test]
    fn s33_what_was_answered_stays_answered_however_much_follows() {
        let mut answered = Answered::default();
        for number in 1..100_u8 {
            answered = answered.with(i64::from(number), id(number));
            assert!((1..=number).all(|before| answered.contains(before.into(), id(before))), "{number}");
            assert!(!answered.contains(i64::from(number) + 1, id(0)));
        }
        assert!(answered.octets().len() <= 5 + 3 * 8);
    }

    #[test]
    fn p2_a_sign_in_that_begins_now_is_open_even_if_the_clock_stands() {
        let mut answered = Answered::default();
        for number in 0..100 {
            let begun_at = answered.open_from(7);
            assert!(!answered.contains(begun_at, id(number)), "{number}");
            answered = answered.with(begun_at, id(number));
        }
    }

    proptest! {
        #[test]
        fn s33_two_places_together_know_what_each_knew(ones in any::<Vec<(i64, u8)>>(), others in any::<Vec<(i64, u8)>>()) {
            let of = |pairs: &[(i64, u8)]| {
                pairs.iter().fold(Answered::default(), |all, (at, number)| all.with(*at, id(*number)))
            };
            let both = of(&ones).merged(&of(&others));
            for (at, number) in ones.iter().chain(&others) {
                prop_assert!(both.contains(*at, id(*number)));
            }
            prop_assert_eq!(Answered::of_octets(&both.octets()).unwrap(), both);
        }

        #[test]
        fn s33_any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _read = Answered::of_octets(&octets);
        }
    }
}
