//! Stories that start PostgreSQL, Redis and mail servers of their own, for any `STORY_BACKEND`. A machine without those
//! programs leaves the whole module out: `cargo test -- --skip private_servers::`.

mod acme;
mod commands_and_clocks;
mod denylist;
mod doctor;
mod ephemeral_contract;
mod linearizability;
mod master_key;
mod pgbouncer;
mod plans;
mod postgres_outage;
mod postgres_start;
mod postgres_tls;
mod proxies;
mod racers;
mod redis_data_loss;
mod redis_outage;
mod redis_settings;
mod redis_story;
mod refresh_figures;
mod shared_browser;
mod smtp;
mod statement_log;
mod writers;
