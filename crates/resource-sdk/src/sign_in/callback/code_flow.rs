//! From an authorization response to a verified sign-in: every check in order, the exchange of the code,
//! and the cookies that keep the result. RFC 6749 section 4.1.3; RFC 9207 section 2.4; OpenID Connect Core
//! section 3.1.3.

use actix_web::cookie::Cookie;
use oauth2::CsrfToken;

use super::{
    Attempt,
    failure::{CallbackError, ProviderAnswer},
};
use crate::{
    claims::AccessToken,
    sign_in::{
        browser::query::QueryParams,
        grant::stored_grant::{LastToken, StoredGrant},
        provider::{
            id_token::IdToken,
            token_endpoint::{self, TokenError, Tokens},
        },
        session::session_cookie::Session,
        site::{Mode, Site},
    },
};

const GRANT_ID_BYTES: u32 = 16;
const NAME_SCOPE: &str = "profile";

/// A sign-in that passed every check.
struct VerifiedSignIn {
    tokens: Tokens,
    grant: StoredGrant,
}

/// A sign-in that this browser gets.
pub(super) struct Accepted {
    /// What keeps it.
    pub(super) cookies: Vec<Cookie<'static>>,
    /// Its name in this site's memory.
    pub(super) grant_id: String,
    /// What it says of its own time and strength.
    pub(super) access_token: AccessToken,
}

/// Everything that must hold, in order, before this browser gets a session.
pub(super) async fn complete(
    site: &Site,
    params: &QueryParams,
    attempt: &Attempt,
) -> Result<Accepted, CallbackError> {
    check_repetition(params)?;
    check_issuer(site, params)?;
    check_error(params)?;
    let code = code(params)?;
    let tokens = site.decrypt_id_token(exchange(site, code, attempt).await?)?;
    let id_token = site.check_id_token(&tokens, &attempt.secrets.nonce).await?;
    let access_token = site.verify_patiently(&tokens.access_token).await?;
    let verified = check_same_user(site, tokens, id_token, &access_token)?;
    let grant_id = verified.grant.id.clone();
    let cookies = session_cookies(site, verified, attempt.response_bytes(site)).await?;
    Ok(Accepted { cookies, grant_id, access_token })
}

fn check_repetition(params: &QueryParams) -> Result<(), CallbackError> {
    let is_repeated = params.is_any_repeated(&["state", "iss", "code", "error"]);
    if is_repeated { Err(CallbackError::RepeatedParameter) } else { Ok(()) }
}

/// RFC 9207 section 2.4: compared as strings and demanded, also beside an error.
fn check_issuer(site: &Site, params: &QueryParams) -> Result<(), CallbackError> {
    let is_ours = params.single("iss") == Some(site.provider.issuer());
    if is_ours { Ok(()) } else { Err(CallbackError::ForeignIssuer) }
}

fn check_error(params: &QueryParams) -> Result<(), CallbackError> {
    match params.single("error") {
        None => Ok(()),
        Some(error) => Err(CallbackError::Refused(ProviderAnswer::of_error(error))),
    }
}

fn code(params: &QueryParams) -> Result<String, CallbackError> {
    let code = params.single("code").filter(|code| !code.is_empty());
    code.map(str::to_owned).ok_or(CallbackError::NoCode)
}

async fn exchange(site: &Site, code: String, attempt: &Attempt) -> Result<Tokens, TokenError> {
    let endpoints = site.provider.endpoints().await?;
    let client = site.oauth_client(&endpoints);
    let verifier = attempt.secrets.verifier.secret().clone();
    token_endpoint::exchange_code(&site.provider, &client, code, verifier).await
}

/// Both tokens must name one user in one session, and the access token must have been issued to us.
fn check_same_user(
    site: &Site,
    tokens: Tokens,
    id_token: IdToken,
    access_token: &AccessToken,
) -> Result<VerifiedSignIn, CallbackError> {
    let grant = StoredGrant {
        id: CsrfToken::new_random_len(GRANT_ID_BYTES).into_secret(),
        subject: id_token.subject,
        session_id: id_token.session_id,
        refresh_token: tokens.refresh_token.clone(),
        id_token: tokens.id_token.clone(),
        display_name: None,
        last_token: LastToken::of(access_token),
    };
    if !grant.owns(site, access_token) {
        return Err(CallbackError::UserMismatch);
    }
    Ok(VerifiedSignIn { tokens, grant })
}

/// The cookies of the site's mode. Scripted pages fetch their own access token; the first one is dropped,
/// so that no token gets into a page or an address.
async fn session_cookies(
    site: &Site,
    verified: VerifiedSignIn,
    taken: usize,
) -> Result<Vec<Cookie<'static>>, CallbackError> {
    let VerifiedSignIn { tokens, mut grant } = verified;
    match site.mode {
        Mode::ServerRendered => {
            let name = display_name(site, &tokens, &grant).await;
            Ok(vec![Session::begin(name, grant, &tokens).cookie(site, taken)?])
        }
        Mode::Scripted if grant.refresh_token.is_none() => Err(CallbackError::NoRefreshToken),
        Mode::Scripted => {
            grant.display_name = display_name(site, &tokens, &grant).await;
            let binding = grant.binding(site);
            let taken = taken + binding.to_string().len();
            Ok(vec![grant.cookie(site, taken)?, binding])
        }
    }
}

async fn display_name(site: &Site, tokens: &Tokens, grant: &StoredGrant) -> Option<String> {
    if !site.scopes.iter().any(|scope| scope == NAME_SCOPE) {
        return None;
    }
    token_endpoint::display_name(&site.provider, &tokens.access_token, &grant.subject).await
}
