//! Passwords at rest: argon2id (RFC 9106) in PHC strings, made and checked in memory that the caller
//! lends and uses again. Hashes that other systems made are checked as well, until they are replaced at the next sign-in. What was typed becomes a [`Password`], which is the same on every keyboard. Which ones a
//! person may choose is [`policy`]; how many are hashed at once is the server's.

mod blocklist;
mod foreign;
mod imported;
mod one_salt;
mod opaque_string;
pub mod policy;

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use foreign::ForeignHash;
use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use argon2::Block;
pub use imported::imported;
pub use one_salt::{find, hash_all};
pub use opaque_string::{MAX_BYTES, Password};

/// Bytes of salt and of hash in strings made here (RFC 9106 4).
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// The most memory one hash may take: 256 MiB.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The most work one hash may take, in KiB times passes: about half a second.
const MAX_WORK: u64 = 1024 * 1024;
/// The most lanes.
const MAX_PARALLELISM: u32 = 16;

/// What a hash costs. Exists only within bounds that one request may cost.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct PasswordParams {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// Why a password was neither hashed nor compared.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum PasswordError {
    /// Empty, or longer than [`MAX_BYTES`].
    #[error("A password has 1 to 1024 bytes; 1024 bytes are 256 characters of any script.")]
    Length,
    /// The cost is outside what one request may cost.
    #[error("argon2 parameters are out of bounds")]
    Params,
    /// The stored text is no PHC string that may be computed here.
    #[error("the stored password hash is not usable")]
    StoredHash,
    /// The hash of another system is of no kind that is known here.
    #[error(
        "This is no hash that is known here: bcrypt ($2b$), PBKDF2, scrypt and argon2, as PHC strings or in the spelling of Django, Werkzeug or Passlib."
    )]
    UnknownHash,
    /// The hash of another system costs more than one sign-in may.
    #[error(
        "This hash costs more than a sign-in may: bcrypt up to 14, PBKDF2 up to 2000000 iterations, scrypt up to 128 MiB, argon2 up to 256 MiB."
    )]
    TooExpensive,
}

impl PasswordParams {
    /// Memory in KiB, passes over it, and lanes.
    ///
    /// # Errors
    /// When argon2 does not define them, or they cost more than 256 MiB or 1 GiB times passes.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, PasswordError> {
        let work = u64::from(memory_kib) * u64::from(iterations);
        let bounded =
            memory_kib <= MAX_MEMORY_KIB && work <= MAX_WORK && (1..=MAX_PARALLELISM).contains(&parallelism);
        let params = Self { memory_kib, iterations, parallelism };
        match params.to_argon2(HASH_BYTES) {
            Ok(_) if bounded => Ok(params),
            _ => Err(PasswordError::Params),
        }
    }

    /// KiB of memory that one hash takes.
    #[must_use]
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    fn to_argon2(self, hash_bytes: usize) -> Result<Params, PasswordError> {
        Params::new(self.memory_kib, self.iterations, self.parallelism, Some(hash_bytes))
            .map_err(|_| PasswordError::Params)
    }
}

impl Default for PasswordParams {
    /// 19 MiB, two passes, one lane: the first choice of the OWASP password storage guide.
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, parallelism: 1 }
    }
}

/// The outcome of a comparison.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Verified {
    /// The password is right.
    pub ok: bool,
    /// The password is right, and its stored form has another cost than is wanted now: hash it again.
    pub needs_rehash: bool,
}

/// Hashes a password under a new salt, as a PHC string.
///
/// # Errors
/// [`PasswordError::Params`] when argon2 refuses the cost.
pub fn hash(
    password: &Password,
    params: &PasswordParams,
    rng: &mut (impl CryptoRngCore + ?Sized),
    memory: &mut Vec<Block>,
) -> Result<String, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let argon2_params = params.to_argon2(HASH_BYTES)?;
    let hash = compute(password, Algorithm::Argon2id, &salt, &argon2_params, memory)?;
    phc(Algorithm::Argon2id, &argon2_params, &salt, &hash)
}

/// Compares a password with a PHC string, in constant time once the hash is computed. `wanted` is the
/// cost that hashes made today have.
///
/// # Errors
/// [`PasswordError::StoredHash`] for the string: a row that an attacker has changed cannot cost gigabytes or
/// minutes.
pub fn verify(
    password: &Password,
    phc: &str,
    wanted: &PasswordParams,
    memory: &mut Vec<Block>,
) -> Result<Verified, PasswordError> {
    let stored = match Stored::parse(phc).ok_or(PasswordError::StoredHash)? {
        Stored::Argon2(stored) => stored,
        Stored::Foreign(stored) => {
            let ok = stored.matches(password)?;
            return Ok(Verified { ok, needs_rehash: ok });
        }
    };
    let argon2_params = stored.params.to_argon2(stored.hash.len())?;
    let computed = compute(password, stored.algorithm, &stored.salt, &argon2_params, memory)?;
    let ok = bool::from(computed.ct_eq(stored.hash.as_bytes()));
    give_back_excess(memory, wanted);
    Ok(Verified { ok, needs_rehash: ok && !stored.is_as_made_today(wanted) })
}

