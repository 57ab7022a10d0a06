//! What makes one demonstration site different from another.

use std::net::SocketAddr;

use resource_sdk::{
    Clock, KeyOptions,
    sign_in::{CookieKey, DecryptionKey},
};

use crate::face::Face;

/// A demonstration site's settings.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// What the site calls itself, such as "Marlow Books".
    pub name: String,
    /// Where browsers find it: an origin. Access tokens must name it as their audience.
    pub base_url: String,
    /// The provider.
    pub issuer: String,
    /// Who the site is at the provider.
    pub client_id: String,
    /// Its secret there, if it has one.
    pub client_secret: Option<Secret>,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it offers, its mark and its colour.
    pub face: Face,
    /// What seals its cookies; a new key at each start unless given.
    pub cookie_key: Option<CookieKey>,
    /// Its private keys, if its ID tokens come encrypted.
    pub decryption_keys: Vec<DecryptionKey>,
    /// How it fetches the provider's keys.
    pub keys: KeyOptions,
    /// Whether it follows the provider's revocation feed; only a confidential client can.
    pub follows_feed: bool,
    /// Which clock it goes by.
    pub clock: Clock,
}

impl SiteConfig {
    /// A site of a public client with everything else at its default.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        base_url: impl Into<String>,
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        listen: SocketAddr,
    ) -> Self {
        Self {
            name: name.into(),
            base_url: base_url.into(),
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: None,
            listen,
            face: Face::default(),
            cookie_key: None,
            decryption_keys: Vec::new(),
            keys: KeyOptions::default(),
            follows_feed: false,
            clock: Clock::System,
        }
    }

    /// The same site as a confidential client.
    #[must_use]
    pub fn with_secret(self, secret: impl Into<String>) -> Self {
        Self { client_secret: Some(Secret(secret.into())), ..self }
    }

    /// The same site, told of revocations as they happen.
    #[must_use]
    pub fn with_feed(self) -> Self {
        Self { follows_feed: true, ..self }
    }

    /// The same site with another face.
    #[must_use]
    pub fn with_face(self, face: Face) -> Self {
        Self { face, ..self }
    }
}

/// A client secret, which is never printed.
#[derive(Clone)]
pub struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}
