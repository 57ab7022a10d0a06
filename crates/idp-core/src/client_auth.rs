//! How a client proves itself at the token, introspection and revocation endpoints:
//! `client_secret_basic`, `client_secret_post` or `none` (RFC 6749 2.3, OpenID Connect Core 9).

use crate::client::{ClientId, ClientKind};
use crate::error::{ErrorCode, OAuthError};
use crate::params::decode_component;
use crate::secret::{Secret, SecretHash, SecretKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const FAILED: OAuthError = OAuthError::new(ErrorCode::InvalidClient, "Client authentication failed.");

/// What a request presented; nothing is proven yet.
pub struct PresentedClient {
    /// Who it claims to be.
    pub id: ClientId,
    /// The secret, when one was sent.
    secret: Option<String>,
}

impl PresentedClient {
    /// Reads the claim from the `Authorization` header and the form, one method only.
    ///
    /// # Errors
    /// `invalid_request` when two methods are used at once or no client is named;
    /// `invalid_client` when the header cannot be read.
    pub fn read(
        authorization: Option<&str>,
        form_id: Option<&str>,
        form_secret: Option<&str>,
    ) -> Result<Self, OAuthError> {
        match authorization {
            Some(header) => Self::from_basic(header, form_id, form_secret),
            None => Self::from_form(form_id, form_secret),
        }
    }

    fn from_basic(
        header: &str,
        form_id: Option<&str>,
        form_secret: Option<&str>,
    ) -> Result<Self, OAuthError> {
        let (id, secret) = basic_credentials(header).ok_or(FAILED)?;
        if form_secret.is_some() || form_id.is_some_and(|form_id| form_id != id) {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "Use one client authentication method, and name one client.",
            ));
        }
        let id = ClientId::parse(&id).map_err(|_| FAILED)?;
        Ok(Self { id, secret: Some(secret) })
    }

    fn from_form(form_id: Option<&str>, form_secret: Option<&str>) -> Result<Self, OAuthError> {
        let id = form_id.ok_or(OAuthError::new(ErrorCode::InvalidClient, "No client is named."))?;
        let id = ClientId::parse(id).map_err(|_| FAILED)?;
        Ok(Self { id, secret: form_secret.map(str::to_owned) })
    }

    /// Decides whether whoever asks is the client registered under [`Self::id`], given its `kind` if there is one.
    /// The same work is done whether or not the client exists.
    ///
    /// # Errors
    /// `invalid_client`, always in the same words.
    pub fn prove(&self, kind: Option<&ClientKind>) -> Result<(), OAuthError> {
        let nobody = [SecretHash::of_nothing()];
        let known: &[SecretHash] = match kind {
            Some(ClientKind::Confidential { secrets }) => secrets,
            Some(ClientKind::Public) | None => &nobody,
        };
        let given = self.secret.as_deref().and_then(|text| Secret::parse(SecretKind::ClientSecret, text));
        // Every hash is compared, so that time tells nothing about which one came close.
        let proven =
            given.is_some_and(|given| known.iter().fold(false, |found, hash| found | hash.matches(&given)));
        match kind {
            Some(ClientKind::Public) if self.secret.is_none() => Ok(()),
            Some(ClientKind::Confidential { .. }) if proven => Ok(()),
            Some(_) => Err(FAILED.because(format!("client {} sent a wrong or no secret", self.id))),
            None => Err(FAILED.because(format!("client {} does not exist", self.id))),
        }
    }
}

/// `Basic base64(form-urlencoded id ":" form-urlencoded secret)`, RFC 6749 2.3.1.
fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((decode_component(id)?, decode_component(secret)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s22_a_header_that_cannot_be_read_is_refused() {
        for header in
            ["Basic", "Basic ", "Basic !!!", "Bearer x", "Basic YTpi YTpi", "Basic YQ==", "Basic YTolenp6"]
        {
            assert!(basic_credentials(header).is_none(), "{header}");
        }
        assert_eq!(basic_credentials("bAsIc YSUzQTpiJTIw"), Some(("a:".into(), "b ".into())));
    }

    #[test]
    fn s22_two_methods_at_once_are_refused() {
        let both = PresentedClient::read(Some("Basic YTpi"), None, Some("b"));
        assert_eq!(both.err().unwrap().code, ErrorCode::InvalidRequest);
        let other = PresentedClient::read(Some("Basic YTpi"), Some("c"), None);
        assert_eq!(other.err().unwrap().code, ErrorCode::InvalidRequest);
        let same = PresentedClient::read(Some("Basic YTpi"), Some("a"), None);
        assert_eq!(same.ok().unwrap().id.as_str(), "a");
    }
}
