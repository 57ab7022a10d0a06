//! Every page filled with samples, for the tests.

#![allow(clippy::unwrap_used)]

use idp_core::authentication::AskedBy;
use idp_core::device::DeviceKind;
use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;
use idp_core::web_link::WebLink;

use super::*;
use crate::words::Language;

/// What a page is filled with.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    /// Wherever a text can be seen.
    pub text: &'a str,
    /// In hidden fields and as request id.
    pub carried: &'a str,
    /// The language of the page.
    pub language: Language,
}

impl<'a> Sample<'a> {
    /// `text` in English, wherever a text can go.
    pub fn english(text: &'a str) -> Self {
        Self { text, carried: text, language: Language::english() }
    }

    /// Each page filled so.
    pub fn pages(self) -> Vec<(&'static str, String)> {
        let mut pages = logins(self);
        pages.extend(passwords(self));
        pages.extend(link_samples_for_tests::links(self));
        pages.extend(link_samples_for_tests::registration(self));
        pages.extend(link_samples_for_tests::addresses(self));
        pages.extend(own_data_samples_for_tests::own(self));
        pages.extend(others(self));
        pages
    }

    pub(super) fn layout(self) -> Layout {
        let others = Language::all().filter(|other| *other != self.language).collect();
        let (back, proof) = (self.carried.to_owned(), self.carried.to_owned());
        Layout::new(self.text, self.language).with_switch(LanguageSwitch { others, back, proof })
    }
}

/// Each page in each language with `text` wherever a text can go.
pub fn every_page(text: &str) -> Vec<(&'static str, String)> {
    every_page_carrying(text, text)
}

/// The same with `carried` in hidden fields and as request id.
pub fn every_page_carrying(text: &str, carried: &str) -> Vec<(&'static str, String)> {
    Language::all().flat_map(|language| Sample { text, carried, language }.pages()).collect()
}

pub fn logins(sample: Sample<'_>) -> Vec<(&'static str, String)> {
    let errors = [
        ("login", None),
        ("login missing username", Some(LoginError::MissingUsername)),
        ("login missing password", Some(LoginError::MissingPassword)),
        ("login missing both", Some(LoginError::MissingBoth)),
        ("login wrong", Some(LoginError::WrongCredentials)),
        ("login passkey absent", Some(LoginError::PasskeyMissing)),
        ("login passkey refused", Some(LoginError::PasskeyRefused)),
        ("login throttled", Some(LoginError::Throttled { retry_after_seconds: 61 })),
        ("login puzzled", Some(LoginError::AskedForWork { retry_after_seconds: 9, bits: 15 })),
        ("login busy", Some(LoginError::Busy { retry_after_seconds: 2 })),
        ("login expired", Some(LoginError::Expired)),
        ("login once more", Some(LoginError::OnceMore)),
        ("login no cookies", Some(LoginError::NoCookies)),
        ("login other address", Some(LoginError::WrongAddress)),
    ];
    let mut pages: Vec<_> =
        errors.into_iter().map(|(name, error)| (name, login(sample, error, false))).collect();
    pages.push(("login confirm", login(sample, None, true)));
    pages
}

pub fn login(sample: Sample<'_>, error: Option<LoginError>, confirm: bool) -> String {
    let Sample { text, carried, .. } = sample;
    let page = LoginPage {
        layout: sample.layout(),
        client: Some(client(text)),
        seal: seal(carried),
        username: TypedText::new(text),
        error,
        work: matches!(error, Some(LoginError::AskedForWork { .. })).then(|| WorkPuzzle {
            sealed: carried.to_owned(),
            puzzle: carried.to_owned(),
            bits: 15,
        }),
        reason: None,
        request_id: carried,
        may_cancel: true,
        right_address: error.and_then(|error| right_address(text, error)),
        reauthenticate_as: confirm.then(|| TypedText::new(text)),
        forgot: Some("/forgot-password?tx=a"),
        register: Some("/register?tx=a"),
        password_was_set: false,
        passkey: Some(carried.to_owned()),
        unknown_passkey: (error == Some(LoginError::PasskeyRefused)).then(|| carried.to_owned()),
    };
    page.render().unwrap()
}

