//! The keys that sign tokens: where each stands, never its private half.

use super::{Answered, Body, Input, Method, NoBody, NoPath, NoQuery, Operation, Problem, Timestamp};
use crate::directory::Administration;
use crate::directory::keys::in_order;
use idp_core::administration::Permission;
use idp_core::key::{KeyRing, RingKey};
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const TAG: &str = "Signing keys";

/// A signing key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its id (`kid`).
    pub kid: String,
    /// Where it stands: `next` (published, and signs nothing yet), `active` (the newest of these signs), `retired` (published
    /// for what it has signed).
    pub state: String,
    /// Since when.
    pub since: Timestamp,
    /// What it signs with (RFC 7518 3.1).
    pub algorithm: String,
}

/// The signing keys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Keys {
    /// Each, in the order in which they came to where they stand.
    pub items: Vec<Key>,
}

impl Body for Keys {}

impl From<&RingKey> for Key {
    fn from(entry: &RingKey) -> Self {
        Self {
            kid: entry.key.kid().to_owned(),
            state: entry.state.name().to_owned(),
            since: entry.state.at().into(),
            algorithm: entry.key.public_jwk().alg.clone(),
        }
    }
}

impl From<&KeyRing> for Keys {
    fn from(ring: &KeyRing) -> Self {
        Self { items: in_order(ring).into_iter().map(Key::from).collect() }
    }
}

/// Which key.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct KeyPath {
    /// Its id.
    pub kid: String,
}

/// Lists the keys.
pub struct ListKeys;

impl Operation for ListKeys {
    const ID: &'static str = "listKeys";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/keys";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the signing keys";
    const NEEDS: &'static [Permission] = &[Permission::ReadKeys];
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Keys;

    async fn run(
        by: &Administration<'_>,
        _input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Keys>, Problem> {
        Ok(Answered::new(Keys::from(&*by.signing_keys().await?)))
    }
}

macro_rules! key_act {
    ($name:ident, $id:literal, $path:literal, $path_type:ty, $refusals:expr, $summary:literal, $act:expr) => {
        #[doc = $summary]
        pub struct $name;

        impl Operation for $name {
            const ID: &'static str = $id;
            const METHOD: Method = Method::Post;
            const PATH: &'static str = $path;
            const TAG: &'static str = TAG;
            const SUMMARY: &'static str = $summary;
            const NEEDS: &'static [Permission] = &[Permission::ReadKeys, Permission::ManageKeys];
            const REFUSALS: &'static [u16] = $refusals;
            type Path = $path_type;
            type Query = NoQuery;
            type Body = NoBody;
            type Answer = Keys;

            async fn run(
                by: &Administration<'_>,
                input: Input<Self>,
                now: UnixTime,
            ) -> Result<Answered<Keys>, Problem> {
                $act(by, input.path, now).await?;
                Ok(Answered::new(Keys::from(&*by.signing_keys().await?)))
            }
        }
    };
}

key_act!(
    RotateKeys,
    "rotateKeys",
    "/keys/rotate",
    NoPath,
    &[409],
    "Lets the next key sign from now on, if it has been published for so long that every site can hold it",
    async |by: &Administration<'_>, _: NoPath, now| by.rotate_keys(now).await
);
key_act!(
    RetireKey,
    "retireKey",
    "/keys/{kid}/retire",
    KeyPath,
    &[404, 409],
    "Lets a key sign nothing more; if it is the one that signs, the next takes its place under the rule of a rotation",
    async |by: &Administration<'_>, path: KeyPath, now| by.retire_key(path.kid, now).await
);
key_act!(
    GiveUpKey,
    "giveUpKey",
    "/keys/{kid}/compromised",
    KeyPath,
    &[404],
    "Gives up a key that others may have: what it signed is void at once, and if it signed, the next one does from now on",
    async |by: &Administration<'_>, path: KeyPath, now| by.give_up_key(path.kid, now).await
);
