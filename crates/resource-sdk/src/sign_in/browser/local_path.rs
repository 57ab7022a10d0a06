//! Where a visitor goes after signing in or out: a path of this site, in the canonical spelling of
//! the WHATWG URL parser, because that is what a browser will make of it. Anything else is refused,
//! never repaired.

use url::Url;

/// Longer targets would not fit into the cookies and response heads that carry them.
const MAX_BYTES: usize = 1024;
/// The same, as the parameter of another address.
const MAX_ENCODED_BYTES: usize = 1536;

/// A path (with query and fragment) on the site's own origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalPath(String);

impl LocalPath {
    /// Reads a target; nothing when any browser might leave `origin` by it.
    pub(crate) fn parse(text: &str, origin: &Url) -> Option<Self> {
        // A browser drops tabs and line breaks and takes a backslash for a slash.
        let is_plain = text.len() <= MAX_BYTES && !text.chars().any(|c| c.is_control() || c == '\\');
        let has_one_slash = text.starts_with('/') && !text.starts_with("//");
        if !is_plain || !has_one_slash {
            return None;
        }
        let url = origin.join(text).ok()?;
        let stays_here = url.origin() == origin.origin() && !url.path().starts_with("//");
        // Percent-encoding makes text longer.
        let canonical = canonical(&url);
        let fits = canonical.len() <= MAX_BYTES && encoded_len(&canonical) <= MAX_ENCODED_BYTES;
        (stays_here && fits).then_some(Self(canonical))
    }

    /// Whether this path lies at or below `mount`, where going would begin something.
    pub(crate) fn is_within(&self, mount: &str) -> bool {
        let rest = self.0.strip_prefix(mount);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }

    /// The same path with one more query parameter, which has no value.
    pub(crate) fn with_parameter(&self, name: &str) -> String {
        let (page, fragment) = self.0.split_at(self.0.find('#').unwrap_or(self.0.len()));
        let separator = if page.contains('?') { '&' } else { '?' };
        format!("{page}{separator}{name}{fragment}")
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn encoded_len(text: &str) -> usize {
    url::form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum()
}

/// Everything behind the origin.
fn canonical(url: &Url) -> String {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{}{query}{fragment}", url.path())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Option<String> {
        let origin = Url::parse("https://a.example").unwrap();
        LocalPath::parse(text, &origin).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn s68_only_a_path_of_this_site_is_a_target() {
        for text in [
            "",
            "x",
            "members",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/\r\nSet-Cookie:x",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/.//evil.example",
            "/x/..//evil.example",
            "/%2e//evil.example",
            "@evil.example",
            "?x",
            "#x",
            "/\u{0}x",
            "/\u{85}x",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse(&format!("/{}", "x".repeat(MAX_BYTES))), None);
        assert_eq!(parse(&format!("/{}", "\u{4f60}".repeat(MAX_BYTES / 4))), None);
    }

    #[test]
    fn s68_a_local_path_is_kept_in_canonical_spelling() {
        for (text, expected) in [
            ("/", "/"),
            ("/members?page=2#top", "/members?page=2#top"),
            ("/a/../b", "/b"),
            ("/%2f/evil.example", "/%2f/evil.example"),
            ("/@evil.example", "/@evil.example"),
            ("/x?next=//evil.example", "/x?next=//evil.example"),
            ("/\u{4f60}\u{597d}", "/%E4%BD%A0%E5%A5%BD"),
            ("/<b>\"", "/%3Cb%3E%22"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn a5_a_parameter_is_added_before_the_fragment() {
        let with = |text: &str| LocalPath(text.to_owned()).with_parameter("p");
        assert_eq!(with("/"), "/?p");
        assert_eq!(with("/a?b=c"), "/a?b=c&p");
        assert_eq!(with("/a#b?c"), "/a?p#b?c");
        assert_eq!(with("/a?b#c"), "/a?b&p#c");
    }

    #[test]
    fn s68_the_mount_itself_is_recognised() {
        let within = |text: &str| LocalPath(text.to_owned()).is_within("/auth");
        assert!(within("/auth") && within("/auth/login") && within("/auth?x"));
        assert!(!within("/author") && !within("/") && !within("/x/auth"));
    }
}
