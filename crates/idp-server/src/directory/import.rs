//! People whom another system hands over: what is taken of one, and the act that adds many. Reading their files is the command
//! line's, and what is stored together the store's.

use super::users::{FirstPassword, NewUser};
use super::{Administration, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::random;
use crate::seals::Seal;
use crate::store::methods::MOST_APPS;
pub use crate::store::people_import::{ImportedPerson, Verdict, Withheld};
use idp_core::administration::{GroupName, Permission, Permissions, RoleName};
use idp_core::time::UnixTime;
use idp_core::totp::{TotpCredential, TotpSecret};
use idp_core::user::attribute::{Attribute, AttributesChange};
use idp_core::user::{AddressChange, StandardClaims, UserStatus};
use idp_core::username::Username;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// The most authenticator apps that one person keeps.
pub const MOST_IMPORTED_APPS: usize = MOST_APPS;

/// A person as another system knows them.
pub struct NewPerson {
    /// What sites know them by, where the other system has ids like ours.
    pub id: Option<Uuid>,
    /// The name that they go by and sign in with.
    pub username: Username,
    /// What sites may be told, as in [`NewUser`].
    pub claims: StandardClaims,
    /// What to begin their addresses with.
    pub addresses: Vec<AddressChange>,
    /// The hash of the password, as that system writes it.
    pub password_hash: Option<String>,
    /// Whether they have to choose another password at their first sign-in.
    pub must_change_password: bool,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// Since when the account exists; since now if it is not known.
    pub created_at: Option<UnixTime>,
    /// Whether they must prove two factors, whatever the installation asks of everybody.
    pub requires_second_factor: bool,
    /// Their authenticator apps, the first of which are taken ([`MOST_IMPORTED_APPS`]).
    pub apps: Vec<NewApp>,
    /// Their roles.
    pub roles: BTreeSet<RoleName>,
    /// Their groups.
    pub groups: BTreeSet<GroupName>,
    /// The values of attributes.
    pub attributes: AttributesChange,
}

/// An authenticator app that goes on making the same codes.
pub struct NewApp {
    /// What the person calls it; may be empty.
    pub name: String,
    /// What it shares with the provider.
    pub secret: TotpSecret,
}

impl NewPerson {
    /// One of whom nothing else is known.
    #[must_use]
    pub fn called(username: Username) -> Self {
        Self {
            id: None,
            username,
            claims: StandardClaims::default(),
            addresses: Vec::new(),
            password_hash: None,
            must_change_password: false,
            status: UserStatus::Active,
            created_at: None,
            requires_second_factor: false,
            apps: Vec::new(),
            roles: BTreeSet::new(),
            groups: BTreeSet::new(),
            attributes: AttributesChange::default(),
        }
    }
}

impl Administration<'_> {
    /// A person as they would be stored. `defined` are the attributes that there are, and `seal` is that of the secrets of
    /// authenticator apps.
    ///
    /// # Errors
    /// [`DirectoryError::UnfitClaim`], [`DirectoryError::UnfitAddress`], [`DirectoryError::UnfitHash`],
    /// [`DirectoryError::UnfitAttribute`], or that a secret cannot be sealed.
    pub async fn prepare_person(
        &self,
        person: NewPerson,
        defined: &[Attribute],
        seal: &Seal,
        now: UnixTime,
    ) -> Result<ImportedPerson, DirectoryError> {
        let NewPerson { username, claims, addresses, status, roles, groups, .. } = person;
        let password = person.password_hash.map_or(FirstPassword::None, FirstPassword::Hashed);
        let attributes = AttributesChange::default();
        let new = NewUser { username, claims, addresses, attributes, password, status };
        let (password, mut account) = new.into_account(self, now).await?;
        account.attributes = person.attributes.apply(&account.attributes, defined)?;
        let mut password = self.first_password(password, &account, now).await?;
        if let Some(password) = password.as_mut().filter(|_| person.must_change_password) {
            password.temporary_until = Some(self.temporary_until(now));
        }
        let user = &mut account.user;
        // Another variant has no lock of its own (`db::Locks`).
        let id = person.id.filter(|id| id.get_variant() == uuid::Variant::RFC4122);
        user.id = id.unwrap_or(user.id);
        user.created_at = person.created_at.filter(|at| at.as_secs() > 0 && *at <= now).unwrap_or(now);
        user.second_factor.is_required = person.requires_second_factor;
        let apps = person.apps.into_iter().take(MOST_IMPORTED_APPS);
        let apps = apps.map(|app| app.sealed(user.id, seal, now)).collect::<Result<_, _>>()?;
        Ok(ImportedPerson { account, password, apps, roles, groups })
    }

    /// What would become of these people.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn weigh_people(&self, people: Arc<[ImportedPerson]>) -> Result<Vec<Verdict>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.weigh_people(people).await?)
    }

    /// Adds those of them who are not there, in one transaction; `source` is what the audit log says of where they come from.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that they are not stored.
    pub async fn add_people(
        &self,
        people: Arc<[ImportedPerson]>,
        source: &str,
        now: UnixTime,
    ) -> Result<Vec<Verdict>, DirectoryError> {
        let needs: Permissions = [
            Permission::ManageUsers,
            Permission::ManageCredentials,
            Permission::ManageGroups,
            Permission::ManageRoles,
        ]
        .into_iter()
        .collect();
        let by = self.right(needs)?;
        // Looked at first: of a file that was taken before, nothing is written, and nobody waits for a lock.
        let mut verdicts = self.weigh_people(Arc::clone(&people)).await?;
        let is_new = |verdict: &Verdict| matches!(verdict, Verdict::Added(_));
        if !verdicts.iter().any(is_new) {
            return Ok(verdicts);
        }
        let new: Arc<[ImportedPerson]> = people
            .iter()
            .zip(&verdicts)
            .filter(|(_, verdict)| is_new(verdict))
            .map(|(person, _)| person.clone())
            .collect();
        let about = AuditContext { detail: Some(format!("import: {source}")), ..AuditContext::of(by) };
        let written = self.store.add_people(new, about, now).await?;
        let places = verdicts.iter_mut().filter(|verdict| is_new(verdict));
        places.zip(written).for_each(|(weighed, written)| *weighed = written);
        Ok(verdicts)
    }
}

impl NewApp {
    fn sealed(self, user: Uuid, seal: &Seal, now: UnixTime) -> Result<TotpCredential, DirectoryError> {
        let sealed = seal.close(&self.secret, &user.to_string());
        let name: String = self.name.trim().chars().filter(|c| !c.is_control()).take(60).collect();
        Ok(TotpCredential {
            id: random::new_id(now),
            user,
            name,
            sealed_secret: sealed.map_err(|_| DirectoryError::Sealing)?,
            last_step: 0,
            created_at: now,
            last_used_at: None,
        })
    }
}
