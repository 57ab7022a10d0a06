//! Which groups a filter asks for, likewise.

use super::Failure;
use super::groups::{MOST_MEMBERS, has_members, members, whole};
use super::list::{
    ListRequest, MOST_COMPARED, MOST_INDEXED, Page, message, not_indexed, too_many, too_many_members,
};
use crate::directory::{Administration, DirectoryError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::administration::{Group, GroupName};
use idp_core::scim::schema::GROUPS;
use idp_core::scim::{AttributeName, Comparison, Document, Filter, Literal};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

const ALLOWED: &str = "id, externalId, members.value or displayName with eq, or displayName with sw";

/// What leads to groups.
enum Lead {
    Nothing,
    Id(Uuid),
    Name(GroupName),
    Beginning(String),
    ExternalId(String),
    Member(Uuid),
}

/// Where a list stands: at a name, as a cursor.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd)]
struct Place(GroupName);

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_str()))
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name = URL_SAFE_NO_PAD.decode(text).map_err(|_| ())?;
        String::from_utf8(name).map_err(|_| ())?.parse().map(Self).map_err(|_| ())
    }
}

/// A page of the groups that a client asks for.
pub(super) async fn list(by: &Administration<'_>, request: &ListRequest) -> Result<Value, Failure> {
    let count = request.count()?;
    let Some(filter) = request.filter.as_deref().map(Filter::parse).transpose()? else {
        if request.cursor.is_some() {
            let after = request.after()?.map(|Place(name)| name);
            let more = i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1);
            let found = by.groups(after, more).await?;
            let in_order: Vec<Place> = found.iter().map(|group| Place(group.name.clone())).collect();
            return answered(by, request, Page::of_some(in_order, count), found).await;
        }
        let found = by.groups(None, MOST_INDEXED + 1).await?;
        let in_order: Vec<Place> = found.iter().map(|group| Place(group.name.clone())).collect();
        return answered(by, request, Page::of_first(&in_order, request)?, found).await;
    };
    filter.check(&GROUPS)?;
    let mut fitting = BTreeMap::new();
    for group in led_to(by, lead(&filter).ok_or_else(|| not_indexed(ALLOWED))?).await? {
        let inside = match names_members(&filter) {
            true => Some(members(by, group.id, MOST_MEMBERS).await?.ok_or_else(too_many_members)?),
            false => None,
        };
        if filter.matches(&GROUPS, &whole(by, &group, inside.as_ref()).0) {
            fitting.insert(Place(group.name.clone()), group);
        }
    }
    let in_order: Vec<Place> = fitting.keys().cloned().collect();
    let page = Page::of_all(&in_order, request)?;
    answered(by, request, page, fitting.into_values().collect()).await
}

async fn answered(
    by: &Administration<'_>,
    request: &ListRequest,
    page: Page<Place>,
    groups: Vec<Group>,
) -> Result<Value, Failure> {
    let wants_members = has_members(by, &request.projection);
    let mut resources: Vec<Document> = Vec::new();
    let mut left = MOST_MEMBERS;
    let on_page = groups.iter().filter(|group| page.keys.iter().any(|Place(name)| *name == group.name));
    for group in on_page {
        let inside = match wants_members {
            true => Some(members(by, group.id, left).await?.ok_or_else(too_many_members)?),
            false => None,
        };
        left = left.saturating_sub(inside.as_ref().map_or(0, |inside| inside.len()));
        resources.push(request.projection.of(whole(by, group, inside.as_ref()).0));
    }
    Ok(message(&page, request, resources))
}

fn names_members(filter: &Filter) -> bool {
    match filter {
        Filter::Compare(name, ..) | Filter::Present(name) | Filter::Values(name, _) => {
            name.attribute.eq_ignore_ascii_case("members")
        }
        Filter::And(one, other) | Filter::Or(one, other) => names_members(one) || names_members(other),
        Filter::Not(filter) => names_members(filter),
    }
}

/// What leads to all for which it may hold; `None` when nothing does.
fn lead(filter: &Filter) -> Option<Lead> {
    match filter {
        Filter::Compare(name, comparison, Literal::Text(text)) => by_text(name, *comparison, text),
        Filter::And(one, other) => lead(one).or_else(|| lead(other)),
        Filter::Values(of, filter) => match filter.as_ref() {
            Filter::Compare(part, comparison, Literal::Text(text)) => {
                let part = Some(part.attribute.clone());
                by_text(&AttributeName { attribute: of.attribute.clone(), part }, *comparison, text)
            }
            _ => None,
        },
        _ => None,
    }
}

fn by_text(name: &AttributeName, comparison: Comparison, text: &str) -> Option<Lead> {
    let is_name = name.is("displayName", None);
    let is_member = name.is("members", None) || name.is("members", Some("value"));
    match comparison {
        Comparison::Sw if is_name && !text.is_empty() => Some(Lead::Beginning(text.to_owned())),
        Comparison::Eq if is_name => Some(text.parse().map_or(Lead::Nothing, Lead::Name)),
        Comparison::Eq if name.is("id", None) => Some(text.parse().map_or(Lead::Nothing, Lead::Id)),
        Comparison::Eq if is_member => Some(text.parse().map_or(Lead::Nothing, Lead::Member)),
        Comparison::Eq if name.is("externalId", None) => Some(Lead::ExternalId(text.to_owned())),
        _ => None,
    }
}

async fn led_to(by: &Administration<'_>, lead: Lead) -> Result<Vec<Group>, Failure> {
    let more_than_most = i64::try_from(MOST_COMPARED).unwrap_or(i64::MAX).saturating_add(1);
    let found = match lead {
        Lead::Nothing => Vec::new(),
        Lead::Id(id) => match by.group(id).await {
            Ok(group) => vec![group],
            Err(DirectoryError::UnknownGroup(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        },
        Lead::Name(name) => by.group_named(name).await?.into_iter().collect(),
        Lead::Beginning(prefix) => by.groups_named(prefix, None, more_than_most).await?,
        Lead::ExternalId(id) => by.groups_by_external_id(id, more_than_most).await?,
        Lead::Member(user) => by.groups_of_user(user).await?,
    };
    match found.len() {
        ..=MOST_COMPARED => Ok(found),
        _ => Err(too_many().into()),
    }
}
