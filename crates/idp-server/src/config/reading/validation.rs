//! What must hold for a parsed configuration, as one list of checks: ranges, and settings that depend on each other. Each
//! message names the setting, its value and what to change.

use std::net::{IpAddr, SocketAddr};
use std::path::{Component, PathBuf};

use idp_core::authentication::Requirement;
use idp_core::device::MOST_OPEN;
use idp_core::key::ring::PolicyError;

use crate::config::{Config, ConfigDuration, DatabaseUrl};

pub(super) type Check = fn(&Config) -> Option<String>;

/// Every check, in the order in which an operator would want to fix things.
const CHECKS: &[Check] = &[
    some_address_is_bound,
    metrics_have_a_port_of_their_own,
    drain_is_short,
    the_certificate_is_from_one_place,
    tls_is_for_an_https_issuer,
    database_is_of_a_known_kind,
    direct_url_goes_with_a_pooler,
    mounted_secrets_are_folders_of_their_own,
    master_key_is_in_one_place,
    redis_is_named_in_one_way,
    service_name_can_be_shown,
    theme_can_be_read,
    default_language_is_offered,
    key_size_is_common,
    key_timing_strands_no_verifier,
    id_token_is_short,
    access_token_is_short,
    code_is_short,
    heartbeats_are_not_missed,
    grace_is_shorter_than_the_token,
    idle_is_shorter_than_absolute,
    device_limit_is_in_range,
    refresh_idle_is_shorter_than_absolute,
    durations_are_not_zero,
    what_is_required_can_be_proven,
    levels_can_be_reached,
    mail_fallback_helps_somebody,
    enrolment_is_not_put_off_for_ever,
    fresh_is_minutes,
    terms_can_be_read,
    grace_of_deletion_is_short,
    hashing_is_strong_enough,
    minimum_length_is_sane,
    temporary_passwords_are_short_lived,
    counts_are_not_zero,
    puzzles_can_be_solved,
    mail_can_be_sent,
    audit_log_can_be_kept,
    traces_can_be_sent,
    traces_begin_at_a_proxy_that_is_there,
    registration_has_mail,
];

/// Every check that `config` fails, in words for the operator; empty when all is well.
#[must_use]
pub fn violations(config: &Config) -> Vec<String> {
    CHECKS.iter().filter_map(|check| check(config)).collect()
}

/// These words where something is wrong.
pub(super) fn when(wrong: bool, words: impl Into<String>) -> Option<String> {
    wrong.then(|| words.into())
}

fn some_address_is_bound(config: &Config) -> Option<String> {
    when(config.listen.addresses.is_empty(), "listen.addresses is empty: no client could reach the server")
}

fn metrics_have_a_port_of_their_own(config: &Config) -> Option<String> {
    let listen = &config.listen;
    let is_ours = |ip: IpAddr| listen.addresses.iter().any(|own| *own == ip || own.is_unspecified());
    let taken = config.metrics.listen.iter().find(|address| {
        listen.port != 0
            && address.port() == listen.port
            && (address.ip().is_unspecified() || is_ours(address.ip()))
    });
    taken.map(|address| {
        format!(
            "metrics.listen names {address}, which is where listen.port takes people: give it another port"
        )
    })
}

fn drain_is_short(config: &Config) -> Option<String> {
    let delay = config.listen.drain_delay;
    when(
        delay > ConfigDuration::minutes(5),
        format!("listen.drain_delay is {delay}; it may be 5m at most, for a stop takes as long"),
    )
}

fn tls_is_for_an_https_issuer(config: &Config) -> Option<String> {
    let setting = if config.tls.acme.is_on() { "tls.acme.domains" } else { "tls.certificate" };
    when(
        config.tls.is_on() && !config.issuer.url.is_https(),
        format!("{setting} is set, so issuer.url must begin with https://"),
    )
}

fn the_certificate_is_from_one_place(config: &Config) -> Option<String> {
    let ports: Vec<u16> =
        config.metrics.listen.iter().map(SocketAddr::port).chain([config.listen.port]).collect();
    config.tls.fault(config.issuer.url.host(), &ports)
}

fn database_is_of_a_known_kind(config: &Config) -> Option<String> {
    config.storage.database().err().map(|error| error.to_string())
}

fn master_key_is_in_one_place(config: &Config) -> Option<String> {
    let storage = &config.storage;
    when(
        storage.master_key_file.is_some() && !storage.master_key_command.is_empty(),
        "storage.master_key_file and storage.master_key_command both say where the master key is; set one",
    )
}

fn direct_url_goes_with_a_pooler(config: &Config) -> Option<String> {
    let is_server = |url: Option<&DatabaseUrl>| url.is_some_and(DatabaseUrl::is_postgres);
    when(
        config.storage.direct_url.is_some()
            && !(is_server(config.storage.direct_url.as_ref())
                && is_server(config.storage.database_url.as_ref())),
        "storage.direct_url goes with a storage.database_url that leads to a pooler; both are postgres://...",
    )
}

