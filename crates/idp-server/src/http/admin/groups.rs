//! `/admin/groups` and `/admin/groups/show`: the groups by name, and one with who is in it.

use super::act::{page_error, receipt_of};
use super::gate::Administrator;
use crate::http::flow::account_page::own_spelling;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage};
use crate::http::request::BrowserRequest;
use crate::page::admin::people::PersonHeld;
use crate::page::admin::{AdminGroupPage, AdminLine, AdminListPage, AdminRoom, GroupActs, MemberLine};
use crate::page::{DisplayText, PageError, PageSecurity, RelativeTime, TypedText, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::{Group, Permission, Permissions, Role};
use idp_core::discovery::path;
use idp_core::user::User;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

/// Rows of a page, which stays light that way.
pub const ROWS: usize = 25;

/// GET: the list.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let asked = super::act::asked(&request, "prefix");
    let prefix = asked.as_str();
    let after = request.query_param("after").and_then(|name| name.parse().ok());
    let found = administrator.administration(&request).groups_named(prefix.to_owned(), after, rows()).await;
    let mut groups = found.map_err(|error| page_error(&request, error))?;
    let next = cut(&mut groups).map(|last| {
        let query = [("prefix", prefix), ("after", last.name.as_str())];
        let query = Serializer::new(String::new()).extend_pairs(query).finish();
        format!("{}?{query}", path::ADMIN_GROUPS)
    });
    let page = AdminListPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Groups),
        receipt: receipt_of(&request, &administrator),
        prefix: Some(TypedText::new(prefix)),
        lines: groups.iter().map(line).collect(),
        next,
        add: administrator.may(Permission::ManageGroups).then_some(path::ADMIN_ADD_GROUP),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// One more than are shown, which says that there are more.
pub fn rows() -> i64 {
    i64::try_from(ROWS).unwrap_or(i64::MAX).saturating_add(1)
}

/// Leaves a page of them. Answers the last that is shown, if there are more.
pub fn cut<T>(found: &mut Vec<T>) -> Option<&T> {
    let are_more = found.len() > ROWS;
    found.truncate(ROWS);
    found.last().filter(|_| are_more)
}

fn line(group: &Group) -> AdminLine {
    AdminLine {
        href: AdminPage::Group(group.id).path().into_owned(),
        name: DisplayText::name(group.name.as_str()),
        description: DisplayText::reason(&group.description),
        is_built_in: false,
    }
}

/// GET: one group.
pub async fn show(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let AdminPage::Group(id) = administrator.page else { return Err(PageError::NotFound) };
    let by = administrator.administration(&request);
    let group = by.group(id).await.map_err(|error| page_error(&request, error))?;
    let after = request.query_param("after").as_deref().and_then(own_spelling);
    let mut members = match administrator.may(Permission::ReadUsers) {
        true => Some(by.members(id, after, rows()).await.map_err(|error| page_error(&request, error))?),
        false => None,
    };
    let last = members.as_mut().and_then(|members| cut(members).map(|last: &User| last.id));
    let is_in_reach = is_in_reach(&request, &administrator, id).await?;
    let may_give = is_in_reach && AdminPage::GiveGroupRole(id).is_for(administrator.caller.permissions());
    let roles = held_by(&request, &administrator, id).await?;
    let layout = request.layout();
    let page = AdminGroupPage {
        nav: administrator.nav(AdminRoom::Groups),
        receipt: receipt_of(&request, &administrator),
        name: DisplayText::name(group.name.as_str()),
        description: DisplayText::reason(&group.description),
        external_id: group.external_id.as_deref().map(DisplayText::name),
        created: RelativeTime::new(group.created_at, request.now, layout.language),
        roles: roles.map(|roles| roles.iter().map(|role| held(id, role, may_give)).collect()),
        give_role: may_give.then(|| AdminPage::GiveGroupRole(id).path().into_owned()),
        members: members.map(|members| members.iter().map(|user| member(id, user)).collect()),
        next: last.map(|last| format!("{}&after={last}", AdminPage::Group(id).path())),
        find: administrator.may(Permission::ReadUsers).then(|| format!("{}?group={id}", path::ADMIN_PEOPLE)),
        acts: (is_in_reach && administrator.may(Permission::ManageGroups)).then(|| acts(id)),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn member(group: Uuid, user: &User) -> MemberLine {
    MemberLine {
        person: DisplayText::account(user),
        href: AdminPage::People(PeoplePage::Of(PersonPage::Show, user.id)).path().into_owned(),
        remove: AdminPage::RemoveMember(group, user.id).path().into_owned(),
    }
}

fn held(group: Uuid, role: &Role, may_take: bool) -> PersonHeld {
    PersonHeld {
        name: DisplayText::name(role.name.as_str()),
        href: AdminPage::Role(role.id).path().into_owned(),
        take: may_take.then(|| AdminPage::TakeGroupRole(group, role.id).path().into_owned()),
    }
}

fn acts(group: Uuid) -> GroupActs {
    GroupActs {
        change: AdminPage::ChangeGroup(group).path().into_owned(),
        remove: AdminPage::RemoveGroup(group).path().into_owned(),
        add_member: AdminPage::AddMember(group).path().into_owned(),
    }
}

/// The names of the roles that a group has; `None` where the administrator may not see roles.
pub async fn roles_of(
    request: &BrowserRequest,
    administrator: &Administrator,
    group: Uuid,
) -> Result<Option<Vec<DisplayText>>, PageError> {
    let roles = held_by(request, administrator, group).await?;
    Ok(roles.map(|roles| roles.iter().map(|role| DisplayText::name(role.name.as_str())).collect()))
}

async fn held_by(
    request: &BrowserRequest,
    administrator: &Administrator,
    group: Uuid,
) -> Result<Option<Vec<Role>>, PageError> {
    if !administrator.may(Permission::ReadRoles) {
        return Ok(None);
    }
    let roles = administrator.administration(request).roles_of_group(group).await;
    roles.map(Some).map_err(|error| page_error(request, error))
}

/// Whether the administrator has what its members may administer by it, without which nothing is changed of a group. The act asks
/// again.
async fn is_in_reach(
    request: &BrowserRequest,
    administrator: &Administrator,
    group: Uuid,
) -> Result<bool, PageError> {
    let found = request.app.store.group(group).await?;
    let needs = found.map_or(Permissions::NONE, |(_, by_it)| by_it);
    Ok(administrator.caller.permissions().contain_all(needs))
}
