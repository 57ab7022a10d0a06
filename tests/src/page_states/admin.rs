//! The pages of administrators about groups and roles.

use super::{ID, Look, PageState, state};
use idp_core::administration::Permission;
use idp_server::page::admin::people::PersonHeld;
use idp_server::page::admin::{
    AdminAct, AdminAddMemberPage, AdminConfirmPage, AdminEditPage, AdminGroupPage, AdminLine, AdminListPage,
    AdminNav, AdminProblem, AdminReceipt, AdminRolePage, AdminRoom, GroupActs, MemberLine, PermissionBox,
    Removal, StoredThing, permission_words,
};
use idp_server::page::{DisplayText, TypedText};

pub(super) fn states() -> Vec<PageState> {
    [lists(), shown(), edits(), removals()].into_iter().flatten().collect()
}

fn lists() -> Vec<PageState> {
    vec![
        state("admin-groups", |look| list(look, AdminRoom::Groups, 10)),
        state("admin-groups-many", |look| AdminListPage {
            next: Some("/admin/groups?after=sample".to_owned()),
            ..list(look, AdminRoom::Groups, 25)
        }),
        state("admin-groups-none", |look| list(look, AdminRoom::Groups, 0)),
        state("admin-groups-none-found", |look| AdminListPage {
            prefix: Some(TypedText::new(look.names.client)),
            ..list(look, AdminRoom::Groups, 0)
        }),
        state("admin-groups-removed", |look| AdminListPage {
            receipt: Some(receipt(look, AdminAct::Removed)),
            ..list(look, AdminRoom::Groups, 3)
        }),
        state("admin-groups-auditor", |look| AdminListPage { add: None, ..list(look, AdminRoom::Groups, 2) }),
        state("admin-roles", |look| list(look, AdminRoom::Roles, 5)),
        state("admin-roles-removed", |look| AdminListPage {
            receipt: Some(receipt(look, AdminAct::Removed)),
            ..list(look, AdminRoom::Roles, 5)
        }),
    ]
}

fn shown() -> Vec<PageState> {
    let after = |name, act| {
        state(name, move |look| AdminGroupPage { receipt: Some(receipt(look, act)), ..group(look, 3) })
    };
    vec![
        state("admin-group", |look| group(look, 10)),
        state("admin-group-many", |look| AdminGroupPage {
            next: Some("/admin/groups/show?id=sample&after=sample".to_owned()),
            ..group(look, 25)
        }),
        state("admin-group-empty", |look| AdminGroupPage {
            description: DisplayText::default(),
            external_id: None,
            roles: Some(Vec::new()),
            ..group(look, 0)
        }),
        state("admin-group-seen", |look| AdminGroupPage {
            acts: None,
            roles: Some(roles(look, false)),
            give_role: None,
            ..group(look, 2)
        }),
        state("admin-group-without-people", |look| AdminGroupPage {
            acts: None,
            roles: None,
            give_role: None,
            members: None,
            find: None,
            ..group(look, 0)
        }),
        after("admin-group-added", AdminAct::Added),
        after("admin-group-changed", AdminAct::Changed),
        after("admin-group-same", AdminAct::Same),
        after("admin-group-member-added", AdminAct::MemberAdded),
        after("admin-group-member-removed", AdminAct::MemberRemoved),
        after("admin-group-role-given", AdminAct::GroupRoleGiven),
        after("admin-group-role-taken", AdminAct::GroupRoleTaken),
        state("admin-role", |look| role(look, true)),
        state("admin-role-without-rights", |look| role(look, false)),
        state("admin-role-built-in", |look| AdminRolePage {
            is_built_in: true,
            requires_second_factor: true,
            remove: None,
            ..role(look, true)
        }),
        state("admin-role-many", |look| AdminRolePage {
            holders: Some(holders(look, 20)),
            next: Some("/admin/roles/show?id=sample&after=sample".to_owned()),
            ..role(look, false)
        }),
        state("admin-role-seen", |look| AdminRolePage {
            holders: None,
            groups: 0,
            find: None,
            add_holder: None,
            change: None,
            remove: None,
            ..role(look, true)
        }),
        state("admin-role-of-nobody", |look| AdminRolePage {
            holders: Some(Vec::new()),
            groups: 1,
            ..role(look, true)
        }),
        state("admin-role-changed", |look| AdminRolePage {
            receipt: Some(receipt(look, AdminAct::Changed)),
            ..role(look, true)
        }),
    ]
}

