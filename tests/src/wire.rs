//! A wire between two programs that a story can cut: a TCP proxy on a port of its own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};

/// Nothing is cut.
const WHOLE: i64 = i64::MAX;

/// The wire. New connections go where it leads now.
pub struct Wire {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    to: AtomicU16,
    /// Bytes of answers that still pass before every connection is cut.
    left: AtomicI64,
}

impl Wire {
    /// One to this port.
    #[must_use]
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { to: AtomicU16::new(port), left: AtomicI64::new(WHOLE) });
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                for_thread.join(caller);
            }
        });
        Self { port: own, shared }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts what is connected, and leads elsewhere from now on.
    pub fn lead_to(&self, port: u16) {
        self.shared.to.store(port, Ordering::SeqCst);
        self.cut_after(0);
    }

    /// Lets so many bytes of answers pass and then cuts, in the middle of whatever is on its way.
    pub fn cut_after(&self, bytes: i64) {
        self.shared.left.store(bytes, Ordering::SeqCst);
    }

    /// Lets everything pass again.
    pub fn mend(&self) {
        self.shared.left.store(WHOLE, Ordering::SeqCst);
    }
}

impl Shared {
    fn join(self: &Arc<Self>, caller: TcpStream) {
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.to.load(Ordering::SeqCst))) else {
            return;
        };
        let (mut asks, mut to) = (caller.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut asks, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        let shared = Arc::clone(self);
        std::thread::spawn(move || shared.answer(server, caller));
    }

    fn answer(&self, mut server: TcpStream, mut caller: TcpStream) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = server.read(&mut buffer) {
            let left = self.left.fetch_sub(if self.is_whole() { 0 } else { read as i64 }, Ordering::SeqCst);
            let pass = usize::try_from(left.clamp(0, read as i64)).unwrap();
            if caller.write_all(&buffer[..pass]).is_err() || pass < read {
                break;
            }
        }
        let _ = caller.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    }

    fn is_whole(&self) -> bool {
        self.left.load(Ordering::SeqCst) == WHOLE
    }
}
