//! Passwords that were stolen elsewhere and are tried by guessers (NIST SP 800-63B-4 3.1.1.2): a list in a file, a service
//! that is asked about a part of the hash, both or none. Which passwords are weak by themselves is `idp_core::password::policy`.

mod hash_file;
mod range_service;

pub use hash_file::HashFileError;

use crate::config::Config;
use crate::outgoing::OutgoingError;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use hash_file::HashFile;
use idp_core::password::Password;
use range_service::RangeService;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Hexadecimal digits of a SHA-1.
const DIGITS: usize = 40;

/// The lists of this installation.
#[derive(Default)]
pub struct LeakedPasswords {
    file: Option<HashFile>,
    service: Option<RangeService>,
}

/// Why there is no list although one is configured.
#[derive(Debug, thiserror::Error)]
pub enum LeakedPasswordsError {
    /// The file.
    #[error("password.breach_file")]
    File(#[from] HashFileError),
    /// The client of the service.
    #[error("password.breach_url")]
    Service(#[from] OutgoingError),
}

impl LeakedPasswords {
    /// The lists that the configuration names.
    ///
    /// # Errors
    /// When the file is no list in order, or there can be no client for the service.
    pub fn open(config: &Config) -> Result<Self, LeakedPasswordsError> {
        let file = config.password.breach_file.as_deref().map(HashFile::open).transpose()?;
        let url = config.password.breach_url.as_ref();
        let service = url.map(|url| RangeService::new(url, &config.backchannel)).transpose()?;
        Ok(Self { file, service })
    }

    /// Whether this one is on a list. What cannot be asked is passed over and logged: a disk or a third party that fails
    /// keeps no one from choosing a password.
    pub async fn have(&self, password: &Password) -> bool {
        if self.file.is_none() && self.service.is_none() {
            return false;
        }
        let hash = hash_of(password);
        if let Some(file) = &self.file {
            match file.has(hash.clone()).await {
                Ok(true) => return true,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%error, "password.breach_file cannot be read; it was passed over")
                }
            }
        }
        let Some(service) = &self.service else {
            return false;
        };
        service.has(&hash).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "password.breach_url gave no answer; it was passed over");
            false
        })
    }
}

/// As the lists spell it: the SHA-1, in upper case. It protects nothing here; it is the name under which a password is listed.
fn hash_of(password: &Password) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(DIGITS));
    for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, password.expose().as_bytes()).as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_password_is_named_as_the_lists_name_it() {
        let password = Password::typed("password".to_owned().into()).unwrap();
        assert_eq!(*hash_of(&password), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
    }
}
