//! The page for everything that cannot go on: what happened in one sentence, what to do next, an
//! id to ask about, a way back. Never a bare status, and nothing of the cause, which is in the log.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use std::fmt;

use super::{DisplayText, Language, Layout, PageSecurity, duration_in_english, respond};

/// Says what went wrong.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// What happened.
    pub error: PageError,
    /// Found again in the logs; empty when the request has none.
    pub request_id: &'a str,
}

/// What happened, with what the person may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageError {
    /// A client's request that cannot be answered at the client (RFC 6749 section 4.1.2.1).
    Request {
        /// The error code of the specification, such as `invalid_request`.
        code: &'static str,
        /// The parameter at fault, by its name on the wire.
        parameter: Option<DisplayText>,
        /// Public words for the site's developer; may repeat what the request said.
        reason: DisplayText,
    },
    /// The request makes no sense to the server.
    Malformed,
    /// The form was not sent from our own page in this browser.
    Forbidden,
    /// The step belongs to another browser.
    OtherBrowser,
    /// The step waited for too long and cannot be resumed.
    Expired,
    /// No such page.
    NotFound,
    /// The page exists, but not for this method.
    MethodNotAllowed,
    /// The request has too many bytes.
    TooLarge,
    /// Too many attempts.
    Throttled {
        /// Seconds until the next one is looked at, when known.
        retry_after_seconds: Option<u64>,
    },
    /// The server has no room right now.
    Busy {
        /// Seconds after which trying again makes sense, when known.
        retry_after_seconds: Option<u64>,
    },
    /// Our own fault.
    Internal,
}

impl PageError {
    /// The nearest description of a bare status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND | StatusCode::GONE => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => Self::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled { retry_after_seconds: None },
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy { retry_after_seconds: None },
            status if status.is_server_error() => Self::Internal,
            _ => Self::Malformed,
        }
    }
}

impl PageError {
    /// The status that goes with the page.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Request { .. } | Self::Malformed | Self::Expired => StatusCode::BAD_REQUEST,
            Self::Forbidden | Self::OtherBrowser => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_seconds } | Self::Busy { retry_after_seconds } => {
                *retry_after_seconds
            }
            _ => None,
        }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// The bare status with the error beside it: [`SecurityHeaders`](super::SecurityHeaders), which knows the layout
    /// and the request's id, makes the page.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status());
        if let Some(seconds) = self.retry_after_seconds() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl ErrorPage<'_> {
    /// The page with its status and `Retry-After`.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let mut response = respond(self, self.error.status(), &PageSecurity::own_forms());
        if let Some(seconds) = self.error.retry_after_seconds() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }

    fn said(&self) -> Said {
        let words = self.words();
        match &self.error {
            PageError::Request { .. } => words.request,
            PageError::Malformed => words.malformed,
            PageError::Forbidden => words.forbidden,
            PageError::OtherBrowser => words.other_browser,
            PageError::Expired => words.expired,
            PageError::NotFound => words.not_found,
            PageError::MethodNotAllowed => words.method_not_allowed,
            PageError::TooLarge => words.too_large,
            PageError::Throttled { .. } => words.throttled,
            PageError::Busy { .. } => words.busy,
            PageError::Internal => words.internal,
        }
    }

    fn next_step(&self) -> String {
        match self.error.retry_after_seconds() {
            Some(seconds) => (self.words().wait)(seconds),
            None => self.said().next.to_owned(),
        }
    }

    /// For the support desk: the details of a client's request.
    fn request_facts(&self) -> Option<(&'static str, Option<&DisplayText>, &DisplayText)> {
        match &self.error {
            PageError::Request { code, parameter, reason } => Some((code, parameter.as_ref(), reason)),
            _ => None,
        }
    }
}

/// What is said of one kind of error.
#[derive(Clone, Copy)]
struct Said {
    title: &'static str,
    happened: &'static str,
    next: &'static str,
}

/// All words of the page in one language.
struct Words {
    request: Said,
    malformed: Said,
    forbidden: Said,
    other_browser: Said,
    expired: Said,
    not_found: Said,
    method_not_allowed: Said,
    too_large: Said,
    throttled: Said,
    busy: Said,
    internal: Said,
    wait: fn(u64) -> String,
    error: &'static str,
    parameter: &'static str,
    reason: &'static str,
    request_id: &'static str,
}

static ENGLISH: Words = Words {
    request: Said {
        title: "This sign-in request is not valid",
        happened: "The site that sent you here made a request that cannot be accepted.",
        next: "Go back to the site and try again. If it happens again, tell the people who run it, with the details below.",
    },
    malformed: Said {
        title: "That request was not understood",
        happened: "Something in the address or in the form was not as expected.",
        next: "Go back to the site you came from and start again.",
    },
    forbidden: Said {
        title: "This form could not be accepted",
        happened: "It did not come from a page that this browser has open, so nothing was changed.",
        next: "Go back, reload the page and try again. Cookies must be allowed for this site.",
    },
    other_browser: Said {
        title: "This was started in another browser",
        happened: "For your safety a step can only be finished in the browser where it began.",
        next: "Return to the other browser, or start again here from the site you want to visit.",
    },
    expired: Said {
        title: "This page has expired",
        happened: "It was open for too long, and nothing was changed.",
        next: "Go back to the site you came from and start again.",
    },
    not_found: Said {
        title: "There is no such page",
        happened: "The address may be mistyped, or the page has moved.",
        next: "Check the address, or go back to the site you came from.",
    },
    method_not_allowed: Said {
        title: "This page cannot be opened this way",
        happened: "The address takes another kind of request.",
        next: "Go back to the site you came from and start again.",
    },
    too_large: Said {
        title: "That was too much",
        happened: "The request is larger than this server accepts.",
        next: "Go back and try again with less.",
    },
    throttled: Said {
        title: "Too many attempts",
        happened: "For your safety, further attempts are paused for a while.",
        next: "Wait a few minutes, then try again.",
    },
    busy: Said {
        title: "Very busy right now",
        happened: "There are more requests than can be answered at the moment. Nothing was changed.",
        next: "Wait a moment, then try again.",
    },
    internal: Said {
        title: "Something went wrong",
        happened: "This is a fault on our side, and it has been recorded.",
        next: "Try again. If it happens again, tell the people who run this service the reference below.",
    },
    wait: |seconds| format!("Wait {}, then try again.", duration_in_english(seconds)),
    error: "Error",
    parameter: "Parameter",
    reason: "Reason",
    request_id: "Reference",
};
