//! A connection that is read a line at a time, so that nothing is taken in before it is asked for. What a server has to say before
//! TLS counts for nothing behind it (RFC 3207 section 4.2). An attacker on the path could append answers of their own to its
//! `220`. A client that has read them already takes them for the server's under TLS ("NO STARTTLS", 2021).
//!
//! `lettre` keeps what it has read when TLS begins. Read like this, it has never read more than the answer that it waited for:
//! what else was sent lies with the operating system, and reaches TLS, which takes it for a broken handshake.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, ToSocketAddrs};

/// As much of a line as is read at once; of what TLS sends as well, in which line ends have no meaning.
const WINDOW: usize = 4096;

/// The connection.
#[derive(Debug)]
pub struct LineByLine(TcpStream);

impl LineByLine {
    /// Connects to the first address of `server` that answers.
    ///
    /// # Errors
    /// When none does.
    pub async fn connect(server: impl ToSocketAddrs) -> io::Result<Self> {
        TcpStream::connect(server).await.map(Self)
    }
}

impl AsyncRead for LineByLine {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut window = [0; WINDOW];
        let Some(fitting) = window.get_mut(..WINDOW.min(into.remaining())) else {
            return Poll::Ready(Ok(()));
        };
        let mut ahead = ReadBuf::new(fitting);
        ready!(self.0.poll_peek(context, &mut ahead))?;
        let line = ahead.filled().split_inclusive(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len);
        let mut line = ReadBuf::new(fitting.get_mut(..line).unwrap_or_default());
        ready!(Pin::new(&mut self.0).poll_read(context, &mut line))?;
        into.put_slice(line.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineByLine {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncTokioStream for LineByLine {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_read_ends_with_the_line_and_nothing_is_lost() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = LineByLine::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        server.write_all(b"220 go on\r\n250-injected\r\n\n235").await.unwrap();
        drop(server);
        let mut buffer = [0; 8192];
        let mut reads = Vec::new();
        loop {
            let read = client.read(&mut buffer).await.unwrap();
            if read == 0 {
                break;
            }
            reads.push(String::from_utf8(buffer[..read].to_vec()).unwrap());
        }
        assert_eq!(reads.concat(), "220 go on\r\n250-injected\r\n\n235");
        assert!(reads.iter().all(|read| read.find('\n').is_none_or(|at| at + 1 == read.len())), "{reads:?}");
    }
}
