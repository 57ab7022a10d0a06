//! The flags that say what sites may be told of a person: standard claims (OpenID Connect Core 5.1), the same for `user
//! add` and `user set`. Each flag is a change of its own; two that contradict each other are refused.

use clap::Args;
use idp_core::user::{ClaimsChange, MalformedClaim, UnfitClaim, settable};

use crate::cli::failure::Failure;

#[derive(Args, Debug)]
pub(super) struct ClaimFlags {
    /// The name that sites are told
    #[arg(long, value_parser = |text: &str| set("name", text))]
    name: Option<ClaimsChange>,
    /// One claim that sites are told, such as locale=de or address.country=Germany; may be repeated
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = name_and_value)]
    single_claims: Vec<ClaimsChange>,
    /// Several claims as a JSON object, such as '{"locale":"de"}'; null removes one
    #[arg(long = "claims", value_name = "JSON", value_parser = json)]
    claims_object: Option<ClaimsChange>,
}

#[derive(Args, Debug)]
pub(super) struct RemovedClaims {
    /// One claim that sites are told no more, such as locale or address.country; may be repeated
    #[arg(long = "remove-claim", value_name = "NAME", value_parser = remove)]
    removed_claims: Vec<ClaimsChange>,
}

impl ClaimFlags {
    /// All of them as one change.
    pub(super) fn change(self) -> Result<ClaimsChange, MalformedClaim> {
        let changes = [self.name, self.claims_object].into_iter().flatten();
        joined(changes.chain(self.single_claims))
    }
}

impl RemovedClaims {
    pub(super) fn change(self) -> Result<ClaimsChange, MalformedClaim> {
        joined(self.removed_claims)
    }
}

fn joined(changes: impl IntoIterator<Item = ClaimsChange>) -> Result<ClaimsChange, MalformedClaim> {
    changes.into_iter().try_fold(ClaimsChange::default(), ClaimsChange::and)
}

/// A JSON object as a change.
pub(in crate::cli) fn json(text: &str) -> Result<ClaimsChange, String> {
    ClaimsChange::parse(text).map_err(|problems| problems.iter().map(message).collect::<Vec<_>>().join("; "))
}

fn name_and_value(text: &str) -> Result<ClaimsChange, String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as locale=de")?;
    set(name, value)
}

fn set(name: &str, value: &str) -> Result<ClaimsChange, String> {
    ClaimsChange::set(name, value).map_err(|problem| match &problem {
        MalformedClaim::Type(name, "a JSON object") => {
            format!("{name} has members: set one, such as {name}.country=Germany, or use --claims")
        }
        problem => message(problem),
    })
}

fn remove(name: &str) -> Result<ClaimsChange, String> {
    ClaimsChange::remove(name).map_err(|problem| message(&problem))
}

/// What is wrong, with the claim that was probably meant.
fn message(problem: &MalformedClaim) -> String {
    match problem {
        MalformedClaim::Unknown(name) => format!("{problem}{}", did_you_mean(name)),
        MalformedClaim::Kept(name) => format!("{problem}{}", home_of(name)),
        problem => problem.to_string(),
    }
}

/// Where a claim comes from that is kept.
fn home_of(name: &str) -> &'static str {
    match name {
        "email" | "email_verified" => ": it is that of the primary e-mail address",
        "preferred_username" => ": it is the username",
        _ => "",
    }
}

/// What is wrong with claims that do not fit together, with the flag that mends it.
pub(super) fn unfit(claim: UnfitClaim) -> Failure {
    match claim {
        UnfitClaim::VerifiesNothing(..) => {
            Failure::refused(format!("{claim}; give --claim phone_number=... as well"))
        }
        claim => Failure::refused(claim),
    }
}

fn did_you_mean(name: &str) -> String {
    settable()
        .map(|claim| (strsim::jaro_winkler(claim, name), claim))
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .filter(|(similarity, _)| *similarity > 0.8 && !name.contains('.'))
        .map_or_else(String::new, |(_, claim)| format!("; did you mean {claim}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b10_each_claim_of_the_wrong_type_is_named_with_the_right_one() {
        for (text, message) in [
            (r#"{"address":"1 High Street"}"#, "address must be a JSON object"),
            (r#"{"address":{"locality":5}}"#, "address.locality must be a string"),
            (r#"{"address":{"zip":"1"}}"#, "address.zip is not a standard claim"),
            (r#"{"address":[]}"#, "address must be a JSON object"),
            (r#"{"phone_number_verified":"yes"}"#, "phone_number_verified must be true or false"),
            (r#"{"name":true}"#, "name must be a string"),
            (r#"{"locale":{}}"#, "locale must be a string"),
            (r#"{"locael":"de"}"#, "locael is not a standard claim; did you mean locale?"),
            (
                r#"{"email":"a@example.com"}"#,
                "email is kept by the provider and cannot be set: it is that of the primary e-mail address",
            ),
            (
                r#"{"preferred_username":"a"}"#,
                "preferred_username is kept by the provider and cannot be set: it is the username",
            ),
            (r#"{"sub":"1"}"#, "sub is kept by the provider and cannot be set"),
            (r#"{"name":1,"locale":2}"#, "locale must be a string; name must be a string"),
            (r#"["name"]"#, "must be a JSON object, such as {\"locale\":\"de\"}"),
        ] {
            assert_eq!(json(text), Err(message.to_owned()), "{text}");
        }
        for text in ["", "{", "{name:1}", "name"] {
            assert!(json(text).is_err_and(|message| message.starts_with("not JSON: ")), "{text}");
        }
    }

    #[test]
    fn b10_a_claim_on_the_command_line_is_named_with_the_mend() {
        for (text, message) in [
            ("locale", "write NAME=VALUE, such as locale=de"),
            ("local=de", "local is not a standard claim; did you mean locale?"),
            ("phone_number_verified=1", "phone_number_verified must be true or false"),
            (
                "address=Paris",
                "address has members: set one, such as address.country=Germany, or use --claims",
            ),
        ] {
            assert_eq!(name_and_value(text), Err(message.to_owned()), "{text}");
        }
        assert_eq!(name_and_value("name=a=b"), ClaimsChange::set("name", "a=b").map_err(|_| String::new()));
        assert_eq!(remove("locael"), Err("locael is not a standard claim; did you mean locale?".to_owned()));
    }
}
