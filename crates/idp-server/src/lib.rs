//! The identity provider as a library; the binary `idp-server` is a thin shell around it. ARCHITECTURE.md at the
//! root of the repository says which module owns what.

pub mod admin_api;
pub mod age;
pub mod app;
pub mod audit_webhook;
pub mod cli;
pub mod client_address;
pub mod clock;
pub mod config;
mod date;
pub mod db;
pub mod directory;
pub mod dummy_hashes;
mod error_chain;
pub mod fault;
pub mod feed;
pub mod hash_pool;
pub mod http;
pub mod installation;
pub mod keys;
pub mod leaked_passwords;
mod log;
pub mod mail;
pub mod out_of_band;
pub mod outgoing;
pub mod page;
pub mod palette;
pub mod pictures;
pub mod random;
pub mod scim;
pub mod seals;
mod secret_file;
pub mod serve;
pub mod store;
pub mod task;
mod tls;
pub mod words;
