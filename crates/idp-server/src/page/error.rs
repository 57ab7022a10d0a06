//! The page for everything that cannot go on: what happened in one sentence, what to do next, an
//! id to ask about, a way back. Never a bare status, and nothing of the cause, which is in the log.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use idp_core::discovery::path;
use std::borrow::Cow;
use std::fmt;

use super::refusal::stamp_refusal;
use super::{DisplayText, Layout, Page, PageSecurity, respond};

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

impl Page for ErrorPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
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
    OtherBrowser {
        /// Where the same request begins anew in this one: a path of ours and its query.
        way_on: String,
    },
    /// The site that asked is not registered any more, or not with that address.
    ClientGone,
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
            Self::Request { .. } | Self::Malformed | Self::ClientGone => StatusCode::BAD_REQUEST,
            Self::Forbidden | Self::OtherBrowser { .. } => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word under which it is counted.
    const fn word(&self) -> &'static str {
        match self {
            Self::Request { code, .. } => code,
            Self::Malformed => "malformed",
            Self::Forbidden => "forbidden",
            Self::OtherBrowser { .. } => "other_browser",
            Self::ClientGone => "client_gone",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "too_large",
            Self::Throttled { .. } => "throttled",
            Self::Busy { .. } => "busy",
            Self::Internal => "internal",
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
        stamp_refusal(&mut response, self.word(), None);
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

    /// What happened, in a few words.
    fn title(&self) -> Cow<'static, str> {
        self.layout.say(said(&self.error).title)
    }

    /// What happened, and what to do next.
    fn lead(&self) -> String {
        let (language, said) = (self.layout.language, said(&self.error));
        let next = match self.error.retry_after_seconds() {
            Some(seconds) => {
                language.say_with("error-wait", &[("time", language.waiting_time(seconds).into())])
            }
            None => language.say(said.next).into_owned(),
        };
        language.sentences(&language.say(said.happened), &next)
    }

    /// Where the person can go on.
    fn way_on(&self) -> Option<&str> {
        match &self.error {
            PageError::OtherBrowser { way_on } => Some(way_on),
            _ => None,
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

/// What is said of one kind of error: the ids of the messages.
struct Said {
    title: &'static str,
    happened: &'static str,
    next: &'static str,
}

/// The three messages of one kind of error begin alike.
macro_rules! said {
    ($kind:literal) => {
        Said {
            title: concat!("error-", $kind, "-title"),
            happened: concat!("error-", $kind, "-happened"),
            next: concat!("error-", $kind, "-next"),
        }
    };
}

const fn said(error: &PageError) -> Said {
    match error {
        PageError::Request { .. } => said!("request"),
        PageError::Malformed => said!("malformed"),
        PageError::Forbidden => said!("forbidden"),
        PageError::OtherBrowser { .. } => said!("other-browser"),
        PageError::ClientGone => said!("client-gone"),
        PageError::NotFound => said!("not-found"),
        PageError::MethodNotAllowed => said!("method"),
        PageError::TooLarge => said!("too-large"),
        PageError::Throttled { .. } => said!("throttled"),
        PageError::Busy { .. } => said!("busy"),
        PageError::Internal => said!("internal"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::words::Language;

    #[test]
    fn an_error_page_names_the_parameter_at_fault_and_the_request() {
        let page = ErrorPage {
            layout: Layout::new("Accounts", Language::english()),
            error: PageError::Request {
                code: "invalid_request",
                parameter: Some(DisplayText::name("redirect_uri")),
                reason: DisplayText::reason("redirect_uri is not registered for this client"),
            },
            request_id: "0199b2c4",
        };
        let html = page.render().unwrap();
        for text in
            ["invalid_request", "<bdi>redirect_uri</bdi>", "is not registered for this client", "0199b2c4"]
        {
            assert!(html.contains(text), "{text}");
        }
    }
}
