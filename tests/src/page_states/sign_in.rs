//! The pages on the way in: the login form, the questions after it, and the answer that a browser carries.

use super::{Look, PageState, state};
use idp_core::authentication::AskedBy;
use idp_core::client::AccessRefusal;
use idp_core::device::DeviceKind;
use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;
use idp_core::web_link::WebLink;
use idp_server::page::{
    AcceptTermsPage, AccessDeniedPage, AskedCode, ChoosePasswordPage, ConsentPage, DisplayText, EnrolPage,
    FormPostPage, LinkUri, LoginError, LoginPage, NewPasswordField, NewPasswordProblem, OpenedSecondStepLink,
    RightAddress, ScopeLine, SecondStepError, SecondStepLinkPage, SecondStepPage, SignOutReason,
    SignedInElsewherePage, TypedText, WorkPuzzle,
};

/// What a page tells the browser of a passkey that is none.
const UNKNOWN: &str = r#"{"rpId":"login.example.com","credentialId":"AAAA"}"#;

pub(super) fn states() -> Vec<PageState> {
    let mut states = logins();
    states.extend([
        state("consent", |look| consent(look, &["openid", "profile", "email"])),
        state("consent-everything", |look| {
            consent(
                look,
                &["openid", "profile", "email", "address", "phone", "offline_access", look.names.scope],
            )
        }),
        state("consent-overdue", |look| ConsentPage {
            is_overdue: true,
            ..consent(look, &["openid", "email"])
        }),
        state("signed-in-elsewhere", |look| elsewhere(look, &[DeviceKind::Phone])),
        state("signed-in-elsewhere-often", |look| elsewhere(look, &DeviceKind::ALL)),
        state("signed-in-elsewhere-alone", |look| SignedInElsewherePage {
            client: None,
            ..elsewhere(look, &[DeviceKind::Computer])
        }),
        state("enrol", |look| enrol(look, AskedBy::Client, None)),
        state("enrol-or-wait", |look| {
            enrol(look, AskedBy::Installation, Some(UnixTime(super::NOW.0 + 864_000)))
        }),
        state("enrol-by-passkey", |look| EnrolPage { add_totp: None, ..enrol(look, AskedBy::Client, None) }),
        state("enrol-alone", |look| EnrolPage {
            client: None,
            add_passkey: None,
            may_cancel: false,
            ..enrol(look, AskedBy::Installation, None)
        }),
        state("choose-password", |look| choose_password(look, None)),
        state("choose-password-missing", |look| choose_password(look, Some(NewPasswordProblem::Missing))),
        state("choose-password-same", |look| choose_password(look, Some(NewPasswordProblem::Same))),
        state("choose-password-busy-alone", |look| ChoosePasswordPage {
            busy: Some(3),
            client: None,
            may_cancel: false,
            ..choose_password(look, None)
        }),
        state("accept-terms", accept_terms),
        state("access-denied", |look| access_denied(look, AccessRefusal::Membership)),
        state("access-denied-network", |look| access_denied(look, AccessRefusal::Network)),
        state("accept-terms-changed", |look| AcceptTermsPage { have_changed: true, ..accept_terms(look) }),
        state("accept-terms-alone", |look| AcceptTermsPage {
            client: None,
            may_delete: false,
            ..accept_terms(look)
        }),
        state("consent-of-a-site-with-pages", |look| ConsentPage {
            client: look.client_with_color(),
            ..consent(look, &["openid", "profile", "email"])
        }),
        state("form-post", form_post),
    ]);
    states
}

