//! The names and attributes of every cookie of the sign-in half, and the exact reading of the Cookie
//! header. Browsers take the `__Host-` and `__Secure-` prefixes on `http://*.localhost` too, so they
//! are always used. RFC 6265bis sections 4.1.3 and 5.8.3. What is in a cookie is left to the callers.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::header::COOKIE,
};

/// The cookies of one mount. Two mounts on one site never share one.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    mount: String,
    slug: String,
}

impl Cookies {
    /// The cookies of the mount at `mount`, a path of plain segments.
    pub(crate) fn of_mount(mount: &str) -> Self {
        let slug = mount.trim_start_matches('/').replace('/', ".");
        Self { mount: mount.to_owned(), slug }
    }

    /// The session of a person, in server-rendered mode.
    pub(crate) fn session_name(&self) -> String {
        format!("__Host-{}.session", self.slug)
    }

    /// The refresh token, in scripted mode. It is only sent to the mount, hence the other prefix.
    pub(crate) fn refresh_name(&self) -> String {
        format!("__Secure-{}.refresh", self.slug)
    }

    /// What the refresh token is bound to: only this very site can set it.
    pub(crate) fn binding_name(&self) -> String {
        format!("__Host-{}.bound", self.slug)
    }

    /// Says that a silent sign-in was tried in this browser session.
    pub(crate) fn silent_marker_name(&self) -> String {
        format!("__Host-{}.silent", self.slug)
    }

    /// The query parameter that says of a browser that it keeps no cookies.
    pub(crate) fn cookieless_parameter(&self) -> String {
        format!("{}.cookieless", self.slug)
    }

    /// What the sign-ins that this browser has open are bound to.
    pub(crate) fn browser_name(&self) -> String {
        format!("__Host-{}.browser", self.slug)
    }

    /// A cookie for the whole site that comes along when a person arrives from elsewhere.
    pub(crate) fn lax(&self, name: String, value: String) -> Cookie<'static> {
        Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax).finish()
    }

    /// A cookie for the mount alone that only comes along from the site's own pages.
    pub(crate) fn strict(&self, name: String, value: String) -> Cookie<'static> {
        Cookie::build(name, value)
            .path(self.mount.clone())
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Strict)
            .finish()
    }

    /// A cookie for the whole site that only comes along from the site's own pages.
    pub(crate) fn strict_everywhere(&self, name: String, value: String) -> Cookie<'static> {
        Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Strict).finish()
    }
}

/// The same cookie, to be forgotten at once.
pub(crate) fn removal(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.set_value("");
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// Every cookie of the request as it was sent. A malformed one or one that is no text, perhaps another
/// program's, hides no other; names are compared with their case, so that `__host-x` is not `__Host-x`.
pub(crate) fn all(request: &HttpRequest) -> Vec<(&str, &str)> {
    let headers = request.headers().get_all(COOKIE);
    let pairs = headers.flat_map(|line| line.as_bytes().split(|octet| *octet == b';'));
    let texts = pairs.filter_map(|pair| std::str::from_utf8(pair).ok());
    texts.filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('=')).collect()
}

/// The values of every cookie of this name; more than one when an attacker planted some.
pub(crate) fn named<'a>(request: &'a HttpRequest, name: &str) -> Vec<&'a str> {
    let matching = all(request).into_iter().filter(|(found, _)| *found == name);
    matching.map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use actix_web::{http::header::HeaderValue, test::TestRequest};

    #[test]
    fn s63_attributes_are_as_the_prefixes_demand() {
        let cookies = Cookies::of_mount("/app/auth");
        let session = cookies.lax(cookies.session_name(), "v".to_owned()).to_string();
        assert_eq!(session, "__Host-app.auth.session=v; HttpOnly; SameSite=Lax; Secure; Path=/");
        let refresh = cookies.strict(cookies.refresh_name(), "v".to_owned());
        let expected = "__Secure-app.auth.refresh=v; HttpOnly; SameSite=Strict; Secure; Path=/app/auth";
        assert_eq!(refresh.to_string(), expected);
        assert!(removal(refresh).to_string().contains("Max-Age=0"));
    }

    #[test]
    fn s63_names_are_read_exactly_and_beside_malformed_ones() {
        let line = "junk; __host-auth.session=a; x=1;__Host-auth.session=b; \"=; __Host-auth.session=c=";
        let request = TestRequest::default().insert_header((COOKIE, line)).to_http_request();
        assert_eq!(named(&request, "__Host-auth.session"), ["b", "c="]);
    }

    #[test]
    fn s63_a_cookie_that_is_no_text_hides_no_other() {
        let line = b"a=\xe4; __Host-auth.session=a; b=caf\xc3\xa9;__Host-auth.session=b";
        let value = HeaderValue::from_bytes(line).unwrap();
        let request = TestRequest::default().insert_header((COOKIE, value)).to_http_request();
        assert_eq!(named(&request, "__Host-auth.session"), ["a", "b"]);
        assert_eq!(named(&request, "b"), ["caf\u{e9}"]);
    }
}
