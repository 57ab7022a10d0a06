//! The audit log: who did what, when, from where. Never a secret; texts from outside are stored as data
//! and bounded in length.

use super::devices::Row as DeviceRow;
use super::schema::{audit_events, device_names, devices, sessions};
use super::{Connection, DbError, first_id_of, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::device::{Device, DeviceName};
use idp_core::session::EndCause;
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
    /// Somebody asked for a link to a new password; of nobody when the name was no person's.
    PasswordResetRequested,
    /// A person chose a new password by such a link.
    PasswordReset,
    /// A person said by the link in a letter that something was not them, and sessions ended.
    NotMeReported,
    /// Somebody asked for a link to an account of their own; of the person whose address it is already, if of anybody.
    RegistrationRequested,
    /// A person opened an account by such a link, or by an invitation.
    Registered,
    /// An operator invited somebody.
    Invited,
    /// An operator took an invitation back.
    InvitationWithdrawn,
    /// A person added a way to sign in.
    MethodAdded,
    /// A person removed one.
    MethodRemoved,
    /// A recovery code was used to sign in.
    RecoveryCodeUsed,
    /// A person who did not have their second factor at hand was sent a link.
    SecondStepLinkSent,
    /// Such a link, or its code, was used to sign in.
    SecondStepLinkUsed,
    /// A person had new recovery codes made; those from before are good no more.
    RecoveryCodesMade,
    /// An administrator removed all second factors of a user.
    MethodsReset,
    /// A person gave a device of theirs another name.
    DeviceNamed,
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
    /// A person changed their profile.
    ProfileChangedByUser,
    /// A person chose a picture, or removed theirs.
    PictureChangedByUser,
    /// A person got a copy of what is kept about them.
    DataExported,
    /// A person accepted a version of the terms of use.
    TermsAccepted,
    /// A person asked for their account to be deleted.
    DeletionRequested,
    /// A person took that back.
    DeletionTakenBack,
    /// The account was deleted as the person had asked.
    AccountDeleted,
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
    /// Every event there is.
    pub const ALL: [Self; 59] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::SignInThrottled,
        Self::SecondStepFailed,
        Self::PasskeyCounterStood,
        Self::SignedOut,
        Self::ConsentGiven,
        Self::ConsentRefused,
        Self::ConsentWithdrawn,
        Self::CodeReused,
        Self::CodeReplayed,
        Self::RefreshTokenReused,
        Self::TokenRevoked,
        Self::ClientRefused,
        Self::UserAdded,
        Self::PasswordSet,
        Self::PasswordChangedByUser,
        Self::PasswordResetRequested,
        Self::PasswordReset,
        Self::NotMeReported,
        Self::RegistrationRequested,
        Self::Registered,
        Self::Invited,
        Self::InvitationWithdrawn,
        Self::MethodAdded,
        Self::MethodRemoved,
        Self::RecoveryCodeUsed,
        Self::SecondStepLinkSent,
        Self::SecondStepLinkUsed,
        Self::RecoveryCodesMade,
        Self::MethodsReset,
        Self::DeviceNamed,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::UserChanged,
        Self::AddressAdded,
        Self::AddressVerified,
        Self::AddressRemoved,
        Self::PrimaryAddressChanged,
        Self::ProfileChangedByUser,
        Self::PictureChangedByUser,
        Self::DataExported,
        Self::TermsAccepted,
        Self::DeletionRequested,
        Self::DeletionTakenBack,
        Self::AccountDeleted,
        Self::UserRemoved,
        Self::UserSignedOut,
        Self::EverybodySignedOut,
        Self::ClientAdded,
        Self::ClientChanged,
        Self::ClientRemoved,
        Self::ClientSecretAdded,
        Self::ClientSecretsRemoved,
        Self::KeysRotated,
        Self::KeyCompromised,
        Self::KeysReset,
        Self::MailSent,
        Self::MailGivenUp,
    ];

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
            Self::PasswordResetRequested => "password_reset_requested",
            Self::PasswordReset => "password_reset",
            Self::NotMeReported => "not_me_reported",
            Self::RegistrationRequested => "registration_requested",
            Self::Registered => "registered",
            Self::Invited => "invited",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::MethodAdded => "method_added",
            Self::MethodRemoved => "method_removed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::SecondStepLinkSent => "second_step_link_sent",
            Self::SecondStepLinkUsed => "second_step_link_used",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::MethodsReset => "methods_reset",
            Self::DeviceNamed => "device_named",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::UserChanged => "user_changed",
            Self::AddressAdded => "address_added",
            Self::AddressVerified => "address_verified",
            Self::AddressRemoved => "address_removed",
            Self::PrimaryAddressChanged => "primary_changed",
            Self::ProfileChangedByUser => "profile_changed_by_user",
            Self::PictureChangedByUser => "picture_changed_by_user",
            Self::DataExported => "data_exported",
            Self::TermsAccepted => "terms_accepted",
            Self::DeletionRequested => "deletion_requested",
            Self::DeletionTakenBack => "deletion_taken_back",
            Self::AccountDeleted => "account_deleted",
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

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
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

