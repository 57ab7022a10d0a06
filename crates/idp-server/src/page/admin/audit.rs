//! The audit log: who did what, when and from where, with filters. The words of each event stand in one list here, by the word under
//! which the log keeps it; a test holds the list to the log's.

use askama::Template;

use super::AdminNav;
use super::people::EventActor;
use crate::page::{DisplayText, Layout, Message, Page, Part, RelativeTime, TypedText, Value};
use idp_core::discovery::path;

/// Shows a page of it.
#[derive(Debug, Template)]
#[template(path = "admin/audit.html")]
pub struct AdminAuditPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What is asked for.
    pub fields: AuditFields,
    /// The name of the field that asks for nothing there is.
    pub unfit: Option<&'static str>,
    /// The events, the newest first.
    pub lines: Vec<AuditLine>,
    /// The next page, a path of ours and its query.
    pub next: Option<String>,
    /// Where all that fits is copied from: JSON Lines, and CSV.
    pub copies: Option<(String, String)>,
}

/// What is asked for, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct AuditFields {
    /// What happened, in the word of the log.
    pub event: Option<&'static str>,
    /// Whom it concerns.
    pub person: TypedText,
    /// Which client.
    pub client: TypedText,
    /// By whom.
    pub actor: TypedText,
    /// In which session, by its id.
    pub session: TypedText,
    /// From where.
    pub address: TypedText,
    /// From which day on.
    pub since: TypedText,
    /// Up to which.
    pub until: TypedText,
}

/// An event.
#[derive(Clone, Debug)]
pub struct AuditLine {
    /// What, in the word of the log.
    pub event: DisplayText,
    /// When.
    pub at: RelativeTime,
    /// Whom it concerns.
    pub person: Option<AuditLink>,
    /// Which client.
    pub client: Option<AuditLink>,
    /// By whom, if not the person themselves.
    pub actor: Option<AuditActor>,
    /// What else happened in the same session, a path of ours and its query.
    pub session: Option<String>,
    /// From where.
    pub address: Option<DisplayText>,
    /// A word more.
    pub detail: Option<DisplayText>,
}

/// Who did it, and where more is of what they did.
#[derive(Clone, Debug)]
pub struct AuditActor {
    /// Who.
    pub who: EventActor,
    /// A path of ours and its query.
    pub to: String,
}

/// Somebody, or a client, and where more of them is.
#[derive(Clone, Debug)]
pub struct AuditLink {
    /// What they are called.
    pub name: DisplayText,
    /// A path of ours and its query.
    pub to: Option<String>,
}

