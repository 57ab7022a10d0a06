//! TLS in the binary itself: TLS 1.2 and 1.3 by rustls on aws-lc. The certificate is read at start and again on
//! SIGHUP, so that a renewal needs no restart; a renewal that cannot be read leaves the old one in place.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{config::TlsConfig, secret_file};

/// The certificate in use, and the files it comes from.
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads the configured files; `None` when none are configured.
    ///
    /// # Errors
    /// When a file cannot be read, the key is open to others, or the two do not belong together.
    pub fn from_config(config: &TlsConfig) -> anyhow::Result<Option<Arc<Self>>> {
        let (Some(certificate), Some(key)) = (config.certificate.clone(), config.key.clone()) else {
            return Ok(None);
        };
        let current = ArcSwap::from(read(&certificate, &key)?);
        Ok(Some(Arc::new(Self { certificate, key, current })))
    }

    /// Reads the files again. Connections that are open keep the certificate they began with.
    ///
    /// # Errors
    /// As [`Certificate::from_config`]; the certificate in use stays.
    pub fn renew(&self) -> anyhow::Result<()> {
        self.current.store(read(&self.certificate, &self.key)?);
        Ok(())
    }

    /// What a listener needs.
    ///
    /// # Errors
    /// Only if the cryptographic provider lacks the protocol versions.
    pub fn server_config(self: &Arc<Self>) -> anyhow::Result<ServerConfig> {
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

fn read(certificate: &Path, key: &Path) -> anyhow::Result<Arc<CertifiedKey>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate)
        .with_context(|| format!("{} cannot be read", certificate.display()))?
        .collect();
    let chain = chain.with_context(|| format!("{} is not a PEM file", certificate.display()))?;
    let private = PrivateKeyDer::from_pem_slice(&secret_file::read(key)?)
        .with_context(|| format!("{} holds no private key in PEM", key.display()))?;
    let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider())
        .with_context(|| format!("{} and {} do not belong together", certificate.display(), key.display()))?;
    Ok(Arc::new(pair))
}

/// Renews the certificate whenever SIGHUP arrives, for the life of the process. Without a certificate
/// the signal does nothing, instead of ending the process as it would by default.
///
/// # Errors
/// When the handler cannot be installed.
pub fn renew_on_hangup(certificate: Option<Arc<Certificate>>) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    actix_web::rt::spawn(async move {
        while hangup.recv().await.is_some() {
            match certificate.as_ref().map(|certificate| certificate.renew()) {
                None => tracing::info!("nothing to read again: no certificate is configured"),
                Some(Ok(())) => tracing::info!("certificate read again"),
                Some(Err(error)) => tracing::error!("the old certificate stays in use: {error:#}"),
            }
        }
    });
    Ok(())
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
