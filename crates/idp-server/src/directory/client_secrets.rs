//! The secrets of a client: replacing one without an outage. A secret is made here, handed out once, and kept as a hash
//! only.

use super::{Administration, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::random;
use crate::store::client_secrets::NoSecret;
use crate::store::revoke::Target;
use idp_core::client::{ClientId, ClientKind};
use idp_core::secret::{Secret, SecretHash, SecretKind};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;

/// Which secrets of a client to remove.
pub enum SecretSelector {
    /// The one with this fingerprint.
    Fingerprint(String),
    /// All but the newest.
    Older,
}

/// Why no secret was chosen.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum SecretChoice {
    /// A confidential client always has one.
    #[error("this is the client's only secret; add another one first")]
    OnlyOne,
    /// None fits.
    #[error("no secret of the client has this fingerprint")]
    NoneFits,
    /// More than one fits.
    #[error("several secrets of the client begin like this; give more digits")]
    SeveralFit,
    /// The secrets were changed between the look and the removal.
    #[error("the secrets were changed at the same moment; look again")]
    Changed,
}

impl Administration<'_> {
    /// Makes a further secret for a client; those there are stay good.
    ///
    /// # Errors
    /// That the client gets no further secret, or it is not stored.
    pub async fn add_client_secret(&self, id: &ClientId, now: UnixTime) -> Result<Secret, DirectoryError> {
        let secret = new_secret();
        self.add_chosen_client_secret(id, secret.clone(), now).await?;
        Ok(secret)
    }

    /// Gives a client a secret that was made elsewhere; one that it has already stays.
    ///
    /// # Errors
    /// As [`Administration::add_client_secret`].
    pub async fn add_chosen_client_secret(
        &self,
        id: &ClientId,
        secret: Secret,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let client = self.known_client(id).await?;
        let by = self.right_over_client(&client)?;
        if let ClientKind::Confidential { secrets } = &client.kind
            && secrets.iter().any(|hash| hash.matches(&secret))
        {
            return Ok(());
        }
        match self.store.add_client_secret(id.clone(), secret.hash(), by, now).await? {
            Ok(()) => Ok(()),
            Err(NoSecret::Unknown) => Err(DirectoryError::UnknownClient(id.clone())),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Removes secrets of a client, never the last. Answers the fingerprints of those that are gone.
    ///
    /// # Errors
    /// That the choice is not clear, there is no such client, or it is not stored.
    pub async fn remove_client_secrets(
        &self,
        id: &ClientId,
        which: &SecretSelector,
        now: UnixTime,
    ) -> Result<Vec<String>, DirectoryError> {
        let client = self.known_client(id).await?;
        let by = self.right_over_client(&client)?;
        let secrets = match client.kind {
            ClientKind::Public => return Err(NoSecret::Public.into()),
            ClientKind::Confidential { secrets } => secrets,
        };
        let gone = chosen(&secrets, which)?;
        let removed: Vec<String> = gone.iter().map(SecretHash::fingerprint).collect();
        let detail = Some(removed.join(" "));
        let about = AuditContext { client: Some(id.to_string()), detail, ..AuditContext::of(by) };
        let target = Target::ClientSecrets { client: id.clone(), secrets: gone };
        match self.store.revoke(target, EndCause::Administrator, about, now).await? {
            true => Ok(removed),
            false => Err(SecretChoice::Changed.into()),
        }
    }
}

pub(super) fn new_secret() -> Secret {
    Secret::generate(SecretKind::ClientSecret, &mut random::rng())
}

/// Which of `secrets` (oldest first) to remove.
fn chosen(secrets: &[SecretHash], which: &SecretSelector) -> Result<Vec<SecretHash>, SecretChoice> {
    let Some((_, older)) = secrets.split_last().filter(|(_, older)| !older.is_empty()) else {
        return Err(SecretChoice::OnlyOne);
    };
    let fingerprint = match which {
        SecretSelector::Older => return Ok(older.to_vec()),
        SecretSelector::Fingerprint(fingerprint) => fingerprint.to_ascii_lowercase(),
    };
    let named = |secret: &&SecretHash| secret.fingerprint() == fingerprint;
    let named: Vec<SecretHash> = secrets.iter().filter(named).copied().collect();
    match named.len() {
        0 => Err(SecretChoice::NoneFits),
        1 => Ok(named),
        _ => Err(SecretChoice::SeveralFit),
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    fn secrets(count: usize) -> Vec<SecretHash> {
        (0..count).map(|_| Secret::generate(SecretKind::ClientSecret, &mut OsRng).hash()).collect()
    }

    fn named(fingerprint: &str) -> SecretSelector {
        SecretSelector::Fingerprint(fingerprint.to_owned())
    }

    #[test]
    fn the_last_secret_is_never_chosen() {
        for secrets in [secrets(0), secrets(1)] {
            assert!(chosen(&secrets, &SecretSelector::Older).is_err());
            for secret in &secrets {
                assert!(chosen(&secrets, &named(&secret.fingerprint())).is_err());
            }
        }
    }

    #[test]
    fn a_fingerprint_chooses_one_and_older_all_but_the_newest() {
        let secrets = secrets(3);
        for secret in &secrets {
            assert_eq!(chosen(&secrets, &named(&secret.fingerprint().to_uppercase())), Ok(vec![*secret]));
        }
        assert_eq!(chosen(&secrets, &SecretSelector::Older), Ok(secrets.iter().take(2).copied().collect()));
        let twice: Vec<SecretHash> = secrets.iter().chain(&secrets).copied().collect();
        for wrong in ["", "xx", "ffffffff0"] {
            assert_eq!(chosen(&secrets, &named(wrong)), Err(SecretChoice::NoneFits), "{wrong:?}");
        }
        for secret in &secrets {
            let start: String = secret.fingerprint().chars().take(4).collect();
            assert_eq!(chosen(&secrets, &named(&start)), Err(SecretChoice::NoneFits), "{start}");
        }
        for secret in secrets.iter().take(1) {
            assert_eq!(chosen(&twice, &named(&secret.fingerprint())), Err(SecretChoice::SeveralFit));
        }
    }
}
