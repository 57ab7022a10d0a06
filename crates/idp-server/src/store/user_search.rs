//! Finding people among very many, a page at a time. One question leads through the rows of an index, in its order; the others are
//! asked of the people whom it meets. A page looks at so many rows and no more, so that it takes no longer however few of them
//! fit: then it is short, and the next one goes on from there.

use super::Store;
use crate::db::search_words::{self, Found};
use crate::db::{Connection, DbError, groups, roles, users};
use idp_core::user::{MOST_WORDS_OF_SEARCH, User, UserStatus, words_of_search};
use idp_core::username::Username;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows that are looked at together, where not everybody fits.
const AT_ONCE: usize = 256;
/// Rows that one page looks at.
const MOST_LOOKED_AT: usize = 512;
/// Up to how many words with one beginning are counted, to lead by the rarest.
const MOST_COUNTED: i64 = 500;

/// Whether people may sign in, as a list asks for it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AccountState {
    /// They may.
    Active,
    /// They may not.
    Disabled,
    /// They asked for the account to be deleted.
    Deleting,
}

impl AccountState {
    /// Of this status.
    #[must_use]
    pub const fn of(status: UserStatus) -> Self {
        match status {
            UserStatus::Active => Self::Active,
            UserStatus::Disabled => Self::Disabled,
            UserStatus::Deleting { .. } => Self::Deleting,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleting => "deleting",
        }
    }
}

/// In which order people are listed who are not searched for by words.
#[derive(Copy, Clone, Eq, PartialEq, Default, Debug)]
pub enum UserOrder {
    /// By username.
    #[default]
    Username,
    /// In the order in which they were added.
    Creation,
}

/// Whom to list; all of it together.
#[derive(Clone, Default, Debug)]
pub struct UserQuery {
    /// The one with this id; see [`UserQuery::search`].
    pub id: Option<Uuid>,
    /// Those who have a word with each of these beginnings, no one of which begins another.
    pub words: Vec<String>,
    /// Those who may, or may not, sign in.
    pub state: Option<AccountState>,
    /// The members of this group.
    pub group: Option<Uuid>,
    /// Those who have this role, by themselves or by a group.
    pub role: Option<Uuid>,
    /// Those who have no authenticator app and no passkey.
    pub without_second_factor: bool,
    /// The order, where nothing else decides about it.
    pub order: UserOrder,
}

impl UserQuery {
    /// Also those whom `typed` names, by an id or by beginnings of words. `false` when there is no word in it.
    pub fn search(&mut self, typed: &str) -> bool {
        self.id = typed.trim().parse().ok();
        let mut words = words_of_search(typed);
        words.truncate(MOST_WORDS_OF_SEARCH);
        words.sort();
        words.dedup();
        // Who has a word that begins with "anna" has one that begins with "an".
        let longer: Vec<String> = words.clone();
        words.retain(|word| !longer.iter().any(|other| other != word && other.starts_with(word.as_str())));
        self.words = words;
        self.id.is_some() || !self.words.is_empty()
    }
}

impl UserQuery {
    /// Whether everybody fits.
    const fn is_plain(&self) -> bool {
        let is_searching = self.id.is_some() || !self.words.is_empty();
        let is_filtered = self.state.is_some() || self.group.is_some() || self.role.is_some();
        !is_searching && !is_filtered && !self.without_second_factor
    }
}

/// A page of people.
#[derive(Clone, Default, Debug)]
pub struct UserPage {
    /// The people.
    pub users: Vec<User>,
    /// Where the next page goes on, if there may be one.
    pub next: Option<String>,
}

impl Store {
    /// A page of at most `limit` people, beginning after `after`, which is [`UserPage::next`] of a page of the same query; `None`
    /// when it is of no such page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_users(
        &self,
        query: UserQuery,
        after: Option<String>,
        limit: usize,
    ) -> Result<Option<UserPage>, DbError> {
        self.read(move |connection| {
            let lead = Lead::of(connection, &query, after.as_deref())?;
            let place = match after.as_deref().map(|after| lead.place(after)) {
                Some(None) => return Ok(None),
                Some(Some(place)) => Some(place),
                None => None,
            };
            page(connection, &query, &lead, place, limit).map(Some)
        })
        .await
    }
}

/// What leads through the people.
enum Lead {
    One(Uuid),
    Word(String),
    Group(Uuid),
    Role { role: Uuid, groups: Vec<Uuid> },
    NotActive(AccountState),
    Username,
    Creation,
}

/// Where a list stands.
#[derive(Clone)]
enum Place {
    Word(Found),
    Name(Username),
    Id(Uuid),
}

