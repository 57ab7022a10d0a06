//! The pages about a person's e-mail addresses.

use super::links::address;
use super::{Look, PageState, state};
use idp_server::page::{
    AddAddressError, AddAddressPage, AddressAct, AddressLine, AddressPage, AddressReceipt, AddressRemoval,
    AddressesPage, DisplayText, TypedText,
};

pub(super) fn states() -> Vec<PageState> {
    let (offered, kept) = (AddressRemoval::Offered, AddressRemoval::KeptAs);
    vec![
        state("addresses", |look| addresses(look, None)),
        state("addresses-none", |look| AddressesPage { addresses: vec![], ..addresses(look, None) }),
        state("addresses-sent", |look| addresses(look, Some(AddressAct::Sent))),
        state("addresses-made-primary", |look| addresses(look, Some(AddressAct::MadePrimary))),
        state("addresses-removed", |look| addresses(look, Some(AddressAct::Removed))),
        state("add-address", |look| add(look, "", None)),
        state("add-address-missing", |look| add(look, "", Some(AddAddressError::Missing))),
        state("add-address-malformed", |look| {
            add(look, look.names.account, Some(AddAddressError::Malformed))
        }),
        state("add-address-known", |look| add(look, &address(look), Some(AddAddressError::Known))),
        state("add-address-too-many", |look| add(look, &address(look), Some(AddAddressError::TooMany))),
        state("add-address-throttled", |look| {
            add(look, &address(look), Some(AddAddressError::Throttled { retry_after_seconds: 590 }))
        }),
        state("address", move |look| one(look, true, false, offered)),
        state("address-unconfirmed", move |look| one(look, false, false, offered)),
        state("address-throttled", move |look| AddressPage {
            retry_after: Some(590),
            ..one(look, false, false, offered)
        }),
        state("address-primary", move |look| one(look, true, true, kept("address-keeps-primary"))),
        state("address-last", move |look| one(look, true, true, kept("address-keeps-last"))),
        state("address-username", move |look| one(look, true, true, kept("address-keeps-username"))),
    ]
}

fn addresses(look: &Look, act: Option<AddressAct>) -> AddressesPage {
    let line = |address: String, is_primary, verified: Option<i64>| AddressLine {
        id: look.carried(super::ID).to_owned(),
        address: DisplayText::name(&address),
        is_primary,
        verified: verified.map(|seconds| look.ago(seconds)),
    };
    let addresses = vec![
        line(address(look), true, Some(3 * 24 * 60 * 60)),
        line(look.text(format!("work.{}", address(look))).into_owned(), false, Some(320)),
        line(look.text(format!("new.{}", address(look))).into_owned(), false, None),
    ];
    AddressesPage {
        layout: look.layout(),
        account: look.account(),
        done: act.map(|act| AddressReceipt { address: address(look), act }),
        addresses,
        may_add: true,
    }
}

fn add(look: &Look, typed: &str, error: Option<AddAddressError>) -> AddAddressPage<'static> {
    AddAddressPage { layout: look.layout(), seal: look.seal(), address: TypedText::new(typed), error }
}

fn one(look: &Look, is_verified: bool, is_primary: bool, removal: AddressRemoval) -> AddressPage<'static> {
    AddressPage {
        layout: look.layout(),
        seal: look.seal(),
        address: DisplayText::name(&address(look)),
        is_verified,
        is_primary,
        may_send: !is_verified,
        may_make_primary: is_verified && !is_primary,
        removal,
        retry_after: None,
    }
}
