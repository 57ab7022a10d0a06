//! What letters are called in a list, by the word under which they are kept: the subject that their person reads.

/// The words of each kind of letter.
const SUBJECTS: [(&str, &str); 27] = [
    ("new_sign_in", "letter-new-sign-in-subject"),
    ("password_set", "letter-password-set-subject"),
    ("app_added", "letter-method-added-subject"),
    ("app_removed", "letter-method-removed-subject"),
    ("passkey_added", "letter-passkey-added-subject"),
    ("passkey_saved", "letter-passkey-saved-subject"),
    ("passkey_demanded", "letter-passkey-demanded-subject"),
    ("passkey_removed", "letter-passkey-removed-subject"),
    ("second_step_reset", "letter-methods-reset-subject"),
    ("wrong_codes", "letter-wrong-codes-subject"),
    ("recovery_code_used", "letter-recovery-used-subject"),
    ("recovery_codes_made", "letter-recovery-made-subject"),
    ("second_step_link", "letter-step-link-subject"),
    ("second_step_link_used", "letter-step-link-used-subject"),
    ("reset_password", "letter-reset-subject"),
    ("register", "letter-register-subject"),
    ("invitation", "letter-invitation-subject"),
    ("account_exists", "letter-account-exists-subject"),
    ("verify_address", "letter-verify-address-subject"),
    ("address_in_use", "letter-address-in-use-subject"),
    ("address_added", "letter-address-added-subject"),
    ("address_removed", "letter-address-removed-subject"),
    ("primary_address_changed", "letter-primary-address-subject"),
    ("deletion_requested", "letter-deletion-requested-subject"),
    ("deletion_taken_back", "letter-deletion-taken-back-subject"),
    ("account_deleted", "letter-account-deleted-subject"),
    ("test", "letter-test-subject"),
];

/// The id of the subject of a letter of this kind; `None`: a later version wrote it.
#[must_use]
pub fn subject_of(kind: &str) -> Option<&'static str> {
    SUBJECTS.iter().find(|(known, _)| *known == kind).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::written;
    use super::*;
    use crate::words::Language;

    #[test]
    fn a_list_calls_each_letter_what_its_person_reads() {
        let letters = written(Language::english(), "alice");
        let kinds: std::collections::BTreeSet<_> = letters.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds.len(), SUBJECTS.len());
        for (kind, letter) in letters {
            assert_eq!(Language::english().say(subject_of(kind).unwrap()), letter.subject, "{kind}");
        }
    }
}