pub fn passwords(sample: Sample<'_>) -> Vec<(&'static str, String)> {
    use idp_core::password::policy::Weakness;
    let weak = |weakness| (None, Some(NewPasswordProblem::Weak(weakness)));
    let old = |problem| (Some(problem), None);
    let states = [
        ("password", (None, None)),
        ("password missing", old(OldPasswordProblem::Missing)),
        ("password missing both", (Some(OldPasswordProblem::Missing), Some(NewPasswordProblem::Missing))),
        ("password wrong", old(OldPasswordProblem::Wrong)),
        ("password throttled", old(OldPasswordProblem::Throttled { retry_after_seconds: 61 })),
        ("password busy", old(OldPasswordProblem::Busy { retry_after_seconds: 2 })),
        ("password no new", (None, Some(NewPasswordProblem::Missing))),
        ("password too long", (None, Some(NewPasswordProblem::TooLong))),
        ("password same", (None, Some(NewPasswordProblem::Same))),
        ("password short", weak(Weakness::TooShort { minimum: 15 })),
        ("password name", weak(Weakness::Name)),
        ("password common", weak(Weakness::Common)),
        ("password pattern", weak(Weakness::Pattern)),
        ("password leaked", weak(Weakness::Leaked)),
    ];
    let mut pages: Vec<_> =
        states.into_iter().map(|(name, (old, new))| (name, password(sample, old, new, None))).collect();
    let receipt = Receipt { devices: 2, sites: 2, confirmed: 1, took_ms: 240, at_most: 1800 };
    pages.push(("password changed", password(sample, None, None, Some(receipt))));
    pages
}

fn password(
    sample: Sample<'_>,
    old: Option<OldPasswordProblem>,
    problem: Option<NewPasswordProblem>,
    receipt: Option<Receipt>,
) -> String {
    let Sample { text, carried, .. } = sample;
    let page = PasswordPage {
        layout: sample.layout(),
        seal: seal(carried),
        account: DisplayText::name(text),
        username: TypedText::new(text),
        receipt,
        old,
        new: NewPasswordField { minimum: 15, problem },
        request_id: carried,
    };
    page.render().unwrap()
}

