//! `/admin/attributes/remove`.

use super::act::{carried, check, done, page_error, problem, token};
use super::edit_attribute::version;
use super::gate::Administrator;
use crate::directory::attributes::MOST_COUNTED;
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminConfirmPage, AdminProblem, AdminRoom, Removal};
use crate::page::{DisplayText, FormSeal, PageError};
use actix_web::HttpResponse;
use idp_core::user::attribute::Attribute;

/// GET: what would follow.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let attribute = attribute(&request, &administrator).await?;
    show(&request, &administrator, &attribute, None).await
}

/// POST: removes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let attribute = attribute(&request, &administrator).await?;
    if form.tx() != carried(administrator.page, &version(Some(&attribute))) {
        return show(&request, &administrator, &attribute, Some(AdminProblem::ChangedMeanwhile)).await;
    }
    match administrator.administration(&request).remove_attribute(attribute.clone(), request.now).await {
        Ok(()) => {
            let what = (AdminAct::Removed, attribute.label(), "");
            done(&request, &administrator, AdminPage::Attributes, what)
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            show(&request, &administrator, &attribute, Some(problem)).await
        }
    }
}

async fn attribute(request: &BrowserRequest, administrator: &Administrator) -> Result<Attribute, PageError> {
    let AdminPage::RemoveAttribute(id) = administrator.page else { return Err(PageError::NotFound) };
    let found = administrator.administration(request).attribute(id).await;
    found.map_err(|error| page_error(request, error))
}

async fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    attribute: &Attribute,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let by = administrator.administration(request);
    let failed = |error| page_error(request, error);
    let people = by.people_with_attribute(attribute.id).await.map_err(failed)?;
    let sites = by.clients_told_of(attribute).await.map_err(failed)?;
    let tx = carried(administrator.page, &version(Some(attribute)));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminConfirmPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Attributes),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        removal: Removal::Attribute {
            people: people.min(MOST_COUNTED),
            are_more: people > MOST_COUNTED,
            sites,
        },
        name: DisplayText::name(attribute.label()),
        roles: Vec::new(),
        problem,
        back: &AdminPage::Attribute(attribute.id).path(),
    };
    Ok(page.respond())
}
