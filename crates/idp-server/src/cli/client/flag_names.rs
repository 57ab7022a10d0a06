//! Which flag says what a member of a registration says: a refusal names the flag, and what mends it on the command line.

use crate::{
    admin_api::{FieldProblem, Problem},
    cli::failure::Failure,
};

/// A member, the flag for it, and what to do.
type Flag = (&'static str, &'static str, &'static str);

const FLAGS: [Flag; 21] = [
    ("client_name", "--name", ""),
    ("redirect_uris", "--redirect-uri", ""),
    ("post_logout_redirect_uris", "--post-logout-redirect-uri", ""),
    ("grant_types", "--grant", ""),
    ("scope", "--scope", ""),
    ("audience", "--audience", ""),
    ("require_pkce", "--no-pkce", ""),
    ("access_token_lifetime", "--access-token-lifetime", ""),
    (
        "backchannel_logout_uri",
        "--backchannel-logout-uri",
        " (for one command: --set backchannel.allow_networks=...)",
    ),
    (
        "backchannel_logout_session_required",
        "--backchannel-logout-session-required",
        "; give --backchannel-logout-uri as well",
    ),
    ("id_token_encryption_key", "--id-token-encryption-key", ""),
    ("revocation_feed", "--feed", ""),
    ("required_acr", "--require-acr", ""),
    ("claims_mapping", "--map-claim", ""),
    ("allowed_roles", "--allow-role", ""),
    ("allowed_groups", "--allow-group", ""),
    ("allowed_networks", "--allow-network", ""),
    ("client_uri", "--client-uri", ""),
    ("policy_uri", "--policy-uri", ""),
    ("tos_uri", "--tos-uri", ""),
    ("color", "--color", ""),
];

/// The refusal with the flag in the place of the member.
pub(super) fn said(failure: Failure) -> Failure {
    let Failure::Problem(problem) = failure else { return failure };
    match flag_of(&problem) {
        Some(((_, flag, mend), detail)) => Failure::refused(format!("{flag}: {detail}{mend}")),
        None => Failure::Problem(problem),
    }
}

fn flag_of(problem: &Problem) -> Option<(Flag, &str)> {
    let FieldProblem { detail, pointer, .. } = problem.errors.first()?;
    let member = pointer.as_deref()?.strip_prefix('/')?.split('/').next()?;
    let flag = FLAGS.into_iter().find(|(name, ..)| *name == member)?;
    Some((flag, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_a_member_names_its_flag() {
        let refused = |member| said(Problem::member(member, "is wrong").into()).to_string();
        assert_eq!(refused("redirect_uris/1"), "--redirect-uri: is wrong");
        assert_eq!(refused("client_name"), "--name: is wrong");
        assert_eq!(refused("client_id"), "client_id: is wrong");
        assert_eq!(said(Problem::not_found("gone").into()).to_string(), "gone");
    }
}
