//! Where the link leads that shows that an address is a person's: a button, for programs that look through mail open links as
//! well; and what came of pressing it.

use askama::Template;
use idp_core::discovery::path;

use super::{DisplayText, FormSeal, Layout, Message, Page, Part, Value};

/// Asks for a button to be pressed, or says that it was.
#[derive(Debug, Template)]
#[template(path = "verify_address.html")]
pub struct VerifyAddressPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// Whose address it is to be.
    pub account: DisplayText,
    /// The address.
    pub address: DisplayText,
    /// How it stands.
    pub state: VerifyAddressState,
}

impl Page for VerifyAddressPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// How it stands with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyAddressState {
    /// It can be confirmed.
    Asks,
    /// It is confirmed.
    Done,
    /// It is another person's by now.
    Taken,
}

impl VerifyAddressPage<'_> {
    const fn title(&self) -> &'static str {
        match self.state {
            VerifyAddressState::Asks => "verify-address-title",
            VerifyAddressState::Done => "verify-address-done-title",
            VerifyAddressState::Taken => "verify-address-taken-title",
        }
    }

    fn lead(&self) -> Message<'_> {
        let id = match self.state {
            VerifyAddressState::Asks => "verify-address-lead",
            VerifyAddressState::Done => "verify-address-done-lead",
            VerifyAddressState::Taken => "verify-address-taken-lead",
        };
        self.layout.message(id, &[("address", Value::Name(&self.address))])
    }
}
