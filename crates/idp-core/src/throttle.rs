//! Token buckets against guessing. A bucket is drained before the work it guards, so that a hundred
//! parallel guesses cannot slip past a count, and refilled by time alone, so that no account is ever locked for good.
//! Which buckets a guess counts in, and where they are stored, is the server's.

use crate::time::UnixTime;

/// How much a bucket holds and how fast it refills.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct BucketPolicy {
    /// Tries in a row when it is full.
    pub burst: u32,
    /// Seconds for one more try.
    pub seconds_per_try: u32,
}

impl BucketPolicy {
    /// Seconds in which an empty bucket becomes full.
    fn whole(self) -> i64 {
        i64::from(self.seconds_per_try).saturating_mul(i64::from(self.burst))
    }
}

/// A bucket as it is stored: the time at which it will be full again, which is all its state (the "generic cell rate
/// algorithm").
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Bucket {
    /// When the bucket is full again; in the past for a full one.
    pub full_at: UnixTime,
}

/// No try is left.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("no try left for {retry_after} seconds")]
pub struct Throttled {
    /// Seconds until one try is possible.
    pub retry_after: i64,
}

impl Bucket {
    /// Takes one try out, if one is left. The bucket that is returned is to be stored in either case: after a refusal
    /// it may be one that was brought back from the future.
    pub fn take(self, policy: BucketPolicy, now: UnixTime) -> (Self, Result<(), Throttled>) {
        let bucket = self.brought_back(policy, now);
        let taken = bucket.full_at.plus(i64::from(policy.seconds_per_try));
        let over = taken.seconds_since(now) - policy.whole();
        if over > 0 {
            return (bucket, Err(Throttled { retry_after: over }));
        }
        (Self { full_at: taken }, Ok(()))
    }

    /// How many tries are out of it at `now`; one that is half refilled counts as out.
    #[must_use]
    pub fn used(self, policy: BucketPolicy, now: UnixTime) -> u32 {
        let missing = self.brought_back(policy, now).full_at.seconds_since(now).max(0);
        let step = i64::from(policy.seconds_per_try).max(1);
        let used = missing / step + i64::from(missing % step > 0);
        u32::try_from(used).unwrap_or(u32::MAX).min(policy.burst)
    }

    /// Seconds until a try can be taken; 0 when one is left.
    #[must_use]
    pub fn wait(self, policy: BucketPolicy, now: UnixTime) -> i64 {
        self.take(policy, now).1.err().map_or(0, |throttled| throttled.retry_after)
    }

    /// The bucket between full and empty. One that would take longer than it can was written by a clock that was ahead,
    /// and says nothing: it counts as full, so that a clock locks no account. One that is ahead by no more than clocks
    /// may differ is empty.
    fn brought_back(self, policy: BucketPolicy, now: UnixTime) -> Self {
        let empty = now.plus(policy.whole());
        let full_at = if self.full_at.is_ahead_of(empty) { now } else { self.full_at.clamp(now, empty) };
        Self { full_at }
    }

    /// Puts one try back, after a success.
    #[must_use]
    pub fn give_back(self, policy: BucketPolicy) -> Self {
        Self { full_at: self.full_at.plus(-i64::from(policy.seconds_per_try)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: BucketPolicy = BucketPolicy { burst: 3, seconds_per_try: 10 };

    fn refused(bucket: Bucket, now: UnixTime) -> Option<i64> {
        bucket.take(POLICY, now).1.err().map(|throttled| throttled.retry_after)
    }

    fn drained(now: UnixTime) -> Bucket {
        (0..3).fold(Bucket::default(), |bucket, _| {
            let (bucket, taken) = bucket.take(POLICY, now);
            taken.map(|()| bucket).unwrap()
        })
    }

    #[test]
    fn s83_a_burst_then_one_try_at_a_time() {
        let now = UnixTime(1000);
        let bucket = drained(now);
        assert_eq!(bucket.take(POLICY, now), (bucket, Err(Throttled { retry_after: 10 })));
        assert_eq!(refused(bucket, now.plus(9)), Some(1));
        let (bucket, taken) = bucket.take(POLICY, now.plus(10));
        assert_eq!(taken, Ok(()));
        assert_eq!(refused(bucket, now.plus(10)), Some(10));
        assert_eq!(refused(bucket.give_back(POLICY), now.plus(10)), None);
    }

    #[test]
    fn a1_a_bucket_drained_under_a_clock_ahead_locks_no_account() {
        let now = UnixTime(1000);
        for ahead in [7200, 30 + 121, i64::MAX] {
            let (bucket, taken) = drained(now.plus(ahead)).take(POLICY, now);
            assert_eq!(taken, Ok(()), "{ahead}: at once");
            assert_eq!(bucket.full_at, now.plus(10), "{ahead}: and it is stored as what it is now");
        }
    }

    #[test]
    fn a1_a_refusal_brings_the_bucket_back_so_that_the_wait_ends() {
        // Ahead by no more than clocks may differ: it is empty, and the clock of this node says from when.
        let now = UnixTime(1000);
        for ahead in [1, 60, 120] {
            let (stored, taken) = drained(now.plus(ahead)).take(POLICY, now);
            assert_eq!(taken, Err(Throttled { retry_after: 10 }), "{ahead}");
            assert_eq!(stored.full_at, now.plus(30), "{ahead}");
            assert_eq!(refused(stored, now.plus(10)), None, "{ahead}");
        }
    }

    #[test]
    fn to_look_says_what_is_out_and_how_long_to_wait() {
        let now = UnixTime(1000);
        let mut bucket = Bucket::default();
        for used in 0..3 {
            assert_eq!((bucket.used(POLICY, now), bucket.wait(POLICY, now)), (used, 0));
            bucket = bucket.take(POLICY, now).0;
        }
        assert_eq!((bucket.used(POLICY, now), bucket.wait(POLICY, now)), (3, 10));
        assert_eq!((bucket.used(POLICY, now.plus(9)), bucket.wait(POLICY, now.plus(9))), (3, 1));
        assert_eq!((bucket.used(POLICY, now.plus(10)), bucket.wait(POLICY, now.plus(10))), (2, 0));
        let ahead = drained(now.plus(7200));
        assert_eq!((ahead.used(POLICY, now), ahead.wait(POLICY, now)), (0, 0), "a clock that was ahead");
    }

    #[test]
    fn a_clock_at_its_end_does_no_harm() {
        assert_eq!(refused(Bucket::default(), UnixTime(i64::MAX)), None);
    }
}