fn edits() -> Vec<PageState> {
    let refused = |name, problem| {
        state(name, move |look| AdminEditPage {
            problem: Some(problem),
            ..edit(look, AdminRoom::Groups, false)
        })
    };
    let member = |name, problem| {
        state(name, move |look| AdminAddMemberPage {
            person: TypedText::new(look.names.account),
            problem: Some(problem),
            ..add_member(look)
        })
    };
    vec![
        state("admin-add-group", |look| edit(look, AdminRoom::Groups, true)),
        state("admin-change-group", |look| edit(look, AdminRoom::Groups, false)),
        refused("admin-change-group-name", AdminProblem::Name),
        refused("admin-change-group-taken", AdminProblem::NameTaken),
        refused("admin-change-group-description", AdminProblem::Description),
        refused("admin-change-group-permission", AdminProblem::NotPermitted),
        state("admin-change-group-stale", |look| AdminEditPage {
            problem: Some(AdminProblem::ChangedMeanwhile),
            stored: Some(StoredThing {
                name: DisplayText::name(look.names.client),
                description: DisplayText::reason(look.names.provider),
            }),
            ..edit(look, AdminRoom::Groups, false)
        }),
        state("admin-add-role", |look| edit(look, AdminRoom::Roles, true)),
        state("admin-change-role", |look| edit(look, AdminRoom::Roles, false)),
        state("admin-change-role-built-in", |look| AdminEditPage {
            is_built_in: true,
            second_factor: Some(true),
            ..edit(look, AdminRoom::Roles, false)
        }),
        state("admin-change-role-no-second-factor", |look| AdminEditPage {
            problem: Some(AdminProblem::NoSecondFactor),
            second_factor: Some(true),
            ..edit(look, AdminRoom::Roles, false)
        }),
        state("admin-add-member", add_member),
        member("admin-add-member-unknown", AdminProblem::NoPerson),
        member("admin-add-member-permission", AdminProblem::NotPermitted),
    ]
}

fn removals() -> Vec<PageState> {
    let group = |members, are_more| Removal::Group { members, are_more };
    let role = |people, are_more, groups| Removal::Role { people, are_more, groups };
    vec![
        state("admin-remove-group", move |look| confirm(look, AdminRoom::Groups, group(3, false))),
        state("admin-remove-group-many", move |look| confirm(look, AdminRoom::Groups, group(25, true))),
        state("admin-remove-group-last", move |look| AdminConfirmPage {
            problem: Some(AdminProblem::LastAdministrator),
            ..confirm(look, AdminRoom::Groups, group(1, false))
        }),
        state("admin-remove-member", |look| {
            confirm(look, AdminRoom::Groups, Removal::Member(look.account()))
        }),
        state("admin-take-group-role", move |look| take_group_role(look, Some((3, false)))),
        state("admin-take-group-role-many", move |look| take_group_role(look, Some((25, true)))),
        state("admin-take-group-role-without-people", move |look| take_group_role(look, None)),
        state("admin-take-group-role-stale", move |look| AdminConfirmPage {
            problem: Some(AdminProblem::ChangedMeanwhile),
            ..take_group_role(look, Some((0, false)))
        }),
        state("admin-take-group-role-last", move |look| AdminConfirmPage {
            problem: Some(AdminProblem::LastAdministrator),
            ..take_group_role(look, Some((1, false)))
        }),
        state("admin-remove-role", move |look| AdminConfirmPage {
            roles: Vec::new(),
            ..confirm(look, AdminRoom::Roles, role(25, true, 2))
        }),
        state("admin-remove-role-of-nobody", move |look| AdminConfirmPage {
            roles: Vec::new(),
            ..confirm(look, AdminRoom::Roles, role(0, false, 0))
        }),
    ]
}

pub(super) fn nav(here: AdminRoom) -> AdminNav {
    AdminNav { rooms: AdminRoom::ALL.into(), here }
}

pub(super) fn receipt(look: &Look, act: AdminAct) -> AdminReceipt {
    AdminReceipt { act, name: DisplayText::name(look.names.client), person: look.account() }
}

fn list(look: &Look, here: AdminRoom, count: usize) -> AdminListPage<'static> {
    let line = |at: usize| AdminLine {
        href: format!("{}/show?id={ID}", here.path()),
        name: DisplayText::name(look.names.client),
        description: match at % 2 {
            0 => DisplayText::reason(look.names.provider),
            _ => DisplayText::default(),
        },
        is_built_in: here == AdminRoom::Roles && at < 2,
    };
    AdminListPage {
        layout: look.layout(),
        nav: nav(here),
        receipt: None,
        prefix: (here == AdminRoom::Groups).then(TypedText::default),
        lines: (0..count).map(line).collect(),
        next: None,
        add: Some(if here == AdminRoom::Roles { "/admin/roles/add" } else { "/admin/groups/add" }),
    }
}