fn others(sample: Sample<'_>) -> Vec<(&'static str, String)> {
    let Sample { text, carried, language, .. } = sample;
    let consent = ConsentPage {
        layout: sample.layout(),
        client: client(text),
        seal: seal(carried),
        account: DisplayText::name(text),
        scopes: ["openid", "email", text].map(ScopeLine::new).into(),
        is_overdue: true,
    };
    let logout = LogoutPage {
        layout: sample.layout(),
        client: Some(client(text)),
        seal: seal(carried),
        account: DisplayText::name(text),
    };
    let logged_out = LoggedOutPage { layout: sample.layout(), receipt: None };
    let still_signed_in = StillSignedInPage { layout: sample.layout(), account: DisplayText::name(text) };
    let form_post = FormPostPage {
        layout: sample.layout(),
        client: client(text),
        redirect_uri: LinkUri::new("https://a.example/cb?x=1&y=2").unwrap(),
        fields: vec![("state", carried), (carried, "value")],
    };
    let elsewhere = |count| {
        let page = SignedInElsewherePage {
            layout: sample.layout(),
            client: Some(client(text)),
            seal: seal(carried),
            account: DisplayText::name(text),
            devices: vec![line(text, language, DeviceKind::Phone); count],
        };
        page.render().unwrap()
    };
    let picture = || Some(PictureLink::new("AAAAAAAAAAAAAAAAAAAAAA"));
    let offer =
        || PasskeyOffer { tx: carried.to_owned(), csrf: carried.to_owned(), options: carried.to_owned() };
    let home = |account| HomePage {
        layout: sample.layout(),
        account,
        picture: picture(),
        offer: Some(offer()),
        may_delete: true,
    };
    let ended = Receipt { devices: 1, sites: 2, confirmed: 1, took_ms: 240, at_most: 1800 };
    let devices_with = |others, receipt| devices(sample, others, receipt);
    let mut pages = vec![
        ("signed in elsewhere", elsewhere(1)),
        ("signed in elsewhere twice", elsewhere(2)),
        ("home", home(Some(DisplayText::name(text))).render().unwrap()),
        ("home signed out", home(None).render().unwrap()),
        ("methods", methods(sample, 3)),
        ("methods none", methods(sample, 0)),
        ("add totp", add_totp(sample, None)),
        ("add totp wrong", add_totp(sample, Some(AddTotpError::WrongCode))),
        ("add totp malformed", add_totp(sample, Some(AddTotpError::MalformedCode))),
        ("add totp missing", add_totp(sample, Some(AddTotpError::MissingCode))),
        ("recovery codes question", make_recovery_codes(sample, 4)),
        ("recovery codes first question", make_recovery_codes(sample, 0)),
        ("recovery codes", new_recovery_codes(sample)),
        ("remove method", remove_method(sample, false)),
        ("remove last method", remove_method(sample, true)),
        ("rename method", rename_method(sample)),
        ("add passkey", add_passkey(sample, None)),
        ("add passkey missing", add_passkey(sample, Some(AddPasskeyError::Missing))),
        ("add passkey refused", add_passkey(sample, Some(AddPasskeyError::Refused))),
        ("add passkey taken", add_passkey(sample, Some(AddPasskeyError::Taken))),
        ("devices", devices_with(3, Some(DevicesReceipt::Ended(ended)))),
        ("devices alone", devices_with(0, None)),
        ("devices named", devices_with(1, Some(DevicesReceipt::Named(text.to_owned())))),
        ("devices unnamed", devices_with(1, Some(DevicesReceipt::Unnamed))),
        ("activity", activity(sample, 3)),
        ("activity none", activity(sample, 0)),
        ("secure", secure(sample, None)),
        ("secure done", secure(sample, Some(ended))),
        ("sites", sites(sample, true)),
        ("sites none", sites(sample, false)),
        ("departed", departed(sample)),
        ("consent", consent.render().unwrap()),
        ("logout", logout.render().unwrap()),
        ("logged out", logged_out.render().unwrap()),
        ("still signed in", still_signed_in.render().unwrap()),
        ("form post", form_post.render().unwrap()),
        #[cfg(feature = "demo")]
        ("inbox", inbox(sample, 2)),
        #[cfg(feature = "demo")]
        ("inbox empty", inbox(sample, 0)),
    ];
    let second_steps = [
        None,
        Some(SecondStepError::MissingCode),
        Some(SecondStepError::MalformedCode),
        Some(SecondStepError::WrongCode),
        Some(SecondStepError::SpentCode),
        Some(SecondStepError::Unchecked),
        Some(SecondStepError::PasskeyMissing),
        Some(SecondStepError::PasskeyRefused),
        Some(SecondStepError::NoLink),
        Some(SecondStepError::LinkOver),
        Some(SecondStepError::ManyLetters { retry_after_seconds: 600 }),
        Some(SecondStepError::Throttled { retry_after_seconds: 600 }),
        Some(SecondStepError::Busy { retry_after_seconds: 2 }),
    ];
    let problems = [("choose password", None), ("choose password weak", Some(NewPasswordProblem::Same))];
    for (name, problem) in problems {
        pages.push((name, choose_password(sample, problem, None)));
    }
    pages.push(("choose password busy", choose_password(sample, None, Some(2))));
    pages.push(("accept terms", accept_terms(sample, true, false)));
    pages.push(("accept terms changed", accept_terms(sample, false, true)));
    pages.push(("enrol", enrol(sample, AskedBy::Client, None)));
    pages.push((
        "enrol or wait",
        enrol(sample, AskedBy::Installation, Some("3 May 2027, 14:05 UTC".to_owned())),
    ));
    for (asked, has_apps) in [
        (AskedCode::App, true),
        (AskedCode::App, false),
        (AskedCode::Recovery, true),
        (AskedCode::Link, true),
    ] {
        pages
            .extend(second_steps.map(|error| ("second step", second_step(sample, (asked, has_apps), error))));
    }
    pages.extend(errors(text).into_iter().map(|error| {
        let page = ErrorPage { layout: sample.layout(), error, request_id: carried };
        ("error", page.render().unwrap())
    }));
    pages
}

