//! Stories in a real Chromium, third-party cookies blocked. Pictures of every page are kept under
//! `target/screenshots`, for people to look at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod kicked;
mod looks;
mod requests;
mod tabs;
mod two_sites;
