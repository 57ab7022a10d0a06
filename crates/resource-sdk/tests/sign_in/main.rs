//! The sign-in half against a provider that does what a test tells it to, over real sockets: a site
//! on the SDK, a browser that keeps cookies, and answers that are good, stale, foreign or forged.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is the message"
)]

mod answers;
mod backchannel;
mod browser;
mod callback;
mod events;
mod former;
mod heads;
mod languages;
mod leaving;
mod messages;
mod never_stranded;
mod provider;
mod rendered;
mod return_addresses;
mod scripted;
mod silent;
mod step_up;
mod world;
