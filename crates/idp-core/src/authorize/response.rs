//! The authorization response: a code or an error, always with `state` and `iss` (RFC 9207).

use super::target::{ResponseMode, Target};
use crate::error::OAuthError;
use url::form_urlencoded;

/// What the browser is made to carry to the client.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum AuthorizationResponse {
    /// Go to this URL (303).
    Redirect(String),
    /// Post these fields to this URL.
    FormPost {
        /// The redirect URI.
        action: String,
        /// Names and values.
        fields: Vec<(&'static str, String)>,
    },
}

impl AuthorizationResponse {
    /// Answers with an authorization code.
    #[must_use]
    pub fn code(target: &Target, issuer: &str, code: &str) -> Self {
        Self::build(target, issuer, vec![("code", code.to_owned())])
    }

    /// Answers with an error.
    #[must_use]
    pub fn error(target: &Target, issuer: &str, error: &OAuthError) -> Self {
        let fields = vec![
            ("error", error.code.as_str().to_owned()),
            ("error_description", error.description.to_owned()),
        ];
        Self::build(target, issuer, fields)
    }

    fn build(target: &Target, issuer: &str, mut fields: Vec<(&'static str, String)>) -> Self {
        if let Some(state) = target.state() {
            fields.push(("state", state.to_owned()));
        }
        fields.push(("iss", issuer.to_owned()));
        match target.mode() {
            ResponseMode::Query => Self::Redirect(with_query(target.redirect_uri(), &fields)),
            ResponseMode::FormPost => Self::FormPost { action: target.redirect_uri().to_owned(), fields },
        }
    }
}

/// Adds `fields` to the query that `uri` has or has not (RFC 6749 3.1.2: a registered query is kept).
pub(crate) fn with_query(uri: &str, fields: &[(&'static str, String)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        encoded.append_pair(name, value);
    }
    let separator = if uri.contains('?') { '&' } else { '?' };
    // `+` for a space is right in forms only; clients that decode as RFC 3986 would keep the plus.
    format!("{uri}{separator}{}", encoded.finish().replace('+', "%20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s08_state_is_returned_byte_for_byte() {
        for state in ["a&code=x", "\"'<>\\", "\r\nSet-Cookie: x=y", "ü 中 + %2B", &"s".repeat(4096)] {
            let url = with_query("https://a.example/cb?tenant=1", &[("state", state.to_owned())]);
            let read = url::Url::parse(&url).unwrap();
            let pairs: Vec<_> = read.query_pairs().collect();
            assert_eq!(pairs.len(), 2);
            assert_eq!(pairs[1].1, state);
            assert!(!url.contains(['\r', '\n', ' ', '"', '<']));
        }
    }
}
