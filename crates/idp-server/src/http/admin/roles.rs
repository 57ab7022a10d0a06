//! `/admin/roles` and `/admin/roles/show`: the roles by name, and one with what it permits.

use super::act::{page_error, receipt_of};
use super::gate::Administrator;
use super::groups::{cut, rows};
use crate::http::flow::account_page::own_spelling;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage, PersonPart};
use crate::http::request::BrowserRequest;
use crate::page::admin::people::PersonHeld;
use crate::page::admin::{AdminLine, AdminListPage, AdminRolePage, AdminRoom, permission_words};
use crate::page::{DisplayText, PageError, PageSecurity, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::{Permission, Role, RolePermissions};
use idp_core::discovery::path;
use idp_core::user::User;
use url::form_urlencoded::byte_serialize;

/// GET: the list.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let after = request.query_param("after").and_then(|name| name.parse().ok());
    let found = administrator.administration(&request).roles(after, rows()).await;
    let mut roles = found.map_err(|error| page_error(&request, error))?;
    let next = cut(&mut roles).map(|last| {
        let name = byte_serialize(last.name.as_str().as_bytes()).collect::<String>();
        format!("{}?after={name}", path::ADMIN_ROLES)
    });
    let page = AdminListPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Roles),
        receipt: receipt_of(&request, &administrator),
        prefix: None,
        lines: roles.iter().map(line).collect(),
        next,
        add: administrator.may(Permission::ManageRoles).then_some(path::ADMIN_ADD_ROLE),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn line(role: &Role) -> AdminLine {
    AdminLine {
        href: AdminPage::Role(role.id).path().into_owned(),
        name: DisplayText::name(role.name.as_str()),
        description: DisplayText::reason(&role.description),
        is_built_in: is_built_in(role),
    }
}

/// Whether every installation has it.
pub const fn is_built_in(role: &Role) -> bool {
    matches!(role.permissions, RolePermissions::BuiltIn(_))
}

/// GET: one role.
pub async fn show(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let AdminPage::Role(id) = administrator.page else { return Err(PageError::NotFound) };
    let found = administrator.administration(&request).role(id).await;
    let role = found.map_err(|error| page_error(&request, error))?;
    let held = administrator.caller.permissions();
    // It takes what the role permits. The act asks again.
    let may_change = held.contain(Permission::ManageRoles) && held.contain_all(role.permissions.get());
    let of = |page: AdminPage| page.path().into_owned();
    let sees_people = administrator.may(Permission::ReadUsers);
    let (holders, next, groups) = holders(&request, &administrator, (&role, may_change)).await?;
    let page = AdminRolePage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Roles),
        receipt: receipt_of(&request, &administrator),
        name: DisplayText::name(role.name.as_str()),
        description: DisplayText::reason(&role.description),
        is_built_in: is_built_in(&role),
        permissions: role.permissions.get().iter().map(permission_words).collect(),
        requires_second_factor: role.requires_second_factor,
        holders: sees_people.then_some(holders),
        next,
        groups,
        find: sees_people.then(|| format!("{}?role={id}", path::ADMIN_PEOPLE)),
        add_holder: (may_change && sees_people).then(|| of(AdminPage::AddHolder(id))),
        change: may_change.then(|| of(AdminPage::ChangeRole(id))),
        remove: (may_change && !is_built_in(&role)).then(|| of(AdminPage::RemoveRole(id))),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// Some of the people who were given the role themselves, where the next of them are, and how many groups have it.
async fn holders(
    request: &BrowserRequest,
    administrator: &Administrator,
    (role, may_change): (&Role, bool),
) -> Result<(Vec<PersonHeld>, Option<String>, usize), PageError> {
    let by = administrator.administration(request);
    let failed = |error| page_error(request, error);
    let after = request.query_param("after").as_deref().and_then(own_spelling);
    let (mut ids, groups) = by.holders_of_role(role.id, after, rows()).await.map_err(failed)?;
    let last = cut(&mut ids).copied();
    if !administrator.may(Permission::ReadUsers) {
        return Ok((Vec::new(), None, groups.len()));
    }
    let people = by.people(ids).await.map_err(failed)?;
    let of = |page| AdminPage::People(page).path().into_owned();
    let holder = |user: &User| PersonHeld {
        name: DisplayText::account(user),
        href: of(PeoplePage::Of(PersonPage::Show, user.id)),
        take: may_change.then(|| of(PeoplePage::Part(PersonPart::TakeRole, user.id, role.id))),
    };
    let next = last.map(|last| format!("{}&after={last}", AdminPage::Role(role.id).path()));
    Ok((people.iter().map(holder).collect(), next, groups.len()))
}
