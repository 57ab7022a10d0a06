//! One sign-in in a list: on what, from where, since when. What a device is called is of our own tables; it is isolated
//! and bounded all the same, for it rests in the database.

use std::net::IpAddr;

use idp_core::device::{Device, DeviceKind, Place};
use idp_core::session::Session;
use idp_core::time::UnixTime;

use super::{DisplayText, Layout, Message, RelativeTime, Value};
use crate::words::Language;

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    /// What kind of thing it is open on.
    pub kind: DeviceKind,
    /// What that is called.
    pub label: DisplayText,
    /// From which network it was last used.
    pub place: Option<DisplayText>,
    /// When it was last used.
    pub last_use: RelativeTime,
    /// When it began.
    pub since: RelativeTime,
}

impl DeviceLine {
    /// The line for `session` on `device`, seen from `now`, in the language of a page.
    #[must_use]
    pub fn new(session: &Session, device: Option<&Device>, layout: &Layout, now: UnixTime) -> Self {
        let address = session.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        Self {
            kind: device.map_or(DeviceKind::Other, |device| device.kind),
            label: DisplayText::name(&label(device, layout)),
            place: address.map(|address| DisplayText::name(&place_name(Place::of(address), layout.language))),
            last_use: RelativeTime::new(session.last_seen_at, now, layout.language),
            since: RelativeTime::new(session.created_at, now, layout.language),
        }
    }

    /// Such as "Last used 5 minutes ago".
    pub(super) fn last_used(&self, layout: &Layout) -> Message<'static> {
        layout.message("devices-last-used", &[("when", Value::Time(self.last_use))])
    }

    /// Such as "signed in 2 days ago".
    pub(super) fn began(&self, layout: &Layout) -> Message<'static> {
        layout.message("devices-since", &[("when", Value::Time(self.since))])
    }
}

fn label(device: Option<&Device>, layout: &Layout) -> String {
    let browser = device.and_then(|device| device.browser.as_deref());
    let system = device.and_then(|device| device.system.as_deref());
    device_name(browser, system, layout.language)
}

/// What a browser on a system is called.
pub(super) fn device_name(browser: Option<&str>, system: Option<&str>, language: Language) -> String {
    match (browser, system) {
        (Some(browser), Some(system)) => language
            .say_with("device-browser-on-system", &[("browser", browser.into()), ("system", system.into())]),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => language.say_with("device-on-system", &[("system", system.into())]),
        (None, None) => language.say("device-unknown").into_owned(),
    }
}

/// What a network is called.
pub(super) fn place_name(place: Place, language: Language) -> String {
    match place {
        Place::ThisComputer => language.say("place-this-computer").into_owned(),
        Place::LocalNetwork => language.say("place-local-network").into_owned(),
        network @ (Place::V4(_) | Place::V6(_)) => network.to_string(),
    }
}
