//! Several secrets of one person under one salt, of which any may be presented: to look for one costs one hash, however many
//! there are. The salt is the person's alone, so what was computed for one set helps against no other.

use super::{
    Argon2Hash, HASH_BYTES, Password, PasswordError, PasswordParams, SALT_BYTES, compute, give_back_excess,
    phc,
};
use argon2::{Algorithm, Block};
use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;

/// Hashes each of `secrets` under one new salt, as PHC strings in the same order.
///
/// # Errors
/// [`PasswordError::Params`] when argon2 refuses the cost.
pub fn hash_all(
    secrets: &[Password],
    params: &PasswordParams,
    rng: &mut (impl CryptoRngCore + ?Sized),
    memory: &mut Vec<Block>,
) -> Result<Vec<String>, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let argon2_params = params.to_argon2(HASH_BYTES)?;
    let hashed = |secret: &Password, memory: &mut Vec<Block>| {
        let hash = compute(secret, Algorithm::Argon2id, &salt, &argon2_params, memory)?;
        phc(Algorithm::Argon2id, &argon2_params, &salt, &hash)
    };
    secrets.iter().map(|secret| hashed(secret, memory)).collect()
}

/// The place in `stored`, which [`hash_all`] made in one call, of the hash of `secret`. All are compared, so that the time
/// does not tell which it was. `wanted` is the cost that hashes made today have.
///
/// # Errors
/// [`PasswordError::StoredHash`] for strings that may not be computed here, or that are not of one salt and cost.
pub fn find(
    secret: &Password,
    stored: &[String],
    wanted: &PasswordParams,
    memory: &mut Vec<Block>,
) -> Result<Option<usize>, PasswordError> {
    let parsed: Option<Vec<Argon2Hash>> = stored.iter().map(|phc| Argon2Hash::parse(phc)).collect();
    let parsed = parsed.ok_or(PasswordError::StoredHash)?;
    let Some(first) = parsed.first() else {
        return Ok(None);
    };
    let is_alike = |other: &Argon2Hash| {
        other.salt == first.salt
            && other.params == first.params
            && other.algorithm == first.algorithm
            && other.hash.len() == first.hash.len()
    };
    if !parsed.iter().all(is_alike) {
        return Err(PasswordError::StoredHash);
    }
    let argon2_params = first.params.to_argon2(first.hash.len())?;
    let computed = compute(secret, first.algorithm, &first.salt, &argon2_params, memory)?;
    give_back_excess(memory, wanted);
    let fits = |other: &Argon2Hash| bool::from(computed.ct_eq(other.hash.as_bytes()));
    // Not the first that fits: every one is looked at.
    let places = parsed.iter().enumerate();
    Ok(places.fold(None, |found, (place, other)| if fits(other) { Some(place) } else { found }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::password::{hash, verify};
    use rand_core::OsRng;
    use std::collections::BTreeSet;

    fn cheap() -> PasswordParams {
        PasswordParams::new(64, 1, 1).unwrap()
    }

    fn typed(text: &str) -> Password {
        Password::typed(text.to_owned().into()).unwrap()
    }

    fn made(texts: &[&str]) -> Vec<String> {
        let secrets: Vec<Password> = texts.iter().map(|text| typed(text)).collect();
        hash_all(&secrets, &cheap(), &mut OsRng, &mut Vec::new()).unwrap()
    }

    fn found(text: &str, stored: &[String]) -> Result<Option<usize>, PasswordError> {
        find(&typed(text), stored, &cheap(), &mut Vec::new())
    }

    #[test]
    fn each_is_found_at_its_place_and_another_nowhere() {
        let stored = made(&["one", "two", "three"]);
        for (text, place) in [("one", Some(0)), ("three", Some(2)), ("four", None)] {
            assert_eq!(found(text, &stored), Ok(place), "{text}");
        }
        assert_eq!(found("one", &[]), Ok(None));
        assert!(verify(&typed("two"), &stored[1], &cheap(), &mut Vec::new()).unwrap().ok, "an ordinary hash");
    }

    #[test]
    fn s111_two_sets_of_the_same_have_nothing_in_common() {
        let (one, other) = (made(&["one", "two"]), made(&["one", "two"]));
        assert_eq!(one.iter().chain(&other).collect::<BTreeSet<_>>().len(), 4);
    }

    #[test]
    fn what_was_not_made_together_is_refused() {
        let [mut stored, other] = [made(&["one", "two"]), made(&["three"])];
        stored.extend(other);
        assert_eq!(found("one", &stored), Err(PasswordError::StoredHash));
        let dear = PasswordParams::new(128, 1, 1).unwrap();
        let of_other_cost = hash(&typed("x"), &dear, &mut OsRng, &mut Vec::new()).unwrap();
        for wrong in [of_other_cost, "nothing".to_owned()] {
            assert_eq!(found("one", &[made(&["one"]).remove(0), wrong]), Err(PasswordError::StoredHash));
        }
    }
}
