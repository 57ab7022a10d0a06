//! Why an answer is a refusal, for the log and the figures. The other side sees nothing of it.

use std::borrow::Cow;

use actix_web::HttpResponse;
use idp_core::{
    client_authentication,
    error::ErrorCode,
    grant::{authorization_code::CodeRefusal, refresh_token::RefreshRefusal},
    scim::ScimType,
};

use super::{login::LoginError, second_step::SecondStepError};
use crate::metrics::Refusal;

/// What a form of the sign-in is refused as.
pub(super) const SIGN_IN: &str = "sign_in";
/// What a form of the second step is.
pub(super) const SECOND_STEP: &str = "second_step";
/// What a request of a provisioning system is.
pub const SCIM: &str = "scim";

/// Has the answer say why: what the other side was told, and what only the log is told, in words of the code.
pub fn stamp_refusal(
    response: &mut HttpResponse,
    error: impl Into<Cow<'static, str>>,
    cause: Option<&'static str>,
) {
    let cause = cause.unwrap_or(Refusal::NO_CAUSE);
    response.extensions_mut().insert(Refusal { error: error.into(), cause });
}

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
