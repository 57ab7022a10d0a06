//! Requests to the provider's back channel: a code or a refresh token against tokens, the end of a
//! refresh token, and the person's name. Built on the `oauth2` crate over this crate's HTTP client.
//! RFC 6749 sections 4.1.3 and 6; RFC 7636 section 4.5; RFC 7009; OpenID Connect Core section 5.3.

use std::{fmt, sync::Arc};

use oauth2::{
    AccessToken as RawAccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret,
    EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
        BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use reqwest::Client;
use serde::{Deserialize, Serialize};

use super::{Endpoints, Provider, ProviderError, credentials::ClientCredentials};
use crate::{
    http::{self, FetchError},
    trace,
};

const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The usual mistake of a site's configuration.
const INVALID_CLIENT: &str = "invalid_client: check the client id and secret given to ClientCredentials";
/// Octets of a person's name that are kept: it lies in the session cookie.
const MAX_NAME_BYTES: usize = 120;

/// What the token endpoint gave.
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
}

/// Why it gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// The code or refresh token is not (or no longer) good: `invalid_grant`.
    #[error("the provider refused the grant")]
    InvalidGrant,
    /// The provider is not there, or not well. Says nothing about the grant.
    #[error(transparent)]
    Unavailable(#[from] ProviderError),
    /// The provider refuses this client, or answers what OAuth 2.0 does not know.
    #[error("the provider's token endpoint answered {0}")]
    Unexpected(String),
}

/// The `oauth2` client that has an authorization and a token endpoint.
pub(crate) type OAuthClient = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<OpenIdFields, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What OpenID Connect adds to a token response.
#[derive(Serialize, Deserialize)]
pub(crate) struct OpenIdFields {
    id_token: Option<String>,
}

impl ExtraTokenFields for OpenIdFields {}

impl fmt::Debug for OpenIdFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenIdFields(..)")
    }
}

/// The `oauth2` client for these endpoints.
pub(crate) fn oauth_client(
    endpoints: &Endpoints,
    credentials: &ClientCredentials,
    redirect_uri: RedirectUrl,
) -> OAuthClient {
    let client = oauth2::Client::new(ClientId::new(credentials.client_id().to_owned()))
        .set_auth_type(AuthType::BasicAuth)
        .set_auth_uri(AuthUrl::from_url(endpoints.authorization.clone()))
        .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
        .set_redirect_uri(redirect_uri);
    match credentials.secret() {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.to_owned())),
        None => client,
    }
}

/// Exchanges a code, with the PKCE verifier of the attempt that asked for it.
pub(crate) async fn exchange_code(
    provider: &Provider,
    client: &OAuthClient,
    code: String,
    verifier: String,
) -> Result<Tokens, TokenError> {
    let send = sender("exchange code", provider);
    let request =
        client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(PkceCodeVerifier::new(verifier));
    read(provider, request.request_async(&send).await)
}

/// Exchanges a refresh token for its successor, also while the provider cools down.
pub(crate) async fn refresh(
    provider: &Provider,
    client: &OAuthClient,
    refresh_token: &str,
) -> Result<Tokens, TokenError> {
    let send = sender("refresh tokens", provider);
    let token = RefreshToken::new(refresh_token.to_owned());
    let answer = client.exchange_refresh_token(&token).request_async(&send).await;
    read(provider, answer)
}

/// Tells the provider that a refresh token will not be used again. Nothing hangs on the answer.
pub(crate) async fn revoke(provider: Arc<Provider>, credentials: ClientCredentials, refresh_token: String) {
    let Ok(endpoints) = provider.endpoints().await else { return };
    let Some(url) = endpoints.revocation.clone() else { return };
    let mut form = vec![("token", refresh_token.as_str()), ("token_type_hint", "refresh_token")];
    let mut request = provider.http.post(url);
    match credentials.secret() {
        Some(secret) => {
            // RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
            let encode =
                |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encode(credentials.client_id()), Some(encode(secret)));
        }
        None => form.push(("client_id", credentials.client_id())),
    }
    if let Err(error) = trace::send("revoke refresh token", request.form(&form)).await {
        tracing::info!(%error, "a refresh token could not be revoked at sign-out");
    }
}

/// What the person is called, if the provider tells; only for showing it.
pub(crate) async fn display_name(provider: &Provider, access_token: &str, subject: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct UserInfo {
        sub: String,
        name: Option<String>,
        preferred_username: Option<String>,
    }
    let url = provider.endpoints().await.ok()?.userinfo.clone()?;
    let request = provider.http.get(url).bearer_auth(access_token);
    let response = trace::send("fetch userinfo", request).await.ok()?;
    let body = http::read_body(response, MAX_ANSWER_BYTES).await.ok()?;
    let info: UserInfo = serde_json::from_slice(&body).ok()?;
    // OpenID Connect Core section 5.3.2: another sub is another person's answer.
    let name = info.name.or(info.preferred_username).filter(|_| info.sub == subject)?;
    let mut printable: String = name.chars().filter(|c| !c.is_control()).collect();
    printable.truncate(printable.floor_char_boundary(MAX_NAME_BYTES));
    Some(printable)
}

/// Our HTTP client in the shape that `oauth2` asks for.
fn sender(
    what: &'static str,
    provider: &Provider,
) -> impl Fn(HttpRequest) -> futures_util::future::BoxFuture<'static, Result<HttpResponse, FetchError>> {
    let client = provider.http.clone();
    move |request| Box::pin(send(what, client.clone(), request))
}

async fn send(what: &'static str, client: Client, request: HttpRequest) -> Result<HttpResponse, FetchError> {
    let request = request.try_into().map_err(|_| FetchError::Connection)?;
    let response = trace::execute(what, &client, request).await.map_err(http::transport_error)?;
    let mut head = oauth2::http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        head = head.header(name, value);
    }
    let body = http::read_body(response, MAX_ANSWER_BYTES).await?;
    head.body(body).map_err(|_| FetchError::Connection)
}

type Answer = Result<
    StandardTokenResponse<OpenIdFields, BasicTokenType>,
    RequestTokenError<FetchError, BasicErrorResponse>,
>;

fn read(provider: &Provider, answer: Answer) -> Result<Tokens, TokenError> {
    provider.saw(!matches!(answer, Err(RequestTokenError::Request(_))));
    let tokens = answer.map_err(token_error)?;
    if *tokens.token_type() != BasicTokenType::Bearer {
        return Err(TokenError::Unexpected("with a token that is not a bearer token".to_owned()));
    }
    Ok(Tokens {
        access_token: RawAccessToken::secret(tokens.access_token()).clone(),
        refresh_token: tokens.refresh_token().map(|token| token.secret().clone()),
        id_token: tokens.extra_fields().id_token.clone(),
    })
}

/// RFC 6749 section 5.2. An answer that is no JSON is a proxy's, and a passing trouble.
fn token_error(error: RequestTokenError<FetchError, BasicErrorResponse>) -> TokenError {
    match error {
        RequestTokenError::Request(error) => TokenError::Unavailable(error.into()),
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidGrant => TokenError::InvalidGrant,
            BasicErrorResponseType::InvalidClient => TokenError::Unexpected(INVALID_CLIENT.to_owned()),
            other => TokenError::Unexpected(other.to_string()),
        },
        RequestTokenError::Parse(..) => TokenError::Unexpected("what is no token response".to_owned()),
        RequestTokenError::Other(_) => TokenError::Unexpected("nothing".to_owned()),
    }
}