fn group(look: &Look, members: usize) -> AdminGroupPage {
    let member = |_| MemberLine {
        person: look.account(),
        href: format!("/admin/people/show?id={ID}"),
        remove: format!("/admin/groups/members/remove?id={ID}.{ID}"),
    };
    let of = |act: &str| format!("/admin/groups/{act}?id={ID}");
    AdminGroupPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Groups),
        receipt: None,
        name: DisplayText::name(look.names.client),
        description: DisplayText::reason(look.names.provider),
        external_id: Some(DisplayText::name(look.names.scope)),
        created: look.ago(3 * 24 * 60 * 60),
        roles: Some(roles(look, true)),
        give_role: Some(of("roles/give")),
        members: Some((0..members).map(member).collect()),
        next: None,
        find: Some(format!("/admin/people?group={ID}")),
        acts: Some(GroupActs { change: of("change"), remove: of("remove"), add_member: of("members/add") }),
    }
}

fn roles(look: &Look, may_take: bool) -> Vec<PersonHeld> {
    let role = |name| PersonHeld {
        name: DisplayText::name(name),
        href: format!("/admin/roles/show?id={ID}"),
        take: may_take.then(|| format!("/admin/groups/roles/take?id={ID}.{ID}")),
    };
    [look.names.scope, look.names.client].map(role).into()
}

fn role(look: &Look, has_rights: bool) -> AdminRolePage {
    let permissions = Permission::ALL.into_iter().filter(|_| has_rights).map(permission_words);
    let of = |act: &str| format!("/admin/roles/{act}?id={ID}");
    AdminRolePage {
        layout: look.layout(),
        nav: nav(AdminRoom::Roles),
        receipt: None,
        name: DisplayText::name(look.names.client),
        description: DisplayText::reason(look.names.provider),
        is_built_in: false,
        permissions: permissions.collect(),
        requires_second_factor: false,
        holders: Some(holders(look, 3)),
        next: None,
        groups: 2,
        find: Some(format!("/admin/people?role={ID}")),
        add_holder: Some(format!("/admin/roles/holders/add?id={ID}")),
        change: Some(of("change")),
        remove: Some(of("remove")),
    }
}

fn holders(look: &Look, count: usize) -> Vec<PersonHeld> {
    let holder = |_| PersonHeld {
        name: look.account(),
        href: format!("/admin/people/show?id={ID}"),
        take: Some(format!("/admin/people/roles/take?id={ID}.{ID}")),
    };
    (0..count).map(holder).collect()
}

fn edit(look: &Look, here: AdminRoom, is_new: bool) -> AdminEditPage<'static> {
    let typed = |text| if is_new { TypedText::default() } else { TypedText::new(text) };
    let permissions = Permission::ALL.into_iter().filter(|_| here == AdminRoom::Roles);
    AdminEditPage {
        layout: look.layout(),
        nav: nav(here),
        seal: look.seal(),
        is_new,
        name: typed(look.names.client),
        description: typed(look.names.provider),
        external_id: (here == AdminRoom::Groups).then(|| typed(look.names.scope)),
        permissions: permissions
            .map(|permission| PermissionBox {
                permission,
                is_ticked: !is_new && permission == Permission::ReadUsers,
                is_own: permission != Permission::ManageKeys,
            })
            .collect(),
        second_factor: (here == AdminRoom::Roles).then_some(false),
        is_built_in: false,
        problem: None,
        stored: None,
        back: "/admin",
    }
}

fn add_member(look: &Look) -> AdminAddMemberPage<'static> {
    AdminAddMemberPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Groups),
        seal: look.seal(),
        name: DisplayText::name(look.names.client),
        roles: vec![DisplayText::name(look.names.scope)],
        person: TypedText::default(),
        problem: None,
        back: "/admin/groups",
    }
}

fn take_group_role(look: &Look, members: Option<(usize, bool)>) -> AdminConfirmPage<'static> {
    let removal = Removal::GroupRole { role: DisplayText::name(look.names.scope), members };
    AdminConfirmPage { roles: Vec::new(), ..confirm(look, AdminRoom::Groups, removal) }
}

fn confirm(look: &Look, here: AdminRoom, removal: Removal) -> AdminConfirmPage<'static> {
    AdminConfirmPage {
        layout: look.layout(),
        nav: nav(here),
        seal: look.seal(),
        removal,
        name: DisplayText::name(look.names.client),
        roles: vec![DisplayText::name(look.names.scope)],
        problem: None,
        back: here.path(),
    }
}
