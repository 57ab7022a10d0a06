//! An attacker on the path to a mail server, who passes everything on and adds answers of their own behind the server's yes to
//! STARTTLS, before there is any TLS ("NO STARTTLS", RFC 3207 4.2).

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a client that sends one letter wants to hear behind STARTTLS, to the end.
const EVERYTHING: &[u8] =
    b"250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n235 yes\r\n250 yes\r\n250 yes\r\n\
    354 go on\r\n250 taken\r\n";

/// The one on the way.
pub struct SmtpInjector {
    port: u16,
    is_there: Arc<AtomicBool>,
}

impl SmtpInjector {
    /// Between the client and the server at this port.
    #[must_use]
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_there = Arc::new(AtomicBool::new(true));
        let injects = Arc::clone(&is_there);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || pass_on(from, to));
                let injected: &'static [u8] = if injects.load(Ordering::SeqCst) { EVERYTHING } else { b"" };
                std::thread::spawn(move || answer(server, client, injected));
            }
        });
        Self { port, is_there }
    }

    /// Where to connect to.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on everything is passed on as it is.
    pub fn go_away(&self) {
        self.is_there.store(false, Ordering::SeqCst);
    }
}

fn pass_on(mut from: impl Read, mut to: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// The answers of the server; the second that begins with 220 is its yes to STARTTLS.
fn answer(server: TcpStream, mut client: TcpStream, injected: &[u8]) {
    let (mut server, mut yeses) = (BufReader::new(server), 0);
    while yeses < 2 {
        let mut line = String::new();
        if server.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        yeses += usize::from(line.starts_with("220"));
        let injected = if yeses == 2 { injected } else { b"" };
        // In one piece, so that it is read in one.
        if client.write_all(&[line.as_bytes(), injected].concat()).is_err() {
            return;
        }
    }
    pass_on(server, client);
}
