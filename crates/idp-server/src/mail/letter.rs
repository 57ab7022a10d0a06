//! What a letter is about, as it is kept in the outbox; and what it says once it is written out in a language.

use idp_core::mail_link::LinkPurpose;
use idp_core::registration_link::ASKED_LIFETIME;
use idp_core::second_step_link::SecondStepLink;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::words::Language;

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;
/// Of every such link.
const VERIFY_ADDRESS: i64 = LinkPurpose::VerifyAddress(Uuid::nil()).lifetime();

/// The kind of [`SecondStepNews::WrongCodes`], of which a person gets one a day.
pub const WRONG_CODES: &str = "wrong_codes";

/// A letter before it is written out. It holds an address, and secrets of links: it rests sealed, and has no `Debug`.
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
    /// The secret of the link by which the person says that it was not them.
    #[serde(default)]
    pub not_me: Option<String>,
}

/// What a letter tells.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum News {
    /// A sign-in from a device that the account did not know.
    NewSignIn {
        /// The session that began.
        sid: Uuid,
        /// When.
        at: UnixTime,
        /// What the person calls the device.
        name: Option<String>,
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
    /// Something about the second step of signing in.
    SecondStep(SecondStepNews),
    /// A new password was asked for.
    ResetPassword {
        /// When.
        at: UnixTime,
        /// The secret of the link by which one is chosen.
        link: String,
    },
    /// A person wants an account, and typed the address to which the letter goes.
    Register {
        /// When.
        at: UnixTime,
        /// The secret of the link by which it is opened.
        link: String,
    },
    /// An operator invites the person to an account.
    Invitation {
        /// What the person is called, as far as the operator knows.
        name: Option<String>,
        /// Until when the link is good.
        until: UnixTime,
        /// The secret of the link by which it is opened.
        link: String,
    },
    /// A stranger wanted an account for an address that signs in to this one already.
    AccountExists {
        /// When.
        at: UnixTime,
        /// The address.
        address: String,
    },
    /// An address was added to the account, to which the letter goes.
    VerifyAddress {
        /// When.
        at: UnixTime,
        /// The address.
        address: String,
        /// The secret of the link that confirms it.
        link: String,
    },
    /// A person wanted to add to another account an address that is one of this account already.
    AddressInUse {
        /// When.
        at: UnixTime,
        /// The address.
        address: String,
    },
    /// The account has another address.
    AddressAdded {
        /// When.
        at: UnixTime,
        /// The address.
        address: String,
    },
    /// The account has an address less.
    AddressRemoved {
        /// When.
        at: UnixTime,
        /// The address.
        address: String,
    },
    /// Sites are told another address of the account.
    PrimaryAddressChanged {
        /// When.
        at: UnixTime,
        /// The address.
        address: String,
    },
    /// The person asked for the account to be deleted.
    DeletionRequested {
        /// When.
        at: UnixTime,
        /// When it is deleted.
        due: UnixTime,
    },
    /// They took that back.
    DeletionTakenBack {
        /// When.
        at: UnixTime,
    },
    /// The account is deleted: the last letter.
    AccountDeleted {
        /// When.
        at: UnixTime,
    },
    /// Nothing: an administrator tries whether letters arrive.
    Test {
        /// When.
        at: UnixTime,
    },
}

/// What a letter about the second step of signing in tells.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum SecondStepNews {
    /// An authenticator app was added.
    AppAdded {
        /// When.
        at: UnixTime,
    },
    /// An authenticator app was removed.
    AppRemoved {
        /// When.
        at: UnixTime,
        /// Whether there is no other second factor: the password alone signs in from then on.
        was_last: bool,
    },
    /// A passkey was added.
    PasskeyAdded {
        /// When.
        at: UnixTime,
        /// What the person calls it; may be empty.
        name: String,
    },
    /// The browser of the person saved a passkey by itself, after they had signed in with the password.
    PasskeySaved {
        /// When.
        at: UnixTime,
        /// What it is called; may be empty.
        name: String,
    },
    /// The account asks for a passkey from now on that the browser of the person saved by itself.
    PasskeyDemanded {
        /// When.
        at: UnixTime,
        /// What it is called; may be empty.
        name: String,
    },
    /// A passkey was removed.
    PasskeyRemoved {
        /// When.
        at: UnixTime,
        /// What the person called it; may be empty.
        name: String,
        /// Whether there is no other second factor: the password alone signs in from then on.
        was_last: bool,
    },
    /// An administrator removed the second step of signing in.
    Reset {
        /// When.
        at: UnixTime,
    },
    /// After the right password several wrong codes were typed.
    WrongCodes {
        /// When the last of them was.
        at: UnixTime,
        /// With which browser.
        browser: Option<String>,
        /// On which system.
        system: Option<String>,
        /// From which network address.
        address: Option<String>,
    },
    /// A recovery code was used to sign in.
    RecoveryCodeUsed {
        /// When.
        at: UnixTime,
        /// How many are left.
        left: usize,
    },
    /// The right password was typed, and a link was asked for in place of the second factor.
    Link {
        /// When.
        at: UnixTime,
        /// With which browser.
        browser: Option<String>,
        /// On which system.
        system: Option<String>,
        /// From which network address.
        address: Option<String>,
        /// The secret of the link.
        link: String,
    },
    /// Such a link was used to sign in.
    LinkUsed {
        /// When.
        at: UnixTime,
        /// From which network address.
        address: Option<String>,
    },
    /// New recovery codes were made.
    RecoveryCodesMade {
        /// When.
        at: UnixTime,
    },
}

