//! The pages of administrators about clients and their secrets.

use super::admin::nav;
use super::admin_operation::{feed_line, receipt};
use super::{ID, Look, PageState, state};
use idp_server::page::admin::client_fields::{FIELDS, FieldKind, FieldShape};
use idp_server::page::admin::{
    AdminAct, AdminClientPage, AdminClientSecretsPage, AdminEditClientPage, AdminLine, AdminListPage,
    AdminProblem, AdminRoom, ClientActs, ClientFact, ClientField, FieldRefusal, NewClientFields,
};
use idp_server::page::{DisplayText, TypedText};

const DAY: i64 = 24 * 60 * 60;

pub(super) fn states() -> Vec<PageState> {
    [clients(), secrets()].into_iter().flatten().collect()
}

fn clients() -> Vec<PageState> {
    let refused = |name, field: &'static str| {
        state(name, move |look| AdminEditClientPage {
            problem: Some(AdminProblem::Field),
            ..edit(look, false, Some(field), false)
        })
    };
    vec![
        state("admin-clients", |look| list(look, 10)),
        state("admin-clients-many", |look| AdminListPage {
            next: Some("/admin/clients?after=sample".to_owned()),
            ..list(look, 25)
        }),
        state("admin-clients-none", |look| list(look, 0)),
        state("admin-clients-none-found", |look| AdminListPage {
            prefix: Some(TypedText::new(look.names.client)),
            add: None,
            ..list(look, 0)
        }),
        state("admin-clients-removed", |look| AdminListPage {
            receipt: Some(receipt(look, AdminAct::Removed)),
            ..list(look, 3)
        }),
        state("admin-client", client),
        state("admin-client-bare", |look| AdminClientPage {
            scope_without_meaning: None,
            feed: None,
            deliveries: None,
            events: None,
            acts: None,
            is_public: true,
            ..client(look)
        }),
        state("admin-client-without-feed", |look| AdminClientPage { feed: Some(Vec::new()), ..client(look) }),
        state("admin-client-changed", |look| AdminClientPage {
            receipt: Some(receipt(look, AdminAct::Changed)),
            ..client(look)
        }),
        state("admin-client-logo-set", |look| AdminClientPage {
            client: look.client_with_logo(),
            receipt: Some(receipt(look, AdminAct::LogoSet)),
            ..client(look)
        }),
        state("admin-client-logo-removed", |look| AdminClientPage {
            receipt: Some(receipt(look, AdminAct::LogoRemoved)),
            ..client(look)
        }),
        state("admin-client-secret-removed", |look| AdminClientPage {
            receipt: Some(receipt(look, AdminAct::SecretRemoved)),
            ..client(look)
        }),
        state("admin-add-client", |look| edit(look, true, None, false)),
        state("admin-add-client-id", |look| AdminEditClientPage {
            new: Some(NewClientFields {
                id: TypedText::new(look.names.client),
                problem: Some(FieldRefusal::of("admin-client-id-taken")),
                is_public: true,
            }),
            problem: Some(AdminProblem::Field),
            ..edit(look, true, None, false)
        }),
        state("admin-change-client", |look| edit(look, false, None, false)),
        refused("admin-change-client-redirect", "redirect_uris"),
        refused("admin-change-client-feed", "revocation_feed"),
        state("admin-change-client-everything", |look| {
            let mut page = edit(look, false, None, false);
            let fields = page.groups.iter_mut().flat_map(|(_, fields)| fields);
            for (words, field) in REASONS.into_iter().zip(fields) {
                let values = ["name", "known", "scope", "audience", "claim", "address", "size", "budget"];
                let values = values.map(|name| (name, DisplayText::name(look.names.scope)));
                field.problem = Some(FieldRefusal { words, line: None, values: values.into() });
            }
            AdminEditClientPage { problem: Some(AdminProblem::Field), ..page }
        }),
        state("admin-change-client-fits", |look| {
            let mut page = edit(look, false, None, false);
            let mut said = Vec::new();
            for field in page.groups.iter_mut().flat_map(|(_, fields)| fields) {
                // Each reason once.
                if !said.contains(&field.shape.fits) {
                    said.push(field.shape.fits);
                    field.problem = Some(FieldRefusal::of(field.shape.fits));
                }
            }
            AdminEditClientPage { problem: Some(AdminProblem::Field), ..page }
        }),
        state("admin-change-client-role", |look| {
            let mut page = edit(look, false, None, false);
            let mut fields = page.groups.iter_mut().flat_map(|(_, fields)| fields);
            let field = fields.find(|field| field.shape.name == "allowed_roles");
            if let Some(field) = field {
                field.problem = Some(FieldRefusal {
                    values: vec![("name", DisplayText::name(look.names.scope))],
                    ..FieldRefusal::of("admin-client-roles-unknown")
                });
            }
            AdminEditClientPage { problem: Some(AdminProblem::Field), ..page }
        }),
        state("admin-change-client-budget", |look| AdminEditClientPage {
            problem: Some(AdminProblem::Field),
            reason: Some(FieldRefusal {
                values: vec![("size", bytes(look)), ("budget", bytes(look))],
                ..FieldRefusal::of("admin-client-budget")
            }),
            ..edit(look, false, None, false)
        }),
        state("admin-change-client-stale", |look| AdminEditClientPage {
            problem: Some(AdminProblem::ChangedMeanwhile),
            ..edit(look, false, None, true)
        }),
        state("admin-change-client-permission", |look| AdminEditClientPage {
            problem: Some(AdminProblem::NotPermitted),
            ..edit(look, false, None, false)
        }),
    ]
}

