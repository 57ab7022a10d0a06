//! What a look found.

use serde_json::{Value, json};

use crate::cli::failure::Failure;

/// One thing that was looked at, and what was found.
pub(in crate::cli) struct Finding {
    /// What was looked at, in a word.
    pub(in crate::cli) check: &'static str,
    /// What was found.
    pub(in crate::cli) outcome: Outcome,
    /// What to do about it, where the outcome does not say so itself.
    pub(in crate::cli) mend: Option<String>,
}

/// How it stands.
pub(in crate::cli) enum Outcome {
    /// As it should be.
    Well(String),
    /// Worth knowing.
    Note(String),
    /// Wrong.
    Fault(Failure),
}

impl Finding {
    pub(in crate::cli) fn well(check: &'static str, words: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::Well(words.into()), mend: None }
    }

    pub(in crate::cli) fn note(check: &'static str, words: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::Note(words.into()), mend: None }
    }

    pub(in crate::cli) fn fault(check: &'static str, fault: impl Into<Failure>) -> Self {
        Self { check, outcome: Outcome::Fault(fault.into()), mend: None }
    }

    /// Something outside is not as it should be; it may be by itself a moment later.
    pub(in crate::cli) fn failed(check: &'static str, words: impl Into<String>) -> Self {
        Self::fault(check, Failure::Failed(anyhow::Error::msg(words.into())))
    }

    /// The configuration, or something that it names, is not as it should be, and stays so.
    pub(in crate::cli) fn unusable(check: &'static str, words: impl Into<String>) -> Self {
        Self::fault(check, Failure::Unusable(anyhow::Error::msg(words.into())))
    }

    /// With what to do about it.
    pub(in crate::cli) fn mended_by(self, mend: impl Into<String>) -> Self {
        Self { mend: Some(mend.into()), ..self }
    }

    pub(in crate::cli) const fn is_fault(&self) -> bool {
        self.as_fault().is_some()
    }

    /// What is wrong, if something is.
    pub(in crate::cli) const fn as_fault(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Fault(fault) => Some(fault),
            Outcome::Well(_) | Outcome::Note(_) => None,
        }
    }

    /// The word for scripts.
    pub(in crate::cli) const fn level(&self) -> &'static str {
        match self.outcome {
            Outcome::Well(_) => "ok",
            Outcome::Note(_) => "note",
            Outcome::Fault(_) => "fault",
        }
    }

    /// What was found, in one line.
    pub(in crate::cli) fn words(&self) -> String {
        let words = match &self.outcome {
            Outcome::Well(words) | Outcome::Note(words) => words.clone(),
            Outcome::Fault(fault) => fault.to_string(),
        };
        one_line(&words)
    }

    /// The line of it.
    pub(in crate::cli) fn line(&self) -> String {
        let (level, check, words) = (self.level(), self.check, self.words());
        match &self.mend {
            Some(mend) => format!("{level:<5}  {check}: {words}. To mend it: {mend}"),
            None => format!("{level:<5}  {check}: {words}"),
        }
    }

    /// The same for scripts.
    pub(in crate::cli) fn value(&self) -> Value {
        let code = self.as_fault().map(Failure::code);
        json!({ "check": self.check, "level": self.level(), "what": self.words(), "mend": self.mend, "code": code })
    }
}

/// The same words on one line.
pub(in crate::cli) fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// These words as the failure of a command, which ends as the worst of the faults does; `None` without a fault.
pub(in crate::cli) fn worst<'a>(
    faults: impl IntoIterator<Item = &'a Failure>,
    words: String,
) -> Option<Failure> {
    let code = faults.into_iter().map(Failure::code).max()?;
    let all = anyhow::Error::msg(words);
    Some(if code > 1 { Failure::Unusable(all) } else { Failure::Failed(all) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_and_says_what_to_do() {
        let fault = Finding::failed("redis", "it does not\nanswer").mended_by("start it");
        assert_eq!(fault.line(), "fault  redis: it does not answer. To mend it: start it");
        assert_eq!(fault.value()["code"], 1);
        assert_eq!(Finding::note("clock", "who knows").line(), "note   clock: who knows");
        assert_eq!(Finding::well("clock", "right").value()["level"], "ok");
    }

    #[test]
    fn a_command_ends_as_the_worst_fault() {
        let code = |faults: &[Failure]| worst(faults, "all".to_owned()).map(|failure| failure.code());
        let failed = || Failure::Failed(anyhow::anyhow!("one"));
        let unusable = || Failure::Unusable(anyhow::anyhow!("three"));
        assert_eq!(code(&[]), None);
        assert_eq!(code(&[failed()]), Some(1));
        assert_eq!(code(&[failed(), unusable(), failed()]), Some(3));
    }
}
