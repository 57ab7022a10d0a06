//! The end of a sign-in by browser: a redirect to a port of this machine that only this command listens at (RFC 8252 7.3), or
//! its address, pasted at the terminal where the browser runs on another machine.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    net::Ipv4Addr,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use url::Url;

use crate::cli::failure::Failure;

/// The path of the redirect URI.
const PATH: &str = "/callback";
/// How long a person has to sign in.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// How long a connection has to say what it wants: browsers open some in advance.
const HEAD_LIMIT: Duration = Duration::from_secs(20);
/// No head of a request that concerns us is longer, in bytes.
const LONGEST_HEAD: u64 = 32 * 1024;

/// A port that waits for the redirect.
pub(super) struct Loopback {
    listener: TcpListener,
    redirect_uri: String,
}

/// What the redirect must carry.
pub(super) struct Expected<'a> {
    /// The value that went along with the request (RFC 6749 10.12).
    pub(super) state: &'a str,
    /// Who answers (RFC 9207).
    pub(super) issuer: &'a str,
}

/// Something that may be the redirect.
struct Arrival {
    address: Url,
    /// Where an answer is waited for.
    browser: Option<TcpStream>,
}

/// What an arrival is.
#[derive(Eq, PartialEq, Debug)]
enum Verdict {
    /// Not the redirect that is waited for.
    Foreign,
    /// The provider says no.
    Refused(String),
    /// The code.
    Code(String),
}

impl Loopback {
    /// Listens at a free port.
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let redirect_uri = format!("http://127.0.0.1:{}{PATH}", listener.local_addr()?.port());
        Ok(Self { listener, redirect_uri })
    }

    /// Where the browser is to be sent.
    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the code. What is not the redirect that is waited for is sent away, and ends nothing.
    ///
    /// # Errors
    /// [`Failure::Refused`] when the provider says no, or nobody signs in for ten minutes.
    pub(super) async fn code(self, expected: &Expected<'_>) -> Result<String, Failure> {
        let (arrivals, waiting) = mpsc::channel(8);
        if io::stdin().is_terminal() {
            let pasted = arrivals.clone();
            // A thread of its own: nothing waits for it when the browser was faster.
            std::thread::spawn(move || paste(&pasted));
        }
        let listening = tokio::spawn(listen(self.listener, arrivals));
        let code = timeout(PATIENCE, first_code(waiting, expected)).await;
        listening.abort();
        code.unwrap_or_else(|_| Err(Failure::refused("nobody signed in for ten minutes")))
    }
}

async fn first_code(
    mut waiting: mpsc::Receiver<Arrival>,
    expected: &Expected<'_>,
) -> Result<String, Failure> {
    while let Some(Arrival { address, browser }) = waiting.recv().await {
        let verdict = judge(&address, expected);
        if let Some(browser) = browser {
            answer(browser, &verdict).await;
        }
        match verdict {
            Verdict::Foreign => {}
            Verdict::Refused(why) => return Err(Failure::refused(format!("the sign-in ended: {why}"))),
            Verdict::Code(code) => return Ok(code),
        }
    }
    Err(Failure::refused("the sign-in ended"))
}

fn judge(address: &Url, expected: &Expected<'_>) -> Verdict {
    let once = |name: &str| {
        let mut found =
            address.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let first = found.next();
        if found.next().is_some() { None } else { first }
    };
    let is_ours = address.path() == PATH && once("state").as_deref() == Some(expected.state);
    if !is_ours || once("iss").as_deref() != Some(expected.issuer) {
        return Verdict::Foreign;
    }
    match (once("code"), once("error")) {
        (Some(code), None) => Verdict::Code(code),
        (_, Some(error)) => {
            let description = once("error_description").map(|words| format!(": {words}")).unwrap_or_default();
            Verdict::Refused(printable(&format!("{error}{description}")))
        }
        (None, None) => Verdict::Foreign,
    }
}

/// Nothing that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(500).collect()
}

async fn listen(listener: TcpListener, arrivals: mpsc::Sender<Arrival>) {
    while let Ok((browser, _)) = listener.accept().await {
        let arrivals = arrivals.clone();
        tokio::spawn(async move {
            if let Ok(Some(arrival)) = timeout(HEAD_LIMIT, read(browser)).await {
                // Nobody waits any more: the code has come.
                let _ = arrivals.send(arrival).await;
            }
        });
    }
}

async fn read(mut browser: TcpStream) -> Option<Arrival> {
    let mut head = Vec::new();
    let mut limited = (&mut browser).take(LONGEST_HEAD);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if limited.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    let address = Url::parse(&format!("http://127.0.0.1{target}")).ok()?;
    Some(Arrival { address, browser: Some(browser) })
}

/// The page that the person sees at the end.
async fn answer(mut browser: TcpStream, verdict: &Verdict) {
    let (status, words) = match verdict {
        Verdict::Code(_) => ("200 OK", "You are signed in. Close this window and go back to the terminal."),
        Verdict::Refused(_) => ("200 OK", "You are not signed in. The terminal says why."),
        Verdict::Foreign => ("404 Not Found", "There is nothing here."),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta name=\"color-scheme\" content=\"light dark\"><title>idp-server</title><p>{words}"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        page.len()
    );
    // The code counts, whether the browser reads on or not.
    let _ = browser.write_all(format!("{head}{page}").as_bytes()).await;
    let _ = browser.shutdown().await;
}

/// Addresses that are pasted at the terminal.
fn paste(arrivals: &mpsc::Sender<Arrival>) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(address) = Url::parse(line.trim()) else { continue };
        if arrivals.blocking_send(Arrival { address, browser: None }).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn judged(query: &str) -> Verdict {
        let expected = Expected { state: "s", issuer: "https://id.example.com" };
        judge(&Url::parse(&format!("http://127.0.0.1:1/callback?{query}")).unwrap(), &expected)
    }

    #[test]
    fn only_the_answer_that_is_waited_for_counts() {
        let iss = "iss=https%3A%2F%2Fid.example.com";
        assert_eq!(judged(&format!("code=c&state=s&{iss}")), Verdict::Code("c".to_owned()));
        for foreign in [
            format!("code=c&{iss}"),
            format!("code=c&state=x&{iss}"),
            format!("code=c&state=s&state=s&{iss}"),
            "code=c&state=s".to_owned(),
            "code=c&state=s&iss=https%3A%2F%2Fevil.example".to_owned(),
            format!("code=c&code=d&state=s&{iss}"),
            format!("state=s&{iss}"),
            String::new(),
        ] {
            assert_eq!(judged(&foreign), Verdict::Foreign, "{foreign}");
        }
        let no = judged(&format!("error=access_denied&error_description=a%1B%5B2Jb&state=s&{iss}"));
        assert_eq!(no, Verdict::Refused("access_denied: a[2Jb".to_owned()));
        let elsewhere =
            Url::parse("http://127.0.0.1:1/other?code=c&state=s&iss=https%3A%2F%2Fid.example.com");
        let expected = Expected { state: "s", issuer: "https://id.example.com" };
        assert_eq!(judge(&elsewhere.unwrap(), &expected), Verdict::Foreign);
    }
}
