//! Configuration: one struct per concern, read from defaults < `idp.toml` < environment < flags. A [`Config`] that
//! came out of [`load`] contains only known keys, parsed values and no contradiction; the rest of the
//! server takes the tables it needs and never looks at a file or a variable itself.

mod backchannel;
mod database_url;
mod feed;
mod guard;
mod issuer;
mod key;
mod lifetime;
mod listen;
mod load;
mod log;
mod proxy;
mod redis;
mod rule;
mod session;
mod show;
mod source;
mod span;
mod storage;

use serde::{Deserialize, Serialize};

pub use backchannel::BackchannelConfig;
pub use database_url::{Database, DatabaseUrl, UnknownDatabase};
pub use feed::FeedConfig;
pub use guard::{PasswordConfig, ThrottleConfig};
pub use issuer::{Issuer, IssuerConfig, IssuerError};
pub use key::KeyConfig;
pub use lifetime::TokenConfig;
pub use listen::{ListenConfig, TlsConfig};
pub use load::{ConfigError, Inputs, Loaded, UnknownKey, load};
pub use log::{LogConfig, LogFormat};
pub use proxy::ProxyConfig;
pub use redis::{NoRedisPlace, RedisConfig, RedisPlace, RedisUrl};
pub use rule::{contradictions, remarks};
pub use session::SessionConfig;
pub use source::Origin;
pub use span::{NotASpan, Span};
pub use storage::StorageConfig;

/// Everything an operator can decide. `Config::default()` is what the server does without any file.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who the provider says it is.
    pub issuer: IssuerConfig,
    /// Sockets and patience.
    pub listen: ListenConfig,
    /// The certificate, when the server speaks TLS itself.
    pub tls: TlsConfig,
    /// Proxies that are believed.
    pub proxy: ProxyConfig,
    /// Files.
    pub storage: StorageConfig,
    /// Hot state that several nodes share.
    pub redis: RedisConfig,
    /// The revocation feed.
    pub feed: FeedConfig,
    /// Sessions of people.
    pub session: SessionConfig,
    /// Lifetimes of tokens and codes.
    pub token: TokenConfig,
    /// Signing keys.
    pub key: KeyConfig,
    /// Cost of a password.
    pub password: PasswordConfig,
    /// Limits on guessing.
    pub throttle: ThrottleConfig,
    /// Requests that the provider makes by itself.
    pub backchannel: BackchannelConfig,
    /// Log output.
    pub log: LogConfig,
}
