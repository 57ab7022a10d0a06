//! The `[audit]` table: how long the audit log is kept, and where its events are sent as they happen.

use std::path::PathBuf;

use idp_core::backchannel::BackchannelLogoutUri;
use serde::{Deserialize, Serialize};

use super::ConfigDuration;

/// The `[audit]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// How long events are kept.
    pub retention: ConfigDuration,
    /// Where events are posted as they happen. What may be registered as a back-channel logout URI may stand here.
    pub webhook_url: Option<BackchannelLogoutUri>,
    /// The file with the secret that signs what is posted: `whsec_` and 24 to 64 bytes in base64.
    pub webhook_secret_file: Option<PathBuf>,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { retention: ConfigDuration::days(400), webhook_url: None, webhook_secret_file: None }
    }
}

impl AuditConfig {
    /// What does not fit together, in words for the operator.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if !(ConfigDuration::days(7)..=ConfigDuration::days(3650)).contains(&self.retention) {
            return Some("audit.retention must be 7d to 3650d");
        }
        (self.webhook_url.is_some() != self.webhook_secret_file.is_some())
            .then_some("audit.webhook_url and audit.webhook_secret_file belong together: set both or neither")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_said() {
        let audit = |change: fn(&mut AuditConfig)| {
            let mut config = AuditConfig::default();
            change(&mut config);
            config.fault()
        };
        assert_eq!(audit(|_| ()), None);
        assert_eq!(audit(|config| config.retention = ConfigDuration::days(7)), None);
        assert!(audit(|config| config.retention = ConfigDuration::days(6)).is_some());
        assert!(audit(|config| config.webhook_secret_file = Some("secret".into())).is_some());
    }
}
