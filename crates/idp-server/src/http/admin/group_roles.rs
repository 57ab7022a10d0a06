//! `/admin/groups/roles/take`. A role is given on the page that asks for its name (`people/choose.rs`).

use super::act::{carried, check, done, page_error, problem, token};
use super::gate::Administrator;
use super::groups::{cut, rows};
use super::{edit_group, edit_role};
use crate::http::flow::AdminPage;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminConfirmPage, AdminProblem, AdminRoom, Removal};
use crate::page::{DisplayText, FormSeal, PageError};
use crate::store::roles::RoleHolder;
use actix_web::HttpResponse;
use idp_core::administration::{Group, Permission, Role};
use uuid::Uuid;

/// GET: what would follow.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    match asked(&request, &administrator).await? {
        (group, Some(role)) => show(&request, &administrator, (&group, &role), None).await,
        // It was done, here or in another tab.
        (group, None) => Ok(see_other(&AdminPage::Group(group.id).path())),
    }
}

/// POST: takes the role from the group.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let (group, Some(role)) = asked(&request, &administrator).await? else {
        return Ok(see_other(&AdminPage::Group(ids(&administrator)?.0).path()));
    };
    if form.tx() != version(&administrator, &group, &role) {
        let problem = Some(AdminProblem::ChangedMeanwhile);
        return show(&request, &administrator, (&group, &role), problem).await;
    }
    let by = administrator.administration(&request);
    match by.assign_role(role.id, RoleHolder::Group(group.id), false, request.now).await {
        Ok(is_changed) => {
            let what = match is_changed {
                true => (AdminAct::GroupRoleTaken, role.name.as_str(), ""),
                false => (AdminAct::Same, group.name.as_str(), ""),
            };
            done(&request, &administrator, AdminPage::Group(group.id), what)
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            show(&request, &administrator, (&group, &role), Some(problem)).await
        }
    }
}

fn ids(administrator: &Administrator) -> Result<(Uuid, Uuid), PageError> {
    match administrator.page {
        AdminPage::TakeGroupRole(group, role) => Ok((group, role)),
        _ => Err(PageError::NotFound),
    }
}

/// The group, and the role as long as the group has it.
async fn asked(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<(Group, Option<Role>), PageError> {
    let (group, role) = ids(administrator)?;
    let (by, failed) = (administrator.administration(request), |error| page_error(request, error));
    let group = by.group(group).await.map_err(failed)?;
    let roles = by.roles_of_group(group.id).await.map_err(failed)?;
    Ok((group, roles.into_iter().find(|held| held.id == role)))
}

/// What the form carries: what another administrator may have made of the group or the role since the page was shown.
fn version(administrator: &Administrator, group: &Group, role: &Role) -> String {
    carried(administrator.page, &(edit_group::version(Some(group)), edit_role::version(Some(role))))
}

async fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    (group, role): (&Group, &Role),
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let members = match administrator.may(Permission::ReadUsers) {
        true => {
            let found = administrator.administration(request).members(group.id, None, rows()).await;
            let mut members = found.map_err(|error| page_error(request, error))?;
            let are_more = cut(&mut members).is_some();
            Some((members.len(), are_more))
        }
        false => None,
    };
    let tx = version(administrator, group, role);
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminConfirmPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Groups),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        removal: Removal::GroupRole { role: DisplayText::name(role.name.as_str()), members },
        name: DisplayText::name(group.name.as_str()),
        roles: Vec::new(),
        problem,
        back: &AdminPage::Group(group.id).path(),
    };
    Ok(page.respond())
}
