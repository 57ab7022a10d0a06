//! Letters as MIME and over SMTP (RFC 5322, RFC 5321), the one module that knows `lettre`, with `line_by_line` under it. A
//! connection a letter: with a certificate that fits, or not at all. What the server answered decides whether a letter is tried
//! again, and by what stage it was said: a server that does not let us in says nothing about the letter.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use idp_core::time::UnixTime;
use lettre::address::Envelope;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use tokio::time::timeout;

use super::line_by_line::{BytesBeforeTls, LineByLine};
use super::{Dispatch, NotSent};
use crate::config::{IssuerConfig, MailConfig, MailServer, MailTls};
use crate::secret_file::{MountedSecrets, SecretFileError};

/// How long a server may take to say goodbye, once it has the letter.
const GOODBYE: Duration = Duration::from_secs(1);
/// Ways to sign in: what a server offers of these, in this order.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// Why letters cannot be sent with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    /// The file with the password.
    #[error("mail.password_file")]
    PasswordFile(#[from] SecretFileError),
    /// It holds no line of text.
    #[error("mail.password_file: {} must hold the password and nothing else", .0.display())]
    Password(PathBuf),
    /// The file of certificates cannot be opened.
    #[error("mail.ca_file: cannot use {}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file holds no certificate.
    #[error("mail.ca_file: {} holds no certificate in PEM", .0.display())]
    NoCertificate(PathBuf),
    /// TLS cannot be set up.
    #[error("mail.server: TLS cannot be set up for its name")]
    Tls,
    /// Not an address that a letter can come from.
    #[error("mail.from is not an address that a letter can come from")]
    From,
}

/// The server that takes letters.
pub struct Smtp {
    server: MailServer,
    /// `None`: in the clear.
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    from: Address,
    /// The host of the issuer: what we call ourselves, and where our message ids belong.
    host: String,
    time_limit: Duration,
}

impl Smtp {
    /// As configured; `None` when no server is.
    ///
    /// # Errors
    /// A file that cannot be read or used.
    pub fn new(
        config: &MailConfig,
        issuer: &IssuerConfig,
        mounted: &MountedSecrets,
    ) -> Result<Option<Self>, MailSetupError> {
        let (Some(server), Some(from)) = (&config.server, &config.from) else {
            return Ok(None);
        };
        Ok(Some(Self {
            server: server.clone(),
            tls: tls(config, server)?,
            credentials: credentials(config, mounted)?,
            from: from.as_str().parse().map_err(|_| MailSetupError::From)?,
            host: issuer.url.host().to_owned(),
            time_limit: config.time_limit.to_duration(),
        }))
    }

    /// Hands a letter to the server. Success means that the server answers for it from now on.
    ///
    /// # Errors
    /// [`NotSent`] says whether a later try makes sense.
    pub async fn send(&self, letter: &Dispatch<'_>) -> Result<(), NotSent> {
        let message = self.message(letter)?;
        let envelope = message.envelope().clone();
        let handed_over = timeout(self.time_limit, self.hand_over(&envelope, &message.formatted())).await;
        let mut connection = handed_over.map_err(|_| NotSent::Timeout)??;
        // It has the letter: how it says goodbye changes nothing any more.
        let _goodbye = timeout(GOODBYE, connection.quit()).await;
        Ok(())
    }

    /// Connects, with TLS as it is configured, signs in and says goodbye: all but a letter.
    ///
    /// # Errors
    /// [`NotSent`] says how far it came.
    pub async fn greet(&self) -> Result<(), NotSent> {
        let mut connection = timeout(self.time_limit, self.enter()).await.map_err(|_| NotSent::Timeout)??;
        let _goodbye = timeout(GOODBYE, connection.quit()).await;
        Ok(())
    }

    async fn hand_over(&self, envelope: &Envelope, letter: &[u8]) -> Result<AsyncSmtpConnection, NotSent> {
        let mut connection = self.enter().await?;
        connection.send(envelope, letter).await.map_err(|error| about_letter(&error))?;
        Ok(connection)
    }

