//! Clients: registering one, changing and removing it, and replacing its secret without an outage. A secret is made
//! here, handed out once, and kept as a hash only.

use super::{Directory, DirectoryError};
use crate::db::DbError;
use crate::db::audit_events::About;
use crate::outgoing::AddressFilter;
use crate::random;
use crate::store::client_secrets::NoSecret;
use crate::store::revoke::Target;
use idp_core::backchannel::{BackchannelLogout, BackchannelLogoutUri};
use idp_core::client::{Client, ClientId, ClientKind, ConsentPolicy, GrantType};
use idp_core::key::EncryptionKey;
use idp_core::redirect_uri::RedirectUri;
use idp_core::scope::Scope;
use idp_core::secret::{Secret, SecretHash, SecretKind};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::token::TokenBudget;
use std::net::IpAddr;
use url::{Host, Url};

/// A client to register. What is `None` or empty gets the default.
pub struct NewClient {
    /// Its id.
    pub id: ClientId,
    /// What people see; the id by default.
    pub name: Option<String>,
    /// Whether it cannot keep a secret.
    pub is_public: bool,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a browser may go after signing out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What it may use at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// The most it may ask for.
    pub scope: Scope,
    /// The resource that its access tokens are for; the id by default.
    pub audience: Option<String>,
    /// Whether PKCE is demanded.
    pub require_pkce: bool,
    /// Whether people are asked.
    pub consent: ConsentPolicy,
    /// Seconds its access tokens live; the installation's default when `None`.
    pub access_token_lifetime: Option<i64>,
    /// Where it is told that a session ended.
    pub backchannel_logout: Option<BackchannelLogout>,
    /// What its ID tokens are encrypted for.
    pub id_token_encryption_key: Option<EncryptionKey>,
    /// Whether it may follow the revocation feed.
    pub follows_feed: bool,
}

impl NewClient {
    /// A confidential first-party client with the code and refresh grants and PKCE.
    #[must_use]
    pub fn new(id: ClientId, scope: Scope) -> Self {
        Self {
            id,
            name: None,
            is_public: false,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scope,
            audience: None,
            require_pkce: true,
            consent: ConsentPolicy::FirstParty,
            access_token_lifetime: None,
            backchannel_logout: None,
            id_token_encryption_key: None,
            follows_feed: false,
        }
    }

    fn register(self, secret: Option<&Secret>, now: UnixTime) -> Client {
        let id = self.id.to_string();
        Client {
            name: self.name.unwrap_or_else(|| id.clone()),
            kind: match secret {
                Some(secret) => ClientKind::Confidential { secrets: vec![secret.hash()] },
                None => ClientKind::Public,
            },
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grants: self.grant_types,
            scopes: self.scope,
            audience: self.audience.unwrap_or(id),
            require_pkce: self.require_pkce,
            consent: self.consent,
            access_token_lifetime: self.access_token_lifetime,
            backchannel_logout: self.backchannel_logout,
            id_token_encryption_key: self.id_token_encryption_key,
            follows_feed: self.follows_feed,
            not_before: now,
            created_at: now,
            id: self.id,
        }
    }
}

/// Which secrets of a client to remove.
pub enum SecretSelector {
    /// The one whose fingerprint begins like this.
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

impl Directory<'_> {
    /// Registers a client. Answers the registration and, for a confidential client, its secret.
    ///
    /// # Errors
    /// That the registration contradicts itself, the id is taken, or it is not stored.
    pub async fn add_client(
        &self,
        new: NewClient,
        now: UnixTime,
    ) -> Result<(Client, Option<Secret>), DirectoryError> {
        let secret = (!new.is_public).then(new_secret);
        let client = self.checked(new.register(secret.as_ref(), now))?;
        match self.store.add_client(client.clone(), now).await {
            Ok(()) => Ok((client, secret)),
            Err(DbError::Exists) => Err(DirectoryError::ClientExists(client.id)),
            Err(error) => Err(error.into()),
        }
    }

    /// The client with this id.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownClient`], or that the database does not answer.
    pub async fn client(&self, id: &ClientId) -> Result<Client, DirectoryError> {
        let found = self.store.client(id.clone()).await?;
        found.ok_or_else(|| DirectoryError::UnknownClient(id.clone()))
    }

