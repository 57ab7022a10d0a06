//! TLS in the server itself: TLS 1.2 and 1.3 by rustls on aws-lc. The certificate is read at start, and again when its files are
//! others or on SIGHUP, so that a renewal needs no restart. If the new certificate cannot be read, the old one stays in use. One that
//! the server orders itself is handed in when it is there (`task::acme`); before that no handshake succeeds.

mod dates;
mod watch;

pub use dates::{
    CertificateProblem, begins as certificate_begins, ends as certificate_ends,
    problem as certificate_problem,
};
pub use watch::watch;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwapOption;
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
    /// What was issued cannot be used.
    #[error("the certificate that was issued and its key do not belong together, or cannot be read")]
    Issued,
    /// The cryptographic provider lacks TLS 1.2 or 1.3.
    #[error("TLS 1.2 and 1.3 are not available")]
    Versions(#[from] rustls::Error),
}

/// The certificate in use, and where it comes from.
pub struct Certificate {
    /// `None` for one that is ordered.
    files: Option<Files>,
    current: ArcSwapOption<CertifiedKey>,
}

/// The files of a certificate.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    mounted: MountedSecrets,
}

/// A certificate that was issued, with its key.
#[derive(Clone)]
pub struct IssuedCertificate(Arc<CertifiedKey>);

impl IssuedCertificate {
    /// Takes a chain and a private key, both in PEM.
    ///
    /// # Errors
    /// When one cannot be read, or they do not belong together.
    pub fn read(chain: &str, key: &str) -> Result<Self, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
        let private = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsError::Issued)?;
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::Issued)?;
        let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider());
        pair.map(|pair| Self(Arc::new(pair))).map_err(|_| TlsError::Issued)
    }

    /// The certificate itself.
    #[must_use]
    pub fn end_entity(&self) -> Option<&CertificateDer<'static>> {
        self.0.cert.first()
    }
}

impl Certificate {
    /// Reads the configured files; `None` when the server speaks no TLS. One that is ordered is not there yet.
    ///
    /// # Errors
    /// When a file cannot be read, the key is open to others, or the two do not belong together.
    pub fn from_config(config: &TlsConfig, mounted: &MountedSecrets) -> Result<Option<Arc<Self>>, TlsError> {
        let (Some(certificate), Some(key)) = (config.certificate.clone(), config.key.clone()) else {
            let ordered = || Arc::new(Self { files: None, current: ArcSwapOption::empty() });
            return Ok(config.acme.is_on().then(ordered));
        };
        let files = Files { certificate, key, mounted: mounted.clone() };
        let current = ArcSwapOption::from(Some(files.read()?));
        Ok(Some(Arc::new(Self { files: Some(files), current })))
    }

    /// Shows this one from now on.
    pub fn take_up(&self, issued: &IssuedCertificate) {
        self.current.store(Some(Arc::clone(&issued.0)));
    }

    /// Whether there is one to show.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.current.load().is_some()
    }

    /// Reads the files again, where there are any. Connections that are open keep the certificate they began with.
    ///
    /// # Errors
    /// As [`Certificate::from_config`]; the certificate in use stays.
    pub fn renew(&self) -> Result<(), TlsError> {
        if let Some(files) = &self.files {
            self.current.store(Some(files.read()?));
        }
        Ok(())
    }

    /// What is wrong with it for browsers that open `host`, or soon will be. That there is none yet is `readiness`'s to tell.
    #[must_use]
    pub fn problem(&self, host: &str, now: UnixTime) -> Option<CertificateProblem> {
        let current = self.current.load();
        current.as_ref()?.cert.first().map_or(Some(CertificateProblem::Unreadable), |certificate| {
            dates::problem(certificate, host, now)
        })
    }

    /// Whether it is one that is ordered and should have been renewed long ago.
    fn is_late(&self, now: UnixTime) -> bool {
        let current = self.current.load();
        let own = current.as_ref().and_then(|current| current.cert.first());
        self.files.is_none() && own.is_some_and(|own| dates::is_late(own, now))
    }

    /// When it ends.
    #[must_use]
    pub fn ends(&self) -> Option<UnixTime> {
        dates::ends(self.current.load().as_ref()?.cert.first()?)
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
        self.current.load_full()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.files {
            Some(files) => write!(f, "Certificate({})", files.certificate.display()),
            None => f.write_str("Certificate(ordered)"),
        }
    }
}

impl Files {
    fn read(&self) -> Result<Arc<CertifiedKey>, TlsError> {
        let Self { certificate, key, mounted } = self;
        let chain = read_chain(certificate)?;
        let private = PrivateKeyDer::from_pem_slice(&mounted.read(key)?)
            .map_err(|_| TlsError::NoKey { path: key.to_owned() })?;
        let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider());
        let mismatch = |_| TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() };
        pair.map(Arc::new).map_err(mismatch)
    }
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
mod tests;
