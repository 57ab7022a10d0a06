//! What stands before two nodes: each connection goes to the next of them, as behind the plainest load balancer.

use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// It takes no more connections when dropped.
pub struct Front {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Front {
    /// Passes the connections of `listener` on to `nodes`.
    #[must_use]
    pub fn new(listener: TcpListener, nodes: Vec<u16>) -> Self {
        let (address, closed) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let for_thread = Arc::clone(&closed);
        std::thread::spawn(move || {
            let mut next = nodes.iter().cycle();
            for caller in listener.incoming().map_while(Result::ok) {
                if for_thread.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(node) = TcpStream::connect((Ipv4Addr::LOCALHOST, *next.next().unwrap())) {
                    pass(&caller, &node);
                    pass(&node, &caller);
                }
            }
        });
        Self { address, closed }
    }

    /// Closes it, and returns once its address is free.
    pub fn close(&self) {
        if !self.closed.swap(true, Ordering::SeqCst) {
            let _ = TcpStream::connect(self.address);
            while TcpStream::connect(self.address).is_ok() {
                std::thread::yield_now();
            }
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.close();
    }
}

/// Everything that comes from one side goes to the other, its end as well. When a side has gone, so has the other.
fn pass(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    std::thread::spawn(move || match std::io::copy(&mut from, &mut to) {
        Ok(_end) => drop(to.shutdown(Shutdown::Write)),
        Err(_gone) => {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        }
    });
}
