//! Who calls the API: the owner of an access token (RFC 6750) that was issued for it, by its header alone.

use super::super::oauth::bearer;
use super::exchange::Refusal;
use crate::admin_api::{BASE, Problem};
use crate::app::App;
use crate::client_address::ClientAddress;
use crate::clock::CLOCK_LEEWAY;
use crate::db::authority::Principal;
use crate::directory::Caller;
use crate::store::token_state::TokenState;
use actix_web::HttpRequest;
use idp_core::administration::Permissions;
use idp_core::client::ClientId;
use idp_core::scope::Scope;
use idp_core::token::{ExpiryRule, read_access_token};

/// The caller, with what they may do at this moment.
pub(in crate::http) async fn of_request(request: &HttpRequest, app: &App) -> Result<Caller, Refusal> {
    let token = match bearer::in_header(request) {
        Ok(Some(token)) => token,
        Ok(None) | Err(bearer::NoToken::Absent) => return Err(Refusal::NoToken),
        Err(_) => return Err(Refusal::MalformedToken),
    };
    let now = app.now();
    let expiry = ExpiryRule::Enforce { leeway: CLOCK_LEEWAY };
    let claims = read_access_token(&token, &app.keys.ring(), app.issuer(), now, expiry);
    let claims = claims.map_err(|_| Refusal::BadToken)?;
    // A token for another resource is no key to this one.
    if !claims.aud.contains(&format!("{}{BASE}", app.issuer())) {
        return Err(Refusal::BadToken);
    }
    let state = app.store.token_state(&claims, now).await.map_err(|error| Problem::from_db(&error))?;
    let principal = match state {
        Some(TokenState::Person { user, .. }) => Principal::User(user.id),
        Some(TokenState::Client) => {
            Principal::Client(ClientId::parse(&claims.client_id).map_err(|_| Refusal::BadToken)?)
        }
        None => return Err(Refusal::BadToken),
    };
    let held = app.store.permissions_of(principal.clone()).await;
    let held = held.map_err(|error| Problem::from_db(&error))?;
    let scope = Scope::try_from(claims.scope.clone()).unwrap_or_default();
    let address = Some(ClientAddress::of_request(request).ip().to_string());
    Ok(Caller::new(principal, held, Permissions::of_scope(&scope), address))
}
