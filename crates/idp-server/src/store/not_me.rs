//! "This was not me", by the link in a letter: its bearer ends sign-ins, and gets into none. It takes no sign-in, for a thief
//! in the account may have changed what a sign-in takes (ADR 61).

use super::Store;
use super::mail_links::{self as opened, NotMe, OpenedLink};
use super::revoke::end;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{DbError, Locks, mail_links, users};
use idp_core::secret::Secret;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::Account;

impl Store {
    /// Ends what the link with this secret is about, which is used up. Answers whose account it is, and whether anything could be open. `None` when the link is good for nothing, and nothing was
    /// done.
    ///
    /// # Errors
    /// When the end is not stored and published; then the caller must not confirm it.
    pub async fn end_what_was_not_me(
        &self,
        secret: &Secret,
        address: String,
        now: UnixTime,
    ) -> Result<Option<(Box<Account>, bool)>, DbError> {
        let secret = secret.hash();
        let Some(link) = self.read(move |connection| mail_links::by_secret(connection, &secret)).await?
        else {
            return Ok(None);
        };
        let ended = self.write_revoking_first(Locks::person(link.user), now, move |tx| {
            // Again, under the lock: of two who press the button one is the first.
            let OpenedLink::NotMe { account, what } = opened::open(tx, &secret, now)? else {
                return Ok(None);
            };
            let user = account.user.id;
            mail_links::take(tx, &secret)?;
            let about =
                AuditContext { user: Some(user), address: Some(address.clone()), ..AuditContext::default() };
            audit_events::record(tx, AuditEvent::NotMeReported, about, now)?;
            let was_over = matches!(&what, NotMe::SignIn { open, .. } if open.is_empty());
            match what {
                NotMe::SignIn { open, device } => {
                    // Also of a sign-in that is over by now.
                    end::known_devices(tx, user, Some(device.as_slice()), now)?;
                    let sids = open.iter().map(|(session, _)| (session.sid, EndCause::Kicked));
                    let by = AuditContext { address: Some(address.clone()), ..AuditContext::default() };
                    end::sessions(tx, user, sids, &by, now)?;
                }
                NotMe::Change => {
                    // Sign-ins that are half-way as well.
                    users::void_earlier(tx, user, now)?;
                    end::user(tx, user, EndCause::Kicked, now)?;
                }
            }
            Ok(Some((account, !was_over)))
        });
        Ok(ended.await?.0)
    }
}
