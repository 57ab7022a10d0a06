//! `/account/sites`: the sites that know a person, and disconnecting one. Needs a session, as the page of devices does.

use super::gate::Admitted;
use super::{holder, receipt};
use crate::clock::Stopwatch;
use crate::db::audit_events::AuditContext;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    ClientLabel, DisplayText, FormSeal, PageError, PageSecurity, RelativeTime, ScopeLine, SiteLine,
    SiteReceipt, SitesPage, respond,
};
use crate::seals::FormBinding;
use crate::store::connected_sites::ConnectedSite;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::client::{Client, ConsentPolicy};
use idp_core::discovery::path;
use idp_core::redirect_uri::RedirectUri;
use std::sync::Arc;

const FORM: &str = "sites";

/// GET: the page.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let sites = request.app.store.connected_sites(&signed_in.user, request.now).await?;
    Ok(show(&request, &signed_in, &sites))
}

/// POST: the button of a site.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    match request.app.store.client_named(form.field("client_id")).await? {
        Some(client) => disconnect(&request, &signed_in, client).await,
        None => Err(PageError::NotFound),
    }
}

async fn disconnect(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    client: Arc<Client>,
) -> Result<HttpResponse, PageError> {
    let (store, here, since) = (&request.app.store, signed_in.session.sid, Stopwatch::start());
    let user = signed_in.user.id;
    let address = Some(request.address_text());
    let about = AuditContext { sid: Some(here), address, ..AuditContext::default() };
    // On a failure the site still has its access, the person is told so, and can try again.
    let ended = store.disconnect_site(user, Arc::clone(&client), about, request.now).await?;
    let Some(ended) = ended else {
        // The button was pressed twice.
        return Ok(see_other(path::SITES));
    };
    let reached = store.wait_for_confirmations(&ended, since, request.now).await;
    let receipt = SiteReceipt {
        site: label(&client).name.to_string(),
        was_in_use: !ended.sessions.is_empty(),
        confirmed_after_ms: (reached.confirmed > 0).then(|| receipt::milliseconds(reached)),
        at_most: receipt::last_expiry(request, &ended),
    };
    receipt::show_at(request, path::SITES, &holder(signed_in), receipt)
}

fn show(request: &BrowserRequest, signed_in: &SignedIn, sites: &[ConnectedSite]) -> HttpResponse {
    let holder = holder(signed_in);
    let binding = FormBinding { form: FORM, holder: &holder, tx: "" };
    let csrf = request.app.seals().form_token(&binding);
    let page = SitesPage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::SITES, tx: "", csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        receipt: receipt::shown_to(request, path::SITES, &holder),
        sites: sites.iter().map(|site| line(request, site)).collect(),
    };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}

fn line(request: &BrowserRequest, site: &ConnectedSite) -> SiteLine {
    let asks = site.client.metadata.consent == ConsentPolicy::Ask;
    SiteLine {
        client: label(&site.client),
        id: site.client.id.to_string(),
        scopes: asks.then(|| site.scope.words().map(ScopeLine::new).collect()),
        since: RelativeTime::new(site.since, request.now, request.layout().language),
        devices: site.sessions,
    }
}

fn label(client: &Client) -> ClientLabel {
    ClientLabel::of(client, client.metadata.redirect_uris.first().map(RedirectUri::as_str))
}
