//! The pages of links in letters and of e-mail addresses filled with samples, for the tests.

#![allow(clippy::unwrap_used)]

use idp_core::time::UnixTime;

use super::samples_for_tests::{Sample, seal};
use super::*;

pub fn links(sample: Sample<'_>) -> Vec<(&'static str, String)> {
    let Sample { text, carried, .. } = sample;
    let forgot = |error| {
        let page = ForgotPasswordPage {
            layout: sample.layout(),
            seal: seal(carried),
            username: TypedText::new(text),
            error,
            back: "/login?tx=a",
            request_id: carried,
        };
        page.render().unwrap()
    };
    let sent = LetterSentPage {
        layout: sample.layout(),
        to: LetterLeadsTo::NewPassword,
        name: DisplayText::name(text),
        again: "/forgot-password?tx=a",
        back: "/login?tx=a",
    };
    let reset = |problem, busy| {
        let page = ResetPasswordPage {
            layout: sample.layout(),
            seal: seal(carried),
            account: DisplayText::name(text),
            username: TypedText::new(text),
            new: NewPasswordField { minimum: 15, problem },
            busy,
            request_id: carried,
        };
        page.render().unwrap()
    };
    let verify = |state| {
        let page = VerifyAddressPage {
            layout: sample.layout(),
            seal: seal(carried),
            account: DisplayText::name(text),
            address: DisplayText::name(text),
            state,
        };
        page.render().unwrap()
    };
    let line = || {
        let moment = |at| RelativeTime::new(UnixTime(at), UnixTime(1_795_232_827), sample.language);
        DeviceLine {
            kind: idp_core::device::DeviceKind::Computer,
            label: DisplayText::name(text),
            what: Some(DisplayText::name(text)),
            own_name: TypedText::new(text),
            first_seen: Some(moment(1_795_000_000)),
            place: Some(DisplayText::name(text)),
            last_use: moment(1_795_232_000),
            since: moment(1_795_230_000),
        }
    };
    let not_me = |state| {
        let (account, password) = (DisplayText::name(text), Some("/forgot-password?tx=a"));
        NotMePage { layout: sample.layout(), seal: seal(carried), account, state, password }.render().unwrap()
    };
    let void = |cause| {
        let (again, sign_in) = (Some("/forgot-password"), Some("/login"));
        VoidLinkPage { layout: sample.layout(), cause, again, sign_in }.render().unwrap()
    };
    let step_link = |opened| {
        let page = SecondStepLinkPage { layout: sample.layout(), account: DisplayText::name(text), opened };
        page.render().unwrap()
    };
    let (wait, busy) = (61, LetterFormError::Busy { retry_after_seconds: 2 });
    vec![
        ("forgot password", forgot(None)),
        ("forgot password missing", forgot(Some(LetterFormError::Missing))),
        ("forgot password once more", forgot(Some(LetterFormError::OnceMore))),
        ("forgot password throttled", forgot(Some(LetterFormError::Throttled { retry_after_seconds: wait }))),
        ("forgot password busy", forgot(Some(busy))),
        ("forgot password sent", sent.render().unwrap()),
        ("reset password", reset(None, None)),
        ("reset password missing", reset(Some(NewPasswordProblem::Missing), None)),
        ("reset password busy", reset(None, Some(2))),
        ("verify address", verify(VerifyAddressState::Asks)),
        ("verify address done", verify(VerifyAddressState::Done)),
        ("verify address taken", verify(VerifyAddressState::Taken)),
        ("not me sign-in", not_me(NotMeState::SignIn(vec![line(), line()]))),
        ("not me change", not_me(NotMeState::Change)),
        ("not me ended", not_me(NotMeState::Ended)),
        ("not me over", not_me(NotMeState::Over)),
        ("void link of what was not me", void(VoidLink::OfNotMe)),
        ("void link of a password", void(VoidLink::OfPassword)),
        ("void link of an address", void(VoidLink::OfAddress)),
        ("void link of a second step", void(VoidLink::OfSecondStep)),
        (
            "second step link here",
            step_link(OpenedSecondStepLink::Here { seal: seal(carried), client: None }),
        ),
        (
            "second step link elsewhere",
            step_link(OpenedSecondStepLink::Elsewhere { code: "4711 0815".to_owned().into() }),
        ),
        ("link elsewhere", void(VoidLink::Elsewhere(DisplayText::name(text)))),
    ]
}

