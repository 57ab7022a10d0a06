//! What must not be: something that was acknowledged and is gone, or something that ended and is accepted.

use super::journal::Kind;
use std::time::Duration;
use tokio::time::Instant;

/// For how long a spent refresh token gets the same successor (`token.refresh_grace`).
const GRACE: Duration = Duration::from_secs(10);
/// Enough to see what goes wrong.
const MOST_NOTES: usize = 40;

/// Tokens that the provider had given and refused before they expired; nothing had ended them.
#[derive(Copy, Clone, Debug)]
pub struct Loss {
    /// What was refused.
    pub kind: Kind,
    /// When the request began that brought the tokens.
    pub since: Instant,
    /// When the request began that was refused.
    pub at: Instant,
    /// For how long the site had got no answer to the same request.
    pub in_doubt: Option<Duration>,
}

impl Loss {
    /// Whether it is the stated end of a family whose spent token came back too late (docs/explanations/refresh.md).
    #[must_use]
    pub fn is_beyond_the_grace(&self) -> bool {
        self.kind == Kind::Refresh && self.in_doubt.is_some_and(|doubt| doubt > GRACE)
    }
}

/// All of it.
#[derive(Clone, Default, Debug)]
pub struct Findings {
    /// Tokens; the person's session may go on.
    pub losses: Vec<Loss>,
    /// Sessions in which the person would have to sign in again.
    pub lost_sessions: usize,
    /// What was accepted of sessions that had been ended: a token, a cookie, at the provider or at a site.
    pub resurrected: usize,
    /// What could not be told, since there was no answer for a minute, or one that this client does not read. It is looked at no more.
    pub undecided: usize,
    /// How often a site refused a good token because its feed was behind, as it must.
    pub behind: usize,
    /// The first of all these in words.
    pub notes: Vec<String>,
}

impl Findings {
    /// Refresh families that were lost.
    #[must_use]
    pub fn lost_families(&self) -> usize {
        self.losses.iter().filter(|loss| loss.kind == Kind::Refresh).count()
    }

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        }
    }
}
