//! The signing keys of an installation over time. A key is published before it signs, and stays published while tokens
//! that it signed are valid. Each rule takes the ring and `now` and returns the ring that follows. Carrying out a step
//! that is due, and carrying it out once on several nodes, is left to the server.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Jwks, KeyError, SigningKey};
use crate::time::UnixTime;

pub use super::rotation_policy::{JWKS_LIFETIME, PolicyError, RotationPolicy};

/// The state of a key.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum KeyState {
    /// Published, does not sign yet.
    Next {
        /// Since when verifiers can see it.
        published_at: UnixTime,
    },
    /// Signs.
    Active {
        /// Since when.
        since: UnixTime,
    },
    /// Signs no more; published for what it has signed.
    Retired {
        /// Since when.
        since: UnixTime,
    },
}

impl KeyState {
    /// The word for this state in columns and listings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Next { .. } => "next",
            Self::Active { .. } => "active",
            Self::Retired { .. } => "retired",
        }
    }

    /// Since when the key is in this state.
    #[must_use]
    pub fn at(self) -> UnixTime {
        match self {
            Self::Next { published_at } => published_at,
            Self::Active { since } | Self::Retired { since } => since,
        }
    }

    /// The same state, since no later than `now`.
    fn believed(self, now: UnixTime) -> Self {
        match self {
            Self::Next { published_at } => Self::Next { published_at: published_at.believed(now) },
            Self::Active { since } => Self::Active { since: since.believed(now) },
            Self::Retired { since } => Self::Retired { since: since.believed(now) },
        }
    }

    /// The state of that name since `at`; `None` for another word.
    #[must_use]
    pub fn from_columns(name: &str, at: UnixTime) -> Option<Self> {
        match name {
            "next" => Some(Self::Next { published_at: at }),
            "active" => Some(Self::Active { since: at }),
            "retired" => Some(Self::Retired { since: at }),
            _ => None,
        }
    }
}

/// A key with its state.
#[derive(Clone, Debug)]
pub struct RingKey {
    /// The key.
    pub key: SigningKey,
    /// Its state.
    pub state: KeyState,
}

/// A key as the store keeps it, once the private part is sealed.
#[derive(Clone)]
pub struct KeyRow {
    /// The thumbprint.
    pub kid: String,
    /// The private key as PKCS#8 PEM. Seal it before it rests anywhere.
    pub pem: Zeroizing<String>,
    /// Its state; [`KeyState::name`] and [`KeyState::at`] are its columns.
    pub state: KeyState,
}

impl fmt::Debug for KeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRow({}, {:?}, pem redacted)", self.kid, self.state)
    }
}

/// Why a stored key was refused.
#[derive(Debug, Clone, Eq, PartialEq, thiserror::Error)]
pub enum RowError {
    /// The key itself is not good.
    #[error("stored key {kid} cannot be used")]
    Key {
        /// The name in the row.
        kid: String,
        /// What is wrong with it.
        source: KeyError,
    },
    /// The name in the row is not the thumbprint of the key in it.
    #[error("stored key {kid} holds another key")]
    Thumbprint {
        /// The name in the row.
        kid: String,
    },
}

impl RingKey {
    /// The form for the store.
    #[must_use]
    pub fn to_row(&self) -> KeyRow {
        KeyRow { kid: self.key.kid().to_owned(), pem: self.key.to_pkcs8_pem(), state: self.state }
    }
}

impl TryFrom<KeyRow> for RingKey {
    type Error = RowError;

    fn try_from(row: KeyRow) -> Result<Self, RowError> {
        let key = SigningKey::from_pkcs8_pem(&row.pem)
            .map_err(|source| RowError::Key { kid: row.kid.clone(), source })?;
        if key.kid() != row.kid {
            return Err(RowError::Thumbprint { kid: row.kid });
        }
        Ok(Self { key, state: row.state })
    }
}

/// A change that is due.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum RotationStep {
    /// Bring the time of a key back that a clock ahead wrote: [`KeyRing::bring_back`].
    BringBack {
        /// The key whose state would begin in the future.
        kid: String,
    },
    /// Make a key and [`KeyRing::add`] it.
    Generate,
    /// Let the next key sign and retire the present one: [`KeyRing::promote`].
    Promote {
        /// The key that shall sign.
        kid: String,
    },
    /// Retire an active key that is not the one that signs: [`KeyRing::retire`].
    Retire {
        /// The superfluous key.
        kid: String,
    },
    /// Forget a retired key that no token needs any more: [`KeyRing::remove`].
    Drop {
        /// The key to forget.
        kid: String,
    },
}

