//! A person has their account deleted (ADR 53): everything ends at once, the account waits until its time has come, and is
//! then removed as an operator removes one. Until then the person takes it back where they sign in (`sign_in`).

use super::Store;
use super::devices::SignedOut;
use super::mail_outbox::Letters;
use super::methods::{MethodActor, may_change};
use super::revoke::{Revoking, end, forget_belongings};
use super::second_factors::SecondFactors;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::AdministratorGuard;
use crate::db::{DbError, Locks, sessions, sites, users};
use crate::mail::News;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use uuid::Uuid;

/// Accounts that one turn of the clean-up looks for at a time.
const AT_ONCE: i64 = 100;

/// What became of a request to delete an account.
pub enum DeletionOutcome {
    /// Everything has ended.
    Ended {
        /// When the account is deleted; `None` when it is already.
        due: Option<UnixTime>,
        /// What has ended.
        ended: SignedOut,
    },
    /// The session ended meanwhile, or proved less than the account asks for.
    SignInAgain,
    /// Nobody could administer the installation any more.
    LastAdministrator,
}

impl Store {
    /// Has the account of a person deleted after `grace` seconds; with none, at once.
    ///
    /// # Errors
    /// When the outcome is not stored and published; then the caller must not confirm it.
    pub async fn delete_own_account(
        &self,
        by: MethodActor,
        grace: i64,
        now: UnixTime,
    ) -> Result<DeletionOutcome, DbError> {
        // What is removed takes rows of others along. An account on its way out is no administrator's any more.
        let locks = if grace > 0 { Locks::person(by.user).and_rights() } else { Locks::installation() };
        let (policy, letters) = (self.policies.session, self.letters.clone());
        let outcome = self.write_revoking_first(locks, now, move |tx| {
            let asks_for_more = !SecondFactors::of(tx, by.user)?.is_empty();
            let user = users::by_id(tx, by.user)?;
            let may = may_change(tx, &by, asks_for_more, policy, now)?;
            let Some(user) = user.filter(|_| may) else {
                return Ok(DeletionOutcome::SignInAgain);
            };
            let guard = AdministratorGuard::before(tx, None)?;
            let ended = what_ends(tx, user.id, now)?;
            if grace <= 0 {
                remove(tx, &letters, &user, now)?;
                guard.after(tx)?;
                return Ok(DeletionOutcome::Ended { due: None, ended });
            }
            let due = now.plus(grace);
            users::set_status(tx, user.id, UserStatus::Deleting { due }, now)?;
            guard.after(tx)?;
            end::user(tx, user.id, EndCause::AccountDeleted, now)?;
            let about = AuditContext {
                user: Some(user.id),
                sid: Some(by.sid),
                address: Some(by.address),
                ..AuditContext::default()
            };
            audit_events::record(tx, AuditEvent::DeletionRequested, about, now)?;
            letters.write(tx, &user, &News::DeletionRequested { at: now, due }, now)?;
            Ok(DeletionOutcome::Ended { due: Some(due), ended })
        });
        let outcome = match outcome.await {
            Err(DbError::LastAdministrator) => return Ok(DeletionOutcome::LastAdministrator),
            outcome => outcome?,
        };
        Ok(match outcome {
            (DeletionOutcome::Ended { due, ended }, Some(number)) => {
                DeletionOutcome::Ended { due, ended: SignedOut { number, ..ended } }
            }
            (outcome, _) => outcome,
        })
    }

    /// Removes the accounts whose time has come, each in a transition of its own. Answers how many.
    ///
    /// # Errors
    /// When the database or Redis does not answer; what is left is removed at the next turn.
    pub async fn remove_due_accounts(&self, now: UnixTime) -> Result<usize, DbError> {
        let mut removed = 0;
        loop {
            let due = self.read(move |connection| users::due_for_deletion(connection, now, AT_ONCE)).await?;
            if due.is_empty() {
                return Ok(removed);
            }
            for user in due {
                removed += usize::from(self.remove_due_account(user, now).await?);
            }
        }
    }

    async fn remove_due_account(&self, user: Uuid, now: UnixTime) -> Result<bool, DbError> {
        let letters = self.letters.clone();
        self.write_revoking(Locks::installation(), now, move |tx| {
            // Taken back, or removed by another node, a moment ago.
            let is_due = |user: &User| user.status.deleted_at().is_some_and(|due| due <= now);
            match users::by_id(tx, user)?.filter(is_due) {
                Some(user) => remove(tx, &letters, &user, now).map(|()| true),
                None => Ok(false),
            }
        })
        .await
    }
}

fn what_ends(tx: &mut Revoking<'_>, user: Uuid, now: UnixTime) -> Result<SignedOut, DbError> {
    let open = sessions::open_of(tx, user)?;
    let used = sites::open_of(tx, user, now)?;
    Ok(SignedOut {
        sessions: open.into_iter().map(|(session, _)| session.sid).collect(),
        sites: used.into_iter().map(|site| (site.client, site.access_token_lifetime)).collect(),
        number: 0,
    })
}

/// The last letter is written before the addresses go. What stays on record is the id, which says nothing of the person.
fn remove(tx: &mut Revoking<'_>, letters: &Letters, user: &User, now: UnixTime) -> Result<(), DbError> {
    end::user(tx, user.id, EndCause::AccountDeleted, now)?;
    forget_belongings(tx, user.id)?;
    letters.write(tx, user, &News::AccountDeleted { at: now }, now)?;
    users::remove(tx, user.id)?;
    let about = AuditContext { user: Some(user.id), ..AuditContext::default() };
    audit_events::record(tx, AuditEvent::AccountDeleted, about, now)
}
