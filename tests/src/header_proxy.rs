//! A reverse proxy for plain HTTP on this machine, which treats headers as a story tells it to: as proxies that are set up well do, and as
//! those that are not.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};

/// What it does.
#[derive(Clone, Copy, Debug)]
pub enum Manners {
    /// Appends where a request comes from to `X-Forwarded-For`.
    Appends,
    /// Hands `X-Forwarded-For` on as it came.
    HandsOn,
    /// Takes `X-Forwarded-For` away, and adds nothing.
    Strips,
    /// Appends, and lets answers be of years ago.
    LivesInThePast,
    /// Appends, and answers a path that begins so with 502.
    Refuses(&'static str),
    /// Takes requests and never answers.
    IsSilent,
}

/// Listens on `port` and hands requests to `to`, each on a connection of its own, for the life of the process.
///
/// # Panics
/// When the port is taken.
pub fn start(port: u16, to: u16, manners: Manners) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                // A client or a server that hangs up has ended it.
                let _ = pass(client, to, manners);
            });
        }
    });
}

fn pass(mut client: TcpStream, to: u16, manners: Manners) -> std::io::Result<()> {
    let Some((head, mut body)) = head_of(&mut client)? else { return Ok(()) };
    let length = head.iter().find_map(|line| value(line, "content-length")?.parse::<usize>().ok());
    while body.len() < length.unwrap_or_default() {
        let mut more = vec![0; 4096];
        match client.read(&mut more)? {
            0 => return Ok(()),
            read => body.extend_from_slice(&more[..read]),
        }
    }
    let path = head[0].split(' ').nth(1).unwrap_or_default();
    match manners {
        Manners::IsSilent => loop {
            std::thread::park();
        },
        Manners::Refuses(refused) if path.starts_with(refused) => {
            return client
                .write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        _ => {}
    }
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, to))?;
    server.write_all(request(&head, &client, manners).as_bytes())?;
    server.write_all(&body)?;
    let Some((head, body)) = head_of(&mut server)? else { return Ok(()) };
    client.write_all(answer(&head, manners).as_bytes())?;
    client.write_all(&body)?;
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// The lines of a head, and what came behind it.
fn head_of(stream: &mut TcpStream) -> std::io::Result<Option<(Vec<String>, Vec<u8>)>> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            return Ok(Some((head.split("\r\n").map(str::to_owned).collect(), read.split_off(end + 4))));
        }
        let mut more = vec![0; 4096];
        match stream.read(&mut more)? {
            0 => return Ok(None),
            count => read.extend_from_slice(&more[..count]),
        }
    }
}

fn request(head: &[String], client: &TcpStream, manners: Manners) -> String {
    let is_dropped = |line: &&String| value(line, "connection").is_some() || value(line, FORWARDED).is_some();
    let mut lines: Vec<String> = head.iter().filter(|line| !is_dropped(line)).cloned().collect();
    lines.push("connection: close".to_owned());
    let mut hops: Vec<String> =
        head.iter().filter_map(|line| value(line, FORWARDED)).map(str::to_owned).collect();
    match manners {
        Manners::HandsOn => {}
        Manners::Strips => hops.clear(),
        _ => hops.push(client.peer_addr().unwrap().ip().to_string()),
    }
    if !hops.is_empty() {
        lines.push(format!("{FORWARDED}: {}", hops.join(", ")));
    }
    lines.join("\r\n") + "\r\n\r\n"
}

fn answer(head: &[String], manners: Manners) -> String {
    let lines = head.iter().map(|line| match (manners, value(line, "date")) {
        (Manners::LivesInThePast, Some(_)) => "date: Sat, 01 Jan 2022 00:00:00 GMT".to_owned(),
        _ => line.clone(),
    });
    lines.collect::<Vec<_>>().join("\r\n") + "\r\n\r\n"
}

const FORWARDED: &str = "x-forwarded-for";

/// The value of a line of this name.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then(|| value.trim())
}
