//! Addresses of web pages that people are led to: `client_uri`, `policy_uri` and `tos_uri` of a client (RFC 7591 2), terms
//! and help of an installation. The provider itself never fetches one.

use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

use crate::redirect_uri::{authority, is_loopback, is_plain};

/// An absolute address in the spelling it was given in.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebLink(String);

/// Not an address that people may be led to.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be an https address such as https://www.example.com/privacy; http only on a loopback host")]
pub struct UnfitWebLink;

impl WebLink {
    /// Checks that people may be led to `text`: no scheme but these can be anything else than a page (`javascript:`), and
    /// nothing before the host makes it look like another one.
    ///
    /// # Errors
    /// [`UnfitWebLink`].
    pub fn parse(text: &str) -> Result<Self, UnfitWebLink> {
        let url = Url::parse(text).map_err(|_| UnfitWebLink)?;
        let is_bare = url.username().is_empty() && url.password().is_none() && !authority(text).contains('@');
        if !is_plain(text) || authority(text).is_empty() || !is_bare {
            return Err(UnfitWebLink);
        }
        let is_local = url.host().is_some_and(|host| is_loopback(&host));
        let is_fit = text.starts_with("https://")
            || (text.starts_with("http://") && url.scheme() == "http" && is_local);
        if is_fit { Ok(Self(text.to_owned())) } else { Err(UnfitWebLink) }
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WebLink {
    type Error = UnfitWebLink;
    fn try_from(text: String) -> Result<Self, UnfitWebLink> {
        Self::parse(&text)
    }
}

impl From<WebLink> for String {
    fn from(link: WebLink) -> Self {
        link.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s66_only_pages_of_the_web_can_be_linked_to() {
        for text in [
            "https://a.example",
            "https://a.example/privacy?lang=en#top",
            "http://a.localhost:8081/terms",
            "http://127.0.0.1/terms",
        ] {
            assert_eq!(WebLink::parse(text).map(String::from), Ok(text.to_owned()));
        }
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "http://a.example/terms",
            "https://user@a.example/",
            "https://:pw@a.example/",
            "https://a.example\\@b.example/",
            "https:///a.example",
            "//a.example",
            "/terms",
            "mailto:a@a.example",
            "https://a.example/\"><svg>",
            "https://a.example/a b",
            "",
        ] {
            assert_eq!(WebLink::parse(text), Err(UnfitWebLink), "{text}");
        }
    }
}
