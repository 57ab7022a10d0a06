//! People whom another system hands over, many in one transaction: each whole, with the password, the addresses, the second
//! factors, roles and groups that they had there, or not at all. Who is there already stays as they are.
//!
//! An import gives nobody rights over the provider: a role that permits something here, or a group that has such a role, is
//! withheld, so that a name of the other system's that happens to be one of ours makes no administrator.

use super::Store;
use super::accounts::{self, NewAccount};
use super::attributes::{self, ValueWrites};
use super::methods;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::password_credentials::StoredPassword;
use crate::db::{self, Connection, DbError, Locks, groups, roles, sign_in_names, totp_credentials, users};
use crate::seals::Seals;
use idp_core::administration::{GroupName, RoleName};
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::attribute::{Attribute, AttributeValues};
use idp_core::user::{Account, SignInName};
use idp_core::username::Username;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// A person to add.
#[derive(Clone)]
pub struct ImportedPerson {
    /// The account. Its id is that of the other system where that has ids like ours, and so is the subject of tokens.
    pub account: Account,
    /// The password, a hash that is known here.
    pub password: Option<StoredPassword>,
    /// The authenticator apps.
    pub apps: Vec<TotpCredential>,
    /// The roles.
    pub roles: BTreeSet<RoleName>,
    /// The groups.
    pub groups: BTreeSet<GroupName>,
}

/// What becomes of one.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Verdict {
    /// They are added, without the roles and groups that are named here.
    Added(Vec<Withheld>),
    /// They are there already: a person with the same username, or with the same id.
    Exists,
    /// Another person signs in with this name.
    NameTaken(SignInName),
    /// There is no such role.
    NoRole(RoleName),
    /// There is no such group.
    NoGroup(GroupName),
    /// An attribute is not defined any more so that it takes their value.
    AttributesChanged,
}

/// What an import does not give.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Withheld {
    /// A role that permits something here.
    Role(RoleName),
    /// A group that has such a role.
    Group(GroupName),
}

impl Store {
    /// What would become of these people.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn weigh_people(&self, people: Arc<[ImportedPerson]>) -> Result<Vec<Verdict>, DbError> {
        self.read(move |connection| Ok(Weighing::of(connection, &people)?.verdicts)).await
    }

    /// Adds those of them who can be added. Each is in the audit log with their roles, groups and second factors, as if they
    /// had been added one by one.
    ///
    /// # Errors
    /// When they are not stored: none of them is.
    pub async fn add_people(
        &self,
        people: Arc<[ImportedPerson]>,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<Vec<Verdict>, DbError> {
        let names: BTreeSet<SignInName> =
            people.iter().flat_map(|person| person.account.sign_in_names()).collect();
        let hashes = sign_in_names::lock_names(&names);
        let locks = Locks::named("sign-in name", hashes.iter().map(String::as_str));
        let has_memberships =
            people.iter().any(|person| !person.roles.is_empty() || !person.groups.is_empty());
        let locks = if has_memberships { locks.and_rights() } else { locks };
        let seals = self.seals()?;
        self.write(locks, move |connection| {
            about.check_right(connection)?;
            let weighing = Weighing::of(connection, &people)?;
            weighing.add(connection, (&people, &seals), &about, now)?;
            Ok(weighing.verdicts)
        })
        .await
    }
}

/// A role or group that was looked up.
#[derive(Copy, Clone)]
struct Known {
    id: Uuid,
    gives_rights: bool,
}

struct Weighing {
    roles: BTreeMap<RoleName, Known>,
    groups: BTreeMap<GroupName, Known>,
    /// Where one of these people has a value.
    attributes: Vec<Attribute>,
    verdicts: Vec<Verdict>,
}

impl Weighing {
    fn of(connection: &mut Connection, people: &[ImportedPerson]) -> Result<Self, DbError> {
        let names: BTreeSet<SignInName> =
            people.iter().flat_map(|person| person.account.sign_in_names()).collect();
        let mut owners = sign_in_names::owners(connection, &names)?;
        let ids: Vec<Uuid> = people.iter().map(|person| person.account.user.id).collect();
        let mut ids = users::ids_among(connection, &ids)?;
        let mut weighing = Self {
            roles: BTreeMap::new(),
            groups: BTreeMap::new(),
            attributes: Vec::new(),
            verdicts: Vec::with_capacity(people.len()),
        };
        weighing.look_up(connection, people)?;
        for person in people {
            let verdict = weighing.weigh(person, &owners, &ids);
            if matches!(verdict, Verdict::Added(_)) {
                // The next of these people may be the same one, or want the same name.
                let user = &person.account.user;
                ids.insert(user.id);
                let own = person.account.sign_in_names().into_iter();
                owners.extend(own.map(|name| (name, (user.id, user.username.clone()))));
            }
            weighing.verdicts.push(verdict);
        }
        Ok(weighing)
    }

    fn look_up(&mut self, connection: &mut Connection, people: &[ImportedPerson]) -> Result<(), DbError> {
        for name in people.iter().flat_map(|person| &person.roles).collect::<BTreeSet<_>>() {
            if let Some(role) = roles::by_name(connection, name)? {
                let gives_rights = !role.permissions.get().is_empty();
                self.roles.insert(name.clone(), Known { id: role.id, gives_rights });
            }
        }
        if people.iter().any(|person| !person.account.attributes.is_empty()) {
            self.attributes = db::attributes::all(connection)?;
        }
        for name in people.iter().flat_map(|person| &person.groups).collect::<BTreeSet<_>>() {
            if let Some(group) = groups::by_name(connection, name)? {
                let gives_rights = !roles::permissions_of_group(connection, group.id)?.is_empty();
                self.groups.insert(name.clone(), Known { id: group.id, gives_rights });
            }
        }
        Ok(())
    }

