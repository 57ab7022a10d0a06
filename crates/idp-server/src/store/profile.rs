//! A person changes what sites are told of them: the fields of their profile, and their picture. The rule runs where it is
//! written, on the claims as they are then, so that two tabs undo nothing of each other.

use super::Store;
use super::methods::{MethodActor, may_change};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::pictures::{self, PictureSize, StoredPicture};
use crate::db::{Connection, DbError, Locks, mail_addresses, search_words, users};
use idp_core::time::UnixTime;
use idp_core::user::{
    Account, ProfileEdit, StandardClaims, UnfitClaim, User, profile_version, search_words as words_of,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a person typed, and the state of the profile that they saw.
pub struct ProfileChange {
    /// What they typed.
    pub edit: ProfileEdit,
    /// `idp_core::user::profile_version` of the claims that the form was made from.
    pub version: String,
}

/// What became of it.
pub enum ProfileOutcome {
    /// It is stored.
    Changed {
        /// The fields that are different now.
        fields: Vec<&'static str>,
    },
    /// Nothing differs from what is stored.
    Same,
    /// Some of it cannot be stored, so nothing is.
    Unfit(BTreeMap<&'static str, UnfitClaim>),
    /// The profile is not as the person saw it any more; nothing is stored.
    Stale(Box<User>),
    /// The session ended meanwhile.
    SignInAgain,
}

/// What became of a change of the picture.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PictureChange {
    /// It is done.
    Done,
    /// The session ended meanwhile.
    SignInAgain,
}

impl Store {
    /// Changes a person's own profile. Takes nothing away that was issued: sites learn it at their next look.
    ///
    /// # Errors
    /// When the outcome is not stored.
    pub async fn change_own_profile(
        &self,
        change: ProfileChange,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<ProfileOutcome, DbError> {
        let policy = self.policies.session;
        self.write(Locks::person(by.user), move |connection| {
            let user = users::by_id(connection, by.user)?;
            let may = may_change(connection, &by, false, policy, now)?;
            let Some(user) = user.filter(|_| may) else {
                return Ok(ProfileOutcome::SignInAgain);
            };
            if profile_version(&user.claims) != change.version {
                return Ok(ProfileOutcome::Stale(Box::new(user)));
            }
            let (claims, fields) = match change.edit.apply(&user.claims) {
                Ok(applied) => applied,
                Err(problems) => return Ok(ProfileOutcome::Unfit(problems)),
            };
            if fields.is_empty() {
                return Ok(ProfileOutcome::Same);
            }
            set_claims(connection, user, claims, now)?;
            note(connection, AuditEvent::ProfileChangedByUser, by, Some(fields.join(" ")), now)?;
            Ok(ProfileOutcome::Changed { fields })
        })
        .await
    }

    /// Gives a person another picture. Sites are told of it by `address`, where it can be loaded.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn set_own_picture(
        &self,
        picture: StoredPicture,
        address: String,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<PictureChange, DbError> {
        self.change_own_picture(Some((picture, address)), by, now).await
    }

    /// Removes the picture of a person, also one that an operator has set.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn remove_own_picture(&self, by: MethodActor, now: UnixTime) -> Result<PictureChange, DbError> {
        self.change_own_picture(None, by, now).await
    }

    async fn change_own_picture(
        &self,
        new: Option<(StoredPicture, String)>,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<PictureChange, DbError> {
        let policy = self.policies.session;
        self.write(Locks::person(by.user), move |connection| {
            let user = users::by_id(connection, by.user)?;
            let may = may_change(connection, &by, false, policy, now)?;
            let Some(user) = user.filter(|_| may) else {
                return Ok(PictureChange::SignInAgain);
            };
            let (picture, address) = new.unzip();
            let had_one = user.claims.picture.is_some();
            let has_one = picture.is_some();
            match picture {
                Some(picture) => pictures::replace(connection, user.id, picture, now)?,
                None => drop(pictures::remove_of(connection, user.id)?),
            }
            if had_one || has_one {
                let claims = StandardClaims { picture: address, ..user.claims.clone() };
                set_claims(connection, user, claims, now)?;
                let what = if has_one { "set" } else { "removed" };
                note(connection, AuditEvent::PictureChangedByUser, by, Some(what.to_owned()), now)?;
            }
            Ok(PictureChange::Done)
        })
        .await
    }

    /// What the picture of a person is called.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn picture_name_of(&self, user: Uuid) -> Result<Option<String>, DbError> {
        self.read(move |connection| pictures::name_of(connection, user)).await
    }

    /// The picture of this name, of a person who may sign in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn picture(&self, name: String, size: PictureSize) -> Result<Option<Vec<u8>>, DbError> {
        self.read(move |connection| pictures::by_name(connection, &name, size)).await
    }
}

fn set_claims(
    connection: &mut Connection,
    user: User,
    claims: StandardClaims,
    now: UnixTime,
) -> Result<(), DbError> {
    let claims = StandardClaims { updated_at: Some(now.as_secs()), ..claims };
    let addresses = mail_addresses::of_user(connection, user.id)?;
    let account = Account { user: User { claims, ..user }, addresses };
    users::set_profile(connection, &account.user)?;
    search_words::replace(connection, account.user.id, &words_of(&account))
}

fn note(
    connection: &mut Connection,
    event: AuditEvent,
    by: MethodActor,
    detail: Option<String>,
    now: UnixTime,
) -> Result<(), DbError> {
    let about = AuditContext {
        user: Some(by.user),
        sid: Some(by.sid),
        address: Some(by.address),
        detail,
        ..AuditContext::default()
    };
    audit_events::record(connection, event, about, now)
}
