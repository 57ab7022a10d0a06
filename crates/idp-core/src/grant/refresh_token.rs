//! Rotating a refresh token (RFC 6749 6, RFC 9700 4.14.2). Each use replaces it. Parallel requests with the same token
//! get the same successor within a short window; a replay after it ends the family.

use super::{Grant, RefreshState};
use crate::administration::Memberships;
use crate::authentication::SignInRules;
use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::scope::Scope;
use crate::secret::RefreshToken;
use crate::session::{Session, SessionPolicy};
use crate::time::{MAX_LEEWAY, UnixTime};
use crate::user::User;

/// How long refresh tokens last, in seconds.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct RefreshPolicy {
    /// Without any use.
    pub idle: i64,
    /// The whole family.
    pub absolute: i64,
    /// For how long the predecessor still gets its successor's answer.
    pub grace: i64,
}

/// A request to refresh, with the records that decide over it.
pub struct RefreshRequest<'a> {
    /// The token presented. Its tag proves that this provider made it.
    pub token: &'a RefreshToken,
    /// The client, which has authenticated.
    pub client: &'a Client,
    /// The session of the grant.
    pub session: &'a Session,
    /// The user of the grant.
    pub user: &'a User,
    /// What the installation asks of sign-ins.
    pub rules: SignInRules<'a>,
    /// The roles and groups of the user; not read where the client does not care for any.
    pub memberships: &'a Memberships,
}

/// How a presented token is answered.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum RefreshDecision {
    /// It is the current one: replace it.
    Rotate,
    /// It was replaced moments ago: open this and answer with the same successor again.
    SameSuccessor {
        /// Sealed under a key made from the presented token.
        sealed: String,
    },
}

/// A refusal, always `invalid_grant` outside.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum RefreshRefusal {
    /// No such token, or one that belongs to another client or user.
    #[error("unknown refresh token")]
    Unknown,
    /// The family ended before.
    #[error("the grant has ended")]
    Ended,
    /// Idle or absolute end.
    #[error("the grant has expired")]
    Expired,
    /// The session is over, or the user is disabled or voided it.
    #[error("the session is over")]
    SessionOver,
    /// The sign-in behind the grant proves less than is demanded by now.
    #[error("the sign-in proves less than is demanded")]
    TooWeak,
    /// The user may not sign in at the client any more: the family must end now.
    #[error("the person may not sign in there any more")]
    NotAdmitted,
    /// A spent token came back: the family must end now.
    #[error("a spent refresh token was presented")]
    Reused,
}

impl From<RefreshRefusal> for OAuthError {
    fn from(refusal: RefreshRefusal) -> Self {
        Self::new(ErrorCode::InvalidGrant, "The refresh token is not valid.")
            .because(refusal.to_string())
            .counted_as(refusal.word())
    }
}

impl RefreshRefusal {
    /// All of them.
    pub const EVERY: [Self; 7] = [
        Self::Unknown,
        Self::Ended,
        Self::Expired,
        Self::SessionOver,
        Self::TooWeak,
        Self::NotAdmitted,
        Self::Reused,
    ];

    /// The word under which it is counted.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "refresh_token_unknown",
            Self::Ended => "grant_ended",
            Self::Expired => "grant_expired",
            Self::SessionOver => "session_over",
            Self::TooWeak => "sign_in_too_weak",
            Self::NotAdmitted => "person_not_admitted",
            Self::Reused => "refresh_token_reused",
        }
    }
}

impl Grant {
    /// Decides how `request` is answered at `now`.
    ///
    /// # Errors
    /// [`RefreshRefusal`]; `Reused` and `NotAdmitted` ask the caller to end the family.
    pub fn refresh(
        &self,
        request: &RefreshRequest<'_>,
        policy: RefreshPolicy,
        sessions: SessionPolicy,
        now: UnixTime,
    ) -> Result<RefreshDecision, RefreshRefusal> {
        let fits = self.client_id == request.client.id
            && self.user == request.token.user()
            && self.id == request.token.grant()
            && request.client.may_use(GrantType::RefreshToken);
        if !fits {
            return Err(RefreshRefusal::Unknown);
        }
        if self.ended.is_some() || !request.client.honours(self.created_at, now) {
            return Err(RefreshRefusal::Ended);
        }
        // Redis forgets the tokens of a grant that has ended, so that is told before.
        let Some(state) = &self.refresh else {
            return Err(RefreshRefusal::Unknown);
        };
        if now >= self.expires_at || now >= state.issued_at.believed(now).plus(policy.idle) {
            return Err(RefreshRefusal::Expired);
        }
        if !request.user.honours(self.created_at, now)
            || !request.session.is_alive(now, sessions, request.user.not_before)
        {
            return Err(RefreshRefusal::SessionOver);
        }
        let decision = state.decide(request.token, policy, now)?;
        if !request.client.metadata.admits(request.memberships) {
            return Err(RefreshRefusal::NotAdmitted);
        }
        let required = request.client.metadata.required_acr.as_ref();
        match request.rules.honour(&self.proofs, required, request.user.second_factor, now) {
            true => Ok(decision),
            false => Err(RefreshRefusal::TooWeak),
        }
    }

    /// The scope of the access token that a refresh asks for: within the grant, all of it by default.
    /// Asking for less narrows that one access token, not the grant (RFC 6749 6).
    ///
    /// # Errors
    /// `invalid_scope` for anything beyond the grant.
    pub fn scope_on_refresh(&self, asked: Option<&str>) -> Result<Scope, OAuthError> {
        let Some(text) = asked else {
            return Ok(self.scope.clone());
        };
        match Scope::parse(text) {
            Ok(scope) if scope.is_subset_of(&self.scope) => Ok(scope),
            _ => Err(OAuthError::new(ErrorCode::InvalidScope, "scope goes beyond what was granted.")),
        }
    }
}

impl RefreshState {
    fn decide(
        &self,
        token: &RefreshToken,
        policy: RefreshPolicy,
        now: UnixTime,
    ) -> Result<RefreshDecision, RefreshRefusal> {
        if self.current.matches_refresh_token(token) {
            return Ok(RefreshDecision::Rotate);
        }
        match &self.predecessor {
            Some(before)
                if before.hash.matches_refresh_token(token)
                    && is_within(policy.grace, before.replaced_at, now) =>
            {
                Ok(RefreshDecision::SameSuccessor { sealed: before.sealed_successor.clone() })
            }
            _ => Err(RefreshRefusal::Reused),
        }
    }
}

/// Whether `now` lies in the window that opened at `start`. A start further ahead than clocks may differ opens none: it
/// would stay open until the clock has caught up (A1).
fn is_within(window: i64, start: UnixTime, now: UnixTime) -> bool {
    (-MAX_LEEWAY..window).contains(&now.seconds_since(start))
}
