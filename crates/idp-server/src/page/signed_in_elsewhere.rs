//! The question before a sign-in ends others: which these are, and that nothing has happened yet. The password was
//! right, so its owner may see where they are signed in.

use askama::Template;
use idp_core::device::DeviceKind;

use super::{ClientLabel, DeviceLine, DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};

/// Asks whether to go on although that signs out elsewhere.
#[derive(Debug, Template)]
#[template(path = "signed_in_elsewhere.html")]
pub struct SignedInElsewherePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account.
    pub account: DisplayText,
    /// What would end.
    pub devices: Vec<DeviceLine>,
}

impl Page for SignedInElsewherePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl SignedInElsewherePage<'_> {
    fn heading(&self) -> Message<'_> {
        match self.devices.as_slice() {
            [only] => self.layout.message("elsewhere-heading", &[("device", Value::Name(&only.label))]),
            _ => self.layout.message("elsewhere-heading-many", &[]),
        }
    }

    fn lead(&self) -> Message<'_> {
        let id = if self.devices.len() == 1 { "elsewhere-lead" } else { "elsewhere-lead-many" };
        self.layout.message(id, &[("account", Value::Name(&self.account))])
    }
}
