//! A person changes what sites are told of them: the fields of their profile, and their picture. The rule runs where it is
//! written, on the claims as they are then, so that two tabs undo nothing of each other.

use super::methods::{MethodActor, may_change};
use super::{Store, attributes as values_of_person, seen};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::pictures::{self, PictureSize, StoredPicture};
use crate::db::{Connection, DbError, Locks, attributes, mail_addresses, search_words, users};
use idp_core::time::UnixTime;
use idp_core::user::attribute::{
    Attribute, AttributeName, AttributeValues, AttributesChange, UnfitValue, attributes_version,
};
use idp_core::user::{
    Account, ProfileEdit, StandardClaims, UnfitClaim, User, profile_version, search_words as words_of,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a person typed, and the state of the profile that they saw.
pub struct ProfileChange {
    /// What they typed.
    pub edit: ProfileEdit,
    /// The attributes among it; only those that people change count.
    pub attributes: AttributesChange,
    /// [`OwnProfile::version`] of what the form was made from.
    pub version: String,
}

/// What a person sees of their own profile beside the claims.
#[derive(Clone, Debug, Default)]
pub struct OwnProfile {
    /// The attributes that they see, by name.
    pub attributes: Vec<Attribute>,
    /// Their values of all attributes.
    pub values: AttributeValues,
}

impl OwnProfile {
    fn read(connection: &mut Connection, user: Uuid) -> Result<Self, DbError> {
        let mut attributes = attributes::all(connection)?;
        attributes.retain(|attribute| attribute.access.shows_person());
        let values = match attributes.is_empty() {
            true => AttributeValues::default(),
            false => seen::attributes_of(connection, user)?,
        };
        Ok(Self { attributes, values })
    }

    /// Those that the person changes.
    #[must_use]
    pub fn editable(&self) -> Vec<Attribute> {
        self.attributes.iter().filter(|attribute| attribute.access.is_persons()).cloned().collect()
    }

    /// Names the state of a profile: another one once anything that a form shows is another.
    #[must_use]
    pub fn version(&self, claims: &StandardClaims) -> String {
        format!("{}{}", profile_version(claims), attributes_version(&self.attributes, &self.values))
    }
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
    Unfit(BTreeMap<&'static str, UnfitClaim>, BTreeMap<AttributeName, UnfitValue>),
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
    /// What a person sees of their own profile beside the claims.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own_profile(&self, user: Uuid) -> Result<OwnProfile, DbError> {
        self.read(move |connection| OwnProfile::read(connection, user)).await
    }

    /// Changes a person's own profile. Takes nothing away that was issued, but for values of attributes that tokens have: sites
    /// learn it at their next look.
    ///
    /// # Errors
    /// When the outcome is not stored and published.
    pub async fn change_own_profile(
        &self,
        change: ProfileChange,
        by: MethodActor,
        now: UnixTime,
    ) -> Result<ProfileOutcome, DbError> {
        let policy = self.policies.session;
        self.write_revoking(Locks::person(by.user), now, move |tx| {
            let user = users::by_id(tx, by.user)?;
            let may = may_change(tx, &by, false, policy, now)?;
            let Some(user) = user.filter(|_| may) else {
                return Ok(ProfileOutcome::SignInAgain);
            };
            let own = OwnProfile::read(tx, by.user)?;
            if own.version(&user.claims) != change.version {
                return Ok(ProfileOutcome::Stale(Box::new(user)));
            }
            let editable = own.editable();
            let values = change.attributes.apply(&own.values, &editable);
            let (claims, fields, values) = match (change.edit.apply(&user.claims), values) {
                (Ok((claims, fields)), Ok(values)) => (claims, fields, values),
                (claims, _) => {
                    let problems = change.attributes.problems(&own.values, &editable);
                    return Ok(ProfileOutcome::Unfit(claims.err().unwrap_or_default(), problems));
                }
            };
            let differ = own.values.differences(&values);
            if fields.is_empty() && differ.is_empty() {
                return Ok(ProfileOutcome::Same);
            }
            let Some(writes) = values_of_person::writes(tx, &own.values, &values)? else {
                return Ok(ProfileOutcome::Stale(Box::new(user)));
            };
            set_claims(tx, user, claims, now)?;
            values_of_person::change_values(tx, by.user, &writes, now)?;
            let names = differ.iter().map(|name| format!("attributes.{name}"));
            let detail: Vec<String> = fields.iter().map(|&field| field.to_owned()).chain(names).collect();
            note(tx, AuditEvent::ProfileChangedByUser, by, Some(detail.join(" ")), now)?;
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
    let attributes = seen::attributes_of(connection, user.id)?;
    let account = Account { user: User { claims, ..user }, addresses, attributes };
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
