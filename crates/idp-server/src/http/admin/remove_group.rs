//! `/admin/groups/remove`.

use super::act::{carried, check, done, page_error, problem, token};
use super::edit_group::version;
use super::gate::Administrator;
use super::groups::{cut, roles_of, rows};
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminConfirmPage, AdminProblem, AdminRoom, Removal};
use crate::page::{DisplayText, FormSeal, PageError};
use actix_web::HttpResponse;
use idp_core::administration::{Group, Permission};

/// GET: what would follow.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let group = group(&request, &administrator).await?;
    show(&request, &administrator, &group, None).await
}

/// POST: removes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let group = group(&request, &administrator).await?;
    if form.tx() != carried(administrator.page, &version(Some(&group))) {
        return show(&request, &administrator, &group, Some(AdminProblem::ChangedMeanwhile)).await;
    }
    match administrator.administration(&request).remove_group(group.clone(), request.now).await {
        Ok(()) => {
            let what = (AdminAct::Removed, group.name.as_str(), "");
            done(&request, &administrator, AdminPage::Groups, what)
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            show(&request, &administrator, &group, Some(problem)).await
        }
    }
}

async fn group(request: &BrowserRequest, administrator: &Administrator) -> Result<Group, PageError> {
    let AdminPage::RemoveGroup(id) = administrator.page else { return Err(PageError::NotFound) };
    let found = administrator.administration(request).group(id).await;
    found.map_err(|error| page_error(request, error))
}

async fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    group: &Group,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let mut members = match administrator.may(Permission::ReadUsers) {
        true => {
            let found = administrator.administration(request).members(group.id, None, rows()).await;
            found.map_err(|error| page_error(request, error))?
        }
        false => Vec::new(),
    };
    let are_more = cut(&mut members).is_some();
    let tx = carried(administrator.page, &version(Some(group)));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminConfirmPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Groups),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        removal: Removal::Group { members: members.len(), are_more },
        name: DisplayText::name(group.name.as_str()),
        roles: roles_of(request, administrator, group.id).await?.unwrap_or_default(),
        problem,
        back: &AdminPage::Group(group.id).path(),
    };
    Ok(page.respond())
}
