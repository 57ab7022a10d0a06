//! How a client authenticates at the token, introspection and revocation endpoints: `client_secret_basic`,
//! `client_secret_post` or `none` (RFC 6749 2.3, OpenID Connect Core 9). The methods are listed here once; discovery
//! advertises this list. Loading the client's registration is the server's.

use std::fmt;

use crate::client::{ClientId, ClientKind};
use crate::error::{ErrorCode, OAuthError};
use crate::params::decode_component;
use crate::secret::{Secret, SecretHash, SecretKind, fingerprint};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The causes of `invalid_client` under which a failed authentication is counted: no client has the id, or it did not prove itself.
pub const CAUSES: [&str; 2] = [UNKNOWN, UNPROVEN];
const UNKNOWN: &str = "client_unknown";
const UNPROVEN: &str = "client_unproven";
const FAILED: OAuthError = OAuthError::new(ErrorCode::InvalidClient, "Client authentication failed.");

/// A client authentication method, as OpenID Connect Core 9 names it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ClientAuthenticationMethod {
    /// The secret in the `Authorization` header (RFC 6749 2.3.1).
    ClientSecretBasic,
    /// The secret in the form (RFC 6749 2.3.1).
    ClientSecretPost,
    /// A public client, which names itself and proves nothing.
    None,
}

impl ClientAuthenticationMethod {
    /// Every method, in the order in which they are advertised.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// The value in metadata, such as `token_endpoint_auth_methods_supported`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
        }
    }

    /// Whether a client that uses it has proven which client it is.
    #[must_use]
    pub const fn is_proof(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost => true,
            Self::None => false,
        }
    }
}

/// What a request presented to authenticate its client. Nothing is proven before [`ClientAuthentication::verify`].
#[derive(Clone)]
pub enum ClientAuthentication {
    /// `client_secret_basic`.
    ClientSecretBasic {
        /// The client that is named.
        client_id: ClientId,
        /// The secret that is shown.
        secret: Zeroizing<String>,
    },
    /// `client_secret_post`.
    ClientSecretPost {
        /// The client that is named.
        client_id: ClientId,
        /// The secret that is shown.
        secret: Zeroizing<String>,
    },
    /// `none`.
    None {
        /// The client that is named.
        client_id: ClientId,
    },
}

impl ClientAuthentication {
    /// Reads the `Authorization` header and the `client_id` and `client_secret` of the form. A request uses one method
    /// only (RFC 6749 2.3).
    ///
    /// # Errors
    /// `invalid_request` when two methods are used at once, `invalid_client` when no client is named or the header
    /// cannot be read.
    pub fn read(
        authorization: Option<&str>,
        form_id: Option<&str>,
        form_secret: Option<&str>,
    ) -> Result<Self, OAuthError> {
        match authorization {
            Some(header) => Self::from_header(header, form_id, form_secret),
            None => Self::from_form(form_id, form_secret),
        }
    }

    fn from_header(
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
        let client_id = ClientId::parse(&id).map_err(|_| FAILED)?;
        Ok(Self::ClientSecretBasic { client_id, secret })
    }

    fn from_form(form_id: Option<&str>, form_secret: Option<&str>) -> Result<Self, OAuthError> {
        let id = form_id.ok_or(OAuthError::new(ErrorCode::InvalidClient, "No client is named."))?;
        let client_id = ClientId::parse(id).map_err(|_| FAILED)?;
        Ok(match form_secret {
            Some(secret) => Self::ClientSecretPost { client_id, secret: Zeroizing::new(secret.to_owned()) },
            None => Self::None { client_id },
        })
    }

    /// The client that the request names.
    #[must_use]
    pub const fn client_id(&self) -> &ClientId {
        match self {
            Self::ClientSecretBasic { client_id, .. }
            | Self::ClientSecretPost { client_id, .. }
            | Self::None { client_id } => client_id,
        }
    }

    /// The method in use.
    #[must_use]
    pub const fn method(&self) -> ClientAuthenticationMethod {
        match self {
            Self::ClientSecretBasic { .. } => ClientAuthenticationMethod::ClientSecretBasic,
            Self::ClientSecretPost { .. } => ClientAuthenticationMethod::ClientSecretPost,
            Self::None { .. } => ClientAuthenticationMethod::None,
        }
    }

