//! Bytes on a socket, for what no HTTP client would send.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take to begin or to go on.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens a connection.
#[must_use]
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends `bytes`, says that no more will come, and reads until the server closes.
#[must_use]
pub fn exchange(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = connect(address);
    // The server may have answered and closed before all of it is sent.
    let _ = stream.write_all(bytes.as_ref());
    let _ = stream.shutdown(Shutdown::Write);
    read_all(stream)
}

/// Reads until the server closes or resets the connection.
///
/// # Panics
/// When it does neither in time.
#[must_use]
pub fn read_all(mut stream: TcpStream) -> String {
    let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("the connection stays open: {answer:?}")
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The statuses of the answers in what came back.
#[must_use]
pub fn statuses(answers: &str) -> Vec<u16> {
    answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect()
}