impl SecondStepNews {
    const fn kind(&self) -> &'static str {
        match self {
            Self::AppAdded { .. } => "app_added",
            Self::AppRemoved { .. } => "app_removed",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::PasskeySaved { .. } => "passkey_saved",
            Self::PasskeyDemanded { .. } => "passkey_demanded",
            Self::PasskeyRemoved { .. } => "passkey_removed",
            Self::Reset { .. } => "second_step_reset",
            Self::WrongCodes { .. } => WRONG_CODES,
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::Link { .. } => "second_step_link",
            Self::LinkUsed { .. } => "second_step_link_used",
            Self::RecoveryCodesMade { .. } => "recovery_codes_made",
        }
    }
}

impl News {
    /// What it is in a word, for lists and the audit log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NewSignIn { .. } => "new_sign_in",
            Self::PasswordSet { .. } => "password_set",
            Self::SecondStep(news) => news.kind(),
            Self::ResetPassword { .. } => "reset_password",
            Self::Register { .. } => "register",
            Self::Invitation { .. } => "invitation",
            Self::AccountExists { .. } => "account_exists",
            Self::VerifyAddress { .. } => "verify_address",
            Self::AddressInUse { .. } => "address_in_use",
            Self::AddressAdded { .. } => "address_added",
            Self::AddressRemoved { .. } => "address_removed",
            Self::PrimaryAddressChanged { .. } => "primary_address_changed",
            Self::DeletionRequested { .. } => "deletion_requested",
            Self::DeletionTakenBack { .. } => "deletion_taken_back",
            Self::AccountDeleted { .. } => "account_deleted",
            Self::Test { .. } => "test",
        }
    }

    /// What a link in it is for by which the person says that it was not them; `change` is a fresh id.
    #[must_use]
    pub const fn not_me(&self, change: Uuid) -> Option<LinkPurpose> {
        match self {
            Self::NewSignIn { sid, .. } => Some(LinkPurpose::EndSession(*sid)),
            // Wrong codes let nobody in.
            Self::SecondStep(SecondStepNews::WrongCodes { .. }) => None,
            Self::PasswordSet { .. }
            | Self::SecondStep(_)
            | Self::AddressAdded { .. }
            | Self::AddressRemoved { .. }
            | Self::PrimaryAddressChanged { .. } => Some(LinkPurpose::EndEverySession(change)),
            Self::ResetPassword { .. }
            | Self::VerifyAddress { .. }
            | Self::Register { .. }
            | Self::Invitation { .. }
            | Self::AccountExists { .. }
            | Self::AddressInUse { .. }
            | Self::DeletionRequested { .. }
            | Self::DeletionTakenBack { .. }
            | Self::AccountDeleted { .. }
            | Self::Test { .. } => None,
        }
    }

    /// For how long, in seconds, it is worth sending. A mail server that is away comes back within a weekend.
    #[must_use]
    pub const fn lifetime(&self) -> i64 {
        match self {
            Self::SecondStep(SecondStepNews::Link { .. }) => SecondStepLink::LIFETIME,
            Self::NewSignIn { .. }
            | Self::PasswordSet { .. }
            | Self::SecondStep(_)
            | Self::Invitation { .. }
            | Self::AddressInUse { .. }
            | Self::AddressAdded { .. }
            | Self::AddressRemoved { .. }
            | Self::PrimaryAddressChanged { .. }
            | Self::DeletionRequested { .. }
            | Self::DeletionTakenBack { .. }
            | Self::AccountDeleted { .. } => 3 * DAY,
            // No longer than the link in it is good.
            Self::ResetPassword { .. } => LinkPurpose::ResetPassword.lifetime(),
            Self::VerifyAddress { .. } => VERIFY_ADDRESS,
            Self::Register { .. } => ASKED_LIFETIME,
            Self::AccountExists { .. } | Self::Test { .. } => DAY,
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
