//! The page where a person changes their password.

use super::account::{DONE, PARTLY};
use super::{Look, PageState, state};
use idp_core::password::policy::Weakness;
use idp_server::page::{
    NewPasswordField, NewPasswordProblem, OldPasswordProblem, PasswordPage, Receipt, TypedText,
};

pub(super) fn states() -> Vec<PageState> {
    let throttled = OldPasswordProblem::Throttled { retry_after_seconds: 130 };
    let busy = OldPasswordProblem::Busy { retry_after_seconds: 2 };
    let weak = NewPasswordProblem::Weak;
    vec![
        state("password", |look| password(look, None, None)),
        state("password-missing", |look| password(look, Some(OldPasswordProblem::Missing), None)),
        state("password-missing-both", |look| {
            password(look, Some(OldPasswordProblem::Missing), Some(NewPasswordProblem::Missing))
        }),
        state("password-missing-new", |look| password(look, None, Some(NewPasswordProblem::Missing))),
        state("password-busy", move |look| password(look, Some(busy), None)),
        state("password-too-long", |look| password(look, None, Some(NewPasswordProblem::TooLong))),
        state("password-name", move |look| password(look, None, Some(weak(Weakness::Name)))),
        state("password-pattern", move |look| password(look, None, Some(weak(Weakness::Pattern)))),
        state("password-wrong", |look| password(look, Some(OldPasswordProblem::Wrong), None)),
        state("password-throttled", move |look| password(look, Some(throttled), None)),
        state("password-same", |look| password(look, None, Some(NewPasswordProblem::Same))),
        state("password-short", move |look| {
            password(look, None, Some(weak(Weakness::TooShort { minimum: 15 })))
        }),
        state("password-common", move |look| password(look, None, Some(weak(Weakness::Common)))),
        state("password-leaked", move |look| password(look, None, Some(weak(Weakness::Leaked)))),
        state("password-changed", |look| PasswordPage { receipt: Some(DONE), ..password(look, None, None) }),
        state("password-changed-partly", |look| PasswordPage {
            receipt: Some(PARTLY),
            ..password(look, None, None)
        }),
        state("password-changed-alone", |look| PasswordPage {
            receipt: Some(Receipt { devices: 0, sites: 0, confirmed: 0, took_ms: 0, at_most: 0 }),
            ..password(look, None, None)
        }),
    ]
}

fn password(
    look: &Look,
    old: Option<OldPasswordProblem>,
    problem: Option<NewPasswordProblem>,
) -> PasswordPage<'static> {
    PasswordPage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        username: TypedText::new(&look.text("alice")),
        receipt: None,
        old,
        new: NewPasswordField { minimum: 15, problem },
        request_id: look.request_id(),
    }
}
