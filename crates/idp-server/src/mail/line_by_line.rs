//! A connection that is read a line at a time, so that nothing is taken in before it is asked for. What a server has to say before
//! TLS counts for nothing behind it (RFC 3207 section 4.2). An attacker on the path could append answers of their own to its
//! `220`. A client that has read them already takes them for the server's under TLS ("NO STARTTLS", 2021).
//!
//! `lettre` keeps what it has read when TLS begins. Read like this, it has never read more than the answer that it waited for:
//! what else was sent lies with the operating system. Where it lies there when TLS begins, TLS does not begin, and the reason is told
//! apart from a certificate that does not fit; what comes later reaches TLS, which takes it for a broken handshake.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, ToSocketAddrs};

/// As much of a line as is read at once; of what TLS sends as well, in which line ends have no meaning.
const WINDOW: usize = 4096;

/// What a handshake begins with, and no command of SMTP (RFC 8446 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// The connection.
#[derive(Debug)]
pub struct LineByLine {
    stream: TcpStream,
    is_in_tls: bool,
}

/// Something was sent behind the yes to STARTTLS that was no answer to anything.
#[derive(Debug, thiserror::Error)]
#[error("bytes before TLS that nobody asked for")]
pub struct BytesBeforeTls;

impl LineByLine {
    /// Connects to the first address of `server` that answers.
    ///
    /// # Errors
    /// When none does.
    pub async fn connect(server: impl ToSocketAddrs) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        Ok(Self { stream, is_in_tls: false })
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
        ready!(self.stream.poll_peek(context, &mut ahead))?;
        let line = ahead.filled().split_inclusive(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len);
        let mut line = ReadBuf::new(fitting.get_mut(..line).unwrap_or_default());
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut line))?;
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
        if !self.is_in_tls && bytes.first() == Some(&TLS_HANDSHAKE) {
            self.is_in_tls = true;
            let mut one = [0];
            let mut waiting = ReadBuf::new(&mut one);
            // A server waits for the client here (RFC 3207 section 4).
            if matches!(self.stream.poll_peek(context, &mut waiting), Poll::Ready(Ok(1..))) {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, BytesBeforeTls)));
            }
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for LineByLine {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
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

    #[tokio::test]
    async fn s111_tls_does_not_begin_while_something_waits_that_was_said_before_it() {
        for (said, is_refused) in [(&b"220 go on\r\n"[..], false), (b"220 go on\r\n250 injected\r\n", true)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut client = LineByLine::connect(listener.local_addr().unwrap()).await.unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            client.write_all(b"STARTTLS\r\n").await.unwrap();
            server.write_all(said).await.unwrap();
            let mut buffer = [0; 64];
            assert_eq!(client.read(&mut buffer).await.unwrap(), b"220 go on\r\n".len());
            let hello = client.write_all(&[TLS_HANDSHAKE, 3, 1]).await;
            assert_eq!(hello.is_err(), is_refused);
            let why = hello.err().and_then(|error| error.get_ref().map(|inner| inner.is::<BytesBeforeTls>()));
            assert_eq!(why, is_refused.then_some(true));
            // Under TLS anybody may speak at any time.
            if !is_refused {
                server.write_all(&[TLS_HANDSHAKE, 3, 3]).await.unwrap();
                client.write_all(&[TLS_HANDSHAKE, 3, 3]).await.unwrap();
            }
        }
    }
}
