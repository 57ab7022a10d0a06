//! A client of a site over connections that are kept, for programs that measure a server: it costs the machine little
//! beside the server, and reads of HTTP what these servers send and no more.

use crate::{ClientSpec, TestIdp, pkce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    port: u16,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// What is behind them.
    pub body: String,
}

impl Connection {
    /// Opens one to a port of this machine.
    pub async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, port }
    }

    /// Sends a request with these headers (lines), and reads the answer.
    pub async fn ask(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: idp.localhost:{}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = Vec::with_capacity(8192);
        let end = loop {
            assert!(self.stream.read_buf(&mut read).await.unwrap() > 0, "the server closed the connection");
            if let Some(at) = read.windows(4).position(|octets| octets == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        while read.len() < end + length {
            assert!(self.stream.read_buf(&mut read).await.unwrap() > 0, "the server closed the connection");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: String::from_utf8_lossy(&read[end..]).into_owned() }
    }

    /// Posts a form.
    pub async fn post(&mut self, path: &str, authorization: &str, form: &str) -> Answer {
        let form_type = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.ask("POST", path, &format!("{form_type}Authorization: {authorization}\r\n"), form).await
    }
}

/// The last header of this name.
#[must_use]
pub fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut found =
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned());
    found.next_back()
}

/// A site at a provider on this machine.
#[derive(Clone)]
pub struct LoadClient {
    /// The port of the provider.
    pub port: u16,
    /// How the site authenticates.
    pub basic: String,
    /// What is behind `/authorize?`.
    query: String,
}

/// A person who is signed in.
#[derive(Clone)]
pub struct Person {
    /// The header line with the cookies of their browser.
    pub cookies: String,
    /// What the site got.
    pub access_token: String,
    /// The same.
    pub refresh_token: String,
}

impl LoadClient {
    /// The site `spec` at `idp`, or at the server that takes its place on the same port.
    #[must_use]
    pub fn of(idp: &TestIdp, spec: &ClientSpec) -> Self {
        Self::registered(idp.address.port(), spec)
    }

    /// The site `spec` at the server on `port`.
    #[must_use]
    pub fn registered(port: u16, spec: &ClientSpec) -> Self {
        let secret = spec.secret.as_deref().unwrap_or_default();
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{secret}", spec.id())));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        Self { port, basic, query: query.extend_pairs(spec.authorization_request()).finish() }
    }

    /// The same site at another node.
    #[must_use]
    pub fn at(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    /// Signs a person in by [`PASSWORD`](crate::PASSWORD), in a browser without cookies; the site redeems the code.
    ///
    /// # Errors
    /// The answer that was none of those expected.
    pub async fn sign_in(&self, name: &str) -> Result<Person, Answer> {
        self.sign_in_with(name, crate::PASSWORD).await
    }

    /// The same with another password.
    ///
    /// # Errors
    /// The answer that was none of those expected.
    pub async fn sign_in_with(&self, name: &str, password: &str) -> Result<Person, Answer> {
        let mut connection = Connection::open(self.port).await;
        let mut page = connection.ask("GET", &format!("/authorize?{}", self.query), "", "").await;
        let mut cookies = Cookies::default();
        cookies.keep(&page.head);
        while page.status == 303 {
            let to = header(&page.head, "location").unwrap();
            let path =
                to.split_once(&format!(":{}", self.port)).map_or(to.as_str(), |(_, path)| path).to_owned();
            page = connection.ask("GET", &path, &cookies.header(), "").await;
            cookies.keep(&page.head);
        }
        let (Some(tx), Some(csrf)) = (input(&page, "tx"), input(&page, "csrf")) else {
            return Err(page);
        };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("tx", tx), ("csrf", csrf), ("action", "login".to_owned())])
            .extend_pairs([("username", name), ("password", password)])
            .finish();
        let own = format!("http://idp.localhost:{}", self.port);
        let headers = format!(
            "{}Origin: {own}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            cookies.header()
        );
        let answer = connection.ask("POST", "/login", &headers, &form).await;
        cookies.keep(&answer.head);
        let tokens = self.redeem(&mut connection, answer).await?;
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let (access_token, refresh_token) = (token("access_token"), token("refresh_token"));
        Ok(Person { cookies: cookies.header(), access_token, refresh_token })
    }

    /// Another grant in the session, without a page.
    ///
    /// # Errors
    /// The answer that was none of those expected.
    pub async fn grant(&self, connection: &mut Connection, cookies: &str) -> Result<(), Answer> {
        let target = format!("/authorize?{}&prompt=none", self.query);
        let answer = connection.ask("GET", &target, cookies, "").await;
        self.redeem(connection, answer).await.map(drop)
    }

    /// Refreshes the tokens of a person.
    ///
    /// # Errors
    /// The answer that was none of those expected.
    pub async fn refresh(&self, connection: &mut Connection, person: &mut Person) -> Result<(), Answer> {
        let form = format!("grant_type=refresh_token&refresh_token={}", person.refresh_token);
        let tokens = json(connection.post("/token", &self.basic, &form).await)?;
        person.refresh_token = tokens["refresh_token"].as_str().unwrap().to_owned();
        Ok(())
    }

    async fn redeem(&self, connection: &mut Connection, answer: Answer) -> Result<Value, Answer> {
        let location = header(&answer.head, "location").and_then(|to| url::Url::parse(&to).ok());
        let code = |url: url::Url| Some(url.query_pairs().find(|(name, _)| name == "code")?.1.into_owned());
        let Some(code) = location.and_then(code) else {
            return Err(answer);
        };
        let redirect = self.query.split("redirect_uri=").nth(1).unwrap().split('&').next().unwrap();
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={}",
            pkce::VERIFIER
        );
        json(connection.post("/token", &self.basic, &form).await)
    }
}

fn json(answer: Answer) -> Result<Value, Answer> {
    if answer.status == 200 { Ok(serde_json::from_str(&answer.body).unwrap()) } else { Err(answer) }
}

/// The value of an input of a form.
fn input(page: &Answer, name: &str) -> Option<String> {
    let element = page.body.split('<').find(|element| element.contains(&format!("name=\"{name}\"")))?;
    Some(element.split("value=\"").nth(1)?.split('"').next()?.to_owned())
}

/// The cookies of one browser; their paths make no difference here.
#[derive(Default)]
struct Cookies(BTreeMap<String, String>);

impl Cookies {
    fn keep(&mut self, head: &str) {
        let set = head.lines().filter_map(|line| line.split_once(": "));
        for (_, cookie) in set.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    fn header(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { String::new() } else { format!("Cookie: {}\r\n", pairs.join("; ")) }
    }
}
