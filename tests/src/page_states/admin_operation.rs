//! The pages of administrators about keys, the audit log, deliveries and settings, and what is asked before an act.

use super::admin::nav;
use super::{ID, Look, PageState, state};
use idp_core::time::UnixTime;
use idp_server::page::admin::people::EventActor;
use idp_server::page::admin::picture::{Scale, share};
use idp_server::page::admin::{
    AUDIT_EVENTS, AdminAct, AdminAskPage, AdminAuditPage, AdminDeliveriesPage, AdminFeedPage, AdminKeysPage,
    AdminProblem, AdminQuestion, AdminReceipt, AdminRoom, AdminSettingsPage, AuditActor, AuditFields,
    AuditLine, AuditLink, Counted, DeliveryLine, DeliveryState, FeedLine, KeyLine, KeyStanding, SettingLine,
    SettingOrigin,
};
use idp_server::page::{DisplayText, FormSeal, TypedText};

const DAY: i64 = 24 * 60 * 60;

pub(super) fn states() -> Vec<PageState> {
    let rooms = [questions(), keys(), audit(), deliveries(), settings()];
    rooms.into_iter().flatten().collect()
}

pub(super) fn receipt(look: &Look, act: AdminAct) -> AdminReceipt {
    AdminReceipt { act, name: DisplayText::name(look.names.client), person: look.account() }
}

fn questions() -> Vec<PageState> {
    let remove = |name, count, are_more| {
        state(name, move |look| {
            let question = AdminQuestion::RemoveClient {
                name: DisplayText::name(look.names.client),
                id: DisplayText::name(look.names.scope),
                grants: Counted { count, are_more },
            };
            ask(look, AdminRoom::Clients, question, None)
        })
    };
    let retire = |name, signs, problem| {
        state(name, move |look| {
            let question = AdminQuestion::RetireKey { kid: DisplayText::name(look.names.scope), signs };
            ask(look, AdminRoom::Keys, question, problem)
        })
    };
    let give_up = |name, signs| {
        state(name, move |look| {
            let question = AdminQuestion::GiveUpKey { kid: DisplayText::name(look.names.scope), signs };
            ask(look, AdminRoom::Keys, question, None)
        })
    };
    let rotate = |name, has_next: bool, problem| {
        state(name, move |look| {
            let next = has_next.then(|| DisplayText::name(look.names.scope));
            ask(look, AdminRoom::Keys, AdminQuestion::RotateKeys { next }, problem)
        })
    };
    let everybody = |name, count, are_more| {
        state(name, move |look| {
            let question = AdminQuestion::SignOutEverybody { open: Counted { count, are_more } };
            ask(look, AdminRoom::People, question, None)
        })
    };
    vec![
        everybody("admin-sign-out-everybody", 7, false),
        everybody("admin-sign-out-everybody-many", 10_000, true),
        remove("admin-remove-client", 1, false),
        remove("admin-remove-client-of-nobody", 0, false),
        remove("admin-remove-client-many", 1000, true),
        state("admin-remove-client-stale", |look| {
            let question = AdminQuestion::RemoveClient {
                name: DisplayText::name(look.names.client),
                id: DisplayText::name(look.names.scope),
                grants: Counted { count: 7, are_more: false },
            };
            ask(look, AdminRoom::Clients, question, Some(AdminProblem::ChangedMeanwhile))
        }),
        rotate("admin-rotate", true, None),
        rotate("admin-rotate-too-fresh", true, Some(AdminProblem::NextKeyNotReady)),
        rotate("admin-rotate-no-next", false, None),
        retire("admin-retire-key", true, None),
        retire("admin-retire-key-unused", false, None),
        retire("admin-retire-key-refused", false, Some(AdminProblem::KeyDoesNotSign)),
        give_up("admin-give-up-key", true),
        give_up("admin-give-up-key-unused", false),
    ]
}

fn ask(
    look: &Look,
    here: AdminRoom,
    question: AdminQuestion,
    problem: Option<AdminProblem>,
) -> AdminAskPage<'static> {
    AdminAskPage {
        layout: look.layout(),
        nav: nav(here),
        seal: look.seal(),
        question,
        problem,
        back: here.path(),
    }
}

