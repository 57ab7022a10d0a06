//! The pages of links in letters: asking for one, what one opens, and one that opens nothing.

use super::{Look, PageState, state};
use idp_core::device::DeviceKind;
use idp_core::password::policy::Weakness;
use idp_server::page::{
    DisplayText, LetterFormError, LetterFormPage, LetterLeadsTo, LetterSentPage, NewPasswordField,
    NewPasswordProblem, NotMePage, NotMeState, ResetPasswordPage, TypedText, VerifyAddressPage,
    VerifyAddressState, VoidLink, VoidLinkPage,
};

pub(super) fn states() -> Vec<PageState> {
    let throttled = LetterFormError::Throttled { retry_after_seconds: 130 };
    vec![
        state("forgot-password", |look| forgot(look, None)),
        state("forgot-password-missing", |look| forgot(look, Some(LetterFormError::Missing))),
        state("forgot-password-once-more", |look| forgot(look, Some(LetterFormError::OnceMore))),
        state("forgot-password-throttled", move |look| forgot(look, Some(throttled))),
        state("forgot-password-busy", |look| {
            forgot(look, Some(LetterFormError::Busy { retry_after_seconds: 2 }))
        }),
        state("forgot-password-sent", |look| LetterSentPage {
            layout: look.layout(),
            to: LetterLeadsTo::NewPassword,
            name: look.account(),
            again: "/forgot-password?tx=sample",
            back: "/login?tx=sample",
        }),
        state("reset-password", |look| reset(look, None)),
        state("reset-password-missing", |look| reset(look, Some(NewPasswordProblem::Missing))),
        state("reset-password-common", |look| reset(look, Some(NewPasswordProblem::Weak(Weakness::Common)))),
        state("reset-password-busy", |look| ResetPasswordPage { busy: Some(3), ..reset(look, None) }),
        state("verify-address", |look| verify(look, VerifyAddressState::Asks)),
        state("verify-address-done", |look| verify(look, VerifyAddressState::Done)),
        state("verify-address-taken", |look| verify(look, VerifyAddressState::Taken)),
        state("void-link-password", |look| void(look, VoidLink::OfPassword)),
        state("void-link-address", |look| VoidLinkPage { sign_in: None, ..void(look, VoidLink::OfAddress) }),
        state("not-me-sign-in", |look| NotMePage {
            password: None,
            ..not_me(look, NotMeState::SignIn(vec![look.device(DeviceKind::Computer)]))
        }),
        state("not-me-change", |look| NotMePage { password: None, ..not_me(look, NotMeState::Change) }),
        state("not-me-past", |look| NotMePage { password: None, ..not_me(look, NotMeState::PastSignIn) }),
        state("not-me-ended", |look| not_me(look, NotMeState::Ended)),
        state("not-me-over", |look| not_me(look, NotMeState::Over)),
        state("not-me-void", |look| {
            let (again, sign_in) = (Some("/forgot-password"), Some("/account/secure"));
            VoidLinkPage { again, sign_in, ..void(look, VoidLink::OfNotMe) }
        }),
        state("void-link-second-step", |look| VoidLinkPage {
            again: None,
            ..void(look, VoidLink::OfSecondStep)
        }),
        state("link-elsewhere", |look| {
            let issuer = look.issuer();
            VoidLinkPage { again: None, sign_in: None, ..void(look, VoidLink::Elsewhere(issuer)) }
        }),
    ]
}

fn forgot(look: &Look, error: Option<LetterFormError>) -> LetterFormPage<'static> {
    let is_missing = error == Some(LetterFormError::Missing);
    let username = if is_missing { TypedText::default() } else { TypedText::new(look.names.account) };
    LetterFormPage {
        layout: look.layout(),
        to: LetterLeadsTo::NewPassword,
        client: None,
        seal: look.seal(),
        typed: username,
        error,
        back: "/login?tx=sample",
        request_id: look.request_id(),
    }
}

fn reset(look: &Look, problem: Option<NewPasswordProblem>) -> ResetPasswordPage<'static> {
    ResetPasswordPage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        username: TypedText::new(look.names.account),
        new: NewPasswordField { minimum: 15, problem },
        busy: None,
        request_id: look.request_id(),
    }
}

fn verify(look: &Look, state: VerifyAddressState) -> VerifyAddressPage<'static> {
    VerifyAddressPage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        address: DisplayText::name(&address(look)),
        state,
    }
}

pub(super) fn void(look: &Look, cause: VoidLink) -> VoidLinkPage<'static> {
    let (again, sign_in) = (Some("/forgot-password"), Some("/login"));
    VoidLinkPage { layout: look.layout(), cause, again, sign_in }
}

fn not_me(look: &Look, state: NotMeState) -> NotMePage<'static> {
    NotMePage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        state,
        password: Some("/forgot-password?tx=sample"),
    }
}

/// An address as long as the names of this look.
pub(super) fn address(look: &Look) -> String {
    let account = look.names.account.split('@').next().unwrap_or_default();
    look.text(format!("{account}@{}", look.names.host)).into_owned()
}