fn second_step(
    sample: Sample<'_>,
    (asked, has_apps): (AskedCode, bool),
    error: Option<SecondStepError>,
) -> String {
    let Sample { text, carried, .. } = sample;
    let page = SecondStepPage {
        layout: sample.layout(),
        client: Some(client(text)),
        seal: seal(carried),
        account: DisplayText::name(text),
        asked,
        has_apps,
        has_recovery_codes: true,
        link_to: Some(DisplayText::name(text)),
        passkey: (asked == AskedCode::App).then(|| carried.to_owned()),
        error,
        request_id: carried,
        may_cancel: true,
    };
    page.render().unwrap()
}

fn enrol(sample: Sample<'_>, asked_by: AskedBy, may_wait_until: Option<String>) -> String {
    let Sample { text, carried, .. } = sample;
    let page = EnrolPage {
        layout: sample.layout(),
        client: Some(client(text)),
        seal: seal(carried),
        account: DisplayText::name(text),
        asked_by,
        may_wait_until,
        add_passkey: Some("/account/methods/passkey?tx=sealed"),
        add_totp: Some("/account/methods/totp?tx=sealed"),
        may_cancel: true,
    };
    page.render().unwrap()
}

fn choose_password(sample: Sample<'_>, problem: Option<NewPasswordProblem>, busy: Option<u64>) -> String {
    let Sample { text, carried, .. } = sample;
    let page = ChoosePasswordPage {
        layout: sample.layout(),
        client: Some(client(text)),
        seal: seal(carried),
        account: DisplayText::name(text),
        username: TypedText::new(text),
        new: NewPasswordField { minimum: 15, problem },
        busy,
        may_cancel: true,
        request_id: carried,
    };
    page.render().unwrap()
}

fn accept_terms(sample: Sample<'_>, is_for_client: bool, have_changed: bool) -> String {
    let Sample { text, carried, .. } = sample;
    let page = AcceptTermsPage {
        layout: sample.layout(),
        client: is_for_client.then(|| client(text)),
        seal: seal(carried),
        account: DisplayText::name(text),
        terms: WebLink::parse("https://a.example/terms").unwrap(),
        version: DisplayText::name(text),
        have_changed,
        may_delete: !have_changed,
    };
    page.render().unwrap()
}

fn make_recovery_codes(sample: Sample<'_>, left: usize) -> String {
    MakeRecoveryCodesPage { layout: sample.layout(), seal: seal(sample.carried), left }.render().unwrap()
}

fn new_recovery_codes(sample: Sample<'_>) -> String {
    let page = NewRecoveryCodesPage {
        layout: sample.layout(),
        account: DisplayText::name(sample.text),
        codes: vec!["7K2MX-Q94TB".to_owned().into(); 10],
        receipt: Some(Receipt { devices: 1, sites: 2, confirmed: 1, took_ms: 240, at_most: 1800 }),
        text_address: "/account/methods/recovery-codes/new?done=a&as=text",
        onward: "/account/methods",
    };
    page.render().unwrap()
}

