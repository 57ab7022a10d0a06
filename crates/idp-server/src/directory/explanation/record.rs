//! What is known by a name or an id: a session, a grant, a person, a client, a key, a delivery.

use super::{Explanation, Kind, MOST_EVENTS, unknown};
use crate::db::audit_search::AuditFilter;
use crate::db::logout_deliveries::Delivery;
use crate::directory::{Administration, DirectoryError};
use idp_core::client::{Client, ClientId};
use idp_core::key::RingKey;
use idp_core::revocation::Revoked;
use idp_core::time::UnixTime;
use idp_core::user::{Account, UserStatus};
use idp_core::username::Username;
use uuid::Uuid;

impl Administration<'_> {
    /// What goes by this name or id. Where several things do, the first is explained, and the others are named.
    pub(super) async fn explain_record(
        &self,
        text: &str,
        now: UnixTime,
    ) -> Result<Explanation, DirectoryError> {
        let mut found = match text.parse::<Uuid>() {
            Ok(id) => self.by_id(id, now).await?,
            Err(_) => self.by_name(text, now).await?,
        };
        found.extend(self.explain_delivery(text, now).await?);
        let mut found = found.into_iter();
        let Some(mut first) = found.next() else { return Ok(unknown()) };
        for other in found {
            first.fact("also", other.kind.as_str());
        }
        Ok(first)
    }

    async fn by_id(&self, id: Uuid, now: UnixTime) -> Result<Vec<Explanation>, DirectoryError> {
        let mut found = Vec::new();
        found.extend(self.explain_session(id, now).await?);
        if let Some(account) = self.store.account(id).await? {
            found.push(self.explain_account(account, now).await?);
        }
        found.extend(self.explain_grant(id, now).await?);
        found.extend(self.explain_mail(id).await?);
        if found.is_empty() {
            found.extend(self.explain_forgotten_session(id).await?);
        }
        Ok(found)
    }

    async fn by_name(&self, text: &str, now: UnixTime) -> Result<Vec<Explanation>, DirectoryError> {
        let mut found = Vec::new();
        let ring = self.signing_keys().await?;
        if let Some(entry) = ring.keys().iter().find(|entry| entry.key.kid() == text) {
            found.push(of_key(entry, ring.signer().is_some_and(|key| key.kid() == text)));
        }
        if let Ok(name) = Username::parse(text)
            && let Some(account) = self.store.account_by_name(name).await?
        {
            found.push(self.explain_account(account, now).await?);
        }
        if let Ok(id) = ClientId::parse(text)
            && let Some(client) = self.store.client(id).await?
        {
            found.push(self.explain_client(&client).await?);
        }
        Ok(found)
    }

    pub(super) async fn explain_session(
        &self,
        sid: Uuid,
        now: UnixTime,
    ) -> Result<Option<Explanation>, DirectoryError> {
        let Some(story) = self.store.session_story(sid, now).await? else { return Ok(None) };
        let mut explanation = Explanation::of(Kind::Session);
        explanation.fact("sid", sid);
        explanation.tell(story);
        explanation.is_good = Some(explanation.ended.is_none());
        let because = explanation.ended.map(|ended| format!("it ended: {}", ended.cause.as_str()));
        explanation.reasons.extend(because);
        let filter = AuditFilter { session: Some(sid), ..AuditFilter::default() };
        explanation.events = self.store.search_audit_log(filter, None, MOST_EVENTS).await?.events;
        Ok(Some(explanation))
    }

    /// A session that the audit log alone still knows.
    async fn explain_forgotten_session(&self, sid: Uuid) -> Result<Option<Explanation>, DirectoryError> {
        let filter = AuditFilter { session: Some(sid), ..AuditFilter::default() };
        let events = self.store.search_audit_log(filter, None, MOST_EVENTS).await?.events;
        if events.is_empty() {
            return Ok(None);
        }
        let reason = "the session is forgotten: it ended long ago, or its person was removed; the audit log still has what happened in it";
        let mut explanation = Explanation { events, ..Explanation::void(Kind::Session, reason) };
        explanation.fact("sid", sid);
        Ok(Some(explanation))
    }

    async fn explain_grant(&self, id: Uuid, now: UnixTime) -> Result<Option<Explanation>, DirectoryError> {
        let Some(grant) = self.store.grant_by_id(id).await? else { return Ok(None) };
        let mut explanation = Explanation::of(Kind::Grant);
        explanation.fact("grant", id);
        explanation.fact("client", &grant.client_id);
        explanation.fact("scope", &grant.scope);
        explanation.fact("sid", grant.sid);
        explanation.time("created_at", grant.created_at);
        explanation.time("expires_at", grant.expires_at);
        explanation.ended = grant.ended;
        if let Some(ended) = grant.ended {
            let entry = self.store.revocation_naming(vec![Revoked::grant(id)], ended.at).await?;
            explanation.revocation = entry.map(|entry| entry.number);
        }
        self.add_session(&mut explanation, grant.sid, now).await?;
        explanation
            .reasons
            .extend(explanation.ended.map(|ended| format!("it ended: {}", ended.cause.as_str())));
        explanation.reasons.extend((now >= grant.expires_at).then(|| "it has expired".to_owned()));
        explanation.is_good = Some(explanation.reasons.is_empty());
        Ok(Some(explanation))
    }

    async fn explain_client(&self, client: &Client) -> Result<Explanation, DirectoryError> {
        let mut explanation = Explanation { is_good: Some(true), ..Explanation::of(Kind::Client) };
        explanation.fact("client", &client.id);
        explanation.fact("name", &client.metadata.name);
        explanation.fact("confidential", !client.is_public());
        explanation.fact("follows_feed", client.metadata.follows_feed);
        explanation.fact("scope", &client.metadata.scope);
        explanation.time("created_at", client.created_at);
        explanation.time("nothing_issued_counts_before", client.not_before);
        let filter = AuditFilter { client: Some(client.id.to_string()), ..AuditFilter::default() };
        explanation.events = self.store.search_audit_log(filter, None, MOST_EVENTS).await?.events;
        Ok(explanation)
    }

    async fn explain_account(&self, account: Account, now: UnixTime) -> Result<Explanation, DirectoryError> {
        let user = account.user;
        let mut explanation = Explanation::of(Kind::User);
        explanation.is_good = Some(user.status == UserStatus::Active);
        explanation.fact("user", user.id);
        explanation.fact("username", user.username.as_str());
        explanation.fact("status", user.status.as_str());
        explanation.time("created_at", user.created_at);
        if user.not_before > UnixTime(0) {
            explanation.time("nothing_issued_counts_before", user.not_before);
        }
        explanation.reasons.extend(match user.status {
            UserStatus::Active => None,
            UserStatus::Disabled => Some("the account is disabled: the person may not sign in".to_owned()),
            UserStatus::Deleting { .. } => {
                Some("the account is being deleted; signing in takes that back".to_owned())
            }
        });
        self.add_events_of(&mut explanation, user.id).await?;
        let sessions = self.store.devices(user, now).await?;
        explanation.fact("open_sessions", sessions.open.len());
        for open in &sessions.open {
            explanation.fact("open_session", open.session.sid);
        }
        if let Some(last) = sessions.ended.first() {
            explanation.fact("session_that_ended_last", last.session.sid);
            explanation.ended = Some(last.ended);
        }
        Ok(explanation)
    }

    async fn explain_mail(&self, id: Uuid) -> Result<Option<Explanation>, DirectoryError> {
        let Some(mail) = self.store.mail(id).await? else { return Ok(None) };
        let mut explanation = Explanation::of(Kind::Mail);
        explanation.fact("letter", &mail.kind);
        explanation.fact("state", mail.state.as_str());
        explanation.fact("attempts", mail.attempts);
        explanation.facts.extend(mail.user.map(|user| ("user", user.to_string())));
        explanation.time("created_at", UnixTime(mail.created_ms.div_euclid(1000)));
        explanation.reasons.extend(mail.last_error);
        Ok(Some(explanation))
    }

    async fn explain_delivery(&self, id: &str, now: UnixTime) -> Result<Option<Explanation>, DirectoryError> {
        let Some(delivery) = self.store.logout_delivery(id.to_owned()).await? else { return Ok(None) };
        let mut explanation = Explanation::of(Kind::LogoutDelivery);
        let Delivery { client, sid, state, attempts, last_error, .. } = delivery;
        explanation.fact("client", &client);
        explanation.fact("sid", &sid);
        explanation.fact("state", state.as_str());
        explanation.fact("attempts", attempts);
        explanation.reasons.extend(last_error);
        if let Ok(sid) = sid.parse() {
            self.add_session(&mut explanation, sid, now).await?;
        }
        Ok(Some(explanation))
    }
}

fn of_key(entry: &RingKey, signs: bool) -> Explanation {
    let mut explanation = Explanation { is_good: Some(true), ..Explanation::of(Kind::Key) };
    explanation.fact("key", entry.key.kid());
    explanation.fact("state", entry.state.name());
    explanation.fact("signs", signs);
    explanation.time("since", entry.state.at());
    explanation
}
