//! The end of a sign-in: `GET <mount>/callback` takes the provider's answer, checks it from the
//! outside in, and only then keeps anything. The transaction is over whatever comes of it.
//! RFC 6749 section 4.1.2; RFC 9207 section 2.4; OpenID Connect Core section 3.1.3.

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::StatusCode, web::Data};
use oauth2::CsrfToken;

use super::{
    SignIn,
    grant::{Grant, LastToken},
    id_token::{IdToken, IdTokenError},
    page,
    params::Params,
    redirect::redirect,
    sealed_cookie::CannotKeep,
    session::Session,
    site::{Mode, Site, is_unjudged},
    token_endpoint::{self, TokenError, Tokens},
    transaction::{self, Transaction},
    tried,
};
use crate::{claims::AccessToken, error::VerifyError};

const RANDOM_BYTES: u32 = 16;
const NAME_SCOPE: &str = "profile";

/// Why a sign-in ended without a session.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallbackError {
    #[error("a parameter of the answer is repeated")]
    RepeatedParameter,
    #[error("the answer belongs to no sign-in that this browser has open")]
    UnknownState,
    #[error("the answer's iss is not the configured issuer")]
    ForeignIssuer,
    #[error("the provider answered {0:?}")]
    Refused(ProviderAnswer),
    #[error("the answer holds no code")]
    NoCode,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    #[error("the access token is refused: {0}")]
    AccessToken(#[from] VerifyError),
    #[error("the access token speaks for somebody else than the ID token")]
    OtherPerson,
    #[error("the provider gave no refresh token, which scripted mode cannot do without")]
    NoRefreshToken,
    #[error(transparent)]
    Keep(#[from] CannotKeep),
}

/// The provider's `error`, as far as it makes a difference (RFC 6749 section 4.1.2.1; OpenID
/// Connect Core section 3.1.2.6). Its words are not repeated anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProviderAnswer {
    /// The person, or a rule, said no.
    AccessDenied,
    /// `prompt=none` was not possible.
    InteractionRequired,
    /// The provider is not well.
    Unavailable,
    /// The request was wrong; the site is set up wrongly.
    Other,
}

/// A sign-in that passed every check.
struct Proven {
    tokens: Tokens,
    grant: Grant,
}

/// Takes the provider's answer.
pub(super) async fn callback(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    let params = Params::of_query(&request);
    let state = params.single("state").unwrap_or_default();
    let opened = transaction::of_state(&request, &site.cookies, &site.sealer, state, site.now());
    let Some(transaction) = opened else {
        tracing::warn!(error = %CallbackError::UnknownState, "a sign-in was refused");
        return page::unknown_sign_in(site);
    };
    let outcome = finish(site, &params, &transaction).await;
    if outcome.is_ok() {
        // Answers of the session before must not come after this one.
        Session::of_request(site, &request).iter().for_each(|before| site.ended.note(&before.grant.id));
    }
    let mut response = answer(site, &transaction, outcome);
    // Consumed: the same answer, shown again, finds nothing.
    let consumed = transaction::removal(&site.cookies, state);
    if let Err(error) = response.add_cookie(&consumed) {
        tracing::error!(%error, "a used transaction cannot be forgotten");
    }
    response
}

/// Everything that must hold, in order, before this browser gets a session.
async fn finish(
    site: &Site,
    params: &Params,
    transaction: &Transaction,
) -> Result<Vec<Cookie<'static>>, CallbackError> {
    check_repetition(params)?;
    check_issuer(site, params)?;
    check_error(params)?;
    let code = code(params)?;
    let tokens = site.opened(exchange(site, code, transaction).await?)?;
    let id_token = site.check_id_token(&tokens, &transaction.nonce).await?;
    let access_token = site.verify_patiently(&tokens.access_token).await?;
    let proven = check_person(site, tokens, id_token, &access_token)?;
    keep(site, proven).await
}

fn check_repetition(params: &Params) -> Result<(), CallbackError> {
    let is_repeated = params.is_any_repeated(&["state", "iss", "code", "error"]);
    if is_repeated { Err(CallbackError::RepeatedParameter) } else { Ok(()) }
}

/// RFC 9207 section 2.4: compared as strings, and demanded; also beside an error.
fn check_issuer(site: &Site, params: &Params) -> Result<(), CallbackError> {
    let is_ours = params.single("iss") == Some(site.provider.issuer());
    if is_ours { Ok(()) } else { Err(CallbackError::ForeignIssuer) }
}