impl Place {
    fn written(&self) -> String {
        match self {
            Self::Word(Found { word, user }) => format!("{user}{word}"),
            Self::Name(name) => name.as_str().to_owned(),
            Self::Id(id) => id.to_string(),
        }
    }
}

/// Somebody who may fit.
struct Candidate {
    place: Place,
    id: Uuid,
    user: Option<User>,
}

impl Lead {
    fn of(connection: &mut Connection, query: &UserQuery, after: Option<&str>) -> Result<Self, DbError> {
        if let Some(id) = query.id {
            return Ok(Self::One(id));
        }
        let filter = Self::of_filter(connection, query)?;
        let Some(word) = rarest(connection, &query.words, after)? else {
            return Ok(filter.unwrap_or(match query.order {
                UserOrder::Username => Self::Username,
                UserOrder::Creation => Self::Creation,
            }));
        };
        let word = Self::Word(word);
        let Some(filter) = filter else { return Ok(word) };
        // A page goes on by what led the one before it.
        let leads = match after {
            Some(after) => filter.place(after).is_some(),
            None => !word.is_rare(connection)? && filter.is_rare(connection)?,
        };
        Ok(if leads { filter } else { word })
    }

    /// What leads through those whom a filter lets pass, where there is one with an index of its own.
    fn of_filter(connection: &mut Connection, query: &UserQuery) -> Result<Option<Self>, DbError> {
        Ok(match (query.group, query.role, query.state) {
            (Some(group), ..) => Some(Self::Group(group)),
            (_, Some(role), _) => Some(Self::Role { role, groups: roles::groups_with(connection, role)? }),
            (_, _, Some(state @ (AccountState::Disabled | AccountState::Deleting))) => {
                Some(Self::NotActive(state))
            }
            _ => None,
        })
    }

    /// Whether it leads through so few that one look meets them all.
    fn is_rare(&self, connection: &mut Connection) -> Result<bool, DbError> {
        Ok(self.next(connection, None, AT_ONCE)?.len() < AT_ONCE)
    }

    fn place(&self, after: &str) -> Option<Place> {
        match self {
            Self::One(_) => None,
            Self::Word(beginning) => {
                let (user, word) = after.split_at_checked(Uuid::nil().to_string().len())?;
                let found = Found { word: word.to_owned(), user: user.parse().ok()? };
                found.word.starts_with(beginning.as_str()).then_some(Place::Word(found))
            }
            Self::Username => Username::parse(after).ok().map(Place::Name),
            _ => after.parse().ok().map(Place::Id),
        }
    }

    /// The next who may fit.
    fn next(
        &self,
        connection: &mut Connection,
        place: Option<&Place>,
        count: usize,
    ) -> Result<Vec<Candidate>, DbError> {
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let after = place.and_then(|place| if let Place::Id(id) = place { Some(*id) } else { None });
        let ids = |ids: Vec<Uuid>| ids.into_iter().map(Candidate::from).collect();
        Ok(match self {
            Self::One(id) => ids(vec![*id]),
            Self::Word(beginning) => {
                let after =
                    place.and_then(|place| if let Place::Word(found) = place { Some(found) } else { None });
                let found = search_words::beginning_with(connection, beginning, after, limit)?;
                let candidate =
                    |found: Found| Candidate { id: found.user, place: Place::Word(found), user: None };
                found.into_iter().map(candidate).collect()
            }
            Self::Group(group) => ids(groups::members(connection, *group, after, limit)?),
            Self::Role { role, groups: with_role } => {
                let mut all: BTreeSet<Uuid> =
                    roles::holders(connection, *role, after, limit)?.into_iter().collect();
                for group in with_role {
                    all.extend(groups::members(connection, *group, after, limit)?);
                }
                ids(all.into_iter().take(count).collect())
            }
            Self::NotActive(state) => ids(users::ids_not_active(connection, state.as_str(), after, limit)?),
            Self::Username => {
                let after =
                    place.and_then(|place| if let Place::Name(name) = place { Some(name) } else { None });
                let page = users::page(connection, after, limit)?;
                let by_name = |user: User| Candidate {
                    place: Place::Name(user.username.clone()),
                    ..Candidate::from(user)
                };
                page.into_iter().map(by_name).collect()
            }
            Self::Creation => ids(users::ids_by_creation(connection, after, limit)?),
        })
    }
}

impl From<User> for Candidate {
    fn from(user: User) -> Self {
        Self { place: Place::Id(user.id), id: user.id, user: Some(user) }
    }
}

impl From<Uuid> for Candidate {
    fn from(id: Uuid) -> Self {
        Self { place: Place::Id(id), id, user: None }
    }
}

