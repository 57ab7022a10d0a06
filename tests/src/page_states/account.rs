//! The pages about a person's own account.

use super::{Look, PageState, SEAL, state};
use crate::passkey;
use idp_core::device::DeviceKind;
use idp_core::passkey::Passkey;
use idp_core::password::policy::Weakness;
use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;
use idp_core::totp::{TotpCredential, TotpSecret};
use idp_server::page::{
    AddPasskeyError, AddPasskeyPage, AddTotpError, AddTotpPage, DevicesPage, DisplayText, EndedDevice,
    HomePage, MethodLine, MethodsPage, NewPasswordField, NewPasswordProblem, OldPasswordProblem, OpenDevice,
    PasswordPage, QrCode, Receipt, RemoveMethodPage, RenameMethodPage, ScopeLine, SignOutReason, SiteLine,
    SiteReceipt, SitesPage, StillSignedInPage, TypedText,
};
use uuid::Uuid;

/// The receipt of a sign-out that reached everybody at once.
pub(super) const DONE: Receipt = Receipt { devices: 2, sites: 2, confirmed: 2, took_ms: 240, at_most: 1800 };
/// The receipt of one that has to be waited for.
pub(super) const PARTLY: Receipt =
    Receipt { devices: 3, sites: 5, confirmed: 2, took_ms: 900, at_most: 1800 };

pub(super) fn states() -> Vec<PageState> {
    vec![
        state("home", |look| HomePage { layout: look.layout(), account: Some(look.account()) }),
        state("home-signed-out", |look| HomePage { layout: look.layout(), account: None }),
        state("devices", |look| devices(look, &[DeviceKind::Phone, DeviceKind::Tablet, DeviceKind::Other])),
        state("devices-alone", |look| DevicesPage { ended: vec![], ..devices(look, &[]) }),
        state("devices-receipt", |look| DevicesPage {
            receipt: Some(PARTLY),
            ..devices(look, &[DeviceKind::Computer])
        }),
        state("sites", |look| sites(look, true)),
        state("sites-none", |look| sites(look, false)),
        state("sites-receipt", |look| SitesPage { receipt: Some(disconnected(look)), ..sites(look, true) }),
        state("methods-none", |look| methods(look, &[], &[])),
        state("methods-passkeys", |look| {
            methods(look, &[], &[own_passkey("Google Password Manager"), own_passkey("")])
        }),
        state("methods", |look| {
            methods(
                look,
                &[app("Pixel 12", Some(1_795_230_000)), app("", None), app(look.names.device, None)],
                &[own_passkey(look.names.device)],
            )
        }),
        state("add-totp", |look| add_totp(look, None)),
        state("add-totp-wrong", |look| add_totp(look, Some(AddTotpError::WrongCode))),
        state("add-totp-malformed", |look| add_totp(look, Some(AddTotpError::MalformedCode))),
        state("add-totp-missing", |look| add_totp(look, Some(AddTotpError::MissingCode))),
        state("add-passkey", |look| add_passkey(look, None)),
        state("add-passkey-missing", |look| add_passkey(look, Some(AddPasskeyError::Missing))),
        state("add-passkey-refused", |look| add_passkey(look, Some(AddPasskeyError::Refused))),
        state("add-passkey-taken", |look| add_passkey(look, Some(AddPasskeyError::Taken))),
        state("rename-method", |look| RenameMethodPage {
            layout: look.layout(),
            seal: SEAL,
            name: TypedText::new(look.names.device),
        }),
        state("remove-method", |look| remove_method(look, false, false)),
        state("remove-method-last", |look| remove_method(look, false, true)),
        state("remove-method-passkey", |look| remove_method(look, true, false)),
        state("remove-method-passkey-last", |look| remove_method(look, true, true)),
        state("still-signed-in", |look| StillSignedInPage { layout: look.layout(), account: look.account() }),
    ]
    .into_iter()
    .chain(passwords())
    .collect()
}

fn passwords() -> Vec<PageState> {
    let throttled = OldPasswordProblem::Throttled { retry_after_seconds: 130 };
    let weak = NewPasswordProblem::Weak;
    vec![
        state("password", |look| password(look, None, None)),
        state("password-wrong", |look| password(look, Some(OldPasswordProblem::Wrong), None)),
        state("password-throttled", move |look| password(look, Some(throttled), None)),
        state("password-same", |look| password(look, None, Some(NewPasswordProblem::Same))),
        state("password-short", move |look| {
            password(look, None, Some(weak(Weakness::TooShort { minimum: 15 })))
        }),
        state("password-common", move |look| password(look, None, Some(weak(Weakness::Common)))),
        state("password-leaked", move |look| password(look, None, Some(weak(Weakness::Leaked)))),
        state("password-changed", |look| PasswordPage { receipt: Some(DONE), ..password(look, None, None) }),
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
        seal: SEAL,
        account: look.account(),
        username: TypedText::new("alice"),
        receipt: None,
        old,
        new: NewPasswordField { minimum: 15, problem },
        request_id: super::REQUEST_ID,
    }
}