fn check_error(params: &Params) -> Result<(), CallbackError> {
    let answer = match params.single("error") {
        None => return Ok(()),
        Some("access_denied") => ProviderAnswer::AccessDenied,
        Some(
            "login_required" | "interaction_required" | "consent_required" | "account_selection_required",
        ) => ProviderAnswer::InteractionRequired,
        Some("temporarily_unavailable" | "server_error") => ProviderAnswer::Unavailable,
        Some(_) => ProviderAnswer::Other,
    };
    Err(CallbackError::Refused(answer))
}

fn code(params: &Params) -> Result<String, CallbackError> {
    let code = params.single("code").filter(|code| !code.is_empty());
    code.map(str::to_owned).ok_or(CallbackError::NoCode)
}

async fn exchange(site: &Site, code: String, transaction: &Transaction) -> Result<Tokens, TokenError> {
    let endpoints = site.provider.endpoints().await?;
    let client = site.oauth_client(&endpoints);
    let verifier = transaction.pkce_verifier.clone();
    token_endpoint::exchange_code(&site.provider, &client, code, verifier).await
}

/// Both tokens must speak for one person in one sign-in, and the access token be ours.
fn check_person(
    site: &Site,
    tokens: Tokens,
    id_token: IdToken,
    access_token: &AccessToken,
) -> Result<Proven, CallbackError> {
    let grant = Grant {
        id: CsrfToken::new_random_len(RANDOM_BYTES).into_secret(),
        subject: id_token.subject,
        session_id: id_token.session_id,
        refresh_token: tokens.refresh_token.clone(),
        id_token: tokens.id_token.clone(),
        last_token: LastToken::of(access_token),
    };
    if !grant.owns(site, access_token) {
        return Err(CallbackError::OtherPerson);
    }
    Ok(Proven { tokens, grant })
}

/// The session in the form that the site's mode wants. Scripted pages fetch their own access token;
/// the first one is dropped, so that no token ever gets into a page or an address.
async fn keep(site: &Site, proven: Proven) -> Result<Vec<Cookie<'static>>, CallbackError> {
    let Proven { tokens, grant } = proven;
    match site.mode {
        Mode::ServerRendered => {
            let name = display_name(site, &tokens, &grant).await;
            Ok(vec![Session::begin(name, grant, &tokens).cookie(site)?])
        }
        Mode::Scripted if grant.refresh_token.is_none() => Err(CallbackError::NoRefreshToken),
        Mode::Scripted => Ok(vec![grant.cookie(site)?, grant.binding(site)]),
    }
}

async fn display_name(site: &Site, tokens: &Tokens, grant: &Grant) -> Option<String> {
    if !site.scopes.iter().any(|scope| scope == NAME_SCOPE) {
        return None;
    }
    token_endpoint::display_name(&site.provider, &tokens.access_token, &grant.subject).await
}

fn answer(
    site: &Site,
    transaction: &Transaction,
    outcome: Result<Vec<Cookie<'static>>, CallbackError>,
) -> HttpResponse {
    match outcome {
        Ok(cookies) => {
            let mut response = redirect(&transaction.return_to);
            for cookie in cookies {
                response.cookie(cookie);
            }
            response.finish()
        }
        Err(error) => {
            report(&error);
            refuse(site, transaction, &error)
        }
    }
}

/// A silent attempt leads back to the page, logged out, and is not made again.
fn refuse(site: &Site, transaction: &Transaction, error: &CallbackError) -> HttpResponse {
    if transaction.is_silent {
        return redirect(&transaction.return_to).cookie(tried::marker(site)).finish();
    }
    let return_to = &transaction.return_to;
    match error {
        CallbackError::Refused(ProviderAnswer::AccessDenied) => page::cancelled(site, return_to),
        CallbackError::Refused(ProviderAnswer::Unavailable)
        | CallbackError::Token(TokenError::Unavailable(_)) => page::provider_away(site, return_to),
        CallbackError::IdToken(IdTokenError::Key) => page::provider_away(site, return_to),
        CallbackError::AccessToken(error) if is_unjudged(*error) => page::provider_away(site, return_to),
        CallbackError::Keep(_) | CallbackError::NoRefreshToken => {
            page::failed(site, return_to, StatusCode::INTERNAL_SERVER_ERROR)
        }
        _ => page::failed(site, return_to, StatusCode::BAD_REQUEST),
    }
}

fn report(error: &CallbackError) {
    match error {
        CallbackError::Refused(ProviderAnswer::AccessDenied | ProviderAnswer::InteractionRequired) => {
            tracing::info!(%error, "a sign-in ended without a session");
        }
        CallbackError::Keep(_) | CallbackError::NoRefreshToken | CallbackError::Token(_) => {
            tracing::error!(%error, "a sign-in failed");
        }
        _ => tracing::warn!(%error, "a sign-in was refused"),
    }
}
