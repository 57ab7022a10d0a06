//! Which passwords the installation lets people choose: the policy with the words of the house, and the lists of passwords
//! that were stolen elsewhere.

use super::DirectoryError;
use crate::config::Config;
use crate::leaked_passwords::LeakedPasswords;
use idp_core::password::Password;
use idp_core::password::policy::Weakness;

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
