//! What something is that an operator holds or reads in a log: a token, a code, a cookie, a session, a person, a client, a key, a delivery.
//! Whether it is good, and why not, is judged as requests judge it (`store/token_state`, `store/grants`); what ended it, and who was told, is
//! `store/explanation`'s. To look changes nothing, and no secret is in the answer.

mod record;
mod token;

use super::{Administration, DirectoryError};
use crate::date::rfc3339;
use crate::db::audit_search::{AuditFilter, LoggedEvent};
use crate::store::explanation::{SessionStory, SiteTold};
use idp_core::administration::Permission;
use idp_core::session::Ended;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// No token of ours is longer, in bytes, nor any name.
pub const LONGEST: usize = 16 * 1024;
/// So many events are shown.
const MOST_EVENTS: usize = 20;

/// What it takes to ask: all of it may be in the answer.
pub const NEEDS: &[Permission] = &[
    Permission::ReadUsers,
    Permission::ReadClients,
    Permission::ReadKeys,
    Permission::ReadAudit,
    Permission::ReadDeliveries,
];

/// What it is.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Kind {
    /// RFC 9068.
    AccessToken,
    /// OpenID Connect Core 2.
    IdToken,
    /// OpenID Connect Back-Channel Logout 2.4.
    LogoutToken,
    /// A signed token of another kind, or of another issuer.
    OtherToken,
    /// RFC 6749 1.5.
    RefreshToken,
    /// RFC 6749 1.3.1.
    AuthorizationCode,
    /// The cookie of a session.
    SessionCookie,
    /// Another secret, by its form.
    Secret,
    /// A session.
    Session,
    /// A grant.
    Grant,
    /// A person.
    User,
    /// A client.
    Client,
    /// A signing key.
    Key,
    /// A letter.
    Mail,
    /// A logout token on its way.
    LogoutDelivery,
    /// Nothing that is known here.
    Unknown,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 16] = [
        Self::AccessToken,
        Self::IdToken,
        Self::LogoutToken,
        Self::OtherToken,
        Self::RefreshToken,
        Self::AuthorizationCode,
        Self::SessionCookie,
        Self::Secret,
        Self::Session,
        Self::Grant,
        Self::User,
        Self::Client,
        Self::Key,
        Self::Mail,
        Self::LogoutDelivery,
        Self::Unknown,
    ];

    /// The word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::IdToken => "id_token",
            Self::LogoutToken => "logout_token",
            Self::OtherToken => "other_token",
            Self::RefreshToken => "refresh_token",
            Self::AuthorizationCode => "authorization_code",
            Self::SessionCookie => "session_cookie",
            Self::Secret => "secret",
            Self::Session => "session",
            Self::Grant => "grant",
            Self::User => "user",
            Self::Client => "client",
            Self::Key => "key",
            Self::Mail => "mail",
            Self::LogoutDelivery => "logout_delivery",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What it is.
    pub kind: Kind,
    /// Whether it counts; `None` for what neither does nor does not.
    pub is_good: Option<bool>,
    /// Why it does not, in sentences.
    pub reasons: Vec<String>,
    /// What it says, or what is known of it, by name.
    pub facts: Vec<(&'static str, String)>,
    /// When and why it ended, or what it belongs to.
    pub ended: Option<Ended>,
    /// The number of the entry of the revocation log by which sites are told of that.
    pub revocation: Option<i64>,
    /// The sites that it concerns, and what they have confirmed.
    pub sites: Vec<SiteTold>,
    /// What the audit log has, the newest first.
    pub events: Vec<LoggedEvent>,
}

impl Explanation {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            is_good: None,
            reasons: Vec::new(),
            facts: Vec::new(),
            ended: None,
            revocation: None,
            sites: Vec::new(),
            events: Vec::new(),
        }
    }

    /// One that does not count, for this reason.
    fn void(kind: Kind, reason: impl Into<String>) -> Self {
        Self { is_good: Some(false), reasons: vec![reason.into()], ..Self::of(kind) }
    }

    fn fact(&mut self, name: &'static str, value: impl ToString) {
        self.facts.push((name, value.to_string()));
    }

    fn time(&mut self, name: &'static str, at: UnixTime) {
        self.facts.push((name, rfc3339(at)));
    }

    fn tell(&mut self, story: SessionStory) {
        self.fact("user", story.user.id);
        self.fact("username", story.user.username.as_str());
        self.time("session_created_at", story.session.created_at);
        self.time("session_last_used_at", story.session.last_seen_at);
        self.ended = self.ended.or(story.ended);
        self.revocation = self.revocation.or(story.revocation.map(|entry| entry.number));
        self.sites = story.sites;
    }
}

impl Administration<'_> {
    /// What `text` is.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database or Redis does not answer.
    pub async fn explain(&self, text: &str, now: UnixTime) -> Result<Explanation, DirectoryError> {
        self.require_all(NEEDS.iter().copied().collect())?;
        let text = text.trim();
        // What cannot be stored is nothing that is kept.
        if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
            return Ok(unknown());
        }
        self.store.find_epoch().await;
        match self.explain_token(text, now).await? {
            Some(explanation) => Ok(explanation),
            None => self.explain_record(text, now).await,
        }
    }

    /// Adds what is known of the session behind it, and what the audit log has of that. Answers whether it is known.
    async fn add_session(
        &self,
        explanation: &mut Explanation,
        sid: Uuid,
        now: UnixTime,
    ) -> Result<bool, DirectoryError> {
        let filter = AuditFilter { session: Some(sid), ..AuditFilter::default() };
        explanation.events = self.store.search_audit_log(filter, None, MOST_EVENTS).await?.events;
        let story = self.store.session_story(sid, now).await?;
        let is_known = story.is_some();
        if let Some(story) = story {
            explanation.tell(story);
        }
        Ok(is_known)
    }

    /// Adds what happened with a person.
    async fn add_events_of(&self, explanation: &mut Explanation, user: Uuid) -> Result<(), DirectoryError> {
        let filter = AuditFilter { user: Some(user), ..AuditFilter::default() };
        explanation.events = self.store.search_audit_log(filter, None, MOST_EVENTS).await?.events;
        Ok(())
    }
}

fn unknown() -> Explanation {
    let reason = "nothing here is called so: it may be another installation's, have been forgotten by now, or be cut off or garbled";
    Explanation { reasons: vec![reason.to_owned()], ..Explanation::of(Kind::Unknown) }
}
