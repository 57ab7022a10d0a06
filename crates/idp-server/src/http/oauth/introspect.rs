//! `/introspect` (RFC 7662): tells a confidential client about a token that is its own or meant for its
//! resource. About any other it says `{"active":false}` and nothing more. A refresh token is active only for the
//! client that asks for one by `token_type_hint`: a resource that asks about what it received as a bearer token
//! must not hear that a refresh token is good (S27).

use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::store::token_state::TokenState;
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::grant::refresh_token::RefreshDecision;
use idp_core::secret::RefreshToken;
use idp_core::token::{ExpiryRule, read_access_token};
use serde_json::{Value, json};

/// POST.
///
/// # Errors
/// [`ApiFailure`], as JSON.
pub async fn post(request: ClientRequest) -> Result<HttpResponse, ApiFailure> {
    if request.client.is_public() {
        let refused = OAuthError::new(ErrorCode::InvalidClient, "A public client cannot introspect.");
        return Err(refused.into());
    }
    let token = request.required("token", "token is missing.")?;
    let about = match request.app.seals().refresh_token(token) {
        Some(refresh_token) if request.param("token_type_hint") == Some("refresh_token") => {
            about_refresh_token(&request, &refresh_token).await?
        }
        Some(_) => None,
        None => about_access_token(&request, token).await?,
    };
    let body = about.unwrap_or_else(|| json!({ "active": false }));
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}

async fn about_access_token(request: &ClientRequest, token: &str) -> Result<Option<Value>, ApiFailure> {
    let app = &request.app;
    // We wrote the expiry by this very clock: no leeway (RFC 7662 2.2).
    let expiry = ExpiryRule::Enforce { leeway: 0 };
    let Ok(claims) = read_access_token(token, &app.keys.ring(), app.issuer(), request.now, expiry) else {
        return Ok(None);
    };
    let concerned = claims.client_id == request.client.id.as_str()
        || claims.aud.contains(&request.client.metadata.audience);
    if !concerned {
        return Ok(None);
    }
    let state = app.store.token_state(&claims, request.now).await?;
    let sees_profile = claims.scope.split(' ').any(|word| word == "profile");
    Ok(state.map(|state| {
        let mut body = serde_json::to_value(&claims).unwrap_or_else(|_| json!({}));
        if let Some(members) = body.as_object_mut() {
            members.insert("active".into(), true.into());
            members.insert("token_type".into(), "Bearer".into());
            if let (TokenState::Person { user, .. }, true) = (state, sees_profile) {
                members.insert("username".into(), user.username.as_str().into());
            }
        }
        body
    }))
}

async fn about_refresh_token(
    request: &ClientRequest,
    token: &RefreshToken,
) -> Result<Option<Value>, ApiFailure> {
    let (app, rules) = (&request.app, request.app.config.sign_in_rules());
    let judged = app.store.judge_refresh_token(token, &request.client, rules, request.now).await?;
    let Some((loaded, decision)) = judged else {
        return Ok(None);
    };
    // Asking is not using: a spent token is inactive here, and ends nothing.
    let active = decision == Ok(RefreshDecision::Rotate);
    Ok(active.then(|| {
        json!({
            "active": true,
            "client_id": loaded.grant.client_id.as_str(),
            "sub": loaded.grant.user.to_string(),
            "scope": loaded.grant.scope.to_string(),
            "exp": loaded.grant.expires_at.as_secs(),
            "iss": app.issuer(),
        })
    }))
}