fn methods(sample: Sample<'_>, count: usize) -> String {
    let moment = RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827), sample.language);
    let line = MethodLine {
        id: sample.carried.to_owned(),
        name: DisplayText::name(sample.text),
        added: moment,
        last_use: Some(moment),
        is_synced: true,
        is_asked_for: false,
    };
    let page = MethodsPage {
        layout: sample.layout(),
        account: DisplayText::name(sample.text),
        receipt: None,
        apps: vec![line.clone(); count],
        passkeys: vec![line; count],
        codes: (count > 0).then_some(RecoveryCodesLine { left: 2, made: Some(moment) }),
        may_add: true,
        may_add_passkey: true,
        accepted: Some(sample.carried.to_owned()),
    };
    page.render().unwrap()
}

fn add_passkey(sample: Sample<'_>, error: Option<AddPasskeyError>) -> String {
    let page = AddPasskeyPage {
        layout: sample.layout(),
        seal: seal(sample.carried),
        options: sample.carried.to_owned(),
        is_first: error.is_none(),
        name: TypedText::new(sample.text),
        ends_others: false,
        error,
        back: "/account/methods",
    };
    page.render().unwrap()
}

fn rename_method(sample: Sample<'_>) -> String {
    let (layout, name) = (sample.layout(), TypedText::new(sample.text));
    RenameMethodPage { layout, seal: seal(sample.carried), name }.render().unwrap()
}

fn add_totp(sample: Sample<'_>, error: Option<AddTotpError>) -> String {
    let uri = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";
    let page = AddTotpPage {
        layout: sample.layout(),
        seal: seal(sample.carried),
        qr: QrCode::of(uri),
        secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        name: TypedText::new(sample.text),
        ends_others: false,
        error,
        back: "/account/methods",
    };
    page.render().unwrap()
}

fn remove_method(sample: Sample<'_>, is_last: bool) -> String {
    let (layout, name) = (sample.layout(), DisplayText::name(sample.text));
    RemoveMethodPage { layout, seal: seal(sample.carried), name, is_passkey: is_last, is_last }
        .render()
        .unwrap()
}

#[cfg(feature = "demo")]
fn inbox(sample: Sample<'_>, letters: usize) -> String {
    let Sample { text, language, .. } = sample;
    let letter = || ListedLetter {
        id: uuid::Uuid::nil(),
        to: DisplayText::name(text),
        at: RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827), language),
        language,
        subject: DisplayText::name(text),
        text: format!("{} https://a.example/x", DisplayText::reason(text)),
        link: LinkUri::new("https://a.example/x"),
    };
    let letters = std::iter::repeat_with(letter).take(letters).collect();
    InboxPage { layout: sample.layout(), letters }.render().unwrap()
}

fn departed(sample: Sample<'_>) -> String {
    let Sample { text, carried, language, .. } = sample;
    let page = LoginPage {
        layout: sample.layout(),
        client: None,
        seal: seal(carried),
        username: TypedText::new(text),
        error: None,
        work: None,
        reason: Some(departure(language)),
        request_id: carried,
        may_cancel: false,
        right_address: None,
        reauthenticate_as: None,
        forgot: None,
        register: None,
        password_was_set: false,
        passkey: None,
        unknown_passkey: None,
    };
    page.render().unwrap()
}

fn departure(language: Language) -> SignOutReason {
    let ended = Ended { at: UnixTime(1_795_232_000), cause: EndCause::Kicked };
    SignOutReason::new(ended, language, UnixTime(1_795_232_827))
}

fn devices(sample: Sample<'_>, others: usize, receipt: Option<DevicesReceipt>) -> String {
    let Sample { text, carried, language, .. } = sample;
    let device = |kind| OpenDevice {
        sid: carried.to_owned(),
        line: line(text, language, kind),
        sites: vec![DisplayText::name(text), DisplayText::name("Site B")],
    };
    let kinds = DeviceKind::ALL.into_iter().cycle();
    let page = DevicesPage {
        layout: sample.layout(),
        seal: seal(carried),
        account: DisplayText::name(text),
        receipt,
        here: device(DeviceKind::Computer),
        others: kinds.clone().take(others).map(device).collect(),
        ended: kinds
            .take(others)
            .map(|kind| EndedDevice { line: line(text, language, kind), reason: departure(language) })
            .collect(),
    };
    page.render().unwrap()
}

