//! Stories over a running provider, by subject. A story that covers a row of the threat list carries its
//! number.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod authorize;
mod client_auth;
mod code;
mod conformance;
mod conformance_logout;
mod addresses;
mod consent;
mod discovery;
mod interop;
mod introspect;
mod keys;
mod cookies;
mod forms;
mod headers;
mod login;
mod raw_http;
mod logout;
mod refresh;
mod refresh_race;
mod revoke;
mod session;
mod sign_in;
mod token_endpoint;
mod tabs;
mod userinfo;
mod throttle;
