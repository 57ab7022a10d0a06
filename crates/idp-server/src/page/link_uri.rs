//! Addresses that a page may link or post to: absolute `http` and `https` only, so that no
//! registered value can become a script (`javascript:`, `data:`) when a person clicks it.

use std::fmt;

use url::Url;

/// An absolute `http` or `https` address without credentials in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkUri(String);

impl LinkUri {
    /// Accepts what a browser reads as an `http` or `https` address; anything else is no link.
    #[must_use]
    pub fn new(raw: &str) -> Option<Self> {
        let url = Url::parse(raw).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let bare = url.username().is_empty() && url.password().is_none();
        (web && bare).then(|| Self(url.into()))
    }

    /// The address in the URL parser's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LinkUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s66_only_web_addresses_become_links() {
        for raw in [
            "javascript:alert(1)",
            " java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/path",
            "",
            "https://",
            "https://user:pw@a.example/",
            "com.example.app:/back",
        ] {
            assert_eq!(LinkUri::new(raw), None, "{raw}");
        }
    }

    #[test]
    fn web_addresses_are_kept() {
        let link = LinkUri::new("https://a.example/terms?x=1&y=%22").map(|l| l.to_string());
        assert_eq!(link.as_deref(), Some("https://a.example/terms?x=1&y=%22"));
    }
}
