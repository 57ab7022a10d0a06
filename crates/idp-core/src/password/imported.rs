//! Hashes as other systems write them, brought into the one spelling that is stored. An old hash that is weak stays
//! weak until its owner signs in; that it is taken at all is the operator's choice.

use super::foreign::{Digest, ForeignHash, Scheme};
use super::{Argon2Hash, PasswordError};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, STANDARD_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use std::num::NonZeroU32;

/// Of bcrypt: its own alphabet, whose last letter says more bits than there are.
const BCRYPT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The text to store for a hash that another system made: bcrypt (`$2a$`, `$2b$`, `$2y$`); PBKDF2 with SHA-1, SHA-256 or
/// SHA-512 and scrypt, as PHC strings or in the spelling of Passlib, Django or Werkzeug; argon2 of version 1.3.
///
/// # Errors
/// [`PasswordError::UnknownHash`] and [`PasswordError::TooExpensive`].
pub fn imported(text: &str) -> Result<String, PasswordError> {
    let text = text.trim();
    // Django writes `argon2$argon2id$...` for `$argon2id$...`.
    let phc = text.strip_prefix("argon2").filter(|rest| rest.starts_with('$')).unwrap_or(text);
    if phc.starts_with("$argon2") {
        let known = Argon2Hash::parse(phc).map(|_| phc.to_owned());
        return known.ok_or_else(|| why_no_argon2(phc));
    }
    let foreign = bcrypt(text).or_else(|| phc_like(text)).or_else(|| django(text)).or_else(|| werkzeug(text));
    foreign.ok_or(PasswordError::UnknownHash)?.map(|hash| hash.to_string())
}

/// One that would be read at a lower cost is too expensive.
fn why_no_argon2(phc: &str) -> PasswordError {
    let mut parts: Vec<&str> = phc.split('$').collect();
    if let Some(cost) = parts.get_mut(3).filter(|cost| cost.split(',').count() == 3) {
        *cost = "m=64,t=1,p=1";
    }
    match Argon2Hash::parse(&parts.join("$")) {
        Some(_) => PasswordError::TooExpensive,
        None => PasswordError::UnknownHash,
    }
}

type Read = Result<ForeignHash, PasswordError>;

/// `$2b$12$` and 53 letters: the salt has 22 of them.
fn bcrypt(text: &str) -> Option<Read> {
    let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let (cost, rest) = rest.split_once('$')?;
    let (salt, hash) = rest.split_at_checked(22)?;
    let cost = cost.parse().ok().filter(|cost: &u32| (4..=99).contains(cost))?;
    let decoded = |part| BCRYPT.decode(part).ok();
    Some(ForeignHash::new(Scheme::Bcrypt { cost }, decoded(salt)?, decoded(hash)?))
}

/// `$pbkdf2-sha256$i=29000$salt$hash`, with or without `,l=32`, and `$scrypt$ln=16,r=8,p=1$salt$hash`. Passlib writes the
/// iterations alone, leaves the digest away where it is SHA-1, and has `.` for `+`.
fn phc_like(text: &str) -> Option<Read> {
    let mut parts = text.strip_prefix('$')?.split('$');
    let (id, params, salt, hash) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let decoded = |part: &str| STANDARD_NO_PAD.decode(part.replace('.', "+").trim_end_matches('=')).ok();
    let (salt, hash) = (decoded(salt)?, decoded(hash)?);
    let param = |name| params.split(',').find_map(|param| param.strip_prefix(name)?.strip_prefix('='));
    if parts.next().is_some() {
        return None;
    }
    let scheme = match id {
        "scrypt" => Scheme::Scrypt {
            log_n: param("ln")?.parse().ok()?,
            r: param("r")?.parse().ok()?,
            p: param("p")?.parse().ok()?,
        },
        _ => {
            let digest = match id.strip_prefix("pbkdf2")? {
                "" => Digest::Sha1,
                name => Digest::named(name.strip_prefix('-')?)?,
            };
            let iterations = param("i").unwrap_or(params).parse().ok()?;
            Scheme::Pbkdf2 { digest, iterations, bytes: hash.len() }
        }
    };
    Some(ForeignHash::new(scheme, salt, hash))
}

/// `pbkdf2_sha256$600000$salt$hash`: the salt is the text itself. `bcrypt$$2b$12$...` as well; `bcrypt_sha256$` hashes
/// another text than the password, and is not known here.
fn django(text: &str) -> Option<Read> {
    if let Some(hash) = text.strip_prefix("bcrypt$") {
        return bcrypt(hash);
    }
    let mut parts = text.strip_prefix("pbkdf2_")?.split('$');
    let (digest, iterations, salt, hash) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    pbkdf2(digest, iterations, salt, STANDARD.decode(hash).ok()?)
}

/// `pbkdf2:sha256:600000$salt$hash` and `scrypt:32768:8:1$salt$hash`: the salt is the text itself, the hash hexadecimal.
fn werkzeug(text: &str) -> Option<Read> {
    let mut parts = text.split('$');
    let (method, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let hash = hexadecimal(hash).filter(|_| parts.next().is_none())?;
    let mut method = method.split(':');
    match (method.next()?, method.next()?, method.next()?, method.next()) {
        ("pbkdf2", digest, iterations, None) => pbkdf2(digest, iterations, salt, hash),
        ("scrypt", n, r, Some(p)) => {
            let n: u64 = n.parse().ok()?;
            let log_n = n.is_power_of_two().then(|| n.trailing_zeros())?.try_into().ok()?;
            let scheme = Scheme::Scrypt { log_n, r: r.parse().ok()?, p: p.parse().ok()? };
            Some(ForeignHash::new(scheme, salt.as_bytes().to_vec(), hash))
        }
        _ => None,
    }
}

fn pbkdf2(digest: &str, iterations: &str, salt: &str, hash: Vec<u8>) -> Option<Read> {
    let iterations: NonZeroU32 = iterations.parse().ok()?;
    let scheme = Scheme::Pbkdf2 { digest: Digest::named(digest)?, iterations, bytes: hash.len() };
    Some(ForeignHash::new(scheme, salt.as_bytes().to_vec(), hash))
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let byte = |pair: &[u32]| pair.iter().fold(0, |byte, digit| byte << 4 | digit);
    pairs.map(|pair| u8::try_from(byte(pair)).ok()).collect()
}

#[cfg(test)]
mod tests;