/// The next key may not sign yet.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum NotReady {
    /// There is no next key.
    #[error("there is no next key yet")]
    NoNextKey,
    /// It has not been published for long enough.
    #[error("the next key may sign from {0:?}: until then some verifier may not hold it")]
    PublishedTooLately(
        /// From when it may sign.
        UnixTime,
    ),
}

/// All keys of an installation. Cheap to clone; share it as an immutable snapshot.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Arc<[RingKey]>,
    policy: RotationPolicy,
}

impl KeyRing {
    /// The ring of these keys.
    pub fn new(policy: RotationPolicy, keys: impl IntoIterator<Item = RingKey>) -> Self {
        Self { keys: keys.into_iter().collect(), policy }
    }

    /// When its keys change.
    #[must_use]
    pub fn policy(&self) -> &RotationPolicy {
        &self.policy
    }

    /// Every key with its state, for the store and for listings.
    #[must_use]
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// The key that signs; `None` only before the first key was made. Should the store hold several
    /// active keys, every node picks the same one: the latest.
    #[must_use]
    pub fn signer(&self) -> Option<&SigningKey> {
        self.active().map(|(key, _)| key)
    }

    /// The published key of this name, to check what it signed.
    #[must_use]
    pub fn verifier(&self, kid: &str, now: UnixTime) -> Option<&SigningKey> {
        self.visible(now).find(|key| key.kid() == kid)
    }

    /// What is published now: next, active, and retired keys that are still needed.
    #[must_use]
    pub fn published(&self, now: UnixTime) -> Jwks {
        Jwks::new(self.visible(now).map(|key| key.public_jwk().clone()))
    }

    /// What is due, in the order in which to do it. There is always a next key, published and waiting,
    /// so that a compromised one can be replaced at once.
    #[must_use]
    pub fn plan(&self, now: UnixTime) -> Vec<RotationStep> {
        let mut steps = Vec::new();
        steps.extend(self.ahead_of(now).map(|kid| RotationStep::BringBack { kid }));
        steps.extend(self.superfluous().map(|kid| RotationStep::Retire { kid }));
        match (self.active(), self.next()) {
            (_, None) => steps.push(RotationStep::Generate),
            (Some((_, since)), Some((next, published_at))) => {
                let due = now.seconds_since(since) >= self.policy.rotate_every;
                if due && now >= self.ready_at(published_at, now) {
                    steps.push(RotationStep::Promote { kid: next.kid().to_owned() });
                }
            }
            (None, Some((next, _))) => {
                steps.push(RotationStep::Promote { kid: next.kid().to_owned() });
            }
        }
        steps.extend(self.outlived(now).map(|kid| RotationStep::Drop { kid }));
        steps
    }

    /// The ring with a new key in it, as the next one. Without an active key it signs at once: then there are no tokens
    /// of ours, or none to be trusted.
    #[must_use]
    pub fn add(self, key: SigningKey, now: UnixTime) -> Self {
        let state = match self.active() {
            Some(_) => KeyState::Next { published_at: now },
            None => KeyState::Active { since: now },
        };
        let others = self.keys.iter().filter(|other| other.key.kid() != key.kid()).cloned();
        let keys: Vec<RingKey> = others.chain([RingKey { key: key.clone(), state }]).collect();
        Self::new(self.policy, keys)
    }

    /// The ring in which the next key signs and the former signer is retired.
    ///
    /// # Errors
    /// When the next key was not published for long enough. Without any active key it signs at once:
    /// verifiers that meet it ask for the key set again, and the alternative is no sign-in at all.
    pub fn promote(self, now: UnixTime) -> Result<Self, NotReady> {
        let (next, published_at) = self.next().ok_or(NotReady::NoNextKey)?;
        let ready_at = self.ready_at(published_at, now);
        if self.active().is_some() && now < ready_at {
            return Err(NotReady::PublishedTooLately(ready_at));
        }
        let kid = next.kid().to_owned();
        Ok(self.map_states(|key, state| match state {
            KeyState::Next { .. } if key.kid() == kid => KeyState::Active { since: now },
            KeyState::Active { .. } => KeyState::Retired { since: now },
            other => other,
        }))
    }

