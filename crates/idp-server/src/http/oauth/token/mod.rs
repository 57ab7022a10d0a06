//! `/token` (RFC 6749 3.2): an authenticated client turns a code, a refresh token or its own credentials into
//! tokens. Each grant decides in `idp_core::grant` and stores through `store`; what they share is the answer.

mod answer;
mod authorization_code;
mod client_credentials;
mod refresh_token;
mod signing_turn;

use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::metrics::RefreshOutcome;
use actix_web::HttpResponse;
use answer::Answer;
use idp_core::client::GrantType;
use idp_core::error::{ErrorCode, OAuthError};

/// POST: dispatches on `grant_type`.
///
/// # Errors
/// [`ApiFailure`], as JSON.
pub async fn post(request: ClientRequest) -> Result<HttpResponse, ApiFailure> {
    let wanted = request.required("grant_type", "grant_type is missing.")?;
    let Some(grant) = GrantType::parse(wanted) else {
        return Err(
            OAuthError::new(ErrorCode::UnsupportedGrantType, "This grant_type is not offered.").into()
        );
    };
    if !request.client.may_use(grant) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "This client may not use this grant_type.",
        )
        .into());
    }
    let answer = match grant {
        GrantType::AuthorizationCode => authorization_code::redeem(&request).await?,
        GrantType::RefreshToken => refreshed(&request).await?,
        GrantType::ClientCredentials => client_credentials::issue(&request).await?,
    };
    request.app.metrics.tokens.add(grant);
    Ok(answer.into_response(request.now))
}

/// Counts how it went; a failure of ours is no refusal.
async fn refreshed(request: &ClientRequest) -> Result<Answer, ApiFailure> {
    let outcome = refresh_token::refresh(request).await;
    let refreshes = &request.app.metrics.refreshes;
    match &outcome {
        Ok((_, outcome)) => refreshes.add(*outcome),
        Err(ApiFailure::OAuth(_)) => refreshes.add(RefreshOutcome::Refused),
        Err(_) => {}
    }
    outcome.map(|(answer, _)| answer)
}
