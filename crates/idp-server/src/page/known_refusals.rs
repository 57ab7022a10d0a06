//! The refusals whose causes the code knows beforehand, from the types that own the words.

use idp_core::{
    client_authentication,
    error::ErrorCode,
    grant::{authorization_code::CodeRefusal, refresh_token::RefreshRefusal},
    scim::ScimType,
};

use super::{
    login::LoginError,
    refusal::{SCIM, SECOND_STEP, SIGN_IN},
    second_step::SecondStepError,
};
use crate::metrics::Refusal;

/// Every refusal that has a cause: what alerts are about. Their counters are there before the first one.
#[must_use]
pub fn refusals_with_a_cause() -> Vec<Refusal> {
    let (grant, client) = (ErrorCode::InvalidGrant.as_str(), ErrorCode::InvalidClient.as_str());
    let of_grants = RefreshRefusal::EVERY.map(RefreshRefusal::word);
    let of_codes = CodeRefusal::EVERY.each_ref().map(CodeRefusal::word);
    let causes = of_grants.into_iter().chain(of_codes).map(|cause| (grant, cause));
    let causes = causes
        .chain(client_authentication::CAUSES.map(|cause| (client, cause)))
        .chain(LoginError::EVERY.map(|error| (SIGN_IN, error.word())))
        .chain(SecondStepError::EVERY.map(|error| (SECOND_STEP, error.word())))
        .chain(ScimType::EVERY.map(|kind| (SCIM, kind.as_str())));
    causes.map(|(error, cause)| Refusal { error: error.into(), cause }).collect()
}
