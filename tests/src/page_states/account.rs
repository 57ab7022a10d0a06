//! The pages about a person's own account.

use super::{Look, PageState, state};
use crate::passkey;
use idp_core::device::DeviceKind;
use idp_core::passkey::Passkey;
use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;
use idp_core::totp::{TotpCredential, TotpSecret};
use idp_server::page::{
    ActivityEntry, ActivityPage, AddPasskeyError, AddPasskeyPage, AddTotpError, AddTotpPage,
    DemandPasskeyPage, DeviceLine, DevicesPage, DevicesReceipt, DisplayText, EndedDevice, HomePage,
    MakeRecoveryCodesPage, MethodLine, MethodsPage, NewRecoveryCodesPage, OpenDevice, PasskeyOffer, QrCode,
    Receipt, RecoveryCodesLine, RemoveMethodPage, RenameMethodPage, ScopeLine, SecurePage, SignOutReason,
    SiteLine, SiteReceipt, SitesPage, StillSignedInPage, TypedText,
};
use uuid::Uuid;

/// The receipt of a sign-out that reached everybody at once.
pub(super) const DONE: Receipt = Receipt { devices: 2, sites: 2, confirmed: 2, took_ms: 240, at_most: 1800 };
/// The receipt of one that has to be waited for.
pub(super) const PARTLY: Receipt =
    Receipt { devices: 3, sites: 5, confirmed: 2, took_ms: 900, at_most: 1800 };
/// The receipt of one that all but one site have confirmed.
const NEARLY: Receipt = Receipt { devices: 1, sites: 2, confirmed: 1, took_ms: 240, at_most: 1800 };

/// What a page tells the authenticators of a person.
const ACCEPTED: &str = r#"{"rpId":"login.example.com","userId":"AAAA","allAcceptedCredentialIds":["AAAA"]}"#;

