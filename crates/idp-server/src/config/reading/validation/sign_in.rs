//! What a sign-in must prove, passwords, guesses, and accounts.

use idp_core::authentication::Requirement;

use super::when;
use crate::config::{Config, ConfigDuration};

pub(super) fn what_is_required_can_be_proven(config: &Config) -> Option<String> {
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
pub(super) fn levels_can_be_reached(config: &Config) -> Option<String> {
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
pub(super) fn mail_fallback_helps_somebody(config: &Config) -> Option<String> {
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

pub(super) fn enrolment_is_not_put_off_for_ever(config: &Config) -> Option<String> {
    let grace = config.authentication.enrolment_grace;
    when(
        grace > ConfigDuration::days(366),
        format!("authentication.enrolment_grace is {grace}; it must be 366d at most"),
    )
}

/// Shorter, and the clocks of two nodes could ask a person again and again; longer, and it protects nothing.
pub(super) fn fresh_is_minutes(config: &Config) -> Option<String> {
    let fresh = config.account.fresh;
    when(
        !(ConfigDuration::minutes(2)..=ConfigDuration::hours(1)).contains(&fresh),
        format!("account.fresh is {fresh}; it must be 2m to 1h"),
    )
}

/// A person who asked for their data to be deleted should not have to wait longer.
pub(super) fn grace_of_deletion_is_short(config: &Config) -> Option<String> {
    let grace = config.account.deletion_grace;
    when(grace > ConfigDuration::days(90), format!("account.deletion_grace is {grace}; it must be 0s to 90d"))
}

/// OWASP's floors for Argon2id; the ceiling is what one request may cost.
pub(super) fn hashing_is_strong_enough(config: &Config) -> Option<String> {
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

pub(super) fn minimum_length_is_sane(config: &Config) -> Option<String> {
    let error = config.password.policy().err()?;
    Some(format!("password.minimum_length is {}: {error}", config.password.minimum_length))
}

/// OWASP ASVS 5.0 6.4.1: a first password expires after a short time.
pub(super) fn temporary_passwords_are_short_lived(config: &Config) -> Option<String> {
    let lifetime = config.password.temporary_lifetime;
    when(
        !(ConfigDuration::minutes(10)..=ConfigDuration::days(31)).contains(&lifetime),
        format!("password.temporary_lifetime is {lifetime}; it must be 10m to 31d"),
    )
}

/// A phone computes half a million hashes in a second: 2^24 take it half a minute.
pub(super) fn puzzles_can_be_solved(config: &Config) -> Option<String> {
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

pub(super) fn registration_has_mail(config: &Config) -> Option<String> {
    when(
        config.account.lets_people_register() && !config.mail.is_on(),
        "account.registration lets people open accounts by a link in a letter: set mail.server, or leave it \"off\"",
    )
}
