//! Sealing of what a site keeps in its visitors' cookies: AES-256-GCM under keys derived (HKDF) from
//! one secret for one issuer, client and mount. The place of a value is bound to it: a value copied
//! from one cookie to another does not open. What is in the values is left to the callers.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
    hkdf, hmac,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::debug_in_words;

const KEY_BYTES: usize = 32;
/// Longer than any cookie that a browser would keep.
const MAX_SEALED_BYTES: usize = 8 * 1024;

/// The secret under which a site seals its cookies. All processes of one site share one.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CookieKey([u8; KEY_BYTES]);

impl CookieKey {
    /// A key from 32 octets of a good random source, kept by the site across restarts.
    #[must_use]
    pub const fn from_bytes(octets: [u8; KEY_BYTES]) -> Self {
        Self(octets)
    }

    /// A key that no other process knows and that ends with this one. After a restart all users are
    /// signed out here (and, with a session at the provider, silently signed in again).
    ///
    /// # Errors
    /// When the operating system gives no random octets.
    pub fn generate() -> Result<Self, NoRandomness> {
        random().map(Self).map_err(|_| NoRandomness)
    }
}

impl fmt::Debug for CookieKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieKey(..)")
    }
}

/// The operating system gave no random octets.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no cookie key can be made: the system's random source failed; give SignInBuilder::cookie_key one")]
pub struct NoRandomness;

debug_in_words!(NoRandomness);

/// A value could not be sealed; only a broken cryptographic library or random source does that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value could not be sealed")]
pub(crate) struct SealError;

/// Seals and opens the values of one mount of one site.
pub(crate) struct Sealer {
    present: Keys,
    /// Of secrets that were replaced: they open, and seal nothing any more.
    former: Vec<Keys>,
}

/// What is derived from one secret.
pub(crate) struct Keys {
    cookie_key: RandomizedNonceKey,
    form_key: hmac::Key,
    flow_key: hmac::Key,
}

impl Keys {
    fn derive(secret: &CookieKey, context: &[&str]) -> Result<Self, SealError> {
        let mut cookie_key = derive(secret, "cookies", context)?;
        let mut form_key = derive(secret, "forms", context)?;
        let mut flow_key = derive(secret, "flows", context)?;
        let keys = Self {
            cookie_key: RandomizedNonceKey::new(&AES_256_GCM, &cookie_key).map_err(|_| SealError)?,
            form_key: hmac::Key::new(hmac::HMAC_SHA256, &form_key),
            flow_key: hmac::Key::new(hmac::HMAC_SHA256, &flow_key),
        };
        cookie_key.zeroize();
        form_key.zeroize();
        flow_key.zeroize();
        Ok(keys)
    }

    fn open(&self, place: &str, octets: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = octets.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = Zeroizing::new(rest.to_vec());
        let plain = self.cookie_key.open_in_place(nonce, Aad::from(place.as_bytes()), &mut rest).ok()?.len();
        rest.truncate(plain);
        Some(rest)
    }

    /// What only a holder of the key can make of `octets`; another thing for each purpose.
    pub(crate) fn derived(&self, purpose: &str, octets: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.flow_key);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(octets);
        let mut derived = [0; 32];
        derived.copy_from_slice(context.sign().as_ref());
        derived
    }

    fn form_token(&self, session_id: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.form_key, session_id.as_bytes()))
    }
}

impl Sealer {
    /// Derives the keys of the mount that `context` names, from the secret and from those before it.
    pub(crate) fn new(secret: &CookieKey, former: &[CookieKey], context: &[&str]) -> Result<Self, SealError> {
        let former = former.iter().map(|secret| Keys::derive(secret, context)).collect::<Result<_, _>>()?;
        Ok(Self { present: Keys::derive(secret, context)?, former })
    }

    /// Seals `value` for the place that `place` names: a cookie, a parameter.
    pub(crate) fn seal(&self, place: &str, value: &impl Serialize) -> Result<String, SealError> {
        self.seal_octets(place, &serde_json::to_vec(value).map_err(|_| SealError)?)
    }

    /// Seals octets for the place that `place` names.
    pub(crate) fn seal_octets(&self, place: &str, plain: &[u8]) -> Result<String, SealError> {
        let mut octets = plain.to_vec();
        let nonce = self
            .present
            .cookie_key
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut octets)
            .map_err(|_| SealError)?;
        let sealed = [nonce.as_ref().as_slice(), octets.as_slice()].concat();
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what [`seal`](Self::seal) made for this very place.
    pub(crate) fn open<T: DeserializeOwned>(&self, place: &str, sealed: &str) -> Option<T> {
        serde_json::from_slice(&self.open_octets(place, sealed)?).ok()
    }

    /// Opens what [`seal_octets`](Self::seal_octets) made for this very place.
    pub(crate) fn open_octets(&self, place: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.open_with_keys(place, sealed).map(|(octets, _)| octets)
    }

    /// Opens likewise, and says under which keys it was sealed: what is derived from them goes with it.
    pub(crate) fn open_with_keys(&self, place: &str, sealed: &str) -> Option<(Zeroizing<Vec<u8>>, &Keys)> {
        if sealed.len() > MAX_SEALED_BYTES {
            return None;
        }
        let octets = crate::jwt::decode(sealed)?;
        self.keys().find_map(|keys| Some((keys.open(place, &octets)?, keys)))
    }

