//! The identity provider as a library; the binary `idp-server` is a thin shell around it. ARCHITECTURE.md at the
//! root of the repository says which module owns what.

pub mod chance;
pub mod cli;
pub mod client_address;
pub mod installation;
pub mod clock;
pub mod config;
pub mod decoys;
pub mod hash_pool;
pub mod log;
pub mod page;
pub mod secret_file;
pub mod tls;
pub mod db;
pub mod keys;
pub mod seals;
pub mod app;
pub mod store;
pub mod http;
pub mod routes;
pub mod serve;
pub mod task;
