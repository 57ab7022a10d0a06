//! Which of a person's roles and groups a client is told, by which claims, and where.

use super::claim_name::{ClaimName, UnfitClaimName};
use crate::administration::Memberships;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// The most claims that are mapped for one client.
const MOST: usize = 16;
/// The longest prefix, in bytes.
const LONGEST_PREFIX: usize = 128;

/// Where a claim comes from.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimSource {
    /// The person's roles.
    Roles,
    /// The groups that the person is in.
    Groups,
}

/// Where a claim goes.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimTarget {
    /// Access tokens, for the resource.
    AccessToken,
    /// ID tokens, for the client when the person signs in.
    IdToken,
    /// What userinfo answers.
    Userinfo,
}

impl ClaimSource {
    /// Every source.
    pub const ALL: [Self; 2] = [Self::Roles, Self::Groups];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Groups => "groups",
        }
    }
}

impl ClaimTarget {
    /// Every target.
    pub const ALL: [Self; 3] = [Self::AccessToken, Self::IdToken, Self::Userinfo];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::IdToken => "id_token",
            Self::Userinfo => "userinfo",
        }
    }
}

/// One claim.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimMapping {
    /// Its name.
    pub claim: ClaimName,
    /// What is in it.
    pub source: ClaimSource,
    /// Only names that begin with this, and without it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Where it goes, sorted and each once.
    pub targets: Vec<ClaimTarget>,
}

/// Not a mapping.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum MalformedMapping {
    /// The form.
    #[error(
        "a claim is mapped as CLAIM=roles or CLAIM=groups, then perhaps :PREFIX, then perhaps @ and some of access_token,id_token,userinfo"
    )]
    Form,
    /// The name.
    #[error(transparent)]
    Name(#[from] UnfitClaimName),
}

impl ClaimMapping {
    /// The values for a person with these memberships, sorted, each once. A name that is the prefix and no more says nothing.
    pub fn values<'a>(&'a self, memberships: &'a Memberships) -> impl Iterator<Item = &'a str> {
        let (roles, groups) = match self.source {
            ClaimSource::Roles => (Some(&memberships.roles), None),
            ClaimSource::Groups => (None, Some(&memberships.groups)),
        };
        let roles = roles.into_iter().flatten().map(|role| role.as_str());
        let names = roles.chain(groups.into_iter().flatten().map(|group| group.as_str()));
        names.filter_map(|name| name.strip_prefix(&self.prefix)).filter(|value| !value.is_empty())
    }

    fn goes_to(&self, target: ClaimTarget) -> bool {
        self.targets.contains(&target)
    }
}

/// The text form, as on the command line. What follows the last `@` says where the claim goes.
impl FromStr for ClaimMapping {
    type Err = MalformedMapping;

    fn from_str(text: &str) -> Result<Self, MalformedMapping> {
        let (claim, rest) = text.split_once('=').ok_or(MalformedMapping::Form)?;
        let (from, targets) = match rest.rsplit_once('@') {
            Some((from, words)) => {
                let target = |word| ClaimTarget::ALL.into_iter().find(|target| target.as_str() == word);
                let targets: Option<Vec<ClaimTarget>> = words.split(',').map(target).collect();
                (from, targets.ok_or(MalformedMapping::Form)?)
            }
            None => (rest, vec![ClaimTarget::AccessToken]),
        };
        let (source, prefix) = from.split_once(':').unwrap_or((from, ""));
        let source = ClaimSource::ALL.into_iter().find(|one| one.as_str() == source);
        let source = source.ok_or(MalformedMapping::Form)?;
        Ok(Self { claim: claim.parse()?, source, prefix: prefix.to_owned(), targets })
    }
}

impl fmt::Display for ClaimMapping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.claim, self.source.as_str())?;
        if !self.prefix.is_empty() {
            write!(formatter, ":{}", self.prefix)?;
        }
        let targets: Vec<&str> = self.targets.iter().map(|target| target.as_str()).collect();
        write!(formatter, "@{}", targets.join(","))
    }
}

/// The claims of a client, each once. Nothing is mapped by default.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimsMapping(Vec<ClaimMapping>);

impl ClaimsMapping {
    /// The mapped claims.
    #[must_use]
    pub fn as_slice(&self) -> &[ClaimMapping] {
        &self.0
    }

    /// Whether nothing is mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What goes to `target` of a person with these memberships. A claim without a value is an empty list: a site that finds
    /// none at all has been set up wrongly.
    #[must_use]
    pub fn claims_for(&self, target: ClaimTarget, memberships: &Memberships) -> Map<String, Value> {
        let mapped = self.0.iter().filter(|mapping| mapping.goes_to(target));
        mapped
            .map(|mapping| (mapping.claim.to_string(), mapping.values(memberships).collect::<Value>()))
            .collect()
    }

    /// The names of the claims that go to `target`.
    pub fn names_for(&self, target: ClaimTarget) -> impl Iterator<Item = &ClaimName> {
        self.0.iter().filter(move |mapping| mapping.goes_to(target)).map(|mapping| &mapping.claim)
    }

