//! Configuration: one struct per table, read from defaults < `idp.toml` < environment < flags. A [`Config`] that
//! [`load`] returns has known keys only, parsed values, and settings that fit together. The rest of the server takes
//! the tables it needs and never reads the file or a variable itself.

mod account;
mod acme;
mod audit;
mod authentication;
mod backchannel;
mod database_url;
mod duration;
mod feed;
mod issuer;
mod key;
mod language;
mod link_by_language;
mod listen;
mod log;
mod mail;
mod metrics;
mod password;
mod proxy;
mod reading;
mod redis;
mod security;
mod session;
mod socket_addresses;
mod storage;
mod theme;
mod throttle;
mod token;
mod traces;

use crate::words::Language;
use idp_core::authentication::SignInRules;
use idp_core::terms_version::TermsVersion;
use idp_core::web_link::WebLink;
use serde::{Deserialize, Serialize};

pub use crate::secret_file::{FileAccess, MountedSecrets};
pub use account::{AccountConfig, AccountDeletion, PasswordReset, Registration};
pub use acme::{
    AcmeConfig, AcmeContact, AcmeDomain, DirectoryUrl, UnfitContact, UnfitDirectoryUrl, UnfitDomain,
};
pub use audit::AuditConfig;
pub use authentication::AuthenticationConfig;
pub use backchannel::BackchannelConfig;
pub use database_url::{Database, DatabaseTls, DatabaseUrl, DatabaseUrlError, TlsMode};
pub use duration::{ConfigDuration, ConfigDurationError};
pub use feed::FeedConfig;
pub use issuer::{Issuer, IssuerConfig, IssuerError};
pub use key::KeyConfig;
pub use language::LanguageConfig;
pub use link_by_language::LinkByLanguage;
pub use listen::{ListenConfig, TlsConfig};
pub use log::{LogConfig, LogFilter, LogFilterError, LogFormat, LoggedRequests};
pub use mail::{MailConfig, MailServer, MailServerError, MailTls, SenderAddress, SenderAddressError};
pub use metrics::MetricsConfig;
pub use password::{BreachUrl, PasswordConfig, UnfitBreachUrl};
pub use proxy::ProxyConfig;
pub use reading::{
    ConfigError, Inputs, Loaded, Origin, Origins, Setting, UnknownKey, load, settings, violations, warnings,
};
pub use redis::{RedisConfig, RedisConfigError, RedisTopology, RedisUrl};
pub use security::{SecurityConfig, SecurityContact};
pub use session::SessionConfig;
pub use storage::StorageConfig;
pub use theme::{SchemeConfig, ThemeConfig};
pub use throttle::ThrottleConfig;
pub use token::TokenConfig;
pub use traces::{SamplingRatio, TracesConfig, TracesEndpoint, UnfitRatio, UnfitTracesEndpoint};

/// Everything an operator can decide. `Config::default()` is what the server does without any file.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The issuer identifier and the name of the service.
    pub issuer: IssuerConfig,
    /// The looks of the pages.
    pub theme: ThemeConfig,
    /// The languages of the pages.
    pub language: LanguageConfig,
    /// Sockets, time limits and workers.
    pub listen: ListenConfig,
    /// The certificate, when the server speaks TLS itself.
    pub tls: TlsConfig,
    /// Trusted reverse proxies.
    pub proxy: ProxyConfig,
    /// The data folder, the database and the master key.
    pub storage: StorageConfig,
    /// The Redis that several nodes share.
    pub redis: RedisConfig,
    /// The revocation feed.
    pub feed: FeedConfig,
    /// Lifetimes of sessions, and the login policy.
    pub session: SessionConfig,
    /// Lifetimes of tokens and codes.
    pub token: TokenConfig,
    /// Size and rotation of the signing keys.
    pub key: KeyConfig,
    /// How people may sign in, what they must prove, and what a sign-in is called by its strength.
    pub authentication: AuthenticationConfig,
    /// A person's own pages.
    pub account: AccountConfig,
    /// Password hashing and the password policy.
    pub password: PasswordConfig,
    /// Rate limits on wrong passwords.
    pub throttle: ThrottleConfig,
    /// Outgoing requests (back-channel logout).
    pub backchannel: BackchannelConfig,
    /// Letters to people.
    pub mail: MailConfig,
    /// The audit log.
    pub audit: AuditConfig,
    /// Whom to tell of a weakness.
    pub security: SecurityConfig,
    /// Log output.
    pub log: LogConfig,
    /// Where Prometheus reads.
    pub metrics: MetricsConfig,
    /// Where traces go.
    pub traces: TracesConfig,
}

impl Config {
    /// What is asked of sign-ins.
    #[must_use]
    pub const fn sign_in_rules(&self) -> SignInRules<'_> {
        SignInRules {
            levels: &self.authentication.levels,
            methods: &self.authentication.methods,
            required: self.authentication.required,
            enrolment_grace: self.authentication.enrolment_grace.as_secs(),
            fresh: self.account.fresh.as_secs(),
            allows_mail_fallback: self.authentication.mail_fallback,
        }
    }

    /// Whether a person who does not know their password gets a link by mail.
    #[must_use]
    pub fn resets_passwords_by_mail(&self) -> bool {
        self.account.password_reset == PasswordReset::Mail && self.mail.is_on()
    }

    /// Whether a person whom an operator invites opens their account themselves.
    #[must_use]
    pub fn takes_invitations(&self) -> bool {
        self.account.lets_people_register() && self.mail.is_on()
    }

    /// The version of the terms of use that people have to accept, and where they are in this language; `None` where nobody is
    /// asked.
    #[must_use]
    pub fn terms(&self, language: Language) -> Option<(&TermsVersion, &WebLink)> {
        let link = self.theme.terms.as_ref()?.to(language, self.language.default)?;
        Some((self.account.terms_version.as_ref()?, link))
    }

    /// Whether everyone with an e-mail address may open an account.
    #[must_use]
    pub fn takes_registrations(&self) -> bool {
        self.account.registration == Registration::Open && self.mail.is_on()
    }
}
