//! The terms of use that people accept: one row for each version, with the time of the first yes.

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::terms_acceptances::{self as acceptances, AcceptedTerms};
use crate::db::{Connection, DbError, Locks, users};
use idp_core::terms_version::TermsVersion;
use idp_core::time::UnixTime;
use uuid::Uuid;

impl Store {
    /// Whether `user` has accepted this version.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_accepted_terms(&self, user: Uuid, version: TermsVersion) -> Result<bool, DbError> {
        self.read(move |connection| acceptances::has(connection, user, &version)).await
    }

    /// Every version that `user` has accepted, the last one first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn accepted_terms(&self, user: Uuid) -> Result<Vec<AcceptedTerms>, DbError> {
        self.read(move |connection| of_user(connection, user)).await
    }

    /// The person accepts this version. That they said so before changes nothing.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn accept_terms(
        &self,
        user: Uuid,
        version: TermsVersion,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.write(Locks::person(user), move |connection| {
            // Removed at this moment: there is no person to note it of.
            if users::by_id(connection, user)?.is_none() {
                return Ok(());
            }
            accept(connection, user, &version, about, now)
        })
        .await
    }
}

/// The same in a transaction that has locked the person, such as the one that makes their account.
pub(super) fn accept(
    connection: &mut Connection,
    user: Uuid,
    version: &TermsVersion,
    about: AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    if acceptances::has(connection, user, version)? {
        return Ok(());
    }
    acceptances::insert(connection, user, version, now)?;
    let about = AuditContext { user: Some(user), detail: Some(version.to_string()), ..about };
    audit_events::record(connection, AuditEvent::TermsAccepted, about, now)
}

pub(super) fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<AcceptedTerms>, DbError> {
    let mut accepted = acceptances::of_user(connection, user)?;
    accepted.sort_by_key(|terms| std::cmp::Reverse(terms.at));
    Ok(accepted)
}
