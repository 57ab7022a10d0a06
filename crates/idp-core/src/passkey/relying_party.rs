//! Who asks for passkeys: the provider, by the host and the origin of its issuer.

use aws_lc_rs::digest::{SHA256, digest};
use url::{Host, Url};

/// The provider as authenticators and browsers know it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct RelyingParty {
    id: String,
    origin: String,
}

impl RelyingParty {
    /// That of an issuer, which is an origin. `None` where the host is an address: browsers keep passkeys for names only
    /// (WebAuthn 5.1.3, step 7).
    #[must_use]
    pub fn of_issuer(issuer: &str) -> Option<Self> {
        let url = Url::parse(issuer).ok()?;
        match url.host()? {
            Host::Domain(name) => {
                Some(Self { id: name.to_owned(), origin: url.origin().ascii_serialization() })
            }
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    /// The RP ID: the host itself, and no domain above it, so that no other site under it can ask for these passkeys.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The one origin whose pages answers may come from.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// What authenticators sign of it.
    pub(super) fn is_hash(&self, hash: &[u8]) -> bool {
        digest(&SHA256, self.id.as_bytes()).as_ref() == hash
    }
}
