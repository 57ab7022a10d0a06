//! `/admin/clients/secrets`: the secrets of a client by their fingerprints, of which several are good at once, so that one is
//! replaced without an outage. A new one is in the answer to the form, and nowhere else.

use super::act::{carried, check, done, problem, token};
use super::clients::{client_of, may_change};
use super::gate::Administrator;
use crate::admin_api::client as api;
use crate::directory::client_secrets::SecretSelector;
use crate::http::flow::{AdminPage, TextId};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminClientSecretsPage, AdminProblem, AdminRoom};
use crate::page::{DisplayText, FormSeal, PageError};
use actix_web::HttpResponse;
use idp_core::client::Client;

/// What the page shows beside the secrets.
#[derive(Default)]
pub struct Shown {
    /// The one that was made just now.
    pub made: Option<DisplayText>,
    /// Whether the client was made with it.
    pub is_new_client: bool,
    /// Why something was not done.
    pub problem: Option<AdminProblem>,
}

/// GET: the secrets.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let (id, client) = client(&request, &administrator).await?;
    show_secrets(&request, &administrator, (id, &client), Shown::default())
}

/// POST: makes one, or removes one.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let (id, client) = client(&request, &administrator).await?;
    let refused = |problem| {
        let shown = Shown { problem: Some(problem), ..Shown::default() };
        show_secrets(&request, &administrator, (id, &client), shown)
    };
    // Sent twice, the form makes no second one: it was made from the secrets that there were.
    if form.tx() != carried(administrator.page, &version(&client)) {
        return refused(AdminProblem::ChangedMeanwhile);
    }
    let (by, now) = (administrator.administration(&request), request.now);
    let outcome = match form.field("remove") {
        "" => by.add_client_secret(&client.id, now).await.map(Some),
        "older" => by.remove_client_secrets(&client.id, &SecretSelector::Older, now).await.map(|_| None),
        print => {
            let which = SecretSelector::Fingerprint(print.to_owned());
            by.remove_client_secrets(&client.id, &which, now).await.map(|_| None)
        }
    };
    match outcome {
        Ok(Some(secret)) => {
            let (id, client) = self::client(&request, &administrator).await?;
            let made = Some(DisplayText::reason(secret.expose()));
            let shown = Shown { made, ..Shown::default() };
            show_secrets(&request, &administrator, (id, &client), shown)
        }
        Ok(None) => {
            let what = (AdminAct::SecretRemoved, client.metadata.name.as_str(), "");
            done(&request, &administrator, AdminPage::Client(id), what)
        }
        Err(error) => refused(problem(&request, error)?),
    }
}

/// A public client has no such page.
async fn client(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<(TextId, Client), PageError> {
    let AdminPage::ClientSecrets(id) = administrator.page else { return Err(PageError::NotFound) };
    let client = client_of(request, administrator, id).await?;
    match may_change(administrator, &client) && !client.is_public() {
        true => Ok((id, client)),
        false => Err(PageError::NotFound),
    }
}

fn version(client: &Client) -> Vec<String> {
    api::Client::from(client).client_secrets
}

/// The page, also as the answer to the form that has registered the client.
pub fn show_secrets(
    request: &BrowserRequest,
    administrator: &Administrator,
    (id, client): (TextId, &Client),
    shown: Shown,
) -> Result<HttpResponse, PageError> {
    let (here, secrets) = (AdminPage::ClientSecrets(id), version(client));
    let tx = carried(here, &secrets);
    let (post_to, csrf) = (here.path(), token(request, administrator, &tx));
    let page = AdminClientSecretsPage {
        // Of a form's answer there is no address to come back to: the language is changed on this page.
        layout: request.layout_at(&post_to),
        nav: administrator.nav(AdminRoom::Clients),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        name: DisplayText::name(&client.metadata.name),
        id: DisplayText::name(client.id.as_str()),
        secrets: secrets.iter().map(|secret| DisplayText::name(secret)).collect(),
        made: shown.made,
        is_new_client: shown.is_new_client,
        problem: shown.problem,
        back: &AdminPage::Client(id).path(),
    };
    Ok(page.respond())
}
