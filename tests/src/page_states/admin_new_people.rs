//! The pages of administrators that add something to a person, or a person: addresses, passwords, invitations.

use super::admin::nav;
use super::{Look, PageState, admin_attributes, state};
use idp_core::user::attribute::UnfitValue;
use idp_server::page::admin::people::{
    AdminAddAddressPage, AdminAddPersonPage, AdminAddressPage, AdminInvitePage, AdminNewPasswordPage,
    AdminPasswordPage,
};
use idp_server::page::admin::{AdminProblem, AdminRoom};
use idp_server::page::{AddressRemoval, DisplayText, TypedText};
use idp_server::words::Language;

pub(super) fn states() -> Vec<PageState> {
    let mut states = addresses();
    states.extend(passwords());
    states.extend(new_people());
    states
}

fn addresses() -> Vec<PageState> {
    let refused = |name, problem| {
        state(name, move |look| AdminAddAddressPage {
            address: TypedText::new(look.names.account),
            problem: Some(problem),
            is_verified: true,
            ..add_address(look)
        })
    };
    vec![
        state("admin-add-address", add_address),
        refused("admin-add-address-malformed", AdminProblem::Address),
        refused("admin-add-address-taken", AdminProblem::AddressTaken),
        refused("admin-add-address-too-many", AdminProblem::TooManyAddresses),
        state("admin-address", address),
        state("admin-address-primary", |look| AdminAddressPage {
            may_verify: false,
            may_make_primary: false,
            removal: AddressRemoval::KeptAs("address-keeps-primary"),
            ..address(look)
        }),
        state("admin-address-username", |look| AdminAddressPage {
            may_verify: false,
            removal: AddressRemoval::KeptAs("people-address-keeps-username"),
            ..address(look)
        }),
        state("admin-address-stays", |look| AdminAddressPage {
            problem: Some(AdminProblem::AddressStays),
            ..address(look)
        }),
    ]
}

fn add_address(look: &Look) -> AdminAddAddressPage<'static> {
    AdminAddAddressPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        seal: look.seal(),
        person: look.account(),
        address: TypedText::default(),
        is_verified: false,
        problem: None,
        back: "/admin/people",
    }
}

fn address(look: &Look) -> AdminAddressPage<'static> {
    AdminAddressPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        seal: look.seal(),
        person: look.account(),
        address: DisplayText::reason(look.names.account),
        may_verify: true,
        may_make_primary: true,
        removal: AddressRemoval::Offered,
        problem: None,
        back: "/admin/people",
    }
}

fn passwords() -> Vec<PageState> {
    vec![
        state("admin-password", |look| password(look, 2)),
        state("admin-password-without-letters", |look| password(look, 0)),
        state("admin-password-permission", |look| AdminPasswordPage {
            problem: Some(AdminProblem::NotPermitted),
            ..password(look, 1)
        }),
        state("admin-new-password", |look| new_password(look, false)),
        state("admin-new-password-added", |look| new_password(look, true)),
    ]
}

fn password(look: &Look, letters: usize) -> AdminPasswordPage<'static> {
    AdminPasswordPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        seal: look.seal(),
        person: look.account(),
        letters_to: vec![DisplayText::reason(look.names.account); letters],
        sessions: 2,
        problem: None,
        back: "/admin/people",
    }
}

fn new_password(look: &Look, is_new: bool) -> AdminNewPasswordPage<'static> {
    AdminNewPasswordPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        person: look.account(),
        username: DisplayText::name(look.names.account),
        password: "kavu-rabi-tenu-zali-mepika".to_owned().into(),
        until: "2026-12-03 10:00 UTC".to_owned(),
        is_new,
        back: "/admin/people",
    }
}

fn new_people() -> Vec<PageState> {
    let adding = |name, problem| {
        state(name, move |look| AdminAddPersonPage {
            username: TypedText::new(look.names.account),
            name: TypedText::lines(look.names.client),
            address: TypedText::new(look.names.host),
            is_verified: true,
            problem: Some(problem),
            ..add(look)
        })
    };
    let inviting = |name, problem| {
        state(name, move |look| AdminInvitePage {
            address: TypedText::new(look.names.account),
            username: TypedText::new(look.names.host),
            problem: Some(problem),
            ..invite(look)
        })
    };
    vec![
        state("admin-add-person", add),
        state("admin-add-person-without-letters", |look| AdminAddPersonPage { invite: None, ..add(look) }),
        adding("admin-add-person-username", AdminProblem::Username),
        adding("admin-add-person-taken", AdminProblem::UsernameTaken),
        adding("admin-add-person-address", AdminProblem::AddressTaken),
        adding("admin-add-person-name", AdminProblem::PersonName),
        state("admin-add-person-attributes", |look| AdminAddPersonPage {
            attributes: admin_attributes::fields(look, true, None),
            ..add(look)
        }),
        state("admin-add-person-attributes-unfit", |look| AdminAddPersonPage {
            attributes: admin_attributes::fields(look, true, Some(UnfitValue::NoChoice)),
            problem: Some(AdminProblem::Profile),
            ..add(look)
        }),
        state("admin-invite", invite),
        inviting("admin-invite-malformed", AdminProblem::Address),
        inviting("admin-invite-taken", AdminProblem::AddressTaken),
    ]
}

fn add(look: &Look) -> AdminAddPersonPage<'static> {
    AdminAddPersonPage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        seal: look.seal(),
        username: TypedText::default(),
        name: TypedText::default(),
        address: TypedText::default(),
        is_verified: false,
        attributes: Vec::new(),
        invite: Some("/admin/people/invite"),
        problem: None,
        back: "/admin/people",
    }
}

fn invite(look: &Look) -> AdminInvitePage<'static> {
    AdminInvitePage {
        layout: look.layout(),
        nav: nav(AdminRoom::People),
        seal: look.seal(),
        address: TypedText::default(),
        name: TypedText::default(),
        username: TypedText::default(),
        language: look.language,
        languages: Language::all().collect(),
        problem: None,
        back: "/admin/people",
    }
}
