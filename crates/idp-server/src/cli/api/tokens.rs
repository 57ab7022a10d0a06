//! The token endpoint as a client of it sees it (RFC 6749): a client's own token, a code for tokens, a refresh; and giving a
//! refresh token back (RFC 7009).

use anyhow::Context as _;
use idp_core::time::UnixTime;
use reqwest::StatusCode;
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::provider::{Provider, json};
use crate::cli::failure::Failure;

/// A token that has so many seconds left is not used any more.
const LEEWAY: i64 = 30;

/// What the token endpoint gave.
pub(super) struct Tokens {
    pub(super) access_token: Zeroizing<String>,
    pub(super) expires_at: UnixTime,
    pub(super) refresh_token: Option<Zeroizing<String>>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    expires_in: i64,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// How a client says who it is.
#[derive(Copy, Clone)]
pub(super) enum ClientAs<'a> {
    /// It has no secret.
    Public(&'a str),
    /// By id and secret (RFC 6749 2.3.1).
    Confidential(&'a str, &'a str),
}

impl Tokens {
    /// Whether the access token is good for a request yet.
    pub(super) fn is_fresh(expires_at: UnixTime, now: UnixTime) -> bool {
        now.plus(LEEWAY) < expires_at
    }
}

impl Provider {
    /// A token of the client itself (RFC 6749 4.4).
    pub(super) async fn token_of_client(
        &self,
        id: &str,
        secret: &str,
        scope: Option<&str>,
        now: UnixTime,
    ) -> Result<Tokens, Failure> {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.tokens(ClientAs::Confidential(id, secret), &form, now).await
    }

    /// Tokens for a code (RFC 6749 4.1.3, RFC 7636 4.5).
    pub(super) async fn redeem(
        &self,
        client: &str,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
        now: UnixTime,
    ) -> Result<Tokens, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        self.tokens(ClientAs::Public(client), &form, now).await
    }

    /// The next tokens (RFC 6749 6).
    pub(super) async fn refresh(
        &self,
        client: &str,
        refresh_token: &str,
        now: UnixTime,
    ) -> Result<Tokens, Failure> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.tokens(ClientAs::Public(client), &form, now).await
    }

    /// Ends the grant of a refresh token (RFC 7009 2.1).
    pub(in crate::cli) async fn revoke(&self, client: &str, refresh_token: &str) -> Result<(), Failure> {
        let form = [("token", refresh_token), ("token_type_hint", "refresh_token"), ("client_id", client)];
        let answer = self.http.post(self.revocation_endpoint.clone()).form(&form).send().await;
        let answer = answer.with_context(|| format!("{} does not answer", self.issuer))?;
        match answer.status() {
            StatusCode::OK => Ok(()),
            status => Err(Failure::Failed(anyhow::anyhow!("{} answered {status}", self.issuer))),
        }
    }

    async fn tokens(
        &self,
        client: ClientAs<'_>,
        form: &[(&str, &str)],
        now: UnixTime,
    ) -> Result<Tokens, Failure> {
        let request = self.http.post(self.token_endpoint.clone());
        let request = match client {
            ClientAs::Public(id) => request.form(&[form, &[("client_id", id)]].concat()),
            ClientAs::Confidential(id, secret) => {
                let [id, secret] =
                    [id, secret].map(|text| byte_serialize(text.as_bytes()).collect::<String>());
                request.basic_auth(id, Some(secret)).form(form)
            }
        };
        let answer = request.send().await.with_context(|| format!("{} does not answer", self.issuer))?;
        let status = answer.status();
        let unclear = || format!("{} answered {status}", self.issuer);
        if status != StatusCode::OK {
            let Refusal { error, error_description } = json(answer).await.with_context(unclear)?;
            let description = [error, error_description].join(": ");
            let description = description.trim_end_matches([':', ' ', '.']);
            return match status.is_client_error() {
                true => Err(Failure::refused(format!("{} gives no token: {description}", self.issuer))),
                false => Err(Failure::Failed(anyhow::anyhow!("{}: {description}", unclear()))),
            };
        }
        let Answer { access_token, expires_in, refresh_token } = json(answer).await.with_context(unclear)?;
        Ok(Tokens {
            access_token: access_token.into(),
            expires_at: now.plus(expires_in),
            refresh_token: refresh_token.map(Zeroizing::new),
        })
    }
}
