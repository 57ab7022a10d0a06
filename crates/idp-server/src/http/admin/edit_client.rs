//! `/admin/clients/add` and `/admin/clients/change`. The secret of a new client is in the answer to its form, and nowhere else.

use super::act::{carried, check, done, problem, token};
use super::client_form::{ClientForm, Refused};
use super::client_secrets::{Shown, show_secrets};
use super::clients::{client_of, may_change};
use super::gate::Administrator;
use crate::admin_api::client as api;
use crate::admin_api::client_metadata::NewClient;
use crate::directory::DirectoryError;
use crate::directory::clients::NewClient as Registration;
use crate::http::flow::{AdminPage, TextId};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::client_fields::TICKED;
use crate::page::admin::{AdminAct, AdminEditClientPage, AdminProblem, AdminRoom, NewClientFields};
use crate::page::{DisplayText, FormSeal, PageError, TypedText};
use actix_web::HttpResponse;
use idp_core::client::Client;

/// The form under way.
struct Editing {
    /// The client, if it is there already.
    before: Option<Client>,
    /// What was typed.
    typed: ClientForm,
    /// What only a new one is asked.
    new: NewClientFields,
    /// Why it was not done.
    problem: Option<AdminProblem>,
    /// Which fields are at fault.
    refused: Vec<Refused>,
}

/// GET: the form.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let before = before(&request, &administrator).await?;
    let typed = match &before {
        Some(client) => ClientForm::of(&api::Client::from(client)),
        None => usual(&request)?,
    };
    let new = NewClientFields::default();
    show(&request, &administrator, &Editing { before, typed, new, problem: None, refused: Vec::new() })
}

/// POST: registers it, or changes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let before = before(&request, &administrator).await?;
    let new = NewClientFields {
        id: TypedText::new(form.field("client_id").trim()),
        problem: None,
        is_public: form.field("public") == TICKED,
    };
    let is_stale = form.tx() != carried(administrator.page, &before.as_ref().map(api::Client::from));
    let registered = before.as_ref().map(|client| ClientForm::of(&api::Client::from(client)));
    let typed = ClientForm::read(&form).keeping(&registered.unwrap_or_default());
    let mut editing = Editing { before, typed, new, problem: None, refused: Vec::new() };
    if is_stale {
        editing.problem = Some(AdminProblem::ChangedMeanwhile);
        return show(&request, &administrator, &editing);
    }
    let written = match editing.before.clone() {
        Some(client) => change(&request, &administrator, client, &editing.typed).await,
        None => {
            let id = Some(form.field("client_id").trim().to_owned()).filter(|id| !id.is_empty());
            add(&request, &administrator, (id, editing.new.is_public), &editing.typed).await
        }
    };
    match written {
        Ok(response) => response,
        Err(NotDone::Refused(refused)) => {
            editing.problem = Some(AdminProblem::Field);
            editing.refused = refused;
            show(&request, &administrator, &editing)
        }
        Err(NotDone::Directory(error)) => {
            editing.problem = Some(problem(&request, error)?);
            show(&request, &administrator, &editing)
        }
    }
}

/// Why it was not done.
enum NotDone {
    /// The form cannot be taken.
    Refused(Vec<Refused>),
    /// Something else.
    Directory(DirectoryError),
}

impl From<Vec<Refused>> for NotDone {
    fn from(refused: Vec<Refused>) -> Self {
        Self::Refused(refused)
    }
}

impl From<DirectoryError> for NotDone {
    fn from(error: DirectoryError) -> Self {
        match Refused::by(error) {
            Ok(refused) => Self::Refused(vec![refused]),
            Err(error) => Self::Directory(error),
        }
    }
}