fn activity(sample: Sample<'_>, count: usize) -> String {
    let Sample { text, carried, language, .. } = sample;
    let named = || Some(DisplayText::name(text));
    let entry = |event| ActivityEntry {
        event,
        at: RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827), language),
        kind: DeviceKind::Phone,
        device: named(),
        is_here: event == "signed_in",
        place: named(),
        site: named(),
        reason: (event == "signed_out").then(|| departure(language)),
        by_administrator: event == "password_set",
    };
    let events = ["signed_in", "signed_out", "password_set", "method_added", "what a newer version writes"];
    let page = ActivityPage {
        layout: sample.layout(),
        account: DisplayText::name(text),
        entries: events.into_iter().cycle().take(count * 2).map(entry).collect(),
        is_newest: count == 0,
        older: (count > 0).then(|| carried.to_owned()),
    };
    page.render().unwrap()
}

fn secure(sample: Sample<'_>, receipt: Option<Receipt>) -> String {
    let (layout, account) = (sample.layout(), DisplayText::name(sample.text));
    SecurePage { layout, seal: seal(sample.carried), account, receipt }.render().unwrap()
}

fn sites(sample: Sample<'_>, some: bool) -> String {
    let Sample { text, carried, language, .. } = sample;
    let since = RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827), language);
    let scopes = ["openid", "email", text].map(ScopeLine::new).to_vec();
    let site =
        |scopes, devices| SiteLine { client: client(text), id: carried.to_owned(), scopes, since, devices };
    let receipt = SiteReceipt {
        site: text.to_owned(),
        was_in_use: some,
        confirmed_after_ms: some.then_some(240),
        at_most: 1800,
    };
    let page = SitesPage {
        layout: sample.layout(),
        seal: seal(carried),
        account: DisplayText::name(text),
        receipt: Some(receipt),
        sites: if some { vec![site(Some(scopes), 2), site(None, 1)] } else { Vec::new() },
    };
    page.render().unwrap()
}

/// A stored label and address never hold such text; the page does not rely on it.
fn line(text: &str, language: Language, kind: DeviceKind) -> DeviceLine {
    let moment = RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827), language);
    let (label, place) = (DisplayText::name(text), Some(DisplayText::name(text)));
    let (what, own_name) = (place.clone(), TypedText::new(text));
    let first_seen = Some(moment);
    DeviceLine { kind, label, what, own_name, first_seen, place, last_use: moment, since: moment }
}

fn errors(text: &str) -> Vec<PageError> {
    vec![
        PageError::Request {
            code: "invalid_request",
            parameter: Some(DisplayText::name(text)),
            reason: DisplayText::reason(text),
        },
        PageError::Malformed,
        PageError::Forbidden,
        PageError::OtherBrowser { way_on: "/login?tx=a".to_owned() },
        PageError::ClientGone,
        PageError::NotFound,
        PageError::MethodNotAllowed,
        PageError::TooLarge,
        PageError::Throttled { retry_after_seconds: Some(61) },
        PageError::Busy { retry_after_seconds: None },
        PageError::Internal,
    ]
}

fn right_address(text: &str, error: LoginError) -> Option<RightAddress> {
    let link = LinkUri::new("https://a.example/login?tx=a").unwrap();
    let is_shown = matches!(error, LoginError::NoCookies | LoginError::WrongAddress);
    is_shown.then(|| RightAddress { issuer: DisplayText::name(text), link })
}

pub fn client(text: &str) -> ClientLabel {
    let link = || WebLink::parse("https://a.example/page").ok();
    let links = ClientLinks { home: link(), policy: link(), terms: link() };
    let host = Some(DisplayText::name(text));
    ClientLabel { name: DisplayText::name(text), host, mark: Mark::default(), links }
}

pub fn seal(text: &str) -> FormSeal<'_> {
    FormSeal { post_to: "/login", tx: text, csrf: text }
}
