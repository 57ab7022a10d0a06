//! The pages about people: the lists, and what is asked before something is done with one.

use super::admin::{nav, receipt};
use super::{ID, Look, PageState, admin_attributes, state};
use idp_core::user::attribute::UnfitValue;
use idp_core::user::{PROFILE_FIELDS, UnfitClaim};
use idp_server::page::admin::people::{
    AdminChangePersonPage, AdminChoosePage, AdminConfirmPersonPage, AdminInvitationsPage, AdminPeoplePage,
    Choice, InvitationLine, PeopleSearch, PersonLine, PersonQuestion, PersonState, Within,
};
use idp_server::page::admin::{AdminAct, AdminProblem, AdminRoom};
use idp_server::page::{DisplayText, ProfileField, TypedText};
use idp_server::words::Language;

pub(super) fn states() -> Vec<PageState> {
    let mut states = lists();
    states.extend(questions());
    states.extend(changes());
    states
}

fn lists() -> Vec<PageState> {
    let searching = |look: &Look| PeopleSearch {
        typed: TypedText::new(look.names.account),
        state: Some(PersonState::Disabled),
        without_second_factor: true,
        within: None,
    };
    let within = |look: &Look, is_role| PeopleSearch {
        within: Some(Within { is_role, id: ID.to_owned(), name: DisplayText::name(look.names.client) }),
        ..PeopleSearch::default()
    };
    vec![
        state("admin-people", |look| people(look, 10)),
        state("admin-people-many", |look| AdminPeoplePage {
            next: Some("/admin/people?after=sample".to_owned()),
            ..people(look, 25)
        }),
        state("admin-people-none-found", move |look| AdminPeoplePage {
            search: searching(look),
            ..people(look, 0)
        }),
        state("admin-people-none-so-far", move |look| AdminPeoplePage {
            search: searching(look),
            next: Some("/admin/people?after=sample".to_owned()),
            ..people(look, 0)
        }),
        state("admin-people-unreadable", |look| AdminPeoplePage {
            search: PeopleSearch { typed: TypedText::new(look.names.scope), ..PeopleSearch::default() },
            is_unreadable: true,
            ..people(look, 0)
        }),
        state("admin-people-in-group", move |look| AdminPeoplePage {
            search: within(look, false),
            ..people(look, 3)
        }),
        state("admin-people-with-role", move |look| AdminPeoplePage {
            search: within(look, true),
            ..people(look, 2)
        }),
        state("admin-people-removed", |look| AdminPeoplePage {
            receipt: Some(receipt(look, AdminAct::PersonRemoved)),
            ..people(look, 4)
        }),
        state("admin-people-auditor", |look| AdminPeoplePage {
            add: None,
            invite: None,
            invitations: None,
            sign_out_everybody: None,
            ..people(look, 2)
        }),
        state("admin-invitations", |look| invitations(look, 3)),
        state("admin-invitations-none", |look| invitations(look, 0)),
        state("admin-invitations-sent", |look| AdminInvitationsPage {
            receipt: Some(receipt(look, AdminAct::Invited)),
            next: Some("/admin/people/invitations?after=sample".to_owned()),
            ..invitations(look, 15)
        }),
        state("admin-invitations-withdrawn", |look| AdminInvitationsPage {
            receipt: Some(receipt(look, AdminAct::InvitationWithdrawn)),
            ..invitations(look, 1)
        }),
        state("admin-withdraw-invitation", |look| AdminInvitationsPage {
            seal: Some(look.seal()),
            lines: vec![InvitationLine { withdraw: None, ..invitation(look) }],
            invite: None,
            ..invitations(look, 0)
        }),
    ]
}

