//! "Activity": what happened with the person's account, the last first. The words of each event stand in one list here,
//! by the word under which the audit log keeps it; a test holds the list to the log's.

use askama::Template;
use idp_core::device::DeviceKind;
use idp_core::discovery::path;
use idp_core::session::EndCause;

use super::{DisplayText, Layout, Message, Page, Part, RelativeTime, SignOutReason, Value};

/// Shows what happened.
#[derive(Debug, Template)]
#[template(path = "activity.html")]
pub struct ActivityPage {
    /// What it stands in.
    pub layout: Layout,
    /// The account in use.
    pub account: DisplayText,
    /// The events, the last first.
    pub entries: Vec<ActivityEntry>,
    /// Whether it begins with what happened last.
    pub is_newest: bool,
    /// The event that the next page goes on before, if there is more.
    pub older: Option<String>,
}

impl Page for ActivityPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// One event.
#[derive(Debug, Clone)]
pub struct ActivityEntry {
    /// The word of the audit log.
    pub event: &'static str,
    /// When.
    pub at: RelativeTime,
    /// What kind of device it was done on.
    pub kind: DeviceKind,
    /// What that is called.
    pub device: Option<DisplayText>,
    /// Whether that is the sign-in that looks at the page.
    pub is_here: bool,
    /// From which network.
    pub place: Option<DisplayText>,
    /// The site that it was about.
    pub site: Option<DisplayText>,
    /// Why a sign-in ended.
    pub reason: Option<SignOutReason>,
    /// Whether it was an administrator who did it.
    pub by_administrator: bool,
}

/// What is said of each event that can be about a person.
const SAID: &[(&str, &str)] = &[
    ("signed_in", "activity-signed-in"),
    ("sign_in_failed", "activity-sign-in-failed"),
    ("sign_in_throttled", "activity-sign-in-throttled"),
    ("second_step_failed", "activity-second-step-failed"),
    ("signed_out", "activity-signed-out"),
    ("consent_given", "activity-consent-given"),
    ("consent_refused", "activity-consent-refused"),
    ("access_denied", "activity-access-denied"),
    ("consent_withdrawn", "activity-consent-withdrawn"),
    ("code_reused", "activity-copied"),
    ("code_replayed", "activity-copied-refused"),
    ("refresh_token_reused", "activity-copied"),
    ("user_added", "activity-user-added"),
    ("password_set", "activity-password-set"),
    ("password_changed_by_user", "activity-password-changed"),
    ("password_reset_requested", "activity-password-reset-requested"),
    ("password_link_sent", "activity-password-link-sent"),
    ("password_reset", "activity-password-reset"),
    ("not_me_reported", "activity-not-me"),
    ("registration_requested", "activity-registration-requested"),
    ("registered", "activity-registered"),
    ("recovery_code_used", "activity-recovery-code-used"),
    ("second_step_link_sent", "activity-second-step-link-sent"),
    ("second_step_link_used", "activity-second-step-link-used"),
    ("recovery_codes_made", "activity-recovery-codes-made"),
    ("passkey_counter_stood", "activity-passkey-counter-stood"),
    ("method_added", "activity-method-added"),
    ("method_removed", "activity-method-removed"),
    ("passkey_demanded", "activity-passkey-demanded"),
    ("methods_reset", "activity-methods-reset"),
    ("device_named", "activity-device-named"),
    ("user_disabled", "activity-user-disabled"),
    ("user_enabled", "activity-user-enabled"),
    ("user_changed", "activity-user-changed"),
    ("address_added", "activity-address-added"),
    ("address_verified", "activity-address-verified"),
    ("address_removed", "activity-address-removed"),
    ("primary_changed", "activity-primary-changed"),
    ("profile_changed_by_user", "activity-profile-changed"),
    ("picture_changed_by_user", "activity-picture-changed"),
    ("data_exported", "activity-data-exported"),
    ("terms_accepted", "activity-terms-accepted"),
    ("deletion_requested", "activity-deletion-requested"),
    ("deletion_taken_back", "activity-deletion-taken-back"),
    ("user_signed_out", "activity-user-signed-out"),
    ("member_added", "activity-member-added"),
    ("member_removed", "activity-member-removed"),
    ("role_given", "activity-role-given"),
    ("role_taken", "activity-role-taken"),
    ("administrator_by_link", "activity-administrator-by-link"),
    ("mail_sent", "activity-mail-sent"),
];

