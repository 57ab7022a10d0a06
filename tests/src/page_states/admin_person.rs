//! The pages of one person, as administrators see them.

use super::admin::{nav, receipt};
use super::{ID, Look, NOW, PageState, state};
use idp_core::device::DeviceKind;
use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;
use idp_server::page::admin::people::{
    AdminPersonActivityPage, AdminPersonPage, AdminPersonSessionsPage, EndedSessionLine, EventActor,
    PasswordState, PersonActs, PersonAddress, PersonDuty, PersonEvent, PersonFactor, PersonHeld,
    PersonMethods, PersonRoles, PersonSession, PersonSite, PersonState,
};
use idp_server::page::admin::{AdminAct, AdminRoom};
use idp_server::page::{AddressLine, DisplayText, MethodLine, Receipt, SignOutReason};

pub(super) fn states() -> Vec<PageState> {
    let mut states = shown();
    states.extend(receipts());
    states.extend(vec![
        state("admin-sessions", |look| sessions(look, 3)),
        state("admin-sessions-many", |look| AdminPersonSessionsPage { more: 40, ..sessions(look, 10) }),
        state("admin-sessions-none", |look| AdminPersonSessionsPage {
            ended: Vec::new(),
            sites: Vec::new(),
            ..sessions(look, 0)
        }),
        state("admin-sessions-seen", |look| {
            let mut page = AdminPersonSessionsPage { sign_out: None, ..sessions(look, 2) };
            page.open.iter_mut().for_each(|session| session.end = None);
            page.sites.iter_mut().for_each(|site| site.disconnect = None);
            page
        }),
        state("admin-sessions-ended", |look| {
            let reached = Receipt { devices: 1, sites: 2, confirmed: 2, took_ms: 180, at_most: 300 };
            AdminPersonSessionsPage {
                receipt: Some(receipt(look, AdminAct::SessionEnded(reached))),
                ..sessions(look, 2)
            }
        }),
        state("admin-sessions-disconnected", |look| AdminPersonSessionsPage {
            receipt: Some(receipt(look, AdminAct::Disconnected)),
            ..sessions(look, 1)
        }),
        state("admin-activity", |look| activity(look, 20)),
        state("admin-activity-older", |look| AdminPersonActivityPage {
            older: None,
            newest: Some(format!("/admin/people/activity?id={ID}")),
            ..activity(look, 7)
        }),
        state("admin-activity-none", |look| AdminPersonActivityPage { older: None, ..activity(look, 0) }),
    ]);
    states
}

fn shown() -> Vec<PageState> {
    vec![
        state("admin-person", |look| person(look, 2)),
        state("admin-person-many", |look| AdminPersonPage { open: 144, sites: 37, ..person(look, 4) }),
        state("admin-person-new", |look| AdminPersonPage {
            last_sign_in: None,
            addresses: Vec::new(),
            attributes: Vec::new(),
            methods: PersonMethods {
                password: PasswordState::Temporary("2026-12-03 10:00 UTC".to_owned()),
                factors: Vec::new(),
                codes_left: 0,
                duty: None,
            },
            roles: Some(PersonRoles { own: Vec::new(), by_groups: Vec::new() }),
            groups: Some(Vec::new()),
            sites: 0,
            activity: Some(Vec::new()),
            ..person(look, 0)
        }),
        state("admin-person-disabled", |look| {
            let mut page = AdminPersonPage { state: PersonState::Disabled, ..person(look, 0) };
            (page.acts.disable, page.acts.enable) = (None, Some("/admin/people/enable".to_owned()));
            page
        }),
        state("admin-person-deleting", |look| AdminPersonPage {
            state: PersonState::Deleting,
            delete_at: Some("2026-12-14 10:00 UTC".to_owned()),
            ..person(look, 0)
        }),
        state("admin-person-out-of-reach", |look| AdminPersonPage {
            is_out_of_reach: true,
            acts: PersonActs { sign_out: Some("/admin/people/sign-out".to_owned()), ..seen() },
            ..untouched(look)
        }),
        state("admin-person-help-desk", |look| AdminPersonPage {
            roles: None,
            activity: None,
            ..person(look, 1)
        }),
        state("admin-person-auditor", |look| AdminPersonPage {
            acts: seen(),
            groups: None,
            ..untouched(look)
        }),
    ]
}

fn receipts() -> Vec<PageState> {
    [
        ("admin-person-changed", AdminAct::PersonChanged),
        ("admin-person-same", AdminAct::PersonSame),
        ("admin-person-switched-off", AdminAct::Disabled),
        ("admin-person-switched-on", AdminAct::Enabled),
        ("admin-person-signed-out", AdminAct::SignedOut),
        ("admin-person-method-removed", AdminAct::MethodRemoved),
        ("admin-person-methods-reset", AdminAct::MethodsReset),
        ("admin-person-link-sent", AdminAct::LinkSent),
        ("admin-person-role-given", AdminAct::RoleGiven),
        ("admin-person-role-taken", AdminAct::RoleTaken),
        ("admin-person-address-added", AdminAct::AddressAdded),
        ("admin-person-address-verified", AdminAct::AddressVerified),
        ("admin-person-address-primary", AdminAct::AddressMadePrimary),
        ("admin-person-address-removed", AdminAct::AddressRemoved),
    ]
    .map(|(name, act)| {
        state(name, move |look| AdminPersonPage { receipt: Some(receipt(look, act)), ..person(look, 1) })
    })
    .into()
}

fn of(act: &str) -> String {
    format!("/admin/people/{act}?id={ID}")
}

/// Of an administrator who looks and does nothing.
fn seen() -> PersonActs {
    PersonActs { sessions: of("sessions"), activity: of("activity"), ..PersonActs::default() }
}

