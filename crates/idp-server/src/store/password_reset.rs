//! A new password for a person who does not know theirs: the letter with the link, and what the link does. It proves that its
//! bearer reads the person's mail and no more, so it signs nobody in: the new password does, and a second factor if the account
//! asks for one. OWASP ASVS 5.0 6.4.3, 7.4.3; NIST SP 800-63B-4 4.2.

use super::Store;
use super::mail_links::{self as opened, OpenedLink};
use super::mail_outbox::Letters;
use super::revoke::end;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, Locks, mail_links, password_credentials, users};
use crate::mail::News;
use idp_core::mail_link::{LinkPurpose, MailLink};
use idp_core::secret::Secret;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// A person says that they do not know their password.
pub struct PasswordResetRequest {
    /// The person, if the name is known.
    pub user: Option<User>,
    /// What opens the link.
    pub secret: Secret,
    /// Where they were going, sealed.
    pub way_back: Option<String>,
    /// From where the request came.
    pub address: String,
}

impl Store {
    /// Writes the person a letter with a link, which takes the place of an earlier one. The answer is the same where there is no
    /// one to write to: a person who is shut out, or has no verified address, gets nothing. One whose account waits to be deleted
    /// gets a letter: signing in with the new password before that time leads to the question whether to keep it. It is one
    /// transaction either way, so that those that follow wait no longer for one than for the other.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn request_password_reset(
        &self,
        asked: PasswordResetRequest,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let letters = self.letters.clone();
        let PasswordResetRequest { user, secret, way_back, address } = asked;
        let user = user.map(|user| user.id);
        let locks = user.map_or_else(Locks::none, Locks::person);
        self.write(locks, move |connection| {
            let about = AuditContext { user, address: Some(address), ..AuditContext::default() };
            audit_events::record(connection, AuditEvent::PasswordResetRequested, about, now)?;
            let user = user.map(|user| users::by_id(connection, user)).transpose()?.flatten();
            let Some(user) = user.filter(|user| user.may_prove(now)) else {
                return Ok(());
            };
            write_link(connection, &letters, &user, (&secret, way_back), now).map(drop)
        })
        .await
    }

    /// Writes the person such a letter because an administrator will have it so. Answers whether there is a verified address that it
    /// goes to, of a person who may sign in; else nothing was done.
    ///
    /// # Errors
    /// When it is not stored, or `about` has no right to it.
    pub async fn send_password_link(
        &self,
        user: Uuid,
        secret: Secret,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let letters = self.letters.clone();
        self.write(Locks::person(user), move |connection| {
            about.check_right(connection)?;
            let Some(user) = users::by_id(connection, user)?.filter(|user| user.may_prove(now)) else {
                return Ok(false);
            };
            if !write_link(connection, &letters, &user, (&secret, None), now)? {
                return Ok(false);
            }
            audit_events::record(connection, AuditEvent::PasswordLinkSent, about, now)?;
            Ok(true)
        })
        .await
    }

    /// Sets a new password by the link with this secret, which is used up. Everything ends that the old one opened, the person is
    /// told, and where they were going is answered; `None` when the link is good for nothing, and nothing was done.
    ///
    /// # Errors
    /// When it is not stored and published.
    pub async fn reset_password(
        &self,
        secret: &Secret,
        hash: String,
        address: String,
        now: UnixTime,
    ) -> Result<Option<ResetPassword>, DbError> {
        let secret = secret.hash();
        let Some(link) = self.read(move |connection| mail_links::by_secret(connection, &secret)).await?
        else {
            return Ok(None);
        };
        let letters = self.letters.clone();
        let reset = self.write_revoking_first(Locks::person(link.user), now, move |tx| {
            let OpenedLink::Password { account, way_back } = opened::open(tx, &secret, now)? else {
                return Ok(None);
            };
            let user = account.user;
            mail_links::take(tx, &secret)?;
            password_credentials::set_password(tx, user.id, &hash, now)?;
            end::user(tx, user.id, EndCause::PasswordChanged, now)?;
            let about =
                AuditContext { user: Some(user.id), address: Some(address), ..AuditContext::default() };
            audit_events::record(tx, AuditEvent::PasswordReset, about, now)?;
            letters.write(tx, &user, &News::PasswordSet { at: now }, now)?;
            Ok(Some(ResetPassword { user, way_back }))
        });
        Ok(reset.await?.0)
    }
}

/// Writes the letter and the link in it. Answers whether there is an address that it goes to.
fn write_link(
    connection: &mut Connection,
    letters: &Letters,
    user: &User,
    (secret, way_back): (&Secret, Option<String>),
    now: UnixTime,
) -> Result<bool, DbError> {
    let news = News::ResetPassword { at: now, link: secret.expose().to_owned() };
    let is_written = letters.write_if_any(connection, user, &news, now)?;
    if is_written {
        let link = MailLink::new(user.id, LinkPurpose::ResetPassword, way_back, now);
        mail_links::put(connection, &link, &secret.hash())?;
    }
    Ok(is_written)
}

/// A password that was set by a link.
pub struct ResetPassword {
    /// Whose it is.
    pub user: User,
    /// Where they were going, sealed.
    pub way_back: Option<String>,
}
