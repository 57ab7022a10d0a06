//! The headers that keep a page from being framed, scripted, cached or leaked: Content Security
//! Policy (CSP level 3), Referrer-Policy, cross-origin isolation and the older equivalents. Owns no
//! decision on which page is shown, and not HSTS, which depends on the deployment.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use url::{Host, Url};

use crate::words::Language;

/// Everything a page needs comes from this origin; nothing may frame it, and no inline script or
/// style runs. `form-action` is added by [`PageSecurity`].
const BASE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Where the forms of one page may lead.
///
/// Browsers on Chromium apply `form-action` to every redirect that follows a form, to the end of
/// the chain: a sign-in page must therefore name the origin of the client's redirect URI, and any
/// other origin to which that URI redirects in turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageSecurity {
    form_targets: BTreeSet<String>,
}

impl PageSecurity {
    /// A page whose forms stay on this server, or that has none.
    #[must_use]
    pub fn own_forms() -> Self {
        Self::default()
    }

    /// A page whose forms may end at one of `redirect_uris`: their origins, or for a native app the
    /// scheme, are allowed. What is no absolute URI is left out.
    #[must_use]
    pub fn forms_may_reach<'a>(redirect_uris: impl IntoIterator<Item = &'a str>) -> Self {
        let form_targets = redirect_uris.into_iter().filter_map(source_of).collect();
        Self { form_targets }
    }

    /// The value of `Content-Security-Policy`.
    #[must_use]
    pub fn policy(&self) -> String {
        let mut policy = format!("{BASE_POLICY}; form-action 'self'");
        for target in &self.form_targets {
            // Writing to a String cannot fail.
            let _ = write!(policy, " {target}");
        }
        policy
    }

    /// Sets every header of a page, over what may be there.
    pub fn apply(&self, headers: &mut HeaderMap) {
        if let Ok(policy) = HeaderValue::try_from(self.policy()) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        for (name, value) in PAGE_HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        apply_to_any(headers);
    }
}

/// What only a document needs.
///
/// `same-origin` as opener policy also cuts a sign-in window off from the site that opened it; a
/// site that uses a popup hears back over its own origin (BroadcastChannel).
const PAGE_HEADERS: [(HeaderName, &str); 4] = [
    (X_FRAME_OPTIONS, "DENY"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), \
         publickey-credentials-create=(self), publickey-credentials-get=(self)",
    ),
];

/// Says which language a page is written in (RFC 9110 8.5).
pub(super) fn set_language(headers: &mut HeaderMap, language: Language) {
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
}

/// Sets what every answer carries, a page or not, unless it says otherwise itself.
pub(super) fn apply_to_any(headers: &mut HeaderMap) {
    let defaults =
        [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer"), (CACHE_CONTROL, "no-store")];
    for (name, value) in defaults {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// The CSP source expression that covers `uri`. Built from parsed parts and checked character by
/// character, so that no registered value can end the directive or the header.
fn source_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let scheme = url.scheme();
    let source = match (scheme, url.host()) {
        // CSP has no notation for an IPv6 host; only the whole scheme covers it.
        ("http" | "https", Some(Host::Ipv6(_))) => format!("{scheme}:"),
        ("http" | "https", Some(_)) => url.origin().ascii_serialization(),
        ("http" | "https", None) => return None,
        // A native app's own scheme (RFC 8252 section 7.1). Schemes that carry a document in
        // themselves would turn a form into a script.
        ("javascript" | "data" | "blob" | "filesystem" | "about" | "file" | "vbscript", _) => return None,
        (scheme, _) => format!("{scheme}:"),
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '/' | '+');
    source.chars().all(safe).then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form_action(redirect_uris: &[&str]) -> String {
        let policy = PageSecurity::forms_may_reach(redirect_uris.iter().copied()).policy();
        let (_, sources) = policy.rsplit_once("form-action ").unwrap_or_default();
        sources.to_owned()
    }

    #[test]
    fn s65_the_policy_has_no_gap() {
        let policy = PageSecurity::own_forms().policy();
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.split("; ").any(|found| found == directive), "{directive}");
        }
        assert!(!policy.contains("unsafe-"));
        assert!(!policy.contains('*'));
    }

    #[test]
    fn s65_a_client_is_reached_by_its_origin_only() {
        assert_eq!(
            form_action(&["https://a.example/cb?x=1", "http://b.localhost:8082/auth/callback"]),
            "'self' http://b.localhost:8082 https://a.example"
        );
    }

    #[test]
    fn native_apps_are_reached_by_scheme_and_ipv6_by_http() {
        assert_eq!(form_action(&["com.example.app:/back"]), "'self' com.example.app:");
        assert_eq!(form_action(&["http://127.0.0.1:4711/cb"]), "'self' http://127.0.0.1:4711");
        assert_eq!(form_action(&["http://[::1]:4711/cb"]), "'self' http:");
    }

    #[test]
    fn s65_no_redirect_uri_can_widen_or_break_the_policy() {
        for hostile in [
            "javascript:alert(1)",
            "data:text/html,x",
            "*",
            "https://*.example/",
            "https://a.example;script-src *",
            "x\r\nSet-Cookie: a=b",
            "",
            "https://",
        ] {
            let sources = form_action(&[hostile]);
            assert!(!sources.contains(['*', ';', '\r', '\n', ',']), "{hostile}: {sources}");
            assert!(!sources.contains("javascript") && !sources.contains("data:"), "{sources}");
        }
    }

    #[test]
    fn s18_a_page_is_never_stored_and_tells_no_referrer() {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
        PageSecurity::own_forms().apply(&mut headers);
        let value = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        assert_eq!(value("cache-control"), Some("no-store"));
        assert_eq!(value("referrer-policy"), Some("no-referrer"));
        assert_eq!(value("x-frame-options"), Some("DENY"));
        assert_eq!(value("x-content-type-options"), Some("nosniff"));
        assert_eq!(value("cross-origin-opener-policy"), Some("same-origin"));
    }
}
