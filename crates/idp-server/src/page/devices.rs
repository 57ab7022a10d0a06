//! "Your devices": where a person is signed in, what that opens, and the buttons that end it.

use askama::Template;
use idp_core::device::DeviceKind;
use idp_core::discovery::path;
use serde::{Deserialize, Serialize};

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
    /// What was just done here.
    pub receipt: Option<DevicesReceipt>,
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

/// What pressing a button came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DevicesReceipt {
    /// Sign-ins ended.
    Ended(Receipt),
    /// A device is called so from now on.
    Named(String),
    /// A device is called by what it is again.
    Unnamed,
}

impl DevicesReceipt {
    /// The name that was given.
    fn name(&self) -> DisplayText {
        match self {
            Self::Named(name) => DisplayText::name(name),
            Self::Ended(_) | Self::Unnamed => DisplayText::default(),
        }
    }

    fn words<'s>(&self, name: &'s DisplayText, layout: &Layout) -> Message<'s> {
        match self {
            Self::Ended(ended) => layout.plain(ended.words(layout)),
            Self::Named(_) => layout.message("devices-named", &[("name", Value::Name(name))]),
            Self::Unnamed => layout.message("devices-unnamed", &[]),
        }
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

    /// The button that opens the field for a name, with the device it is about.
    fn rename_label(&self, device: &OpenDevice) -> String {
        let button = self.layout.say("devices-rename").into_owned();
        let values = [("button", button.into()), ("device", device.line.label.as_str().into())];
        self.layout.language.say_with("devices-sign-out-label", &values)
    }

    /// The link for a sign-in that was not the person's, with the device it is about.
    fn not_me_label(&self, device: &OpenDevice) -> String {
        let values = [
            ("link", self.layout.say("secure-not-me").into_owned().into()),
            ("what", device.line.label.as_str().into()),
        ];
        self.layout.language.say_with("secure-not-me-label", &values)
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("devices-lead", &[("account", Value::Name(&self.account))])
    }
}
