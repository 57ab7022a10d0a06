//! Token buckets against guessing. A bucket is drained before the work it guards, so that a hundred
//! parallel guesses cannot slip past a count, and refilled by time alone: nobody is ever locked out for good.

use crate::time::UnixTime;

/// How much a bucket holds and how fast it refills.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct BucketPolicy {
    /// Tries in a row when it is full.
    pub burst: u32,
    /// Seconds for one more try.
    pub seconds_per_try: u32,
}

/// A bucket as it is stored: the time at which it will be full again says everything
/// (the "generic cell rate algorithm").
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
    /// Takes one try out.
    ///
    /// # Errors
    /// [`Throttled`] when none is left; the bucket is then unchanged.
    pub fn take(self, policy: BucketPolicy, now: UnixTime) -> Result<Self, Throttled> {
        let step = i64::from(policy.seconds_per_try);
        let whole = step.saturating_mul(i64::from(policy.burst));
        // Never further ahead than an empty bucket: a clock that was set back must not lock anyone out.
        let full_at = self.full_at.clamp(now, now.plus(whole)).plus(step);
        let over = full_at.seconds_since(now) - whole;
        if over > 0 { Err(Throttled { retry_after: over }) } else { Ok(Self { full_at }) }
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

    #[test]
    fn s83_a_burst_then_one_try_at_a_time() {
        let now = UnixTime(1000);
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            bucket = bucket.take(POLICY, now).unwrap();
        }
        assert_eq!(bucket.take(POLICY, now), Err(Throttled { retry_after: 10 }));
        assert_eq!(bucket.take(POLICY, now.plus(9)), Err(Throttled { retry_after: 1 }));
        let bucket = bucket.take(POLICY, now.plus(10)).unwrap();
        assert!(bucket.take(POLICY, now.plus(10)).is_err());
        assert!(bucket.give_back(POLICY).take(POLICY, now.plus(10)).is_ok());
    }

    #[test]
    fn a_clock_that_jumps_does_no_harm() {
        let bucket = Bucket { full_at: UnixTime(i64::MAX) };
        assert_eq!(bucket.take(POLICY, UnixTime(0)), Err(Throttled { retry_after: 10 }));
        assert!(Bucket::default().take(POLICY, UnixTime(i64::MAX)).is_ok());
    }
}
