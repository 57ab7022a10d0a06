//! Letters to people and the way they take: through an SMTP server, or into the memory of the demonstration. What a
//! letter looks like is `page`'s, when it is written and tried again the store's and the task's.

#[cfg(feature = "demo")]
mod inbox;
mod letter;
mod line_by_line;
mod smtp;

#[cfg(feature = "demo")]
pub use inbox::{Inbox, KeptLetter};
pub use letter::{Letter, LetterText, News, SecondStepNews, WRONG_CODES};
pub use smtp::{MailSetupError, Smtp};

use idp_core::time::UnixTime;
use uuid::Uuid;

use crate::config::{IssuerConfig, MailConfig};
use crate::secret_file::MountedSecrets;
use crate::spans;

/// A letter that goes out now.
pub struct Dispatch<'a> {
    /// Its name: the same at each try, so that a mail program that gets it twice can tell.
    pub id: Uuid,
    /// To whom.
    pub to: &'a str,
    /// The time on it.
    pub at: UnixTime,
    /// What it says.
    pub text: &'a LetterText,
}

/// Why a letter was not taken. The message is stored with it, so it never repeats text of the server.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum NotSent {
    /// The server refused this letter for good (RFC 5321 section 4.2.1).
    #[error("the mail server refused the letter (smtp {0})")]
    Refused(u16),
    /// The server would not take this letter now.
    #[error("the mail server does not take the letter now (smtp {0})")]
    NotNow(u16),
    /// The server did not let us begin.
    #[error("the mail server would not {doing} (smtp {code})")]
    NotLetIn {
        /// What was tried.
        doing: &'static str,
        /// What it answered.
        code: u16,
    },
    /// The server cannot do what the configuration asks for, or its certificate does not fit. Nothing was said in the clear.
    #[error("no TLS with the mail server: it offers none, or its certificate does not fit")]
    NoTls,
    /// Behind its yes to TLS came something that only somebody on the way, or a broken relay, says. Nothing was said in the clear.
    #[error("unexpected bytes of the mail server before TLS: an attack on the way to it, or a broken relay")]
    BytesBeforeTls,
    /// The server offers none of the ways to sign in that we know.
    #[error("the mail server offers no way to sign in that is known here")]
    NoSignIn,
    /// It took too long.
    #[error("no answer of the mail server in time")]
    Timeout,
    /// The name or the connection failed.
    #[error("the connection to the mail server failed")]
    Connection,
    /// No letter can be sent to this address through this server.
    #[error("the address cannot be written to")]
    Address,
    /// Nothing is configured that could send it.
    #[error("mail.server is not set")]
    Off,
}

impl NotSent {
    /// The word of it, for traces.
    const fn word(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::NotNow(_) => "not_now",
            Self::NotLetIn { .. } => "not_let_in",
            Self::NoTls => "no_tls",
            Self::BytesBeforeTls => "bytes_before_tls",
            Self::NoSignIn => "no_sign_in",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Address => "address",
            Self::Off => "off",
        }
    }

    /// Whether a further try of this letter is useless.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Address)
    }
}

/// What takes our letters.
pub enum Postman {
    /// None: no letter is written.
    Off,
    /// An SMTP server.
    Smtp(Box<Smtp>),
    /// The memory of the demonstration.
    #[cfg(feature = "demo")]
    Inbox(Inbox),
}

impl Postman {
    /// As the configuration says.
    ///
    /// # Errors
    /// A file that cannot be read or used; the message names the setting.
    pub fn new(
        config: &MailConfig,
        issuer: &IssuerConfig,
        mounted: &MountedSecrets,
    ) -> Result<Self, MailSetupError> {
        #[cfg(feature = "demo")]
        if config.to_inbox {
            return Ok(Self::Inbox(Inbox::default()));
        }
        Ok(Smtp::new(config, issuer, mounted)?.map_or(Self::Off, |smtp| Self::Smtp(Box::new(smtp))))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }

    /// Hands a letter over.
    ///
    /// # Errors
    /// [`NotSent`] says whether a later try makes sense.
    pub async fn take(&self, letter: &Dispatch<'_>) -> Result<(), NotSent> {
        match self {
            Self::Off => Err(NotSent::Off),
            Self::Smtp(smtp) => spans::within(spans::smtp(), NotSent::word, smtp.send(letter)).await,
            #[cfg(feature = "demo")]
            Self::Inbox(inbox) => {
                inbox.keep(letter);
                Ok(())
            }
        }
    }
}
