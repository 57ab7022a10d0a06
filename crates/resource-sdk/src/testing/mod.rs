//! A provider for a site's own tests, on a real port of this machine. It signs any token, good or
//! bad, publishes its keys, carries a revocation feed that can be cut, and can be stopped. The
//! site under test talks to it as to a real one. Only for tests: it panics when something fails.
//!
//! ```
//! use std::time::Duration;
//! use resource_sdk::{Clock, Freshness, ResourceServer, Verifier, testing::TestIssuer};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = TestIssuer::start();
//! let keys = issuer.keys();
//! let feed = issuer.feed(&keys);
//! let verifier = Verifier::builder(issuer.url(), "https://api.example")
//!     .freshness(Freshness::Feed { within: Duration::from_secs(3) })
//!     .feed(feed.clone())
//!     .build(keys.clone())?;
//! let api = ResourceServer::new(verifier).with_clock(Clock::Manual(issuer.clock()));
//! keys.ready().await?;
//! assert!(feed.ready(Duration::from_secs(5)).await);
//!
//! let token = issuer.token("https://api.example").session("session-1").mint();
//! assert!(api.verify(&token).await.is_ok());
//! assert!(api.verify(&issuer.token("https://api.example").expired().mint()).await.is_err());
//! issuer.revoke_session("session-1");
//! issuer.wait_until_acknowledged().await;
//! assert!(api.verify(&token).await.is_err());
//! # Ok(())
//! # }
//! ```
#![allow(clippy::expect_used, reason = "in a test, a failed expectation is the message")]

mod key;
mod log;
mod server;
mod token;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

pub use self::token::TestToken;
use self::{key::TestKey, log::Log, server::Server};
use crate::{
    keys::{KeyOptions, RemoteKeys},
    revocation::{FeedOptions, RevocationFeed},
    time::{Clock, ManualClock, UnixTime},
};

/// The client that the provider knows.
pub const CLIENT_ID: &str = "test-site";
/// Its secret.
pub const CLIENT_SECRET: &str = "test-secret";
/// How often the feed says that nothing happened.
pub const HEARTBEAT: Duration = Duration::from_millis(250);
/// Seconds for which an entry of the feed stays, which no token of this provider outlives.
const ENTRY_LIFETIME: i64 = 24 * 60 * 60 + 120;

/// A provider that does what a test tells it to. It ends with the test.
pub struct TestIssuer {
    url: String,
    clock: ManualClock,
    server: Arc<Server>,
    foreign_key: TestKey,
    /// The sessions of which tokens were minted, by person.
    sessions: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

impl TestIssuer {
    /// Starts one with a fresh key, on a free port and a thread of its own. Its clock stands at the
    /// current time.
    ///
    /// # Panics
    /// When this machine has no port left.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let url = format!("http://{address}");
        let clock = ManualClock::new(Clock::System.now());
        let log = Log::new(url.clone(), clock.now());
        let server = Arc::new(Server::new(url.clone(), TestKey::generate("test-key"), log));
        let serving = Arc::clone(&server);
        thread::spawn(move || server::serve(listener, &serving));
        let foreign_key = TestKey::generate("foreign-key");
        Self { url, clock, server, foreign_key, sessions: Mutex::default() }
    }

