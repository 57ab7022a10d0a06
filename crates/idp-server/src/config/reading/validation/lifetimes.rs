//! Keys, tokens and sessions: how strong, how long, how many.

use idp_core::device::MOST_OPEN;
use idp_core::key::ring::PolicyError;

use super::when;
use crate::config::{Config, ConfigDuration};

pub(super) fn key_size_is_common(config: &Config) -> Option<String> {
    when(
        ![2048, 3072, 4096].contains(&config.key.bits),
        format!("key.bits is {}; it must be 2048, 3072 or 4096", config.key.bits),
    )
}

/// The longest lifetime of any access token, a lifetime of a client's own included.
const LONGEST_ACCESS_TOKEN: ConfigDuration = ConfigDuration::days(1);

pub(super) fn key_timing_strands_no_verifier(config: &Config) -> Option<String> {
    let error = config.key.policy(config.token.access).err()?;
    let (key, value) = match error {
        PolicyError::PublishAhead => ("key.publish_ahead", config.key.publish_ahead),
        PolicyError::RotateEvery => ("key.rotate_every", config.key.rotate_every),
        PolicyError::KeepRetired => ("key.keep_retired", config.key.keep_retired),
    };
    Some(format!("{key} is {value}: {error}"))
}

pub(super) fn id_token_is_short(config: &Config) -> Option<String> {
    when(
        config.token.id > ConfigDuration::minutes(10),
        format!(
            "token.id is {}; it must be 10m at most: an ID token is read right after sign-in",
            config.token.id
        ),
    )
}

pub(super) fn access_token_is_short(config: &Config) -> Option<String> {
    when(
        config.token.access > LONGEST_ACCESS_TOKEN,
        format!(
            "token.access is {}; it must be 1d at most: verifiers refuse a token that lives longer",
            config.token.access
        ),
    )
}

pub(super) fn code_is_short(config: &Config) -> Option<String> {
    when(
        config.token.code > ConfigDuration::minutes(10),
        format!("token.code is {}; RFC 6749 section 4.1.2 allows 10m at most", config.token.code),
    )
}

pub(super) fn grace_is_shorter_than_the_token(config: &Config) -> Option<String> {
    when(
        config.token.refresh_grace > ConfigDuration::minutes(1),
        format!(
            "token.refresh_grace is {}; it must be 1m at most: a thief could use the grace period as well",
            config.token.refresh_grace
        ),
    )
}

pub(super) fn idle_is_shorter_than_absolute(config: &Config) -> Option<String> {
    let (idle, absolute) = (config.session.idle, config.session.absolute);
    when(
        idle > absolute,
        format!("session.idle is {idle}; it must not be longer than session.absolute, which is {absolute}"),
    )
}

pub(super) fn device_limit_is_in_range(config: &Config) -> Option<String> {
    let count = config.session.max_devices;
    when(
        !(1..=MOST_OPEN).contains(&count),
        format!("session.max_devices is {count}; it must be 1 to {MOST_OPEN}"),
    )
}

pub(super) fn refresh_idle_is_shorter_than_absolute(config: &Config) -> Option<String> {
    let (idle, absolute) = (config.token.refresh_idle, config.token.refresh_absolute);
    when(
        idle > absolute,
        format!(
            "token.refresh_idle is {idle}; it must not be longer than token.refresh_absolute, which is {absolute}"
        ),
    )
}