    /// The ring in which this active key is retired. The key that signs stays; see [`KeyRing::promote`].
    #[must_use]
    pub fn retire(self, kid: &str, now: UnixTime) -> Self {
        let signer = self.signer().map(|key| key.kid().to_owned());
        self.map_states(|key, state| match state {
            KeyState::Active { .. } if key.kid() == kid && signer.as_deref() != Some(kid) => {
                KeyState::Retired { since: now }
            }
            other => other,
        })
    }

    /// The ring without this retired key, if nothing it signed can still be valid.
    #[must_use]
    pub fn remove(self, kid: &str, now: UnixTime) -> Self {
        if !self.outlived(now).any(|outlived| outlived == kid) {
            return self;
        }
        self.without(kid)
    }

    /// The ring without this key, in any state: all that it signed is void from now on.
    /// If it was the signer, the next key takes its place at once, published long enough or not.
    #[must_use]
    pub fn compromised(self, kid: &str, now: UnixTime) -> Self {
        let ring = self.without(kid);
        if ring.active().is_some() {
            return ring;
        }
        ring.clone().promote(now).unwrap_or(ring)
    }

    /// The ring in which the state of this key begins now, if a clock that was ahead made it begin later. All that is
    /// counted from then on (publication ahead, use, retirement) then takes as long as ever.
    #[must_use]
    pub fn bring_back(self, kid: &str, now: UnixTime) -> Self {
        self.map_states(|key, state| if key.kid() == kid { state.believed(now) } else { state })
    }

    fn active(&self) -> Option<(&SigningKey, UnixTime)> {
        self.actives()
            .max_by(|(a, a_since), (b, b_since)| a_since.cmp(b_since).then_with(|| b.kid().cmp(a.kid())))
    }

    fn actives(&self) -> impl Iterator<Item = (&SigningKey, UnixTime)> {
        self.keys.iter().filter_map(|entry| match entry.state {
            KeyState::Active { since } => Some((&entry.key, since)),
            _ => None,
        })
    }

    /// The next key; of several, the one that has been published for longest.
    fn next(&self) -> Option<(&SigningKey, UnixTime)> {
        let waiting = self.keys.iter().filter_map(|entry| match entry.state {
            KeyState::Next { published_at } => Some((&entry.key, published_at)),
            _ => None,
        });
        waiting.min_by(|(a, a_at), (b, b_at)| a_at.cmp(b_at).then_with(|| a.kid().cmp(b.kid())))
    }

    fn superfluous(&self) -> impl Iterator<Item = String> {
        let signer = self.signer().map(|key| key.kid().to_owned());
        let actives = self.actives().map(|(key, _)| key.kid().to_owned());
        actives.filter(move |kid| Some(kid) != signer.as_ref())
    }

    fn outlived(&self, now: UnixTime) -> impl Iterator<Item = String> {
        let keep = self.policy.keep_retired;
        let outlived = move |entry: &&RingKey| is_outlived(entry.state, keep, now);
        self.keys.iter().filter(outlived).map(|entry| entry.key.kid().to_owned())
    }

    fn visible(&self, now: UnixTime) -> impl Iterator<Item = &SigningKey> {
        let keep = self.policy.keep_retired;
        let visible = move |entry: &&RingKey| !is_outlived(entry.state, keep, now);
        self.keys.iter().filter(visible).map(|entry| &entry.key)
    }

    fn ready_at(&self, published_at: UnixTime, now: UnixTime) -> UnixTime {
        published_at.believed(now).plus(self.policy.publish_ahead)
    }

    fn ahead_of(&self, now: UnixTime) -> impl Iterator<Item = String> {
        let ahead = self.keys.iter().filter(move |entry| entry.state.at().is_ahead_of(now));
        ahead.map(|entry| entry.key.kid().to_owned())
    }

    fn without(&self, kid: &str) -> Self {
        let kept = self.keys.iter().filter(|entry| entry.key.kid() != kid);
        Self::new(self.policy, kept.cloned())
    }

    fn map_states(&self, state_of: impl Fn(&SigningKey, KeyState) -> KeyState) -> Self {
        let keys = self
            .keys
            .iter()
            .map(|entry| RingKey { key: entry.key.clone(), state: state_of(&entry.key, entry.state) });
        Self::new(self.policy, keys)
    }
}

fn is_outlived(state: KeyState, keep_retired: i64, now: UnixTime) -> bool {
    match state {
        KeyState::Retired { since } => now.seconds_since(since) >= keep_retired,
        KeyState::Next { .. } | KeyState::Active { .. } => false,
    }
}

#[cfg(test)]
mod tests;
