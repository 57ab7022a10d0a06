//! Why no certificate was issued, in words that an operator reads.

use instant_acme::{Error, Problem};

use crate::error_chain::Chain;

/// As much of what an authority says is kept.
const LONGEST: usize = 500;
/// RFC 8555 6.7: the account is not known any more.
const NO_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";
/// RFC 8555 6.6: too many requests.
const RATE_LIMITED: &str = "urn:ietf:params:acme:error:rateLimited";
/// The authority has no renewal information, so an order cannot say what it replaces.
const NO_RENEWAL_INFORMATION: &str = "idp:noRenewalInformation";

/// Why no certificate was issued.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("{words}")]
pub struct NotIssued {
    words: String,
    /// Whether the authority looked for an answer to its challenge, or had all it needs: it counts such failures, and takes few.
    pub is_counted: bool,
    /// How many seconds it asked to wait.
    pub wait: Option<i64>,
    kind: Option<String>,
}

impl NotIssued {
    pub(super) fn new(error: Error, is_counted: bool, wait: Option<i64>) -> Self {
        match error {
            Error::Api(problem) => Self::of_problem(&problem, is_counted, wait),
            error @ Error::Unsupported(_) => {
                let kind = Some(NO_RENEWAL_INFORMATION.to_owned());
                Self { words: cut(&error.to_string()), is_counted, wait, kind }
            }
            error => Self { words: cut(&Chain(&error).to_string()), is_counted, wait, kind: None },
        }
    }

    /// What the authority says of itself (RFC 8555 6.7), with what it says of each name.
    pub(super) fn of_problem(problem: &Problem, is_counted: bool, wait: Option<i64>) -> Self {
        let words = cut(&format!("the certificate authority says: {problem}"));
        Self { words, is_counted, wait, kind: problem.r#type.clone() }
    }

    /// A failure in words of ours.
    #[must_use]
    pub fn because(words: impl Into<String>, is_counted: bool) -> Self {
        Self { words: cut(&words.into()), is_counted, wait: None, kind: None }
    }

    /// Whether the authority does not know the account.
    #[must_use]
    pub fn is_of_the_account(&self) -> bool {
        self.kind.as_deref() == Some(NO_ACCOUNT)
    }

    /// Whether an order may be taken that does not say which certificate it replaces: that one was replaced already (RFC 9773 5), the
    /// authority does not know it, or takes no such word.
    pub(super) fn may_be_of_the_replaced(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| kind != NO_ACCOUNT && kind != RATE_LIMITED)
    }
}

/// Text of another server goes into the log, the database and a terminal.
fn cut(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn problem(kind: &str, detail: &str) -> Problem {
        serde_json::from_value(serde_json::json!({ "type": kind, "detail": detail })).unwrap()
    }

    #[test]
    fn what_an_authority_says_is_one_short_line() {
        let said = format!("a\0b\nc\u{1b}[31m{}", "x".repeat(5000));
        let failure = NotIssued::new(Error::Api(problem("urn:x", &said)), true, Some(7));
        let words = failure.to_string();
        assert!(words.starts_with("the certificate authority says: "), "{words}");
        assert!(words.contains("a b c [31m") && !words.chars().any(char::is_control), "{words}");
        assert_eq!((words.chars().count(), failure.wait, failure.is_counted), (LONGEST, Some(7), true));
    }

    #[test]
    fn an_account_that_is_gone_is_told_from_other_failures() {
        assert!(NotIssued::new(Error::Api(problem(NO_ACCOUNT, "x")), false, None).is_of_the_account());
        assert!(!NotIssued::new(Error::Api(problem(RATE_LIMITED, "x")), false, None).is_of_the_account());
        assert!(!NotIssued::because(NO_ACCOUNT, false).is_of_the_account());
    }

    #[test]
    fn an_order_is_tried_without_what_it_replaces_where_that_may_be_at_fault() {
        let may = |error| NotIssued::new(error, false, None).may_be_of_the_replaced();
        assert!(may(Error::Api(problem("urn:ietf:params:acme:error:alreadyReplaced", "x"))));
        assert!(may(Error::Api(problem("urn:ietf:params:acme:error:malformed", "x"))));
        assert!(may(Error::Unsupported("ARI")));
        for kind in [NO_ACCOUNT, RATE_LIMITED] {
            assert!(!may(Error::Api(problem(kind, "x"))), "{kind}");
        }
        assert!(!may(Error::Crypto));
    }
}