fn people(look: &Look, count: usize) -> AdminPeoplePage<'static> {
    let line = |at: usize| PersonLine {
        href: format!("/admin/people/show?id={ID}"),
        person: look.account(),
        address: (!at.is_multiple_of(3)).then(|| DisplayText::name(look.names.host)),
        state: PersonState::ALL[if at % 4 == 3 { 1 + (at / 4) % 2 } else { 0 }],
    };
    AdminPeoplePage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        receipt: None,
        search: PeopleSearch::default(),
        is_unreadable: false,
        lines: (0..count).map(line).collect(),
        next: None,
        add: Some("/admin/people/add"),
        invite: Some("/admin/people/invite"),
        invitations: Some("/admin/people/invitations"),
        sign_out_everybody: Some("/admin/people/sign-out-everybody"),
    }
}

fn invitation(look: &Look) -> InvitationLine {
    InvitationLine {
        address: DisplayText::reason(look.names.account),
        name: Some(DisplayText::name(look.names.client)),
        sent: look.ago(3 * 24 * 60 * 60),
        until: "2026-12-07 10:00 UTC".to_owned(),
        withdraw: Some("/admin/people/invitations/withdraw?invitation=sample".to_owned()),
    }
}

fn invitations(look: &Look, count: usize) -> AdminInvitationsPage<'static> {
    AdminInvitationsPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        receipt: None,
        seal: None,
        lines: (0..count).map(|_| invitation(look)).collect(),
        next: None,
        invite: Some("/admin/people/invite"),
        back: "/admin/people",
    }
}

fn questions() -> Vec<PageState> {
    let asked = |name, question: PersonQuestion| state(name, move |look| confirm(look, question.clone()));
    let named = |name, question: fn(DisplayText) -> PersonQuestion| {
        state(name, move |look| confirm(look, question(DisplayText::name(look.names.client))))
    };
    let refused = |name, question: PersonQuestion, problem| {
        state(name, move |look| AdminConfirmPersonPage {
            problem: Some(problem),
            ..confirm(look, question.clone())
        })
    };
    vec![
        asked("admin-disable", PersonQuestion::Disable),
        refused("admin-disable-last", PersonQuestion::Disable, AdminProblem::LastAdministrator),
        refused("admin-disable-permission", PersonQuestion::Disable, AdminProblem::NotPermitted),
        refused("admin-disable-stale", PersonQuestion::Disable, AdminProblem::ChangedMeanwhile),
        asked("admin-enable", PersonQuestion::Enable),
        asked("admin-sign-out", PersonQuestion::SignOut),
        state("admin-sign-out-nowhere", |look| AdminConfirmPersonPage {
            sessions: 0,
            sites: 0,
            ..confirm(look, PersonQuestion::SignOut)
        }),
        asked("admin-remove-person", PersonQuestion::Remove),
        asked("admin-reset-methods", PersonQuestion::ResetMethods(3)),
        named("admin-remove-method", |name| PersonQuestion::RemoveMethod { name, is_last: false }),
        named("admin-remove-method-last", |name| PersonQuestion::RemoveMethod { name, is_last: true }),
        state("admin-end-session", |look| {
            confirm(look, PersonQuestion::EndSession(DisplayText::name(look.names.device)))
        }),
        state("admin-end-session-over", |look| AdminConfirmPersonPage {
            problem: Some(AdminProblem::Over),
            ..confirm(look, PersonQuestion::EndSession(DisplayText::name(look.names.device)))
        }),
        named("admin-disconnect", PersonQuestion::Disconnect),
        named("admin-take-role", PersonQuestion::TakeRole),
        state("admin-leave-group", |look| {
            let roles = vec![DisplayText::name(look.names.scope)];
            confirm(look, PersonQuestion::LeaveGroup { name: DisplayText::name(look.names.client), roles })
        }),
    ]
}

fn confirm(look: &Look, question: PersonQuestion) -> AdminConfirmPersonPage<'static> {
    AdminConfirmPersonPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        seal: look.seal(),
        person: look.account(),
        question,
        sessions: 3,
        sites: 2,
        problem: None,
        back: "/admin/people",
    }
}

