//! The pages of what did not work.

use super::{Look, PageState, state};
use idp_server::page::{DisplayText, ErrorPage, PageError};

pub(super) fn states() -> Vec<PageState> {
    vec![
        state("error-request", |look| error(look, wrong_redirect(look))),
        state("error-malformed", |look| error(look, PageError::Malformed)),
        state("error-forbidden", |look| error(look, PageError::Forbidden)),
        state("error-other-browser", |look| {
            error(look, PageError::OtherBrowser { way_on: "/login?tx=sample".to_owned() })
        }),
        state("error-client-gone", |look| error(look, PageError::ClientGone)),
        state("error-not-found", |look| error(look, PageError::NotFound)),
        state("error-method", |look| error(look, PageError::MethodNotAllowed)),
        state("error-too-large", |look| error(look, PageError::TooLarge)),
        state("error-throttled", |look| error(look, PageError::Throttled { retry_after_seconds: Some(600) })),
        state("error-busy", |look| error(look, PageError::Busy { retry_after_seconds: None })),
        state("error-internal", |look| error(look, PageError::Internal)),
    ]
}

fn wrong_redirect(look: &Look) -> PageError {
    PageError::Request {
        code: "invalid_request",
        parameter: Some(DisplayText::name(&look.text("redirect_uri"))),
        reason: DisplayText::reason(
            &look.text(format!("https://{}/callback is not registered for this client", look.names.host)),
        ),
    }
}

fn error(look: &Look, error: PageError) -> ErrorPage<'static> {
    ErrorPage { layout: look.layout(), error, request_id: look.request_id() }
}
