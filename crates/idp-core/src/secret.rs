//! Opaque secrets (authorization codes, refresh tokens, session cookies...): how they are made, read
//! and compared. Each is of one kind, which shows in its text and is part of its hash, so that no
//! secret is ever accepted in the place of another; the store keeps hashes only (RFC 6819 5.1.4.1.3).

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac;
use rsa::rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::base64url;

/// Random bytes in a secret (256 bits; RFC 6749 10.10 wants at least 128).
const SECRET_BYTES: usize = 32;
/// Length of those bytes as base64url.
const SECRET_CHARS: usize = 43;
/// Bytes of the tag in a refresh token (128 bits).
const TAG_BYTES: usize = 16;
/// First part of the text of a refresh token, which has a shape of its own.
const REFRESH_TOKEN_PREFIX: &str = "rt";

/// What a secret is for. Refresh tokens have their own type: [`RefreshToken`].
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub enum SecretKind {
    /// The code of the authorization code grant.
    AuthorizationCode,
    /// The cookie that names a sign-on session.
    Session,
    /// The cookie that names a browser before anybody signed in, and binds login transactions to it.
    Browser,
    /// A token in a form, against cross-site request forgery.
    Csrf,
    /// The cookie by which a person's own device is known to the throttle.
    KnownDevice,
    /// What a confidential client proves itself with.
    ClientSecret,
    /// The token in a password-reset link.
    PasswordReset,
}

impl SecretKind {
    /// Every kind there is.
    pub const ALL: [Self; 7] = [
        Self::AuthorizationCode,
        Self::Session,
        Self::Browser,
        Self::Csrf,
        Self::KnownDevice,
        Self::ClientSecret,
        Self::PasswordReset,
    ];

    /// The first part of the text, before the dot. Also separates the hashes, so it never changes.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "ac",
            Self::Session => "se",
            Self::Browser => "br",
            Self::Csrf => "cf",
            Self::KnownDevice => "kd",
            Self::ClientSecret => "cs",
            Self::PasswordReset => "pr",
        }
    }
}

/// A secret in its usable form, `<prefix>.<43 characters>`. Wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    #[zeroize(skip)]
    kind: SecretKind,
    text: String,
}

impl Secret {
    /// A new secret of 256 random bits.
    pub fn generate(kind: SecretKind, rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        let text = format!("{}.{}", kind.prefix(), random_text(rng).as_str());
        Self { kind, text }
    }

    /// Reads a secret of this kind; `None` unless the text is exactly what [`Secret::generate`]
    /// could have written.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let random = text.strip_prefix(kind.prefix())?.strip_prefix('.')?;
        is_random_text(random).then(|| Self { kind, text: text.to_owned() })
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The text to hand to its owner, and to nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the store keeps.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.kind.prefix(), &self.text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({:?}, redacted)", self.kind)
    }
}

/// The key that marks refresh tokens as made by this provider. With it a token that was spent long ago
/// is told from one that never existed: the former ends its family, the latter must end nothing, or
/// anybody who knows a grant's id could sign its owner out.
#[derive(Clone)]
pub struct RefreshTagKey(hmac::Key);

impl RefreshTagKey {
    /// A key from 256 secret bits that outlive a restart.
    #[must_use]
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    fn tag(&self, text: &str) -> [u8; TAG_BYTES] {
        let whole = hmac::sign(&self.0, text.as_bytes());
        let mut tag = [0; TAG_BYTES];
        for (to, from) in tag.iter_mut().zip(whole.as_ref()) {
            *to = *from;
        }
        tag
    }
}

/// A refresh token, `rt.<user>.<grant>.<43 characters>.<22 characters>`: it names its user and grant, so
/// that one look-up finds the family, and carries 256 random bits and the tag that proves it was made
/// here. Wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RefreshToken {
    #[zeroize(skip)]
    user: Uuid,
    #[zeroize(skip)]
    grant: Uuid,
    text: String,
}

impl RefreshToken {
    /// A new refresh token in the family `grant` of `user`.
    pub fn generate(
        user: Uuid,
        grant: Uuid,
        key: &RefreshTagKey,
        rng: &mut (impl CryptoRngCore + ?Sized),
    ) -> Self {
        let mut text = format!(
            "{REFRESH_TOKEN_PREFIX}.{}.{}.{}",
            base64url::encode_uuid(user),
            base64url::encode_uuid(grant),
            random_text(rng).as_str(),
        );
        let tag = key.tag(&text);
        text.push('.');
        text.push_str(&base64url::encode(tag));
        Self { user, grant, text }
    }