/// What lies below is believed by its folder: a whole system must not become one, and no path may lead out of it by its words.
fn mounted_secrets_are_folders_of_their_own(config: &Config) -> Option<String> {
    let is_plain = |folder: &PathBuf| {
        folder.is_absolute()
            && folder.components().count() > 1
            && !folder.components().any(|part| part == Component::ParentDir)
    };
    let folder = config.storage.mounted_secrets.0.iter().find(|folder| !is_plain(folder))?;
    Some(format!(
        "storage.mounted_secrets: {} must be the whole path of a folder, such as /run/secrets",
        folder.display()
    ))
}

fn redis_is_named_in_one_way(config: &Config) -> Option<String> {
    config.redis.topology().err().map(|error| error.to_string())
}

fn service_name_can_be_shown(config: &Config) -> Option<String> {
    let name = &config.issuer.service_name;
    when(
        name.trim().is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control),
        format!("issuer.service_name is {name:?}; it must have 1 to 60 characters and no control characters"),
    )
}

fn theme_can_be_read(config: &Config) -> Option<String> {
    config.theme.fault(config.language.default)
}

fn default_language_is_offered(config: &Config) -> Option<String> {
    let language = &config.language;
    when(
        !language.offered().contains(&language.default),
        format!(
            "language.default is {}; it must be one of language.offered: {}",
            language.default,
            language.tags().join(", ")
        ),
    )
}

fn key_size_is_common(config: &Config) -> Option<String> {
    when(
        ![2048, 3072, 4096].contains(&config.key.bits),
        format!("key.bits is {}; it must be 2048, 3072 or 4096", config.key.bits),
    )
}

/// The longest lifetime of any access token, a lifetime of a client's own included.
const LONGEST_ACCESS_TOKEN: ConfigDuration = ConfigDuration::days(1);

fn key_timing_strands_no_verifier(config: &Config) -> Option<String> {
    let error = config.key.policy(config.token.access).err()?;
    let (key, value) = match error {
        PolicyError::PublishAhead => ("key.publish_ahead", config.key.publish_ahead),
        PolicyError::RotateEvery => ("key.rotate_every", config.key.rotate_every),
        PolicyError::KeepRetired => ("key.keep_retired", config.key.keep_retired),
    };
    Some(format!("{key} is {value}: {error}"))
}

fn id_token_is_short(config: &Config) -> Option<String> {
    when(
        config.token.id > ConfigDuration::minutes(10),
        format!(
            "token.id is {}; it must be 10m at most: an ID token is read right after sign-in",
            config.token.id
        ),
    )
}

fn access_token_is_short(config: &Config) -> Option<String> {
    when(
        config.token.access > LONGEST_ACCESS_TOKEN,
        format!(
            "token.access is {}; it must be 1d at most: verifiers refuse a token that lives longer",
            config.token.access
        ),
    )
}

fn code_is_short(config: &Config) -> Option<String> {
    when(
        config.token.code > ConfigDuration::minutes(10),
        format!("token.code is {}; RFC 6749 section 4.1.2 allows 10m at most", config.token.code),
    )
}

fn heartbeats_are_not_missed(config: &Config) -> Option<String> {
    let heartbeat = config.feed.heartbeat;
    when(
        !(ConfigDuration::seconds(1)..=ConfigDuration::seconds(2)).contains(&heartbeat),
        format!("feed.heartbeat is {heartbeat}; it must be 1s or 2s: readers hang up after 3 s of silence"),
    )
}

fn grace_is_shorter_than_the_token(config: &Config) -> Option<String> {
    when(
        config.token.refresh_grace > ConfigDuration::minutes(1),
        format!(
            "token.refresh_grace is {}; it must be 1m at most: a thief could use the grace period as well",
            config.token.refresh_grace
        ),
    )
}

fn idle_is_shorter_than_absolute(config: &Config) -> Option<String> {
    let (idle, absolute) = (config.session.idle, config.session.absolute);
    when(
        idle > absolute,
        format!("session.idle is {idle}; it must not be longer than session.absolute, which is {absolute}"),
    )
}

fn device_limit_is_in_range(config: &Config) -> Option<String> {
    let count = config.session.max_devices;
    when(
        !(1..=MOST_OPEN).contains(&count),
        format!("session.max_devices is {count}; it must be 1 to {MOST_OPEN}"),
    )
}

fn refresh_idle_is_shorter_than_absolute(config: &Config) -> Option<String> {
    let (idle, absolute) = (config.token.refresh_idle, config.token.refresh_absolute);
    when(
        idle > absolute,
        format!(
            "token.refresh_idle is {idle}; it must not be longer than token.refresh_absolute, which is {absolute}"
        ),
    )
}

