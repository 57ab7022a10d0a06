//! What has to be done so that what is there is what is declared.

use idp_core::{
    client::{self as core, ClientKind},
    secret::{Secret, SecretHash},
    time::UnixTime,
    user::attribute::{AttributeKind, LONGEST_TEXT},
};
use serde_json::{Value, json};

use super::difference::{Difference, Members, differences, members};
use super::file::{Declared, DeclaredClient, DeclaredGroup};
use super::present::{Present, PresentGroup};
use crate::{
    admin_api::{
        attributes::{Attribute, NewAttribute},
        client::Client,
        client_metadata::{LogoFile, NewClient},
        groups::NewGroup,
        roles::{NewRole, Role},
    },
    cli::failure::Failure,
};

/// The kinds of things, in the order in which they are made: a group names roles, a client both and attributes.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(in crate::cli) enum Kind {
    Attribute,
    Role,
    Group,
    Client,
}

impl Kind {
    pub(in crate::cli) const fn as_str(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Role => "role",
            Self::Group => "group",
            Self::Client => "client",
        }
    }
}

/// What is done to a thing.
pub(in crate::cli) enum Act {
    MakeAttribute(NewAttribute),
    MakeRole(NewRole),
    MakeGroup(NewGroup),
    MakeClient(Box<NewClient>, Vec<Secret>),
    /// These members.
    Change(Vec<Difference>),
    GiveRoles(Vec<String>),
    TakeRoles(Vec<String>),
    SetLogo(LogoFile),
    AddSecrets(Vec<Secret>),
    /// By their fingerprints.
    RemoveSecrets(Vec<String>),
    Remove,
    /// There, in no file, and left alone.
    Leave(String),
}

/// One step.
pub(in crate::cli) struct Step {
    pub(in crate::cli) kind: Kind,
    pub(in crate::cli) name: String,
    pub(in crate::cli) act: Act,
}

/// The steps in their order.
#[derive(Default)]
pub(super) struct Plan(pub(super) Vec<Step>);

impl Plan {
    /// Compares what is declared with what is there.
    ///
    /// # Errors
    /// [`Failure::Refused`] where something is declared that cannot be.
    pub(super) fn of(
        declared: Declared,
        present: &Present,
        prune: bool,
        now: UnixTime,
    ) -> Result<Self, Failure> {
        let mut plan = Self::default();
        plan.find_strays(&declared, present, prune);
        let removals = std::mem::take(&mut plan.0);
        for (name, attribute) in declared.attributes {
            plan.attribute(&name, attribute, present.attributes.get(&name));
        }
        for (name, role) in &declared.roles {
            plan.role(name, role, present.roles.get(name))?;
        }
        for (name, group) in declared.groups {
            plan.group(name.clone(), group, present.groups.get(&name));
        }
        for (id, client) in declared.clients {
            let there = present.clients.get(&id);
            plan.client(&id, client, there, prune, now)?;
        }
        plan.0.extend(removals);
        Ok(plan)
    }

    fn push(&mut self, kind: Kind, name: &str, act: Act) {
        self.0.push(Step { kind, name: name.to_owned(), act });
    }

    fn change(&mut self, kind: Kind, name: &str, is: &Members, shall_be: &Members) {
        let differences = differences(is, shall_be);
        if !differences.is_empty() {
            self.push(kind, name, Act::Change(differences));
        }
    }

    fn attribute(&mut self, name: &str, declared: NewAttribute, there: Option<&Attribute>) {
        let Some(there) = there else {
            return self.push(Kind::Attribute, name, Act::MakeAttribute(declared));
        };
        let mut shall_be = members(&declared);
        let is_string = declared.r#type == AttributeKind::String.as_str();
        let usual = if is_string { LONGEST_TEXT.into() } else { Value::Null };
        shall_be.entry("max_length").or_insert(usual);
        self.change(Kind::Attribute, name, &members(there), &shall_be);
    }

