//! "Your devices": where a person is signed in, what that opens, and the buttons that end it.

use askama::Template;
use idp_core::device::DeviceKind;

use super::{DeviceLine, DisplayText, FormSeal, Language, Layout, Receipt, SignOutReason, action};

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

/// A place where the person was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedDevice {
    /// What it looked like.
    pub line: DeviceLine,
    /// Why it ended, and when.
    pub reason: SignOutReason,
}

impl DevicesPage<'_> {
    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }

    /// Named by what it ends.
    fn sign_out_of(&self, device: &OpenDevice) -> &'static str {
        (self.words().sign_out)(device.line.kind)
    }
}

/// All words of the page in one language.
struct Words {
    title: &'static str,
    signed_in_as: &'static str,
    here: &'static str,
    others: &'static str,
    no_others: &'static str,
    ended: &'static str,
    last_use: &'static str,
    since: &'static str,
    sites: &'static str,
    no_sites: &'static str,
    sign_out: fn(DeviceKind) -> &'static str,
    sign_out_others: &'static str,
    sign_out_all: &'static str,
    hint: &'static str,
}

static ENGLISH: Words = Words {
    title: "Your devices",
    signed_in_as: "Signed in as",
    here: "This device",
    others: "Other devices",
    no_others: "You are signed in nowhere else.",
    ended: "Ended in the last 30 days",
    last_use: "Last used",
    since: "signed in",
    sites: "In use at",
    no_sites: "In use at no site",
    sign_out: |kind| match kind {
        DeviceKind::Phone => "Sign out of this phone",
        DeviceKind::Tablet => "Sign out of this tablet",
        DeviceKind::Computer => "Sign out of this computer",
        DeviceKind::Other => "Sign out of this device",
    },
    sign_out_others: "Sign out of all other devices",
    sign_out_all: "Sign out everywhere, also here",
    hint: "Something here you do not know? Sign out of it and have your password changed.",
};