    /// Decides whether the request comes from the client that it names; `kind` is that client's, if it is registered.
    /// An unknown client takes the same work as a known one, so that timing does not reveal which clients exist.
    ///
    /// # Errors
    /// `invalid_client`, always in the same words.
    pub fn verify(&self, kind: Option<&ClientKind>) -> Result<(), OAuthError> {
        let secret_is_right = self.secret().is_some_and(|secret| is_secret_of(kind, secret));
        match kind {
            Some(ClientKind::Public) if self.method() == ClientAuthenticationMethod::None => Ok(()),
            Some(ClientKind::Confidential { .. }) if secret_is_right => Ok(()),
            Some(_) => {
                let (id, method) = (self.client_id(), self.method().as_str());
                let detail = format!("client {id} did not authenticate: {method}");
                Err(FAILED.because(detail).counted_as(UNPROVEN))
            }
            None => {
                let detail = format!("client {} does not exist", fingerprint(self.client_id().as_str()));
                Err(FAILED.because(detail).counted_as(UNKNOWN))
            }
        }
    }

    fn secret(&self) -> Option<&str> {
        match self {
            Self::ClientSecretBasic { secret, .. } | Self::ClientSecretPost { secret, .. } => Some(secret),
            Self::None { .. } => None,
        }
    }
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientAuthentication({}, {}, redacted)", self.method().as_str(), self.client_id())
    }
}

/// Compares every hash, also after one has matched, so that timing does not tell which one it was.
fn is_secret_of(kind: Option<&ClientKind>, presented: &str) -> bool {
    let no_secret = [SecretHash::of_nothing()];
    let hashes: &[SecretHash] = match kind {
        Some(ClientKind::Confidential { secrets }) => secrets,
        Some(ClientKind::Public) | None => &no_secret,
    };
    let presented = Secret::chosen(SecretKind::ClientSecret, presented).ok();
    presented.is_some_and(|secret| hashes.iter().fold(false, |found, hash| found | hash.matches(&secret)))
}

/// `Basic base64(form-urlencoded id ":" form-urlencoded secret)`, RFC 6749 2.3.1.
fn basic_credentials(header: &str) -> Option<(String, Zeroizing<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?);
    let (id, secret) = decoded.split_once(':')?;
    Some((decode_component(id)?, Zeroizing::new(decode_component(secret)?)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand_core::OsRng;

    fn read(header: Option<&str>, id: Option<&str>, secret: Option<&str>) -> ClientAuthentication {
        ClientAuthentication::read(header, id, secret).unwrap()
    }

    #[test]
    fn s22_a_header_that_cannot_be_read_is_refused() {
        for header in
            ["Basic", "Basic ", "Basic !!!", "Bearer x", "Basic YTpi YTpi", "Basic YQ==", "Basic YTolenp6"]
        {
            assert!(basic_credentials(header).is_none(), "{header}");
        }
        let (id, secret) = basic_credentials("bAsIc YSUzQTpiJTIw").unwrap();
        assert_eq!((id.as_str(), secret.as_str()), ("a:", "b "));
    }

    #[test]
    fn s22_two_methods_at_once_are_refused() {
        let both = ClientAuthentication::read(Some("Basic YTpi"), None, Some("b"));
        assert_eq!(both.unwrap_err().code, ErrorCode::InvalidRequest);
        let other = ClientAuthentication::read(Some("Basic YTpi"), Some("c"), None);
        assert_eq!(other.unwrap_err().code, ErrorCode::InvalidRequest);
        assert_eq!(read(Some("Basic YTpi"), Some("a"), None).client_id().as_str(), "a");
    }

    #[test]
    fn s22_each_kind_of_client_passes_by_its_own_methods_only() {
        let right = Secret::generate(SecretKind::ClientSecret, &mut OsRng);
        let wrong = Secret::generate(SecretKind::ClientSecret, &mut OsRng);
        let confidential = ClientKind::Confidential { secrets: vec![SecretHash::of_nothing(), right.hash()] };
        let basic = format!("Basic {}", STANDARD.encode(format!("a:{}", right.expose())));
        for (presented, passes_confidential, passes_public) in [
            (read(Some(&basic), None, None), true, false),
            (read(None, Some("a"), Some(right.expose())), true, false),
            (read(None, Some("a"), Some(wrong.expose())), false, false),
            (read(None, Some("a"), Some("")), false, false),
            (read(None, Some("a"), None), false, true),
        ] {
            assert_eq!(presented.verify(Some(&confidential)).is_ok(), passes_confidential, "{presented:?}");
            assert_eq!(presented.verify(Some(&ClientKind::Public)).is_ok(), passes_public, "{presented:?}");
            assert_eq!(presented.verify(None).unwrap_err().code, ErrorCode::InvalidClient);
        }
    }

    #[test]
    fn s22_the_secret_that_was_presented_stays_out_of_the_log() {
        let presented = read(None, Some("a"), Some("hunter2"));
        assert_eq!(format!("{presented:?}"), "ClientAuthentication(client_secret_post, a, redacted)");
    }
}
