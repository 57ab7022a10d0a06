//! Counts what was tried and what came of it, for the operator's figures. Nothing is decided here.

use crate::http::request::BrowserRequest;
use crate::metrics::{FactorOutcome, SignInMethod, SignInOutcome};
use crate::page::{LoginError, SecondStepError};
use idp_core::authentication::Factor;

/// A factor was tried, and this came of it.
pub fn tried(request: &BrowserRequest, factor: Factor, outcome: FactorOutcome) {
    request.app.metrics.factors.add(factor, outcome);
}

/// A factor was tried and not accepted; where nothing was tried, nothing is counted.
pub fn not_accepted(request: &BrowserRequest, factor: Factor, error: LoginError) {
    if let Some(outcome) = outcome_of(error) {
        tried(request, factor, outcome);
    }
}

/// The same of a second step.
pub fn second_not_accepted(request: &BrowserRequest, factor: Factor, error: SecondStepError) {
    match error {
        SecondStepError::WrongCode | SecondStepError::SpentCode | SecondStepError::PasskeyRefused => {
            tried(request, factor, FactorOutcome::Refused);
        }
        SecondStepError::LinkOver => tried(request, factor, FactorOutcome::Refused),
        SecondStepError::Throttled { .. } => tried(request, factor, FactorOutcome::Throttled),
        SecondStepError::Busy { .. } => tried(request, factor, FactorOutcome::Busy),
        SecondStepError::MissingCode
        | SecondStepError::MalformedCode
        | SecondStepError::Unchecked
        | SecondStepError::PasskeyMissing
        | SecondStepError::NoLink
        | SecondStepError::ManyLetters { .. } => {}
    }
}

/// A person signed in.
pub fn signed_in(request: &BrowserRequest, method: SignInMethod) {
    request.app.metrics.sign_ins.add(method, SignInOutcome::SignedIn);
}

/// A sign-in ended at its first proof; where nothing was tried, nothing is counted.
pub fn not_signed_in(request: &BrowserRequest, method: SignInMethod, error: LoginError) {
    let outcome = match outcome_of(error) {
        Some(FactorOutcome::Throttled) => SignInOutcome::Throttled,
        Some(FactorOutcome::Busy) => SignInOutcome::Busy,
        Some(FactorOutcome::Refused | FactorOutcome::Accepted) => SignInOutcome::Refused,
        None => return,
    };
    request.app.metrics.sign_ins.add(method, outcome);
}

const fn outcome_of(error: LoginError) -> Option<FactorOutcome> {
    match error {
        LoginError::WrongCredentials | LoginError::PasswordExpired | LoginError::PasskeyRefused => {
            Some(FactorOutcome::Refused)
        }
        LoginError::Throttled { .. } | LoginError::AskedForWork { .. } => Some(FactorOutcome::Throttled),
        LoginError::Busy { .. } => Some(FactorOutcome::Busy),
        LoginError::MissingUsername
        | LoginError::MissingPassword
        | LoginError::MissingBoth
        | LoginError::PasskeyMissing
        | LoginError::Expired
        | LoginError::OnceMore
        | LoginError::NoCookies
        | LoginError::WrongAddress => None,
    }
}
