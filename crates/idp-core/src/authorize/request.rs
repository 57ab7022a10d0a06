//! The checks of an authorization request, in order, one named function each. What fails here is
//! answered at the redirect URI, for [`super::target`] has already matched it.

use super::claims_request::ClaimsRequest;
use super::target::{Target, check_mode_and_state};
use super::ui_locales::ui_locales;
use crate::authentication::{AcrRequest, Demands, Levels, UnmetAcr};
use crate::client::{Client, ClientId, GrantType};
use crate::error::ErrorCode::{
    InvalidRequest, InvalidScope, RegistrationNotSupported, RequestNotSupported, RequestUriNotSupported,
    UnauthorizedClient, UnsupportedResponseType,
};
use crate::error::{ErrorCode, OAuthError};
use crate::params::Params;
use crate::pkce::CodeChallenge;
use crate::scope::Scope;
use crate::user::SecondFactorDuty;
use serde::{Deserialize, Serialize};

/// The longest `nonce` and `login_hint` kept, in bytes.
const MAX_TEXT_BYTES: usize = 512;

/// The `prompt` parameter (OpenID Connect Core 3.1.2.1).
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Prompt {
    /// Show nothing; answer an error instead.
    pub none: bool,
    /// Sign in again.
    pub login: bool,
    /// Ask again.
    pub consent: bool,
    /// Let the person choose who they are.
    pub select_account: bool,
    /// Lead the person to an account of their own first (Initiating User Registration via OpenID Connect 1.0, 4.1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
}

/// A request that passed every check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub target: Target,
    /// What is asked for; within the client's registration.
    pub scope: Scope,
    /// Repeated in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge; absent only for a confidential client registered so.
    pub code_challenge: Option<CodeChallenge>,
    /// What the person must be shown.
    pub prompt: Prompt,
    /// The most seconds since the person proved who they are (OpenID Connect Core 3.1.2.1).
    pub max_age: Option<i64>,
    /// What to fill in for them.
    pub login_hint: Option<String>,
    /// Claims asked for by name.
    pub claims: ClaimsRequest,
    /// The subject of a genuine `id_token_hint`.
    pub hinted_subject: Option<String>,
    /// The languages that the pages should be in, the most wanted first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ui_locales: Vec<String>,
}

impl AuthorizationRequest {
    /// Everything the person is asked about: the scope, and the scopes of claims asked for by name.
    #[must_use]
    pub fn asks_for(&self) -> Scope {
        self.claims.scopes().fold(self.scope.clone(), |scope, word| scope.with(word))
    }

    /// What it demands of a sign-in, by itself, by the registration of its client, and of a person who owes this.
    #[must_use]
    pub const fn demands<'a>(&'a self, client: &'a Client, duty: SecondFactorDuty) -> Demands<'a> {
        Demands { duty, client: client.metadata.required_acr.as_ref(), asked: &self.claims.acr }
    }

    /// The classes of which the answer names one: those that the request asks for, else the one of the registration.
    #[must_use]
    pub fn classes(&self, client: &Client) -> AcrRequest {
        match &client.metadata.required_acr {
            Some(required) if self.claims.acr.is_nothing() => AcrRequest::Prefers(vec![required.clone()]),
            _ => self.claims.acr.clone(),
        }
    }
}

/// What of the installation decides whether a request can be met.
#[derive(Copy, Clone, Debug)]
pub struct Offered<'a> {
    /// The classes of sign-ins.
    pub levels: &'a Levels,
    /// Whether people open accounts by themselves: else `prompt=create` is an unknown value like any other.
    pub registration: bool,
}

/// Reads an `id_token_hint` back: the subject when it is a genuine ID token of ours, expired or not.
pub type HintReader<'a> = &'a dyn Fn(&str) -> Option<String>;

