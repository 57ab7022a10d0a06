//! Why an answer is a refusal, for the log and the figures. The other side sees nothing of it.

use std::borrow::Cow;

use actix_web::HttpResponse;

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