/// Events that no person ever reads: those of clients, groups, roles, keys and everybody, and the end of the account itself; and a letter
/// that never came.
pub const TOLD_TO_NOBODY: &[&str] = &[
    // A site gives back what it puts another in the place of, at each step up: housekeeping, and no end of anything.
    "token_revoked",
    "client_refused",
    "account_deleted",
    "user_removed",
    "everybody_signed_out",
    "invited",
    "invitation_withdrawn",
    "client_added",
    "client_changed",
    "client_removed",
    "client_secret_added",
    "client_secrets_removed",
    "group_added",
    "group_changed",
    "group_removed",
    "role_added",
    "role_changed",
    "role_removed",
    "attribute_added",
    "attribute_changed",
    "attribute_removed",
    "administrator_link_made",
    "keys_rotated",
    "key_compromised",
    "keys_reset",
    "master_key_rotated",
    "backup_made",
    "restored",
    "mail_given_up",
    "mail_retried",
    "logout_retried",
    "logout_given_up",
];

/// What others do who have got hold of an account, and its owner would want to undo.
const OF_INTEREST_TO_THIEVES: &[&str] = &[
    "signed_in",
    "second_step_failed",
    "consent_given",
    "consent_withdrawn",
    "code_reused",
    "refresh_token_reused",
    "password_changed_by_user",
    "password_reset",
    "recovery_code_used",
    "second_step_link_sent",
    "second_step_link_used",
    "recovery_codes_made",
    "passkey_counter_stood",
    "method_added",
    "method_removed",
    "passkey_demanded",
    "device_named",
    "address_added",
    "address_verified",
    "address_removed",
    "primary_changed",
    "profile_changed_by_user",
    "picture_changed_by_user",
    "data_exported",
    "deletion_requested",
    "deletion_taken_back",
];

impl ActivityEntry {
    /// The message that says what an event was; `None` for one that no page has words for.
    #[must_use]
    pub fn message_of(event: &str) -> Option<&'static str> {
        SAID.iter().find(|(known, _)| *known == event).map(|(_, id)| *id)
    }

    fn what(&self, layout: &Layout) -> std::borrow::Cow<'static, str> {
        match Self::message_of(self.event) {
            Some(id) => layout.say(id),
            None => layout.say("activity-other"),
        }
    }

    /// Whether the person may want to say that it was not them.
    fn may_be_theft(&self) -> bool {
        !self.is_here && !self.by_administrator && OF_INTEREST_TO_THIEVES.contains(&self.event)
    }

    /// The link with what it is about, for a person who hears the links one after another.
    fn not_me_label(&self, layout: &Layout) -> String {
        let link = layout.say("secure-not-me").into_owned();
        let values = [("link", link.into()), ("what", self.what(layout).into_owned().into())];
        layout.language.say_with("secure-not-me-label", &values)
    }

    /// Why a sign-in ended: one whose cause is not on record was ended by the person, where it was open.
    #[must_use]
    pub fn cause_or_own(cause: Option<EndCause>) -> EndCause {
        cause.unwrap_or(EndCause::LoggedOut)
    }
}

impl ActivityPage {
    fn lead(&self) -> Message<'_> {
        self.layout.message("devices-lead", &[("account", Value::Name(&self.account))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use std::collections::BTreeSet;

    #[test]
    fn what_happened_is_told_apart_in_every_language() {
        for language in Language::all() {
            let said: BTreeSet<_> = SAID.iter().map(|(_, id)| language.say(id)).collect();
            // Both kinds of a copied token are one thing to a person.
            assert_eq!(said.len(), SAID.len() - 1, "{language}");
        }
    }

    #[test]
    fn an_event_is_told_or_it_is_not() {
        let events: BTreeSet<_> =
            SAID.iter().map(|(event, _)| *event).chain(TOLD_TO_NOBODY.iter().copied()).collect();
        assert_eq!(events.len(), SAID.len() + TOLD_TO_NOBODY.len());
        for event in OF_INTEREST_TO_THIEVES {
            assert!(ActivityEntry::message_of(event).is_some(), "{event}");
        }
    }
}