fn keys() -> Vec<PageState> {
    let after = |name, act| {
        state(name, move |look| AdminKeysPage { receipt: Some(receipt(look, act)), ..keys_page(look, true) })
    };
    vec![
        state("admin-keys", |look| keys_page(look, true)),
        state("admin-keys-without-next", |look| keys_page(look, false)),
        state("admin-keys-too-fresh", |look| AdminKeysPage { is_next_ready: false, ..keys_page(look, true) }),
        state("admin-keys-seen", |look| AdminKeysPage { may_act: false, ..keys_page(look, true) }),
        after("admin-keys-rotated", AdminAct::KeysRotated),
        after("admin-keys-retired", AdminAct::KeyRetired),
        after("admin-keys-given-up", AdminAct::KeyGivenUp),
    ]
}

/// Three keys, as an installation has them, and where the present is.
pub(super) fn ring(look: &Look, has_next: bool) -> (Vec<KeyLine>, i64) {
    let at = |days: i64| UnixTime(super::NOW.0 + days * DAY);
    let scale = Scale::of([at(-40), at(31)]);
    let line = |standing, class, from: i64, until: i64| KeyLine {
        kid: DisplayText::name(look.names.scope),
        algorithm: DisplayText::name(look.names.scope),
        standing,
        since: look.ago(-from * DAY),
        until: at(until),
        stretches: vec![scale.stretch(class, at(from), at(until))],
        retire: (standing == KeyStanding::Active).then(|| format!("/admin/keys/retire?id={ID}")),
        give_up: format!("/admin/keys/give-up?id={ID}"),
    };
    let mut keys = vec![
        line(KeyStanding::Retired, "key-retired", -40, 1),
        line(KeyStanding::Active, "key-active", -10, 20),
    ];
    if has_next {
        keys.push(line(KeyStanding::Next, "key-next", -9, 20));
    }
    (keys, scale.x(super::NOW))
}

fn keys_page(look: &Look, has_next: bool) -> AdminKeysPage {
    let (keys, now) = ring(look, has_next);
    AdminKeysPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Keys),
        receipt: None,
        keys,
        now,
        may_act: true,
        is_next_ready: has_next,
    }
}

fn audit() -> Vec<PageState> {
    vec![
        state("admin-audit", |look| audit_page(look, 6)),
        state("admin-audit-more", |look| AdminAuditPage {
            next: Some("/admin/audit?before=sample".to_owned()),
            fields: AuditFields {
                event: Some("signed_in"),
                person: TypedText::new(look.names.account),
                ..AuditFields::default()
            },
            ..audit_page(look, 3)
        }),
        state("admin-audit-none", |look| audit_page(look, 0)),
        state("admin-audit-filtered", |look| AdminAuditPage {
            fields: AuditFields { person: TypedText::new(look.names.account), ..AuditFields::default() },
            ..audit_page(look, 2)
        }),
        state("admin-audit-not-yet", |look| AdminAuditPage {
            next: Some("/admin/audit?before=sample".to_owned()),
            ..audit_page(look, 0)
        }),
        state("admin-audit-unfit", |look| AdminAuditPage {
            unfit: Some("person"),
            fields: AuditFields { person: TypedText::new(look.names.account), ..AuditFields::default() },
            copies: None,
            ..audit_page(look, 0)
        }),
        state("admin-audit-unfit-day", |look| AdminAuditPage {
            unfit: Some("since"),
            copies: None,
            ..audit_page(look, 0)
        }),
    ]
}

fn audit_page(look: &Look, count: usize) -> AdminAuditPage {
    let link = |name: DisplayText, to: &str| AuditLink { name, to: Some(to.to_owned()) };
    let line = |place: usize| {
        let (word, _) = AUDIT_EVENTS[place % AUDIT_EVENTS.len()];
        AuditLine {
            event: if place == 5 { DisplayText::name(look.names.scope) } else { DisplayText::name(word) },
            at: look.ago(60 * i64::try_from(place).unwrap_or_default()),
            person: (place % 3 != 2).then(|| link(look.account(), "/admin/people/show?id=sample")),
            client: (place % 2 == 1).then(|| AuditLink {
                name: DisplayText::name(look.names.client),
                to: (place != 5).then(|| "/admin/clients/show?id=sample".to_owned()),
            }),
            actor: (place > 0).then(|| AuditActor {
                who: match place % 3 {
                    0 => EventActor::Client(DisplayText::name(look.names.scope)),
                    1 => EventActor::Administrator(look.account()),
                    _ => EventActor::Console(look.account()),
                },
                to: "/admin/audit?actor=sample".to_owned(),
            }),
            session: place.is_multiple_of(2).then(|| "/admin/audit?session=sample".to_owned()),
            address: (place % 4 != 3).then(|| DisplayText::name(look.names.place)),
            detail: (place % 4 == 3).then(|| DisplayText::reason(look.names.scope)),
        }
    };
    AdminAuditPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Audit),
        fields: AuditFields::default(),
        unfit: None,
        lines: (0..count).map(line).collect(),
        next: None,
        copies: Some((
            "/admin/audit/audit-events.jsonl".to_owned(),
            "/admin/audit/audit-events.csv".to_owned(),
        )),
    }
}

