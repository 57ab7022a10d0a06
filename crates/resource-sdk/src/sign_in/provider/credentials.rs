//! Who this site is to the provider: its registered `client_id` and, for a confidential client, the
//! secret, which is never printed. RFC 6749 sections 2.1 and 2.3.1.

use std::{fmt, sync::Arc};

use zeroize::Zeroizing;

/// The credentials of the site at the provider.
#[derive(Clone)]
pub struct ClientCredentials {
    client_id: String,
    secret: Option<Arc<Zeroizing<String>>>,
}

impl ClientCredentials {
    /// A client that proves nothing but possession of the PKCE verifier.
    #[must_use]
    pub fn public(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), secret: None }
    }

    /// A client with a secret, sent as HTTP Basic credentials to the token endpoint alone.
    #[must_use]
    pub fn confidential(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), secret: Some(Arc::new(Zeroizing::new(secret.into()))) }
    }

    /// The registered identifier.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(|secret| secret.as_str())
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
