//! TLS to a PostgreSQL server. The client library is compiled in without it, and speaks to a private socket of this
//! process; what comes there goes on to the server through rustls, as everything else that this program encrypts. Whether
//! and how the server is checked says the URL: `sslmode`, `sslrootcert`, `sslcert` and `sslkey`, as libpq reads them.
//!
//! The socket lies in a folder that no other user may enter, and a client has to log in behind it all the same.

use super::DbError;
use crate::config::{DatabaseTls, TlsMode};
use crate::error_chain::Chain;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

/// Asks the server for TLS (PostgreSQL documentation, Message Formats, SSLRequest): eight octets, and a number for a version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// AuthenticationSASL: what the server's answer begins with that lists mechanisms.
const AUTHENTICATION_SASL: [u8; 4] = [0, 0, 0, 10];
/// How long a connection and its handshake may take; the client library gives up then, too.
const LIMIT: Duration = Duration::from_secs(2);
/// What a client says first is not longer.
const STARTUP: usize = 10_000;

/// The sockets behind which connections are encrypted, one for each host of the URL. They end with this.
pub(super) struct TlsSockets {
    folder: TempDir,
    hosts: usize,
    _stop: oneshot::Sender<()>,
}

impl TlsSockets {
    /// Opens the sockets, on a thread of their own.
    ///
    /// # Errors
    /// [`DbError::Connect`] when a certificate cannot be read, or a socket cannot be opened.
    pub(super) fn open(tls: &DatabaseTls) -> Result<Self, DbError> {
        let config = Arc::new(client_config(tls)?);
        let folder = tempfile::tempdir().map_err(DbError::connect)?;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path(), private).map_err(DbError::connect)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(DbError::connect)?;
        let listeners = {
            let _entered = runtime.enter();
            let bind = |number| UnixListener::bind(folder.path().join(format!(".s.PGSQL.{number}")));
            (1..=tls.hosts.len()).map(bind).collect::<Result<Vec<_>, _>>().map_err(DbError::connect)?
        };
        let (stop, stopped) = oneshot::channel();
        let hosts = tls.hosts.clone();
        let serve = move || {
            runtime.block_on(async move {
                for (listener, (name, port)) in listeners.into_iter().zip(hosts) {
                    tokio::spawn(listen(listener, name, port, Arc::clone(&config)));
                }
                let _dropped = stopped.await;
            });
        };
        let thread = std::thread::Builder::new().name("postgres-tls".into());
        thread.spawn(serve).map_err(DbError::connect)?;
        Ok(Self { folder, hosts: tls.hosts.len(), _stop: stop })
    }

    /// Where the client library connects to: the settings `host` and `port`.
    pub(super) fn settings(&self) -> [String; 2] {
        let folder = self.folder.path().display().to_string();
        let ports: Vec<String> = (1..=self.hosts).map(|number| number.to_string()).collect();
        [vec![folder; self.hosts].join(","), ports.join(",")]
    }
}

async fn listen(listener: UnixListener, name: String, port: u16, config: Arc<ClientConfig>) {
    while let Ok((client, _)) = listener.accept().await {
        let (name, config) = (name.clone(), Arc::clone(&config));
        tokio::spawn(async move { pass_on(client, &name, port, config).await });
    }
}

async fn pass_on(mut client: UnixStream, name: &str, port: u16, config: Arc<ClientConfig>) {
    let connected = tokio::time::timeout(LIMIT, connect(name, port, config)).await;
    let refusal = match connected {
        Ok(Ok(mut server)) => {
            if offer_plain_scram(&mut client, &mut server).await.is_ok() {
                let _ended = copy_bidirectional(&mut client, &mut server).await;
            }
            return;
        }
        Ok(Err(error)) => format!("TLS to {name}:{port}: {}", Chain(&error)),
        Err(_) => format!("TLS to {name}:{port}: no answer within {} s", LIMIT.as_secs()),
    };
    let mut startup = vec![0; STARTUP];
    // The library reads an answer only after it has spoken.
    let _said = client.read(&mut startup).await;
    let _told = client.write_all(&error_response(&refusal)).await;
}

async fn connect(
    name: &str,
    port: u16,
    config: Arc<ClientConfig>,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut server = TcpStream::connect((name, port)).await?;
    server.set_nodelay(true)?;
    notice_a_dead_end(&server)?;
    server.write_all(&SSL_REQUEST).await?;
    let mut answer = [0];
    server.read_exact(&mut answer).await?;
    if answer != *b"S" {
        return Err(std::io::Error::other("the server does not offer TLS"));
    }
    let named = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
    TlsConnector::from(config).connect(named, server).await
}

