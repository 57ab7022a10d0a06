//! "Your devices": where a person is signed in, what that opens, and the buttons that end it.

use askama::Template;
use idp_core::device::DeviceKind;
use idp_core::discovery::path;

use super::{
    DeviceLine, DisplayText, FormSeal, Layout, Message, Page, Part, Receipt, SignOutReason, Value, action,
};

/// Shows where a person is signed in.
#[derive(Debug, Template)]
#[template(path = "devices.html")]
pub struct DevicesPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the forms go and what binds them; one for all of them.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// What was just ended from here.
    pub receipt: Option<Receipt>,
    /// The browser that asks.
    pub here: OpenDevice,
    /// The others, the one used last first.
    pub others: Vec<OpenDevice>,
    /// What ended of late, the last first.
    pub ended: Vec<EndedDevice>,
}

impl Page for DevicesPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// A place where the person is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDevice {
    /// The session, for its button.
    pub sid: String,
    /// What it looks like.
    pub line: DeviceLine,
    /// The sites in use with it.
    pub sites: Vec<DisplayText>,
}

impl OpenDevice {
    /// Such as "In use at Site A, Site B".
    fn in_use_at(&self, layout: &Layout) -> Message<'_> {
        layout.message("devices-sites", &[("sites", Value::Names(&self.sites))])
    }
}

/// A place where the person was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedDevice {
    /// What it looked like.
    pub line: DeviceLine,
    /// Why it ended, and when.
    pub reason: SignOutReason,
}

impl DevicesPage<'_> {
    /// Named by what it ends.
    fn sign_out_of(&self, device: &OpenDevice) -> String {
        let kind = device.line.kind.as_str();
        self.layout.language.say_with("devices-sign-out", &[("kind", kind.into())])
    }

    /// The same with the name of the device, for a person who hears the buttons one after another.
    fn sign_out_label(&self, device: &OpenDevice) -> String {
        let (button, device) = (self.sign_out_of(device), device.line.label.as_str());
        let values = [("button", button.into()), ("device", device.into())];
        self.layout.language.say_with("devices-sign-out-label", &values)
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("devices-lead", &[("account", Value::Name(&self.account))])
    }
}
