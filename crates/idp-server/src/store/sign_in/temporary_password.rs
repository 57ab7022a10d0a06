//! A temporary password gives way to one that its person chose, in the transaction that opens the session: there is no session
//! before, and no moment at which the one is gone and the other not there (ADR 58; OWASP ASVS 5.0 6.4.1).

use super::{NewSignIn, SignInOutcome, opened_before};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::password_credentials::StoredPassword;
use crate::db::{Connection, DbError, password_credentials, users};
use crate::mail::News;
use crate::store::Store;
use crate::store::accounts;
use crate::store::mail_outbox::Letters;
use crate::store::sign_in::still_proven;
use idp_core::authentication::{Authentication, LoginStep, RequiredAction};
use idp_core::session::{Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::{Account, User};

/// The hashes of a temporary password and of the one in its place.
pub(super) struct Hashes {
    old: String,
    new: String,
}

/// What becomes of the password where the session would open.
pub(super) enum Replaced {
    /// It is the person's own.
    Nothing,
    /// This.
    By(Hashes),
    /// The person has not chosen another.
    NotYet,
    /// It is another one by now than the person was asked about.
    Before,
}

/// Decides it, of a person whose sign-in comes to this step.
pub(super) fn replaced(step: LoginStep, password: Option<StoredPassword>, sign_in: &NewSignIn) -> Replaced {
    let is_asked = step == LoginStep::Act(RequiredAction::ChoosePassword);
    match (password, &sign_in.chosen) {
        (_, None) if is_asked => Replaced::NotYet,
        (_, None) => Replaced::Nothing,
        // No session opens before, so none can go on: a proof in one is about another password.
        (Some(stored), Some(chosen))
            if is_asked && stored.hash == chosen.replaces && sign_in.continues.is_none() =>
        {
            Replaced::By(Hashes { old: stored.hash, new: chosen.hash.clone() })
        }
        (_, Some(_)) => Replaced::Before,
    }
}

/// Replaces it. The person is told as of every new password: it was chosen in their name.
pub(super) fn replace(
    connection: &mut Connection,
    letters: &Letters,
    user: &User,
    hashes: &Hashes,
    session: &Session,
    now: UnixTime,
) -> Result<(), DbError> {
    password_credentials::choose(connection, user.id, &hashes.old, &hashes.new)?;
    let about = AuditContext {
        user: Some(user.id),
        sid: Some(session.sid),
        address: session.address.clone(),
        ..AuditContext::default()
    };
    audit_events::record(connection, AuditEvent::PasswordChangedByUser, about, now)?;
    letters.write(connection, user, &News::PasswordSet { at: now }, now)
}

/// What a form comes to whose proofs hold no more: a moment after it was sent for the first time to the session that it opened,
/// whose password is another one since.
pub(super) fn repeated(
    connection: &mut Connection,
    sign_in: &NewSignIn,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<SignInOutcome, DbError> {
    let Some(user) = users::by_id(connection, sign_in.authentication.user)? else {
        return Ok(SignInOutcome::Void);
    };
    Ok(match opened_before(connection, &user, sign_in, policy, now)? {
        Some(opened @ SignInOutcome::SignedIn { .. }) => opened,
        _ => SignInOutcome::Void,
    })
}

impl Store {
    /// The account whose temporary password is to be replaced, and the hash of that one; `None` when what was proven holds no
    /// more, or the password is the person's own by now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn replaceable_password(
        &self,
        authentication: Authentication,
        now: UnixTime,
    ) -> Result<Option<(Account, String)>, DbError> {
        self.read(move |connection| {
            let Some(proven) = still_proven(connection, &authentication, now)? else {
                return Ok(None);
            };
            let is_asked =
                proven.next_step(&authentication) == LoginStep::Act(RequiredAction::ChoosePassword);
            let stored = proven.password.filter(|_| is_asked);
            let account = accounts::by_id(connection, authentication.user)?;
            Ok(account.zip(stored).map(|(account, stored)| (account, stored.hash)))
        })
        .await
    }
}
