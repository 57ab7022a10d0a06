//! `/admin`: what needs attention, as far as the administrator may see it.

use super::gate::Administrator;
use crate::http::request::BrowserRequest;
use crate::page::admin::{AdminOverviewPage, AdminRoom, Attention};
use crate::page::{DisplayText, PageError, PageSecurity, respond};
use crate::store::attention::Undelivered;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::Permission;
use idp_core::key::KeyState;

/// GET.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let page = AdminOverviewPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Overview),
        account: DisplayText::account(&administrator.signed_in.user),
        attention: attention(&request, &administrator).await?,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

async fn attention(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Vec<Attention>, PageError> {
    let (store, mut found) = (&request.app.store, Vec::new());
    let factors = store.factor_kinds(administrator.signed_in.user.id).await?;
    if factors.own().asked.is_empty() {
        found.push(Attention::OneFactor);
    }
    if administrator.may(Permission::ReadKeys) && !has_successor(request) {
        found.push(Attention::NoNextKey);
    }
    if administrator.may(Permission::ReadDeliveries) {
        let Undelivered { mails, clients, followers } = store.undelivered(request.now).await?;
        let counted = [
            (mails, Attention::MailsGivenUp(mails)),
            (clients, Attention::ClientsNotTold(clients)),
            (followers, Attention::FollowersAway(followers)),
        ];
        found.extend(counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, line)| line));
    }
    Ok(found)
}

/// Whether a key waits to take the place of the one that signs.
fn has_successor(request: &BrowserRequest) -> bool {
    let ring = request.app.keys.ring();
    ring.keys().iter().any(|key| matches!(key.state, KeyState::Next { .. }))
}
