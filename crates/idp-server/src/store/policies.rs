//! The policies of the installation that transitions apply, read from the configuration once.

use crate::config::Config;
use idp_core::device::LoginPolicy;
use idp_core::grant::refresh_token::RefreshPolicy;
use idp_core::session::SessionPolicy;

/// How long things last, and how many there may be.
#[derive(Copy, Clone, Debug)]
pub struct Policies {
    /// How long sessions last.
    pub session: SessionPolicy,
    /// On how many devices a person may be signed in.
    pub login: LoginPolicy,
    /// How long refresh tokens last.
    pub refresh: RefreshPolicy,
    /// How long, in seconds, an authorization code lives.
    pub code_lifetime: i64,
    /// How long, in seconds, the audit log reaches back.
    pub audit_retention: i64,
}

impl Policies {
    /// As configured.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let token = &config.token;
        Self {
            session: config.session.lasting(),
            login: config.session.login_policy(),
            refresh: RefreshPolicy {
                idle: token.refresh_idle.as_secs(),
                absolute: token.refresh_absolute.as_secs(),
                grace: token.refresh_grace.as_secs(),
            },
            code_lifetime: token.code.as_secs(),
            audit_retention: config.audit.retention.as_secs(),
        }
    }
}
