//! What is known of a session and of its end: when and why it ended, and which sites have confirmed that they refuse it. For an operator
//! who asks; nothing is decided by it.

use super::Store;
use crate::db::grants::GrantSelector;
use crate::db::logout_deliveries::{self, Delivery};
use crate::db::{Connection, DbError, feed_acknowledgements, grants, mails, revocations, sessions, users};
use idp_core::client::ClientId;
use idp_core::grant::Grant;
use idp_core::revocation::{Revocation, Revoked};
use idp_core::secret::Secret;
use idp_core::session::{Ended, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::User;
use std::collections::BTreeMap;
use uuid::Uuid;

/// More sites than a person uses in one session.
const MOST_SITES: i64 = 1000;

/// A session, and how its end went out.
#[derive(Clone, Debug)]
pub struct SessionStory {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
    /// When and why it ended, also where the rows do not know it yet.
    pub ended: Option<Ended>,
    /// The entry of the revocation log that took its tokens back, where there is one still.
    pub revocation: Option<Revocation>,
    /// The sites that it was used with.
    pub sites: Vec<SiteTold>,
}

/// A site that was told of an end, or would be.
#[derive(Clone, Debug)]
pub struct SiteTold {
    /// The site.
    pub client: ClientId,
    /// Its instances that follow the revocation feed, and how many of them refuse what ended; `None` where it has none.
    pub by_feed: Option<FeedTold>,
    /// The logout token that was sent to it; `None` where it was sent none.
    pub by_logout_token: Option<Delivery>,
}

/// How far the feed has told a site.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct FeedTold {
    /// Instances that are connected.
    pub instances: usize,
    /// Those of them that have confirmed that they refuse what ended; `None` where nothing ended, or nothing of it is in the log any more.
    pub confirmed: Option<usize>,
}

impl Store {
    /// What is known of the session with this `sid`.
    ///
    /// # Errors
    /// When the database or Redis does not answer.
    pub async fn session_story(&self, sid: Uuid, now: UnixTime) -> Result<Option<SessionStory>, DbError> {
        let policy = self.policies.session;
        let found = self.read(move |connection| session_story(connection, sid, policy, now)).await?;
        let Some(mut story) = found else { return Ok(None) };
        self.add_last_use(&mut story.session, &story.user, now).await?;
        story.ended = story.session.end(now, policy, story.user.not_before);
        Ok(Some(story))
    }

    /// Has a command find out how Redis stands, where there is one: what is asked of it is asked of what the servers use. Where it
    /// cannot be found out, what needs Redis answers that.
    pub async fn find_epoch(&self) {
        if let Some(redis) = self.ephemeral.redis()
            && let Err(error) = redis.find_epoch(&self.db).await
        {
            tracing::debug!(%error, "how Redis stands is not known");
        }
    }

    /// The `sid` of the session whose cookie this is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sid_of_cookie(&self, secret: &Secret) -> Result<Option<Uuid>, DbError> {
        let hash = secret.hash();
        let found = self.read(move |connection| sessions::by_secret(connection, &hash)).await?;
        Ok(found.map(|session| session.sid))
    }

    /// The grant with this id, by itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn grant_by_id(&self, id: Uuid) -> Result<Option<Grant>, DbError> {
        self.read(move |connection| grants::by_id(connection, id)).await
    }

    /// The letter of this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mail(&self, id: Uuid) -> Result<Option<mails::Mail>, DbError> {
        self.read(move |connection| mails::by_id(connection, id)).await
    }

    /// The logout token of this id that is on its way to a site, or was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn logout_delivery(&self, id: String) -> Result<Option<Delivery>, DbError> {
        self.read(move |connection| logout_deliveries::by_id(connection, &id)).await
    }

    /// The entry of the revocation log from `at` on that names one of these.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revocation_naming(
        &self,
        named: Vec<Revoked>,
        at: UnixTime,
    ) -> Result<Option<Revocation>, DbError> {
        self.read(move |connection| revocations::naming(connection, &named, at)).await
    }
}

fn session_story(
    connection: &mut Connection,
    sid: Uuid,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<SessionStory>, DbError> {
    let Some(session) = sessions::by_sid(connection, sid)? else { return Ok(None) };
    let Some(user) = users::by_id(connection, session.user)? else { return Ok(None) };
    let ended = session.end(now, policy, user.not_before);
    let held = grants::named(connection, &GrantSelector::Session(sid))?;
    let revocation = match ended {
        Some(ended) => {
            let of_grants = held.iter().map(|grant| Revoked::grant(grant.id));
            let named: Vec<Revoked> = std::iter::once(Revoked::session(sid)).chain(of_grants).collect();
            revocations::naming(connection, &named, ended.at)?
        }
        None => None,
    };
    let number = revocation.as_ref().map(|entry| entry.number);
    let sites = sites_told(connection, &held, sid, number, now)?;
    Ok(Some(SessionStory { session, user, ended, revocation, sites }))
}

fn sites_told(
    connection: &mut Connection,
    held: &[Grant],
    sid: Uuid,
    number: Option<i64>,
    now: UnixTime,
) -> Result<Vec<SiteTold>, DbError> {
    let new = |client: &ClientId| SiteTold { client: client.clone(), by_feed: None, by_logout_token: None };
    let mut sites: BTreeMap<String, SiteTold> =
        held.iter().map(|grant| (grant.client_id.to_string(), new(&grant.client_id))).collect();
    for delivery in logout_deliveries::of_session(connection, sid, MOST_SITES)? {
        let site = sites.entry(delivery.client.to_string()).or_insert_with(|| new(&delivery.client));
        site.by_logout_token = Some(delivery);
    }
    let names: Vec<ClientId> = sites.values().map(|site| site.client.clone()).collect();
    for instance in feed_acknowledgements::connected(connection, &names, now.as_secs())? {
        let Some(site) = sites.get_mut(&instance.client_id) else { continue };
        let none = FeedTold { instances: 0, confirmed: number.map(|_| 0) };
        let told = site.by_feed.get_or_insert(none);
        told.instances += 1;
        told.confirmed = told
            .confirmed
            .map(|count| count + usize::from(number.is_some_and(|number| instance.number >= number)));
    }
    Ok(sites.into_values().collect())
}
