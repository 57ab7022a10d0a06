//! A client of a site over connections that are kept, for programs that measure a server: it costs the machine little
//! beside the server, and reads of HTTP what these servers send and no more.

use crate::{ClientSpec, TestIdp, pkce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const FORM_TYPE: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    port: u16,
    /// The last answer said that there is no other one after it (RFC 9112 9.6).
    is_over: bool,
}

/// Why an act came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// The answer was none of those expected.
    Refused(Answer),
    /// There was no answer.
    Silent(io::Error),
}

impl Failure {
    /// The status of the answer; `None` where there was none.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(answer) => Some(answer.status),
            Self::Silent(_) => None,
        }
    }

    /// Whether the same request may go well in a moment: there was no answer, or one of a proxy or a server that has too
    /// much to do or misses something.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.status().is_none_or(|status| matches!(status, 429 | 502..=504))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Silent(error)
    }
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
    ///
    /// # Panics
    /// When nothing listens there.
    pub async fn open(port: u16) -> Self {
        Self::try_open(port).await.unwrap()
    }

    /// The same where the server may be away.
    ///
    /// # Errors
    /// Nothing listens there.
    pub async fn try_open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, port, is_over: false })
    }

    /// Sends a request with these headers (lines), and reads the answer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn ask(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        self.try_ask(method, target, headers, body).await.unwrap()
    }

    /// The same where the server may go away.
    ///
    /// # Errors
    /// The connection broke, or was closed before the answer was complete.
    pub async fn try_ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &str,
        body: &str,
    ) -> io::Result<Answer> {
        if self.is_over {
            *self = Self::try_open(self.port).await?;
        }
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: idp.localhost:{}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let mut read = Vec::with_capacity(8192);
        let end = loop {
            self.read_more(&mut read).await?;
            if let Some(at) = read.windows(4).position(|octets| octets == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        self.is_over = header(&head, "connection").is_some_and(|said| said.eq_ignore_ascii_case("close"));
        let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        while read.len() < end + length {
            self.read_more(&mut read).await?;
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Answer { status, head, body: String::from_utf8_lossy(&read[end..]).into_owned() })
    }

    async fn read_more(&mut self, read: &mut Vec<u8>) -> io::Result<()> {
        match self.stream.read_buf(read).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
            _ => Ok(()),
        }
    }

    /// Posts a form.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post(&mut self, path: &str, authorization: &str, form: &str) -> Answer {
        self.try_post(path, authorization, form).await.unwrap()
    }

    /// The same where the server may go away.
    ///
    /// # Errors
    /// As of [`Connection::try_ask`].
    pub async fn try_post(&mut self, path: &str, authorization: &str, form: &str) -> io::Result<Answer> {
        let headers = format!("{FORM_TYPE}Authorization: {authorization}\r\n");
        self.try_ask("POST", path, &headers, form).await
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
    /// The same.
    pub id_token: String,
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
    /// It did not get that far.
    pub async fn sign_in(&self, name: &str) -> Result<Person, Failure> {
        self.sign_in_with(name, crate::PASSWORD).await
    }

    /// The same with another password.
    ///
    /// # Errors
    /// It did not get that far.
    pub async fn sign_in_with(&self, name: &str, password: &str) -> Result<Person, Failure> {
        let mut connection = Connection::try_open(self.port).await?;
        let mut page = connection.try_ask("GET", &format!("/authorize?{}", self.query), "", "").await?;
        let mut cookies = Cookies::default();
        cookies.keep(&page.head);
        while page.status == 303 {
            let to = header(&page.head, "location").unwrap();
            let path =
                to.split_once(&format!(":{}", self.port)).map_or(to.as_str(), |(_, path)| path).to_owned();
            page = connection.try_ask("GET", &path, &cookies.header(), "").await?;
            cookies.keep(&page.head);
        }
        let filled = [("action", "login"), ("username", name), ("password", password)];
        let answer = self.press(&mut connection, "/login", page, &cookies.header(), &filled).await?;
        cookies.keep(&answer.head);
        self.redeem(&mut connection, answer, &cookies.header()).await
    }

    /// Another grant in the session, without a page.
    ///
    /// # Errors
    /// There is no code, or no tokens for it.
    pub async fn grant(&self, connection: &mut Connection, cookies: &str) -> Result<Person, Failure> {
        let target = format!("/authorize?{}&prompt=none", self.query);
        let answer = connection.try_ask("GET", &target, cookies, "").await?;
        self.redeem(connection, answer, cookies).await
    }

    /// Refreshes the tokens of a person.
    ///
    /// # Errors
    /// There are none.
    pub async fn refresh(&self, connection: &mut Connection, person: &mut Person) -> Result<(), Failure> {
        let form = format!("grant_type=refresh_token&refresh_token={}", person.refresh_token);
        let tokens = json(connection.try_post("/token", &self.basic, &form).await?)?;
        person.refresh_token = text(&tokens, "refresh_token");
        person.access_token = text(&tokens, "access_token");
        Ok(())
    }

    /// The site asks userinfo.
    ///
    /// # Errors
    /// The token is refused, or there is no answer.
    pub async fn userinfo(&self, connection: &mut Connection, person: &Person) -> Result<(), Failure> {
        let bearer = format!("Authorization: Bearer {}\r\n", person.access_token);
        json(connection.try_ask("GET", "/userinfo", &bearer, "").await?).map(drop)
    }

    /// The site asks whether the access token is active.
    ///
    /// # Errors
    /// It is not, or there is no answer.
    pub async fn introspect(&self, connection: &mut Connection, person: &Person) -> Result<(), Failure> {
        let form = format!("token={}", person.access_token);
        let answer = connection.try_post("/introspect", &self.basic, &form).await?;
        let is_active = |text: &str| serde_json::from_str::<Value>(text).is_ok_and(|it| it["active"] == true);
        if answer.status == 200 && is_active(&answer.body) { Ok(()) } else { Err(Failure::Refused(answer)) }
    }

    /// The site sends the person's browser to sign out, with the ID token of this session: nothing is asked.
    ///
    /// # Errors
    /// It is asked, or there is no answer.
    pub async fn sign_out(&self, connection: &mut Connection, person: &Person) -> Result<(), Failure> {
        let navigates = "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n";
        let headers = format!("{}{navigates}", person.cookies);
        let target = format!("/end-session?id_token_hint={}", person.id_token);
        see_other(connection.try_ask("GET", &target, &headers, "").await?)
    }

    /// The person ends another session of theirs on the devices page.
    ///
    /// # Errors
    /// The page does not come, or the session is not ended.
    pub async fn end_device(
        &self,
        connection: &mut Connection,
        person: &Person,
        sid: &str,
    ) -> Result<(), Failure> {
        let path = "/account/devices";
        let page = connection.try_ask("GET", path, &person.cookies, "").await?;
        let filled = [("action", "one"), ("sid", sid)];
        see_other(self.press(connection, path, page, &person.cookies, &filled).await?)
    }

    /// Presses a button of the form on a page, with these fields filled in.
    async fn press(
        &self,
        connection: &mut Connection,
        path: &str,
        page: Answer,
        cookies: &str,
        filled: &[(&str, &str)],
    ) -> Result<Answer, Failure> {
        // A page that says that something is wrong may have a form as well.
        let form = (page.status < 400).then(|| input(&page, "tx").zip(input(&page, "csrf"))).flatten();
        let Some((tx, csrf)) = form else {
            return Err(Failure::Refused(page));
        };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("tx", tx), ("csrf", csrf)])
            .extend_pairs(filled)
            .finish();
        let own = format!("http://idp.localhost:{}", self.port);
        let headers = format!("{cookies}Origin: {own}\r\nSec-Fetch-Site: same-origin\r\n{FORM_TYPE}");
        Ok(connection.try_ask("POST", path, &headers, &form).await?)
    }

    async fn redeem(
        &self,
        connection: &mut Connection,
        answer: Answer,
        cookies: &str,
    ) -> Result<Person, Failure> {
        let location = header(&answer.head, "location").and_then(|to| url::Url::parse(&to).ok());
        let code = |url: url::Url| Some(url.query_pairs().find(|(name, _)| name == "code")?.1.into_owned());
        let Some(code) = location.and_then(code) else {
            return Err(Failure::Refused(answer));
        };
        let redirect = self.query.split("redirect_uri=").nth(1).unwrap().split('&').next().unwrap();
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={}",
            pkce::VERIFIER
        );
        let tokens = json(connection.try_post("/token", &self.basic, &form).await?)?;
        Ok(Person {
            cookies: cookies.to_owned(),
            access_token: text(&tokens, "access_token"),
            refresh_token: text(&tokens, "refresh_token"),
            id_token: text(&tokens, "id_token"),
        })
    }
}

fn json(answer: Answer) -> Result<Value, Failure> {
    if answer.status == 200 {
        Ok(serde_json::from_str(&answer.body).unwrap())
    } else {
        Err(Failure::Refused(answer))
    }
}

fn see_other(answer: Answer) -> Result<(), Failure> {
    if answer.status == 303 { Ok(()) } else { Err(Failure::Refused(answer)) }
}

fn text(tokens: &Value, member: &str) -> String {
    tokens[member].as_str().unwrap().to_owned()
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
