//! Certificates from a certificate authority that speaks ACME (RFC 8555): the account there, an order with its http-01 challenges
//! (8.3), and when the authority wants a certificate to be renewed (ARI, RFC 9773). The protocol is instant-acme's, over the HTTP
//! client that is here (`http_client`); when to order and to try again is `schedule`'s. Where all of it is kept, and which node
//! orders, is the business of `store::acme` and `task::acme` (ADR 83).

mod failure;
mod http_client;
mod order;
pub mod schedule;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use instant_acme::{Account, AccountCredentials, CertificateIdentifier, ExternalAccountKey, NewAccount};
use reqwest::Certificate;
use rustls::pki_types::{CertificateDer, Der};
use x509_cert::{der::Decode as _, ext::pkix::AuthorityKeyIdentifier};
use zeroize::Zeroizing;

use crate::{
    config::AcmeConfig,
    secret_file::{MountedSecrets, SecretFileError},
};
pub use failure::NotIssued;
use http_client::HttpClient;
pub use order::Issued;
use schedule::Window;

/// Why certificates cannot be ordered.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The file of certificates cannot be opened.
    #[error("tls.acme.ca_file: cannot use {}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file holds no certificate.
    #[error("tls.acme.ca_file: {} holds no certificate in PEM", .0.display())]
    NoCertificate(PathBuf),
    /// The file with the key of the external account.
    #[error("tls.acme.eab_hmac_key_file")]
    KeyFile(#[from] SecretFileError),
    /// It holds something else.
    #[error("tls.acme.eab_hmac_key_file: {} must hold the key in base64url, and nothing else", .0.display())]
    Key(PathBuf),
    /// The client cannot be made.
    #[error("the client for ACME cannot be made")]
    Client(#[from] reqwest::Error),
}

/// Orders the certificate for the names that are configured.
pub struct Acme {
    config: AcmeConfig,
    id: String,
    client: HttpClient,
    external: Option<(String, Zeroizing<Vec<u8>>)>,
}

impl Acme {
    /// As the configuration says; `None` where it names no domain. Asks nothing of the authority.
    ///
    /// # Errors
    /// [`AcmeError`]: a file that cannot be used.
    pub fn open(config: &AcmeConfig, mounted: &MountedSecrets) -> Result<Option<Self>, AcmeError> {
        if !config.is_on() {
            return Ok(None);
        }
        let trusted = match &config.ca_file {
            Some(path) => read_certificates(path)?,
            None => Vec::new(),
        };
        let external = match (&config.eab_kid, &config.eab_hmac_key_file) {
            (Some(kid), Some(path)) => Some((kid.clone(), read_key(path, mounted)?)),
            _ => None,
        };
        let (id, client) = (order_id(config), HttpClient::new(trusted)?);
        Ok(Some(Self { config: config.clone(), id, client, external }))
    }

    /// [`order_id`] of the configuration.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The address of the directory.
    #[must_use]
    pub fn directory_url(&self) -> &str {
        self.config.directory_url.as_str()
    }

    /// The names that are ordered for.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.config.domains.iter().map(|domain| domain.as_str())
    }

    /// The account that goes with these credentials, as [`Acme::new_account`] made them.
    ///
    /// # Errors
    /// When the directory does not answer, or the credentials cannot be read.
    pub async fn account(&self, credentials: &str) -> Result<Account, NotIssued> {
        let credentials: AccountCredentials =
            serde_json::from_str(credentials).map_err(|error| self.failed(error.into()))?;
        let builder = Account::builder_with_http(self.client.boxed());
        builder.from_credentials(credentials).await.map_err(|error| self.failed(error))
    }

    /// Makes an account (RFC 8555 7.3), and the credentials to keep, which are secret.
    ///
    /// # Errors
    /// When the authority does not answer, or refuses.
    pub async fn new_account(&self) -> Result<(Account, Zeroizing<String>), NotIssued> {
        let contact: Vec<&str> = self.config.contact.iter().map(|contact| contact.as_str()).collect();
        let wanted = NewAccount {
            contact: &contact,
            terms_of_service_agreed: self.config.terms_agreed,
            only_return_existing: false,
        };
        let external =
            self.external.as_ref().map(|(kid, key)| ExternalAccountKey::new(kid.clone(), key.as_slice()));
        let builder = Account::builder_with_http(self.client.boxed());
        let made = builder.create(&wanted, self.directory_url().to_owned(), external.as_ref()).await;
        let (account, credentials) = made.map_err(|error| self.failed(error))?;
        let credentials = serde_json::to_string(&credentials).map_err(|error| self.failed(error.into()))?;
        Ok((account, Zeroizing::new(credentials)))
    }

    /// When the authority wants this certificate to be renewed, and in how many seconds to ask again (RFC 9773 4); `None` where it
    /// does not say.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn renewal_window(
        &self,
        account: &Account,
        certificate: &CertificateDer<'_>,
    ) -> Result<Option<(Window, i64)>, NotIssued> {
        let Some(id) = identifier(certificate) else { return Ok(None) };
        match account.renewal_info(&id).await {
            Ok((info, again_in)) => {
                let window = info.suggested_window;
                let window = Window::new(window.start.unix_timestamp(), window.end.unix_timestamp());
                Ok(Some((window, i64::try_from(again_in.as_secs()).unwrap_or(i64::MAX))))
            }
            Err(instant_acme::Error::Unsupported(_)) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// A failure before the authority had begun to look.
    fn failed(&self, error: instant_acme::Error) -> NotIssued {
        NotIssued::new(error, false, self.client.take_wait())
    }
}

impl fmt::Debug for Acme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Acme({})", self.config.directory_url)
    }
}

/// Names the order of a certificate: the directory and the names, in any order.
#[must_use]
pub fn order_id(config: &AcmeConfig) -> String {
    let mut names: Vec<&str> = config.domains.iter().map(|domain| domain.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let text = format!("{}\n{}", config.directory_url, names.join("\n"));
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// What a certificate is called in renewal information (RFC 9773 4.1); `None` for one that does not say which key signed it.
fn identifier(certificate: &CertificateDer<'_>) -> Option<CertificateIdentifier<'static>> {
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?.tbs_certificate;
    let (_, authority) = certificate.get::<AuthorityKeyIdentifier>().ok()??;
    let key = authority.key_identifier?;
    let serial = certificate.serial_number.as_bytes();
    Some(CertificateIdentifier::new(Der::from_slice(key.as_bytes()), Der::from_slice(serial)).into_owned())
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate>, AcmeError> {
    let pem = std::fs::read(path).map_err(|source| AcmeError::CaFile { path: path.to_owned(), source })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(AcmeError::NoCertificate(path.to_owned())),
    }
}

fn read_key(path: &Path, mounted: &MountedSecrets) -> Result<Zeroizing<Vec<u8>>, AcmeError> {
    let contents = mounted.read(path)?;
    let text = std::str::from_utf8(&contents).unwrap_or_default();
    let text = text.trim_end_matches(['\r', '\n']).trim_end_matches('=');
    let key = URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new);
    key.ok().filter(|key| !key.is_empty()).ok_or_else(|| AcmeError::Key(path.to_owned()))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
