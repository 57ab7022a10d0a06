//! What the audit log can tell of, and the word under which each is stored.

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
    /// A person was not let in at a client, for the reason that the detail names.
    AccessDenied,
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
    /// A link to a new password was asked for; without a person when nobody has the name.
    PasswordResetRequested,
    /// An administrator had such a link sent to a person.
    PasswordLinkSent,
    /// A person chose a new password by such a link.
    PasswordReset,
    /// A person said by the link in a letter that something was not them, and sessions ended.
    NotMeReported,
    /// A link to open an account was asked for; of the address's owner, if it is on an account already.
    RegistrationRequested,
    /// A person opened an account by such a link, or by an invitation.
    Registered,
    /// An operator invited a person.
    Invited,
    /// An operator took an invitation back.
    InvitationWithdrawn,
    /// A person added a way to sign in.
    MethodAdded,
    /// A person removed one.
    MethodRemoved,
    /// A person had their account ask for a passkey that their browser had saved by itself.
    PasskeyDemanded,
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
    /// A group was made.
    GroupAdded,
    /// A group was changed.
    GroupChanged,
    /// A group was removed.
    GroupRemoved,
    /// A person was put into a group.
    MemberAdded,
    /// A person was taken out of a group.
    MemberRemoved,
    /// A role was made.
    RoleAdded,
    /// A role was changed.
    RoleChanged,
    /// A role was removed, from everybody who had it.
    RoleRemoved,
    /// A person or a group was given a role.
    RoleGiven,
    /// A role was taken from a person or a group.
    RoleTaken,
    /// An attribute of people was defined.
    AttributeAdded,
    /// The definition of an attribute was changed.
    AttributeChanged,
    /// An attribute was removed, with the values of everybody.
    AttributeRemoved,
    /// An operator had a link made by which a person becomes an administrator, or a first start did.
    AdministratorLinkMade,
    /// A person became an administrator by such a link.
    AdministratorByLink,
    /// A signing key changed its state.
    KeysRotated,
    /// A signing key was given up, since others may have it.
    KeyCompromised,
    /// Every signing key was given up, and everybody signed out.
    KeysReset,
    /// Everything sealed is under a new master key.
    MasterKeyRotated,
    /// A copy of everything was made.
    BackupMade,
    /// Everything was brought back from such a copy.
    Restored,
    /// A letter to a user was taken by the mail server.
    MailSent,
    /// A letter to a user is tried no more.
    MailGivenUp,
    /// An administrator had a letter tried again.
    MailRetried,
    /// An administrator had a site told again that a session ended.
    LogoutRetried,
    /// An administrator had that given up.
    LogoutGivenUp,
}

impl AuditEvent {
    /// Every event there is.
    pub const ALL: [Self; 83] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::SignInThrottled,
        Self::SecondStepFailed,
        Self::PasskeyCounterStood,
        Self::SignedOut,
        Self::ConsentGiven,
        Self::ConsentRefused,
        Self::AccessDenied,
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
        Self::PasswordLinkSent,
        Self::PasswordReset,
        Self::NotMeReported,
        Self::RegistrationRequested,
        Self::Registered,
        Self::Invited,
        Self::InvitationWithdrawn,
        Self::MethodAdded,
        Self::MethodRemoved,
        Self::PasskeyDemanded,
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
        Self::GroupAdded,
        Self::GroupChanged,
        Self::GroupRemoved,
        Self::MemberAdded,
        Self::MemberRemoved,
        Self::RoleAdded,
        Self::RoleChanged,
        Self::RoleRemoved,
        Self::RoleGiven,
        Self::RoleTaken,
        Self::AttributeAdded,
        Self::AttributeChanged,
        Self::AttributeRemoved,
        Self::AdministratorLinkMade,
        Self::AdministratorByLink,
        Self::KeysRotated,
        Self::KeyCompromised,
        Self::KeysReset,
        Self::MasterKeyRotated,
        Self::BackupMade,
        Self::Restored,
        Self::MailSent,
        Self::MailGivenUp,
        Self::MailRetried,
        Self::LogoutRetried,
        Self::LogoutGivenUp,
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
            Self::AccessDenied => "access_denied",
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
            Self::PasswordLinkSent => "password_link_sent",
            Self::PasswordReset => "password_reset",
            Self::NotMeReported => "not_me_reported",
            Self::RegistrationRequested => "registration_requested",
            Self::Registered => "registered",
            Self::Invited => "invited",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::MethodAdded => "method_added",
            Self::MethodRemoved => "method_removed",
            Self::PasskeyDemanded => "passkey_demanded",
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
            Self::GroupAdded => "group_added",
            Self::GroupChanged => "group_changed",
            Self::GroupRemoved => "group_removed",
            Self::MemberAdded => "member_added",
            Self::MemberRemoved => "member_removed",
            Self::RoleAdded => "role_added",
            Self::RoleChanged => "role_changed",
            Self::RoleRemoved => "role_removed",
            Self::RoleGiven => "role_given",
            Self::RoleTaken => "role_taken",
            Self::AttributeAdded => "attribute_added",
            Self::AttributeChanged => "attribute_changed",
            Self::AttributeRemoved => "attribute_removed",
            Self::AdministratorLinkMade => "administrator_link_made",
            Self::AdministratorByLink => "administrator_by_link",
            Self::KeysRotated => "keys_rotated",
            Self::KeyCompromised => "key_compromised",
            Self::KeysReset => "keys_reset",
            Self::MasterKeyRotated => "master_key_rotated",
            Self::BackupMade => "backup_made",
            Self::Restored => "restored",
            Self::MailSent => "mail_sent",
            Self::MailGivenUp => "mail_given_up",
            Self::MailRetried => "mail_retried",
            Self::LogoutRetried => "logout_retried",
            Self::LogoutGivenUp => "logout_given_up",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The list is written by hand beside the words.
    #[test]
    fn every_event_is_read_back_from_its_word() {
        let words = include_str!("audit_event.rs").split("fn as_str").nth(1).unwrap();
        let words = words.split("pub fn parse").next().unwrap().matches(" => \"").count();
        assert_eq!(AuditEvent::ALL.len(), words, "AuditEvent::ALL lists every event");
        for event in AuditEvent::ALL {
            assert_eq!(AuditEvent::parse(event.as_str()), Some(event));
        }
    }
}