    /// The keys that seal.
    pub(crate) const fn present(&self) -> &Keys {
        &self.present
    }

    /// A token for the forms of the session with this id.
    pub(crate) fn form_token(&self, session_id: &str) -> String {
        self.present.form_token(session_id)
    }

    /// Whether `presented` is the token for the forms of this session, compared in constant time.
    pub(crate) fn is_form_token(&self, session_id: &str, presented: &str) -> bool {
        let is_of = |keys: &Keys| {
            let expected = keys.form_token(session_id);
            verify_slices_are_equal(expected.as_bytes(), presented.as_bytes()).is_ok()
        };
        self.keys().any(is_of)
    }

    fn keys(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.present).chain(&self.former)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

/// Octets that cannot be guessed.
#[allow(clippy::disallowed_methods, reason = "keys and names of a site's own have no caller to bring chance")]
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut octets = [0; N];
    aws_lc_rs::rand::fill(&mut octets).map(|()| octets).map_err(|_| SealError)
}

/// SHA-256, to name a thing after a secret without giving the secret away.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    octets
}

/// HKDF (RFC 5869). Each part is preceded by its length: no two contexts read alike.
fn derive(secret: &CookieKey, purpose: &str, context: &[&str]) -> Result<[u8; KEY_BYTES], SealError> {
    let mut info = format!("resource-sdk sign-in 1 {purpose}").into_bytes();
    for part in context {
        info.extend_from_slice(&u32::try_from(part.len()).map_err(|_| SealError)?.to_be_bytes());
        info.extend_from_slice(part.as_bytes());
    }
    let mut key = [0; KEY_BYTES];
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(&secret.0)
        .expand(&[&info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .map_err(|_| SealError)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sealer(context: &[&str]) -> Sealer {
        Sealer::new(&CookieKey::from_bytes([7; 32]), &[], context).unwrap()
    }

    #[test]
    fn s34_a_replaced_key_opens_until_it_is_taken_away_and_seals_nothing() {
        let [old, new] = [[7; 32], [8; 32]].map(CookieKey::from_bytes);
        let before = Sealer::new(&old, &[], &[]).unwrap();
        let both = Sealer::new(&new, &[old], &[]).unwrap();
        let after = Sealer::new(&new, &[], &[]).unwrap();
        let sealed = before.seal("c", &1).unwrap();
        assert_eq!(both.open("c", &sealed), Some(1));
        assert_eq!(after.open::<i32>("c", &sealed), None);
        assert!(both.is_form_token("s", &before.form_token("s")));
        assert!(!after.is_form_token("s", &before.form_token("s")));
        assert_eq!(before.open::<i32>("c", &both.seal("c", &2).unwrap()), None);
        assert_eq!(after.open("c", &both.seal("c", &2).unwrap()), Some(2));
        assert_eq!(both.form_token("s"), after.form_token("s"));
    }

    #[test]
    fn s34_a_value_opens_only_where_it_was_sealed_for() {
        let ours = sealer(&["https://idp.example", "site-a", "/auth"]);
        let sealed = ours.seal("cookie", &"secret").unwrap();
        assert_eq!(ours.open("cookie", &sealed), Some("secret".to_owned()));
        assert_eq!(ours.open::<String>("other cookie", &sealed), None);
        for context in [["https://idp.example", "site-b", "/auth"], ["https://idp.example", "site-a", "/x"]] {
            assert_eq!(sealer(&context).open::<String>("cookie", &sealed), None);
        }
        assert!(!sealed.contains("secret"));
        assert_ne!(sealed, ours.seal("cookie", &"secret").unwrap());
    }

    #[test]
    fn s34_a_changed_value_does_not_open() {
        let sealer = sealer(&[]);
        let sealed = sealer.seal("c", &[1, 2, 3]).unwrap();
        for at in 0..sealed.len() {
            let mut octets = sealed.clone().into_bytes();
            octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(octets).unwrap();
            assert_eq!(sealer.open::<Vec<u8>>("c", &changed), None, "octet {at}");
        }
        for wrong in ["", "AAAA", &"A".repeat(9000), "\u{e4}"] {
            assert_eq!(sealer.open::<Vec<u8>>("c", wrong), None);
        }
    }

    #[test]
    fn s33_what_is_derived_goes_with_the_key_under_which_a_value_opened() {
        let [old, new] = [[7; 32], [8; 32]].map(CookieKey::from_bytes);
        let before = Sealer::new(&old, &[], &[]).unwrap();
        let both = Sealer::new(&new, &[old], &[]).unwrap();
        let sealed = before.seal_octets("s", b"x").unwrap();
        let (_, keys) = both.open_with_keys("s", &sealed).unwrap();
        assert_eq!(keys.derived("pkce", b"x"), before.present().derived("pkce", b"x"));
        assert_ne!(keys.derived("pkce", b"x"), both.present().derived("pkce", b"x"));
        assert_ne!(keys.derived("pkce", b"x"), keys.derived("nonce", b"x"));
        assert_ne!(keys.derived("pkce", b"x"), keys.derived("pkce", b"y"));
    }

    #[test]
    fn s60_a_form_token_belongs_to_one_session() {
        let sealer = sealer(&[]);
        let token = sealer.form_token("one");
        assert!(sealer.is_form_token("one", &token));
        assert!(!sealer.is_form_token("two", &token));
        assert!(!sealer.is_form_token("one", ""));
    }
}