fn logins() -> Vec<PageState> {
    vec![
        state("login", login),
        state("login-alone", |look| LoginPage { client: None, may_cancel: false, ..login(look) }),
        state("login-to-a-site-with-a-logo", |look| LoginPage {
            client: Some(look.client_with_logo()),
            ..login(look)
        }),
        state("login-themed", |look| LoginPage {
            layout: look.themed_layout(),
            client: Some(look.client_with_logo()),
            ..failed(look, LoginError::WrongCredentials)
        }),
        state("login-hint", |look| LoginPage { username: TypedText::new(look.names.account), ..login(look) }),
        state("login-missing-username", |look| LoginPage {
            username: TypedText::default(),
            ..failed(look, LoginError::MissingUsername)
        }),
        state("login-missing-password", |look| failed(look, LoginError::MissingPassword)),
        state("login-missing-both", |look| LoginPage {
            username: TypedText::default(),
            ..failed(look, LoginError::MissingBoth)
        }),
        state("login-password-expired", |look| failed(look, LoginError::PasswordExpired)),
        state("login-wrong", |look| failed(look, LoginError::WrongCredentials)),
        state("login-passkey-refused", |look| LoginPage {
            unknown_passkey: Some(look.carried(UNKNOWN).to_owned()),
            ..failed(look, LoginError::PasskeyRefused)
        }),
        state("login-passkey-missing", |look| failed(look, LoginError::PasskeyMissing)),
        state("login-without-passkeys", |look| LoginPage { passkey: None, ..login(look) }),
        state("login-throttled", |look| failed(look, LoginError::Throttled { retry_after_seconds: 130 })),
        state("login-puzzled", |look| LoginPage {
            work: Some(WorkPuzzle {
                sealed: look.carried("sealed").to_owned(),
                puzzle: look.carried("puzzle").to_owned(),
                bits: 8,
            }),
            ..failed(look, LoginError::AskedForWork { retry_after_seconds: 9, bits: 8 })
        }),
        state("login-busy", |look| failed(look, LoginError::Busy { retry_after_seconds: 3 })),
        state("login-expired", |look| failed(look, LoginError::Expired)),
        state("login-once-more", |look| failed(look, LoginError::OnceMore)),
        state("login-no-cookies", |look| misplaced(look, LoginError::NoCookies)),
        state("login-wrong-address", |look| misplaced(look, LoginError::WrongAddress)),
        state("login-confirm", confirm),
        state("login-confirm-wrong", |look| LoginPage {
            error: Some(LoginError::WrongCredentials),
            ..confirm(look)
        }),
        state("login-password-set", |look| LoginPage {
            username: TypedText::new(look.names.account),
            password_was_set: true,
            ..login(look)
        }),
        state("login-with-registration", |look| LoginPage {
            register: Some("/register?tx=sample"),
            ..login(look)
        }),
        state("login-without-reset", |look| LoginPage { forgot: None, ..login(look) }),
        state("login-kicked", |look| departed(look, EndCause::Kicked)),
        state("login-password-changed", |look| departed(look, EndCause::PasswordChanged)),
        state("second-step", |look| second_step(look, None)),
        state("second-step-wrong", |look| second_step(look, Some(SecondStepError::WrongCode))),
        state("second-step-spent", |look| second_step(look, Some(SecondStepError::SpentCode))),
        state("second-step-malformed", |look| second_step(look, Some(SecondStepError::MalformedCode))),
        state("second-step-missing", |look| second_step(look, Some(SecondStepError::MissingCode))),
        state("second-step-either", |look| second_step_by(look, true, None)),
        state("second-step-passkey", |look| second_step_by(look, false, None)),
        state("second-step-passkey-refused", |look| {
            second_step_by(look, false, Some(SecondStepError::PasskeyRefused))
        }),
        state("second-step-passkey-missing", |look| {
            second_step_by(look, true, Some(SecondStepError::PasskeyMissing))
        }),
        state("second-step-throttled", |look| {
            second_step(look, Some(SecondStepError::Throttled { retry_after_seconds: 1790 }))
        }),
        state("second-step-unchecked", |look| second_step(look, Some(SecondStepError::Unchecked))),
        state("second-step-busy", |look| {
            second_step(look, Some(SecondStepError::Busy { retry_after_seconds: 2 }))
        }),
        state("second-step-without-codes", |look| SecondStepPage {
            has_recovery_codes: false,
            ..second_step(look, None)
        }),
        state("recovery-step", |look| recovery_step(look, None)),
        state("recovery-step-without-app", |look| SecondStepPage {
            has_apps: false,
            ..recovery_step(look, None)
        }),
        state("recovery-step-wrong", |look| recovery_step(look, Some(SecondStepError::WrongCode))),
        state("recovery-step-malformed", |look| recovery_step(look, Some(SecondStepError::MalformedCode))),
        state("recovery-step-spent", |look| recovery_step(look, Some(SecondStepError::SpentCode))),
        state("recovery-step-missing", |look| recovery_step(look, Some(SecondStepError::MissingCode))),
        state("second-step-link-offered", |look| SecondStepPage {
            link_to: Some(masked(look)),
            ..second_step_by(look, true, None)
        }),
        state("second-step-link-none", |look| second_step(look, Some(SecondStepError::NoLink))),
        state("second-step-link-many", |look| SecondStepPage {
            link_to: Some(masked(look)),
            ..second_step(look, Some(SecondStepError::ManyLetters { retry_after_seconds: 1190 }))
        }),
        state("link-step", |look| link_step(look, None)),
        state("link-step-wrong", |look| link_step(look, Some(SecondStepError::WrongCode))),
        state("link-step-malformed", |look| link_step(look, Some(SecondStepError::MalformedCode))),
        state("link-step-spent", |look| link_step(look, Some(SecondStepError::SpentCode))),
        state("link-step-missing", |look| link_step(look, Some(SecondStepError::MissingCode))),
        state("link-step-over", |look| link_step(look, Some(SecondStepError::LinkOver))),
        state("link-step-many", |look| {
            link_step(look, Some(SecondStepError::ManyLetters { retry_after_seconds: 1190 }))
        }),
        state("second-step-link-here", |look| SecondStepLinkPage {
            layout: look.layout(),
            account: look.account(),
            opened: OpenedSecondStepLink::Here { seal: look.seal(), client: Some(look.client()) },
        }),
        state("second-step-link-elsewhere", |look| SecondStepLinkPage {
            layout: look.layout(),
            account: look.account(),
            opened: OpenedSecondStepLink::Elsewhere { code: "4711 0815".to_owned().into() },
        }),
    ]
}

