//! The list of people, and the search among them.

use super::super::{Answered, Input, List, MOST_ROWS, Method, NoBody, NoPath, Operation, PageQuery, Problem};
use super::{Status, TAG, User};
use crate::directory::{Administration, DirectoryError};
use crate::store::user_search::{UserOrder, UserQuery};
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use idp_core::user as core;
use idp_core::username::Username;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The longest search, in characters.
pub const LONGEST_SEARCH: usize = 200;

/// In which order.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By username.
    Username,
    /// In the order in which they were added.
    CreatedAt,
}

/// Whom to list. All of it together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// How many rows at most; 50 unless told. A page looks at so many people and no more: where few of them fit it may be
    /// short, even empty, and the list goes on all the same while there is a `next`.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before, of the same query.
    #[param(max_length = 1024)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// An id, or the beginnings of words of the username, the names and the addresses, each of which the person has.
    #[param(min_length = 1, max_length = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// The one who signs in with this name: their username, or a verified address. It stands alone.
    #[param(min_length = 1, max_length = 256)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Those of this status.
    #[param(inline)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The members of the group with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Uuid>,
    /// Those who have the role with this id, by themselves or by a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Uuid>,
    /// `true`: those who have no authenticator app and no passkey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_second_factor: Option<bool>,
    /// The order, of a list without `q`, `group`, `role` and `status` other than `active`: by username unless told. With `q` the
    /// closest come first, and else those who were added first.
    #[param(inline)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
}

impl UsersQuery {
    fn read(&self) -> Result<UserQuery, Problem> {
        let mut query = UserQuery {
            state: self.status.map(Into::into),
            group: self.group,
            role: self.role,
            without_second_factor: self.without_second_factor.unwrap_or(false),
            order: match self.sort {
                Some(Sort::CreatedAt) => UserOrder::Creation,
                Some(Sort::Username) | None => UserOrder::Username,
            },
            ..UserQuery::default()
        };
        if let Some(typed) = &self.q {
            let is_short = typed.chars().count() <= LONGEST_SEARCH;
            if !is_short || !query.search(typed) {
                let detail =
                    format!("takes 1 to {LONGEST_SEARCH} characters, a letter or a digit among them");
                return Err(Problem::parameter("q", detail));
            }
        }
        let has_own_order = self.q.is_some()
            || self.group.is_some()
            || self.role.is_some()
            || self.status.is_some_and(|status| status != Status::Active);
        match self.sort {
            Some(Sort::Username) if has_own_order => {
                Err(Problem::parameter("sort", "this list has an order of its own"))
            }
            Some(Sort::CreatedAt) if self.q.is_some() => {
                Err(Problem::parameter("sort", "a search has an order of its own"))
            }
            _ => Ok(query),
        }
    }
}

/// The list of the one who signs in with `query.name`, if there is one.
async fn named(by: &Administration<'_>, query: &UsersQuery, name: &str) -> Result<List<User>, Problem> {
    let UsersQuery { limit: _, after, q, name: _, status, group, role, without_second_factor, sort } = query;
    let is_alone = after.is_none()
        && q.is_none()
        && status.is_none()
        && group.is_none()
        && role.is_none()
        && without_second_factor.is_none()
        && sort.is_none();
    if !is_alone {
        return Err(Problem::parameter("name", "stands alone"));
    }
    let name = Username::parse(name).map_err(|error| Problem::parameter("name", error))?;
    match by.person(&name).await {
        Ok(found) => Ok(List { items: vec![found.into()], next: None }),
        Err(DirectoryError::UnknownUser(_)) => Ok(List { items: Vec::new(), next: None }),
        Err(error) => Err(error.into()),
    }
}

/// Lists people, or finds them among however many there are.
pub struct ListUsers;

impl Operation for ListUsers {
    const ID: &'static str = "listUsers";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists people, or finds them among however many there are";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    type Path = NoPath;
    type Query = UsersQuery;
    type Body = NoBody;
    type Answer = List<User>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<User>>, Problem> {
        let page = PageQuery { limit: input.query.limit, after: None };
        let limit = usize::try_from(page.limit()?.min(MOST_ROWS)).unwrap_or_default();
        if let Some(name) = &input.query.name {
            return Ok(Answered::new(named(by, &input.query, name).await?));
        }
        let query = input.query.read()?;
        let found = by.find_users(query, input.query.after, limit).await?;
        let found = found.ok_or_else(|| Problem::parameter("after", "is of no page before"))?;
        let ids = found.users.iter().map(|user| user.id).collect();
        let mut held = by.attributes_of(ids).await?;
        let user = |user: core::User| User::of(user.clone(), &held.remove(&user.id).unwrap_or_default());
        let items = found.users.into_iter().map(user).collect();
        Ok(Answered::new(List { items, next: found.next }))
    }
}
