//! Which of a person's roles, groups and attributes a client is told, by which claims, and where.

use super::claim_name::{ClaimName, UnfitClaimName};
use crate::administration::Memberships;
use crate::user::attribute::{AttributeName, UnfitAttributeName};
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
    /// The value of an attribute.
    Attribute,
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
    pub const ALL: [Self; 3] = [Self::Roles, Self::Groups, Self::Attribute];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Groups => "groups",
            Self::Attribute => "attribute",
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
    /// Only names that begin with this, and without it; of roles and groups.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Which attribute, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AttributeName>,
    /// Where it goes, sorted and each once.
    pub targets: Vec<ClaimTarget>,
}

/// Not a mapping.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum MalformedMapping {
    /// The form.
    #[error(
        "a claim is mapped as CLAIM=roles or CLAIM=groups, then perhaps :PREFIX, or as CLAIM=attribute:NAME, then perhaps @ and some of access_token,id_token,userinfo"
    )]
    Form,
    /// The attribute.
    #[error(transparent)]
    Attribute(#[from] UnfitAttributeName),
    /// The name.
    #[error(transparent)]
    Name(#[from] UnfitClaimName),
}

impl ClaimMapping {
    /// What it says of a person with these memberships. Roles and groups are a list, sorted, each once, without a name that is
    /// the prefix and no more. An attribute without a value says nothing (OpenID Connect Core 5.3.2), and likewise one that the
    /// person may change where a site would take the claim for their rights.
    fn value(&self, memberships: &Memberships) -> Option<Value> {
        match self.source {
            ClaimSource::Attribute => {
                let held = memberships.attributes.get(self.attribute.as_ref()?)?;
                (!(held.is_persons && self.claim.is_of_rights())).then(|| held.value.to_json())
            }
            _ => Some(self.names(memberships).collect()),
        }
    }

    fn names<'a>(&'a self, memberships: &'a Memberships) -> impl Iterator<Item = &'a str> {
        let roles = (self.source == ClaimSource::Roles).then_some(&memberships.roles);
        let groups = (self.source == ClaimSource::Groups).then_some(&memberships.groups);
        let roles = roles.into_iter().flatten().map(|role| role.as_str());
        let names = roles.chain(groups.into_iter().flatten().map(|group| group.as_str()));
        names.filter_map(|name| name.strip_prefix(&self.prefix)).filter(|value| !value.is_empty())
    }

    /// Whether it said something of a person with `before` that it does not of one with `after`.
    fn loses(&self, before: &Memberships, after: &Memberships) -> bool {
        if self.source == ClaimSource::Attribute {
            let held =
                |of: &Memberships| of.attributes.get(self.attribute.as_ref()?).map(|held| held.value.clone());
            return held(before).is_some_and(|before| before.is_lost_in(held(after).as_ref()));
        }
        let kept: Vec<&str> = self.names(after).collect();
        self.names(before).any(|value| kept.binary_search(&value).is_err())
    }

    /// The attribute that it tells of, and the form that fits: a prefix is for names.
    fn has_fit_source(&self) -> bool {
        match self.source {
            ClaimSource::Attribute => self.attribute.is_some() && self.prefix.is_empty(),
            _ => self.attribute.is_none() && self.prefix.len() <= LONGEST_PREFIX,
        }
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
        let (source, which) = from.split_once(':').unwrap_or((from, ""));
        let source = ClaimSource::ALL.into_iter().find(|one| one.as_str() == source);
        let source = source.ok_or(MalformedMapping::Form)?;
        let claim = claim.parse()?;
        if source == ClaimSource::Attribute {
            let attribute = Some(which.parse()?);
            return Ok(Self { claim, source, prefix: String::new(), attribute, targets });
        }
        Ok(Self { claim, source, prefix: which.to_owned(), attribute: None, targets })
    }
}

impl fmt::Display for ClaimMapping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.claim, self.source.as_str())?;
        if let Some(attribute) = &self.attribute {
            write!(formatter, ":{attribute}")?;
        } else if !self.prefix.is_empty() {
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

    /// What goes to `target` of a person with these memberships. A claim of roles or groups without a value is an empty list: a
    /// site that finds none at all has been set up wrongly. One of an attribute without a value is left out.
    #[must_use]
    pub fn claims_for(&self, target: ClaimTarget, memberships: &Memberships) -> Map<String, Value> {
        let mapped = self.0.iter().filter(|mapping| mapping.goes_to(target));
        mapped.filter_map(|mapping| Some((mapping.claim.to_string(), mapping.value(memberships)?))).collect()
    }

    /// The names of the claims that go to `target`.
    pub fn names_for(&self, target: ClaimTarget) -> impl Iterator<Item = &ClaimName> {
        self.0.iter().filter(move |mapping| mapping.goes_to(target)).map(|mapping| &mapping.claim)
    }

    /// Whether a person with `before` had a value at `target` that one with `after` has not.
    #[must_use]
    pub fn loses(&self, target: ClaimTarget, before: &Memberships, after: &Memberships) -> bool {
        self.0.iter().any(|mapping| mapping.goes_to(target) && mapping.loses(before, after))
    }

    /// The attributes that are told of by any claim.
    pub fn attributes(&self) -> impl Iterator<Item = &AttributeName> {
        self.0.iter().filter_map(|mapping| mapping.attribute.as_ref())
    }

    /// The attributes that go to `target`, each with the name of its claim.
    pub fn attributes_for(&self, target: ClaimTarget) -> impl Iterator<Item = (&ClaimName, &AttributeName)> {
        let mapped = self.0.iter().filter(move |mapping| mapping.goes_to(target));
        mapped.filter_map(|mapping| Some((&mapping.claim, mapping.attribute.as_ref()?)))
    }

    /// The claim by which sites would take an attribute for what a person may do.
    #[must_use]
    pub fn claim_of_rights(&self, attribute: &AttributeName) -> Option<&ClaimName> {
        let mut told = self.0.iter().filter(|mapping| mapping.attribute.as_ref() == Some(attribute));
        told.find(|mapping| mapping.claim.is_of_rights()).map(|mapping| &mapping.claim)
    }

    /// Whether it can be stored as it is: not too many, each name once, each with somewhere to go.
    pub(super) fn is_fit(&self) -> bool {
        let mut names: Vec<&ClaimName> = self.0.iter().map(|mapping| &mapping.claim).collect();
        names.sort();
        names.dedup();
        names.len() == self.0.len()
            && self.0.len() <= MOST
            && self.0.iter().all(|one| !one.targets.is_empty() && one.has_fit_source())
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
    use crate::administration::HeldAttribute;
    use crate::user::attribute::AttributeValue;
    use serde_json::json;

    fn person(roles: &[&str], groups: &[&str]) -> Memberships {
        Memberships {
            roles: roles.iter().map(|name| name.parse().unwrap()).collect(),
            groups: groups.iter().map(|name| name.parse().unwrap()).collect(),
            ..Memberships::default()
        }
    }

    fn with(name: &str, value: AttributeValue, is_persons: bool) -> Memberships {
        let held = HeldAttribute { value, is_persons };
        Memberships { attributes: [(name.parse().unwrap(), held)].into(), ..Memberships::default() }
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
        for text in [
            "roles=roles@access_token",
            "r=roles:a@b:c@id_token,userinfo",
            "https://x/g=groups@userinfo",
            "dep=attribute:department@id_token",
        ] {
            let mapping: ClaimMapping = text.parse().unwrap();
            assert_eq!(mapping.to_string(), text);
        }
        assert_eq!("roles=roles".parse::<ClaimMapping>().unwrap().targets, [ClaimTarget::AccessToken]);
        for text in
            ["roles", "roles=", "roles=people", "roles=roles@", "roles=roles@cookie", "roles=roles:a@b"]
        {
            assert_eq!(text.parse::<ClaimMapping>(), Err(MalformedMapping::Form), "{text}");
        }
        for text in ["d=attribute", "d=attribute:", "d=attribute:Department", "d=attribute:email"] {
            assert!(matches!(text.parse::<ClaimMapping>(), Err(MalformedMapping::Attribute(_))), "{text}");
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
    fn an_attribute_goes_out_as_the_type_that_it_has_and_without_a_value_not_at_all() {
        let mapping = mapping(&["floor=attribute:floor@access_token", "p=attribute:projects@access_token"]);
        let said = |of: &Memberships| Value::Object(mapping.claims_for(ClaimTarget::AccessToken, of));
        assert_eq!(said(&with("floor", AttributeValue::Integer(3), true)), json!({ "floor": 3 }));
        let several = |texts: &[&str]| {
            let texts = texts.iter().map(|&text| text.to_owned()).collect();
            with("projects", AttributeValue::Several(texts), false)
        };
        assert_eq!(said(&several(&["b", "a"])), json!({ "p": ["b", "a"] }));
        assert_eq!(said(&Memberships::default()), json!({}));
        let loses = |before: &Memberships, after: &Memberships| {
            mapping.loses(ClaimTarget::AccessToken, before, after)
        };
        let floor = |number| with("floor", AttributeValue::Integer(number), false);
        assert!(loses(&floor(3), &floor(4)) && loses(&floor(3), &Memberships::default()));
        assert!(!loses(&floor(3), &floor(3)) && !loses(&Memberships::default(), &floor(3)));
        assert!(
            loses(&several(&["a", "b"]), &several(&["b"])) && !loses(&several(&["b"]), &several(&["a", "b"]))
        );
        assert!(!mapping.loses(ClaimTarget::IdToken, &floor(3), &floor(4)), "it is not told there");
    }

    #[test]
    fn m10_what_a_person_may_change_is_no_claim_of_their_rights() {
        let mapping = mapping(&["roles=attribute:title_of_honour", "title=attribute:title_of_honour"]);
        let said = |is_persons| {
            let person = with("title_of_honour", AttributeValue::Text("admin".to_owned()), is_persons);
            Value::Object(mapping.claims_for(ClaimTarget::AccessToken, &person))
        };
        assert_eq!(said(true), json!({ "title": "admin" }));
        assert_eq!(said(false), json!({ "roles": "admin", "title": "admin" }));
        let name = "title_of_honour".parse().unwrap();
        assert_eq!(mapping.claim_of_rights(&name).map(ClaimName::as_str), Some("roles"));
    }

    #[test]
    fn a_mapping_names_an_attribute_where_it_is_one_and_nowhere_else() {
        let fit = |value: Value| {
            serde_json::from_value::<ClaimMapping>(value).is_ok_and(|one| ClaimsMapping(vec![one]).is_fit())
        };
        let targets = ["access_token"];
        assert!(fit(
            json!({ "claim": "d", "source": "attribute", "attribute": "department", "targets": targets })
        ));
        assert!(!fit(json!({ "claim": "d", "source": "attribute", "targets": targets })));
        assert!(!fit(
            json!({ "claim": "d", "source": "roles", "attribute": "department", "targets": targets })
        ));
        assert!(!fit(
            json!({ "claim": "d", "source": "attribute", "attribute": "department", "prefix": "x", "targets": targets })
        ));
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
