//! Which passwords the installation lets people choose: the policy with the words of the house, and the lists of passwords
//! that were stolen elsewhere.

use super::users::FirstPassword;
use super::{Administration, Directory, DirectoryError};
use crate::config::Config;
use crate::db::password_credentials::StoredPassword;
use crate::hash_pool::WorkOf;
use crate::leaked_passwords::LeakedPasswords;
use idp_core::password::policy::Weakness;
use idp_core::password::{Password, imported};
use idp_core::time::UnixTime;
use idp_core::user::Account;
use std::borrow::Cow;

/// What weighs new passwords.
#[derive(Copy, Clone)]
pub struct PasswordCheck<'a> {
    /// The policy, and the names of the house.
    pub config: &'a Config,
    /// The lists.
    pub leaked: &'a LeakedPasswords,
}

impl PasswordCheck<'_> {
    /// Whether the policy alone lets a person of these names have it; asks no list and no service.
    ///
    /// # Errors
    /// [`DirectoryError::WeakPassword`] says why not.
    pub fn weigh(&self, password: &Password, of: &[&str]) -> Result<(), DirectoryError> {
        let issuer = &self.config.issuer;
        let house = [issuer.service_name.as_str(), issuer.url.as_str()];
        let words = self.config.password.words.iter().map(String::as_str);
        let names: Vec<&str> = of.iter().copied().chain(house).chain(words).collect();
        Ok(self.config.password.policy()?.check(password, &names)?)
    }

    /// Whether a person of these names may have it.
    ///
    /// # Errors
    /// [`DirectoryError::WeakPassword`] says why not.
    pub async fn check(&self, password: &Password, of: &[&str]) -> Result<(), DirectoryError> {
        self.weigh(password, of)?;
        match self.leaked.have(password).await {
            true => Err(Weakness::Leaked.into()),
            false => Ok(()),
        }
    }
}

impl Directory<'_> {
    /// Whether the policy lets this person have this password; asks no list of stolen ones.
    ///
    /// # Errors
    /// [`DirectoryError::WeakPassword`] says why not.
    pub fn weigh_password(&self, password: &Password, account: &Account) -> Result<(), DirectoryError> {
        let names = names_of(account);
        self.password_check().weigh(password, &names.iter().map(AsRef::as_ref).collect::<Vec<_>>())
    }

    /// The hash of a password that this person may have; computing it counts as the caller's work.
    ///
    /// # Errors
    /// [`DirectoryError::WeakPassword`] says why not, or that it could not be hashed.
    pub async fn accepted(
        &self,
        of: &WorkOf,
        password: Password,
        account: &Account,
    ) -> Result<String, DirectoryError> {
        let names = names_of(account);
        self.password_check().check(&password, &names.iter().map(AsRef::as_ref).collect::<Vec<_>>()).await?;
        Ok(self.hashing.hash(of, password).await?)
    }
}

impl Administration<'_> {
    /// What is kept of a first password.
    pub(super) async fn first_password(
        &self,
        password: FirstPassword,
        account: &Account,
        now: UnixTime,
    ) -> Result<Option<StoredPassword>, DirectoryError> {
        let work = WorkOf::operator();
        Ok(Some(match password {
            FirstPassword::None => return Ok(None),
            FirstPassword::Typed(password) => self.accepted(&work, password, account).await?.into(),
            FirstPassword::Temporary(password) => StoredPassword {
                hash: self.accepted(&work, password, account).await?,
                temporary_until: Some(self.temporary_until(now)),
            },
            FirstPassword::Hashed(text) => imported(&text).map_err(DirectoryError::UnfitHash)?.into(),
        }))
    }
}

/// What a guesser knows of a person, whichever door a password comes through.
fn names_of(account: &Account) -> Vec<Cow<'_, str>> {
    let claims = &account.user.claims;
    let names =
        [&claims.name, &claims.given_name, &claims.middle_name, &claims.family_name, &claims.nickname];
    let numbers =
        [&claims.phone_number, &claims.birthdate].into_iter().filter_map(|number| number.as_deref());
    let addresses = account.addresses.iter().map(|known| known.address.as_str());
    std::iter::once(account.user.username.as_str())
        .chain(names.into_iter().filter_map(|name| name.as_deref()))
        .chain(addresses)
        .map(Cow::Borrowed)
        .chain(numbers.flat_map(spellings_of_number).map(Cow::Owned))
        .collect()
}

/// A telephone number or a date as people type them into passwords.
fn spellings_of_number(number: &str) -> Vec<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let parts: Vec<&str> = number.split('-').collect();
    let &[year, month, day] = parts.as_slice() else {
        return vec![number.to_owned(), digits];
    };
    let short = year.get(2..).unwrap_or_default();
    let dates = [year, short].into_iter().flat_map(|year| {
        [format!("{year}{month}{day}"), format!("{day}{month}{year}"), format!("{month}{day}{year}")]
    });
    std::iter::once(year.to_owned()).chain(dates).collect()
}
