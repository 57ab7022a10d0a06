//! `/admin/clients` and `/admin/clients/show`: the clients by id, and one with all of its registration.

use super::act::{asked, page_error, receipt_of};
use super::client_form::ClientForm;
use super::deliveries::feed_line;
use super::gate::Administrator;
use super::groups::{cut, rows};
use crate::admin_api::client as api;
use crate::directory::clients::scopes_without_meaning;
use crate::http::flow::{AdminPage, TextId};
use crate::http::request::BrowserRequest;
use crate::page::admin::{AdminClientPage, AdminLine, AdminListPage, AdminRoom, ClientActs, FeedLine};
use crate::page::{ClientLabel, DisplayText, PageError, PageSecurity, RelativeTime, TypedText, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::{Permission, Permissions};
use idp_core::client::{Client, ClientId};
use idp_core::discovery::path;
use url::form_urlencoded::Serializer;

/// Processes of a site that are shown with it.
const PROCESSES: i64 = 10;

/// GET: the list.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let prefix = asked(&request, "prefix");
    let after = request.query_param("after").and_then(|id| ClientId::parse(&id).ok());
    let wanted = Some(prefix.clone()).filter(|prefix| !prefix.is_empty());
    let found = administrator.administration(&request).clients(wanted, after, rows()).await;
    let mut clients = found.map_err(|error| page_error(&request, error))?;
    let next = cut(&mut clients).map(|last| {
        let query = [("prefix", prefix.as_str()), ("after", last.id.as_str())];
        let query = Serializer::new(String::new()).extend_pairs(query).finish();
        format!("{}?{query}", path::ADMIN_CLIENTS)
    });
    let page = AdminListPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Clients),
        receipt: receipt_of(&request, &administrator),
        prefix: Some(TypedText::new(&prefix)),
        lines: clients.iter().map(line).collect(),
        next,
        add: administrator.may(Permission::ManageClients).then_some(path::ADMIN_ADD_CLIENT),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn line(client: &Client) -> AdminLine {
    let id = TextId::parse(client.id.as_str());
    AdminLine {
        href: id.map(|id| AdminPage::Client(id).path().into_owned()).unwrap_or_default(),
        name: DisplayText::name(&client.metadata.name),
        description: DisplayText::name(client.id.as_str()),
        is_built_in: false,
    }
}

/// The client that a page is about.
pub async fn client_of(
    request: &BrowserRequest,
    administrator: &Administrator,
    id: TextId,
) -> Result<Client, PageError> {
    let id = ClientId::parse(id.as_str()).map_err(|_| PageError::NotFound)?;
    let found = administrator.administration(request).client(&id).await;
    found.map_err(|error| page_error(request, error))
}

/// Whether the administrator may change it: it takes the permissions among its scope. The act asks again.
pub fn may_change(administrator: &Administrator, client: &Client) -> bool {
    let needs = Permissions::of_scope(&client.metadata.scope).union(Permission::ManageClients.into());
    administrator.caller.permissions().contain_all(needs)
}

/// GET: one client.
pub async fn show(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let AdminPage::Client(id) = administrator.page else { return Err(PageError::NotFound) };
    let client = client_of(&request, &administrator, id).await?;
    let registered = api::Client::from(&client);
    let of = |page: AdminPage| page.path().into_owned();
    let layout = request.layout();
    let page = AdminClientPage {
        nav: administrator.nav(AdminRoom::Clients),
        receipt: receipt_of(&request, &administrator),
        client: ClientLabel::of(&client, None),
        id: DisplayText::name(client.id.as_str()),
        created: RelativeTime::new(client.created_at, request.now, layout.language),
        is_public: client.is_public(),
        scope_without_meaning: Some(scopes_without_meaning(&client.metadata).join(" "))
            .filter(|scope| !scope.is_empty())
            .map(|scope| DisplayText::reason(&scope)),
        groups: ClientForm::of(&registered).facts(),
        secrets: registered.client_secrets.iter().map(|secret| DisplayText::name(secret)).collect(),
        feed: feed(&request, &administrator, &client).await?,
        deliveries: administrator
            .may(Permission::ReadDeliveries)
            .then(|| format!("{}?client={id}", path::ADMIN_DELIVERIES)),
        events: administrator
            .may(Permission::ReadAudit)
            .then(|| format!("{}?client={id}", path::ADMIN_AUDIT)),
        acts: may_change(&administrator, &client).then(|| ClientActs {
            change: of(AdminPage::ChangeClient(id)),
            logo: of(AdminPage::ClientLogo(id)),
            secrets: (!client.is_public()).then(|| of(AdminPage::ClientSecrets(id))),
            remove: of(AdminPage::RemoveClient(id)),
        }),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// How far its processes know what was revoked.
async fn feed(
    request: &BrowserRequest,
    administrator: &Administrator,
    client: &Client,
) -> Result<Option<Vec<FeedLine>>, PageError> {
    if !administrator.may(Permission::ReadDeliveries) {
        return Ok(None);
    }
    let by = administrator.administration(request);
    let found = by.feed_listeners(Some(client.id.clone()), None, PROCESSES).await;
    let (found, newest) = found.map_err(|error| page_error(request, error))?;
    Ok(Some(found.iter().map(|row| feed_line(request, row, newest, 0)).collect()))
}
