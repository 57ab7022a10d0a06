//! A mail server that stories look into (RFC 5321): it speaks the real protocol on a port of its own, keeps what it takes,
//! and answers as a story tells it to. Nothing leaves it.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use idp_server::config::{Config, MailTls};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::eventually;

/// The address that letters of stories come from.
pub const FROM: &str = "no-reply@idp.example";

/// The server; it ends when it is dropped.
pub struct SmtpSink {
    port: u16,
    shared: Arc<Mutex<Shared>>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    taken: Vec<TakenLetter>,
    connections: usize,
    behaviour: Behaviour,
}

/// How it answers.
#[derive(Clone, Default)]
pub enum Behaviour {
    /// It takes everything.
    #[default]
    Takes,
    /// It greets with this code instead of 220.
    Greets(u16),
    /// It answers the command that begins with this word so. It offers `AUTH` where it is that.
    Answers(&'static str, u16),
    /// It hangs up in the middle of a letter.
    HangsUpInLetter,
    /// It takes the letter and hangs up before it says so.
    HangsUpBeforeItsYes,
    /// It says nothing at all.
    IsSilent,
}

/// A letter that it took.
#[derive(Clone, Debug)]
pub struct TakenLetter {
    /// Who sent it, by the envelope.
    pub from: String,
    /// To whom, by the envelope.
    pub to: Vec<String>,
    /// The headers and the body as they came.
    pub raw: String,
}

impl SmtpSink {
    /// Listens at once.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (listener, shared) = (tokio::net::TcpListener::from_std(listener).unwrap(), Arc::default());
        let state = Arc::clone(&shared);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Conversation::hold(stream, Arc::clone(&state)));
            }
        });
        Self { port, shared, listening }
    }

    /// Has a provider send its letters here.
    pub fn serve(&self, config: &mut Config) {
        config.mail.server = format!("smtp://127.0.0.1:{}", self.port).parse().ok();
        config.mail.tls = MailTls::None;
        config.mail.from = FROM.parse().ok();
    }

    /// The same for a command, as settings.
    #[must_use]
    pub fn settings(&self) -> Vec<String> {
        let server = format!("mail.server=smtp://127.0.0.1:{}", self.port);
        vec![server, "mail.tls=none".to_owned(), format!("mail.from={FROM}")]
    }

    /// Answers so from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.lock().unwrap().behaviour = behaviour;
    }

    /// The letters that it took.
    #[must_use]
    pub fn taken(&self) -> Vec<TakenLetter> {
        self.shared.lock().unwrap().taken.clone()
    }

    /// How often a client connected.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().unwrap().connections
    }

    /// Waits until it has taken so many letters.
    pub async fn takes(&self, count: usize) -> Vec<TakenLetter> {
        eventually("the letters arrive", async || {
            let taken = self.taken();
            if taken.len() == count { Ok(taken) } else { Err(taken) }
        })
        .await
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One connection.
struct Conversation {
    stream: BufReader<TcpStream>,
    shared: Arc<Mutex<Shared>>,
    behaviour: Behaviour,
    letter: TakenLetter,
}

impl Conversation {
    async fn hold(stream: TcpStream, shared: Arc<Mutex<Shared>>) {
        let behaviour = {
            let mut shared = shared.lock().unwrap();
            shared.connections += 1;
            shared.behaviour.clone()
        };
        let letter = TakenLetter { from: String::new(), to: Vec::new(), raw: String::new() };
        let mut conversation = Self { stream: BufReader::new(stream), shared, behaviour, letter };
        // A client that hangs up has ended it.
        let _ = conversation.go_on().await;
    }

    async fn go_on(&mut self) -> std::io::Result<()> {
        match self.behaviour {
            Behaviour::IsSilent => std::future::pending().await,
            Behaviour::Greets(code) => self.say(&format!("{code} no")).await?,
            _ => self.say("220 sink.example ESMTP").await?,
        }
        loop {
            let line = self.line().await?;
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let refusal = match self.behaviour {
                Behaviour::Answers(of, code) if of == word => Some(code),
                _ => None,
            };
            match (refusal, word.as_str()) {
                (Some(code), _) => self.say(&format!("{code} a text of the peer's")).await?,
                (_, "EHLO") if matches!(self.behaviour, Behaviour::Answers("AUTH", _)) => {
                    self.say("250-sink.example\r\n250 AUTH PLAIN").await?;
                }
                (_, "EHLO") => self.say("250-sink.example\r\n250 8BITMIME").await?,
                (_, "MAIL") => {
                    self.letter.from = address(&line);
                    self.say("250 ok").await?;
                }
                (_, "RCPT") => {
                    self.letter.to.push(address(&line));
                    self.say("250 ok").await?;
                }
                (_, "DATA") => {
                    self.say("354 go on").await?;
                    if !self.take_letter().await? {
                        return Ok(());
                    }
                }
                (_, "QUIT") => return self.say("221 bye").await,
                _ => self.say("500 unknown").await?,
            }
        }
    }

    /// `false` when it hangs up.
    async fn take_letter(&mut self) -> std::io::Result<bool> {
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            if matches!(self.behaviour, Behaviour::HangsUpInLetter) {
                return Ok(false);
            }
            self.letter.raw.push_str(line.strip_prefix('.').unwrap_or(&line));
            self.letter.raw.push('\n');
        }
        self.shared.lock().unwrap().taken.push(self.letter.clone());
        if matches!(self.behaviour, Behaviour::HangsUpBeforeItsYes) {
            return Ok(false);
        }
        self.say("250 taken").await?;
        Ok(true)
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        }
    }
}

/// What stands in angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

impl TakenLetter {
    /// A header as it came; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let head = self.raw.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
        let named = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        named.unwrap_or_default().to_owned()
    }

    /// The part of this media type, decoded.
    ///
    /// # Panics
    /// When there is none, or it does not decode.
    #[must_use]
    pub fn part(&self, media_type: &str) -> String {
        let marker = format!("Content-Type: {media_type}");
        let (_, rest) =
            self.raw.split_once(&marker).unwrap_or_else(|| panic!("no {media_type}: {}", self.raw));
        let (head, body) = rest.split_once("\n\n").unwrap();
        let body = body.split("\n--").next().unwrap();
        match head.split_once("Content-Transfer-Encoding: ").map(|(_, encoding)| encoding.trim()) {
            Some("base64") => {
                let text: String = body.split_whitespace().collect();
                String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).unwrap()).unwrap()
            }
            Some("quoted-printable") => from_quoted_printable(body),
            _ => body.to_owned(),
        }
    }
}

fn from_quoted_printable(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, left) = match (first, tail) {
            (b'=', [high, low, left @ ..]) => {
                let hex = std::str::from_utf8(&[*high, *low]).unwrap().to_owned();
                (u8::from_str_radix(&hex, 16).unwrap(), left)
            }
            _ => (*first, tail),
        };
        bytes.push(byte);
        rest = left;
    }
    String::from_utf8(bytes).unwrap()
}
