//! Where a visitor goes after signing in or out: a path of this site. It is in the canonical spelling of
//! the WHATWG URL parser, because that is what a browser will make of it; a path that a browser sent comes out
//! as it was. Anything else is refused, never repaired, and the reason said. URL Standard section 4.4.

use url::Url;

use super::packed;

/// Octets of the longest request target that the `http` crate reads (`u16::MAX - 1`).
pub(crate) const MAX_BYTES: usize = 65_534;
/// Octets of a path that a response head carries beside cookies: proxies read a head into one buffer.
const MAX_HEAD_BYTES: usize = 1024;
/// The same, as the parameter of another address.
const MAX_ENCODED_BYTES: usize = 1536;
/// The same, compressed, in the sealed `state` of an address at the provider.
const MAX_PACKED_BYTES: usize = 640;

/// Why an address is not one to come back to after signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReturnToError {
    /// A browser might leave this site by it: it does not begin with one `/`, or has a backslash in its path.
    #[error(
        "it is not a path of this site, which begins with one slash and has no backslash before the query"
    )]
    Foreign,
    /// A control character, which browsers drop or refuse, is in it.
    #[error("it has a control character in it")]
    ControlCharacter,
    /// No server reads a request target of that length.
    #[error("it has {bytes} bytes, and no server reads more than {limit}")]
    TooLong {
        /// Octets, percent-encoded.
        bytes: usize,
        /// Octets that would be taken.
        limit: usize,
    },
    /// It is one of the sign-in's own routes, where going would begin something.
    #[error("it is a route of the sign-in itself")]
    WithinMount,
    /// A long address was kept in memory, and is not there any more: after a restart, in another process,
    /// a day later, or when there were too many.
    #[error("it was long, kept in memory, and is forgotten: after a restart or a day, or by another process")]
    Forgotten,
}

impl ReturnToError {
    /// The reason in one word, for logs and headers.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::ControlCharacter => "control_character",
            Self::TooLong { .. } => "too_long",
            Self::WithinMount => "within_mount",
            Self::Forgotten => "forgotten",
        }
    }
}

/// A path (with query and fragment) on the site's own origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalPath(String);

impl LocalPath {
    /// Reads a target; an error when any browser might leave `origin` by it.
    pub(crate) fn parse(text: &str, origin: &Url) -> Result<Self, ReturnToError> {
        check_length(text)?;
        // A browser drops tabs and line breaks.
        if text.chars().any(char::is_control) {
            return Err(ReturnToError::ControlCharacter);
        }
        // A browser takes a backslash for a slash, in the path alone.
        let path = text.split(['?', '#']).next().unwrap_or_default();
        if !text.starts_with('/') || text.starts_with("//") || path.contains('\\') {
            return Err(ReturnToError::Foreign);
        }
        let url = origin.join(text).map_err(|_| ReturnToError::Foreign)?;
        if url.origin() != origin.origin() || url.path().starts_with("//") {
            return Err(ReturnToError::Foreign);
        }
        // Percent-encoding makes text longer.
        let canonical = canonical(&url);
        check_length(&canonical)?;
        Ok(Self(canonical))
    }

    /// Whether a `Location` has room for it.
    pub(crate) fn fits_a_head(&self) -> bool {
        self.0.len() <= MAX_HEAD_BYTES
    }

    /// Whether other addresses have room for it: the parameter of the log-in route, and the `state` at the
    /// provider.
    pub(crate) fn fits_an_address(&self) -> bool {
        let fits_packed = || packed::compressed_len(&self.0) <= MAX_PACKED_BYTES;
        self.fits_a_head() && encoded_len(&self.0) <= MAX_ENCODED_BYTES && fits_packed()
    }

    /// Whether this path lies at or below `mount`, where going would begin something.
    pub(crate) fn is_within(&self, mount: &str) -> bool {
        let rest = self.0.strip_prefix(mount);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }

    /// The same path with one more query parameter, which has no value.
    pub(crate) fn with_parameter(&self, name: &str) -> Self {
        let (page, fragment) = self.0.split_at(self.0.find('#').unwrap_or(self.0.len()));
        let separator = if page.contains('?') { '&' } else { '?' };
        Self(format!("{page}{separator}{name}{fragment}"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_length(text: &str) -> Result<(), ReturnToError> {
    let bytes = text.len();
    if bytes <= MAX_BYTES { Ok(()) } else { Err(ReturnToError::TooLong { bytes, limit: MAX_BYTES }) }
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
    use proptest::prelude::*;

    fn parse(text: &str) -> Option<String> {
        let origin = Url::parse("https://a.example").unwrap();
        LocalPath::parse(text, &origin).ok().map(|path| path.as_str().to_owned())
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
    fn s68_p5_a_backslash_is_a_slash_in_the_path_alone() {
        for text in ["/search?q=\\d+", "/#\\d+", "/?\\evil.example", "/?//evil.example#\\\\evil.example"] {
            assert_eq!(parse(text).as_deref(), Some(text));
        }
        assert_eq!(parse("/x\\?q"), None);
    }

    #[test]
    fn p5_a_refusal_says_why() {
        let origin = Url::parse("https://a.example").unwrap();
        let reason = |text: &str| LocalPath::parse(text, &origin).unwrap_err().word();
        assert_eq!(reason("//evil.example"), "foreign");
        assert_eq!(reason("/\tx"), "control_character");
        assert_eq!(reason(&format!("/{}", "x".repeat(MAX_BYTES))), "too_long");
        assert_eq!(reason(&format!("/{}", "\u{4f60}".repeat(MAX_BYTES / 4))), "too_long");
        assert!(parse(&format!("/{}", "x".repeat(MAX_BYTES - 1))).is_some());
    }

    proptest! {
        #[test]
        fn s68_p5_what_a_browser_sends_is_kept_byte_for_byte(text in "[ -~\u{a0}-\u{24f}\u{4e00}-\u{4e7f}\u{1f600}]{0,40}") {
            // What a browser makes of it, and sends.
            let origin = Url::parse("https://a.example").unwrap();
            let sent = Url::parse(&format!("https://a.example/{text}")).unwrap();
            let target = sent.as_str().strip_prefix("https://a.example").unwrap();
            let kept = LocalPath::parse(target, &origin);
            if target.starts_with("//") {
                prop_assert_eq!(kept, Err(ReturnToError::Foreign));
            } else {
                let kept = kept.unwrap();
                prop_assert_eq!(kept.as_str(), target);
                prop_assert_eq!(origin.join(kept.as_str()).unwrap(), sent);
            }
        }
    }

    #[test]
    fn a5_a_parameter_is_added_before_the_fragment() {
        let with = |text: &str| LocalPath(text.to_owned()).with_parameter("p").0;
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
