//! What the roles and groups of a realm are called here, and what is in a composite role.

use std::collections::{BTreeMap, BTreeSet};

use idp_core::administration::{GroupName, RoleName};

use super::representation::{Composites, Group, Realm, Role};
use super::{BUILT_IN_CLIENTS, BUILT_IN_ROLES};
use crate::cli::import::people::{Mode, Planned};

/// A role of the realm, or of a client.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub(super) struct RoleKey {
    pub(super) client: Option<String>,
    pub(super) name: String,
}

/// A role as it will be here.
#[derive(Clone, Debug)]
pub(super) struct NamedRole {
    /// `None` for one that has no place here, but may have others in it.
    pub(super) name: Option<RoleName>,
    pub(super) description: String,
    parts: Vec<RoleKey>,
}

/// A group as it will be here.
#[derive(Clone, Debug)]
pub(super) struct NamedGroup {
    pub(super) name: GroupName,
    pub(super) roles: BTreeSet<RoleName>,
}

/// What of a realm is there, or will be, when people come.
#[derive(Clone, Debug, Default)]
pub(in crate::cli::import) struct Names {
    pub(super) roles: BTreeMap<RoleKey, NamedRole>,
    /// By their paths.
    pub(super) groups: BTreeMap<String, NamedGroup>,
    /// Those that would be made.
    planned: Planned,
}

impl RoleKey {
    fn of_realm(name: &str) -> Self {
        Self { client: None, name: name.to_owned() }
    }

    fn of_client(client: &str, name: &str) -> Self {
        Self { client: Some(client.to_owned()), name: name.to_owned() }
    }

    /// What it is called here.
    pub(super) fn text(&self) -> String {
        match &self.client {
            None => self.name.clone(),
            Some(client) => format!("{client}:{}", self.name),
        }
    }
}

