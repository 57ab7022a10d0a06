//! "Email addresses": those of a person, and what was just done to one.

use askama::Template;
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use idp_core::user::KnownAddress;
use serde::{Deserialize, Serialize};

use super::{DisplayText, Layout, Message, Page, Part, RelativeTime, Value};

/// Shows the addresses of a person.
#[derive(Debug, Template)]
#[template(path = "addresses.html")]
pub struct AddressesPage {
    /// What it stands in.
    pub layout: Layout,
    /// The account in use.
    pub account: DisplayText,
    /// What was just done.
    pub done: Option<AddressReceipt>,
    /// The addresses, the oldest first.
    pub addresses: Vec<AddressLine>,
    /// Whether another can be added.
    pub may_add: bool,
}

impl Page for AddressesPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// One of them.
#[derive(Debug, Clone)]
pub struct AddressLine {
    /// Its id, for the way to its page.
    pub id: String,
    /// The address.
    pub address: DisplayText,
    /// Whether sites are told it.
    pub is_primary: bool,
    /// Since when it is known to be the person's.
    pub verified: Option<RelativeTime>,
}

/// What was done to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressReceipt {
    /// The address.
    pub address: String,
    /// What was done.
    pub act: AddressAct,
}

/// What a person did to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressAct {
    /// Had a letter sent there.
    Sent,
    /// Made it the primary one.
    MadePrimary,
    /// Removed it.
    Removed,
}

impl AddressLine {
    /// The line for an address, seen from `now`, in the language of a page.
    #[must_use]
    pub fn new(known: &KnownAddress, layout: &Layout, now: UnixTime) -> Self {
        Self {
            id: known.id.to_string(),
            address: DisplayText::reason(known.address.as_str()),
            is_primary: known.is_primary,
            verified: known.verified_at.map(|at| RelativeTime::new(at, now, layout.language)),
        }
    }

    pub(super) fn standing(&self, layout: &Layout) -> Message<'static> {
        match self.verified {
            Some(when) => layout.message("addresses-confirmed", &[("when", Value::Time(when))]),
            None => layout.message("addresses-unconfirmed", &[]),
        }
    }

    /// For a person who hears the links one after another.
    fn change_label(&self, layout: &Layout) -> String {
        let values = [
            ("button", layout.say("addresses-change").into_owned().into()),
            ("address", self.address.as_str().into()),
        ];
        layout.language.say_with("addresses-change-label", &values)
    }
}

impl AddressesPage {
    fn lead(&self) -> Message<'_> {
        self.layout.message("devices-lead", &[("account", Value::Name(&self.account))])
    }

    fn words_of<'a>(&self, done: &AddressReceipt, name: &'a DisplayText) -> Message<'a> {
        let id = match done.act {
            AddressAct::Sent => "addresses-sent",
            AddressAct::MadePrimary => "addresses-made-primary",
            AddressAct::Removed => "addresses-removed",
        };
        self.layout.message(id, &[("address", Value::Name(name))])
    }
}
