//! Does what a plan says, step by step. What was done before a step that fails stays done; run again, the plan begins there.

use std::collections::BTreeMap;

use idp_core::client::ClientId;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::difference::Difference;
use super::plan::{Act, Kind, Plan, Step};
use super::present::Present;
use crate::{
    admin_api::{
        NoPath, Operation,
        attributes::{AttributePath, CreateAttribute, DeleteAttribute, UpdateAttribute},
        client_metadata::NewClient,
        client_secrets::{ChosenSecret, RemoveSecret, SecretPath, SetLogo, SetSecret},
        clients::{ClientPath, DeleteClient, RegisterClient, UpdateClient},
        groups::{
            CreateGroup, DeleteGroup, GiveGroupRole, GroupPath, GroupRolePath, TakeGroupRole, UpdateGroup,
        },
        roles::{CreateRole, DeleteRole, RolePath, UpdateRole},
    },
    cli::{
        api::{Api, on, with},
        failure::Failure,
    },
};

/// Does all of it.
///
/// # Errors
/// What the step that failed says, after its name.
pub(super) async fn run(plan: &Plan, present: &Present, api: &Api<'_>) -> Result<(), Failure> {
    let mut ids = Ids::of(present);
    for step in &plan.0 {
        let done = ids.take(step, api).await;
        done.map_err(|failure| failure.about(format_args!("{} {}", step.kind.as_str(), step.name)))?;
    }
    Ok(())
}

/// The ids of attributes, roles and groups, also of those that are made on the way.
pub(in crate::cli) struct Ids {
    attributes: BTreeMap<String, Uuid>,
    roles: BTreeMap<String, Uuid>,
    groups: BTreeMap<String, Uuid>,
}

impl Ids {
    pub(in crate::cli) fn of(present: &Present) -> Self {
        let roles = present.roles.iter().map(|(name, role)| (name.clone(), role.id));
        let groups = present.groups.iter().map(|(name, there)| (name.clone(), there.group.id));
        let attributes = present.attributes.iter().map(|(name, there)| (name.clone(), there.id));
        Self { attributes: attributes.collect(), roles: roles.collect(), groups: groups.collect() }
    }

    fn attribute(&self, name: &str) -> Result<AttributePath, Failure> {
        let found = self.attributes.get(name).copied().map(|attribute| AttributePath { attribute });
        found.ok_or_else(|| Failure::refused(format!("there is no attribute {name:?}")))
    }

    fn role(&self, name: &str) -> Result<Uuid, Failure> {
        self.roles.get(name).copied().ok_or_else(|| Failure::refused(format!("there is no role {name:?}")))
    }

    fn group(&self, name: &str) -> Result<Uuid, Failure> {
        self.groups.get(name).copied().ok_or_else(|| Failure::refused(format!("there is no group {name:?}")))
    }

    /// Does one step.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub(in crate::cli) async fn take(&mut self, step: &Step, api: &Api<'_>) -> Result<(), Failure> {
        let name = &step.name;
        match (&step.act, step.kind) {
            (Act::Leave(_), _) => Ok(()),
            (Act::MakeAttribute(new), _) => {
                api.call(with::<CreateAttribute>(NoPath::default(), new.clone())).await.map(drop)
            }
            (Act::Change(differences), Kind::Attribute) => {
                change::<UpdateAttribute>(self.attribute(name)?, differences, api).await
            }
            (Act::Remove, Kind::Attribute) => {
                api.call(on::<DeleteAttribute>(self.attribute(name)?)).await.map(drop)
            }
            (Act::MakeRole(new), _) => {
                let made = api.call(with::<CreateRole>(NoPath::default(), new.clone())).await?.body;
                self.roles.insert(name.clone(), made.id);
                Ok(())
            }
            (Act::MakeGroup(new), _) => {
                let made = api.call(with::<CreateGroup>(NoPath::default(), new.clone())).await?.body;
                self.groups.insert(name.clone(), made.id);
                Ok(())
            }
            (Act::GiveRoles(roles) | Act::TakeRoles(roles), _) => {
                let is_given = matches!(step.act, Act::GiveRoles(_));
                self.set_roles(self.group(name)?, roles, is_given, api).await
            }
            (Act::Change(differences), Kind::Role) => {
                change::<UpdateRole>(RolePath { role: self.role(name)? }, differences, api).await
            }
            (Act::Change(differences), Kind::Group) => {
                change::<UpdateGroup>(GroupPath { group: self.group(name)? }, differences, api).await
            }
            (Act::Remove, Kind::Role) => {
                api.call(on::<DeleteRole>(RolePath { role: self.role(name)? })).await.map(drop)
            }
            (Act::Remove, Kind::Group) => {
                api.call(on::<DeleteGroup>(GroupPath { group: self.group(name)? })).await.map(drop)
            }
            _ => client(step, api).await,
        }
    }

    async fn set_roles(
        &self,
        group: Uuid,
        roles: &[String],
        is_given: bool,
        api: &Api<'_>,
    ) -> Result<(), Failure> {
        for role in roles {
            let path = GroupRolePath { group, role: self.role(role)? };
            match is_given {
                true => api.call(on::<GiveGroupRole>(path)).await.map(drop)?,
                false => api.call(on::<TakeGroupRole>(path)).await.map(drop)?,
            }
        }
        Ok(())
    }
}

async fn client(step: &Step, api: &Api<'_>) -> Result<(), Failure> {
    let id = ClientId::parse(&step.name).map_err(Failure::refused)?;
    let path = || ClientPath { client: id.clone() };
    match &step.act {
        Act::MakeClient(new, secrets) => {
            let first = secrets.first().map(|secret| secret.expose().to_owned());
            let new = NewClient { client_secret: first, ..NewClient::clone(new) };
            api.call(with::<RegisterClient>(NoPath::default(), new)).await?;
            for secret in secrets.iter().skip(1) {
                api.call(with::<SetSecret>(path(), ChosenSecret::of(secret))).await?;
            }
            Ok(())
        }
        Act::Change(differences) => change::<UpdateClient>(path(), differences, api).await,
        Act::SetLogo(logo) => api.call(with::<SetLogo>(path(), logo.clone())).await.map(drop),
        Act::AddSecrets(secrets) => {
            for secret in secrets {
                api.call(with::<SetSecret>(path(), ChosenSecret::of(secret))).await?;
            }
            Ok(())
        }
        Act::RemoveSecrets(fingerprints) => {
            for fingerprint in fingerprints {
                let path = SecretPath { client: id.clone(), fingerprint: fingerprint.clone() };
                api.call(on::<RemoveSecret>(path)).await?;
            }
            Ok(())
        }
        Act::Remove => api.call(on::<DeleteClient>(path())).await.map(drop),
        _ => Ok(()),
    }
}

/// The members of a thing are those of its patch.
async fn change<O: Operation>(path: O::Path, differences: &[Difference], api: &Api<'_>) -> Result<(), Failure>
where
    O::Query: Default,
    O::Body: DeserializeOwned,
{
    let patch = serde_json::from_value(Difference::patch(differences)).map_err(anyhow::Error::from)?;
    api.call(with::<O>(path, patch)).await.map(drop)
}
