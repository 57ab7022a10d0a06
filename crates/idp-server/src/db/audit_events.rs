//! The audit log: who did what, when, from where. Never a secret; texts from outside are stored as data
//! and bounded in length.

use super::schema::audit_events;
use super::{Connection, DbError, first_id_of};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use uuid::Uuid;

const MAX_TEXT: usize = 200;

/// What happened.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AuditEvent {
    /// A person signed in.
    SignedIn,
    /// A sign-in failed: wrong name, wrong password, or not allowed.
    SignInFailed,
    /// A sign-in was not tried: too many failures.
    SignInThrottled,
    /// A wrong second factor was given after a right first one.
    SecondStepFailed,
    /// The signature counter of a passkey did not grow from one use to the next: its key may have been copied.
    PasskeyCounterStood,
    /// A person signed out.
    SignedOut,
    /// A person allowed a client.
    ConsentGiven,
    /// A person refused a client.
    ConsentRefused,
    /// A person disconnected a site from their account, or signed out at one of ours.
    ConsentWithdrawn,
    /// An authorization code came twice.
    CodeReused,
    /// A spent authorization code came from elsewhere, without its verifier or redirect URI.
    CodeReplayed,
    /// A spent refresh token came back.
    RefreshTokenReused,
    /// A client gave a token back.
    TokenRevoked,
    /// A client failed to prove itself.
    ClientRefused,
    /// A user was added.
    UserAdded,
    /// An administrator set a password.
    PasswordSet,
    /// A person changed their own password.
    PasswordChangedByUser,
    /// A person added a way to sign in.
    MethodAdded,
    /// A person removed one.
    MethodRemoved,
    /// An administrator removed all second factors of a user.
    MethodsReset,
    /// A user was disabled.
    UserDisabled,
    /// A user was enabled.
    UserEnabled,
    /// A user's username or claims were changed.
    UserChanged,
    /// A user has another e-mail address.
    AddressAdded,
    /// An address is known to be the user's.
    AddressVerified,
    /// A user has an address less.
    AddressRemoved,
    /// Sites are told another address of a user.
    PrimaryAddressChanged,
    /// A user was removed.
    UserRemoved,
    /// An administrator signed a user out everywhere.
    UserSignedOut,
    /// An administrator signed everybody out.
    EverybodySignedOut,
    /// A client was registered.
    ClientAdded,
    /// A registration was changed.
    ClientChanged,
    /// A client was removed.
    ClientRemoved,
    /// A client got another secret.
    ClientSecretAdded,
    /// Secrets of a client are good no more.
    ClientSecretsRemoved,
    /// A signing key changed its state.
    KeysRotated,
    /// A signing key was given up, since others may have it.
    KeyCompromised,
    /// Every signing key was given up, and everybody signed out.
    KeysReset,
    /// A letter to a user was taken by the mail server.
    MailSent,
    /// A letter to a user is tried no more.
    MailGivenUp,
}

impl AuditEvent {
    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignInThrottled => "sign_in_throttled",
            Self::SecondStepFailed => "second_step_failed",
            Self::PasskeyCounterStood => "passkey_counter_stood",
            Self::SignedOut => "signed_out",
            Self::ConsentGiven => "consent_given",
            Self::ConsentRefused => "consent_refused",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::CodeReused => "code_reused",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::TokenRevoked => "token_revoked",
            Self::ClientRefused => "client_refused",
            Self::UserAdded => "user_added",
            Self::PasswordSet => "password_set",
            Self::PasswordChangedByUser => "password_changed_by_user",
            Self::MethodAdded => "method_added",
            Self::MethodRemoved => "method_removed",
            Self::MethodsReset => "methods_reset",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::UserChanged => "user_changed",
            Self::AddressAdded => "address_added",
            Self::AddressVerified => "address_verified",
            Self::AddressRemoved => "address_removed",
            Self::PrimaryAddressChanged => "primary_changed",
            Self::UserRemoved => "user_removed",
            Self::UserSignedOut => "user_signed_out",
            Self::EverybodySignedOut => "everybody_signed_out",
            Self::ClientAdded => "client_added",
            Self::ClientChanged => "client_changed",
            Self::ClientRemoved => "client_removed",
            Self::ClientSecretAdded => "client_secret_added",
            Self::ClientSecretsRemoved => "client_secrets_removed",
            Self::KeysRotated => "keys_rotated",
            Self::KeyCompromised => "key_compromised",
            Self::KeysReset => "keys_reset",
            Self::MailSent => "mail_sent",
            Self::MailGivenUp => "mail_given_up",
        }
    }
}

/// Whom and what an event concerns.
#[derive(Clone, Default, Debug)]
pub struct AuditContext {
    /// The user.
    pub user: Option<Uuid>,
    /// The client.
    pub client: Option<String>,
    /// The session.
    pub sid: Option<Uuid>,
    /// Where the request came from.
    pub address: Option<String>,
    /// A word more, never a secret.
    pub detail: Option<String>,
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct Row {
    id: String,
    at: i64,
    event: String,
    user_id: Option<String>,
    client_id: Option<String>,
    sid: Option<String>,
    address: Option<String>,
    detail: Option<String>,
}

/// Writes an event down. Part of the transaction it tells about.
pub fn record(
    connection: &mut Connection,
    event: AuditEvent,
    about: AuditContext,
    now: UnixTime,
) -> Result<(), DbError> {
    let row = Row {
        id: crate::random::new_id(now).to_string(),
        at: now.as_secs(),
        event: event.as_str().to_owned(),
        user_id: about.user.map(|id| id.to_string()),
        client_id: about.client.map(bounded),
        sid: about.sid.map(|id| id.to_string()),
        address: about.address.map(bounded),
        detail: about.detail.map(bounded),
    };
    diesel::insert_into(audit_events::table).values(row).execute(connection)?;
    Ok(())
}

/// How often `event` was recorded; for tests and the operator's overview.
pub fn count(connection: &mut Connection, event: AuditEvent) -> Result<i64, DbError> {
    Ok(audit_events::table.filter(audit_events::event.eq(event.as_str())).count().get_result(connection)?)
}

/// Forgets what happened before `limit`: ids begin with the time.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = audit_events::table.filter(audit_events::id.lt(first_id_of(limit)));
    let some: Vec<String> =
        old.order(audit_events::id).limit(most).select(audit_events::id).load(connection)?;
    Ok(diesel::delete(audit_events::table.filter(audit_events::id.eq_any(some))).execute(connection)?)
}

fn bounded(text: String) -> String {
    if text.chars().any(char::is_control) || text.len() > MAX_TEXT {
        return text.escape_debug().take(MAX_TEXT).collect();
    }
    text
}