impl Page for AdminAuditPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// What is said of each event.
pub const AUDIT_EVENTS: &[(&str, &str)] = &[
    ("signed_in", "audit-signed-in"),
    ("sign_in_failed", "audit-sign-in-failed"),
    ("sign_in_throttled", "audit-sign-in-throttled"),
    ("second_step_failed", "audit-second-step-failed"),
    ("passkey_counter_stood", "audit-passkey-counter-stood"),
    ("signed_out", "audit-signed-out"),
    ("consent_given", "audit-consent-given"),
    ("consent_refused", "audit-consent-refused"),
    ("access_denied", "audit-access-denied"),
    ("consent_withdrawn", "audit-consent-withdrawn"),
    ("code_reused", "audit-code-reused"),
    ("code_replayed", "audit-code-replayed"),
    ("refresh_token_reused", "audit-refresh-token-reused"),
    ("token_revoked", "audit-token-revoked"),
    ("client_refused", "audit-client-refused"),
    ("user_added", "audit-user-added"),
    ("password_set", "audit-password-set"),
    ("password_changed_by_user", "audit-password-changed-by-user"),
    ("password_reset_requested", "audit-password-reset-requested"),
    ("password_link_sent", "audit-password-link-sent"),
    ("password_reset", "audit-password-reset"),
    ("not_me_reported", "audit-not-me-reported"),
    ("registration_requested", "audit-registration-requested"),
    ("registered", "audit-registered"),
    ("invited", "audit-invited"),
    ("invitation_withdrawn", "audit-invitation-withdrawn"),
    ("method_added", "audit-method-added"),
    ("method_removed", "audit-method-removed"),
    ("passkey_demanded", "audit-passkey-demanded"),
    ("recovery_code_used", "audit-recovery-code-used"),
    ("second_step_link_sent", "audit-second-step-link-sent"),
    ("second_step_link_used", "audit-second-step-link-used"),
    ("recovery_codes_made", "audit-recovery-codes-made"),
    ("methods_reset", "audit-methods-reset"),
    ("device_named", "audit-device-named"),
    ("user_disabled", "audit-user-disabled"),
    ("user_enabled", "audit-user-enabled"),
    ("user_changed", "audit-user-changed"),
    ("address_added", "audit-address-added"),
    ("address_verified", "audit-address-verified"),
    ("address_removed", "audit-address-removed"),
    ("primary_changed", "audit-primary-changed"),
    ("profile_changed_by_user", "audit-profile-changed-by-user"),
    ("picture_changed_by_user", "audit-picture-changed-by-user"),
    ("data_exported", "audit-data-exported"),
    ("terms_accepted", "audit-terms-accepted"),
    ("deletion_requested", "audit-deletion-requested"),
    ("deletion_taken_back", "audit-deletion-taken-back"),
    ("account_deleted", "audit-account-deleted"),
    ("user_removed", "audit-user-removed"),
    ("user_signed_out", "audit-user-signed-out"),
    ("everybody_signed_out", "audit-everybody-signed-out"),
    ("client_added", "audit-client-added"),
    ("client_changed", "audit-client-changed"),
    ("client_removed", "audit-client-removed"),
    ("client_secret_added", "audit-client-secret-added"),
    ("client_secrets_removed", "audit-client-secrets-removed"),
    ("group_added", "audit-group-added"),
    ("group_changed", "audit-group-changed"),
    ("group_removed", "audit-group-removed"),
    ("member_added", "audit-member-added"),
    ("member_removed", "audit-member-removed"),
    ("role_added", "audit-role-added"),
    ("role_changed", "audit-role-changed"),
    ("role_removed", "audit-role-removed"),
    ("role_given", "audit-role-given"),
    ("role_taken", "audit-role-taken"),
    ("attribute_added", "audit-attribute-added"),
    ("attribute_changed", "audit-attribute-changed"),
    ("attribute_removed", "audit-attribute-removed"),
    ("administrator_link_made", "audit-administrator-link-made"),
    ("administrator_by_link", "audit-administrator-by-link"),
    ("keys_rotated", "audit-keys-rotated"),
    ("key_compromised", "audit-key-compromised"),
    ("keys_reset", "audit-keys-reset"),
    ("master_key_rotated", "audit-master-key-rotated"),
    ("backup_made", "audit-backup-made"),
    ("restored", "audit-restored"),
    ("mail_sent", "audit-mail-sent"),
    ("mail_given_up", "audit-mail-given-up"),
    ("mail_retried", "audit-mail-retried"),
    ("logout_retried", "audit-logout-retried"),
    ("logout_given_up", "audit-logout-given-up"),
];

impl AdminAuditPage {
    /// In words, where there are some: a later version may have written others.
    fn words_of(&self, line: &AuditLine) -> Option<&'static str> {
        AUDIT_EVENTS.iter().find(|(word, _)| *word == line.event.as_str()).map(|(_, words)| *words)
    }

    fn is_filtered(&self) -> bool {
        self.fields.event.is_some() || self.typed().iter().any(|(_, _, value, _)| !value.is_empty())
    }

    fn is_unfit(&self, field: &str) -> bool {
        self.unfit == Some(field)
    }

    /// The fields in which something is typed, with what they are called.
    fn typed(&self) -> [(&'static str, &'static str, &TypedText, bool); 7] {
        let fields = &self.fields;
        [
            ("person", "admin-audit-person", &fields.person, false),
            ("client", "admin-delivery-client", &fields.client, false),
            ("actor", "admin-audit-actor", &fields.actor, false),
            ("session", "admin-audit-session", &fields.session, false),
            ("address", "admin-audit-address", &fields.address, false),
            ("since", "admin-audit-since", &fields.since, true),
            ("until", "admin-audit-until", &fields.until, true),
        ]
    }

    /// What is wrong with what was typed there.
    fn unfit_words(field: &str) -> &'static str {
        match field {
            "address" => "admin-audit-unfit-address",
            "since" | "until" => "admin-audit-unfit-day",
            "session" => "admin-audit-unfit-session",
            _ => "admin-audit-unfit",
        }
    }

    fn from<'s>(&self, address: &'s DisplayText) -> Message<'s> {
        self.layout.message("admin-audit-from", &[("address", Value::Name(address))])
    }
}
