//! The pages of the attributes of people, and the fields of them.

use super::admin::{nav, receipt};
use super::{ID, Look, PageState, state};
use idp_core::time::UnixTime;
use idp_core::user::attribute::{Attribute, AttributeAccess, AttributeKind, AttributeType, UnfitValue};
use idp_server::page::admin::{
    AdminAct, AdminAttributePage, AdminConfirmPage, AdminEditAttributePage, AdminLine, AdminListPage,
    AdminProblem, AdminRoom, AttributeFact, Removal, TypedAttribute,
};
use idp_server::page::{AttributeField, AttributeShape, DisplayText, TypedText, field_name};

/// Every state of theirs.
pub(super) fn states() -> Vec<PageState> {
    let refused = |name, problem| {
        state(name, move |look| AdminEditAttributePage { problem: Some(problem), ..edit(look, true) })
    };
    let removed =
        |look: &Look, people, are_more, sites| confirm(look, Removal::Attribute { people, are_more, sites });
    vec![
        state("admin-attributes", |look| list(look, 3)),
        state("admin-attributes-none", |look| list(look, 0)),
        state("admin-attributes-removed", |look| AdminListPage {
            receipt: Some(receipt(look, AdminAct::Removed)),
            ..list(look, 2)
        }),
        state("admin-attribute", |look| attribute(look, AttributeKind::String)),
        state("admin-attribute-choice", |look| AdminAttributePage {
            people: 1000,
            are_more: true,
            ..attribute(look, AttributeKind::Choice)
        }),
        state("admin-attribute-seen", |look| AdminAttributePage {
            people: 0,
            change: None,
            remove: None,
            ..attribute(look, AttributeKind::Date)
        }),
        state("admin-add-attribute", |look| edit(look, false)),
        state("admin-change-attribute", |look| edit(look, true)),
        state("admin-add-attribute-name", |look| AdminEditAttributePage {
            problem: Some(AdminProblem::AttributeName),
            ..edit(look, false)
        }),
        refused("admin-change-attribute-label", AdminProblem::Label),
        refused("admin-change-attribute-bounds", AdminProblem::AttributeBounds),
        refused("admin-change-attribute-in-use", AdminProblem::AttributeInUse),
        refused("admin-change-attribute-rights", AdminProblem::AttributeOfRights),
        refused("admin-change-attribute-large", AdminProblem::AttributeTooLarge),
        refused("admin-add-attribute-too-many", AdminProblem::TooManyAttributes),
        state("admin-change-attribute-stale", |look| AdminEditAttributePage {
            problem: Some(AdminProblem::ChangedMeanwhile),
            stored: Some(AttributeFact::from(&defined(look, AttributeKind::Choice, true))),
            ..edit(look, true)
        }),
        state("admin-remove-attribute", move |look| removed(look, 7, false, 2)),
        state("admin-remove-attribute-many", move |look| removed(look, 1000, true, 0)),
    ]
}

fn defined(look: &Look, kind: AttributeKind, is_multiple: bool) -> Attribute {
    let choices = match kind {
        AttributeKind::Choice => vec![choice(look), format!("{}2", choice(look))],
        _ => Vec::new(),
    };
    let of = AttributeType::new(kind, None, choices, is_multiple);
    let plain = || AttributeType::new(AttributeKind::String, None, Vec::new(), false);
    Attribute {
        id: ID.parse().unwrap_or_default(),
        name: format!("kind_{}", kind.as_str()).parse().unwrap_or_else(|_| unreachable!("it is a name")),
        label: look.names.scope.to_owned(),
        description: look.names.provider.to_owned(),
        of: of.or_else(|_| plain()).unwrap_or_else(|_| unreachable!("it is a type")),
        access: AttributeAccess::PersonChanges,
        created_at: UnixTime(0),
    }
}

/// What an operator may offer: visible, and not too long.
fn choice(look: &Look) -> String {
    let is_visible = |c: &char| c.is_alphanumeric() || c.is_ascii_punctuation();
    let visible = look.names.client.chars().filter(is_visible).take(80);
    visible.chain(['1']).collect()
}

/// A field of each kind; the first one with what is wrong, where something is.
pub(super) fn fields(look: &Look, is_editable: bool, problem: Option<UnfitValue>) -> Vec<AttributeField> {
    let chosen = choice(look);
    let all = [
        (AttributeKind::String, false, look.names.client),
        (AttributeKind::String, true, look.names.client),
        (AttributeKind::Choice, false, chosen.as_str()),
        (AttributeKind::Choice, true, chosen.as_str()),
        (AttributeKind::Integer, false, "42"),
        (AttributeKind::Boolean, false, "true"),
        (AttributeKind::Date, false, "2026-11-30"),
    ];
    let field = |(at, (kind, is_multiple, value)): (usize, (AttributeKind, bool, &str))| {
        let attribute = defined(look, kind, is_multiple);
        AttributeField {
            name: format!("{}_{at}", field_name(&attribute)),
            label: DisplayText::name(attribute.label()),
            description: DisplayText::reason(if at == 0 { look.names.provider } else { "" }),
            shape: AttributeShape::of(&attribute, &[value.to_owned()]),
            problem: problem.filter(|_| at % 2 == 0),
            stored: None,
            is_editable,
            has_focus: false,
        }
    };
    all.into_iter().enumerate().map(field).collect()
}

fn list(look: &Look, count: usize) -> AdminListPage<'static> {
    let line = |_| AdminLine {
        href: format!("/admin/attributes/show?id={ID}"),
        name: DisplayText::name(look.names.scope),
        description: DisplayText::reason(look.names.provider),
        is_built_in: false,
    };
    AdminListPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Attributes),
        receipt: None,
        prefix: None,
        lines: (0..count).map(line).collect(),
        next: None,
        add: Some("/admin/attributes/add"),
    }
}

fn attribute(look: &Look, kind: AttributeKind) -> AdminAttributePage {
    let of = |act: &str| Some(format!("/admin/attributes/{act}?id={ID}"));
    AdminAttributePage {
        layout: look.layout(),
        nav: nav(AdminRoom::Attributes),
        receipt: None,
        attribute: AttributeFact::from(&defined(look, kind, kind == AttributeKind::Choice)),
        people: 12,
        are_more: false,
        change: of("change"),
        remove: of("remove"),
    }
}

fn edit(look: &Look, is_known: bool) -> AdminEditAttributePage<'static> {
    let typed = |text: &str| if is_known { TypedText::lines(text) } else { TypedText::default() };
    AdminEditAttributePage {
        layout: look.layout(),
        nav: nav(AdminRoom::Attributes),
        seal: look.seal(),
        known: is_known.then(|| DisplayText::name(look.names.scope)),
        typed: TypedAttribute {
            name: TypedText::default(),
            label: typed(look.names.scope),
            description: typed(look.names.provider),
            kind: AttributeKind::Choice,
            max_length: TypedText::default(),
            choices: typed(look.names.client),
            is_multiple: is_known,
            access: AttributeAccess::PersonSees,
        },
        problem: None,
        stored: None,
        back: "/admin/attributes",
    }
}

fn confirm(look: &Look, removal: Removal) -> AdminConfirmPage<'static> {
    AdminConfirmPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Attributes),
        seal: look.seal(),
        removal,
        name: DisplayText::name(look.names.scope),
        roles: Vec::new(),
        problem: None,
        back: "/admin/attributes",
    }
}