pub fn registration(sample: Sample<'_>) -> Vec<(&'static str, String)> {
    let Sample { text, carried, .. } = sample;
    let register = |error| {
        let page = RegisterPage {
            layout: sample.layout(),
            client: Some(ClientLabel::new(text, None)),
            seal: seal(carried),
            address: TypedText::new(text),
            error,
            back: "/login?tx=a",
            request_id: carried,
        };
        page.render().unwrap()
    };
    let sent = LetterSentPage {
        layout: sample.layout(),
        to: LetterLeadsTo::Account,
        name: DisplayText::name(text),
        again: "/register?tx=a",
        back: "/login?tx=a",
    };
    let create = |name_problem, username, username_problem, problem, wait| {
        let page = CreateAccountPage {
            layout: sample.layout(),
            client: None,
            seal: seal(carried),
            address: TypedText::new(text),
            name: TypedText::new(text),
            name_problem,
            username,
            username_problem,
            new: NewPasswordField { minimum: 15, problem },
            wait,
            request_id: carried,
        };
        page.render().unwrap()
    };
    let chosen = || UsernameField::Chosen(TypedText::new(text));
    let missing = Some(NewPasswordProblem::Missing);
    let busy = Some(AccountWait::Busy { retry_after_seconds: 2 });
    let throttled = Some(AccountWait::Throttled { retry_after_seconds: 61 });
    let void = |cause| {
        let (again, sign_in) = (Some("/register"), Some("/login"));
        VoidLinkPage { layout: sample.layout(), cause, again, sign_in }.render().unwrap()
    };
    vec![
        ("register", register(None)),
        ("register missing", register(Some(LetterFormError::Missing))),
        ("register malformed", register(Some(LetterFormError::Malformed))),
        ("register once more", register(Some(LetterFormError::OnceMore))),
        ("register sent", sent.render().unwrap()),
        ("create account", create(None, chosen(), None, None, None)),
        (
            "create account invited",
            create(None, UsernameField::Given(TypedText::new(text)), None, None, None),
        ),
        ("create account empty", create(Some(NameProblem::Missing), chosen(), None, missing, None)),
        ("create account long", create(Some(NameProblem::TooLong), chosen(), None, None, None)),
        ("create account hidden", create(Some(NameProblem::Characters), chosen(), None, None, None)),
        ("create account taken", create(None, chosen(), Some(UsernameProblem::Taken), None, None)),
        ("create account address", create(None, chosen(), Some(UsernameProblem::IsAddress), None, None)),
        ("create account malformed", create(None, chosen(), Some(UsernameProblem::Malformed), None, None)),
        ("create account busy", create(None, chosen(), None, None, busy)),
        ("create account throttled", create(None, chosen(), None, None, throttled)),
        ("void link of an account", void(VoidLink::OfAccount)),
        ("void link of an invitation", void(VoidLink::OfInvitation)),
        ("link opened", void(VoidLink::Opened)),
        ("link to a taken address", void(VoidLink::AddressTaken)),
    ]
}

pub fn addresses(sample: Sample<'_>) -> Vec<(&'static str, String)> {
    let Sample { text, carried, language } = sample;
    let moment = RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827), language);
    let line = |is_primary, verified| AddressLine {
        id: carried.to_owned(),
        address: DisplayText::name(text),
        is_primary,
        verified,
    };
    let list = |act: Option<AddressAct>, addresses| {
        let page = AddressesPage {
            layout: sample.layout(),
            account: DisplayText::name(text),
            done: act.map(|act| AddressReceipt { address: text.to_owned(), act }),
            addresses,
            may_add: true,
        };
        page.render().unwrap()
    };
    let all = || vec![line(true, Some(moment)), line(false, Some(moment)), line(false, None)];
    let add = |error| {
        let (layout, seal, address) = (sample.layout(), seal(carried), TypedText::new(text));
        AddAddressPage { layout, seal, address, error }.render().unwrap()
    };
    let one = |is_verified, is_primary, removal, retry_after| {
        let page = AddressPage {
            layout: sample.layout(),
            seal: seal(carried),
            address: DisplayText::name(text),
            is_verified,
            is_primary,
            may_send: !is_verified,
            may_make_primary: is_verified && !is_primary,
            removal,
            retry_after,
        };
        page.render().unwrap()
    };
    let kept = AddressRemoval::KeptAs;
    vec![
        ("addresses", list(None, all())),
        ("addresses none", list(None, Vec::new())),
        ("addresses sent", list(Some(AddressAct::Sent), all())),
        ("addresses made primary", list(Some(AddressAct::MadePrimary), all())),
        ("addresses removed", list(Some(AddressAct::Removed), all())),
        ("add address", add(None)),
        ("add address missing", add(Some(AddAddressError::Missing))),
        ("add address malformed", add(Some(AddAddressError::Malformed))),
        ("add address known", add(Some(AddAddressError::Known))),
        ("add address too many", add(Some(AddAddressError::TooMany))),
        ("add address throttled", add(Some(AddAddressError::Throttled { retry_after_seconds: 61 }))),
        ("address", one(true, false, AddressRemoval::Offered, None)),
        ("address unconfirmed", one(false, false, AddressRemoval::Offered, None)),
        ("address throttled", one(false, false, AddressRemoval::Offered, Some(61))),
        ("address primary", one(true, true, kept("address-keeps-primary"), None)),
        ("address last", one(true, true, kept("address-keeps-last"), None)),
        ("address username", one(true, true, kept("address-keeps-username"), None)),
    ]
}
