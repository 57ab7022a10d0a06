//! What happened with a person's account, for them to read: from the audit log, a page at a time.

use super::Store;
use crate::db::DbError;
use crate::db::audit_events::{self, OwnEvent};
use idp_core::client::{Client, ClientId};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// How many events stand on a page.
const ON_A_PAGE: usize = 20;

/// A page of them.
#[derive(Default)]
pub struct Activity {
    /// The events, the last first.
    pub events: Vec<OwnEvent>,
    /// The sites that they name, as far as these are registered.
    pub sites: BTreeMap<String, Arc<Client>>,
    /// Before which event the next page goes on, if there is more.
    pub older: Option<Uuid>,
}

impl Store {
    /// What happened with the account of `user`, before the event `before` or up to now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn activity(&self, user: Uuid, before: Option<Uuid>) -> Result<Activity, DbError> {
        let one_more = i64::try_from(ON_A_PAGE).unwrap_or(i64::MAX).saturating_add(1);
        let mut events =
            self.read(move |connection| audit_events::of_user(connection, user, before, one_more)).await?;
        let has_more = events.len() > ON_A_PAGE;
        events.truncate(ON_A_PAGE);
        let older = events.last().map(|event| event.id).filter(|_| has_more);
        let mut sites = BTreeMap::new();
        for named in events.iter().filter_map(|event| event.client.as_deref()) {
            if let (false, Ok(id)) = (sites.contains_key(named), ClientId::parse(named))
                && let Some(client) = self.registered_client(&id).await?
            {
                sites.insert(named.to_owned(), client);
            }
        }
        Ok(Activity { events, sites, older })
    }
}
