//! `jti`, the name of an access token (RFC 7519 4.1.7). That of a person's token begins with its grant, so that a grant
//! names all its access tokens although none is stored.

use std::fmt;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base64url;

/// A token's name: `<grant>.<random>` or `<random>`, each part 22 characters of base64url. The tokens of a grant that were
/// issued after those before them were taken back say how often that was: `<grant>~<epoch>.<random>`.
#[derive(Clone, Eq, PartialEq, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TokenId {
    /// The grant, and its epoch.
    grant: Option<(Uuid, i64)>,
    random: [u8; 16],
}

impl TokenId {
    /// A new name for a token that belongs to `grant` in this epoch of it.
    pub fn for_grant(grant: Uuid, epoch: i64, rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        Self { grant: Some((grant, epoch)), ..Self::standalone(rng) }
    }

    /// A new name for a token that belongs to no grant, as client credentials give.
    pub fn standalone(rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        let mut random = [0; 16];
        rng.fill_bytes(&mut random);
        Self { grant: None, random }
    }

    /// A name as long as any of a client for which nothing is mapped, for measuring.
    pub(super) const fn longest() -> Self {
        Self { grant: Some((Uuid::max(), 0)), random: [0; 16] }
    }

    /// Reads a name; `None` unless the text is exactly what one of the two above could have written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (grant, random) = match text.split_once('.') {
            Some((grant, random)) => (Some(parse_grant(grant)?), random),
            None => (None, text),
        };
        Some(Self { grant, random: base64url::decode_array(random)? })
    }

    /// The grant it belongs to.
    #[must_use]
    pub fn grant(&self) -> Option<Uuid> {
        self.grant.map(|(grant, _)| grant)
    }

    /// How often tokens of its grant were taken back before it was issued; 0 when it belongs to none.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.grant.map_or(0, |(_, epoch)| epoch)
    }
}

/// The part of a name before the full stop: the grant, and its epoch unless that is the first.
#[must_use]
pub(crate) fn grant_part(grant: Uuid, epoch: i64) -> String {
    let grant = base64url::encode_uuid(grant);
    if epoch == 0 { grant } else { format!("{grant}~{epoch}") }
}

fn parse_grant(text: &str) -> Option<(Uuid, i64)> {
    let Some((grant, epoch)) = text.split_once('~') else {
        return Some((base64url::decode_uuid(text)?, 0));
    };
    let number: i64 = epoch.parse().ok()?;
    let is_as_written = number > 0 && number.to_string() == epoch;
    is_as_written.then_some((base64url::decode_uuid(grant)?, number))
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((grant, epoch)) = self.grant {
            write!(f, "{}.", grant_part(grant, epoch))?;
        }
        f.write_str(&base64url::encode(self.random))
    }
}

impl From<TokenId> for String {
    fn from(id: TokenId) -> Self {
        id.to_string()
    }
}

/// The text is not a token name of ours.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("not a token id of this provider")]
pub struct NotATokenId;

impl TryFrom<String> for TokenId {
    type Error = NotATokenId;

    fn try_from(text: String) -> Result<Self, NotATokenId> {
        Self::parse(&text).ok_or(NotATokenId)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rand_core::OsRng;

    #[test]
    fn m09_a_grant_is_read_from_the_name_of_its_tokens() {
        let grant = Uuid::from_u128(1 << 100);
        let id = TokenId::for_grant(grant, 0, &mut OsRng);
        let text = id.to_string();
        assert_eq!(text.len(), 45);
        assert_eq!(TokenId::parse(&text).unwrap().grant(), Some(grant));
        assert_ne!(TokenId::for_grant(grant, 0, &mut OsRng), id);
        let standalone = TokenId::standalone(&mut OsRng);
        assert_eq!(standalone.to_string().len(), 22);
        assert_eq!(TokenId::parse(&standalone.to_string()).unwrap(), standalone);
        assert_eq!(standalone.grant(), None);
    }

    #[test]
    fn m10_the_tokens_of_each_epoch_of_a_grant_have_a_part_of_their_own() {
        let grant = Uuid::from_u128(1 << 100);
        for epoch in [0, 1, 2, 10, i64::MAX] {
            let text = TokenId::for_grant(grant, epoch, &mut OsRng).to_string();
            assert_eq!(text.split_once('.').unwrap().0, grant_part(grant, epoch));
            let read = TokenId::parse(&text).unwrap();
            assert_eq!((read.grant(), read.epoch(), read.to_string()), (Some(grant), epoch, text));
        }
    }

    #[test]
    fn other_texts_are_no_names() {
        let text = TokenId::for_grant(Uuid::from_u128(1 << 100), 0, &mut OsRng).to_string();
        let (grant, random) = text.split_once('.').unwrap();
        let misses = [
            String::new(),
            ".".to_owned(),
            format!("{grant}."),
            format!(".{random}"),
            format!("{text}A"),
            format!("{text}.{random}"),
            format!("{grant}={random}"),
            format!("{grant}.{random}="),
            format!(" {text}"),
            format!("{grant}~.{random}"),
            format!("{grant}~0.{random}"),
            format!("{grant}~01.{random}"),
            format!("{grant}~-1.{random}"),
            format!("~1.{random}"),
        ];
        for miss in misses {
            assert_eq!(TokenId::parse(&miss), None, "{miss:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_has_one_spelling(text in "[A-Za-z0-9_-]{22}((~[0-9]{1,3})?\\.[A-Za-z0-9_-]{22})?") {
            if let Some(id) = TokenId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
