//! The sites that know a person: the list for them, and disconnecting one. A site that is disconnected loses every grant in
//! every session, and what the person allowed it; the sessions themselves go on.

use super::Store;
use super::devices::SignedOut;
use super::revoke::{Revoking, end};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::consents::{self, Consent};
use crate::db::ending_sessions::EndingSessions;
use crate::db::{DbError, Locks, grants, sessions as session_rows};
use crate::random;
use idp_core::client::{Client, ClientId, ConsentPolicy};
use idp_core::grant::Grant;
use idp_core::scope::Scope;
use idp_core::session::{EndCause, Session};
use idp_core::time::UnixTime;
use idp_core::user::User;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// A site that knows the person.
#[derive(Clone, Debug)]
pub struct ConnectedSite {
    /// The site.
    pub client: Arc<Client>,
    /// What the person allowed it; for a site of the organisation, what it has.
    pub scope: Scope,
    /// Since when: the consent, or the oldest grant.
    pub since: UnixTime,
    /// How many sessions it is in use with.
    pub sessions: usize,
}

/// What is known of a site while the rows are read.
struct Found {
    scope: Scope,
    since: UnixTime,
    sids: BTreeSet<Uuid>,
}

impl Store {
    /// The sites that `user` has allowed something, or is signed in at, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn connected_sites(&self, user: &User, now: UnixTime) -> Result<Vec<ConnectedSite>, DbError> {
        let id = user.id;
        let rows = self.read(move |connection| {
            let sessions = session_rows::open_of(connection, id)?;
            Ok((consents::of_user(connection, id)?, grants::open_of_user(connection, id)?, sessions))
        });
        let (consents, grants, sessions) = rows.await?;
        let is_alive = |session: &Session| session.is_alive(now, self.policies.session, user.not_before);
        let alive: BTreeSet<Uuid> = sessions
            .into_iter()
            .filter(|(session, _)| is_alive(session))
            .map(|(session, _)| session.sid)
            .collect();
        let mut by_client = by_client(consents);
        for grant in grants.into_iter().filter(|grant| alive.contains(&grant.sid)) {
            self.add_grant(&mut by_client, &grant, now).await?;
        }
        let mut sites = Vec::new();
        for (id, found) in by_client {
            if let Some(client) = self.registered_client(&id).await? {
                let Found { scope, since, sids } = found;
                sites.push(ConnectedSite { client, scope, since, sessions: sids.len() });
            }
        }
        sites.sort_by_cached_key(|site| site.client.metadata.name.to_lowercase());
        Ok(sites)
    }

    async fn add_grant(
        &self,
        by_client: &mut BTreeMap<ClientId, Found>,
        grant: &Grant,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let client = self.registered_client(&grant.client_id).await?;
        let Some(client) = client.filter(|client| grant.is_alive(client, now)) else {
            return Ok(());
        };
        let (scope, since, sids) = (Scope::default(), grant.created_at, BTreeSet::new());
        let found = by_client.entry(client.id.clone()).or_insert(Found { scope, since, sids });
        // What a site of the organisation has was never asked.
        if client.metadata.consent == ConsentPolicy::FirstParty {
            found.scope = found.scope.union(&grant.scope);
            found.since = found.since.min(grant.created_at);
        }
        found.sids.insert(grant.sid);
        Ok(())
    }

    /// Ends all that `client` has of this person, and forgets what they allowed it. `None` when there was nothing. `about` says
    /// who does it, from where, and by whose right.
    ///
    /// # Errors
    /// When the end is not stored and published; then the caller must not confirm it.
    pub async fn disconnect_site(
        &self,
        user: Uuid,
        client: Arc<Client>,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<Option<SignedOut>, DbError> {
        let about = AuditContext { user: Some(user), client: Some(client.id.to_string()), ..about };
        let ended = self.write_revoking_first(Locks::person(user), now, move |tx| {
            about.check_right(tx)?;
            let ended = disconnect(tx, user, &client, now)?;
            if ended.is_some() {
                audit_events::record(tx, AuditEvent::ConsentWithdrawn, about, now)?;
            }
            Ok(ended)
        });
        let (ended, number) = ended.await?;
        Ok(ended.map(|ended| SignedOut { number: number.unwrap_or_default(), ..ended }))
    }
}

fn by_client(consents: Vec<Consent>) -> BTreeMap<ClientId, Found> {
    let found = |consent: Consent| {
        let Consent { client, scope, given_at: since } = consent;
        (client, Found { scope, since, sids: BTreeSet::new() })
    };
    consents.into_iter().map(found).collect()
}

fn disconnect(
    tx: &mut Revoking<'_>,
    user: Uuid,
    client: &Client,
    now: UnixTime,
) -> Result<Option<SignedOut>, DbError> {
    let cause = match client.metadata.consent {
        ConsentPolicy::Ask => EndCause::ConsentWithdrawn,
        ConsentPolicy::FirstParty => EndCause::LoggedOut,
    };
    let open = grants::open_of_user(tx, user)?.into_iter().filter(|grant| grant.client_id == client.id);
    let open: Vec<Grant> = open.collect();
    // Also when nothing is open: a code may be on its way to the site.
    let was_given = consents::withdraw(tx, user, &client.id, now)?;
    if open.is_empty() {
        return Ok(was_given.then(SignedOut::default));
    }
    let nonce = random::new_id(now);
    tx.queue_logout(EndingSessions::AtClient { user, client: &client.id, nonce }, now)?;
    for grant in &open {
        end::grant(tx, grant.id, cause, now)?;
    }
    let sessions: BTreeSet<Uuid> = open.iter().map(|grant| grant.sid).collect();
    let sites = BTreeMap::from([(client.id.clone(), client.metadata.access_token_lifetime)]);
    Ok(Some(SignedOut { sessions: sessions.into_iter().collect(), sites, number: 0 }))
}
