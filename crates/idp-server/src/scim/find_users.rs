//! Which people a filter asks for. One part of it leads to them by an index, and the rest is compared with those it leads to;
//! a filter that has no such part is refused, since it would go through everybody.

use super::Failure;
use super::list::{ListRequest, MOST_COMPARED, MOST_INDEXED, Page, message, not_indexed, too_many};
use super::user_document::whole;
use crate::directory::{Administration, DirectoryError};
use crate::store::provisioning::Provisioned;
use crate::store::user_search::{AccountState, UserQuery};
use idp_core::mail_address::MailAddress;
use idp_core::scim::schema::USERS;
use idp_core::scim::{AttributeName, Comparison, Document, Filter, Literal};
use idp_core::username::Username;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

const ALLOWED: &str = "id, userName, externalId, emails.value, groups.value or active (false) with eq, or displayName, \
     name.familyName, name.givenName or userName with eq or sw";
/// People whose accounts are read together.
const AT_ONCE: usize = 200;
/// The most ways that one filter leads.
const MOST_LEADS: usize = 16;

/// What leads to people.
#[derive(Clone, Debug)]
enum Lead {
    Nobody,
    Id(Uuid),
    /// What they sign in with.
    Name(Username),
    ExternalId(String),
    Group(Uuid),
    /// Words of their names.
    Words(String),
    /// Who may not sign in.
    Inactive,
}

impl Lead {
    /// How few it leads to, the fewest first.
    const fn rank(&self) -> u8 {
        match self {
            Self::Nobody => 0,
            Self::Id(_) | Self::Name(_) | Self::ExternalId(_) => 1,
            Self::Words(_) => 2,
            Self::Group(_) => 3,
            Self::Inactive => 4,
        }
    }
}

/// A page of the people whom a client asks for.
pub(super) async fn list(by: &Administration<'_>, request: &ListRequest) -> Result<Value, Failure> {
    let filter = request.filter.as_deref().map(Filter::parse).transpose()?;
    let Some(filter) = filter else { return in_order(by, None, request).await };
    filter.check(&USERS)?;
    if let Some(group) = only_a_group(&filter) {
        return in_order(by, Some(group), request).await;
    }
    let leads =
        leads(&filter).filter(|leads| leads.len() <= MOST_LEADS).ok_or_else(|| not_indexed(ALLOWED))?;
    let mut candidates = BTreeSet::new();
    for lead in leads {
        candidates.extend(led_to(by, lead).await?);
        if candidates.len() > MOST_COMPARED {
            return Err(too_many().into());
        }
    }
    let mut fitting: Vec<(Uuid, Provisioned)> = Vec::new();
    let candidates: Vec<Uuid> = candidates.into_iter().collect();
    for some in candidates.chunks(AT_ONCE) {
        let fits = |person: &Provisioned| filter.matches(&USERS, &whole(by, person).0);
        let people = by.provisioned(some.to_vec()).await?;
        fitting.extend(people.into_iter().filter(fits).map(|person| (person.account.user.id, person)));
    }
    let ids: Vec<Uuid> = fitting.iter().map(|(id, _)| *id).collect();
    let page = Page::of_all(&ids, request)?;
    let shown = fitting.iter().filter(|(id, _)| page.keys.contains(id)).map(|(_, person)| person);
    let resources = documents(by, request, shown);
    Ok(message(&page, request, resources))
}

fn documents<'p>(
    by: &Administration<'_>,
    request: &ListRequest,
    people: impl Iterator<Item = &'p Provisioned>,
) -> Vec<Document> {
    people.map(|person| request.projection.of(whole(by, person).0)).collect()
}

/// A page of everybody, or of the members of a group, in the order in which they were added.
async fn in_order(
    by: &Administration<'_>,
    group: Option<Uuid>,
    request: &ListRequest,
) -> Result<Value, Failure> {
    let count = request.count()?;
    let page = match request.cursor {
        Some(_) => {
            let more = i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1);
            Page::of_some(by.people_after(group, request.after()?, more).await?, count)
        }
        None => Page::of_first(&by.people_after(group, None, MOST_INDEXED + 1).await?, request)?,
    };
    let people = by.provisioned(page.keys.clone()).await?;
    Ok(message(&page, request, documents(by, request, people.iter())))
}

fn only_a_group(filter: &Filter) -> Option<Uuid> {
    match filter {
        Filter::Compare(name, Comparison::Eq, Literal::Text(id)) if names_groups(name) => id.parse().ok(),
        _ => None,
    }
}