fn changes() -> Vec<PageState> {
    let given = |name, choice, problem: Option<AdminProblem>| {
        state(name, move |look| AdminChoosePage {
            typed: TypedText::new(if problem.is_some() { look.names.scope } else { "" }),
            problem,
            ..choose(look, choice)
        })
    };
    vec![
        state("admin-change-person", change),
        state("admin-change-person-username", |look| AdminChangePersonPage {
            problem: Some(AdminProblem::UsernameTaken),
            ..change(look)
        }),
        state("admin-change-person-unfit", |look| {
            let mut page = AdminChangePersonPage { problem: Some(AdminProblem::Profile), ..change(look) };
            page.attributes = admin_attributes::fields(look, true, Some(UnfitValue::TooLong(20)));
            for field in &mut page.fields {
                field.problem = match field.name {
                    "nickname" => Some(UnfitClaim::TooLong("nickname".to_owned())),
                    "birthdate" => Some(UnfitClaim::Form("birthdate", "a date")),
                    _ => None,
                };
            }
            page
        }),
        state("admin-change-person-stale", |look| {
            let mut page = AdminChangePersonPage {
                problem: Some(AdminProblem::ChangedMeanwhile),
                stored_username: Some(DisplayText::name(look.names.host)),
                stored_second_factor: Some(true),
                ..change(look)
            };
            for field in page.fields.iter_mut().take(2) {
                field.stored = Some(DisplayText::name(look.names.client));
            }
            page
        }),
        given("admin-give-role", Choice::Role, None),
        given("admin-give-role-unknown", Choice::Role, Some(AdminProblem::NoSuchRole)),
        given("admin-give-role-permission", Choice::Role, Some(AdminProblem::NotPermitted)),
        given("admin-join-group", Choice::Group, None),
        given("admin-join-group-unknown", Choice::Group, Some(AdminProblem::NoSuchGroup)),
        given("admin-give-group-role", Choice::GroupRole, None),
        given("admin-give-group-role-unknown", Choice::GroupRole, Some(AdminProblem::NoSuchRole)),
        given("admin-give-group-role-permission", Choice::GroupRole, Some(AdminProblem::NotPermitted)),
        given("admin-add-holder", Choice::Holder, None),
        given("admin-add-holder-unknown", Choice::Holder, Some(AdminProblem::NoPerson)),
    ]
}

fn change(look: &Look) -> AdminChangePersonPage<'static> {
    let field = |name: &'static str| ProfileField {
        name,
        value: match name {
            "locale" => TypedText::new(look.language.tag()),
            "name" | "nickname" | "address.street_address" => TypedText::new(look.names.client),
            _ => TypedText::default(),
        },
        problem: None,
        stored: None,
        is_editable: true,
    };
    AdminChangePersonPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        seal: look.seal(),
        person: look.account(),
        username: TypedText::new(look.names.account),
        stored_username: None,
        second_factor: false,
        stored_second_factor: None,
        languages: Language::all().collect(),
        fields: PROFILE_FIELDS.into_iter().map(field).collect(),
        attributes: admin_attributes::fields(look, true, None),
        problem: None,
        back: "/admin/people",
    }
}

fn choose(look: &Look, choice: Choice) -> AdminChoosePage<'static> {
    let offered = [look.names.client, look.names.scope].map(TypedText::new).to_vec();
    AdminChoosePage {
        layout: look.layout(),
        nav: nav(match choice {
            Choice::Role | Choice::Group => AdminRoom::People,
            Choice::Holder => AdminRoom::Roles,
            Choice::GroupRole => AdminRoom::Groups,
        }),
        seal: look.seal(),
        choice,
        name: match choice {
            Choice::Role | Choice::Group => look.account(),
            Choice::Holder | Choice::GroupRole => DisplayText::name(look.names.client),
        },
        typed: TypedText::default(),
        offered: if choice == Choice::Holder { Vec::new() } else { offered },
        problem: None,
        back: "/admin/people",
    }
}