pub(super) fn states() -> Vec<PageState> {
    vec![
        state("home", |look| home(look, Some(look.account()))),
        state("home-passkey-offer", |look| HomePage {
            offer: Some(PasskeyOffer {
                tx: look.seal().tx.to_owned(),
                csrf: look.seal().csrf.to_owned(),
                options: look.asked(),
            }),
            ..home(look, Some(look.account()))
        }),
        state("home-themed", |look| HomePage {
            layout: look.themed_layout(),
            ..home(look, Some(look.account()))
        }),
        state("home-with-picture", |look| HomePage {
            picture: Some(look.picture()),
            ..home(look, Some(look.account()))
        }),
        state("home-administrator", |look| HomePage {
            may_administer: true,
            ..home(look, Some(look.account()))
        }),
        state("home-signed-out", |look| home(look, None)),
        state("home-register", |look| HomePage { may_register: true, ..home(look, None) }),
        state("devices", |look| devices(look, &[DeviceKind::Phone, DeviceKind::Tablet, DeviceKind::Other])),
        state("devices-alone", |look| DevicesPage { ended: vec![], ..devices(look, &[]) }),
        state("devices-receipt", |look| DevicesPage {
            receipt: Some(DevicesReceipt::Ended(PARTLY)),
            ..devices(look, &[DeviceKind::Phone, DeviceKind::Computer])
        }),
        state("devices-named", |look| DevicesPage {
            here: named(look, open_device(look, 0, DeviceKind::Computer, &[])),
            receipt: Some(DevicesReceipt::Named(look.names.account.to_owned())),
            ..devices(look, &[DeviceKind::Phone])
        }),
        state("devices-unnamed", |look| DevicesPage {
            receipt: Some(DevicesReceipt::Unnamed),
            ..devices(look, &[])
        }),
        state("activity", |look| activity(look, &EVENTS)),
        state("activity-older", |look| ActivityPage {
            is_newest: false,
            older: None,
            ..activity(look, &["user_added"])
        }),
        state("activity-none", |look| activity(look, &[])),
        state("secure", |look| secure(look, None)),
        state("secure-done", |look| secure(look, Some(DONE))),
        state("sites", |look| sites(look, true)),
        state("sites-none", |look| sites(look, false)),
        state("sites-receipt-confirmed", |look| SitesPage {
            receipt: Some(SiteReceipt { confirmed_after_ms: Some(240), ..disconnected(look) }),
            ..sites(look, true)
        }),
        state("sites-receipt-unused", |look| SitesPage {
            receipt: Some(SiteReceipt { was_in_use: false, ..disconnected(look) }),
            ..sites(look, false)
        }),
        state("sites-receipt", |look| SitesPage { receipt: Some(disconnected(look)), ..sites(look, true) }),
        state("methods-none", |look| methods(look, &[], &[])),
        state("methods-passkeys", |look| {
            methods(look, &[], &[own_passkey(&look.text("Google Password Manager")), own_passkey("")])
        }),
        state("methods", |look| MethodsPage {
            accepted: Some(look.carried(ACCEPTED).to_owned()),
            ..methods(
                look,
                &[
                    app(&look.text("Pixel 12"), Some(1_795_230_000)),
                    app("", None),
                    app(look.names.device, None),
                ],
                &[own_passkey(look.names.device)],
            )
        }),
        state("add-totp", |look| add_totp(look, None)),
        state("add-totp-wrong", |look| add_totp(look, Some(AddTotpError::WrongCode))),
        state("add-totp-malformed", |look| add_totp(look, Some(AddTotpError::MalformedCode))),
        state("add-totp-missing", |look| add_totp(look, Some(AddTotpError::MissingCode))),
        state("recovery-codes-question", |look| recovery_question(look, 4)),
        state("recovery-codes-first-question", |look| recovery_question(look, 0)),
        state("recovery-codes", |look| recovery_codes(look, None)),
        state("recovery-codes-receipt", |look| recovery_codes(look, Some(NEARLY))),
        state("methods-few-codes", |look| MethodsPage {
            codes: codes(look, 1),
            ..methods(look, &[app("", None)], &[])
        }),
        state("methods-no-codes", |look| MethodsPage {
            codes: Some(RecoveryCodesLine { left: 0, made: None }),
            ..methods(look, &[app("", None)], &[])
        }),
        state("methods-receipt", |look| MethodsPage {
            receipt: Some(DONE),
            ..methods(look, &[app(&look.text("Pixel 12"), Some(1_795_230_000))], &[])
        }),
        state("add-passkey", |look| add_passkey(look, None)),
        state("add-passkey-missing", |look| add_passkey(look, Some(AddPasskeyError::Missing))),
        state("add-passkey-refused", |look| add_passkey(look, Some(AddPasskeyError::Refused))),
        state("add-passkey-taken", |look| add_passkey(look, Some(AddPasskeyError::Taken))),
        state("rename-method", |look| RenameMethodPage {
            layout: look.layout(),
            seal: look.seal(),
            name: TypedText::new(look.names.device),
        }),
        state("demand-passkey", |look| demand_passkey(look, true)),
        state("demand-passkey-further", |look| DemandPasskeyPage {
            is_first: false,
            ..demand_passkey(look, true)
        }),
        state("demand-passkey-unused", |look| demand_passkey(look, false)),
        state("remove-method", |look| remove_method(look, false, false)),
        state("remove-method-last", |look| remove_method(look, false, true)),
        state("remove-method-passkey", |look| remove_method(look, true, false)),
        state("remove-method-passkey-last", |look| remove_method(look, true, true)),
        state("still-signed-in", |look| StillSignedInPage { layout: look.layout(), account: look.account() }),
    ]
}

fn home(look: &Look, account: Option<DisplayText>) -> HomePage {
    HomePage {
        layout: look.layout(),
        account,
        picture: None,
        offer: None,
        may_delete: true,
        may_administer: false,
        may_register: false,
    }
}

