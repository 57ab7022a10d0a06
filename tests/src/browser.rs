//! A browser without script: keeps cookies by host and path, posts the forms it is shown, follows redirects
//! when told to. It sends what a real one says about where a request comes from.

use crate::{ClientSpec, PASSWORD, TestIdp};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use url::Url;

/// A browser. Clones share the cookies, as tabs do.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    jar: Arc<Mutex<BTreeMap<(String, String), StoredCookie>>>,
}

#[derive(Clone)]
struct StoredCookie {
    value: String,
    path: String,
    attributes: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where from.
    pub url: Url,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// Where it redirects to.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        let target = self.headers.get(LOCATION)?.to_str().ok()?;
        Some(self.url.join(target).unwrap())
    }

    /// A parameter in the query of the redirect.
    #[must_use]
    pub fn redirect_param(&self, name: &str) -> Option<String> {
        let location = self.location()?;
        location.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value of the first input (hidden or not) of this name, as it stands in the HTML.
    #[must_use]
    pub fn input(&self, name: &str) -> String {
        let marker = format!("name=\"{name}\"");
        let element = self.body.split('<').find(|element| element.contains(&marker));
        let element = element.unwrap_or_else(|| panic!("no input {name} in {}", self.body));
        element
            .split("value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default()
            .to_owned()
    }

    /// The page without what seals and binds its forms, which is another each time.
    #[must_use]
    pub fn without_seals(&self) -> String {
        let mut body = self.body.clone();
        for name in ["name=\"tx\" value=\"", "name=\"csrf\" value=\""] {
            for field in self.body.split(name).skip(1) {
                let value = field.split('"').next().unwrap_or_default();
                body = body.replace(&format!("\"{value}\""), "\"SEALED\"");
            }
        }
        for asked in self.body.split(" data-passkey=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            body = body.replace(&format!("\"{asked}\""), "\"SEALED\"");
        }
        let addresses = ["action=\"", "href=\""].into_iter().flat_map(|name| self.body.split(name).skip(1));
        for address in addresses.filter_map(|rest| rest.split('"').next()) {
            if let Some((path, _)) = address.split_once('?') {
                body = body.replace(&format!("\"{address}\""), &format!("\"{path}\""));
            }
        }
        body
    }

    /// Where the page's form posts to, without the query.
    #[must_use]
    pub fn form_path(&self) -> String {
        self.form_address().split('?').next().unwrap_or_default().to_owned()
    }

    /// Where the page's form posts to.
    #[must_use]
    pub fn form_address(&self) -> String {
        let path = self.body.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
        path.unwrap_or_else(|| panic!("no form: {} {}", self.status, self.body)).to_owned()
    }

    /// Whether the page has a form that posts to `path`.
    #[must_use]
    pub fn has_form(&self, path: &str) -> bool {
        let addresses = self.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let leads_there = |address: &str| {
            address == path || address.split_once('?').is_some_and(|(found, _)| found == path)
        };
        addresses.into_iter().any(leads_there)
    }
}

impl Browser {
    /// Without cookies; `http` must follow no redirect.
    #[must_use]
    pub fn new(http: reqwest::Client) -> Self {
        Self { http, jar: Arc::default() }
    }

    /// Opens an address as a person does, without following a redirect.
    pub async fn open(&self, url: impl AsRef<str>) -> Answer {
        self.send(
            Method::GET,
            url.as_ref(),
            None,
            &[("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate")],
        )
        .await
    }

    /// Opens an address and follows redirects for as long as they stay on `*.localhost`.
    pub async fn visit(&self, url: impl AsRef<str>) -> Answer {
        let answer = self.open(url).await;
        self.follow(answer).await
    }

    /// Follows redirects for as long as they stay on `*.localhost`, where servers of the story are.
    pub async fn follow(&self, mut answer: Answer) -> Answer {
        for _ in 0..20 {
            match answer.location() {
                Some(next) if next.host_str().is_some_and(|host| host.ends_with(".localhost")) => {
                    answer = self.open(next).await;
                }
                _ => return answer,
            }
        }
        panic!("redirects without end, last at {}", answer.url);
    }

    /// Posts a form as a page of the same origin does.
    pub async fn post(&self, url: impl AsRef<str>, fields: &[(&str, &str)]) -> Answer {
        self.post_with(url, fields, &[("sec-fetch-site", "same-origin"), ("origin", "null")]).await
    }