/// By which of these words a search is led: that of the page before, or the one that fewest people have.
fn rarest(
    connection: &mut Connection,
    words: &[String],
    after: Option<&str>,
) -> Result<Option<String>, DbError> {
    let before = after.and_then(|after| after.get(Uuid::nil().to_string().len()..));
    if let Some(word) = words.iter().find(|word| before.is_some_and(|before| before.starts_with(*word))) {
        return Ok(Some(word.clone()));
    }
    let [_, _, ..] = words else { return Ok(words.first().cloned()) };
    let mut counted = Vec::new();
    for word in words {
        counted.push((search_words::count_up_to(connection, word, MOST_COUNTED)?, word));
    }
    Ok(counted.into_iter().min().map(|(_, word)| word.clone()))
}

fn page(
    connection: &mut Connection,
    query: &UserQuery,
    lead: &Lead,
    mut place: Option<Place>,
    limit: usize,
) -> Result<UserPage, DbError> {
    let (mut page, mut last, mut looked_at) = (UserPage::default(), None, 0);
    let at_once = if query.is_plain() { limit.saturating_add(1) } else { AT_ONCE };
    loop {
        let candidates = lead.next(connection, place.as_ref(), at_once)?;
        let (count, end) = (candidates.len(), candidates.last().map(|candidate| candidate.place.clone()));
        let fitting = fitting(connection, query, lead, candidates)?;
        for some in fitting.chunks(limit.saturating_add(1)) {
            for (place, user) in with_users(connection, query, some)? {
                if page.users.len() == limit {
                    page.next = last.as_ref().map(Place::written);
                    return Ok(page);
                }
                page.users.push(user);
                last = Some(place);
            }
        }
        looked_at += count;
        if count < at_once || matches!(lead, Lead::One(_)) {
            return Ok(page);
        }
        if looked_at >= MOST_LOOKED_AT {
            page.next = end.as_ref().map(Place::written);
            return Ok(page);
        }
        place = end;
    }
}

/// Those who fit as far as can be told without their account.
fn fitting(
    connection: &mut Connection,
    query: &UserQuery,
    lead: &Lead,
    mut candidates: Vec<Candidate>,
) -> Result<Vec<Candidate>, DbError> {
    for word in query.words.iter().filter(|_| !matches!(lead, Lead::One(_))) {
        let first = search_words::first_of(connection, &ids(&candidates), word)?;
        candidates.retain(|candidate| match (&candidate.place, lead) {
            // Each person once, by the first of their words that leads here.
            (Place::Word(found), Lead::Word(leading)) if leading == word => {
                first.get(&candidate.id) == Some(&found.word)
            }
            _ => first.contains_key(&candidate.id),
        });
    }
    if let Some(group) = query.group.filter(|_| !matches!(lead, Lead::Group(_))) {
        let inside = groups::members_among(connection, &[group], &ids(&candidates))?;
        candidates.retain(|candidate| inside.contains(&candidate.id));
    }
    if let Some(role) = query.role.filter(|_| !matches!(lead, Lead::Role { .. })) {
        let with_role = roles::groups_with(connection, role)?;
        let mut holders = roles::holders_among(connection, role, &ids(&candidates))?;
        holders.extend(groups::members_among(connection, &with_role, &ids(&candidates))?);
        candidates.retain(|candidate| holders.contains(&candidate.id));
    }
    if let Some(state) = query.state.filter(|_| !matches!(lead, Lead::NotActive(_) | Lead::Username)) {
        let these = users::of_status_among(connection, state.as_str(), &ids(&candidates))?;
        candidates.retain(|candidate| these.contains(&candidate.id));
    }
    if query.without_second_factor {
        let with = users::with_second_factor_among(connection, &ids(&candidates))?;
        candidates.retain(|candidate| !with.contains(&candidate.id));
    }
    Ok(candidates)
}

fn ids(candidates: &[Candidate]) -> Vec<Uuid> {
    candidates.iter().map(|candidate| candidate.id).collect()
}

/// The same with their accounts, in their order, without those whose account does not fit or is gone.
fn with_users(
    connection: &mut Connection,
    query: &UserQuery,
    some: &[Candidate],
) -> Result<Vec<(Place, User)>, DbError> {
    let unread: Vec<Uuid> =
        some.iter().filter(|candidate| candidate.user.is_none()).map(|candidate| candidate.id).collect();
    let read = if unread.is_empty() { Vec::new() } else { users::by_ids(connection, &unread)? };
    let mut read: BTreeMap<Uuid, User> = read.into_iter().map(|user| (user.id, user)).collect();
    let with_user = some.iter().filter_map(|candidate| {
        let user = candidate.user.clone().or_else(|| read.remove(&candidate.id))?;
        let fits = query.state.is_none_or(|state| AccountState::of(user.status) == state);
        fits.then(|| (candidate.place.clone(), user))
    });
    Ok(with_user.collect())
}