fn devices(look: &Look, others: &[DeviceKind]) -> DevicesPage<'static> {
    DevicesPage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        receipt: None,
        here: open_device(look, 0, DeviceKind::Computer, &[look.names.client, &look.text("Site B")]),
        others: others.iter().zip(1..).map(|(kind, number)| open_device(look, number, *kind, &[])).collect(),
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
    Passkey {
        is_backed_up: is_named,
        is_asked_for: is_named,
        last_used_at,
        ..passkey::sample(Uuid::nil(), name)
    }
}

fn methods(look: &Look, apps: &[TotpCredential], passkeys: &[Passkey]) -> MethodsPage {
    let layout = look.layout();
    let has_none = apps.is_empty() && passkeys.is_empty();
    let codes = if has_none { None } else { codes(look, 9) };
    // An id is a UUID; the page does not rely on it.
    let with_id = |line: MethodLine| MethodLine { id: look.carried(super::ID).to_owned(), ..line };
    let apps = apps.iter().map(|app| with_id(MethodLine::of_app(app, &layout, super::NOW))).collect();
    let passkeys =
        passkeys.iter().map(|own| with_id(MethodLine::of_passkey(own, &layout, super::NOW))).collect();
    let (account, may_add, may_add_passkey) = (look.account(), true, true);
    let (receipt, accepted) = (None, None);
    MethodsPage {
        layout,
        account,
        receipt,
        apps,
        passkeys,
        codes,
        may_add,
        may_add_passkey,
        may_demand_passkey: true,
        accepted,
    }
}

fn codes(look: &Look, left: usize) -> Option<RecoveryCodesLine> {
    Some(RecoveryCodesLine { left, made: Some(look.ago(3 * 24 * 60 * 60)) })
}

fn demand_passkey(look: &Look, may_be_demanded: bool) -> DemandPasskeyPage<'static> {
    DemandPasskeyPage {
        layout: look.layout(),
        seal: look.seal(),
        name: DisplayText::name(look.names.device),
        is_first: true,
        may_be_demanded,
    }
}

fn recovery_question(look: &Look, left: usize) -> MakeRecoveryCodesPage<'static> {
    MakeRecoveryCodesPage { layout: look.layout(), seal: look.seal(), left }
}

fn recovery_codes(look: &Look, receipt: Option<Receipt>) -> NewRecoveryCodesPage<'static> {
    let codes = ["7K2MX-Q94TB", "0WRHN-3VEZ8", "PCD5J-GA1SF", "Y6TQB-8M2KX", "9ZVEN-R0HW4"];
    NewRecoveryCodesPage {
        layout: look.layout(),
        account: look.account(),
        codes: codes.iter().cycle().take(10).map(|code| (*code).to_owned().into()).collect(),
        receipt,
        text_address: "/nowhere?as=text",
        onward: "/nowhere",
    }
}

fn add_passkey(look: &Look, error: Option<AddPasskeyError>) -> AddPasskeyPage<'static> {
    let name = if error.is_none() { TypedText::default() } else { TypedText::new(look.names.device) };
    AddPasskeyPage {
        layout: look.layout(),
        seal: look.seal(),
        options: look.asked(),
        is_first: error.is_none(),
        name,
        ends_others: false,
        error,
        back: "/nowhere",
    }
}

fn add_totp(look: &Look, error: Option<AddTotpError>) -> AddTotpPage<'static> {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let uri =
        TotpSecret::parse(secret).map(|secret| secret.otpauth_uri(look.names.provider, look.names.account));
    AddTotpPage {
        layout: look.layout(),
        seal: look.seal(),
        qr: uri.and_then(|uri| QrCode::of(&uri)),
        secret,
        name: if error.is_none() { TypedText::default() } else { TypedText::new(look.names.device) },
        ends_others: false,
        error,
        back: "/nowhere",
    }
}

