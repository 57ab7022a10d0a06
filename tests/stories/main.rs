//! Stories over a running provider, by subject. A story that covers a row of the threat list carries its
//! number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod addresses;
mod addresses_of_people;
mod architecture;
mod audit;
mod authorize;
mod backchannel_logout;
mod chromium;
mod claims;
mod client_auth;
mod client_changes;
mod clock_ahead;
mod code;
mod commands;
mod conformance;
mod conformance_forms;
mod conformance_logout;
mod connected_sites;
mod consent;
mod cookies;
mod dependencies;
mod devices;
mod discovery;
mod double_click;
mod encrypted_id_token;
mod ephemeral_contract;
mod everybody;
mod everything;
mod faults;
mod feed;
mod feed_entries;
mod feed_freshness;
mod foreign_hashes;
mod form_methods;
mod forms;
mod fuzz;
mod granted;
mod group_reads;
mod headers;
mod heads;
mod home;
mod indexes;
mod interop;
mod introspect;
mod key_reset;
mod keys;
mod kick;
mod kill;
mod language;
mod leaked_passwords;
mod leaks;
mod linearizability;
mod login;
mod login_policy;
mod login_steps;
mod logout;
mod mail;
mod mail_delivery;
mod migrations;
mod never_stranded;
mod own_password;
mod own_process;
mod passkeys;
mod password_change;
mod password_credentials;
mod private_servers;
mod proofs;
mod raw_http;
mod readme;
mod redirect_target;
mod refresh;
mod refresh_race;
mod refusal;
mod reviewed;
mod revocations;
mod revoke;
mod rows;
mod schema;
mod sdk_feed;
mod secrets;
mod session;
mod sign_in;
mod signed_out_elsewhere;
mod site_language;
mod step_up;
mod tabs;
mod threats;
mod throttle;
mod token_endpoint;
mod totp;
mod user_changes;
mod userinfo;