    fn weigh(
        &self,
        person: &ImportedPerson,
        owners: &HashMap<SignInName, (Uuid, Username)>,
        ids: &BTreeSet<Uuid>,
    ) -> Verdict {
        let user = &person.account.user;
        let own = SignInName::from(&user.username);
        let is_called_so = |(_, other): &(Uuid, Username)| SignInName::from(other) == own;
        if ids.contains(&user.id) || owners.get(&own).is_some_and(is_called_so) {
            return Verdict::Exists;
        }
        let mut names = [own].into_iter().chain(person.account.sign_in_names());
        if let Some(taken) = names.find(|name| owners.contains_key(name)) {
            return Verdict::NameTaken(taken);
        }
        if let Some(missing) = person.roles.iter().find(|name| !self.roles.contains_key(name)) {
            return Verdict::NoRole(missing.clone());
        }
        if let Some(missing) = person.groups.iter().find(|name| !self.groups.contains_key(name)) {
            return Verdict::NoGroup(missing.clone());
        }
        if self.values_of(person).is_none() {
            return Verdict::AttributesChanged;
        }
        let gives_rights = |known: Option<&Known>| known.is_some_and(|known| known.gives_rights);
        let roles = person.roles.iter().filter(|name| gives_rights(self.roles.get(*name)));
        let groups = person.groups.iter().filter(|name| gives_rights(self.groups.get(*name)));
        let roles = roles.cloned().map(Withheld::Role);
        Verdict::Added(roles.chain(groups.cloned().map(Withheld::Group)).collect())
    }

    fn add(
        &self,
        connection: &mut Connection,
        (people, seals): (&[ImportedPerson], &Seals),
        about: &AuditContext,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let added = people.iter().zip(&self.verdicts);
        let added = added.filter(|(_, verdict)| matches!(verdict, Verdict::Added(_)));
        let added: Vec<&ImportedPerson> = added.map(|(person, _)| person).collect();
        let accounts = added
            .iter()
            .map(|person| NewAccount { account: &person.account, password: person.password.as_ref() });
        accounts::insert_all(connection, &accounts.collect::<Vec<_>>())?;
        let values: Option<Vec<_>> = added.iter().map(|person| self.values_of(person)).collect();
        attributes::insert_values(connection, &values.unwrap_or_default())?;
        let mut apps: Vec<TotpCredential> = added.iter().flat_map(|person| person.apps.clone()).collect();
        for app in &mut apps {
            app.sealed_secret = methods::under_sealing_key(connection, seals, app)?;
        }
        totp_credentials::insert_all(connection, &apps)?;
        let given = added.iter().flat_map(|person| self.roles_of(person));
        roles::give_to_users(connection, given.map(|(user, _, role)| (role, user)))?;
        let inside = added.iter().flat_map(|person| self.groups_of(person));
        groups::add_members(connection, inside.map(|(user, _, group)| (group, user)))?;
        audit_events::record_all(connection, added.iter().flat_map(|person| self.events(person, about)), now)
    }

    /// `None` where an attribute does not take one of them.
    fn values_of(&self, person: &ImportedPerson) -> Option<(Uuid, ValueWrites)> {
        let account = &person.account;
        let writes =
            attributes::writes_by(&self.attributes, &AttributeValues::default(), &account.attributes);
        Some((account.user.id, writes?))
    }

    fn roles_of<'a>(
        &'a self,
        person: &'a ImportedPerson,
    ) -> impl Iterator<Item = (Uuid, &'a RoleName, Uuid)> {
        let known = person.roles.iter().filter_map(|name| Some((name, self.roles.get(name)?)));
        let given = known.filter(|(_, known)| !known.gives_rights);
        given.map(|(name, known)| (person.account.user.id, name, known.id))
    }

    fn groups_of<'a>(
        &'a self,
        person: &'a ImportedPerson,
    ) -> impl Iterator<Item = (Uuid, &'a GroupName, Uuid)> {
        let known = person.groups.iter().filter_map(|name| Some((name, self.groups.get(name)?)));
        let inside = known.filter(|(_, known)| !known.gives_rights);
        inside.map(|(name, known)| (person.account.user.id, name, known.id))
    }

    /// What the audit log says of one: the same as of a person who was added and given these by hand.
    fn events<'a>(
        &'a self,
        person: &'a ImportedPerson,
        about: &'a AuditContext,
    ) -> impl Iterator<Item = (AuditEvent, AuditContext)> + 'a {
        let user = Some(person.account.user.id);
        let of = move |event, detail: Option<String>| (event, AuditContext { user, detail, ..about.clone() });
        let added = [of(AuditEvent::UserAdded, about.detail.clone())];
        let apps = person.apps.iter();
        let apps = apps.map(move |app| of(AuditEvent::MethodAdded, Some(format!("totp {}", app.id))));
        let roles = self.roles_of(person);
        let roles = roles.map(move |(_, name, _)| of(AuditEvent::RoleGiven, Some(name.to_string())));
        let groups = self.groups_of(person);
        let groups = groups.map(move |(_, name, _)| of(AuditEvent::MemberAdded, Some(name.to_string())));
        added.into_iter().chain(apps).chain(roles).chain(groups)
    }
}