/// An event, as a person may be told of it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct RecordedEvent {
    /// Its name, which says when it happened as well.
    pub id: String,
    /// When.
    pub at: UnixTime,
    /// What, in the word stored.
    pub event: String,
    /// The client that it concerns.
    pub client: Option<String>,
    /// The session that it concerns.
    pub sid: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// A word more.
    pub detail: Option<String>,
}

/// So many events about a user, the oldest first, beginning after the one of this id.
pub fn all_of_user(
    connection: &mut Connection,
    user: Uuid,
    after: &str,
    count: i64,
) -> Result<Vec<RecordedEvent>, DbError> {
    let own = audit_events::table.filter(audit_events::user_id.eq(user.to_string()));
    let page = own.filter(audit_events::id.gt(after)).order(audit_events::id).limit(count);
    let rows: Vec<Row> = page.load(connection)?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
}

impl From<Row> for RecordedEvent {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: UnixTime(row.at),
            event: row.event,
            client: row.client_id,
            sid: row.sid,
            address: row.address,
            detail: row.detail,
        }
    }
}

/// Something that happened with the account of a person.
#[derive(Clone, Debug)]
pub struct OwnEvent {
    /// Its id, after which the list goes on.
    pub id: Uuid,
    /// When.
    pub at: UnixTime,
    /// What.
    pub event: AuditEvent,
    /// The client that it was about, by its id.
    pub client: Option<String>,
    /// The session that it was done in, or that it ended.
    pub sid: Option<Uuid>,
    /// From where.
    pub address: Option<String>,
    /// Why the session ended, if one did.
    pub cause: Option<EndCause>,
    /// The device of the session, if it is still known.
    pub device: Option<Device>,
}

type OwnRow = (Row, Option<DeviceRow>, Option<String>);

/// What happened with the account of `user` before the event `before`, or up to now; the last first, at most `limit`.
pub fn of_user(
    connection: &mut Connection,
    user: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<OwnEvent>, DbError> {
    let user = user.to_string();
    // The session is their own as well: the log has no references that would hold it to that.
    let in_session = sessions::sid.nullable().eq(audit_events::sid).and(sessions::user_id.eq(user.clone()));
    let name = device_names::user_id
        .eq(user.clone())
        .and(sessions::device_id.eq(device_names::device_id.nullable()));
    let found = audit_events::table
        .left_join(sessions::table.on(in_session))
        .left_join(devices::table.on(sessions::device_id.eq(devices::id.nullable())))
        .left_join(device_names::table.on(name))
        .filter(audit_events::user_id.eq(user))
        .filter(audit_events::id.lt(before.unwrap_or(Uuid::max()).to_string()))
        .order(audit_events::id.desc())
        .limit(limit)
        .select((audit_events::all_columns, devices::all_columns.nullable(), device_names::name.nullable()));
    let rows: Vec<OwnRow> = found.load(connection)?;
    rows.into_iter().map(read).collect()
}

fn read((row, device, name): OwnRow) -> Result<OwnEvent, DbError> {
    let device = device.map(super::devices::read).transpose()?;
    let name = name.as_deref().and_then(DeviceName::typed);
    Ok(OwnEvent {
        id: to_uuid(&row.id, "audit_events.id")?,
        at: UnixTime(row.at),
        event: parsed(AuditEvent::parse(&row.event), "audit_events.event")?,
        client: row.client_id,
        sid: row.sid.as_deref().and_then(|sid| sid.parse().ok()),
        address: row.address,
        // Other details are for operators.
        cause: row.detail.as_deref().and_then(EndCause::parse),
        device: device.map(|device| Device { name, ..device }),
    })
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The list is written by hand beside the words.
    #[test]
    fn every_event_is_read_back_from_its_word() {
        let words = include_str!("audit_events.rs").split("fn as_str").nth(1).unwrap();
        let words = words.split("pub fn parse").next().unwrap().matches(" => \"").count();
        assert_eq!(AuditEvent::ALL.len(), words, "AuditEvent::ALL lists every event");
        for event in AuditEvent::ALL {
            assert_eq!(AuditEvent::parse(event.as_str()), Some(event));
        }
    }
}