fn devices(look: &Look, others: &[DeviceKind]) -> DevicesPage<'static> {
    DevicesPage {
        layout: look.layout(),
        seal: SEAL,
        account: look.account(),
        receipt: None,
        here: open_device(look, DeviceKind::Computer, &[look.names.client, "Site B"]),
        others: others.iter().map(|kind| open_device(look, *kind, &[])).collect(),
        ended: [EndCause::Kicked, EndCause::PasswordChanged, EndCause::LoggedOut]
            .into_iter()
            .map(|cause| ended_device(look, cause))
            .collect(),
    }
}

fn app(name: &str, last_used_at: Option<i64>) -> TotpCredential {
    TotpCredential {
        id: Uuid::nil(),
        user: Uuid::nil(),
        name: name.to_owned(),
        sealed_secret: String::new(),
        last_step: 0,
        created_at: UnixTime(1_795_000_000),
        last_used_at: last_used_at.map(UnixTime),
    }
}

fn own_passkey(name: &str) -> Passkey {
    let is_named = !name.is_empty();
    let last_used_at = is_named.then_some(UnixTime(1_795_230_000));
    Passkey { is_backed_up: is_named, last_used_at, ..passkey::sample(Uuid::nil(), name) }
}

fn methods(look: &Look, apps: &[TotpCredential], passkeys: &[Passkey]) -> MethodsPage {
    let layout = look.layout();
    let apps = apps.iter().map(|app| MethodLine::of_app(app, &layout, super::NOW)).collect();
    let passkeys = passkeys.iter().map(|own| MethodLine::of_passkey(own, &layout, super::NOW)).collect();
    let (account, accepted) = (look.account(), None);
    MethodsPage { layout, account, apps, passkeys, may_add: true, may_add_passkey: true, accepted }
}

fn add_passkey(look: &Look, error: Option<AddPasskeyError>) -> AddPasskeyPage<'static> {
    AddPasskeyPage {
        layout: look.layout(),
        seal: SEAL,
        options: super::ASKED.to_owned(),
        is_first: error.is_none(),
        name: TypedText::default(),
        error,
    }
}

fn add_totp(look: &Look, error: Option<AddTotpError>) -> AddTotpPage<'static> {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let uri =
        TotpSecret::parse(secret).map(|secret| secret.otpauth_uri(look.names.provider, look.names.account));
    AddTotpPage {
        layout: look.layout(),
        seal: SEAL,
        qr: uri.and_then(|uri| QrCode::of(&uri)),
        secret,
        name: TypedText::default(),
        error,
    }
}

fn remove_method(look: &Look, is_passkey: bool, is_last: bool) -> RemoveMethodPage<'static> {
    let name = DisplayText::name(look.names.device);
    RemoveMethodPage { layout: look.layout(), seal: SEAL, name, is_passkey, is_last }
}

fn sites(look: &Look, some: bool) -> SitesPage<'static> {
    let scopes = ["openid", "profile", "email", "read"].map(ScopeLine::new).to_vec();
    let site = |id: &str, scopes, devices| SiteLine {
        client: look.client(),
        id: id.to_owned(),
        scopes,
        since: look.ago(3 * 24 * 60 * 60),
        devices,
    };
    SitesPage {
        layout: look.layout(),
        seal: SEAL,
        account: look.account(),
        receipt: None,
        sites: if some { vec![site("partner", Some(scopes), 0), site("own", None, 2)] } else { vec![] },
    }
}

fn disconnected(look: &Look) -> SiteReceipt {
    let site = look.names.client.to_owned();
    SiteReceipt { site, was_in_use: true, confirmed_after_ms: None, at_most: 1800 }
}

fn open_device(look: &Look, kind: DeviceKind, sites: &[&str]) -> OpenDevice {
    OpenDevice {
        sid: "0199b2c4-7a31-7c40-9d1e-5f0a6c1b2d3f".to_owned(),
        line: look.device(kind),
        sites: sites.iter().map(|site| DisplayText::name(site)).collect(),
    }
}

fn ended_device(look: &Look, cause: EndCause) -> EndedDevice {
    let ended = Ended { at: UnixTime(super::NOW.0 - 7_200), cause };
    EndedDevice {
        line: look.device(DeviceKind::Phone),
        reason: SignOutReason::new(ended, look.language, super::NOW),
    }
}
