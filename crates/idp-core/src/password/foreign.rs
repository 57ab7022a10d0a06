//! Hashes that other systems made, each in one spelling, a PHC string: `$bcrypt$r=12$salt$hash`,
//! `$pbkdf2-sha256$i=600000,l=32$salt$hash`, `$scrypt$ln=15,r=8,p=1$salt$hash`. [`imported`](super::imported) makes it
//! of what those systems write. They are checked and never made.

use super::{Password, PasswordError};
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt;
use std::num::NonZeroU32;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// About a second of one processor.
const MAX_BCRYPT_COST: u32 = 14;
/// Below this bcrypt is not defined.
const MIN_BCRYPT_COST: u32 = 4;
/// About a second of one processor.
const MAX_ITERATIONS: u32 = 2_000_000;
/// The most memory of scrypt in bytes: N times 128 r.
const MAX_SCRYPT_BYTES: u64 = 128 * 1024 * 1024;
/// The most work of scrypt, in the same measure for all of its lanes.
const MAX_SCRYPT_WORK: u64 = 4 * MAX_SCRYPT_BYTES;
/// Of bcrypt: what OpenBSD writes, one byte less than is computed.
const BCRYPT_HASH_BYTES: usize = 23;
const BCRYPT_SALT_BYTES: usize = 16;
/// bcrypt reads so many bytes of a password and passes over the rest.
const BCRYPT_READS: usize = 72;
/// What a hash of the others may have, and what a dummy has.
const HASH_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
const DUMMY_HASH_BYTES: usize = 32;
const MAX_SALT_BYTES: usize = 128;

/// How a hash is computed.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Scheme {
    /// The logarithm of its rounds.
    Bcrypt { cost: u32 },
    /// RFC 8018 5.2.
    Pbkdf2 { digest: Digest, iterations: NonZeroU32, bytes: usize },
    /// RFC 7914.
    Scrypt { log_n: u8, r: u32, p: u32 },
}

/// The hash function of PBKDF2.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// By its name without punctuation.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|digest| digest.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn algorithm(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

impl Scheme {
    /// Whether one sign-in may cost this much.
    fn is_affordable(self) -> bool {
        match self {
            Self::Bcrypt { cost } => cost <= MAX_BCRYPT_COST,
            Self::Pbkdf2 { iterations, .. } => iterations.get() <= MAX_ITERATIONS,
            Self::Scrypt { log_n, r, p } => {
                let bytes = 1_u64.checked_shl(log_n.into()).and_then(|n| n.checked_mul(128 * u64::from(r)));
                let work = bytes.and_then(|bytes| bytes.checked_mul(p.into()));
                bytes.is_some_and(|bytes| bytes <= MAX_SCRYPT_BYTES)
                    && work.is_some_and(|work| work <= MAX_SCRYPT_WORK)
            }
        }
    }

    fn parse(cost: &str) -> Option<Self> {
        let (id, params) = cost.strip_prefix('$')?.split_once('$')?;
        let mut params = params.split(',').map(|param| param.split_once('='));
        let mut number = |name| {
            let (known, value) = params.next()??;
            (known == name).then(|| value.parse::<u32>().ok())?
        };
        let scheme = match id {
            "bcrypt" => Self::Bcrypt { cost: number("r").filter(|cost| *cost >= MIN_BCRYPT_COST)? },
            "scrypt" => {
                let log_n = number("ln").and_then(|log_n| log_n.try_into().ok());
                Self::Scrypt { log_n: log_n.filter(|log_n| *log_n > 0)?, r: number("r")?, p: number("p")? }
            }
            _ => {
                let digest = Digest::named(id.strip_prefix("pbkdf2-")?)?;
                let iterations = number("i").and_then(NonZeroU32::new)?;
                Self::Pbkdf2 { digest, iterations, bytes: number("l")?.try_into().ok()? }
            }
        };
        (params.next().is_none() && scheme.to_string() == cost).then_some(scheme)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bcrypt { cost } => write!(f, "$bcrypt$r={cost}"),
            Self::Pbkdf2 { digest, iterations, bytes } => {
                write!(f, "$pbkdf2-{}$i={iterations},l={bytes}", digest.name())
            }
            Self::Scrypt { log_n, r, p } => write!(f, "$scrypt$ln={log_n},r={r},p={p}"),
        }
    }
}

