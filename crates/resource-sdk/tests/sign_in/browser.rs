//! A browser: it keeps cookies by name and path, sends them where they belong, and follows no
//! redirect unless told to.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use reqwest::{Client, Method, StatusCode, header::HeaderMap, redirect};
use url::Url;

pub struct Browser {
    http: Client,
    origin: String,
    jar: Mutex<BTreeMap<String, Kept>>,
    /// Parts of the names of cookies that it does not keep.
    refused: Vec<&'static str>,
}

pub struct Cookies(BTreeMap<String, Kept>);

#[derive(Clone)]
struct Kept {
    value: String,
    path: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

pub struct Stream(reqwest::Response);

impl Stream {
    /// What the site says next: the type of the event and its data; nothing at the end of the stream.
    pub async fn next(&mut self) -> Option<(String, serde_json::Value)> {
        let said =
            tokio::time::timeout(Duration::from_secs(5), self.0.chunk()).await.expect("nothing was said");
        let said = String::from_utf8(said.unwrap()?.to_vec()).unwrap();
        let (kind, data) = said.strip_prefix("event: ")?.split_once("\ndata: ")?;
        Some((kind.to_owned(), serde_json::from_str(data).unwrap()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.0.headers()[name].to_str().unwrap()
    }
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get("location").map_or("", |value| value.to_str().unwrap())
    }

    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// Where the answer leads, by a redirect or by the page that stands for one.
    pub fn leads_to(&self) -> String {
        let by_page = || self.body.split_once("content=\"0;url=")?.1.split_once('"').map(|(to, _)| to);
        match self.status.as_u16() {
            303 => self.location().to_owned(),
            200 => by_page().unwrap_or_default().replace("&#39;", "'").replace("&amp;", "&"),
            other => panic!("{other}: {}", self.body),
        }
    }

    pub fn parameter(&self, name: &str) -> String {
        let url = Url::parse(self.location()).unwrap();
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

impl Browser {
    pub fn new(origin: &str) -> Self {
        Self { http: client(), origin: origin.to_owned(), jar: Mutex::default(), refused: Vec::new() }
    }

    pub fn without_cookies(origin: &str) -> Self {
        Self::refusing(origin, &[""])
    }

    /// A browser that does not keep cookies whose names contain one of these.
    pub fn refusing(origin: &str, refused: &[&'static str]) -> Self {
        Self { refused: refused.to_vec(), ..Self::new(origin) }
    }

    /// The site closed every connection.
    pub fn reconnect(&mut self) {
        self.http = client();
    }

    /// A person goes to a page.
    pub async fn go(&self, path: &str) -> Answer {
        let headers =
            [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("accept", "text/html")];
        self.send(Method::GET, path, &headers, None).await
    }

    /// A script of one of the site's pages.
    pub async fn script(&self, method: Method, path: &str) -> Answer {
        let origin = self.origin.clone();
        let headers = [("sec-fetch-site", "same-origin"), ("origin", &origin), ("x-session-request", "1")];
        self.send(method, path, &headers, None).await
    }

    /// A form of one of the site's pages.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.origin.clone();
        let headers = [("sec-fetch-site", "same-origin"), ("origin", origin.as_str())];
        self.send(Method::POST, path, &headers, Some(fields)).await
    }

    /// A stream of events, for as long as the caller reads it.
    pub async fn listen(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, Stream) {
        let mut request =
            self.http.get(format!("{}{path}", self.origin)).header("cookie", self.cookies_for(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        (response.status(), Stream(response))
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        form: Option<&[(&str, &str)]>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies_for(path);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = Answer { status, headers, body: response.text().await.unwrap() };
        self.keep(&answer);
        answer
    }

    pub fn plant(&self, name: &str, value: &str) {
        let kept = Kept { value: value.to_owned(), path: "/".to_owned() };
        self.jar.lock().unwrap().insert(name.to_owned(), kept);
    }

    /// The cookies whose names contain this.
    pub fn kept(&self, part: &str) -> Vec<(String, String)> {
        let jar = self.jar.lock().unwrap();
        let matching = jar.iter().filter(|(name, _)| name.contains(part));
        matching.map(|(name, kept)| (name.clone(), kept.value.clone())).collect()
    }

    /// The cookies as they are now, to be kept once more later: as if an answer had never arrived.
    pub fn cookies(&self) -> Cookies {
        Cookies(self.jar.lock().unwrap().clone())
    }

    pub fn restore(&self, cookies: &Cookies) {
        self.jar.lock().unwrap().clone_from(&cookies.0);
    }

    /// A person goes to a page with what this browser keeps, and it keeps what comes back.
    pub async fn go_at(&self, other: &Self, path: &str) -> Answer {
        other.restore(&self.cookies());
        let answer = other.go(path).await;
        self.restore(&other.cookies());
        answer
    }

    pub fn forget(&self, part: &str) {
        self.jar.lock().unwrap().retain(|name, _| !name.contains(part));
    }

    pub fn cookies_for(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap();
        let below = |mount: &str| mount == "/" || path == mount || path.starts_with(&format!("{mount}/"));
        let jar = self.jar.lock().unwrap();
        let sent = jar.iter().filter(|(_, kept)| below(&kept.path));
        sent.map(|(name, kept)| format!("{name}={}", kept.value)).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, answer: &Answer) {
        let mut jar = self.jar.lock().unwrap();
        for line in answer.set_cookies() {
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if self.refused.iter().any(|part| name.contains(part)) {
                continue;
            }
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
                continue;
            }
            let path = attributes.split("; ").find_map(|attribute| attribute.strip_prefix("Path="));
            let kept = Kept { value: value.to_owned(), path: path.unwrap().to_owned() };
            jar.insert(name.to_owned(), kept);
        }
    }
}

fn client() -> Client {
    Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap()
}