    /// Stores a changed registration.
    ///
    /// # Errors
    /// That it contradicts itself, there is no such client, or it is not stored.
    pub async fn change_client(&self, client: Client, now: UnixTime) -> Result<(), DirectoryError> {
        let client = self.checked(client)?;
        let id = client.id.clone();
        match self.store.change_client(client, now).await? {
            true => Ok(()),
            false => Err(DirectoryError::UnknownClient(id)),
        }
    }

    /// Removes a client; everything it was given ends.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownClient`], or that it is not stored and published.
    pub async fn remove_client(&self, id: &ClientId, now: UnixTime) -> Result<(), DirectoryError> {
        let about = About { client: Some(id.to_string()), ..About::default() };
        match self.store.revoke(Target::Client(id.clone()), EndCause::ClientRemoved, about, now).await? {
            true => Ok(()),
            false => Err(DirectoryError::UnknownClient(id.clone())),
        }
    }

    /// Makes a further secret for a client; those there are stay good.
    ///
    /// # Errors
    /// That the client gets no further secret, or it is not stored.
    pub async fn add_client_secret(&self, id: &ClientId, now: UnixTime) -> Result<Secret, DirectoryError> {
        let secret = new_secret();
        match self.store.add_client_secret(id.clone(), secret.hash(), now).await? {
            Ok(()) => Ok(secret),
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
        let secrets = match self.client(id).await?.kind {
            ClientKind::Public => return Err(NoSecret::Public.into()),
            ClientKind::Confidential { secrets } => secrets,
        };
        let gone = chosen(&secrets, which)?;
        let removed: Vec<String> = gone.iter().map(SecretHash::fingerprint).collect();
        let detail = Some(removed.join(" "));
        let about = About { client: Some(id.to_string()), detail, ..About::default() };
        let target = Target::ClientSecrets { client: id.clone(), secrets: gone };
        match self.store.revoke(target, EndCause::Administrator, about, now).await? {
            true => Ok(removed),
            false => Err(SecretChoice::Changed.into()),
        }
    }

    /// The registration as a whole: consistent, reachable, and with tokens that fit the header of a request.
    fn checked(&self, client: Client) -> Result<Client, DirectoryError> {
        let client = client.checked()?;
        self.check_logout_uri(&client)?;
        let budget = TokenBudget::for_key(self.config.key.bits);
        budget.check_client(&client, self.config.issuer.url.as_str())?;
        Ok(client)
    }

    /// An address that the provider would never connect to is refused now, as far as it shows in the URI itself.
    fn check_logout_uri(&self, client: &Client) -> Result<(), DirectoryError> {
        let Some(BackchannelLogout { uri, .. }) = &client.backchannel_logout else {
            return Ok(());
        };
        match literal_address(uri) {
            Some(address)
                if !uri.is_local()
                    && !AddressFilter::new(&self.config.backchannel.allow_networks).allows(address) =>
            {
                Err(DirectoryError::UnreachableLogoutUri(address))
            }
            _ => Ok(()),
        }
    }
}

fn new_secret() -> Secret {
    Secret::generate(SecretKind::ClientSecret, &mut random::rng())
}

fn literal_address(uri: &BackchannelLogoutUri) -> Option<IpAddr> {
    match Url::parse(uri.as_str()).ok()?.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Which of `secrets` (oldest first) to remove.
fn chosen(secrets: &[SecretHash], which: &SecretSelector) -> Result<Vec<SecretHash>, SecretChoice> {
    let Some((_, older)) = secrets.split_last().filter(|(_, older)| !older.is_empty()) else {
        return Err(SecretChoice::OnlyOne);
    };
    let start = match which {
        SecretSelector::Older => return Ok(older.to_vec()),
        SecretSelector::Fingerprint(start) => start.to_ascii_lowercase(),
    };
    let named = |secret: &&SecretHash| !start.is_empty() && secret.fingerprint().starts_with(&start);
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
            assert!(chosen(&secrets, &named(wrong)).is_err(), "{wrong:?}");
        }
        for secret in secrets.iter().take(1) {
            assert_eq!(chosen(&twice, &named(&secret.fingerprint())), Err(SecretChoice::SeveralFit));
        }
    }
}
