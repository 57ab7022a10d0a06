//! The recovery codes of a person: a set is made with their first second factor and anew at will, a code is used up where a
//! session opens, and none outlives the last one. One row each, in the database, even where other state is in Redis: a node that
//! lost its memory must not take a used one.

use super::Store;
use super::mail_outbox::Letters;
use super::second_factors::SecondFactors;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, recovery_codes};
use crate::mail::{News, SecondStepNews};
use crate::random;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// A set to store.
pub struct NewRecoveryCodes {
    /// Its name.
    pub set: Uuid,
    /// The hashes of the codes.
    pub hashes: Vec<String>,
    /// When the page was made that offered it.
    pub offered_at: UnixTime,
}

impl Store {
    /// The recovery codes of a person, used ones among them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recovery_codes(&self, user: Uuid) -> Result<Vec<StoredRecoveryCode>, DbError> {
        self.read(move |connection| recovery_codes::of_user(connection, user)).await
    }
}

/// Whether this set is the one that the person has.
pub(super) fn has_set(connection: &mut Connection, user: Uuid, set: Uuid) -> Result<bool, DbError> {
    Ok(recovery_codes::of_user(connection, user)?.iter().any(|code| code.set == set))
}

/// Whether the person got another set after this one was offered: it is from a page of before, and may be the very one that they
/// have replaced.
pub(super) fn is_overtaken(
    connection: &mut Connection,
    user: Uuid,
    new: &NewRecoveryCodes,
) -> Result<bool, DbError> {
    let present = recovery_codes::of_user(connection, user)?;
    Ok(present.iter().any(|code| code.created_at > new.offered_at))
}

/// Puts a set in the place of the one that the person has, if any.
pub(super) fn replace(
    connection: &mut Connection,
    user: Uuid,
    new: NewRecoveryCodes,
    now: UnixTime,
) -> Result<(), DbError> {
    recovery_codes::remove_all_of(connection, user)?;
    for hash in new.hashes {
        let (id, set) = (random::new_id(now), new.set);
        let code = StoredRecoveryCode { id, user, set, hash, created_at: now, used_at: None };
        recovery_codes::insert(connection, &code)?;
    }
    Ok(())
}

/// With the first second factor of a person, who had these before, comes a set. Answers whether it is theirs now.
pub(super) fn add_with_first_factor(
    connection: &mut Connection,
    user: Uuid,
    before: &SecondFactors,
    new: Option<NewRecoveryCodes>,
    now: UnixTime,
) -> Result<bool, DbError> {
    match new.filter(|_| before.is_empty()) {
        Some(new) => replace(connection, user, new, now).map(|()| true),
        None => Ok(false),
    }
}

/// With the last second factor of a person go their codes. Answers whether none is left.
pub(super) fn remove_with_last_factor(connection: &mut Connection, user: Uuid) -> Result<bool, DbError> {
    let was_last = SecondFactors::of(connection, user)?.is_empty();
    if was_last {
        recovery_codes::remove_all_of(connection, user)?;
    }
    Ok(was_last)
}

/// Uses up `code`, one of these, and tells its person. Answers whether it was unused.
pub(super) fn spend(
    connection: &mut Connection,
    letters: &Letters,
    user: &User,
    (code, codes): (&StoredRecoveryCode, &[StoredRecoveryCode]),
    address: &str,
    now: UnixTime,
) -> Result<bool, DbError> {
    if !recovery_codes::spend(connection, code.id, now)? {
        return Ok(false);
    }
    let left = StoredRecoveryCode::left_of(codes).saturating_sub(1);
    let about = AuditContext {
        user: Some(user.id),
        address: Some(address.to_owned()),
        detail: Some(format!("{left} left")),
        ..AuditContext::default()
    };
    audit_events::record(connection, AuditEvent::RecoveryCodeUsed, about, now)?;
    let news = News::SecondStep(SecondStepNews::RecoveryCodeUsed { at: now, left });
    letters.write(connection, user, &news, now)?;
    Ok(true)
}
