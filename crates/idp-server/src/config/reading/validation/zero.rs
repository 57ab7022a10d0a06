//! Settings for which zero means that nothing works.

use crate::config::{Config, ConfigDuration};

/// Zero would mean that no sign-in succeeds. The grace period of refresh tokens alone may be switched off.
pub(super) fn durations_are_not_zero(config: &Config) -> Option<String> {
    let none = ConfigDuration::seconds(0);
    [
        ("listen.request_timeout", config.listen.request_timeout),
        ("session.idle", config.session.idle),
        ("token.access", config.token.access),
        ("token.id", config.token.id),
        ("token.code", config.token.code),
        ("token.refresh_idle", config.token.refresh_idle),
        ("throttle.account_refill", config.throttle.account_refill),
        ("throttle.address_refill", config.throttle.address_refill),
    ]
    .into_iter()
    .find(|(_, duration)| *duration == none)
    .map(|(key, _)| format!("{key} is 0s; it must be 1s or more"))
}

pub(super) fn counts_are_not_zero(config: &Config) -> Option<String> {
    [
        ("listen.workers", config.listen.workers == Some(0)),
        ("listen.connections_per_worker", config.listen.connections_per_worker == 0),
        ("password.hashing_threads", config.password.hashing_threads == Some(0)),
        ("password.hashing_queue", config.password.hashing_queue == 0),
        ("storage.connections", config.storage.connections == 0),
        ("throttle.account_burst", config.throttle.account_burst == 0),
        ("throttle.address_burst", config.throttle.address_burst == 0),
    ]
    .into_iter()
    .find(|(_, is_zero)| *is_zero)
    .map(|(key, _)| format!("{key} is 0; it must be 1 or more"))
}