    /// A connection that we are signed in on.
    async fn enter(&self) -> Result<AsyncSmtpConnection, NotSent> {
        let mut connection = self.connect().await?;
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(&MECHANISMS, credentials).await;
            signed_in.map_err(|error| match error.is_client() {
                true => NotSent::NoSignIn,
                false => not_let_in("let us sign in", &error),
            })?;
        }
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NotSent> {
        let (server, myself) =
            ((self.server.host.as_str(), self.server.port), ClientId::Domain(self.host.clone()));
        let at_once = self.tls.clone().filter(|_| self.server.tls_at_once);
        let connected = match at_once {
            Some(tls) => {
                AsyncSmtpConnection::connect_tokio1(server, Some(self.time_limit), &myself, Some(tls), None)
                    .await
            }
            None => {
                let stream = LineByLine::connect(server).await.map_err(|_| NotSent::Connection)?;
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &myself).await
            }
        };
        let mut connection = connected.map_err(|error| not_let_in("begin", &error))?;
        if let Some(tls) = self.tls.clone().filter(|_| !self.server.tls_at_once) {
            let encrypted = connection.starttls(tls, &myself).await;
            encrypted.map_err(|error| match error.is_client() {
                _ if was_caused_by::<BytesBeforeTls>(&error) => NotSent::BytesBeforeTls,
                true => NotSent::NoTls,
                false => not_let_in("begin TLS", &error),
            })?;
        }
        // Checked here as well, should the library make do with a server that offers less than was asked for (S111).
        if self.tls.is_some() && !connection.is_encrypted() {
            return Err(NotSent::NoTls);
        }
        Ok(connection)
    }

    fn message(&self, letter: &Dispatch<'_>) -> Result<Message, NotSent> {
        let to: Address = letter.to.parse().map_err(|_| NotSent::Address)?;
        let text = letter.text;
        let message = Message::builder()
            .message_id(Some(format!("<{}@{}>", letter.id, self.host)))
            .date(system_time(letter.at))
            .from(Mailbox::new(Some(text.sender.clone()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(text.subject.clone())
            .header(AutoSubmitted)
            // Text first: a program shows the last part that it can (RFC 2046 5.1.4).
            .multipart(MultiPart::alternative_plain_html(text.text.clone(), text.html.clone()));
        message.map_err(|_| NotSent::Address)
    }
}

/// Keeps holiday notices from answering (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn system_time(at: UnixTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_secs()).unwrap_or(0))
}

fn tls(config: &MailConfig, server: &MailServer) -> Result<Option<TlsParameters>, MailSetupError> {
    if config.tls == MailTls::None {
        return Ok(None);
    }
    let mut parameters = TlsParameters::builder(server.host.clone());
    if let Some(path) = &config.ca_file {
        let pem =
            std::fs::read(path).map_err(|source| MailSetupError::CaFile { path: path.clone(), source })?;
        let is_empty = !pem.windows(BEGIN.len()).any(|window| window == BEGIN);
        let certificates = Certificate::from_pem(&pem).ok().filter(|_| !is_empty);
        let no_certificate = || MailSetupError::NoCertificate(path.clone());
        parameters = parameters.add_root_certificate(certificates.ok_or_else(no_certificate)?);
    }
    parameters.build_rustls().map(Some).map_err(|_| MailSetupError::Tls)
}

/// What a certificate begins with (RFC 7468 section 5.1).
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn credentials(config: &MailConfig, mounted: &MountedSecrets) -> Result<Option<Credentials>, MailSetupError> {
    let (Some(user), Some(path)) = (&config.user, &config.password_file) else {
        return Ok(None);
    };
    let contents = mounted.read(path)?;
    let line = std::str::from_utf8(&contents).unwrap_or_default().trim_end_matches(['\r', '\n']);
    if line.is_empty() || line.contains(['\r', '\n']) {
        return Err(MailSetupError::Password(path.clone()));
    }
    Ok(Some(Credentials::new(user.clone(), line.to_owned())))
}

/// What a failure before the letter means: nothing for the letter, which is tried again.
fn not_let_in(doing: &'static str, error: &Error) -> NotSent {
    match error.status() {
        Some(code) => NotSent::NotLetIn { doing, code: code.into() },
        None if is_tls(error) => NotSent::NoTls,
        None if error.is_timeout() => NotSent::Timeout,
        None => NotSent::Connection,
    }
}

/// What a failure means once the letter was offered.
fn about_letter(error: &Error) -> NotSent {
    match error.status() {
        Some(code) if error.is_permanent() => NotSent::Refused(code.into()),
        Some(code) => NotSent::NotNow(code.into()),
        // The library sends no address that the server cannot take (RFC 6531).
        None if error.is_client() => NotSent::Address,
        None if error.is_timeout() => NotSent::Timeout,
        None => NotSent::Connection,
    }
}

/// Whether the handshake failed, and not the connection under it.
fn is_tls(error: &Error) -> bool {
    was_caused_by::<rustls::Error>(error) || error.is_tls()
}

/// Whether such an error is among its causes.
fn was_caused_by<E: std::error::Error + 'static>(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let of_io = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if inner.is::<E>() || of_io.is_some_and(|inner| inner.is::<E>()) {
            return true;
        }
        cause = inner.source();
    }
    false
}