    /// Posts a form with these headers and no others of its own.
    pub async fn post_with(
        &self,
        url: impl AsRef<str>,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, url.as_ref(), Some(body), headers).await
    }

    /// Sends anything, with the cookies of that host and path.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        form: Option<String>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let form = form.map(|form| ("application/x-www-form-urlencoded".to_owned(), form.into_bytes()));
        self.send_body(method, url, form, headers).await
    }

    /// Presses the button of a form with a file in the part called `part`; `button` is its action, if it has one.
    pub async fn upload(&self, page: &Answer, button: &str, part: &str, file: &[u8]) -> Answer {
        let (tx, csrf) = (page.input("tx"), page.input("csrf"));
        let fields = [("tx", tx.as_str()), ("csrf", &csrf), ("action", button)];
        let url = page.url.join(&page.form_address()).unwrap();
        let headers = [("sec-fetch-site", "same-origin"), ("origin", "null")];
        self.send_body(Method::POST, url.as_str(), Some(multipart(&fields, part, file)), &headers).await
    }

    /// Sends anything with a body of this media type, with the cookies of that host and path.
    pub async fn send_body(
        &self,
        method: Method,
        url: &str,
        body: Option<(String, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = Url::parse(url).unwrap();
        let mut request = self.http.request(method, url.clone()).header("accept", "text/html");
        let cookies = self.cookie_header(&url);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((media_type, body)) = body {
            request = request.header(CONTENT_TYPE, media_type).body(body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        self.keep_cookies(&url, &headers);
        let body = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        Answer { url, status, headers, body }
    }

    /// Fills the login page and presses "sign in".
    pub async fn log_in_as(&self, page: &Answer, username: &str, password: &str) -> Answer {
        self.press(page, "login", &[("username", username), ("password", password)]).await
    }

    /// Presses a button of the page's form, with these fields filled in.
    pub async fn press(&self, page: &Answer, button: &str, filled: &[(&str, &str)]) -> Answer {
        let (address, tx, csrf) = (page.form_address(), page.input("tx"), page.input("csrf"));
        let fields = [&[("tx", tx.as_str()), ("csrf", &csrf), ("action", button)][..], filled].concat();
        self.post(page.url.join(&address).unwrap(), &fields).await
    }

    /// Goes all the way: authorization request, login page, password; answers the redirect to the client.
    pub async fn sign_in(&self, idp: &TestIdp, spec: &ClientSpec, username: &str) -> Answer {
        let page = self.visit(idp.authorize_url(spec, &[])).await;
        assert!(page.has_form("/login"), "expected the login page, got {} {}", page.status, page.body);
        let answer = self.log_in_as(&page, username, PASSWORD).await;
        // Said here, or a later step would fail for a hidden reason.
        assert!(answer.status < 400, "no sign-in: {} {}", answer.status, answer.body);
        assert!(!answer.has_form("/login"), "the login page again: {}", answer.body);
        self.follow(answer).await
    }

    /// The same, and redeems the code.
    pub async fn sign_in_for_tokens(
        &self,
        idp: &TestIdp,
        spec: &ClientSpec,
        username: &str,
    ) -> crate::TokenAnswer {
        let answer = self.sign_in(idp, spec, username).await;
        let code = answer.redirect_param("code").unwrap_or_else(|| panic!("no code: {answer:?}"));
        let tokens = idp.redeem(spec, &code).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    /// The value of a cookie of `host`.
    #[must_use]
    pub fn cookie(&self, host: &str, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(&(host.to_owned(), name.to_owned())).map(|cookie| cookie.value.clone())
    }

    /// Every cookie of `host`: name, value, and the attributes it was set with.
    #[must_use]
    pub fn cookies(&self, host: &str) -> Vec<(String, String, String)> {
        let jar = self.jar.lock().unwrap();
        let own = jar.iter().filter(|((known, _), _)| known == host);
        own.map(|((_, name), cookie)| (name.clone(), cookie.value.clone(), cookie.attributes.clone()))
            .collect()
    }

    /// Plants or replaces a cookie.
    pub fn set_cookie(&self, host: &str, name: &str, value: &str) {
        let cookie =
            StoredCookie { value: value.to_owned(), path: "/".to_owned(), attributes: String::new() };
        self.jar.lock().unwrap().insert((host.to_owned(), name.to_owned()), cookie);
    }

    /// Forgets every cookie.
    pub fn clear(&self) {
        self.jar.lock().unwrap().clear();
    }

    fn cookie_header(&self, url: &Url) -> String {
        let jar = self.jar.lock().unwrap();
        let fits = |host: &str, cookie: &StoredCookie| {
            Some(host) == url.host_str()
                && (cookie.path == "/" || url.path().starts_with(cookie.path.trim_end_matches('/')))
        };
        let own = jar.iter().filter(|((host, _), cookie)| fits(host, cookie));
        own.map(|((_, name), cookie)| format!("{name}={}", cookie.value)).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&self, url: &Url, headers: &HeaderMap) {
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut jar = self.jar.lock().unwrap();
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let attribute = |wanted: &str| {
                attributes
                    .split(';')
                    .filter_map(|part| part.trim().split_once('='))
                    .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                    .map(|(_, value)| value.to_owned())
            };
            let key = (host.clone(), name.to_owned());
            if value.is_empty() || attribute("max-age").is_some_and(|seconds| seconds == "0") {
                jar.remove(&key);
                continue;
            }
            let path = attribute("path").unwrap_or_else(|| "/".to_owned());
            jar.insert(
                key,
                StoredCookie { value: value.to_owned(), path, attributes: attributes.to_owned() },
            );
        }
    }
}

/// A form with a file as browsers write it (RFC 7578): its media type, and the body.
#[must_use]
pub fn multipart(fields: &[(&str, &str)], part: &str, file: &[u8]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "----story7MA4YWxkTrZu0gW";
    let mut body = Vec::new();
    for (name, value) in fields {
        let head =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"p.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}
