//! The beginning of a sign-in: `GET <mount>/login` opens a transaction and sends the browser to the
//! provider. RFC 6749 section 4.1.1; RFC 7636 section 4.3; OpenID Connect Core section 3.1.2.1.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use oauth2::{CsrfToken, PkceCodeChallenge, Scope};

use super::{
    silent_marker,
    transaction::{self, Transaction},
};
use crate::sign_in::{
    SignIn,
    browser::{
        error_page, local_path::LocalPath, query::QueryParams, redirect::redirect, request_origin,
        seal::SealError,
    },
    provider::ProviderError,
    site::Site,
};

/// Random octets in `state` and `nonce`.
const RANDOM_BYTES: u32 = 32;

/// What a link to the log-in route asks for.
struct LoginRequest {
    return_to: LocalPath,
    is_silent: bool,
}

#[derive(Debug, thiserror::Error)]
enum LoginStartError {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Sends the browser to the provider.
pub(crate) async fn start(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    if request_origin::is_surely_no_navigation(&request) {
        return error_page::not_a_navigation();
    }
    let login = LoginRequest::read(site, &request);
    if login.is_silent && !silent_marker::is_present(site, &request) {
        let page = login.return_to.with_parameter(&site.cookies.cookieless_parameter());
        return redirect(&page).finish();
    }
    match begin(site, &request, &login).await {
        Ok(response) => response,
        Err(error) if login.is_silent => {
            tracing::info!(%error, "a silent sign-in was not begun");
            redirect(login.return_to.as_str()).finish()
        }
        Err(error) => {
            tracing::error!(%error, "a sign-in could not be begun");
            error_page::provider_away(&site.login_path(login.return_to.as_str(), false))
        }
    }
}

impl LoginRequest {
    /// A target that is not of this site is as good as none.
    fn read(site: &Site, request: &HttpRequest) -> Self {
        let params = QueryParams::of_query(request);
        let return_to = params.single("return_to").and_then(|text| site.local_path(text));
        Self {
            return_to: return_to.unwrap_or_else(|| site.after_sign_in.clone()),
            is_silent: params.single("prompt") == Some("none"),
        }
    }
}

async fn begin(
    site: &Site,
    request: &HttpRequest,
    login: &LoginRequest,
) -> Result<HttpResponse, LoginStartError> {
    let endpoints = site.provider.endpoints().await?;
    let client = site.oauth_client(&endpoints);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = CsrfToken::new_random_len(RANDOM_BYTES).into_secret();
    let mut authorization = client
        .authorize_url(|| CsrfToken::new_random_len(RANDOM_BYTES))
        .add_scopes(site.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge)
        .add_extra_param("nonce", nonce.clone());
    if login.is_silent {
        authorization = authorization.add_extra_param("prompt", "none");
    }
    let (url, state) = authorization.url();

    let now = site.now();
    let (return_to, verifier) = (login.return_to.clone(), verifier.into_secret());
    let opened = Transaction::begin(nonce, verifier, return_to, login.is_silent, now);
    let cookie = transaction::cookie(&site.cookies, &site.sealer, state.secret(), &opened)?;
    let mut response = redirect(url.as_str());
    for overdue in transaction::overdue(request, &site.cookies, &site.sealer, &cookie, now) {
        response.cookie(overdue);
    }
    Ok(response.cookie(cookie).finish())
}
