//! `/admin/clients/logo`: the logo that people see of a client, as a file, or none. What is taken for one is `idp_core::logo`'s to say.

use super::act::{carried, check, done, problem, token};
use super::clients::{client_of, may_change};
use super::gate::Administrator;
use crate::http::flow::{AdminPage, TextId};
use crate::http::request::{BrowserRequest, upload};
use crate::page::admin::{AdminAct, AdminClientLogoPage, AdminProblem, AdminRoom};
use crate::page::{ClientLabel, FormSeal, PageError, action};
use actix_web::HttpResponse;
use actix_web::web::Payload;
use idp_core::client::Client;
use idp_core::logo::{Logo, LogoName, UnfitLogo};

const FILE: &str = "logo";
/// The most bytes of a file that are kept to be looked at: enough that one that is too large is told so on the page.
const MOST_READ: usize = 1024 * 1024;

/// GET: the logo.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let (id, client) = client(&request, &administrator).await?;
    Ok(show(&request, &administrator, (id, &client), None))
}

/// POST: another one, or none.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    payload: Payload,
) -> Result<HttpResponse, PageError> {
    let upload = upload::read(&request.http, payload, FILE, MOST_READ).await?;
    check(&request, &administrator, &upload.form)?;
    let (id, client) = client(&request, &administrator).await?;
    let refused = |problem| Ok(show(&request, &administrator, (id, &client), Some(problem)));
    if upload.form.tx() != carried(administrator.page, &version(&client)) {
        return refused(AdminProblem::ChangedMeanwhile);
    }
    let (logo, act) = match upload.form.action() {
        action::REMOVE => (None, AdminAct::LogoRemoved),
        _ => match logo_of(upload.file) {
            Ok(logo) => (Some(logo), AdminAct::LogoSet),
            Err(problem) => return refused(problem),
        },
    };
    match administrator.administration(&request).set_client_logo(&client.id, logo, request.now).await {
        Ok(()) => {
            let what = (act, client.metadata.name.as_str(), "");
            done(&request, &administrator, AdminPage::Client(id), what)
        }
        Err(error) => refused(problem(&request, error)?),
    }
}

fn logo_of(file: Option<Vec<u8>>) -> Result<Logo, AdminProblem> {
    match file {
        None => Err(AdminProblem::Logo(UnfitLogo::TooLarge)),
        Some(file) if file.is_empty() => Err(AdminProblem::NoFile),
        Some(file) => Logo::parse(file).map_err(AdminProblem::Logo),
    }
}

async fn client(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<(TextId, Client), PageError> {
    let AdminPage::ClientLogo(id) = administrator.page else { return Err(PageError::NotFound) };
    let client = client_of(request, administrator, id).await?;
    if may_change(administrator, &client) { Ok((id, client)) } else { Err(PageError::NotFound) }
}

/// What another administrator may have changed of it.
fn version(client: &Client) -> Option<&str> {
    client.logo.as_ref().map(LogoName::as_str)
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    (id, client): (TextId, &Client),
    problem: Option<AdminProblem>,
) -> HttpResponse {
    let tx = carried(administrator.page, &version(client));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminClientLogoPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Clients),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        client: ClientLabel::of(client, None),
        problem,
        back: &AdminPage::Client(id).path(),
    };
    page.respond()
}