    fn role(&mut self, name: &str, declared: &toml::Table, there: Option<&Role>) -> Result<(), Failure> {
        let read = declared.clone().try_into::<NewRole>();
        let mut new = read.map_err(|error| Failure::refused(format!("role {name}: {error}")))?;
        new.permissions.sort();
        let Some(there) = there else {
            self.push(Kind::Role, name, Act::MakeRole(new));
            return Ok(());
        };
        let mut is = members(there);
        if let Some(Value::Array(permissions)) = is.get_mut("permissions") {
            permissions.sort_by_key(ToString::to_string);
        }
        let mut shall_be = members(&new);
        if there.built_in {
            let other =
                declared.keys().find(|member| !["name", "requires_second_factor"].contains(&member.as_str()));
            if let Some(member) = other {
                let what = format!("role {name} is built in: {member} cannot be declared of it");
                return Err(Failure::refused(what));
            }
            shall_be.retain(|member, _| member == "requires_second_factor");
        }
        self.change(Kind::Role, name, &is, &shall_be);
        Ok(())
    }

    fn group(&mut self, name: String, declared: DeclaredGroup, there: Option<&PresentGroup>) {
        let DeclaredGroup { group, roles } = declared;
        let mut shall_be = members(&group);
        // What is not there is left out of a new group, and is `null` in one that is.
        shall_be.entry("external_id").or_insert(Value::Null);
        let held = there.map_or(&[][..], |there| &there.roles);
        let of = |from: &[String], not_in: &[String]| {
            from.iter().filter(|role| !not_in.contains(role)).cloned().collect::<Vec<_>>()
        };
        let (given, taken) = (of(&roles, held), of(held, &roles));
        match there {
            None => self.push(Kind::Group, &name, Act::MakeGroup(group)),
            Some(there) => self.change(Kind::Group, &name, &members(&there.group), &shall_be),
        }
        if !given.is_empty() {
            self.push(Kind::Group, &name, Act::GiveRoles(given));
        }
        if !taken.is_empty() {
            self.push(Kind::Group, &name, Act::TakeRoles(taken));
        }
    }

    fn client(
        &mut self,
        id: &str,
        declared: DeclaredClient,
        there: Option<&Client>,
        prune: bool,
        now: UnixTime,
    ) -> Result<(), Failure> {
        let DeclaredClient { client, secrets } = declared;
        let shall_be = shall_be(id, &client, now)?;
        let Some(there) = there else {
            let secrets = secrets.unwrap_or_default();
            if secrets.is_empty() != client.public {
                let what = match client.public {
                    true => "is public and has no secret",
                    false => "is made with a secret: client_secrets names a file or a variable with one",
                };
                return Err(Failure::refused(format!("client {id} {what}")));
            }
            self.push(Kind::Client, id, Act::MakeClient(Box::new(client), secrets));
            return Ok(());
        };
        if there.public != client.public {
            let what = "a client stays public or confidential for good; remove it, and declare another one";
            return Err(Failure::refused(format!("client {id}: public: {what}")));
        }
        self.change(Kind::Client, id, &members(there), &comparable(members(&shall_be)));
        if let Some(logo) = client.logo.filter(|_| there.logo != shall_be.logo) {
            self.push(Kind::Client, id, Act::SetLogo(logo));
        }
        let fingerprint = |secret: &Secret| secret.hash().fingerprint();
        let declared = secrets.unwrap_or_default();
        let known: Vec<String> = declared.iter().map(fingerprint).collect();
        let new: Vec<Secret> = declared
            .into_iter()
            .filter(|secret| !there.client_secrets.contains(&fingerprint(secret)))
            .collect();
        let stray: Vec<String> = there
            .client_secrets
            .iter()
            .filter(|one| !known.is_empty() && !known.contains(one))
            .cloned()
            .collect();
        if !new.is_empty() {
            self.push(Kind::Client, id, Act::AddSecrets(new));
        }
        match (stray.is_empty(), prune) {
            (true, _) => {}
            (false, true) => self.push(Kind::Client, id, Act::RemoveSecrets(stray)),
            (false, false) => {
                self.push(Kind::Client, id, Act::Leave(format!("secret {} is in no file", stray.join(" "))));
            }
        }
        Ok(())
    }

    /// What is there and in no file; a client goes before the group and the attribute that it names, and a group before its role.
    fn find_strays(&mut self, declared: &Declared, present: &Present, prune: bool) {
        let clients = present.clients.keys().filter(|id| !declared.clients.contains_key(*id));
        let groups = present.groups.keys().filter(|name| !declared.groups.contains_key(*name));
        let roles =
            present.roles.iter().filter(|(name, role)| !role.built_in && !declared.roles.contains_key(*name));
        let all = clients.map(|id| (Kind::Client, id));
        let all = all.chain(groups.map(|name| (Kind::Group, name)));
        let all = all.chain(roles.map(|(name, _)| (Kind::Role, name)));
        let attributes = present.attributes.keys().filter(|name| !declared.attributes.contains_key(*name));
        for (kind, name) in all.chain(attributes.map(|name| (Kind::Attribute, name))) {
            let act = if prune { Act::Remove } else { Act::Leave("is in no file".to_owned()) };
            self.push(kind, name, act);
        }
    }

