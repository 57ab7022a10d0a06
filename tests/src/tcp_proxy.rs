//! A TCP proxy between two programs, on a port of its own: a story can cut its connections in the middle of an answer.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};

/// No limit: nothing is cut.
const UNLIMITED: i64 = i64::MAX;

/// The proxy. New connections go to the present target.
pub struct TcpProxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    to: AtomicU16,
    /// Bytes of answers that still pass before every connection is cut.
    left: AtomicI64,
}

impl TcpProxy {
    /// A proxy to this port.
    #[must_use]
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { to: AtomicU16::new(port), left: AtomicI64::new(UNLIMITED) });
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                for_thread.connect(client);
            }
        });
        Self { port: own, shared }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts what is connected, and connects to another port from now on.
    pub fn redirect_to(&self, port: u16) {
        self.shared.to.store(port, Ordering::SeqCst);
        self.cut_after(0);
    }

    /// Lets so many bytes of answers pass, then cuts every connection.
    pub fn cut_after(&self, bytes: i64) {
        self.shared.left.store(bytes, Ordering::SeqCst);
    }

    /// Lets everything pass again.
    pub fn restore(&self) {
        self.shared.left.store(UNLIMITED, Ordering::SeqCst);
    }
}

impl Shared {
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.to.load(Ordering::SeqCst))) else {
            return;
        };
        let (mut requests, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut requests, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        let shared = Arc::clone(self);
        std::thread::spawn(move || shared.forward_answers(server, client));
    }

    fn forward_answers(&self, mut server: TcpStream, mut client: TcpStream) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = server.read(&mut buffer) {
            let left =
                self.left.fetch_sub(if self.is_unlimited() { 0 } else { read as i64 }, Ordering::SeqCst);
            let pass = usize::try_from(left.clamp(0, read as i64)).unwrap();
            if client.write_all(&buffer[..pass]).is_err() || pass < read {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    }

    fn is_unlimited(&self) -> bool {
        self.left.load(Ordering::SeqCst) == UNLIMITED
    }
}
