//! A network between the provider and sites that holds bytes back, in either direction and as each site's connection is
//! told to: a TCP proxy that tells sites apart by the client id in their requests. Order is kept, nothing is lost.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

/// How long bytes are held back.
#[derive(Copy, Clone, Debug)]
pub enum Delay {
    /// Always so long.
    Constant(Duration),
    /// From nothing to so long, in the same time.
    GrowingTo(Duration),
    /// Any time up to so long, another for each piece.
    UpTo(Duration),
}

/// Which bytes are held back.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Way {
    /// What sites send.
    Requests,
    /// What the provider sends.
    Answers,
    /// All of them.
    Both,
}

/// The network. New connections go to the present target.
pub struct SlowNetwork {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    to: AtomicU16,
    /// By client id; the instant is since when.
    sites: Mutex<HashMap<String, (Way, Delay, Instant)>>,
    draws: AtomicU64,
}

/// The bytes of one read, and when they go on; none is the end.
type Piece = (Instant, Vec<u8>);

impl SlowNetwork {
    /// A network that holds nothing back yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (port, shared) = (listener.local_addr().unwrap().port(), Arc::<Shared>::default());
        let for_task = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((site, _)) = listener.accept().await {
                tokio::spawn(connect(site, Arc::clone(&for_task)));
            }
        });
        Self { port, shared }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The provider's port.
    pub fn lead_to(&self, port: u16) {
        self.shared.to.store(port, Ordering::SeqCst);
    }

    /// Holds bytes back from now on, on connections over which this client authenticates.
    pub fn slow_down(&self, client_id: &str, way: Way, delay: Delay) {
        self.shared.sites.lock().unwrap().insert(client_id.to_owned(), (way, delay, Instant::now()));
    }
}

async fn connect(site: TcpStream, shared: Arc<Shared>) {
    let Ok(provider) = TcpStream::connect((Ipv4Addr::LOCALHOST, shared.to.load(Ordering::SeqCst))).await
    else {
        return;
    };
    let _ = (site.set_nodelay(true), provider.set_nodelay(true));
    let ((from_site, to_site), (from_provider, to_provider)) = (site.into_split(), provider.into_split());
    let whose = Arc::new(OnceLock::new());
    for (from, to, way) in [(from_site, to_provider, Way::Requests), (from_provider, to_site, Way::Answers)] {
        let (pieces, held) = unbounded_channel();
        let pump = Pump { way, whose: Arc::clone(&whose), shared: Arc::clone(&shared) };
        tokio::spawn(pump.read(from, pieces));
        tokio::spawn(write(to, held));
    }
}

struct Pump {
    way: Way,
    /// The client that has authenticated over this connection.
    whose: Arc<OnceLock<String>>,
    shared: Arc<Shared>,
}

impl Pump {
    async fn read(self, mut from: OwnedReadHalf, pieces: UnboundedSender<Piece>) {
        let (mut last, mut room) = (Instant::now(), vec![0; 16 * 1024]);
        loop {
            let read = from.read(&mut room).await.unwrap_or(0);
            let piece = room[..read].to_vec();
            if self.way == Way::Requests
                && let Some(client) = client_id(&piece)
            {
                let _ = self.whose.set(client);
            }
            last = last.max(Instant::now() + self.delay());
            if pieces.send((last, piece)).is_err() || read == 0 {
                return;
            }
        }
    }

    fn delay(&self) -> Duration {
        let sites = self.shared.sites.lock().unwrap();
        let known = self.whose.get().and_then(|client| sites.get(client)).copied();
        let Some((way, delay, since)) = known else {
            return Duration::ZERO;
        };
        match delay {
            _ if way != Way::Both && way != self.way => Duration::ZERO,
            Delay::Constant(delay) => delay,
            Delay::GrowingTo(most) => since.elapsed().min(most),
            Delay::UpTo(most) => most.mul_f64(self.draw()),
        }
    }

    /// A number from 0 to 1 (Knuth's multiplier): the same ones in every run.
    fn draw(&self) -> f64 {
        let number = self.shared.draws.fetch_add(1, Ordering::SeqCst).wrapping_mul(6_364_136_223_846_793_005);
        (number >> 40) as f64 / f64::from(1 << 24)
    }
}

async fn write(mut to: OwnedWriteHalf, mut held: UnboundedReceiver<Piece>) {
    while let Some((at, piece)) = held.recv().await {
        sleep_until(at).await;
        if piece.is_empty() || to.write_all(&piece).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

/// The client that authenticates with this request (RFC 6749 2.3.1).
fn client_id(request: &[u8]) -> Option<String> {
    let request = String::from_utf8_lossy(request);
    let (_, credentials) = request.split_once("Basic ")?;
    let credentials = STANDARD.decode(credentials.split(['\r', '\n']).next()?).ok()?;
    Some(String::from_utf8(credentials).ok()?.split_once(':')?.0.to_owned())
}