/// Passes on how the client begins and the server's first answer, which says how to authenticate, without the mechanism that
/// binds to the encryption: the library knows of none, and refuses a server that offers it.
async fn offer_plain_scram(
    client: &mut UnixStream,
    server: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> std::io::Result<()> {
    let (length, startup) = message(client).await?;
    server.write_all(&[&length[..], &startup].concat()).await?;
    let kind = server.read_u8().await?;
    let (length, body) = message(server).await?;
    let answer = match (kind, body.strip_prefix(&AUTHENTICATION_SASL)) {
        (b'R', Some(mechanisms)) => {
            let offered = mechanisms.split_inclusive(|octet| *octet == 0);
            let kept: Vec<u8> =
                offered.filter(|name| !name.ends_with(b"-PLUS\0")).flatten().copied().collect();
            let body = [&AUTHENTICATION_SASL[..], &kept].concat();
            [&length_of(&body)[..], &body].concat()
        }
        _ => [&length[..], &body].concat(),
    };
    client.write_all(&[&[kind][..], &answer].concat()).await
}

/// A message: its length, which counts itself, and the rest.
async fn message(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<([u8; 4], Vec<u8>)> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let octets = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    let octets = octets.checked_sub(4).filter(|octets| *octets <= STARTUP);
    let mut body =
        vec![0; octets.ok_or_else(|| std::io::Error::other("a first message of another protocol"))?];
    from.read_exact(&mut body).await?;
    Ok((length, body))
}

fn length_of(body: &[u8]) -> [u8; 4] {
    u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes()
}

/// As the settings of the client library do for a connection without TLS.
fn notice_a_dead_end(server: &TcpStream) -> std::io::Result<()> {
    let socket = socket2::SockRef::from(server);
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(5))
        .with_interval(Duration::from_secs(1))
        .with_retries(2);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(Duration::from_millis(2500)))?;
    Ok(())
}

/// An ErrorResponse (PostgreSQL documentation, Message Formats), so that the library reports the cause.
fn error_response(message: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C08001\0M{}\0\0", message.replace('\0', " "));
    [b"E", &length_of(fields.as_bytes())[..], fields.as_bytes()].concat()
}

fn client_config(tls: &DatabaseTls) -> Result<ClientConfig, DbError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = Arc::new(roots(tls)?);
    let inner = match tls.mode {
        TlsMode::Require => None,
        TlsMode::VerifyCa | TlsMode::VerifyFull => {
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
            Some(verifier.build().map_err(DbError::connect)?)
        }
    };
    let verifier = Arc::new(Verifier {
        inner,
        checks_name: tls.mode == TlsMode::VerifyFull,
        provider: Arc::clone(&provider),
    });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(DbError::connect)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => {
            let pem = tls
                .mounted
                .read(key)
                .map_err(|error| DbError::Connect(format!("sslkey: {}", Chain(&error))))?;
            let key = PrivateKeyDer::from_pem_slice(&pem)
                .map_err(|error| DbError::Connect(format!("sslkey {}: {error}", key.display())))?;
            builder
                .with_client_auth_cert(certificates(certificate, "sslcert")?, key)
                .map_err(DbError::connect)
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

/// The authorities that may have issued the server's certificate: those of the named file, or else of the system.
fn roots(tls: &DatabaseTls) -> Result<RootCertStore, DbError> {
    let mut roots = RootCertStore::empty();
    match &tls.root_certificate {
        Some(file) => {
            for certificate in certificates(file, "sslrootcert")? {
                roots.add(certificate).map_err(DbError::connect)?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    if roots.is_empty() && tls.mode != TlsMode::Require {
        return Err(DbError::Connect(
            "no certificate authority is known: name a file with sslrootcert".into(),
        ));
    }
    Ok(roots)
}

fn certificates(file: &std::path::Path, setting: &str) -> Result<Vec<CertificateDer<'static>>, DbError> {
    let refused =
        |error: &dyn std::fmt::Display| DbError::Connect(format!("{setting} {}: {error}", file.display()));
    let found = CertificateDer::pem_file_iter(file).map_err(|error| refused(&error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| refused(&error))?;
    if found.is_empty() { Err(refused(&"it holds no certificate in PEM")) } else { Ok(found) }
}

/// What of a server's certificate is checked. That the server has its key always is.
#[derive(Debug)]
struct Verifier {
    /// Checks the authority and the name; `None` for neither.
    inner: Option<Arc<WebPkiServerVerifier>>,
    checks_name: bool,
    provider: Arc<rustls::crypto::CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(inner) = &self.inner else {
            return Ok(ServerCertVerified::assertion());
        };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
