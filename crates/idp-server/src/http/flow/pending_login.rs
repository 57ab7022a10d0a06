//! A login on its way: the person has proven something, and a page asks for what comes next: where they would be
//! signed out, or a further proof. What was proven travels sealed in the transaction of that very page, so in one browser
//! and one tab, in its form and never in an address; no password is kept. It is good for minutes, for the credentials it
//! was proven with, and once. It says nothing of which page it is for: what may follow is decided from what was proven,
//! where the session opens.

use crate::store::sessions::SignedIn;
use idp_core::authentication::Authentication;
use idp_core::lifetimes::PROOF;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What was proven, and what was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingLogin {
    /// Who, how and when. Being asked again makes it no younger.
    pub authentication: Authentication,
    /// The session that the last step opens. It cannot be opened twice, so neither can any step be used twice.
    pub sid: Uuid,
    /// The sessions the person was told would end.
    pub to_end: BTreeSet<Uuid>,
    /// The open session that a further proof is asked for in; `None` for a sign-in that began with its first proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<Uuid>,
    /// Whether the person keeps an account that is being deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_account: bool,
    /// The letter that the page waits for, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<AwaitedLetter>,
}

/// A letter with a link in place of a second factor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AwaitedLetter {
    /// Until when its link is good.
    pub until: UnixTime,
    /// The hash of the secret of the link, where it was opened in this very browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
}

impl PendingLogin {
    /// A sign-in that began with this proof, and opens this session.
    #[must_use]
    pub const fn new(authentication: Authentication, sid: Uuid) -> Self {
        Self {
            authentication,
            sid,
            to_end: BTreeSet::new(),
            continues: None,
            keeps_account: false,
            letter: None,
        }
    }

    /// A further proof in the session of a person who is signed in.
    #[must_use]
    pub fn in_session(signed_in: &SignedIn, new_sid: Uuid) -> Self {
        let session = &signed_in.session;
        let authentication = Authentication::continued(session.user, session.proofs.clone());
        let continues = Some(session.sid);
        Self { continues, ..Self::new(authentication, new_sid) }
    }

    /// Whether the next step was not made for too long. Whether what was proven still holds is decided where the
    /// session opens. In a session that is open already it is that session which must live by then. A person who waits for a
    /// letter may wait as long as its link is good.
    #[must_use]
    pub fn is_expired(&self, now: UnixTime) -> bool {
        let awaits = self.letter.as_ref().is_some_and(|letter| now < letter.until);
        !awaits && !self.may_begin_to_wait(now)
    }

    /// Whether a letter may be sent: what was proven is not old. So two letters make a person wait no longer than one.
    #[must_use]
    pub fn may_begin_to_wait(&self, now: UnixTime) -> bool {
        self.continues.is_some() || self.authentication.proofs.auth_time().is_within(PROOF, now)
    }
}
