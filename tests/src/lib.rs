//! The harness of the stories: a real provider on a port of its own ([`TestIdp`]), and a browser without
//! script that keeps cookies as browsers do ([`Browser`]). The stories are in `stories/`, by subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod browser;
pub mod chromium;
mod client_spec;
mod ear;
mod front;
pub mod history;
pub mod home;
mod idp;
pub mod jwt;
pub mod pkce;
pub mod postgres;
pub mod raw;
pub mod redis;
mod signed_in;
pub mod sites;
pub mod wire;

pub use browser::{Answer, Browser};
pub use client_spec::ClientSpec;
pub use ear::Ear;
pub use idp::{TestIdp, TokenAnswer};
pub use signed_in::SignedIn;

/// The password of everybody in the stories.
pub const PASSWORD: &str = "correct horse battery staple";
