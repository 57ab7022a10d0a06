//! Why an answer is a refusal, for the log and the figures. The other side sees nothing of it.

use actix_web::HttpResponse;
use std::borrow::Cow;

use crate::metrics::Refusal;

/// Has the answer say why: what the other side was told, and what only the log is told, in words of the code.
pub fn stamp_refusal(
    response: &mut HttpResponse,
    error: impl Into<Cow<'static, str>>,
    cause: Option<&'static str>,
) {
    let cause = cause.unwrap_or(Refusal::NO_CAUSE);
    response.extensions_mut().insert(Refusal { error: error.into(), cause });
}