fn acts() -> PersonActs {
    PersonActs {
        change: Some(of("change")),
        add_address: Some(of("addresses/add")),
        password: Some(of("password")),
        reset_methods: Some(of("methods/reset")),
        give_role: Some(of("roles/give")),
        join_group: Some(of("groups/add")),
        sign_out: Some(of("sign-out")),
        audit: Some("/admin/audit?person=sample".to_owned()),
        disable: Some(of("disable")),
        remove: Some(of("remove")),
        ..seen()
    }
}

fn person(look: &Look, open: usize) -> AdminPersonPage {
    let address = |is_primary| PersonAddress {
        line: AddressLine {
            id: ID.to_owned(),
            address: DisplayText::reason(look.names.account),
            is_primary,
            verified: is_primary.then(|| look.ago(90 * 24 * 60 * 60)),
        },
        change: Some(of("addresses/change")),
    };
    let held = |name| PersonHeld {
        name: DisplayText::name(name),
        href: format!("/admin/roles/show?id={ID}"),
        take: Some(of("roles/take")),
    };
    AdminPersonPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        receipt: None,
        name: look.account(),
        username: DisplayText::name(look.names.host),
        id: ID.to_owned(),
        state: PersonState::Active,
        delete_at: None,
        created: look.ago(400 * 24 * 60 * 60),
        last_sign_in: Some(look.ago(320)),
        addresses: vec![address(true), address(false)],
        attributes: vec![
            (DisplayText::name(look.names.scope), DisplayText::reason(look.names.client)),
            (DisplayText::name(look.names.device), DisplayText::reason(look.names.place)),
        ],
        is_out_of_reach: false,
        methods: PersonMethods {
            password: PasswordState::Set,
            factors: vec![factor(look, true), factor(look, false)],
            codes_left: 7,
            duty: Some(PersonDuty::Role),
        },
        roles: Some(PersonRoles {
            own: vec![held(look.names.scope)],
            by_groups: vec![DisplayText::name(look.names.client)],
        }),
        groups: Some(vec![held(look.names.client)]),
        sessions: (0..open.min(4)).map(|at| session(look, at)).collect(),
        open,
        sites: 2,
        activity: Some((0..4).map(|at| event(look, at)).collect()),
        acts: acts(),
    }
}

/// With nothing that could be done beside its rows.
fn untouched(look: &Look) -> AdminPersonPage {
    let mut page = person(look, 1);
    page.addresses.iter_mut().for_each(|address| address.change = None);
    page.methods.factors.iter_mut().for_each(|factor| factor.remove = None);
    let roles = page.roles.iter_mut().flat_map(|roles| &mut roles.own);
    roles.chain(page.groups.iter_mut().flatten()).for_each(|held| held.take = None);
    page
}

fn factor(look: &Look, is_asked_for: bool) -> PersonFactor {
    PersonFactor {
        line: MethodLine {
            id: ID.to_owned(),
            name: DisplayText::name(look.names.device),
            added: look.ago(90 * 24 * 60 * 60),
            last_use: is_asked_for.then(|| look.ago(320)),
            is_synced: false,
            is_asked_for,
        },
        remove: Some(of("methods/remove")),
    }
}

fn session(look: &Look, at: usize) -> PersonSession {
    let kinds = [DeviceKind::Computer, DeviceKind::Phone, DeviceKind::Tablet, DeviceKind::Other];
    PersonSession {
        line: look.device(kinds[at % 4]),
        sites: vec![DisplayText::name(look.names.client); at % 3],
        end: Some(of("sessions/end")),
    }
}

fn event(look: &Look, at: usize) -> PersonEvent {
    let events = ["signed_in", "role_given", "signed_out", "user_disabled", "token_revoked", "mail_sent"];
    let person = look.account();
    PersonEvent {
        event: events[at % events.len()].to_owned(),
        at: look.ago(320 + 7_000 * i64::try_from(at).unwrap_or_default()),
        actor: match at % 4 {
            1 => EventActor::Administrator(person),
            2 => EventActor::Client(person),
            3 => EventActor::Console(person),
            _ => EventActor::Themselves,
        },
        site: (at % 5 == 4).then(|| DisplayText::name(look.names.client)),
        address: Some(DisplayText::name(look.names.place)),
        reason: (at % 6 == 2).then(|| reason(look)),
        detail: (at % 6 == 1).then(|| DisplayText::name(look.names.scope)),
    }
}

fn reason(look: &Look) -> SignOutReason {
    let ended = Ended { at: UnixTime(NOW.0 - 7_200), cause: EndCause::Administrator };
    SignOutReason::new(ended, look.language, NOW)
}

fn sessions(look: &Look, open: usize) -> AdminPersonSessionsPage {
    let site = |at: usize| PersonSite {
        name: DisplayText::name(look.names.client),
        since: look.ago(40 * 24 * 60 * 60),
        scope: at.is_multiple_of(2).then(|| DisplayText::reason(look.names.scope)),
        sessions: at,
        disconnect: Some(of("sites/disconnect")),
    };
    let past = |_| EndedSessionLine { line: look.device(DeviceKind::Phone), reason: reason(look) };
    AdminPersonSessionsPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        receipt: None,
        person: look.account(),
        open: (0..open).map(|at| session(look, at)).collect(),
        more: 0,
        ended: (0..2).map(past).collect(),
        sites: (0..2).map(site).collect(),
        sign_out: Some(of("sign-out")),
        back: of("show"),
    }
}

fn activity(look: &Look, count: usize) -> AdminPersonActivityPage {
    AdminPersonActivityPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        person: look.account(),
        entries: (0..count).map(|at| event(look, at)).collect(),
        older: Some(format!("{}&before={ID}", of("activity"))),
        newest: None,
        back: of("show"),
    }
}
