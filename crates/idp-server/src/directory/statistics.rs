//! Numbers over time and by site, for administrators to see.

use super::{Administration, DirectoryError};
use crate::db::hourly_sign_ins::HourOfSignIns;
use crate::db::site_sessions::SiteSessions;
use idp_core::administration::Permission;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;

impl Administration<'_> {
    /// How often people signed in and were refused, by hours, from `since` to now.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn sign_ins_by_hour(
        &self,
        since: UnixTime,
        now: UnixTime,
    ) -> Result<Vec<HourOfSignIns>, DirectoryError> {
        self.require(Permission::ReadAudit)?;
        Ok(self.store.sign_ins_by_hour(since, now).await?)
    }

    /// So many sites that hold the most sign-ins.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn busiest_sites(&self, count: i64) -> Result<Vec<SiteSessions>, DirectoryError> {
        self.require(Permission::ReadClients)?;
        Ok(self.store.busiest_sites(count).await?)
    }

    /// By site, the most first: sign-outs that wait to be confirmed, and entries of the revocation log that were not.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn unconfirmed_by_site(
        &self,
        now: UnixTime,
    ) -> Result<(Vec<(String, u64)>, Vec<(String, u64)>), DirectoryError> {
        self.require(Permission::ReadDeliveries)?;
        Ok(self.store.unconfirmed_by_site(now).await?)
    }

    /// How many sign-ins of people a client holds, and whether there are more than are counted.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn open_grants_at(
        &self,
        client: &ClientId,
        now: UnixTime,
    ) -> Result<(usize, bool), DirectoryError> {
        self.require(Permission::ReadClients)?;
        Ok(self.store.open_grants_at(client.clone(), now).await?)
    }
}
