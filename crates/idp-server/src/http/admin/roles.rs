//! `/admin/roles` and `/admin/roles/show`: the roles by name, and one with what it permits.

use super::act::{page_error, receipt_of};
use super::gate::Administrator;
use super::groups::{cut, rows};
use crate::http::flow::AdminPage;
use crate::http::request::BrowserRequest;
use crate::page::admin::{AdminLine, AdminListPage, AdminRolePage, AdminRoom, permission_words};
use crate::page::{DisplayText, PageError, PageSecurity, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::{Permission, Role, RolePermissions};
use idp_core::discovery::path;
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
    let page = AdminRolePage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Roles),
        receipt: receipt_of(&request, &administrator),
        name: DisplayText::name(role.name.as_str()),
        description: DisplayText::reason(&role.description),
        is_built_in: is_built_in(&role),
        permissions: role.permissions.get().iter().map(permission_words).collect(),
        requires_second_factor: role.requires_second_factor,
        change: may_change.then(|| of(AdminPage::ChangeRole(id))),
        remove: (may_change && !is_built_in(&role)).then(|| of(AdminPage::RemoveRole(id))),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}
