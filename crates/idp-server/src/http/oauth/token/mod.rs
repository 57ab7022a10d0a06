//! `/token` (RFC 6749 3.2): an authenticated client turns a code, a refresh token or its own credentials into
//! tokens. Each grant decides in `idp_core::grant` and stores through `store`; what they share is the answer.

mod answer;
mod authorization_code;
mod client_credentials;
mod refresh_token;
mod signing_turn;

use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use actix_web::HttpResponse;
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
        GrantType::RefreshToken => refresh_token::refresh(&request).await?,
        GrantType::ClientCredentials => client_credentials::issue(&request).await?,
    };
    Ok(answer.into_response(request.now))
}