impl Names {
    /// Of a realm. `told` hears of roles and groups that cannot be called so here.
    pub(super) fn of(realm: &Realm, mut told: impl FnMut(&'static str, &str, String)) -> Self {
        let mut names = Self::default();
        let default = realm.default_role.as_ref().map(|role| role.name.as_str());
        let is_own = |name: &str| BUILT_IN_ROLES.contains(&name) || default == Some(name);
        for role in &realm.roles.realm {
            let key = RoleKey::of_realm(&role.name);
            names.add_role(key, role, is_own(&role.name), &mut told);
        }
        for (client, roles) in &realm.roles.client {
            let is_own = BUILT_IN_CLIENTS.contains(&client.as_str());
            for role in roles {
                names.add_role(RoleKey::of_client(client, &role.name), role, is_own, &mut told);
            }
        }
        for group in &realm.groups {
            names.add_groups(group, "", &BTreeSet::new(), &mut told);
        }
        names
    }

    fn add_role(
        &mut self,
        key: RoleKey,
        role: &Role,
        is_own: bool,
        told: &mut impl FnMut(&'static str, &str, String),
    ) {
        let text = key.text();
        let name = match text.parse() {
            _ if is_own => None,
            Ok(name) => Some(name),
            Err(error) => {
                told("role", &text, format!("{error}"));
                None
            }
        };
        let description = role.description.clone().filter(|text| !text.starts_with("${")).unwrap_or_default();
        self.roles.insert(key, NamedRole { name, description, parts: parts(&role.composites) });
    }

    fn add_groups(
        &mut self,
        group: &Group,
        above: &str,
        inherited: &BTreeSet<RoleName>,
        told: &mut impl FnMut(&'static str, &str, String),
    ) {
        let path = group.path.clone().unwrap_or_else(|| format!("{above}/{}", group.name));
        let own = self.held(&group.realm_roles, &group.client_roles);
        let roles: BTreeSet<RoleName> = inherited.union(&own).cloned().collect();
        let text = path.trim_start_matches('/');
        match text.parse() {
            Ok(name) => {
                self.groups.insert(path.clone(), NamedGroup { name, roles: roles.clone() });
            }
            Err(error) => told("group", text, format!("{error}")),
        }
        for below in &group.sub_groups {
            self.add_groups(below, &path, &roles, told);
        }
    }

    /// What these roles come to: they, and all that they are made of, as far as it has a place here.
    pub(super) fn held(
        &self,
        of_realm: &[String],
        of_clients: &BTreeMap<String, Vec<String>>,
    ) -> BTreeSet<RoleName> {
        let mut waiting: Vec<RoleKey> = of_realm.iter().map(|name| RoleKey::of_realm(name)).collect();
        waiting.extend(all_of(of_clients));
        let (mut seen, mut held) = (BTreeSet::new(), BTreeSet::new());
        while let Some(key) = waiting.pop() {
            if let Some(role) = self.roles.get(&key)
                && seen.insert(key)
            {
                held.extend(role.name.clone());
                waiting.extend(role.parts.iter().cloned());
            }
        }
        held
    }

    /// Those among these roles that the export does not have.
    pub(super) fn unknown(
        &self,
        of_realm: &[String],
        of_clients: &BTreeMap<String, Vec<String>>,
    ) -> Vec<String> {
        let keys = of_realm.iter().map(|name| RoleKey::of_realm(name)).chain(all_of(of_clients));
        keys.filter(|key| !self.roles.contains_key(key)).map(|key| key.text()).collect()
    }

    /// Forgets a role that was not made: people do not get it.
    pub(super) fn forget_role(&mut self, name: &RoleName) {
        for role in self.roles.values_mut().filter(|role| role.name.as_ref() == Some(name)) {
            role.name = None;
        }
        for group in self.groups.values_mut() {
            group.roles.remove(name);
        }
    }

    /// Forgets a group that was not made.
    pub(super) fn forget_group(&mut self, name: &GroupName) {
        self.groups.retain(|_, group| group.name != *name);
    }

    /// Notes what is not made yet where nothing is.
    pub(super) fn plan_role(&mut self, name: RoleName) {
        self.planned.roles.insert(name);
    }

    /// The same of a group.
    pub(super) fn plan_group(&mut self, name: GroupName) {
        self.planned.groups.insert(name);
    }

    /// What a dry run would have made.
    pub(in crate::cli::import) fn planned(&self, mode: Mode) -> Planned {
        match mode {
            Mode::DryRun => self.planned.clone(),
            Mode::Import => Planned::default(),
        }
    }
}

fn all_of(of_clients: &BTreeMap<String, Vec<String>>) -> impl Iterator<Item = RoleKey> {
    let of = |(client, names): (&String, &Vec<String>)| {
        names.iter().map(|name| RoleKey::of_client(client, name)).collect::<Vec<_>>()
    };
    of_clients.iter().flat_map(of)
}

fn parts(composites: &Composites) -> Vec<RoleKey> {
    let of_realm = composites.realm.iter().map(|name| RoleKey::of_realm(name));
    of_realm.chain(all_of(&composites.client)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn names(roles: serde_json::Value, groups: serde_json::Value) -> (Names, Vec<String>) {
        let realm = json!({ "realm": "old", "roles": roles, "groups": groups, "defaultRole": { "name": "default-roles-old" } });
        let mut told = Vec::new();
        let realm: Realm = serde_json::from_value(realm).unwrap();
        let names = Names::of(&realm, |kind, name, why| told.push(format!("{kind} {name}: {why}")));
        (names, told)
    }

    fn held(names: &Names, roles: &[&str]) -> Vec<String> {
        let roles: Vec<String> = roles.iter().map(|name| (*name).to_owned()).collect();
        names.held(&roles, &BTreeMap::new()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_composite_role_is_all_that_it_is_made_of_even_in_a_circle() {
        let (names, told) = names(
            json!({
                "realm": [
                    { "name": "boss", "composites": { "realm": ["manager"] } },
                    { "name": "manager", "composites": { "realm": ["boss"], "client": { "shop": ["refunds"], "account": ["view"] } } },
                    { "name": "default-roles-old", "composites": { "realm": ["offline_access", "customer"] } },
                    { "name": "offline_access" }, { "name": "customer" },
                ],
                "client": { "shop": [{ "name": "refunds" }], "account": [{ "name": "view" }] },
            }),
            json!([]),
        );
        assert_eq!(held(&names, &["boss"]), ["boss", "manager", "shop:refunds"]);
        assert_eq!(held(&names, &["default-roles-old"]), ["customer"]);
        assert_eq!(names.unknown(&["gone".to_owned()], &BTreeMap::new()), ["gone"]);
        assert_eq!(told, [""; 0]);
    }

    #[test]
    fn a_group_has_its_path_for_a_name_and_the_roles_of_those_around_it() {
        let long = "x".repeat(200);
        let (names, told) = names(
            json!({ "realm": [{ "name": "editor" }, { "name": "payer" }, { "name": long }] }),
            json!([{ "name": "staff", "realmRoles": ["editor"], "subGroups": [
                { "name": "finance", "path": "/staff/finance", "realmRoles": ["payer"] }, { "name": long }] }]),
        );
        let finance = &names.groups["/staff/finance"];
        assert_eq!(finance.name.as_str(), "staff/finance");
        assert_eq!(finance.roles.iter().map(RoleName::as_str).collect::<Vec<_>>(), ["editor", "payer"]);
        assert_eq!((names.groups.len(), told.len()), (2, 2));
    }
}
