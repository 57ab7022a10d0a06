//! The database: two verbs, [`Db::read`] and [`Db::write`], each taking a blocking closure, and one file for each table,
//! with functions named for the question they answer. Nothing here knows HTTP or the clock.
//!
//! [`Db::group_reader`] is for what most requests ask: on a server those that wait at the same time share a statement
//! (docs/adr/0036).
//!
//! `write` runs its closure under [`Locks`], so that what it reads of whom it decides about is still true when it commits
//! (docs/adr/0032). A commit is on disk before it is acknowledged: a revocation that was confirmed must survive a
//! power cut.

pub mod acme_accounts;
pub mod acme_certificates;
pub mod acme_challenges;
pub mod administrator_links;
pub mod attributes;
mod audit_event;
pub mod audit_events;
pub mod audit_seals;
pub mod audit_search;
pub mod audit_stream;
pub mod authority;
pub mod bring_back;
pub mod client_logos;
pub mod clients;
mod columns;
pub mod consents;
pub mod copied_rows;
pub mod counters;
pub mod denied_tokens;
pub mod device_names;
pub mod devices;
pub mod ending_sessions;
mod engine;
pub mod external_ids;
pub mod feed_acknowledgements;
mod for_each;
pub mod grants;
pub mod groups;
mod hot_statements;
pub mod hourly_sign_ins;
pub mod idempotency_keys;
mod insert_rows;
pub mod installation_facts;
pub mod logout_deliveries;
pub mod mail_addresses;
pub mod mail_links;
pub mod mails;
pub mod memberships;
pub mod nodes;
pub mod one_time_links;
pub mod passkeys;
pub mod password_costs;
pub mod password_credentials;
pub mod permission_bundles;
pub mod pictures;
pub mod recovery_codes;
pub mod redis_continuity;
pub mod registration_links;
pub mod revocations;
pub mod roles;
pub mod schema;
pub mod sealed_values;
pub mod search_words;
pub mod second_step_links;
pub mod sessions;
pub mod sign_in_names;
pub mod signing_keys;
pub mod site_sessions;
pub mod sites;
pub mod tables;
pub mod terms_acceptances;
pub mod throttles;
pub mod totp_credentials;
mod update;
pub mod user_attributes;
pub mod users;

pub use engine::{
    Changes, Connection, Db, DbError, GroupAnswers, GroupReader, Locks, Tables, clock, examination,
};
pub use hot_statements::HOT_STATEMENTS;

use engine::on_either;
use insert_rows::insert_rows;

pub(crate) use columns::{first_id_of, from_json, identifier_hash, parsed, to_ended, to_json, to_uuid};
