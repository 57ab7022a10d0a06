//! The threats to a token verifier, a row a test: each name carries the row's id. Everything here
//! goes through the public interface of the crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a failed expectation is the message"
)]
#![allow(clippy::disallowed_methods, reason = "tests make their own keys and measure ratios")]

mod algorithm;
mod bearer;
mod claims;
mod encoding;
mod fuzz;
mod header;
mod key_set;
mod outage;
mod padding;
mod provider;
mod refusals;
mod remote_keys;
mod roles;
mod routes;
mod signature;
mod support;
mod times;
mod token_cache;
