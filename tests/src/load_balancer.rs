//! The load balancer of a story with two nodes: round robin by connection, on TCP alone.

use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The load balancer. It takes no more connections when dropped.
pub struct LoadBalancer {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl LoadBalancer {
    /// Passes the connections of `listener` on to `nodes`.
    #[must_use]
    pub fn new(listener: TcpListener, nodes: Vec<u16>) -> Self {
        let (address, closed) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let for_thread = Arc::clone(&closed);
        std::thread::spawn(move || {
            let mut next = nodes.iter().cycle();
            for client in listener.incoming().map_while(Result::ok) {
                if for_thread.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(node) = TcpStream::connect((Ipv4Addr::LOCALHOST, *next.next().unwrap())) {
                    forward(&client, &node);
                    forward(&node, &client);
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

impl Drop for LoadBalancer {
    fn drop(&mut self) {
        self.close();
    }
}

/// Copies what one side sends to the other, its end as well (a half-closed connection). A reset of one side closes both.
fn forward(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    std::thread::spawn(move || match std::io::copy(&mut from, &mut to) {
        Ok(_end) => drop(to.shutdown(Shutdown::Write)),
        Err(_gone) => {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        }
    });
}
