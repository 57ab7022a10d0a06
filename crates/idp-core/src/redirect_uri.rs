//! Redirect URIs: what may be registered, and which presented value is the registered one.
//! RFC 9700 2.1 and 4.1 (exact string matching), RFC 8252 7.1 and 7.3 (native applications).

use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Query parameters that are ours to add to a redirect; a registered URI must not carry them.
const RESERVED_PARAMETERS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "response"];
const MAX_BYTES: usize = 2048;
/// The two loopback literals whose port a native application chooses at run time (RFC 8252 7.3).
const LOOPBACK_PREFIXES: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// A URI that was fit to be registered, kept in the spelling it was registered with.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a URI cannot be registered.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitRedirectUri {
    /// Not an absolute URI, too long, or with characters a browser would rewrite.
    #[error("it is not a plain absolute URI")]
    Malformed,
    /// `*` anywhere.
    #[error("it has a wildcard; register each URI exactly")]
    Wildcard,
    /// `#` anywhere.
    #[error("it has a fragment")]
    Fragment,
    /// `user@host`.
    #[error("it has user information before the host")]
    UserInfo,
    /// Neither https, nor http on loopback, nor a private-use scheme with a dot in it.
    #[error(
        "its scheme must be https, http on a loopback host, or an application's own like com.example.app"
    )]
    Scheme,
    /// A host in a private or link-local range.
    #[error("its host is in a private network")]
    PrivateHost,
    /// A parameter of the authorization response in its query.
    #[error("its query has a parameter that belongs to the authorization response")]
    ReservedParameter,
}

impl RedirectUri {
    /// Checks that `text` may be registered.
    ///
    /// # Errors
    /// [`UnfitRedirectUri`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, UnfitRedirectUri> {
        let url = Url::parse(text).map_err(|_| UnfitRedirectUri::Malformed)?;
        if !is_plain(text) {
            return Err(UnfitRedirectUri::Malformed);
        }
        if text.contains('*') {
            return Err(UnfitRedirectUri::Wildcard);
        }
        if text.contains('#') {
            return Err(UnfitRedirectUri::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err(UnfitRedirectUri::UserInfo);
        }
        check_scheme_and_host(&url, text)?;
        if url.query_pairs().any(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_ref())) {
            return Err(UnfitRedirectUri::ReservedParameter);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether `presented` is this URI: byte for byte, except that the port of a registered
    /// `http://127.0.0.1` or `http://[::1]` URI may differ (RFC 8252 7.3).
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        self.0 == presented
            || LOOPBACK_PREFIXES.iter().any(|prefix| {
                match (after_port(&self.0, prefix), after_port(presented, prefix)) {
                    (Some(ours), Some(theirs)) => ours == theirs,
                    _ => false,
                }
            })
    }

    /// The registered spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not too long, and without characters that a parser would rewrite.
pub(crate) fn is_plain(text: &str) -> bool {
    text.len() <= MAX_BYTES
        && text.bytes().all(|b| (0x21..=0x7E).contains(&b) && !b"\\<>\"^`{|}".contains(&b))
}

fn check_scheme_and_host(url: &Url, text: &str) -> Result<(), UnfitRedirectUri> {
    match url.scheme() {
        "https" => match url.host() {
            Some(host) if is_private(&host) => Err(UnfitRedirectUri::PrivateHost),
            Some(_) if text.starts_with("https://") && !authority(text).is_empty() => Ok(()),
            _ => Err(UnfitRedirectUri::Malformed),
        },
        "http" => match url.host() {
            Some(host)
                if is_loopback(&host) && text.starts_with("http://") && !authority(text).is_empty() =>
            {
                Ok(())
            }
            _ => Err(UnfitRedirectUri::Scheme),
        },
        // RFC 8252 7.1: a private-use scheme is a reversed domain name, so it has a dot.
        own if own.contains('.') => Ok(()),
        _ => Err(UnfitRedirectUri::Scheme),
    }
}

/// Whether a host is this machine: plain http is acceptable there (RFC 8252 8.3).
#[must_use]
pub fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => *address == Ipv6Addr::LOCALHOST,
    }
}

fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(_) => false,
        Host::Ipv4(address) => is_private_v4(*address),
        Host::Ipv6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_private_v4(mapped),
            // fc00::/7 (unique local) and fe80::/10 (link local).
            None => address.octets()[0] & 0xFE == 0xFC || address.segments()[0] & 0xFFC0 == 0xFE80,
        },
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    address.is_private() || address.is_link_local() || address.is_unspecified() || address.is_broadcast()
}

/// The text between `//` and the next `/`, `?` or end.
pub(crate) fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or("")
}

/// What follows `prefix` and an optional port, when `uri` is on that literal and nothing else.
fn after_port<'a>(uri: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(prefix)?;
    let Some(after_colon) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest);
    };
    let digits = after_colon.len() - after_colon.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (port, path) = after_colon.split_at(digits);
    let real_port = port.parse::<u16>().is_ok_and(|number| number != 0);
    (real_port && (path.is_empty() || path.starts_with(['/', '?']))).then_some(path)
}

impl TryFrom<String> for RedirectUri {
    type Error = UnfitRedirectUri;
    fn try_from(text: String) -> Result<Self, UnfitRedirectUri> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s03_unfit_uris_are_not_registered() {
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "https://*.example/cb",
            "https://a.example/*",
            "https://a.example/cb#f",
            "https://a.example/cb#",
            "http://a.example/cb",
            "https://10.0.0.1/cb",
            "https://192.168.1.1/cb",
            "https://169.254.169.254/cb",
            "https://[fd00::1]/cb",
            "https://[::ffff:10.0.0.1]/cb",
            "https://a.example/cb?code=x",
            "https://a.example/cb?x=1&state=y",
            "https://a.example/cb?iss=x",
            "https://a.example/cb?error=x",
            "https://a.example/cb?%63ode=x",
            "https://user@a.example/cb",
            "https://a.example\\@evil/cb",
            "//a.example/cb",
            "/cb",
            "",
            "https:a.example",
            "https:///a.example/cb",
            "https://a.example/c b",
            "myapp:/cb",
            "http://localhost.evil.example/cb",
        ] {
            assert!(RedirectUri::parse(uri).is_err(), "{uri}");
        }
        for uri in [
            "https://a.example/cb",
            "https://a.example/cb?tenant=1",
            "http://localhost:3000/cb",
            "http://a.localhost:8081/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb",
            "https://localhost/cb",
            "com.example.app:/cb",
        ] {
            assert!(RedirectUri::parse(uri).is_ok(), "{uri}");
        }
    }

    #[test]
    fn s02_only_the_registered_bytes_match() {
        let registered = RedirectUri::parse("https://a.example/cb").unwrap();
        assert!(registered.matches("https://a.example/cb"));
        for presented in [
            "https://a.example/cb/",
            "https://a.example/cb?",
            "https://a.example/cb#",
            "https://a.example/CB",
            "HTTPS://a.example/cb",
            "https://A.example/cb",
            "https://a.example:443/cb",
            "https://a.example/x/../cb",
            "https://a.example//cb",
            "https://a.example/%63b",
            "https://a.example/cb ",
            " https://a.example/cb",
            "https://a.example/cb;x",
            "https://a.example@evil.example/cb",
            "https://evil.example/https://a.example/cb",
            "https://a.example.evil.example/cb",
            "https://a.example/cb\t",
            "https://a.example/cb?x=1",
            "https://a.example%2fcb",
            "https://xn--a.example/cb",
            "https://a\u{3002}example/cb",
            "http://a.example/cb",
            "",
        ] {
            assert!(!registered.matches(presented), "{presented}");
        }
    }

    #[test]
    fn s04_only_the_port_of_a_loopback_literal_may_differ() {
        let registered = RedirectUri::parse("http://127.0.0.1/cb").unwrap();
        for presented in ["http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"] {
            assert!(registered.matches(presented), "{presented}");
        }
        for presented in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:1/cb2",
            "http://127.0.0.1:1@evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.2:1/cb",
            "http://localhost:1/cb",
            "http://[::1]:1/cb",
            "https://127.0.0.1:1/cb",
            "http://127.0.0.1:1\\cb",
            "http://127.0.0.1:+1/cb",
            "http://127.1/cb",
        ] {
            assert!(!registered.matches(presented), "{presented}");
        }
        let named = RedirectUri::parse("http://localhost:3000/cb").unwrap();
        assert!(!named.matches("http://localhost:3001/cb"));
    }
}
