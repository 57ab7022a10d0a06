//! What must hold for a parsed configuration, as one list of checks: ranges, and settings that depend on each other. Each
//! message names the setting, its value and what to change.

mod lifetimes;
mod network;
mod pages;
mod sign_in;
mod storage;
mod zero;

use crate::config::Config;

pub(in crate::config::reading) type Check = fn(&Config) -> Option<String>;

/// Every check, in the order in which an operator would want to fix things.
const CHECKS: &[Check] = &[
    network::some_address_is_bound,
    network::metrics_have_a_port_of_their_own,
    network::drain_is_short,
    network::the_certificate_is_from_one_place,
    network::tls_is_for_an_https_issuer,
    storage::database_is_of_a_known_kind,
    storage::direct_url_goes_with_a_pooler,
    storage::mounted_secrets_are_folders_of_their_own,
    storage::master_key_is_in_one_place,
    storage::redis_is_named_in_one_way,
    pages::service_name_can_be_shown,
    pages::theme_can_be_read,
    pages::default_language_is_offered,
    lifetimes::key_size_is_common,
    lifetimes::key_timing_strands_no_verifier,
    lifetimes::id_token_is_short,
    lifetimes::access_token_is_short,
    lifetimes::code_is_short,
    network::heartbeats_are_not_missed,
    lifetimes::grace_is_shorter_than_the_token,
    lifetimes::idle_is_shorter_than_absolute,
    lifetimes::device_limit_is_in_range,
    lifetimes::refresh_idle_is_shorter_than_absolute,
    zero::durations_are_not_zero,
    sign_in::what_is_required_can_be_proven,
    sign_in::levels_can_be_reached,
    sign_in::mail_fallback_helps_somebody,
    sign_in::enrolment_is_not_put_off_for_ever,
    sign_in::fresh_is_minutes,
    pages::terms_can_be_read,
    sign_in::grace_of_deletion_is_short,
    sign_in::hashing_is_strong_enough,
    sign_in::minimum_length_is_sane,
    sign_in::temporary_passwords_are_short_lived,
    zero::counts_are_not_zero,
    sign_in::puzzles_can_be_solved,
    network::mail_can_be_sent,
    network::audit_log_can_be_kept,
    network::traces_can_be_sent,
    network::traces_begin_at_a_proxy_that_is_there,
    sign_in::registration_has_mail,
];

/// Every check that `config` fails, in words for the operator; empty when all is well.
#[must_use]
pub fn violations(config: &Config) -> Vec<String> {
    CHECKS.iter().filter_map(|check| check(config)).collect()
}

/// These words where something is wrong.
pub(in crate::config::reading) fn when(wrong: bool, words: impl Into<String>) -> Option<String> {
    wrong.then(|| words.into())
}

#[cfg(test)]
mod tests;
