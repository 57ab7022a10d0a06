//! Sends the link in a letter that stands in for a second factor (ADR 59). Whether one may be sent is asked once more where the
//! letter is written, of what was proven and of the password as they are by then.

use super::sign_in::Proven;
use super::{Store, recipients, sign_in};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{DbError, Locks, password_credentials, second_step_links};
use crate::mail::{News, SecondStepNews};
use idp_core::authentication::Authentication;
use idp_core::second_step_link::SecondStepLink;
use idp_core::time::UnixTime;
use idp_core::user::UserStatus;

/// A link to be sent.
pub struct NewSecondStepLink {
    /// Who asks, and what they have proven.
    pub authentication: Authentication,
    /// The link.
    pub link: SecondStepLink,
    /// The letter that brings it.
    pub letter: SecondStepNews,
    /// From where the request came.
    pub address: String,
}

/// What became of it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum SentLink {
    /// The letter is in the outbox.
    Sent,
    /// There is no address that it could go to, or no letters are sent.
    NoLetter,
    /// What was proven holds no more, or stands for nothing that a link may follow.
    Void,
}

impl Store {
    /// Writes the letter, and has its link take the place of one that was sent before.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn send_second_step_link(
        &self,
        new: NewSecondStepLink,
        now: UnixTime,
    ) -> Result<SentLink, DbError> {
        let letters = self.letters.clone();
        self.write(Locks::person(new.authentication.user), move |connection| {
            let Some(proven) = sign_in::still_proven(connection, &new.authentication, now)? else {
                return Ok(SentLink::Void);
            };
            let Proven { user, factors, .. } = proven;
            // Another password has come meanwhile, or the last factor has gone.
            let may = password_credentials::is_confirmed(connection, user.id)? && !factors.is_empty();
            if !may || user.status != UserStatus::Active {
                return Ok(SentLink::Void);
            }
            let Some(to) = recipients::of_links(connection, &user)? else {
                return Ok(SentLink::NoLetter);
            };
            let news = News::SecondStep(new.letter);
            if !letters.write_to_one(connection, &user, &to, &news, now)? {
                return Ok(SentLink::NoLetter);
            }
            second_step_links::put(connection, &new.link)?;
            let about =
                AuditContext { user: Some(user.id), address: Some(new.address), ..AuditContext::default() };
            audit_events::record(connection, AuditEvent::SecondStepLinkSent, about, now)?;
            Ok(SentLink::Sent)
        })
        .await
    }
}
