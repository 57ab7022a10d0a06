//! The back-channel logout URI of a client, where logout tokens are posted when a session ends. This module owns which
//! URIs may be registered. The server checks the address that it connects to, after resolving the name. OpenID Connect Back-Channel Logout 1.0 section 2.2.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::redirect_uri::{authority, is_loopback, is_plain};

/// A URI that may be registered, in the spelling it was registered with.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BackchannelLogoutUri(String);

/// Why a URI cannot be registered.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitBackchannelLogoutUri {
    /// Not an absolute URI with a host, too long, or with characters that would be rewritten.
    #[error("it is not a plain absolute URI")]
    Malformed,
    /// `#` anywhere.
    #[error("it has a fragment")]
    Fragment,
    /// `user@host`.
    #[error("it has user information before the host")]
    UserInfo,
    /// Neither https, nor http to this machine.
    #[error("its scheme must be https, or http on a loopback host")]
    Scheme,
}

impl BackchannelLogoutUri {
    /// Checks that `text` may be registered.
    ///
    /// # Errors
    /// [`UnfitBackchannelLogoutUri`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, UnfitBackchannelLogoutUri> {
        let url = Url::parse(text).map_err(|_| UnfitBackchannelLogoutUri::Malformed)?;
        if !is_plain(text) || authority(text).is_empty() {
            return Err(UnfitBackchannelLogoutUri::Malformed);
        }
        if text.contains('#') {
            return Err(UnfitBackchannelLogoutUri::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err(UnfitBackchannelLogoutUri::UserInfo);
        }
        let is_local = url.host().is_some_and(|host| is_loopback(&host));
        match url.scheme() {
            "https" if text.starts_with("https://") => Ok(Self(text.to_owned())),
            "http" if text.starts_with("http://") && is_local => Ok(Self(text.to_owned())),
            _ => Err(UnfitBackchannelLogoutUri::Scheme),
        }
    }

    /// The registered spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the URI names this machine, so that a connection to a loopback address is intended.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let url = Url::parse(&self.0).ok();
        url.is_some_and(|url| url.host().is_some_and(|host: Host<&str>| is_loopback(&host)))
    }
}

impl TryFrom<String> for BackchannelLogoutUri {
    type Error = UnfitBackchannelLogoutUri;
    fn try_from(text: String) -> Result<Self, UnfitBackchannelLogoutUri> {
        Self::parse(&text)
    }
}

impl From<BackchannelLogoutUri> for String {
    fn from(uri: BackchannelLogoutUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s93_addresses_that_are_not_registered() {
        for uri in [
            "",
            "/logout",
            "//a.example/logout",
            "http://a.example/logout",
            "http://10.0.0.1/logout",
            "http://169.254.169.254/latest",
            "http://localhost.evil.example/logout",
            "http://0x7f.1.evil.example/",
            "ftp://localhost/logout",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "com.example.app:/logout",
            "https:a.example/logout",
            "https:///a.example/logout",
            "HTTPS://a.example/logout",
            "https://user@a.example/logout",
            "https://user:secret@a.example/logout",
            "https://@a.example/logout",
            "https://a.example/logout#x",
            "https://a.example/logout#",
            "https://a.example/log out",
            "https://a.example\\@evil.example/",
            "https://a.example/\r\nx",
            "https://a.example/\u{e4}",
        ] {
            assert!(BackchannelLogoutUri::parse(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn s72_addresses_that_are_registered_and_which_of_them_are_local() {
        for (uri, is_local) in [
            ("https://a.example/auth/backchannel-logout", false),
            ("https://a.example:8443/logout?tenant=1", false),
            ("https://10.0.0.1/logout", false),
            ("https://localhost/logout", true),
            ("http://a.localhost:8081/logout", true),
            ("http://127.0.0.1:9/logout", true),
            ("http://[::1]:9/logout", true),
        ] {
            assert_eq!(BackchannelLogoutUri::parse(uri).map(|uri| uri.is_local()), Ok(is_local), "{uri}");
        }
    }
}
