//! A person changes their own password, in one transaction: what they proved still holds, everything that the old password
//! opened ends, and the browser in which they did it is signed in with the new one. OWASP ASVS 5.0 6.2.3, 7.4.3.

use super::devices::SignedOut;
use super::mail_outbox::Letters;
use super::methods::may_change_sign_in;
use super::revoke::{Revoking, end};
use super::sessions::SignedIn;
use super::sign_in::{self, NewSignIn, Proven};
use super::{Store, clock_corrections};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{DbError, devices, password_credentials, sessions, sites};
use crate::mail::News;
use idp_core::authentication::{Authentication, Factor};
use idp_core::session::{EndCause, Session};
use idp_core::time::UnixTime;
use idp_core::user::User;

/// A new password of the person who is signed in.
pub struct OwnPasswordChange {
    /// Proven by the old password, in the session of this browser, which is `former`.
    pub sign_in: NewSignIn,
    /// The hash of the new one.
    pub hash: String,
}

/// What became of it.
pub enum OwnPasswordOutcome {
    /// It is changed.
    Changed(Box<ChangedPassword>),
    /// What was proven holds no more, or the session ended meanwhile: nothing was changed.
    Void,
}

/// A change that is done.
pub struct ChangedPassword {
    /// The session that began with the new password.
    pub signed_in: SignedIn,
    /// Whether the device is a new one, whose cookie must be set.
    pub device_is_new: bool,
    /// Every session that was open, the one of this browser too.
    pub ended: SignedOut,
}

impl Store {
    /// Changes a person's own password.
    ///
    /// # Errors
    /// When the outcome is not stored and published.
    pub async fn change_own_password(
        &self,
        change: OwnPasswordChange,
        now: UnixTime,
    ) -> Result<OwnPasswordOutcome, DbError> {
        let has_mark_ahead = self.has_mark_ahead(change.sign_in.authentication.user, now).await?;
        let locks = sign_in::locks(&change.sign_in, has_mark_ahead);
        let (letters, policy) = (self.letters.clone(), self.policies.session);
        let changed = self.write_revoking_first(locks, now, move |tx| {
            let Some(Proven { user, factors, .. }) =
                sign_in::still_proven(tx, &change.sign_in.authentication, now)?
            else {
                return Ok(None);
            };
            let user = if has_mark_ahead { clock_corrections::of_user(tx, user, now)? } else { user };
            let Some(sid) = change.sign_in.former.as_ref().map(|former| former.sid) else {
                return Ok(None);
            };
            if !may_change_sign_in(tx, &user, sid, !factors.is_empty(), policy, now)? {
                return Ok(None);
            }
            let ended = end_everything(tx, &user, &change.hash, now)?;
            note_change(tx, &letters, &user, &change.sign_in, now)?;
            let user = User { not_before: user.not_before.max(now), ..user };
            let (session, device_is_new) = begin_anew(tx, change, now)?;
            let left = sessions::forget_ended_of(tx, user.id, sign_in::MOST_ENDED)?;
            let signed_in = SignedIn { session, user };
            Ok(Some((ChangedPassword { signed_in, device_is_new, ended }, left)))
        });
        let (Some((mut changed, left)), number) = changed.await? else {
            return Ok(OwnPasswordOutcome::Void);
        };
        changed.ended.number = number.unwrap_or_default();
        self.forget_unused(left).await;
        Ok(OwnPasswordOutcome::Changed(Box::new(changed)))
    }
}

/// The new password, and the end of what the old one opened.
fn end_everything(
    tx: &mut Revoking<'_>,
    user: &User,
    hash: &str,
    now: UnixTime,
) -> Result<SignedOut, DbError> {
    let open = sessions::open_of(tx, user.id)?;
    let used = sites::open_of(tx, user.id, now)?;
    password_credentials::set_password(tx, user.id, hash, now)?;
    end::user(tx, user.id, EndCause::PasswordChanged, now)?;
    Ok(SignedOut {
        sessions: open.into_iter().map(|(session, _)| session.sid).collect(),
        sites: used.into_iter().map(|site| (site.client, site.access_token_lifetime)).collect(),
        number: 0,
    })
}

/// Everything that is to be known of the change by others, in the transaction that makes it.
fn note_change(
    tx: &mut Revoking<'_>,
    letters: &Letters,
    user: &User,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<(), DbError> {
    let about = AuditContext {
        user: Some(user.id),
        sid: sign_in.former.as_ref().map(|former| former.sid),
        address: Some(sign_in.address.clone()),
        ..AuditContext::default()
    };
    audit_events::record(tx, AuditEvent::PasswordChangedByUser, about, now)?;
    letters.write(tx, user, &News::PasswordSet { at: now }, now)
}

/// The session that begins with the new password: under another name and another cookie than the one that ended.
fn begin_anew(
    tx: &mut Revoking<'_>,
    change: OwnPasswordChange,
    now: UnixTime,
) -> Result<(Session, bool), DbError> {
    let OwnPasswordChange { mut sign_in, hash } = change;
    let mut authentication = Authentication::by_password(sign_in.authentication.user, &hash, now);
    // The second factor is the same as before, and so is when it was proven.
    let former = sign_in.former.iter().flat_map(|former| former.proofs.iter());
    for proof in former.filter(|proof| proof.factor != Factor::Password) {
        authentication.proofs = authentication.proofs.and(*proof);
    }
    sign_in.authentication = authentication;
    let known = match &sign_in.device.cookie {
        Some(cookie) => devices::by_secret(tx, cookie)?,
        None => None,
    };
    let device_is_new = known.is_none();
    let device = sign_in::present(tx, known, &sign_in.device, now)?;
    let session = sign_in::begin(tx, None, &device, &sign_in, now)?;
    sign_in::note_sign_in(tx, &session, now)?;
    Ok((session, device_is_new))
}
