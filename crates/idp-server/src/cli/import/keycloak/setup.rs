//! The roles, groups and clients of a realm, made before its people come. Each is made by an operation of the administration API, as
//! one that is declared in a file is (ADR 72); what is there already stays as it is.

use idp_core::{administration::RoleName, time::UnixTime};

use super::clients;
use super::export::Export;
use super::names::{NamedGroup, NamedRole, Names};
use super::representation::{ClientScope, Realm};
use super::{BUILT_IN_CLIENTS, BUILT_IN_SCOPES};
use crate::admin_api::{
    PageQuery,
    groups::{GroupPath, ListMembers, NewGroup},
    roles::NewRole,
};
use crate::cli::{
    api::{Api, on},
    declared::{
        apply::Ids,
        plan::{Act, Kind as Thing, Step, shall_be},
        present::Present,
    },
    failure::Failure,
    import::{
        people::Mode,
        report::{Kind, Outcome, Report},
    },
};

/// Makes them. Answers what people can be given.
///
/// # Errors
/// As [`Api::call`], but for refusals, which are told of.
pub(in crate::cli::import) async fn take_realm(
    export: &Export,
    redirects: &[(String, String)],
    api: &Api<'_>,
    now: UnixTime,
    mode: Mode,
    report: &mut Report,
) -> Result<Names, Failure> {
    let realm = &export.realm;
    let present = Present::look(api, false).await?;
    let mut unfit = Vec::new();
    let mut names = Names::of(realm, |kind, name, why| unfit.push((kind, name.to_owned(), why)));
    for (kind, name, why) in unfit {
        let kind = if kind == "role" { Kind::Role } else { Kind::Group };
        report.line((kind, "", &name), &Outcome::Refused(why), &[])?;
    }
    let ids = Ids::of(&present);
    let mut setup = Setup { api, now, mode, present, ids, report };
    setup.take_roles(&mut names).await?;
    setup.take_groups(&mut names).await?;
    setup.take_clients(realm, redirects).await?;
    setup.tell_the_rest(realm)?;
    Ok(names)
}

struct Setup<'a, 'b> {
    api: &'a Api<'b>,
    now: UnixTime,
    mode: Mode,
    present: Present,
    ids: Ids,
    report: &'a mut Report,
}

impl Setup<'_, '_> {
    /// Does it, unless nothing is to be changed; says what became of it.
    async fn make(&mut self, steps: Vec<Step>) -> Result<Outcome, Failure> {
        for step in &steps {
            if self.mode == Mode::DryRun {
                break;
            }
            match self.ids.take(step, self.api).await {
                Ok(()) => {}
                Err(Failure::Refused(why)) => return Ok(Outcome::Refused(why)),
                Err(failure) => return Err(failure),
            }
        }
        Ok(Outcome::Added)
    }

    async fn take_roles(&mut self, names: &mut Names) -> Result<(), Failure> {
        let roles: Vec<(RoleName, NamedRole)> =
            names.roles.values().filter_map(|role| Some((role.name.clone()?, role.clone()))).collect();
        for (name, role) in roles {
            let there = self.present.roles.get(name.as_str());
            let outcome = match there {
                Some(there) if there.built_in || !there.permissions.is_empty() => Outcome::LeftOut(
                    "a role of this name permits something here: people do not get it".to_owned(),
                ),
                Some(_) => Outcome::Exists,
                None => {
                    let new = NewRole {
                        name: name.to_string(),
                        description: fit(&role.description),
                        ..NewRole::default()
                    };
                    self.make(vec![Step {
                        kind: Thing::Role,
                        name: name.to_string(),
                        act: Act::MakeRole(new),
                    }])
                    .await?
                }
            };
            match outcome {
                Outcome::Added => names.plan_role(name.clone()),
                Outcome::Exists => {}
                Outcome::Refused(_) | Outcome::LeftOut(_) => names.forget_role(&name),
            }
            self.report.line((Kind::Role, "", name.as_str()), &outcome, &[])?;
        }
        Ok(())
    }

    async fn take_groups(&mut self, names: &mut Names) -> Result<(), Failure> {
        let groups: Vec<NamedGroup> = names.groups.values().cloned().collect();
        for NamedGroup { name, roles } in groups {
            let there = self.present.groups.get(name.as_str());
            let held = there.map_or(&[][..], |there| &there.roles);
            let missing = roles.iter().map(ToString::to_string).filter(|role| !held.contains(role));
            let missing: Vec<String> = missing.collect();
            // One that was made and not filled: an import was broken off in between.
            let is_bare = match there {
                Some(there) => there.roles.is_empty() && self.is_empty(there.group.id).await?,
                None => true,
            };
            let step = |act| Step { kind: Thing::Group, name: name.to_string(), act };
            let make = match there {
                None => {
                    Some(step(Act::MakeGroup(NewGroup { name: name.to_string(), ..NewGroup::default() })))
                }
                Some(_) => None,
            };
            let give = (is_bare && !missing.is_empty()).then(|| step(Act::GiveRoles(missing)));
            let steps: Vec<Step> = make.into_iter().chain(give).collect();
            let outcome = if steps.is_empty() { Outcome::Exists } else { self.make(steps).await? };
            match outcome {
                Outcome::Added => names.plan_group(name.clone()),
                Outcome::Exists | Outcome::LeftOut(_) => {}
                Outcome::Refused(_) => names.forget_group(&name),
            }
            self.report.line((Kind::Group, "", name.as_str()), &outcome, &[])?;
        }
        Ok(())
    }

