//! `/admin`: what needs attention, as far as the administrator may see it.

use super::gate::Administrator;
use super::pictures;
use crate::http::request::BrowserRequest;
use crate::page::admin::{AdminOverviewPage, AdminRoom, Attention};
use crate::page::{DisplayText, PageError, PageSecurity, RelativeTime, respond};
use crate::store::attention::Undelivered;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::Permission;
use idp_core::key::{KeyRing, KeyState};
use idp_core::time::UnixTime;

const HOUR: i64 = 60 * 60;
/// A rotation is announced so long before.
const SOON: i64 = 24 * HOUR;

/// GET.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let page = AdminOverviewPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Overview),
        account: DisplayText::account(&administrator.signed_in.user),
        attention: attention(&request, &administrator).await?,
        sign_ins: pictures::sign_ins(&request, &administrator).await?,
        sites: pictures::sites(&request, &administrator).await?,
        keys: pictures::keys(&request, &administrator).await?,
        deliveries: pictures::deliveries(&request, &administrator).await?,
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
    if administrator.may(Permission::ReadKeys) {
        found.extend(of_keys(&request.app.keys.ring(), request.now));
    }
    if administrator.may(Permission::ReadDeliveries) {
        let Undelivered { mails, clients, given_up, followers, stale } =
            store.undelivered(request.now).await?;
        let counted = [
            (mails, Attention::MailsGivenUp(mails)),
            (clients, Attention::ClientsNotTold(clients)),
            (given_up, Attention::SignOutsGivenUp(given_up)),
            (followers, Attention::FollowersAway(followers)),
            (stale, Attention::SitesStale(stale)),
        ];
        found.extend(counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, line)| line));
    }
    if administrator.may(Permission::ReadAudit) {
        found.extend(of_webhook(request).await?);
    }
    Ok(found)
}

/// Whether the webhook of the audit log takes nothing. What one said that is switched off is past.
async fn of_webhook(request: &BrowserRequest) -> Result<Option<Attention>, PageError> {
    if request.app.audit_webhook.is_none() {
        return Ok(None);
    }
    let Some(state) = request.app.store.audit_stream().await? else { return Ok(None) };
    Ok(state.failing_since.map(|since| Attention::AuditWebhookFails {
        since: RelativeTime::new(since, request.now, request.layout().language),
        reason: DisplayText::reason(&state.last_error.unwrap_or_default()),
    }))
}

/// Whether a key waits to take the place of the one that signs, and whether it soon does.
fn of_keys(ring: &KeyRing, now: UnixTime) -> Option<Attention> {
    if !ring.keys().iter().any(|key| matches!(key.state, KeyState::Next { .. })) {
        return Some(Attention::NoNextKey);
    }
    let left = due(ring)?.seconds_since(now);
    let hours = usize::try_from(left.max(0) / HOUR).unwrap_or_default();
    (left <= SOON).then_some(Attention::KeyRotatesSoon(hours))
}

/// When the key that signs is to be relieved.
fn due(ring: &KeyRing) -> Option<UnixTime> {
    let since = ring.keys().iter().filter_map(|key| match key.state {
        KeyState::Active { since } => Some(since),
        _ => None,
    });
    since.max().map(|since| since.plus(ring.policy().rotate_every()))
}
