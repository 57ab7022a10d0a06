//! The secrets of a client. Several are good at once, so that one is replaced without an outage: add, roll out, remove.
//! Removing goes the way of everything that is taken back, [`super::revoke`].

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::Authority;
use crate::db::{DbError, Locks, clients};
use idp_core::client::{ClientId, ClientKind};
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;

/// Each is compared with what a request presents, and more than two are needed only while something went wrong.
pub const MOST: usize = 5;

/// Why a client gets no further secret.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum NoSecret {
    /// There is no such client.
    #[error("there is no such client")]
    Unknown,
    /// It cannot keep one.
    #[error("a public client has no secret")]
    Public,
    /// It has enough of them.
    #[error("the client has {MOST} secrets; remove one first")]
    Enough,
}

impl Store {
    /// Makes the secret with this hash good for the client, beside those it has. A refusal is a value.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn add_client_secret(
        &self,
        id: ClientId,
        secret: SecretHash,
        by: Authority,
        now: UnixTime,
    ) -> Result<Result<(), NoSecret>, DbError> {
        self.write(Locks::client(&id), move |connection| {
            by.check(connection)?;
            let mut secrets = match clients::kind(connection, &id)? {
                None => return Ok(Err(NoSecret::Unknown)),
                Some(ClientKind::Public) => return Ok(Err(NoSecret::Public)),
                Some(ClientKind::Confidential { secrets }) => secrets,
            };
            if secrets.len() >= MOST {
                return Ok(Err(NoSecret::Enough));
            }
            secrets.push(secret);
            clients::set_secrets(connection, &id, &secrets)?;
            let (client, detail) = (Some(id.to_string()), Some(secret.fingerprint()));
            let about = AuditContext { client, detail, ..AuditContext::of(by) };
            audit_events::record(connection, AuditEvent::ClientSecretAdded, about, now)?;
            Ok(Ok(()))
        })
        .await
    }
}
