//! `/admin/clients/remove`.

use super::act::{carried, check, done, page_error, problem, token};
use super::clients::{client_of, may_change};
use super::gate::Administrator;
use crate::admin_api::client as api;
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminAskPage, AdminProblem, AdminQuestion, AdminRoom, Counted};
use crate::page::{DisplayText, FormSeal, PageError};
use actix_web::HttpResponse;
use idp_core::client::Client;

/// GET: what would follow.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let client = client(&request, &administrator).await?;
    show(&request, &administrator, &client, None).await
}

/// POST: removes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let client = client(&request, &administrator).await?;
    if form.tx() != carried(administrator.page, &api::Client::from(&client)) {
        return show(&request, &administrator, &client, Some(AdminProblem::ChangedMeanwhile)).await;
    }
    match administrator.administration(&request).remove_seen_client(client.clone(), request.now).await {
        Ok(()) => {
            let what = (AdminAct::Removed, client.metadata.name.as_str(), "");
            done(&request, &administrator, AdminPage::Clients, what)
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            show(&request, &administrator, &client, Some(problem)).await
        }
    }
}

async fn client(request: &BrowserRequest, administrator: &Administrator) -> Result<Client, PageError> {
    let AdminPage::RemoveClient(id) = administrator.page else { return Err(PageError::NotFound) };
    let client = client_of(request, administrator, id).await?;
    match may_change(administrator, &client) {
        true => Ok(client),
        false => Err(PageError::NotFound),
    }
}

async fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    client: &Client,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let by = administrator.administration(request);
    let grants = by.open_grants_at(&client.id, request.now).await;
    let (count, are_more) = grants.map_err(|error| page_error(request, error))?;
    let tx = carried(administrator.page, &api::Client::from(client));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminAskPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Clients),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        question: AdminQuestion::RemoveClient {
            name: DisplayText::name(&client.metadata.name),
            id: DisplayText::name(client.id.as_str()),
            grants: Counted { count, are_more },
        },
        problem,
        back: &AdminPage::Clients.path(),
    };
    Ok(page.respond())
}