    /// Reads a refresh token; `None` unless [`RefreshToken::generate`] wrote it under this very key.
    #[must_use]
    pub fn parse(text: &str, key: &RefreshTagKey) -> Option<Self> {
        let (tagged, tag) = text.rsplit_once('.')?;
        let tag: [u8; TAG_BYTES] = base64url::decode_array(tag)?;
        if !bool::from(key.tag(tagged).ct_eq(&tag)) {
            return None;
        }
        Self::read(tagged, text)
    }

    fn read(tagged: &str, text: &str) -> Option<Self> {
        let rest = tagged.strip_prefix(REFRESH_TOKEN_PREFIX)?.strip_prefix('.')?;
        let (user, rest) = rest.split_once('.')?;
        let (grant, random) = rest.split_once('.')?;
        let user = base64url::decode_uuid(user)?;
        let grant = base64url::decode_uuid(grant)?;
        is_random_text(random).then(|| Self { user, grant, text: text.to_owned() })
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> Uuid {
        self.user
    }

    /// The family it belongs to.
    #[must_use]
    pub fn grant(&self) -> Uuid {
        self.grant
    }

    /// The text to hand to the client, and to nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the store keeps. Covers user and grant as well as the random bits.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(REFRESH_TOKEN_PREFIX, &self.text)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken(grant {}, redacted)", self.grant)
    }
}

/// SHA-256 of a secret, separated by kind. The secrets have 256 bits of their own, so a plain hash
/// is enough. Equality takes the same time whatever is compared.
#[derive(Copy, Clone)]
pub struct SecretHash([u8; SECRET_BYTES]);

impl SecretHash {
    fn of(kind: &str, text: &str) -> Self {
        let mut context = Context::new(&SHA256);
        for part in ["idp-core secret 1", kind, text] {
            context.update(part.as_bytes());
            context.update(&[0]);
        }
        let mut hash = [0; SECRET_BYTES];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    /// A hash that no secret has: what an unknown client's secret is compared with, so that the
    /// comparison happens all the same.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self([0; SECRET_BYTES])
    }

    /// Reads the form that [`fmt::Display`] writes for the database.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode_array(text).map(Self)
    }

    /// Whether this is the hash of `secret`, in constant time.
    #[must_use]
    pub fn matches(&self, secret: &Secret) -> bool {
        *self == secret.hash()
    }

    /// Whether this is the hash of `token`, in constant time.
    #[must_use]
    pub fn matches_refresh_token(&self, token: &RefreshToken) -> bool {
        *self == token.hash()
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretHash({self})")
    }
}

fn random_text(rng: &mut (impl CryptoRngCore + ?Sized)) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    rng.fill_bytes(bytes.as_mut());
    Zeroizing::new(base64url::encode(bytes.as_ref()))
}