    /// The issuer, for [`Verifier::builder`](crate::Verifier::builder).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The clock by which tokens are minted; give it to the site as well
    /// ([`ResourceServer::with_clock`](crate::ResourceServer::with_clock)) and turn it.
    #[must_use]
    pub fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    /// The provider's keys, fetched over HTTP as from a real one. Needs a tokio runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn keys(&self) -> RemoteKeys {
        RemoteKeys::start(&self.url, KeyOptions::default()).expect("a tokio runtime")
    }

    /// The provider's feed, followed as that of a real one. Needs a tokio runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn feed(&self, keys: &RemoteKeys) -> RevocationFeed {
        self.feed_with(keys, |options| options)
    }

    /// The same with other options.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn feed_with(
        &self,
        keys: &RemoteKeys,
        change: impl FnOnce(FeedOptions) -> FeedOptions,
    ) -> RevocationFeed {
        let options = FeedOptions::default()
            .heartbeat(HEARTBEAT)
            .longest_pause(Duration::from_secs(1))
            .clock(Clock::Manual(self.clock()));
        RevocationFeed::start(keys.clone(), CLIENT_ID, CLIENT_SECRET, change(options))
            .expect("a tokio runtime")
    }

    /// A token for this audience: a person's, good for half an hour, until the builder is told
    /// otherwise.
    pub fn token(&self, audience: &str) -> TestToken<'_> {
        TestToken::new(self, audience)
    }

    /// Takes back one token by its `jti`.
    pub fn revoke_token(&self, jti: &str) {
        self.revoke("jti", jti, None);
    }

    /// Takes back every token of a grant: the part of their `jti` before the first dot.
    pub fn revoke_grant(&self, grant: &str) {
        self.revoke("grant", grant, None);
    }

    /// Takes back every token of a session (`sid`).
    pub fn revoke_session(&self, sid: &str) {
        self.revoke("sid", sid, None);
    }

    /// Takes back the tokens of a person (`sub`), as a provider does: every session of theirs of which a token was
    /// minted.
    pub fn revoke_user(&self, subject: &str) {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(subject);
        sessions.unwrap_or_default().iter().for_each(|sid| self.revoke_session(sid));
    }

    /// Takes back the tokens of a client, those of this second included.
    pub fn revoke_client(&self, client_id: &str) {
        self.revoke("client_id", client_id, Some(self.clock.now().plus_secs(1)));
    }

    /// Takes back everything up to now, this second included.
    pub fn revoke_everything(&self) {
        self.revoke("all", "", Some(self.clock.now().plus_secs(1)));
    }

    /// Makes a new key, and declares what the old one signed void. The old one stays published, as a
    /// cache somewhere might have it.
    pub fn compromise_key(&self) {
        let old = self.server.change_key();
        self.revoke("kid", &old, None);
    }

    /// An entry of any kind, also of one that no site knows yet.
    pub fn revoke(&self, kind: &str, value: &str, issued_before: Option<UnixTime>) {
        let now = self.clock.now();
        self.server.log.append(kind, value, issued_before, now.plus_secs(ENTRY_LIFETIME));
    }

    /// Ends every connection of the feed and lets none come about. Keys are still to be had.
    pub fn cut_feed(&self) {
        self.server.set_feed_cut(true);
    }

    /// Lets the feed connect again.
    pub fn heal_feed(&self) {
        self.server.set_feed_cut(false);
    }

    /// Is away: every connection is closed at once.
    pub fn stop(&self) {
        self.server.set_stopped(true);
    }

    /// Is back, with the same keys and the same log.
    pub fn start_again(&self) {
        self.server.set_stopped(false);
    }

    /// The number up to which a site has said that it refuses everything.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.server.log.acknowledged()
    }

    /// Waits until a site has said that it refuses everything up to now.
    ///
    /// # Panics
    /// When that takes more than ten seconds.
    pub async fn wait_until_acknowledged(&self) {
        let is_acknowledged = async {
            while self.acknowledged() < self.server.log.number() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), is_acknowledged).await;
        waited.expect("a site acknowledges what was revoked");
    }

    fn note_session(&self, subject: &str, sid: &str) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.entry(subject.to_owned()).or_default().insert(sid.to_owned());
    }

    fn sign(&self, header: &str, payload: &str, is_foreign: bool) -> String {
        if is_foreign { self.foreign_key.sign(header, payload) } else { self.server.sign(header, payload) }
    }
}

impl Drop for TestIssuer {
    fn drop(&mut self) {
        self.server.end();
    }
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIssuer").field("url", &self.url).finish_non_exhaustive()
    }
}
