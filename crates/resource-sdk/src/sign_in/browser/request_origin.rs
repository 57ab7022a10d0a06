//! What a request's own headers prove about the page that sent it: whether it came from this site,
//! and whether it is a person going somewhere rather than a script fetching something.
//! Fetch Metadata Request Headers; Fetch section 3.2 (Origin).

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{ACCEPT, ORIGIN},
    },
};

const FETCH_SITE: &str = "sec-fetch-site";
const FETCH_MODE: &str = "sec-fetch-mode";
const FETCH_DEST: &str = "sec-fetch-dest";

/// A page can send this header to another origin only with that origin's consent (CORS).
pub(crate) const SCRIPT_HEADER: &str = "x-session-request";

/// What is known about the page that sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestOrigin {
    /// A page of this very origin.
    SameOrigin,
    /// The browser said nothing; an old browser, or no browser.
    Unknown,
    /// Some other page, or headers that contradict each other.
    Other,
}

/// Judges who sent a request. `origin` is the site's own, as browsers write it.
pub(crate) fn classify(request: &HttpRequest, origin: &str) -> RequestOrigin {
    match (single(request, FETCH_SITE), single(request, ORIGIN.as_str())) {
        (Header::Text("same-origin"), Header::Absent) => RequestOrigin::SameOrigin,
        // A page under `Referrer-Policy: no-referrer` sends `null` even to its own origin.
        (Header::Text("same-origin"), Header::Text(from)) if from == origin || from == "null" => {
            RequestOrigin::SameOrigin
        }
        (Header::Absent, Header::Text(from)) if from == origin => RequestOrigin::SameOrigin,
        (Header::Absent, Header::Absent) => RequestOrigin::Unknown,
        _ => RequestOrigin::Other,
    }
}

/// Whether a script of the site's own `origin` sent a request: the browser says so, and the header
/// shows that it was a script and no form.
pub(crate) fn is_own_script(request: &HttpRequest, origin: &str) -> bool {
    let has_header = request.headers().contains_key(SCRIPT_HEADER);
    has_header && classify(request, origin) == RequestOrigin::SameOrigin
}

/// Whether a person goes to a page with this request: a top-level GET that wants a document.
pub(crate) fn is_navigation(request: &HttpRequest) -> bool {
    let is_safe = [Method::GET, Method::HEAD].contains(request.method());
    is_safe && !is_prefetch(request) && wants_document(request)
}

/// Whether a person sent a form with this request, and waits for a page.
pub(crate) fn is_sent_by_person(request: &HttpRequest) -> bool {
    request.method() == Method::POST && wants_document(request)
}

/// Whether the browser says outright that this is something else than a top-level navigation.
pub(crate) fn is_surely_no_navigation(request: &HttpRequest) -> bool {
    let mode = single(request, FETCH_MODE);
    let destination = single(request, FETCH_DEST);
    !matches!(mode, Header::Absent | Header::Text("navigate"))
        || !matches!(destination, Header::Absent | Header::Text("document"))
}

fn wants_document(request: &HttpRequest) -> bool {
    if is_surely_no_navigation(request) {
        return false;
    }
    let accepts_html = || match single(request, ACCEPT.as_str()) {
        Header::Text(types) => types.contains("text/html"),
        Header::Absent | Header::Unreadable => false,
    };
    single(request, FETCH_MODE) == Header::Text("navigate") || accepts_html()
}

fn is_prefetch(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key("sec-purpose") || headers.contains_key("purpose")
}

#[derive(PartialEq)]
enum Header<'a> {
    Absent,
    Text(&'a str),
    Unreadable,
}

/// A header that may occur once.
fn single<'a>(request: &'a HttpRequest, name: &str) -> Header<'a> {
    let mut values = request.headers().get_all(name);
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Header::Absent,
        (Some(Ok(text)), None) => Header::Text(text),
        _ => Header::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const OURS: &str = "https://a.example";

    fn judge(headers: &[(&'static str, &'static str)]) -> RequestOrigin {
        let request =
            headers.iter().fold(TestRequest::post(), |request, header| request.append_header(*header));
        classify(&request.to_http_request(), OURS)
    }

    #[test]
    fn s60_only_our_own_pages_are_same_origin() {
        assert_eq!(judge(&[("origin", OURS)]), RequestOrigin::SameOrigin);
        assert_eq!(judge(&[("sec-fetch-site", "same-origin")]), RequestOrigin::SameOrigin);
        assert_eq!(
            judge(&[("sec-fetch-site", "same-origin"), ("origin", "null")]),
            RequestOrigin::SameOrigin
        );
        assert_eq!(judge(&[]), RequestOrigin::Unknown);
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "https://a.example.evil.example")],
            &[("origin", "https://a.example:8443")],
            &[("sec-fetch-site", "same-site"), ("origin", OURS)],
            &[("sec-fetch-site", "cross-site"), ("origin", OURS)],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            &[("origin", OURS), ("origin", "https://evil.example")],
        ] {
            assert_eq!(judge(headers), RequestOrigin::Other, "{headers:?}");
        }
    }

    #[test]
    fn s35_only_a_person_going_somewhere_is_a_navigation() {
        let get = |headers: &[(&'static str, &'static str)]| {
            let request =
                headers.iter().fold(TestRequest::get(), |request, header| request.append_header(*header));
            is_navigation(&request.to_http_request())
        };
        let html = ("accept", "text/html,application/xhtml+xml");
        assert!(get(&[html]));
        assert!(get(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]));
        assert!(!get(&[]));
        assert!(!get(&[("accept", "application/json")]));
        assert!(!get(&[html, ("sec-fetch-mode", "cors")]));
        assert!(!get(&[html, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")]));
        assert!(!get(&[html, ("sec-purpose", "prefetch")]));
        let post = TestRequest::post().append_header(html).to_http_request();
        assert!(!is_navigation(&post) && is_sent_by_person(&post));
        let script = TestRequest::post().append_header(html).append_header(("sec-fetch-mode", "cors"));
        assert!(!is_sent_by_person(&script.to_http_request()));
        assert!(!is_sent_by_person(&TestRequest::get().append_header(html).to_http_request()));
    }
}