fn deliveries() -> Vec<PageState> {
    let after = |name, act| {
        state(name, move |look| AdminDeliveriesPage {
            receipt: Some(receipt(look, act)),
            ..deliveries_page(look, true, 3)
        })
    };
    vec![
        state("admin-deliveries", |look| deliveries_page(look, true, 6)),
        state("admin-deliveries-seen", |look| AdminDeliveriesPage {
            seal: None,
            next: Some("/admin/deliveries?after=sample".to_owned()),
            ..deliveries_page(look, true, 3)
        }),
        state("admin-deliveries-none", |look| AdminDeliveriesPage {
            client: Some(TypedText::new(look.names.client)),
            state: Some(DeliveryState::Pending),
            ..deliveries_page(look, true, 0)
        }),
        state("admin-deliveries-over", |look| AdminDeliveriesPage {
            problem: Some(AdminProblem::DeliveryIsOver),
            ..deliveries_page(look, true, 3)
        }),
        after("admin-deliveries-retried", AdminAct::TriedAgain),
        after("admin-deliveries-given-up", AdminAct::DeliveryGivenUp),
        state("admin-mails", |look| deliveries_page(look, false, 6)),
        state("admin-mails-none", |look| deliveries_page(look, false, 0)),
        state("admin-feed", |look| feed_page(look, &[0, 3, 120])),
        state("admin-feed-none", |look| feed_page(look, &[])),
    ]
}

fn deliveries_page(look: &Look, is_of_sites: bool, count: usize) -> AdminDeliveriesPage<'static> {
    let line = |place: usize| DeliveryLine {
        id: DisplayText::name(look.carried(ID)),
        what: DisplayText::name(if is_of_sites { look.names.host } else { look.names.scope }),
        person: place.is_multiple_of(2).then(|| AuditLink {
            name: if place == 2 { DisplayText::name(look.names.scope) } else { look.account() },
            to: (place != 2).then(|| "/admin/people/show?id=sample".to_owned()),
        }),
        state: DeliveryState::ALL[place % 3],
        created: look.ago(600),
        attempts: place,
        error: (place % 3 == 2).then(|| DisplayText::reason(look.names.provider)),
    };
    let seal = FormSeal { post_to: "/admin/deliveries/settle", ..look.seal() };
    AdminDeliveriesPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Deliveries),
        list: if is_of_sites { "/admin/deliveries" } else { "/admin/deliveries/mails" },
        receipt: None,
        problem: None,
        client: is_of_sites.then(TypedText::default),
        state: None,
        lines: (0..count).map(line).collect(),
        next: None,
        seal: Some(seal),
    }
}

pub(super) fn feed_line(look: &Look, lag: usize) -> FeedLine {
    FeedLine {
        client: DisplayText::name(look.names.client),
        instance: DisplayText::name(look.names.host),
        is_connected: lag != 3,
        lag,
        share: if lag == 0 { 0 } else { share(u64::try_from(lag).unwrap_or_default(), 120) },
        confirmed: (lag != 120).then(|| look.ago(5)),
    }
}

fn feed_page(look: &Look, lags: &[usize]) -> AdminFeedPage {
    AdminFeedPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Deliveries),
        list: "/admin/deliveries/feed",
        lines: lags.iter().map(|lag| feed_line(look, *lag)).collect(),
        next: None,
    }
}

fn settings() -> Vec<PageState> {
    let line = |look: &Look, origin| SettingLine {
        key: DisplayText::name(look.names.scope),
        value: DisplayText::reason(look.names.host),
        origin,
    };
    let page = move |look: &Look, own| AdminSettingsPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Settings),
        notes: Vec::new(),
        own,
        usual: vec![
            line(look, SettingOrigin::Usual),
            SettingLine { value: DisplayText::default(), ..line(look, SettingOrigin::Usual) },
        ],
    };
    vec![
        state("admin-settings", move |look| AdminSettingsPage {
            notes: vec![DisplayText::reason(look.names.provider)],
            ..page(
                look,
                vec![
                    line(look, SettingOrigin::File(DisplayText::reason(look.names.host))),
                    line(look, SettingOrigin::Environment),
                    line(look, SettingOrigin::Flag),
                ],
            )
        }),
        state("admin-settings-usual", move |look| page(look, Vec::new())),
    ]
}
