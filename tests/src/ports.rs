//! Ports for servers that are told where to listen. One that the kernel has chosen and that is free again may be another's by the time
//! the server begins, or while it is down and comes back: every outgoing connection takes one of the same range. So these are of a
//! range that the kernel does not choose from (`net.ipv4.ip_local_port_range`).

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// The first one, and how many there are.
const FIRST: u16 = 10_000;
const COUNT: u16 = 10_000;
/// The bus of a Redis Cluster is that many ports higher, and is nobody else's either.
const BUS: u16 = 10_000;

/// How many were given by this process.
static GIVEN: AtomicU16 = AtomicU16::new(0);

/// A port on which nothing listens. No other caller of this process gets it before all the others were given.
///
/// # Panics
/// When every one of them is taken.
#[must_use]
pub fn free_port() -> u16 {
    // Programs that run side by side begin in different places.
    let start = std::process::id().wrapping_mul(7919);
    let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let place = || start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed).into()) % u32::from(COUNT);
    let port = || FIRST + u16::try_from(place()).unwrap();
    (0..COUNT).map(|_| port()).find(|port| is_free(*port) && is_free(port + BUS)).unwrap()
}