fn is_random_text(text: &str) -> bool {
    text.len() == SECRET_CHARS && base64url::decode_array::<SECRET_BYTES>(text).is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rsa::rand_core::OsRng;

    fn key() -> RefreshTagKey {
        RefreshTagKey::new(&[7; 32])
    }

    /// Texts that a careless reader would take for `text`.
    fn near_misses(text: &str) -> Vec<String> {
        let mut misses = vec![
            String::new(),
            format!("{text}A"),
            format!("{text}="),
            format!("{text} "),
            format!(" {text}"),
            format!("{text}\n"),
            format!("{text}\0"),
            text.to_uppercase(),
            text.replacen('.', "", 1),
            text.replacen('.', "..", 1),
            text.replacen('.', ":", 1),
        ];
        misses.extend((0..text.len()).map(|end| text.get(..end).unwrap().to_owned()));
        misses.extend(other_spellings_of_the_last_character(text));
        misses
    }

    /// The last of 43 characters holds four bits and two that must be zero.
    fn other_spellings_of_the_last_character(text: &str) -> Vec<String> {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let stem = text.get(..text.len() - 1).unwrap();
        let value = alphabet.find(text.chars().last().unwrap()).unwrap();
        let spellings = (value + 1)..(value + 4);
        spellings.map(|v| format!("{stem}{}", alphabet.get(v..=v).unwrap())).collect()
    }

    #[test]
    fn s95_a_secret_of_one_kind_is_never_another() {
        for kind in SecretKind::ALL {
            let secret = Secret::generate(kind, &mut OsRng);
            assert!(RefreshToken::parse(secret.expose(), &key()).is_none());
            for other in SecretKind::ALL {
                let read = Secret::parse(other, secret.expose());
                assert_eq!(read.is_some(), kind == other, "{kind:?} read as {other:?}");
            }
        }
        let refresh = RefreshToken::generate(Uuid::from_u128(1), Uuid::from_u128(2), &key(), &mut OsRng);
        assert!(SecretKind::ALL.iter().all(|kind| Secret::parse(*kind, refresh.expose()).is_none()));
    }

    #[test]
    fn s95_the_same_random_bits_hash_differently_in_each_kind() {
        let random = random_text(&mut OsRng);
        let mut hashes: Vec<String> = SecretKind::ALL
            .iter()
            .map(|kind| format!("{}.{}", kind.prefix(), random.as_str()))
            .zip(SecretKind::ALL)
            .map(|(text, kind)| Secret::parse(kind, &text).unwrap().hash().to_string())
            .collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), SecretKind::ALL.len());
        assert_ne!(SecretHash::of("ac", "x"), SecretHash::of("se", "x"));
    }

    #[test]
    fn s14_a_code_that_was_altered_is_not_read() {
        let code = Secret::generate(SecretKind::AuthorizationCode, &mut OsRng);
        assert!(Secret::parse(SecretKind::AuthorizationCode, code.expose()).is_some());
        for miss in near_misses(code.expose()) {
            let read = Secret::parse(SecretKind::AuthorizationCode, &miss);
            assert!(read.is_none(), "{miss:?}");
        }
    }

    #[test]
    fn s14_a_code_in_another_case_has_another_hash() {
        let code = Secret::generate(SecretKind::AuthorizationCode, &mut OsRng);
        let (prefix, random) = code.expose().split_once('.').unwrap();
        let other_case: String = random
            .chars()
            .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        let read = Secret::parse(SecretKind::AuthorizationCode, &format!("{prefix}.{other_case}"));
        assert!(read.is_none_or(|other| !code.hash().matches(&other)));
    }

    #[test]
    fn s43_a_refresh_token_that_was_altered_is_not_read() {
        let token =
            RefreshToken::generate(Uuid::from_u128(1 << 100), Uuid::from_u128(1 << 100), &key(), &mut OsRng);
        let read = RefreshToken::parse(token.expose(), &key()).unwrap();
        assert_eq!((read.user(), read.grant()), (token.user(), token.grant()));
        assert!(token.hash().matches_refresh_token(&read));
        for miss in near_misses(token.expose()) {
            assert!(RefreshToken::parse(&miss, &key()).is_none(), "{miss:?}");
        }
    }

    #[test]
    fn s43_a_refresh_token_moved_to_another_user_or_grant_is_not_read() {
        let token = RefreshToken::generate(Uuid::from_u128(1), Uuid::from_u128(2), &key(), &mut OsRng);
        let own = base64url::encode_uuid(Uuid::from_u128(1));
        let foreign = base64url::encode_uuid(Uuid::from_u128(9));
        assert!(RefreshToken::parse(&token.expose().replace(&own, &foreign), &key()).is_none());
    }

    #[test]
    fn s43_a_refresh_token_made_elsewhere_is_not_read() {
        let other = RefreshTagKey::new(&[8; 32]);
        let token = RefreshToken::generate(Uuid::from_u128(1), Uuid::from_u128(2), &other, &mut OsRng);
        assert!(RefreshToken::parse(token.expose(), &other).is_some());
        assert!(RefreshToken::parse(token.expose(), &key()).is_none());
    }

    #[test]
    fn s24_the_stored_form_reads_back_and_shows_no_secret() {
        let secret = Secret::generate(SecretKind::ClientSecret, &mut OsRng);
        let stored = secret.hash().to_string();
        assert!(SecretHash::parse(&stored).unwrap().matches(&secret));
        assert!(
            !SecretHash::parse(&stored)
                .unwrap()
                .matches(&Secret::generate(SecretKind::ClientSecret, &mut OsRng))
        );
        let random = secret.expose().split_once('.').unwrap().1;
        assert!(!stored.contains(random));
        assert!(!format!("{secret:?}").contains(random));
        assert!(SecretHash::parse(&format!("{stored}A")).is_none());
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_accepts_only_its_own_text(text in "\\PC{0,60}|rt[.A-Za-z0-9_-]{100,130}") {
            for kind in SecretKind::ALL {
                if let Some(secret) = Secret::parse(kind, &text) {
                    prop_assert_eq!(secret.expose(), text.as_str());
                }
            }
            if let Some(token) = RefreshToken::parse(&text, &key()) {
                prop_assert_eq!(token.expose(), text.as_str());
            }
        }
    }
}