    /// Whether a person with `before` had a value at `target` that one with `after` has not.
    #[must_use]
    pub fn loses(&self, target: ClaimTarget, before: &Memberships, after: &Memberships) -> bool {
        let mut mapped = self.0.iter().filter(|mapping| mapping.goes_to(target));
        mapped.any(|mapping| {
            let kept: Vec<&str> = mapping.values(after).collect();
            mapping.values(before).any(|value| kept.binary_search(&value).is_err())
        })
    }

    /// Whether it can be stored as it is: not too many, each name once, each with somewhere to go.
    pub(super) fn is_fit(&self) -> bool {
        let mut names: Vec<&ClaimName> = self.0.iter().map(|mapping| &mapping.claim).collect();
        names.sort();
        names.dedup();
        names.len() == self.0.len()
            && self.0.len() <= MOST
            && self.0.iter().all(|one| !one.targets.is_empty() && one.prefix.len() <= LONGEST_PREFIX)
    }

    /// With the targets of each claim sorted and each once.
    pub(super) fn in_order(mut self) -> Self {
        for mapping in &mut self.0 {
            mapping.targets.sort();
            mapping.targets.dedup();
        }
        self
    }
}

impl From<Vec<ClaimMapping>> for ClaimsMapping {
    fn from(mappings: Vec<ClaimMapping>) -> Self {
        Self(mappings)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn person(roles: &[&str], groups: &[&str]) -> Memberships {
        Memberships {
            roles: roles.iter().map(|name| name.parse().unwrap()).collect(),
            groups: groups.iter().map(|name| name.parse().unwrap()).collect(),
        }
    }

    fn mapping(texts: &[&str]) -> ClaimsMapping {
        ClaimsMapping(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn m02_values_are_sorted_and_go_where_they_are_mapped_to() {
        let mapping = mapping(&["roles=roles:shop:@access_token,id_token", "teams=groups@userinfo"]);
        let ada = person(&["shop:editor", "shop:", "audit", "shop:admin"], &["staff", "board"]);
        let at = |target| Value::Object(mapping.claims_for(target, &ada));
        assert_eq!(at(ClaimTarget::AccessToken), json!({ "roles": ["admin", "editor"] }));
        assert_eq!(at(ClaimTarget::IdToken), json!({ "roles": ["admin", "editor"] }));
        assert_eq!(at(ClaimTarget::Userinfo), json!({ "teams": ["board", "staff"] }));
        let nobody = Value::Object(mapping.claims_for(ClaimTarget::Userinfo, &Memberships::default()));
        assert_eq!(nobody, json!({ "teams": [] }));
    }

    #[test]
    fn m02_the_text_of_a_mapping_reads_back() {
        for text in
            ["roles=roles@access_token", "r=roles:a@b:c@id_token,userinfo", "https://x/g=groups@userinfo"]
        {
            let mapping: ClaimMapping = text.parse().unwrap();
            assert_eq!(mapping.to_string(), text);
        }
        assert_eq!("roles=roles".parse::<ClaimMapping>().unwrap().targets, [ClaimTarget::AccessToken]);
        for text in
            ["roles", "roles=", "roles=people", "roles=roles@", "roles=roles@cookie", "roles=roles:a@b"]
        {
            assert_eq!(text.parse::<ClaimMapping>(), Err(MalformedMapping::Form), "{text}");
        }
        assert!(matches!("sub=roles".parse::<ClaimMapping>(), Err(MalformedMapping::Name(_))));
    }

    #[test]
    fn m10_only_what_is_mapped_there_can_be_lost_there() {
        let mapping = mapping(&["roles=roles:shop:@access_token"]);
        let (before, after) = (person(&["shop:editor", "audit"], &[]), person(&["shop:editor"], &[]));
        assert!(!mapping.loses(ClaimTarget::AccessToken, &before, &after), "audit is not mapped");
        let none = Memberships::default();
        assert!(mapping.loses(ClaimTarget::AccessToken, &before, &none));
        assert!(!mapping.loses(ClaimTarget::IdToken, &before, &none));
        assert!(!mapping.loses(ClaimTarget::AccessToken, &none, &before), "nobody loses by a gain");
    }

    #[test]
    fn m02_each_claim_is_mapped_once_and_goes_somewhere() {
        assert!(mapping(&["a=roles", "b=groups"]).is_fit());
        assert!(!mapping(&["a=roles", "a=groups"]).is_fit());
        let mut nowhere: ClaimMapping = "a=roles".parse().unwrap();
        nowhere.targets.clear();
        assert!(!ClaimsMapping(vec![nowhere]).is_fit());
        let many: Vec<String> = (0..=MOST).map(|n| format!("c{n}=roles")).collect();
        assert!(!mapping(&many.iter().map(String::as_str).collect::<Vec<_>>()).is_fit());
    }
}
