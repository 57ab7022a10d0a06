//! The harness of the stories: a real provider on a port of its own ([`TestIdp`]), and a browser without
//! script that keeps cookies as browsers do ([`Browser`]). The stories are in `stories/`, by subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

pub mod administration;
pub mod aiosmtpd;
pub mod appearance;
mod authenticator;
pub mod axe;
pub mod backend;
mod browser;
pub mod chromium;
mod client_spec;
pub mod collector;
pub mod delaying_proxy;
mod eventually;
mod form_walker;
pub mod header_proxy;
pub mod house;
mod idp;
pub mod jwt;
pub mod linearizability;
pub mod load_balancer;
pub mod load_client;
mod logout_receiver;
pub mod offline_site;
pub mod page_states;
pub mod passkey;
pub mod pebble;
pub mod pgbouncer;
pub mod pkce;
pub mod population;
pub mod ports;
pub mod postgres;
pub mod prometheus;
pub mod python_tool;
mod reaper;
mod records;
pub mod redis;
pub mod reverse_proxy;
pub mod scim;
pub mod serving;
mod signed_in;
mod signed_out;
pub mod sites;
pub mod slow_network;
pub mod smtp_injector;
pub mod smtp_sink;
pub mod socket;
pub mod statements;
pub mod tcp_proxy;
pub mod traffic;
pub mod webhook_receiver;

use idp_core::password::Password;

pub use authenticator::{Authenticator, recovery_codes};
pub use browser::{Answer, Browser, multipart};
pub use client_spec::ClientSpec;
pub use eventually::{eventually, eventually_blocking, within};
pub use idp::{TestIdp, TokenAnswer, console_right, http_client, operator_of};
pub use logout_receiver::{Listening, LogoutReceiver};
pub use signed_in::SignedIn;
pub use signed_out::SignedOut;

/// The host of the provider of a story, as its cookies name it.
pub const HOST: &str = "idp.localhost";
/// The cookie of a session.
pub const SESSION: &str = "__Host-idp_session";
/// The password of every person in the stories.
pub const PASSWORD: &str = "correct horse battery staple";

/// A password as a person types it.
///
/// # Panics
/// When it cannot be a password.
#[must_use]
pub fn typed(password: &str) -> Password {
    Password::typed(password.to_owned().into()).unwrap()
}
