//! The webhook that takes the events of the audit log: its address, and the secret that signs what is posted, by the
//! specification of Standard Webhooks (<https://www.standardwebhooks.com>), for which receivers have libraries.

use std::path::PathBuf;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::time::UnixTime;
use zeroize::Zeroizing;

use crate::config::AuditConfig;
use crate::secret_file::{MountedSecrets, SecretFileError};

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Why there is no webhook.
#[derive(Debug, thiserror::Error)]
pub enum AuditWebhookError {
    /// The file with the secret.
    #[error("audit.webhook_secret_file")]
    File(#[from] SecretFileError),
    /// It holds no secret.
    #[error("audit.webhook_secret_file: {} must hold whsec_ and 24 to 64 bytes in base64, and nothing else", .0.display())]
    Secret(PathBuf),
}

/// Where events go.
pub struct AuditWebhook {
    /// The address.
    pub url: BackchannelLogoutUri,
    key: hmac::Key,
}

impl AuditWebhook {
    /// The one that is configured.
    ///
    /// # Errors
    /// [`AuditWebhookError`].
    pub fn open(config: &AuditConfig, mounted: &MountedSecrets) -> Result<Option<Self>, AuditWebhookError> {
        let (Some(url), Some(path)) = (&config.webhook_url, &config.webhook_secret_file) else {
            return Ok(None);
        };
        let contents = mounted.read(path)?;
        let text = std::str::from_utf8(&contents).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let secret =
            text.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).map(Zeroizing::new);
        let secret = secret.filter(|secret| (24..=64).contains(&secret.len()));
        let secret = secret.ok_or_else(|| AuditWebhookError::Secret(path.clone()))?;
        Ok(Some(Self { url: url.clone(), key: hmac::Key::new(hmac::HMAC_SHA256, &secret) }))
    }

    /// The header `webhook-signature` of a body that has this id and time.
    #[must_use]
    pub fn signature(&self, id: &str, at: UnixTime, body: &str) -> String {
        let signed = format!("{id}.{}.{body}", at.as_secs());
        format!("v1,{}", STANDARD.encode(hmac::sign(&self.key, signed.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn opened(contents: &str) -> Result<Option<AuditWebhook>, AuditWebhookError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, contents).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let config = AuditConfig {
            webhook_url: Some(BackchannelLogoutUri::parse("https://siem.example/idp").unwrap()),
            webhook_secret_file: Some(path),
            ..AuditConfig::default()
        };
        AuditWebhook::open(&config, &MountedSecrets::default())
    }

    /// The example that Standard Webhooks publish with their reference libraries.
    #[test]
    fn a_signature_is_that_of_the_published_example() {
        let webhook = opened("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap().unwrap();
        let signature = webhook.signature(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            UnixTime(1_614_265_330),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for contents in ["", "secret", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%", &short, &long] {
            assert!(matches!(opened(contents), Err(AuditWebhookError::Secret(_))), "{contents}");
        }
    }
}
