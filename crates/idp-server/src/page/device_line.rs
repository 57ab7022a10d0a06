//! One sign-in in a list: on what, from where, since when. A device goes by the name that its person gave it, with what it is
//! beside that, for a name can be anything; without one it is called what it is.

use std::net::IpAddr;

use idp_core::device::{Device, DeviceKind, DeviceName, Place};
use idp_core::session::Session;
use idp_core::time::UnixTime;

use super::{DisplayText, Layout, Message, RelativeTime, TypedText, Value};
use crate::words::Language;

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    /// What kind of thing it is open on.
    pub kind: DeviceKind,
    /// What that is called.
    pub label: DisplayText,
    /// What it is, where it is called something else.
    pub what: Option<DisplayText>,
    /// The name that its person gave it.
    pub own_name: TypedText,
    /// When the person first signed in from it.
    pub first_seen: Option<RelativeTime>,
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
        let moment = |at| RelativeTime::new(at, now, layout.language);
        let name = device.and_then(|device| device.name.as_ref()).map(DeviceName::as_str);
        let what = what_it_is(device, layout);
        let label = name.map(DisplayText::name).filter(|name| !name.is_empty());
        Self {
            kind: device.map_or(DeviceKind::Other, |device| device.kind),
            what: label.is_some().then(|| what.clone()),
            label: label.unwrap_or(what),
            own_name: TypedText::new(name.unwrap_or_default()),
            first_seen: device.map(|device| moment(device.created_at)),
            place: session.address.as_deref().and_then(|address| Self::place_of(address, layout)),
            last_use: moment(session.last_seen_at),
            since: moment(session.created_at),
        }
    }

    /// What a device is called, in a line about something else.
    #[must_use]
    pub fn label_of(device: &Device, layout: &Layout) -> DisplayText {
        let name = device.name.as_ref().map(|name| DisplayText::name(name.as_str()));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| what_it_is(Some(device), layout))
    }

    /// The network of an address, in words. `None` for one that tells nothing: text that is no address, and that of the
    /// machine that the provider runs on, which may stand for any client.
    #[must_use]
    pub fn place_of(address: &str, layout: &Layout) -> Option<DisplayText> {
        let place = Place::of(address.parse::<IpAddr>().ok()?);
        place_name(place, layout.language).map(|place| DisplayText::name(&place))
    }

    /// Such as "Last used 5 minutes ago".
    pub(super) fn last_used(&self, layout: &Layout) -> Message<'static> {
        layout.message("devices-last-used", &[("when", Value::Time(self.last_use))])
    }

    /// Such as "first seen 3 months ago".
    pub(super) fn first_seen(&self, layout: &Layout) -> Option<Message<'static>> {
        let when = Value::Time(self.first_seen?);
        Some(layout.message("devices-first-seen", &[("when", when)]))
    }

    /// Such as "signed in 2 days ago".
    pub(super) fn began(&self, layout: &Layout) -> Message<'static> {
        layout.message("devices-since", &[("when", Value::Time(self.since))])
    }
}

fn what_it_is(device: Option<&Device>, layout: &Layout) -> DisplayText {
    let browser = device.and_then(|device| device.browser.as_deref());
    let system = device.and_then(|device| device.system.as_deref());
    DisplayText::name(&device_name(browser, system, layout.language))
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

/// What a network is called, where it is one.
pub(super) fn place_name(place: Place, language: Language) -> Option<String> {
    match place {
        Place::ThisComputer => None,
        Place::LocalNetwork => Some(language.say("place-local-network").into_owned()),
        network @ (Place::V4(_) | Place::V6(_)) => Some(network.to_string()),
    }
}
