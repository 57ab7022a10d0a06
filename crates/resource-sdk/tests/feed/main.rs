//! What a site hears of revocations, over real sockets with real signatures: a provider that does
//! its work, one that lies or falters, a start without any, and the denylist of a real Redis.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is the message"
)]
#![allow(clippy::disallowed_methods, reason = "tests make their own keys and measure time")]

mod cold_start;
mod denylist;
mod faults;
mod hostile;
mod once;
mod routes;
mod scripted;
mod stories;
#[allow(dead_code, reason = "the tests of hostile tokens use more of it")]
#[path = "../threats/support.rs"]
mod support;
mod world;