fn names_groups(name: &AttributeName) -> bool {
    name.is("groups", Some("value")) || name.is("groups", None)
}

/// What leads to all for whom it may hold; `None` when nothing does.
fn leads(filter: &Filter) -> Option<Vec<Lead>> {
    match filter {
        Filter::Compare(name, comparison, literal) => lead(name, *comparison, literal).map(|lead| vec![lead]),
        Filter::And(one, other) => {
            let worst = |leads: &Vec<Lead>| leads.iter().map(Lead::rank).max();
            [leads(one), leads(other)].into_iter().flatten().min_by_key(worst)
        }
        Filter::Or(one, other) => {
            let (mut one, other) = (leads(one)?, leads(other)?);
            one.extend(other);
            Some(one)
        }
        Filter::Values(name, filter) => within(name, filter).map(|lead| vec![lead]),
        Filter::Not(_) | Filter::Present(_) => None,
    }
}

/// The same of one value of an attribute.
fn within(of: &AttributeName, filter: &Filter) -> Option<Lead> {
    match filter {
        Filter::Compare(part, comparison, literal) => {
            let name = AttributeName { attribute: of.attribute.clone(), part: Some(part.attribute.clone()) };
            lead(&name, *comparison, literal)
        }
        Filter::And(one, other) => within(of, one).or_else(|| within(of, other)),
        _ => None,
    }
}

fn lead(name: &AttributeName, comparison: Comparison, literal: &Literal) -> Option<Lead> {
    let is_text = name.is("displayName", None)
        || name.is("name", Some("familyName"))
        || name.is("name", Some("givenName"))
        || name.is("name", Some("formatted"))
        || name.is("userName", None);
    match (comparison, literal) {
        (Comparison::Eq, Literal::Truth(false)) if name.is("active", None) => Some(Lead::Inactive),
        (Comparison::Eq, Literal::Text(text)) => {
            let or_nobody = |lead: Option<Lead>| Some(lead.unwrap_or(Lead::Nobody));
            if name.is("id", None) {
                or_nobody(text.parse().ok().map(Lead::Id))
            } else if name.is("userName", None) {
                or_nobody(Username::parse(text).ok().map(Lead::Name))
            } else if name.is("emails", None) || name.is("emails", Some("value")) {
                let address = MailAddress::parse(text).ok();
                or_nobody(address.and_then(|one| Username::parse(one.canonical()).ok()).map(Lead::Name))
            } else if name.is("externalId", None) {
                Some(Lead::ExternalId(text.clone()))
            } else if names_groups(name) {
                or_nobody(text.parse().ok().map(Lead::Group))
            } else {
                is_text.then(|| Lead::Words(text.clone()))
            }
        }
        (Comparison::Sw, Literal::Text(text)) => is_text.then(|| Lead::Words(text.clone())),
        _ => None,
    }
}

async fn led_to(by: &Administration<'_>, lead: Lead) -> Result<Vec<Uuid>, Failure> {
    let more_than_most = i64::try_from(MOST_COMPARED).unwrap_or(i64::MAX).saturating_add(1);
    Ok(match lead {
        Lead::Nobody => Vec::new(),
        Lead::Id(id) => vec![id],
        Lead::Name(name) => match by.person(&name).await {
            Ok(account) => vec![account.user.id],
            Err(DirectoryError::UnknownUser(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        },
        Lead::ExternalId(id) => by.owner_of_external_id(id).await?.into_iter().collect(),
        Lead::Group(group) => by.people_after(Some(group), None, more_than_most).await?,
        Lead::Words(text) => {
            let mut query = UserQuery::default();
            if !query.search(&text) {
                return Err(not_indexed(ALLOWED).into());
            }
            // An id that is typed for a name is a name here.
            query.id = None;
            found(by, query).await?
        }
        Lead::Inactive => {
            let mut all = Vec::new();
            for state in [AccountState::Disabled, AccountState::Deleting] {
                all.extend(found(by, UserQuery { state: Some(state), ..UserQuery::default() }).await?);
            }
            all
        }
    })
}

/// All whom a search finds, up to the bound.
async fn found(by: &Administration<'_>, query: UserQuery) -> Result<Vec<Uuid>, Failure> {
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..=MOST_COMPARED / AT_ONCE {
        let page = by.find_users(query.clone(), after, AT_ONCE).await?.unwrap_or_default();
        all.extend(page.users.iter().map(|user| user.id));
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
    Err(too_many().into())
}