    /// Whether everything is as declared.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is removed.
    pub(super) fn ends_something(&self) -> bool {
        self.0.iter().any(|step| matches!(step.act, Act::Remove | Act::RemoveSecrets(_)))
    }

    /// A line a step, and one more a member.
    pub(super) fn sentences(&self) -> String {
        match self.is_empty() {
            true => "everything is as declared".to_owned(),
            false => self.0.iter().map(Step::sentence).collect::<Vec<_>>().join("\n"),
        }
    }

    pub(super) fn value(&self) -> Value {
        json!({ "steps": self.0.iter().map(Step::value).collect::<Vec<_>>() })
    }
}

impl Step {
    fn sentence(&self) -> String {
        let thing = format!("{} {}", self.kind.as_str(), self.name);
        match &self.act {
            Act::MakeAttribute(_) | Act::MakeRole(_) | Act::MakeGroup(_) | Act::MakeClient(..) => {
                format!("+ {thing}")
            }
            Act::Change(differences) => {
                let lines = differences.iter().map(|one| format!("\n    {}", one.sentence()));
                format!("~ {thing}{}", lines.collect::<String>())
            }
            Act::GiveRoles(roles) => format!("~ {thing}\n    roles: +{}", roles.join(" +")),
            Act::TakeRoles(roles) => format!("~ {thing}\n    roles: -{}", roles.join(" -")),
            Act::SetLogo(_) => format!("~ {thing}\n    logo: another file"),
            Act::AddSecrets(secrets) => {
                let all = secrets.iter().map(|secret| format!(" +{}", secret.hash().fingerprint()));
                format!("~ {thing}\n    client_secrets:{}", all.collect::<String>())
            }
            Act::RemoveSecrets(secrets) => format!("~ {thing}\n    client_secrets: -{}", secrets.join(" -")),
            Act::Remove => format!("- {thing}"),
            Act::Leave(why) => format!("? {thing}: {why}"),
        }
    }

    fn value(&self) -> Value {
        let fingerprints =
            |secrets: &[Secret]| secrets.iter().map(|secret| secret.hash().fingerprint()).collect::<Vec<_>>();
        let (act, more) = match &self.act {
            Act::MakeAttribute(_) | Act::MakeRole(_) | Act::MakeGroup(_) | Act::MakeClient(..) => {
                ("make", Value::Null)
            }
            Act::Change(differences) => ("change", differences.iter().map(Difference::value).collect()),
            Act::GiveRoles(roles) => ("give_roles", json!(roles)),
            Act::TakeRoles(roles) => ("take_roles", json!(roles)),
            Act::SetLogo(_) => ("set_logo", Value::Null),
            Act::AddSecrets(secrets) => ("add_secrets", json!(fingerprints(secrets))),
            Act::RemoveSecrets(secrets) => ("remove_secrets", json!(secrets)),
            Act::Remove => ("remove", Value::Null),
            Act::Leave(why) => ("leave", json!(why)),
        };
        json!({ "act": act, "kind": self.kind.as_str(), "name": self.name, "what": more })
    }
}

/// The client that would be made of it now.
pub(in crate::cli) fn shall_be(id: &str, declared: &NewClient, now: UnixTime) -> Result<Client, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::refused(format!("client {id}: {error}"));
    let new = declared.clone().read(now).map_err(|problem| wrong(&problem.detail))?;
    let kind = match new.is_public {
        true => ClientKind::Public,
        false => ClientKind::Confidential { secrets: vec![SecretHash::of_nothing()] },
    };
    let made = core::Client::register(new.id, kind, new.metadata, now).map_err(|error| wrong(&error))?;
    let logo = new.logo.map(|logo| logo.name());
    Ok(Client::from(&core::Client { logo, ..made }))
}

/// The members that may change: the rest has steps of its own, follows from them, or is of the moment.
pub(super) fn comparable(mut client: Members) -> Members {
    for member in [
        "client_id",
        "public",
        "client_secrets",
        "logo",
        "created_at",
        "warnings",
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
    ] {
        client.remove(member);
    }
    client
}