fn list(look: &Look, count: usize) -> AdminListPage<'static> {
    let line = |_| AdminLine {
        href: format!("/admin/clients/show?id={ID}"),
        name: DisplayText::name(look.names.client),
        description: DisplayText::name(look.names.scope),
        is_built_in: false,
    };
    AdminListPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Clients),
        receipt: None,
        prefix: Some(TypedText::default()),
        lines: (0..count).map(line).collect(),
        next: None,
        add: Some("/admin/clients/add"),
    }
}

/// Why a registration is not taken, beside what a field does not fit.
const REASONS: [&str; 15] = [
    "admin-client-id-taken",
    "admin-client-fits-id",
    "admin-client-redirects-none",
    "admin-client-own-name-public",
    "admin-client-audience-permissions",
    "admin-client-claims-many",
    "admin-client-claims-unknown",
    "admin-client-claims-rights",
    "admin-client-roles-unknown",
    "admin-client-groups-unknown",
    "admin-client-access-many",
    "admin-client-acr-unknown",
    "admin-client-logout-private",
    "admin-client-budget",
    "admin-client-fits-not",
];

/// A number, unless a test puts something else there.
fn bytes(look: &Look) -> DisplayText {
    DisplayText::name(&look.text("1024"))
}

fn is_ticked(shape: &FieldShape) -> bool {
    ["authorization_code", "refresh_token", "require_pkce"].contains(&shape.name)
}

fn client(look: &Look) -> AdminClientPage {
    let fact = |shape: &'static FieldShape| ClientFact {
        shape,
        values: match (shape.kind, shape.name) {
            (FieldKind::Tick, _) | (_, "color" | "required_acr" | "id_token_encryption_key") => Vec::new(),
            (FieldKind::Lines, _) => {
                vec![DisplayText::reason(look.names.host), DisplayText::reason(look.names.scope)]
            }
            (FieldKind::Line, _) => vec![DisplayText::reason(look.names.client)],
        },
        is_ticked: is_ticked(shape),
    };
    let of = |act: &str| format!("/admin/clients/{act}?id={ID}");
    AdminClientPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Clients),
        receipt: None,
        client: look.client(),
        id: DisplayText::name(look.names.scope),
        created: look.ago(3 * DAY),
        is_public: false,
        scope_without_meaning: Some(DisplayText::reason(look.names.provider)),
        groups: FIELDS.iter().map(|group| (group.heading, group.shapes.iter().map(fact).collect())).collect(),
        secrets: vec![DisplayText::name(look.names.scope), DisplayText::name(look.names.scope)],
        feed: Some(vec![feed_line(look, 0), feed_line(look, 3)]),
        deliveries: Some("/admin/deliveries?client=sample".to_owned()),
        events: Some("/admin/audit?client=sample".to_owned()),
        acts: Some(ClientActs {
            change: of("change"),
            logo: of("logo"),
            secrets: Some(of("secrets")),
            remove: of("remove"),
        }),
    }
}

fn edit(
    look: &Look,
    is_new: bool,
    at_fault: Option<&'static str>,
    is_stale: bool,
) -> AdminEditClientPage<'static> {
    let field = |shape: &'static FieldShape| ClientField {
        shape,
        value: match shape.kind {
            FieldKind::Tick => TypedText::default(),
            FieldKind::Line | FieldKind::Lines if is_new => TypedText::default(),
            FieldKind::Line | FieldKind::Lines => TypedText::lines(look.names.host),
        },
        is_ticked: is_ticked(shape),
        problem: (at_fault == Some(shape.name)).then(|| FieldRefusal {
            line: (shape.kind == FieldKind::Lines).then(|| DisplayText::name(look.names.host)),
            ..FieldRefusal::of(shape.fits)
        }),
        stored: match shape.name {
            "client_name" | "redirect_uris" if is_stale => Some(vec![DisplayText::reason(look.names.client)]),
            "color" | "consent" if is_stale => Some(Vec::new()),
            _ => None,
        },
    };
    AdminEditClientPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Clients),
        seal: look.seal(),
        new: is_new.then(NewClientFields::default),
        name: if is_new { DisplayText::default() } else { DisplayText::name(look.names.client) },
        groups: FIELDS
            .iter()
            .map(|group| (group.heading, group.shapes.iter().map(field).collect()))
            .collect(),
        problem: None,
        reason: None,
        back: "/admin/clients",
    }
}

fn secrets() -> Vec<PageState> {
    vec![
        state("admin-secrets", |look| secrets_page(look, 2)),
        state("admin-secrets-one", |look| secrets_page(look, 1)),
        state("admin-secrets-made", |look| AdminClientSecretsPage {
            made: Some(DisplayText::reason(look.names.scope)),
            ..secrets_page(look, 2)
        }),
        state("admin-secrets-new-client", |look| AdminClientSecretsPage {
            made: Some(DisplayText::reason(look.names.scope)),
            is_new_client: true,
            ..secrets_page(look, 1)
        }),
        state("admin-secrets-stale", |look| AdminClientSecretsPage {
            problem: Some(AdminProblem::ChangedMeanwhile),
            ..secrets_page(look, 2)
        }),
        state("admin-secrets-last", |look| AdminClientSecretsPage {
            problem: Some(AdminProblem::Secret),
            ..secrets_page(look, 1)
        }),
    ]
}

fn secrets_page(look: &Look, count: usize) -> AdminClientSecretsPage<'static> {
    AdminClientSecretsPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Clients),
        seal: look.seal(),
        name: DisplayText::name(look.names.client),
        id: DisplayText::name(look.names.scope),
        secrets: (0..count).map(|_| DisplayText::name(look.names.scope)).collect(),
        made: None,
        is_new_client: false,
        problem: None,
        back: "/admin/clients",
    }
}
