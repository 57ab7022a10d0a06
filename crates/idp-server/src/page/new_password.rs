//! The field for a new password, the same on every page that has one: what is asked of it, advice while it is typed, and
//! why the one that came was not taken. The words name what is weak, and never whose else it is.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use idp_core::password::policy::Weakness;

use super::{Layout, Page, PageSecurity, assets, respond};

/// The field: `partial/new_password.html`.
#[derive(Debug, Clone, Copy)]
pub struct NewPasswordField {
    /// Fewest characters.
    pub minimum: usize,
    /// Why the one that came was not taken.
    pub problem: Option<NewPasswordProblem>,
}

/// Why a new password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewPasswordProblem {
    /// None was typed.
    Missing,
    /// Longer than any password may be.
    TooLong,
    /// It is the one that the person has.
    Same,
    /// The policy refuses it.
    Weak(Weakness),
}

impl NewPasswordField {
    /// What is asked of it, under the field.
    pub(super) fn hint(self, layout: &Layout) -> String {
        layout.language.say_with("new-password-hint", &[("minimum", self.minimum.into())])
    }

    /// What is wrong with the one that came.
    pub(super) fn problem(self, layout: &Layout) -> Option<Cow<'static, str>> {
        Some(match self.problem? {
            NewPasswordProblem::Missing => layout.say("new-password-missing"),
            NewPasswordProblem::TooLong => layout.say("new-password-too-long"),
            NewPasswordProblem::Same => layout.say("new-password-same"),
            NewPasswordProblem::Weak(weakness) => advice(weakness, layout),
        })
    }

    /// The same for the top of a page, which may have been too busy to look at it.
    pub(super) fn problem_or_wait(self, busy: Option<u64>, layout: &Layout) -> Option<Cow<'static, str>> {
        let Some(seconds) = busy else { return self.problem(layout) };
        let time = layout.language.waiting_time(seconds);
        Some(layout.language.say_with("password-busy", &[("time", time.into())]).into())
    }

    /// The page that has the field, with the status and `Retry-After` of its problem; 200 without one.
    pub(super) fn respond<P: Page>(
        self,
        page: &P,
        busy: Option<u64>,
        security: &PageSecurity,
    ) -> HttpResponse {
        let status = match (busy, self.problem) {
            (Some(_), _) => StatusCode::SERVICE_UNAVAILABLE,
            (None, Some(NewPasswordProblem::TooLong)) => StatusCode::BAD_REQUEST,
            (None, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, None) => StatusCode::OK,
        };
        let mut response = respond(page, status, security);
        if let Some(seconds) = busy {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// The script that comments on what is typed.
    pub(super) fn script(self) -> &'static str {
        assets::strength_script().url()
    }
}

fn advice(weakness: Weakness, layout: &Layout) -> Cow<'static, str> {
    match weakness {
        Weakness::TooShort { minimum } => {
            layout.language.say_with("new-password-too-short", &[("minimum", minimum.into())]).into()
        }
        Weakness::Name => layout.say("new-password-name"),
        Weakness::Common => layout.say("new-password-common"),
        Weakness::Pattern => layout.say("new-password-pattern"),
        Weakness::Leaked => layout.say("new-password-leaked"),
    }
}