/// A hash of another system that may be computed here.
pub(super) struct ForeignHash {
    scheme: Scheme,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl ForeignHash {
    /// Of its parts.
    ///
    /// # Errors
    /// [`PasswordError::TooExpensive`], or [`PasswordError::UnknownHash`] when salt or hash have a length that this scheme
    /// has not.
    pub(super) fn new(scheme: Scheme, salt: Vec<u8>, hash: Vec<u8>) -> Result<Self, PasswordError> {
        let fits = match scheme {
            Scheme::Bcrypt { .. } => salt.len() == BCRYPT_SALT_BYTES && hash.len() == BCRYPT_HASH_BYTES,
            Scheme::Pbkdf2 { bytes, .. } => hash.len() == bytes && HASH_BYTES.contains(&hash.len()),
            Scheme::Scrypt { r, p, .. } => r > 0 && p > 0 && HASH_BYTES.contains(&hash.len()),
        };
        if !fits || salt.is_empty() || salt.len() > MAX_SALT_BYTES {
            return Err(PasswordError::UnknownHash);
        }
        if !scheme.is_affordable() {
            return Err(PasswordError::TooExpensive);
        }
        Ok(Self { scheme, salt, hash })
    }

    /// Reads the one spelling. `None` for any other, and for one that may not be computed.
    pub(super) fn parse(phc: &str) -> Option<Self> {
        let mut parts = phc.rsplitn(3, '$');
        let (hash, salt, cost) = (parts.next()?, parts.next()?, parts.next()?);
        let decoded = |part| STANDARD_NO_PAD.decode(part).ok();
        Self::new(Scheme::parse(cost)?, decoded(salt)?, decoded(hash)?).ok()
    }

    /// One of this cost that no password matches.
    pub(super) fn dummy(cost: &str) -> Option<Self> {
        let scheme = Scheme::parse(cost)?;
        let bytes = match scheme {
            Scheme::Bcrypt { .. } => BCRYPT_HASH_BYTES,
            Scheme::Pbkdf2 { bytes, .. } => bytes,
            Scheme::Scrypt { .. } => DUMMY_HASH_BYTES,
        };
        Self::new(scheme, vec![0x5a; BCRYPT_SALT_BYTES], vec![0; bytes]).ok()
    }

    /// Whether a password has this hash. The other system may have hashed the very bytes that were typed.
    ///
    /// # Errors
    /// [`PasswordError::StoredHash`] when the scheme refuses what was read.
    pub(super) fn matches(&self, password: &Password) -> Result<bool, PasswordError> {
        for text in password.spellings() {
            let computed = self.compute(text.as_bytes())?;
            // C strings end at a NUL: where they were hashed, a password that has one is none.
            let is_whole = !matches!(self.scheme, Scheme::Bcrypt { .. }) || !text.contains('\0');
            if bool::from(computed.ct_eq(&self.hash)) && is_whole {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
        let mut computed = Zeroizing::new(vec![0; self.hash.len()]);
        match self.scheme {
            Scheme::Bcrypt { cost } => {
                let salt = self.salt.as_slice().try_into().map_err(|_| PasswordError::StoredHash)?;
                let mut read = Zeroizing::new(Vec::with_capacity(BCRYPT_READS));
                read.extend(password.iter().chain(&[0]).take(BCRYPT_READS));
                let whole = Zeroizing::new(bcrypt::bcrypt(cost, salt, &read));
                computed.iter_mut().zip(whole.iter()).for_each(|(to, from)| *to = *from);
            }
            Scheme::Pbkdf2 { digest, iterations, .. } => {
                pbkdf2::derive(digest.algorithm(), iterations, &self.salt, password, &mut computed);
            }
            Scheme::Scrypt { log_n, r, p } => {
                let params = scrypt::Params::new(log_n, r, p).map_err(|_| PasswordError::StoredHash)?;
                scrypt::scrypt(password, &self.salt, &params, &mut computed)
                    .map_err(|_| PasswordError::StoredHash)?;
            }
        }
        Ok(computed)
    }
}

impl fmt::Display for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        write!(f, "{}${}${}", self.scheme, encoded(&self.salt), encoded(&self.hash))
    }
}