    async fn is_empty(&self, group: uuid::Uuid) -> Result<bool, Failure> {
        let mut input = on::<ListMembers>(GroupPath { group });
        input.query = PageQuery { limit: Some(1), after: None };
        Ok(self.api.call(input).await?.body.items.is_empty())
    }

    async fn take_clients(&mut self, realm: &Realm, redirects: &[(String, String)]) -> Result<(), Failure> {
        for client in &realm.clients {
            let id = client.client_id.as_str();
            let own: Vec<&str> =
                redirects.iter().filter(|(client, _)| client == id).map(|(_, uri)| uri.as_str()).collect();
            let (read, mut notes) = clients::read(client, &own);
            let outcome = match read {
                clients::Reading::Refused(why) => Outcome::Refused(why),
                clients::Reading::LeftOut(why) => Outcome::LeftOut(why),
                clients::Reading::Client(..) if self.present.clients.contains_key(id) => Outcome::Exists,
                clients::Reading::Client(new, secrets) => match shall_be(id, &new, self.now) {
                    Ok(_) => {
                        let act = Act::MakeClient(new, secrets);
                        self.make(vec![Step { kind: Thing::Client, name: id.to_owned(), act }]).await?
                    }
                    Err(Failure::Refused(why)) => Outcome::Refused(why),
                    Err(failure) => return Err(failure),
                },
            };
            if !matches!(outcome, Outcome::Added) {
                notes.clear();
            }
            self.report.line((Kind::Client, "", id), &outcome, &notes)?;
        }
        for (client, uri) in redirects {
            if realm.clients.iter().all(|known| known.client_id != *client) {
                return Err(Failure::refused(format!(
                    "--redirect-uri {client}={uri}: the realm has no such client"
                )));
            }
        }
        Ok(())
    }

    /// What else a realm has: each is told of, so that nobody finds it missing later.
    fn tell_the_rest(&mut self, realm: &Realm) -> Result<(), Failure> {
        let mut left = |name: String, why: &str| {
            self.report.line((Kind::Realm, "", &name), &Outcome::LeftOut(why.to_owned()), &[])
        };
        let is_of_sites = |scope: &&ClientScope| {
            let speaks_openid = scope.protocol.as_deref().is_none_or(|protocol| protocol == "openid-connect");
            speaks_openid && !BUILT_IN_SCOPES.contains(&scope.name.as_str())
        };
        for scope in realm.client_scopes.iter().filter(is_of_sites) {
            let why = match scope.protocol_mappers.is_empty() {
                true => "a site may ask for the word; there is nothing behind it",
                false => "what it puts into tokens is mapped for each client here",
            };
            left(format!("client scope {}", scope.name), why)?;
        }
        let uses_roles = |scopes: &Vec<String>| scopes.iter().any(|scope| scope == "roles");
        let of_sites =
            realm.clients.iter().filter(|client| !BUILT_IN_CLIENTS.contains(&client.client_id.as_str()));
        if of_sites.map(|client| &client.default_client_scopes).any(uses_roles) {
            left(
                "realm_access and resource_access".to_owned(),
                "these claims are not made here: map roles to a claim of the client",
            )?;
        }
        for provider in &realm.identity_providers {
            left(
                format!("identity provider {}", provider.alias),
                "people do not sign in by other providers here",
            )?;
        }
        for directory in
            realm.components.get("org.keycloak.storage.UserStorageProvider").into_iter().flatten()
        {
            left(format!("user federation {}", directory.name), "directories hand people over by SCIM here")?;
        }
        for flow in realm.authentication_flows.iter().filter(|flow| flow.top_level && !flow.built_in) {
            left(format!("authentication flow {}", flow.alias), "what a sign-in takes is in idp.toml")?;
        }
        for group in &realm.default_groups {
            left(
                format!("default group {group}"),
                "who is added later is put into groups by hand, or by SCIM",
            )?;
        }
        let with_attributes = realm.groups.iter().filter(|group| !group.attributes.is_empty());
        for group in with_attributes {
            left(format!("attributes of group {}", group.name), "groups have none here")?;
        }
        let roles = realm.roles.realm.iter().filter(|role| !role.attributes.is_empty());
        for role in roles {
            left(format!("attributes of role {}", role.name), "roles have none here")?;
        }
        Ok(())
    }
}

/// A description as it is kept.
fn fit(description: &str) -> String {
    let line: String = description.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut end = line.len().min(crate::directory::roles::LONGEST_DESCRIPTION);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.get(..end).unwrap_or_default().to_owned()
}
