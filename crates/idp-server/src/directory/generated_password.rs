//! Passwords that the provider makes for a person: five short words that mean nothing, easy to read aloud and to type
//! on a phone, and 66 bits hard to guess.

use idp_core::password::{Password, PasswordError};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aeiu";
/// Six random bits each: four choose the consonant, two the vowel.
const SYLLABLES: usize = 11;

/// A new password, such as `kavu-rabi-tenu-zali-mepika`.
///
/// # Errors
/// None in practice: it has a length that any password may have.
pub fn generate(rng: &mut (impl CryptoRngCore + ?Sized)) -> Result<Password, PasswordError> {
    let mut random = Zeroizing::new([0; SYLLABLES]);
    rng.fill_bytes(random.as_mut_slice());
    let mut password = Zeroizing::new(String::with_capacity(3 * SYLLABLES));
    for (number, byte) in random.iter().enumerate() {
        if number > 0 && number % 2 == 0 && number + 1 < SYLLABLES {
            password.push('-');
        }
        password.push(letter(CONSONANTS, byte >> 4));
        password.push(letter(VOWELS, byte & 0b11));
    }
    Password::typed(password)
}

/// The alphabets have 16 and 4 letters and the index as many values, so the fallback is never taken.
fn letter(alphabet: &[u8], index: u8) -> char {
    alphabet.get(usize::from(index)).copied().map_or('a', char::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use idp_core::password::policy::PasswordPolicy;
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn what_is_generated_is_readable_different_each_time_and_meets_the_policy() {
        let passwords: std::collections::BTreeSet<String> =
            (0..500).map(|_| generate(&mut OsRng).unwrap().expose().to_owned()).collect();
        assert_eq!(passwords.len(), 500);
        for password in passwords {
            assert_eq!(password.len(), 26, "{password}");
            assert!(password.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{password}");
            let typed = Password::typed(password.clone().into()).unwrap();
            assert_eq!(PasswordPolicy::default().check(&typed, &["alice"]), Ok(()), "{password}");
        }
    }
}
