//! What a letter is about, as it is kept in the outbox; and what it says once it is written out in a language.

use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use crate::words::Language;

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// A letter before it is written out. It holds an address, and later links that open things: it rests sealed, and has no
/// `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Letter {
    /// To which address.
    pub to: String,
    /// In which language.
    pub language: Language,
    /// The sign-in name of the account it is about.
    pub account: String,
    /// What it tells.
    pub news: News,
}

/// What a letter tells.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum News {
    /// Somebody signed in from a device that the account did not know.
    NewSignIn {
        /// When.
        at: UnixTime,
        /// With which browser.
        browser: Option<String>,
        /// On which system.
        system: Option<String>,
        /// From which network address.
        address: Option<String>,
    },
    /// The password was replaced, by the person or by an administrator.
    PasswordSet {
        /// When.
        at: UnixTime,
    },
    /// A way to sign in was added.
    MethodAdded {
        /// When.
        at: UnixTime,
        /// Its kind, such as `passkey`.
        method: String,
        /// What the person calls it; may be empty.
        name: String,
    },
    /// A way to sign in was removed.
    MethodRemoved {
        /// When.
        at: UnixTime,
        /// Its kind.
        method: String,
        /// What the person called it; may be empty.
        name: String,
    },
    /// Nothing: an administrator tries whether letters arrive.
    Test {
        /// When.
        at: UnixTime,
    },
}

impl News {
    /// What it is in a word, for lists and the audit log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NewSignIn { .. } => "new_sign_in",
            Self::PasswordSet { .. } => "password_set",
            Self::MethodAdded { .. } => "method_added",
            Self::MethodRemoved { .. } => "method_removed",
            Self::Test { .. } => "test",
        }
    }

    /// For how long, in seconds, it is worth sending. A mail server that is away comes back within a weekend.
    #[must_use]
    pub const fn lifetime(&self) -> i64 {
        match self {
            Self::NewSignIn { .. }
            | Self::PasswordSet { .. }
            | Self::MethodAdded { .. }
            | Self::MethodRemoved { .. } => 3 * DAY,
            Self::Test { .. } => DAY,
        }
    }
}

/// A letter, written out.
#[derive(Clone, Debug)]
pub struct LetterText {
    /// The language it is in.
    pub language: Language,
    /// The name it comes under.
    pub sender: String,
    /// The line it is listed by.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As a document.
    pub html: String,
}