async fn add(
    request: &BrowserRequest,
    administrator: &Administrator,
    (id, public): (Option<String>, bool),
    typed: &ClientForm,
) -> Result<Result<HttpResponse, PageError>, NotDone> {
    let Registration { id, metadata, .. } = match blank(request, id) {
        Ok(blank) => blank,
        Err(refused) => {
            let usual = blank(request, None).map_err(|refused| vec![refused])?;
            let others = typed.apply(usual.metadata).err().unwrap_or_default();
            return Err(NotDone::Refused([vec![refused], others].concat()));
        }
    };
    let metadata = typed.apply(metadata)?;
    let new = Registration { id, is_public: public, metadata, logo: None, secret: None };
    let (client, secret) = administrator.administration(request).add_client(new, request.now).await?;
    let Some(page) = TextId::parse(client.id.as_str()) else { return Ok(Err(PageError::NotFound)) };
    Ok(match secret {
        Some(secret) => {
            let made = Some(DisplayText::reason(secret.expose()));
            let shown = Shown { made, is_new_client: true, problem: None };
            show_secrets(request, administrator, (page, &client), shown)
        }
        None => {
            let what = (AdminAct::Added, client.metadata.name.as_str(), "");
            done(request, administrator, AdminPage::Client(page), what)
        }
    })
}

async fn change(
    request: &BrowserRequest,
    administrator: &Administrator,
    before: Client,
    typed: &ClientForm,
) -> Result<Result<HttpResponse, PageError>, NotDone> {
    let metadata = typed.apply(before.metadata.clone())?;
    let was = before.metadata.clone();
    let by = administrator.administration(request);
    let after = by.replace_metadata(before, metadata, request.now).await?;
    let is_same = was.differences(&after.metadata).is_empty();
    let act = if is_same { AdminAct::Same } else { AdminAct::Changed };
    let Some(page) = TextId::parse(after.id.as_str()) else { return Ok(Err(PageError::NotFound)) };
    let what = (act, after.metadata.name.as_str(), "");
    Ok(done(request, administrator, AdminPage::Client(page), what))
}

/// A client of which nothing was said, as the API takes it.
fn blank(request: &BrowserRequest, client_id: Option<String>) -> Result<Registration, Refused> {
    Ok(NewClient { client_id, ..NewClient::default() }.read(request.now)?)
}

/// What the form of a new client begins with. What follows from the id is left to it.
fn usual(request: &BrowserRequest) -> Result<ClientForm, PageError> {
    let blank = blank(request, None).map_err(|_| PageError::Internal)?;
    let client = Client {
        id: blank.id,
        kind: idp_core::client::ClientKind::Public,
        metadata: blank.metadata,
        logo: None,
        not_before: request.now,
        created_at: request.now,
    };
    let mut registered = api::Client::from(&client);
    (registered.client_name, registered.audience) = (String::new(), String::new());
    Ok(ClientForm::of(&registered))
}

/// The client that the page is about; `None` where one is made.
async fn before(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Option<Client>, PageError> {
    let AdminPage::ChangeClient(id) = administrator.page else { return Ok(None) };
    let client = client_of(request, administrator, id).await?;
    if !may_change(administrator, &client) {
        return Err(PageError::NotFound);
    }
    match ClientForm::of(&api::Client::from(&client)).can_be_typed() {
        true => Ok(Some(client)),
        false => Err(PageError::TooLarge),
    }
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    editing: &Editing,
) -> Result<HttpResponse, PageError> {
    let Editing { before, typed, new, problem, refused } = editing;
    let registered = before.as_ref().map(api::Client::from);
    let tx = carried(administrator.page, &registered);
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let back = match administrator.page {
        AdminPage::ChangeClient(id) => AdminPage::Client(id),
        _ => AdminPage::Clients,
    };
    let is_stale = *problem == Some(AdminProblem::ChangedMeanwhile);
    let stored = registered.as_ref().filter(|_| is_stale).map(ClientForm::of);
    let of_id = refused.iter().find(|refused| refused.field.as_deref() == Some("client_id"));
    let of_none = refused.iter().find(|refused| refused.field.is_none());
    let page = AdminEditClientPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Clients),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        new: before
            .is_none()
            .then(|| NewClientFields { problem: of_id.map(|refused| refused.reason.clone()), ..new.clone() }),
        name: before.as_ref().map(|client| DisplayText::name(&client.metadata.name)).unwrap_or_default(),
        groups: typed.fields(refused, stored.as_ref()),
        problem: *problem,
        reason: of_none.map(|refused| refused.reason.clone()),
        back: &back.path(),
    };
    Ok(page.respond())
}
