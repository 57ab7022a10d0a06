//! `/revoke` (RFC 7009): a client gives back a token of its own. The answer is 200 whether the token existed or
//! not, and only once the database holds the revocation.

use crate::clock::CLOCK_LEEWAY;
use crate::db::audit_events::AuditContext;
use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::store::revoke::Target;
use actix_web::HttpResponse;
use idp_core::secret::RefreshToken;
use idp_core::session::EndCause;
use idp_core::token::{ExpiryRule, read_access_token};

/// POST. `token_type_hint` is not needed: the kinds cannot be confused.
///
/// # Errors
/// [`ApiFailure`], as JSON.
pub async fn post(request: ClientRequest) -> Result<HttpResponse, ApiFailure> {
    let token = request.required("token", "token is missing.")?;
    let target = match request.app.seals().refresh_token(token) {
        Some(token) => own_grant(&request, &token).await?,
        None => own_access_token(&request, token),
    };
    let app = &request.app;
    if let Some(target) = target {
        let about = AuditContext {
            client: Some(request.client.id.to_string()),
            address: Some(request.address_text()),
            ..AuditContext::default()
        };
        app.store.revoke(target, EndCause::RevokedByClient, about, request.now).await?;
    }
    Ok(HttpResponse::Ok().finish())
}

/// RFC 7009 2.1: the whole grant goes with its refresh token, access tokens included. Any generation of the
/// token will do, for its holder held the family.
async fn own_grant(request: &ClientRequest, token: &RefreshToken) -> Result<Option<Target>, ApiFailure> {
    let loaded = request.app.store.grant_owner(token.grant()).await?;
    let own = loaded
        .filter(|loaded| loaded.grant.client_id == request.client.id && loaded.grant.user == token.user());
    Ok(own.map(|loaded| Target::Grant(loaded.grant.id)))
}

fn own_access_token(request: &ClientRequest, token: &str) -> Option<Target> {
    let app = &request.app;
    let expiry = ExpiryRule::Enforce { leeway: CLOCK_LEEWAY };
    let claims = read_access_token(token, &app.keys.ring(), app.issuer(), request.now, expiry).ok()?;
    let own = claims.client_id == request.client.id.as_str();
    own.then(|| Target::AccessToken { jti: claims.jti.to_string(), until: claims.exp.plus(CLOCK_LEEWAY) })
}
