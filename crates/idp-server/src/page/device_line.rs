//! One sign-in in a list: on what, from where, since when. The label is made of our own words; it is isolated and
//! bounded all the same, for it rests in the database.

use std::net::IpAddr;

use idp_core::device::{Described, Device, DeviceKind, Place};
use idp_core::session::Session;
use idp_core::time::UnixTime;

use super::{DisplayText, RelativeTime};

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
    /// The line for `session` on `device`, seen from `now`.
    #[must_use]
    pub fn new(session: &Session, device: Option<&Device>, now: UnixTime) -> Self {
        let label = device.map_or_else(|| Described::read("", "").label(), |device| device.label.clone());
        let address = session.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        Self {
            kind: device.map_or(DeviceKind::Other, |device| device.kind),
            label: DisplayText::name(&label),
            place: address.map(|address| DisplayText::name(&Place::of(address).to_string())),
            last_use: RelativeTime::new(session.last_seen_at, now),
            since: RelativeTime::new(session.created_at, now),
        }
    }
}
