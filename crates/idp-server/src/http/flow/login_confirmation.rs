//! A login that waits for a confirmation: the password was right, and the person has been shown where they would be
//! signed out. What was proven travels sealed in the transaction of that very page, so in one browser and one tab; the
//! password itself is not kept. It is good for minutes, for the password it was proven with, and once.

use crate::db::password_credentials::UserWithPassword;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How long the question may stay unanswered, in seconds.
const PATIENCE: i64 = 5 * 60;

/// What was proven, and what was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoginConfirmation {
    /// Who.
    pub user: Uuid,
    /// The session that a yes opens. It cannot be opened twice, so neither can the yes be used twice.
    pub sid: Uuid,
    /// The sessions the person was told would end.
    pub to_end: BTreeSet<Uuid>,
    /// Tells whether the password is still the one that was proven.
    password: String,
    /// When it was proven. Being asked again makes it no younger.
    proven_at: UnixTime,
}

impl LoginConfirmation {
    /// A login of `found`, proven now.
    #[must_use]
    pub fn new(found: &UserWithPassword, sid: Uuid, now: UnixTime) -> Self {
        let password = digest_of(&found.password_hash);
        Self { user: found.user.id, sid, to_end: BTreeSet::new(), password, proven_at: now }
    }

    /// Whether it still proves anything for `found`: not for long, and for nothing once the password is another or
    /// the person was signed out everywhere.
    #[must_use]
    pub fn holds(&self, found: &UserWithPassword, now: UnixTime) -> bool {
        found.user.id == self.user
            && digest_of(&found.password_hash) == self.password
            && self.proven_at.is_honoured(found.user.not_before, now)
            && (0..=PATIENCE).contains(&now.seconds_since(self.proven_at))
    }
}

/// Of the PHC string, which has 128 random bits of its own and is no secret that a guess would find.
fn digest_of(password_hash: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, password_hash.as_bytes()))
}
