//! "Your picture": chooses a file, and removes what was chosen. Also where pictures are found.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use idp_core::discovery::path;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use super::{DisplayText, FormSeal, Layout, Page, PageSecurity, Part, action, respond};

/// Seconds after which trying again makes sense.
const RETRY_SECONDS: u64 = 10;

/// Where the picture of a person is, on this server.
#[derive(Debug, Clone)]
pub struct PictureLink(String);

impl PictureLink {
    /// The picture of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(format!("{}/{name}", path::PICTURES))
    }

    /// The path of the small one.
    #[must_use]
    pub fn small(&self) -> String {
        format!("{}/small", self.0)
    }

    /// The path of the large one.
    #[must_use]
    pub fn large(&self) -> String {
        self.0.clone()
    }
}

/// Asks for a file.
#[derive(Debug, Template)]
#[template(path = "picture.html")]
pub struct PicturePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the forms go and what binds them.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// Its picture.
    pub picture: Option<PictureLink>,
    /// Whether sites are told of one that is kept elsewhere.
    pub is_of_elsewhere: bool,
    /// What was done a moment ago.
    pub receipt: Option<PictureReceipt>,
    /// Why a file was not taken.
    pub problem: Option<PictureProblem>,
}

impl Page for PicturePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureReceipt {
    /// There is another picture.
    Set,
    /// There is none any more.
    Removed,
}

/// Why a file was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureProblem {
    /// None was chosen.
    Missing,
    /// It is no picture, or of a kind that is not taken.
    Unreadable,
    /// It has too many bytes or pixels.
    TooLarge,
    /// Others are being read.
    Busy,
    /// The person has sent many.
    Throttled {
        /// Seconds until the next one is looked at.
        retry_after_seconds: u64,
    },
}

impl PicturePage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let mut response = respond(self, self.status(), &PageSecurity::own_forms());
        if let Some(seconds) = self.retry_after_seconds() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    const fn status(&self) -> StatusCode {
        match self.problem {
            None => StatusCode::OK,
            Some(PictureProblem::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Some(PictureProblem::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Some(PictureProblem::Missing | PictureProblem::Unreadable) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(PictureProblem::Throttled { .. }) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    const fn retry_after_seconds(&self) -> Option<u64> {
        match self.problem {
            Some(PictureProblem::Busy) => Some(RETRY_SECONDS),
            Some(PictureProblem::Throttled { retry_after_seconds }) => Some(retry_after_seconds),
            _ => None,
        }
    }

    fn title(&self) -> Cow<'static, str> {
        self.layout.say(if self.problem.is_some() { "picture-title-with-error" } else { "picture-title" })
    }

    fn problem_words(&self) -> Option<Cow<'static, str>> {
        Some(self.layout.say(match self.problem? {
            PictureProblem::Missing => "picture-missing",
            PictureProblem::Unreadable => "picture-unreadable",
            PictureProblem::TooLarge => "picture-too-large",
            PictureProblem::Busy => "picture-busy",
            PictureProblem::Throttled { retry_after_seconds } => {
                let time = self.layout.language.waiting_time(retry_after_seconds);
                let values = [("time", time.into())];
                return Some(self.layout.language.say_with("picture-throttled", &values).into());
            }
        }))
    }

    fn receipt_words(&self) -> Option<Cow<'static, str>> {
        Some(self.layout.say(match self.receipt? {
            PictureReceipt::Set => "picture-set",
            PictureReceipt::Removed => "picture-removed",
        }))
    }

    const fn has_one(&self) -> bool {
        self.picture.is_some() || self.is_of_elsewhere
    }
}
