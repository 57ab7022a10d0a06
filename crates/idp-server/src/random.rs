//! The one place where this crate takes random numbers from the operating system. Everything that makes a
//! secret is handed the source; `clippy.toml` keeps it that way.

use rand_core::OsRng;

/// The operating system's cryptographic source, for everything that must not be guessed.
#[must_use]
pub fn rng() -> OsRng {
    OsRng
}

/// A new id that sorts by time (UUIDv7, RFC 9562 5.7).
#[must_use]
pub fn new_id(now: idp_core::time::UnixTime) -> uuid::Uuid {
    use rand_core::RngCore as _;
    let mut random = [0; 10];
    rng().fill_bytes(&mut random);
    id_of(now, &random)
}

/// The id of the same kind with these bits in the place of the random ones.
#[must_use]
pub fn id_of(time: idp_core::time::UnixTime, bits: &[u8; 10]) -> uuid::Uuid {
    let milliseconds = u64::try_from(time.as_secs()).unwrap_or(0).saturating_mul(1000);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, bits).into_uuid()
}

/// Any number from 0 up to 1, for pauses that must not be in step.
#[must_use]
pub fn fraction() -> f64 {
    use rand_core::RngCore as _;
    f64::from(rng().next_u32()) / f64::from(u32::MAX)
}