fn login(look: &Look) -> LoginPage<'static> {
    LoginPage {
        layout: look.layout(),
        client: Some(look.client()),
        seal: look.seal(),
        username: TypedText::default(),
        error: None,
        work: None,
        request_id: look.request_id(),
        may_cancel: true,
        right_address: None,
        reauthenticate_as: None,
        reason: None,
        forgot: Some("/forgot-password?tx=sample"),
        register: None,
        password_was_set: false,
        passkey: Some(look.asked()),
        unknown_passkey: None,
    }
}

fn failed(look: &Look, error: LoginError) -> LoginPage<'static> {
    LoginPage { username: TypedText::new(look.names.account), error: Some(error), ..login(look) }
}

fn misplaced(look: &Look, error: LoginError) -> LoginPage<'static> {
    let issuer = look.issuer();
    let link = LinkUri::new("https://login.example.com/login?tx=sample");
    LoginPage { right_address: link.map(|link| RightAddress { issuer, link }), ..failed(look, error) }
}

fn confirm(look: &Look) -> LoginPage<'static> {
    LoginPage { reauthenticate_as: Some(TypedText::new(look.names.account)), ..login(look) }
}

fn departed(look: &Look, cause: EndCause) -> LoginPage<'static> {
    let ended = Ended { at: UnixTime(super::NOW.0 - 300), cause };
    LoginPage { reason: Some(SignOutReason::new(ended, look.language, super::NOW)), ..login(look) }
}

