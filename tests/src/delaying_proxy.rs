//! A network with a constant delay each way, such as that to a database in the next zone: a TCP proxy that keeps order
//! and loses nothing. Threads rather than tasks: a timer of a runtime is good to a millisecond only.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// The URL of a database by way of such a network; the same URL without a delay.
#[must_use]
pub fn through_delay(url: &str, delay_ms: u64) -> String {
    if delay_ms == 0 {
        return url.to_owned();
    }
    let port: u16 = url.rsplit_once('/').unwrap().0.rsplit_once(':').unwrap().1.parse().unwrap();
    let slow = delaying_proxy(port, Duration::from_millis(delay_ms));
    url.replace(&format!(":{port}/"), &format!(":{slow}/"))
}

/// Begins to pass connections on to `port`, every byte `delay` later; answers the port of its own.
///
/// # Panics
/// When no port or thread is to be had.
#[must_use]
pub fn delaying_proxy(port: u16, delay: Duration) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let own = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let both = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
            for (from, to) in both {
                let (sender, receiver) = channel();
                std::thread::spawn(move || receive(from, &sender, delay));
                std::thread::spawn(move || send(&receiver, to));
            }
        }
    });
    own
}

/// The bytes of one read, and when they go on.
type Piece = (Instant, Vec<u8>);

#[allow(clippy::disallowed_methods, reason = "a network looks at no clock of ours")]
fn receive(mut from: TcpStream, pieces: &Sender<Piece>, delay: Duration) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if pieces.send((Instant::now() + delay, buffer[..count].to_vec())).is_err() {
            return;
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a network looks at no clock of ours")]
fn send(pieces: &Receiver<Piece>, mut to: TcpStream) {
    while let Ok((at, piece)) = pieces.recv() {
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
