//! The logos of clients. No right hangs on one, so nothing waits until every node has forgotten the one before.

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::Authority;
use crate::db::{DbError, Locks, client_logos, clients};
use idp_core::client::ClientId;
use idp_core::logo::{Logo, LogoName};
use idp_core::time::UnixTime;

impl Store {
    /// Gives a client a logo, or takes it away. `false` when there is no such client.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_client_logo(
        &self,
        id: &ClientId,
        logo: Option<Logo>,
        by: Authority,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let client = id.clone();
        let is_known = self.write(Locks::client(id), move |connection| {
            by.check(connection)?;
            if !clients::set_logo(connection, &client, logo.as_ref().map(Logo::name).as_ref())? {
                return Ok(false);
            }
            match &logo {
                Some(logo) => client_logos::set(connection, &client, logo)?,
                None => client_logos::remove(connection, &client)?,
            }
            let (client, detail) = (Some(client.to_string()), Some("logo".to_owned()));
            let about = AuditContext { client, detail, ..AuditContext::of(by) };
            audit_events::record(connection, AuditEvent::ClientChanged, about, now)?;
            Ok(true)
        });
        let is_known = is_known.await?;
        self.client_leases.release(id);
        Ok(is_known)
    }

    /// The logo of this name, if a client has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn client_logo(&self, name: LogoName) -> Result<Option<Logo>, DbError> {
        self.read(move |connection| client_logos::named(connection, &name)).await
    }
}