fn remove_method(look: &Look, is_passkey: bool, is_last: bool) -> RemoveMethodPage<'static> {
    let name = DisplayText::name(look.names.device);
    RemoveMethodPage { layout: look.layout(), seal: look.seal(), name, is_passkey, is_last }
}

fn sites(look: &Look, some: bool) -> SitesPage<'static> {
    let scopes = ["openid", "profile", "email", look.names.scope].map(ScopeLine::new).to_vec();
    let site = |id, scopes, devices| SiteLine {
        client: look.client(),
        id: look.carried(id).to_owned(),
        scopes,
        since: look.ago(3 * 24 * 60 * 60),
        devices,
    };
    SitesPage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        receipt: None,
        sites: if some {
            vec![site("partner", Some(scopes), 0), site("own", None, 2), site("other", None, 1)]
        } else {
            vec![]
        },
    }
}

fn disconnected(look: &Look) -> SiteReceipt {
    let site = look.names.client.to_owned();
    SiteReceipt { site, was_in_use: true, confirmed_after_ms: None, at_most: 1800 }
}

fn open_device(look: &Look, number: u8, kind: DeviceKind, sites: &[&str]) -> OpenDevice {
    OpenDevice {
        // Another for each, as the ids of the fields in a page have to be.
        sid: format!("{}-{:012x}", look.carried("0199b2c4-7a31-7c40-9d1e"), number),
        line: look.device(kind),
        sites: sites.iter().map(|site| DisplayText::name(site)).collect(),
    }
}

fn named(look: &Look, device: OpenDevice) -> OpenDevice {
    let label = DisplayText::name(look.names.account);
    let own_name = TypedText::new(look.names.account);
    OpenDevice {
        line: DeviceLine { what: Some(device.line.label), label, own_name, ..device.line },
        ..device
    }
}

/// One of each kind that looks another way.
const EVENTS: [&str; 9] = [
    "signed_in",
    "consent_given",
    "signed_out",
    "sign_in_failed",
    "password_set",
    "refresh_token_reused",
    "method_added",
    "mail_sent",
    "what_a_newer_version_writes",
];

fn activity(look: &Look, events: &[&'static str]) -> ActivityPage {
    let is = |event: &str, of: &[&str]| of.contains(&event);
    let entry = |(number, event): (usize, &&'static str)| ActivityEntry {
        event,
        at: look.ago(60 * 60 * i64::try_from(number).unwrap_or(1)),
        kind: DeviceKind::ALL[number % 4],
        device: is(event, &["signed_in", "consent_given", "signed_out", "method_added"])
            .then(|| DisplayText::name(look.names.device)),
        is_here: number == 0,
        place: (!is(event, &["password_set", "mail_sent"])).then(|| DisplayText::name(look.names.place)),
        site: is(event, &["consent_given", "refresh_token_reused"])
            .then(|| DisplayText::name(look.names.client)),
        reason: is(event, &["signed_out"]).then(|| reason(look, EndCause::Kicked)),
        by_administrator: is(event, &["password_set", "user_added"]),
    };
    ActivityPage {
        layout: look.layout(),
        account: look.account(),
        entries: events.iter().enumerate().map(entry).collect(),
        is_newest: true,
        older: (!events.is_empty()).then(|| look.carried(super::ID).to_owned()),
    }
}

fn secure(look: &Look, receipt: Option<Receipt>) -> SecurePage<'static> {
    SecurePage { layout: look.layout(), seal: look.seal(), account: look.account(), receipt }
}

fn reason(look: &Look, cause: EndCause) -> SignOutReason {
    let ended = Ended { at: UnixTime(super::NOW.0 - 7_200), cause };
    SignOutReason::new(ended, look.language, super::NOW)
}

fn ended_device(look: &Look, cause: EndCause) -> EndedDevice {
    EndedDevice { line: look.device(DeviceKind::Phone), reason: reason(look, cause) }
}
