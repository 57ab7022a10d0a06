//! How long to wait before what failed is tried again.

/// Doubles with each try from `first_ms` to `longest_ms`; between half of it and all. `draw` is any number; it spreads the
/// tries of many.
pub(super) fn pause_ms(first_ms: i64, longest_ms: i64, attempts: i64, draw: u32) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(20);
    let longest = first_ms.saturating_mul(1 << doublings).min(longest_ms);
    longest / 2 + i64::from(draw) % (longest / 2 + 1)
}