impl AuthorizationRequest {
    /// Runs the checks.
    ///
    /// # Errors
    /// The first that fails, to be answered at `target`.
    pub fn check(
        params: &Params,
        client: &Client,
        offered: Offered<'_>,
        target: Target,
        read_hint: HintReader<'_>,
    ) -> Result<Self, OAuthError> {
        let levels = offered.levels;
        no_parameter_repeated(params)?;
        check_mode_and_state(params, &target)?;
        no_request_object(params)?;
        client_may_use_codes(client)?;
        class_of_client_is_known(client, levels)?;
        response_type_is_code(params)?;
        let code_challenge = code_challenge(params, client)?;
        let scope = scope(params, client)?;
        let prompt = prompt(params, offered.registration)?;
        let max_age = max_age(params)?;
        let nonce = short_text(params, "nonce", "nonce is longer than 512 bytes.")?;
        let login_hint = short_text(params, "login_hint", "login_hint is longer than 512 bytes.")?;
        let claims = claims(params, client, levels)?;
        let hinted_subject = hinted_subject(params, &claims, read_hint)?;
        let ui_locales = value(params, "ui_locales").map(ui_locales).unwrap_or_default();
        Ok(Self {
            client_id: client.id.clone(),
            target,
            scope,
            nonce,
            code_challenge,
            prompt,
            max_age,
            login_hint,
            claims,
            hinted_subject,
            ui_locales,
        })
    }
}

impl AuthorizationRequest {
    /// Runs the checks again that depend on the registration and the configuration, which may have changed while the person
    /// signed in.
    ///
    /// # Errors
    /// The first that fails, to be answered at the target.
    pub fn check_again(&self, client: &Client, levels: &Levels) -> Result<(), OAuthError> {
        client_may_use_codes(client)?;
        class_of_client_is_known(client, levels)?;
        if self.code_challenge.is_none() {
            pkce_is_not_required(client)?;
        }
        client_may_ask_for(client, &self.asks_for())?;
        acr_can_be_reached(&self.claims.acr, levels)
    }
}

fn refuse<T>(code: ErrorCode, description: &'static str) -> Result<T, OAuthError> {
    Err(OAuthError::new(code, description))
}

/// The one value of `name`; repetition was refused before.
fn value<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.once(name).ok().flatten()
}

/// RFC 6749 3.1. Also a parameter that the provider ignores: a proxy must not read another request than the provider.
fn no_parameter_repeated(params: &Params) -> Result<(), OAuthError> {
    match params.repeated() {
        None => Ok(()),
        Some(_) => refuse(InvalidRequest, "A parameter is repeated."),
    }
}

/// Request objects (RFC 9101) and inline registration are not offered, so no URL of a request is fetched.
fn no_request_object(params: &Params) -> Result<(), OAuthError> {
    if value(params, "request").is_some() {
        return refuse(RequestNotSupported, "The request parameter is not supported.");
    }
    if value(params, "request_uri").is_some() {
        return refuse(RequestUriNotSupported, "The request_uri parameter is not supported.");
    }
    if value(params, "registration").is_some() {
        return refuse(RegistrationNotSupported, "The registration parameter is not supported.");
    }
    Ok(())
}

fn client_may_use_codes(client: &Client) -> Result<(), OAuthError> {
    if client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    refuse(UnauthorizedClient, "This client may not use the authorization code flow.")
}

/// The operator may have taken the name out of the configuration since.
fn class_of_client_is_known(client: &Client, levels: &Levels) -> Result<(), OAuthError> {
    let required = client.metadata.required_acr.as_ref();
    if required.is_none_or(|acr| levels.have(acr)) { Ok(()) } else { Err(UnmetAcr.into()) }
}

/// Only `code`: tokens never travel through the front channel (RFC 9700 2.1.2).
fn response_type_is_code(params: &Params) -> Result<(), OAuthError> {
    match value(params, "response_type") {
        Some("code") => Ok(()),
        Some(_) => refuse(UnsupportedResponseType, "response_type must be code."),
        None => refuse(InvalidRequest, "response_type is missing."),
    }
}

/// RFC 7636 4.3, and S256 only. A challenge is checked even where it is not demanded.
fn code_challenge(params: &Params, client: &Client) -> Result<Option<CodeChallenge>, OAuthError> {
    let method = value(params, "code_challenge_method");
    let Some(text) = value(params, "code_challenge") else {
        if method.is_some() {
            return refuse(InvalidRequest, "code_challenge_method without code_challenge.");
        }
        pkce_is_not_required(client)?;
        return Ok(None);
    };
    if method != Some("S256") {
        return refuse(InvalidRequest, "code_challenge_method must be S256.");
    }
    match CodeChallenge::parse(text) {
        Ok(challenge) => Ok(Some(challenge)),
        Err(_) => refuse(InvalidRequest, "code_challenge is not a base64url SHA-256."),
    }
}