/// A PHC string of this cost that no password matches: to be compared with for a user who does not
/// exist, so that the answer takes as long as for one who does.
///
/// # Errors
/// Only if the PHC encoder refuses sizes that are fixed here.
pub fn dummy_phc(params: &PasswordParams) -> Result<String, PasswordError> {
    dummy_phc_by(Algorithm::Argon2id, params)
}

fn dummy_phc_by(algorithm: Algorithm, params: &PasswordParams) -> Result<String, PasswordError> {
    phc(algorithm, &params.to_argon2(HASH_BYTES)?, &[0x5a; SALT_BYTES], &[0; HASH_BYTES])
}

/// What computing a hash costs: the beginning of the PHC string `phc`, up to the salt.
#[must_use]
pub fn cost_of(phc: &str) -> &str {
    phc.rsplitn(3, '$').nth(2).unwrap_or_default()
}

/// A PHC string of this cost, as [`cost_of`] answers it, that no password matches.
///
/// # Errors
/// [`PasswordError::StoredHash`] when a hash of this cost may not be computed here.
pub fn dummy_phc_of(cost: &str) -> Result<String, PasswordError> {
    if let Some(foreign) = ForeignHash::dummy(cost) {
        return Ok(foreign.to_string());
    }
    let of_today = dummy_phc(&PasswordParams::default())?;
    let (_, rest) = of_today.split_at(cost_of(&of_today).len());
    let stored = Argon2Hash::parse(&format!("{cost}{rest}")).ok_or(PasswordError::StoredHash)?;
    dummy_phc_by(stored.algorithm, &stored.params)
}

/// What a PHC string holds, once it is known to be affordable.
enum Stored {
    Argon2(Argon2Hash),
    Foreign(ForeignHash),
}

impl Stored {
    fn parse(phc: &str) -> Option<Self> {
        Argon2Hash::parse(phc).map(Self::Argon2).or_else(|| ForeignHash::parse(phc).map(Self::Foreign))
    }
}

/// An argon2 hash of version 1.3. Made here are those of argon2id.
struct Argon2Hash {
    algorithm: Algorithm,
    params: PasswordParams,
    salt: Salt,
    hash: Output,
}

impl Argon2Hash {
    fn parse(phc: &str) -> Option<Self> {
        let parsed = PasswordHash::new(phc).ok()?;
        let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).ok()?;
        let current = parsed.version == Some(u32::from(Version::V0x13));
        // `Params` also reads a key id and associated data; both change the hash and we use neither.
        let known = parsed.params.iter().all(|(name, _)| ["m", "t", "p"].contains(&name.as_str()));
        if !current || !known {
            return None;
        }
        let params = Params::try_from(&parsed).ok()?;
        let params = PasswordParams::new(params.m_cost(), params.t_cost(), params.p_cost()).ok()?;
        let hash = parsed.hash.filter(|hash| hash.len() >= 16)?;
        Some(Self { algorithm, params, salt: parsed.salt?, hash })
    }

    fn is_as_made_today(&self, wanted: &PasswordParams) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.params == *wanted
            && self.hash.len() == HASH_BYTES
            && self.salt.len() >= SALT_BYTES
    }
}

fn compute(
    password: &Password,
    algorithm: Algorithm,
    salt: &[u8],
    params: &Params,
    memory: &mut Vec<Block>,
) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::new());
    }
    let mut hash = Zeroizing::new(vec![0; params.output_len().unwrap_or(HASH_BYTES)]);
    Argon2::new(algorithm, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut hash, memory.as_mut_slice())
        .map_err(|_| PasswordError::Params)?;
    Ok(hash)
}

/// One expensive row must not keep its memory for the life of the thread.
fn give_back_excess(memory: &mut Vec<Block>, wanted: &PasswordParams) {
    if let Ok(params) = wanted.to_argon2(HASH_BYTES)
        && memory.len() > params.block_count()
    {
        memory.truncate(params.block_count());
        memory.shrink_to_fit();
    }
}

fn phc(algorithm: Algorithm, params: &Params, salt: &[u8], hash: &[u8]) -> Result<String, PasswordError> {
    let mut text = ParamsString::new();
    for (name, value) in [("m", params.m_cost()), ("t", params.t_cost()), ("p", params.p_cost())] {
        text.add_decimal(name, value).map_err(|_| PasswordError::Params)?;
    }
    let phc = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(u32::from(Version::V0x13)),
        params: text,
        salt: Some(Salt::new(salt).map_err(|_| PasswordError::Params)?),
        hash: Some(Output::new(hash).map_err(|_| PasswordError::Params)?),
    };
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests;