/// Zero would mean that no sign-in succeeds. The grace period of refresh tokens alone may be switched off.
fn durations_are_not_zero(config: &Config) -> Option<String> {
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

fn what_is_required_can_be_proven(config: &Config) -> Option<String> {
    let table = &config.authentication;
    when(
        !table.methods.reach(table.required),
        format!(
            "authentication.required is {:?}: name a second factor in authentication.methods, such as \"totp\"",
            table.required.as_str()
        ),
    )
}

/// To offer a class that no one can reach would be a promise to sites that nothing keeps.
fn levels_can_be_reached(config: &Config) -> Option<String> {
    let table = &config.authentication;
    let (acr, requirement) =
        table.levels.iter().find(|(_, requirement)| !table.methods.reach(*requirement))?;
    Some(format!(
        "authentication.levels has \"{acr}={}\", which no sign-in with authentication.methods reaches: add a method, or \
         take the level out",
        requirement.as_str()
    ))
}

/// What can never be offered would have an operator wait for it.
fn mail_fallback_helps_somebody(config: &Config) -> Option<String> {
    let table = &config.authentication;
    if !table.mail_fallback {
        return None;
    }
    if !config.mail.is_on() {
        return Some(
            "authentication.mail_fallback is true: it needs mail.server, to send the link".to_owned(),
        );
    }
    when(
        table.required == Requirement::TwoFactors,
        "authentication.mail_fallback is true, but a link in a letter is no second factor: with authentication.required = \
         \"two_factors\" nobody could use it. Set authentication.required = \"two_steps\", or turn it off",
    )
}

fn enrolment_is_not_put_off_for_ever(config: &Config) -> Option<String> {
    let grace = config.authentication.enrolment_grace;
    when(
        grace > ConfigDuration::days(366),
        format!("authentication.enrolment_grace is {grace}; it must be 366d at most"),
    )
}

/// Shorter, and the clocks of two nodes could ask a person again and again; longer, and it protects nothing.
fn fresh_is_minutes(config: &Config) -> Option<String> {
    let fresh = config.account.fresh;
    when(
        !(ConfigDuration::minutes(2)..=ConfigDuration::hours(1)).contains(&fresh),
        format!("account.fresh is {fresh}; it must be 2m to 1h"),
    )
}

/// People cannot accept what they cannot read.
fn terms_can_be_read(config: &Config) -> Option<String> {
    when(
        config.account.terms_version.is_some() && config.theme.terms.is_none(),
        "account.terms_version is set, so theme.terms must say where people read these terms",
    )
}

/// A person who asked for their data to be deleted should not have to wait longer.
fn grace_of_deletion_is_short(config: &Config) -> Option<String> {
    let grace = config.account.deletion_grace;
    when(grace > ConfigDuration::days(90), format!("account.deletion_grace is {grace}; it must be 0s to 90d"))
}

/// OWASP's floors for Argon2id; the ceiling is what one request may cost.
fn hashing_is_strong_enough(config: &Config) -> Option<String> {
    let password = &config.password;
    let floor = match password.iterations {
        0 => return Some("password.iterations is 0; it must be 1 or more".to_owned()),
        1 => 47_104,
        2 => 19_456,
        _ => 12_288,
    };
    if password.memory_kib < floor {
        let iterations = password.iterations;
        let memory = password.memory_kib;
        return Some(format!(
            "password.memory_kib is {memory}; it must be {floor} or more with password.iterations {iterations}"
        ));
    }
    let error = password.params().err()?;
    Some(format!("password.memory_kib or password.iterations is too large: {error}"))
}

fn minimum_length_is_sane(config: &Config) -> Option<String> {
    let error = config.password.policy().err()?;
    Some(format!("password.minimum_length is {}: {error}", config.password.minimum_length))
}

/// OWASP ASVS 5.0 6.4.1: a first password expires after a short time.
fn temporary_passwords_are_short_lived(config: &Config) -> Option<String> {
    let lifetime = config.password.temporary_lifetime;
    when(
        !(ConfigDuration::minutes(10)..=ConfigDuration::days(31)).contains(&lifetime),
        format!("password.temporary_lifetime is {lifetime}; it must be 10m to 31d"),
    )
}

fn counts_are_not_zero(config: &Config) -> Option<String> {
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

/// A phone computes half a million hashes in a second: 2^24 take it half a minute.
fn puzzles_can_be_solved(config: &Config) -> Option<String> {
    let (least, most) = (config.throttle.proof_bits, config.throttle.proof_bits_most);
    if !(8..=24).contains(&least) {
        return Some(format!("throttle.proof_bits is {least}; it must be 8 to 24"));
    }
    when(
        !(least..=24).contains(&most),
        format!(
            "throttle.proof_bits_most is {most}; it must be 24 at most, and not less than throttle.proof_bits, which is {least}"
        ),
    )
}

fn mail_can_be_sent(config: &Config) -> Option<String> {
    config.mail.fault().map(str::to_owned)
}

fn audit_log_can_be_kept(config: &Config) -> Option<String> {
    config.audit.fault().map(str::to_owned)
}

fn traces_can_be_sent(config: &Config) -> Option<String> {
    config.traces.fault().map(str::to_owned)
}

fn traces_begin_at_a_proxy_that_is_there(config: &Config) -> Option<String> {
    when(
        config.traces.proxies_begin && config.proxy.trusted.is_empty(),
        "traces.proxies_begin is true, but proxy.trusted names no proxy",
    )
}

fn registration_has_mail(config: &Config) -> Option<String> {
    when(
        config.account.lets_people_register() && !config.mail.is_on(),
        "account.registration lets people open accounts by a link in a letter: set mail.server, or leave it \"off\"",
    )
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
