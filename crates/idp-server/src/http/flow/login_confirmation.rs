//! A login that waits for a confirmation: the person has proven who they are, and has been shown where they would be
//! signed out. What was proven travels sealed in the transaction of that very page, so in one browser and one tab; the
//! password itself is not kept. It is good for minutes, for the credentials it was proven with, and once.

use idp_core::authentication::Authentication;
use idp_core::lifetimes::PROOF;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What was proven, and what was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoginConfirmation {
    /// Who, how and when. Being asked again makes it no younger.
    pub authentication: Authentication,
    /// The session that a yes opens. It cannot be opened twice, so neither can the yes be used twice.
    pub sid: Uuid,
    /// The sessions the person was told would end.
    pub to_end: BTreeSet<Uuid>,
}

impl LoginConfirmation {
    /// Whether the question stayed unanswered for too long. Whether what was proven still holds is decided where the
    /// session opens.
    #[must_use]
    pub fn is_expired(&self, now: UnixTime) -> bool {
        !(0..=PROOF).contains(&now.seconds_since(self.authentication.proofs.auth_time()))
    }
}
