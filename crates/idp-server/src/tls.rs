//! TLS in the server itself: TLS 1.2 and 1.3 by rustls on aws-lc. The certificate is read at start, and again when its files are
//! others or on SIGHUP, so that a renewal needs no restart. If the new certificate cannot be read, the old one stays in use.

mod dates;
mod watch;

pub use dates::{CertificateProblem, ends as certificate_ends, problem as certificate_problem};
pub use watch::watch;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use idp_core::time::UnixTime;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use crate::{
    config::TlsConfig,
    secret_file::{MountedSecrets, SecretFileError},
};

/// Why the certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with the certificate cannot be opened.
    #[error("tls.certificate: cannot use {}", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file holds no certificate.
    #[error("tls.certificate: {} holds no certificate in PEM", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The file with the private key cannot be opened, or is open to others.
    #[error("tls.key")]
    KeyFile(#[from] SecretFileError),
    /// The file holds no private key.
    #[error("tls.key: {} holds no unencrypted private key in PEM", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is not the one of the certificate, or is of a kind that cannot be used.
    #[error("tls.certificate and tls.key: {} and {} do not belong together", certificate.display(), key.display())]
    Mismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the private key.
        key: PathBuf,
    },
    /// The cryptographic provider lacks TLS 1.2 or 1.3.
    #[error("TLS 1.2 and 1.3 are not available")]
    Versions(#[from] rustls::Error),
}

/// The certificate in use, and the files it comes from.
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    mounted: MountedSecrets,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads the configured files; `None` when none are configured.
    ///
    /// # Errors
    /// When a file cannot be read, the key is open to others, or the two do not belong together.
    pub fn from_config(config: &TlsConfig, mounted: &MountedSecrets) -> Result<Option<Arc<Self>>, TlsError> {
        let (Some(certificate), Some(key)) = (config.certificate.clone(), config.key.clone()) else {
            return Ok(None);
        };
        let mounted = mounted.clone();
        let current = ArcSwap::from(read(&certificate, &key, &mounted)?);
        Ok(Some(Arc::new(Self { certificate, key, mounted, current })))
    }

    /// Reads the files again. Connections that are open keep the certificate they began with.
    ///
    /// # Errors
    /// As [`Certificate::from_config`]; the certificate in use stays.
    pub fn renew(&self) -> Result<(), TlsError> {
        self.current.store(read(&self.certificate, &self.key, &self.mounted)?);
        Ok(())
    }

    /// What is wrong with it for browsers that open `host`, or soon will be.
    #[must_use]
    pub fn problem(&self, host: &str, now: UnixTime) -> Option<CertificateProblem> {
        let current = self.current.load();
        current.cert.first().map_or(Some(CertificateProblem::Unreadable), |certificate| {
            dates::problem(certificate, host, now)
        })
    }

    /// When it ends.
    #[must_use]
    pub fn ends(&self) -> Option<UnixTime> {
        dates::ends(self.current.load().cert.first()?)
    }

    /// What a listener needs.
    ///
    /// # Errors
    /// Only if the cryptographic provider lacks the protocol versions.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        Ok(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.certificate.display())
    }
}

fn read(certificate: &Path, key: &Path, mounted: &MountedSecrets) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = read_chain(certificate)?;
    let private = PrivateKeyDer::from_pem_slice(&mounted.read(key)?)
        .map_err(|_| TlsError::NoKey { path: key.to_owned() })?;
    let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider());
    let mismatch = |_| TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() };
    pair.map(Arc::new).map_err(mismatch)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = fs::read(path).map_err(|source| TlsError::CertificateFile { path: path.to_owned(), source })?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(TlsError::NoCertificate { path: path.to_owned() }),
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
