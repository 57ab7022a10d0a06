//! `/admin/roles/remove`.

use super::act::{carried, check, done, page_error, problem, token};
use super::edit_role::version;
use super::gate::Administrator;
use super::groups::{cut, rows};
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminConfirmPage, AdminProblem, AdminRoom, Removal};
use crate::page::{DisplayText, FormSeal, PageError};
use actix_web::HttpResponse;
use idp_core::administration::{Role, RolePermissions};

/// GET: what would follow.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let role = role(&request, &administrator).await?;
    show(&request, &administrator, &role, None).await
}

/// POST: removes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let role = role(&request, &administrator).await?;
    if form.tx() != carried(administrator.page, &version(Some(&role))) {
        return show(&request, &administrator, &role, Some(AdminProblem::ChangedMeanwhile)).await;
    }
    match administrator.administration(&request).remove_role(role.clone(), request.now).await {
        Ok(()) => {
            let what = (AdminAct::Removed, role.name.as_str(), "");
            done(&request, &administrator, AdminPage::Roles, what)
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            show(&request, &administrator, &role, Some(problem)).await
        }
    }
}

/// Built-in ones stay.
async fn role(request: &BrowserRequest, administrator: &Administrator) -> Result<Role, PageError> {
    let AdminPage::RemoveRole(id) = administrator.page else { return Err(PageError::NotFound) };
    let found = administrator.administration(request).role(id).await;
    let role = found.map_err(|error| page_error(request, error))?;
    match role.permissions {
        RolePermissions::Chosen(_) => Ok(role),
        RolePermissions::BuiltIn(_) => Err(PageError::NotFound),
    }
}

async fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    role: &Role,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let found = administrator.administration(request).holders_of_role(role.id, None, rows()).await;
    let (mut people, groups) = found.map_err(|error| page_error(request, error))?;
    let are_more = cut(&mut people).is_some();
    let tx = carried(administrator.page, &version(Some(role)));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminConfirmPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Roles),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        removal: Removal::Role { people: people.len(), are_more, groups: groups.len() },
        name: DisplayText::name(role.name.as_str()),
        roles: Vec::new(),
        problem,
        back: &AdminPage::Role(role.id).path(),
    };
    Ok(page.respond())
}