fn consent(look: &Look, scopes: &[&str]) -> ConsentPage<'static> {
    ConsentPage {
        layout: look.layout(),
        client: look.client(),
        seal: look.seal(),
        account: look.account(),
        scopes: scopes.iter().map(|scope| ScopeLine::new(scope)).collect(),
        is_overdue: false,
    }
}

fn elsewhere(look: &Look, kinds: &[DeviceKind]) -> SignedInElsewherePage<'static> {
    SignedInElsewherePage {
        layout: look.layout(),
        client: Some(look.client()),
        seal: look.seal(),
        account: look.account(),
        devices: kinds.iter().map(|kind| look.device(*kind)).collect(),
    }
}

fn enrol(look: &Look, asked_by: AskedBy, may_wait_until: Option<UnixTime>) -> EnrolPage<'static> {
    EnrolPage {
        layout: look.layout(),
        client: Some(look.client()),
        seal: look.seal(),
        account: look.account(),
        asked_by,
        may_wait_until: may_wait_until.map(|until| look.language.date(until)),
        add_totp: Some("/nowhere"),
        add_passkey: Some("/nowhere"),
        may_cancel: true,
    }
}

fn choose_password(look: &Look, problem: Option<NewPasswordProblem>) -> ChoosePasswordPage<'static> {
    ChoosePasswordPage {
        layout: look.layout(),
        client: Some(look.client()),
        seal: look.seal(),
        account: look.account(),
        username: TypedText::new(look.names.account),
        new: NewPasswordField { minimum: 15, problem },
        busy: None,
        may_cancel: true,
        request_id: look.request_id(),
    }
}

fn access_denied(look: &Look, refusal: AccessRefusal) -> AccessDeniedPage<'static> {
    AccessDeniedPage {
        layout: look.layout(),
        client: look.client(),
        seal: look.seal(),
        account: look.account(),
        refusal,
    }
}

fn accept_terms(look: &Look) -> AcceptTermsPage<'static> {
    AcceptTermsPage {
        layout: look.layout(),
        client: Some(look.client()),
        seal: look.seal(),
        account: look.account(),
        terms: WebLink::parse("https://a.example/terms").unwrap(),
        version: DisplayText::name(&look.text("2026-11")),
        have_changed: false,
        may_delete: true,
    }
}

fn second_step(look: &Look, error: Option<SecondStepError>) -> SecondStepPage<'static> {
    SecondStepPage {
        layout: look.layout(),
        client: Some(look.client()),
        seal: look.seal(),
        account: look.account(),
        asked: AskedCode::App,
        has_apps: true,
        has_recovery_codes: true,
        link_to: None,
        passkey: None,
        error,
        request_id: look.request_id(),
        may_cancel: true,
    }
}

fn recovery_step(look: &Look, error: Option<SecondStepError>) -> SecondStepPage<'static> {
    SecondStepPage { asked: AskedCode::Recovery, ..second_step(look, error) }
}

fn link_step(look: &Look, error: Option<SecondStepError>) -> SecondStepPage<'static> {
    SecondStepPage { asked: AskedCode::Link, link_to: Some(masked(look)), ..second_step(look, error) }
}

fn masked(look: &Look) -> DisplayText {
    DisplayText::name(&look.text("a\u{2022}\u{2022}\u{2022}@departments.example.org"))
}

fn second_step_by(look: &Look, has_apps: bool, error: Option<SecondStepError>) -> SecondStepPage<'static> {
    let passkey = Some(look.asked());
    SecondStepPage { has_apps, passkey, ..second_step(look, error) }
}

fn form_post(look: &Look) -> FormPostPage<'static> {
    FormPostPage {
        layout: look.layout(),
        client: look.client(),
        redirect_uri: LinkUri::new("https://a.example/auth/callback?x=1&y=2").unwrap(),
        fields: vec![
            ("code", look.carried("sample")),
            ("state", look.carried("sample")),
            (look.carried("session_state"), "sample"),
        ],
    }
}
