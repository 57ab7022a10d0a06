//! `/userinfo` (OpenID Connect Core 5.3): what the person granted the client to see, by scope and by name.

use crate::app::App;
use crate::clock::CLOCK_LEEWAY;
use crate::db::DbError;
use crate::http::oauth::bearer::{self, NoToken};
use crate::http::request::ApiFailure;
use crate::page::stamp_refusal;
use crate::store::token_state::TokenState;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use idp_core::client::ClaimTarget;
use idp_core::error::ErrorCode;
use idp_core::grant::Grant;
use idp_core::scope::Scope;
use idp_core::token::{AccessTokenClaims, ExpiryRule, read_access_token};
use idp_core::user::User;
use serde_json::{Map, Value, json};

/// GET and POST.
pub async fn any(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let token = match bearer::token(&request, &mut payload.into_inner()).await {
        Ok(token) => token,
        Err(NoToken::Absent) => return challenge(StatusCode::UNAUTHORIZED, None),
        Err(NoToken::Malformed) => return challenge(StatusCode::BAD_REQUEST, Some("invalid_request")),
        Err(NoToken::Body(status)) => return ApiFailure::unread(status).error_response(),
    };
    let now = app.now();
    let expiry = ExpiryRule::Enforce { leeway: CLOCK_LEEWAY };
    let Ok(claims) = read_access_token(&token, &app.keys.ring(), app.issuer(), now, expiry) else {
        return refused(ErrorCode::InvalidToken);
    };
    // A token for another resource is no key to this one.
    if !claims.aud.contains(app.issuer()) {
        return refused(ErrorCode::InvalidToken);
    }
    match app.store.token_state(&claims, now).await {
        Ok(Some(TokenState::Person { user, grant })) => match mapped(&app, &grant).await {
            Ok(mapped) => answer(&claims, &user, &grant.claims, mapped),
            Err(error) => ApiFailure::from(error).error_response(),
        },
        Ok(Some(TokenState::Client) | None) => refused(ErrorCode::InvalidToken),
        Err(error) => ApiFailure::from(error).error_response(),
    }
}

/// The person's roles and groups as they are now, as far as they are mapped for the client.
async fn mapped(app: &App, grant: &Grant) -> Result<Map<String, Value>, DbError> {
    let Some(client) = app.store.registered_client(&grant.client_id).await? else {
        return Ok(Map::new());
    };
    let mapping = &client.metadata.claims_mapping;
    if mapping.names_for(ClaimTarget::Userinfo).next().is_none() {
        return Ok(Map::new());
    }
    let memberships = app.store.memberships_for(&client, grant.user).await?;
    Ok(mapping.claims_for(ClaimTarget::Userinfo, &memberships))
}

fn answer(
    claims: &AccessTokenClaims,
    user: &User,
    by_name: &[String],
    mapped: Map<String, Value>,
) -> HttpResponse {
    let scope = Scope::try_from(claims.scope.clone()).unwrap_or_default();
    if !scope.contains("openid") {
        return refused(ErrorCode::InsufficientScope);
    }
    let mut body = user.released_claims(&scope, by_name);
    body.extend(mapped);
    body.insert("sub".to_owned(), Value::String(claims.sub.clone()));
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body)
}

/// RFC 6750 3.1.
fn refused(code: ErrorCode) -> HttpResponse {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    challenge(status, Some(code.as_str()))
}

/// RFC 6750 3: no error code when no token was sent.
fn challenge(status: StatusCode, error: Option<&'static str>) -> HttpResponse {
    let value = match error {
        Some("insufficient_scope") => {
            "Bearer realm=\"userinfo\", error=\"insufficient_scope\", scope=\"openid\"".to_owned()
        }
        Some(error) => format!("Bearer realm=\"userinfo\", error=\"{error}\""),
        None => "Bearer realm=\"userinfo\"".to_owned(),
    };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((WWW_AUTHENTICATE, value)).insert_header((CACHE_CONTROL, "no-store"));
    let mut answer = match error {
        Some(error) => answer.json(json!({ "error": error })),
        None => answer.finish(),
    };
    stamp_refusal(&mut answer, error.unwrap_or("no_token"), None);
    answer
}
