//! All that is kept about a person, for the copy that they may have of it (GDPR 15 and 20). No secret and no hash of one is
//! among it, nor anything of other people.

use super::{Store, accounts, registration_links, terms};
use crate::db::audit_events::{self, AuditContext, AuditEvent, RecordedEvent};
use crate::db::consents::{self, Consent};
use crate::db::mails::{self, Mail};
use crate::db::sessions::{self, OnDevice};
use crate::db::terms_acceptances::AcceptedTerms;
use crate::db::{DbError, Locks, grants, passkeys, password_credentials, pictures, totp_credentials};
use idp_core::grant::Grant;
use idp_core::passkey::Passkey;
use idp_core::registration_link::RegistrationLink;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::Account;
use uuid::Uuid;

/// Events that are read at a time.
const PAGE: i64 = 500;
/// More than a person has on record.
const MOST_SESSIONS: i64 = 1000;

/// What is kept about a person, the audit log aside, which may be long.
pub struct PersonalData {
    /// The account with its addresses and claims.
    pub account: Account,
    /// The link by which the person opened it, while it is kept; none of an account that an operator added.
    pub registration: Option<RegistrationLink>,
    /// Whether it has a password.
    pub has_password: bool,
    /// The authenticator apps.
    pub apps: Vec<TotpCredential>,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// The picture, as JPEG.
    pub picture: Option<Vec<u8>>,
    /// Every session, the open ones first.
    pub sessions: Vec<OnDevice>,
    /// What the person allowed to sites.
    pub consents: Vec<Consent>,
    /// The grants of sites that are open.
    pub grants: Vec<Grant>,
    /// The terms of use that the person accepted, the last first.
    pub terms: Vec<AcceptedTerms>,
    /// The letters of the last weeks, without what they say.
    pub letters: Vec<Mail>,
}

impl Store {
    /// What is kept about a person; `None` when there is none. Recorded as `about` says.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn personal_data(
        &self,
        user: Uuid,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<Option<PersonalData>, DbError> {
        let letters = self.letters.clone();
        self.write(Locks::person(user), move |connection| {
            let Some(account) = accounts::by_id(connection, user)? else {
                return Ok(None);
            };
            audit_events::record(connection, AuditEvent::DataExported, about, now)?;
            let mut all = sessions::open_of(connection, user)?;
            all.extend(sessions::ended_of(connection, user, UnixTime(0), MOST_SESSIONS)?);
            Ok(Some(PersonalData {
                account,
                registration: registration_links::of_user(connection, &letters, user)?,
                has_password: password_credentials::by_user(connection, user)?.is_some(),
                apps: totp_credentials::of_user(connection, user)?,
                passkeys: passkeys::of_user(connection, user)?,
                picture: pictures::of_user(connection, user)?,
                sessions: all,
                consents: consents::of_user(connection, user)?,
                grants: grants::open_of_user(connection, user)?,
                terms: terms::of_user(connection, user)?,
                letters: mails::of_user(connection, user)?,
            }))
        })
        .await
    }

    /// Some of what happened to a person, the oldest first, beginning after the event of this id; none when that was all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn events_of(&self, user: Uuid, after: String) -> Result<Vec<RecordedEvent>, DbError> {
        self.read(move |connection| audit_events::all_of_user(connection, user, &after, PAGE)).await
    }
}