fn pkce_is_not_required(client: &Client) -> Result<(), OAuthError> {
    match client.metadata.require_pkce {
        true => refuse(InvalidRequest, "code_challenge is missing."),
        false => Ok(()),
    }
}

fn scope(params: &Params, client: &Client) -> Result<Scope, OAuthError> {
    let Some(text) = value(params, "scope") else {
        return refuse(InvalidScope, "scope is missing.");
    };
    let Ok(scope) = Scope::parse(text) else {
        return refuse(InvalidScope, "scope is malformed.");
    };
    client_may_ask_for(client, &scope)?;
    Ok(scope)
}

fn client_may_ask_for(client: &Client, scope: &Scope) -> Result<(), OAuthError> {
    if scope.is_subset_of(&client.metadata.scope) {
        return Ok(());
    }
    refuse(InvalidScope, "scope has a value this client may not ask for.")
}

fn prompt(params: &Params, offers_registration: bool) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    let Some(text) = value(params, "prompt") else {
        return Ok(prompt);
    };
    for word in text.split(' ') {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            "create" if offers_registration => prompt.create = true,
            _ => return refuse(InvalidRequest, "prompt has an unknown value."),
        }
    }
    if prompt.none && text != "none" {
        return refuse(InvalidRequest, "prompt=none stands alone.");
    }
    Ok(prompt)
}

fn max_age(params: &Params) -> Result<Option<i64>, OAuthError> {
    let Some(text) = value(params, "max_age") else {
        return Ok(None);
    };
    let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits => Ok(Some(seconds)),
        _ => refuse(InvalidRequest, "max_age must be a number of seconds."),
    }
}

fn short_text(params: &Params, name: &str, too_long: &'static str) -> Result<Option<String>, OAuthError> {
    match value(params, name) {
        Some(text) if text.len() > MAX_TEXT_BYTES => refuse(InvalidRequest, too_long),
        text => Ok(text.map(str::to_owned)),
    }
}

fn claims(params: &Params, client: &Client, levels: &Levels) -> Result<ClaimsRequest, OAuthError> {
    let claims = match value(params, "claims").map(ClaimsRequest::parse) {
        None => ClaimsRequest::default(),
        Some(Ok(claims)) => claims.within(&client.metadata.scope),
        Some(Err(_)) => return refuse(InvalidRequest, "claims is not a claims request."),
    };
    let acr = acr(params, claims.acr, levels)?;
    Ok(ClaimsRequest { acr, ..claims })
}

/// The class of sign-in that is asked for: by the `claims` parameter, else by `acr_values`. What both together mean is left
/// open (Core 5.5.1.1); `claims` says more, so it counts.
fn acr(params: &Params, by_claims: AcrRequest, levels: &Levels) -> Result<AcrRequest, OAuthError> {
    let asked = match by_claims {
        AcrRequest::Nothing => value(params, "acr_values").map(AcrRequest::of_parameter).unwrap_or_default(),
        by_claims => by_claims,
    };
    acr_can_be_reached(&asked, levels)?;
    Ok(levels.known_of(asked))
}

fn acr_can_be_reached(asked: &AcrRequest, levels: &Levels) -> Result<(), OAuthError> {
    if levels.can_meet(asked) { Ok(()) } else { Err(UnmetAcr.into()) }
}

/// The subject that the answer must be about, by a hint, by the `claims` parameter, or by both when they agree.
fn hinted_subject(
    params: &Params,
    claims: &ClaimsRequest,
    read_hint: HintReader<'_>,
) -> Result<Option<String>, OAuthError> {
    let Some(hint) = value(params, "id_token_hint") else {
        return Ok(claims.subject.clone());
    };
    match read_hint(hint) {
        Some(subject) if claims.subject.as_ref().is_some_and(|wanted| *wanted != subject) => {
            refuse(InvalidRequest, "id_token_hint and claims name different subjects.")
        }
        Some(subject) => Ok(Some(subject)),
        None => refuse(InvalidRequest, "id_token_hint is not an ID token of this provider."),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
