//! The `[issuer]` table: the issuer identifier (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2) and the name of
//! the service. Every link, cookie and token takes its origin from here; no request header contributes to it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

/// The `[issuer]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuerConfig {
    /// The issuer identifier: an origin, without a path and without a trailing slash.
    pub url: Issuer,
    /// What the pages call this service.
    pub service_name: String,
}

impl Default for IssuerConfig {
    fn default() -> Self {
        Self { url: Issuer("http://localhost:8080".to_owned()), service_name: "Sign-in".to_owned() }
    }
}

/// An origin in the one spelling that tokens carry: lower case, no default port, no trailing slash.
/// `https`, or `http` on a host that names this very machine.
#[derive(Clone, Eq, PartialEq, Hash, Debug)]
pub struct Issuer(String);

/// Why a text cannot be an issuer.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum IssuerError {
    /// It does not parse as a URL.
    #[error("must be a URL: write an origin such as https://login.example.com")]
    NotAUrl,
    /// Neither `https`, nor `http` towards this machine.
    #[error("must be https; http is allowed only on localhost, *.localhost and loopback addresses")]
    NotSecure,
    /// It is a URL, but not the origin alone in its canonical spelling.
    #[error("must be an origin and nothing more: write {0}")]
    NotAnOrigin(String),
}

impl Issuer {
    /// The identifier as it stands in `iss`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of `path`, which begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Its host, without the port: an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, authority)| authority);
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => authority,
        }
    }

    /// Whether the provider is reached over TLS; it decides about `Secure` cookies and HSTS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for Issuer {
    type Err = IssuerError;

    fn from_str(text: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(text).map_err(|_| IssuerError::NotAUrl)?;
        let host = url.host().ok_or(IssuerError::NotAUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(&host) => {}
            _ => return Err(IssuerError::NotSecure),
        }
        let origin = url.origin().ascii_serialization();
        if origin == text { Ok(Self(origin)) } else { Err(IssuerError::NotAnOrigin(origin)) }
    }
}

/// RFC 6761 section 6.3: names under `localhost` never leave the machine.
pub(super) fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Issuer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Issuer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_origins() {
        for text in [
            "https://login.example.com",
            "https://login.example.com:8443",
            "http://localhost:8080",
            "http://idp.localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            assert_eq!(text.parse::<Issuer>().map(|i| i.0), Ok(text.to_owned()));
        }
    }

    #[test]
    fn s90_refuses_an_issuer_that_is_more_than_an_origin() {
        for text in [
            "https://login.example.com/",
            "https://login.example.com/tenant",
            "https://login.example.com?x=1",
            "https://login.example.com#f",
            "https://user:secret@login.example.com",
            "https://login.example.com:443",
            "https://LOGIN.example.com",
            " https://login.example.com",
        ] {
            let refused = IssuerError::NotAnOrigin("https://login.example.com".to_owned());
            assert_eq!(text.parse::<Issuer>(), Err(refused), "{text:?}");
        }
    }

    #[test]
    fn s90_refuses_plain_http_off_this_machine() {
        for text in [
            "http://login.example.com",
            "http://localhost.example.com",
            "http://notlocalhost:8080",
            "http://10.0.0.1",
            "http://[::ffff:10.0.0.1]",
            "ftp://localhost",
        ] {
            assert_eq!(text.parse::<Issuer>(), Err(IssuerError::NotSecure), "{text:?}");
        }
        assert_eq!("login".parse::<Issuer>(), Err(IssuerError::NotAUrl));
        assert_eq!("".parse::<Issuer>(), Err(IssuerError::NotAUrl));
    }
}
