//! Devices: the browsers that people sign in from. `user_agent` gives one its name, `place` says in which network it
//! was last seen, `name` is what its person calls it, and `policy` decides which other sign-ins a new one ends. A device proves nothing; it only tells the
//! browsers of a person apart.

mod name;
mod place;
mod policy;
mod user_agent;

pub use name::DeviceName;
pub use place::Place;
pub use policy::{DevicePolicy, Evictions, LoginPolicy, MOST_OPEN, OpenSession};
pub use user_agent::Described;

use crate::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of device it is, by its own account.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A phone.
    Phone,
    /// A tablet that says so; one that poses as a desktop is a computer.
    Tablet,
    /// A desktop or a laptop.
    Computer,
    /// Anything else: a program, a television, a device that does not say.
    Other,
}

impl DeviceKind {
    /// Every kind there is.
    pub const ALL: [Self; 4] = [Self::Phone, Self::Tablet, Self::Computer, Self::Other];

    /// The word kept in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Computer => "computer",
            Self::Other => "other",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A browser that a person has signed in from.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Device {
    /// Its id; never leaves the provider.
    pub id: Uuid,
    /// Its kind.
    pub kind: DeviceKind,
    /// What the browser is called, such as "Firefox".
    pub browser: Option<String>,
    /// On what it runs, such as "Windows".
    pub system: Option<String>,
    /// What the person whose list it is in calls it. Each of two people who share a browser has a name of their own for it.
    pub name: Option<DeviceName>,
    /// When a person first signed in from it.
    pub created_at: UnixTime,
    /// When a person last did.
    pub last_seen_at: UnixTime,
}

impl Device {
    /// What it is in English, for operators: after the name that its person gave it, if they did.
    #[must_use]
    pub fn label(&self) -> String {
        let kind = label(self.browser.as_deref(), self.system.as_deref());
        self.name.as_ref().map_or_else(|| kind.clone(), |name| format!("{name} ({kind})"))
    }
}

/// The name in English of a device of which this is known, such as "Safari on iPhone".
#[must_use]
pub fn label(browser: Option<&str>, system: Option<&str>) -> String {
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) => name.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "An unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_reads_what_a_device_is_behind_its_name() {
        let device = Device {
            id: Uuid::nil(),
            kind: DeviceKind::Phone,
            browser: Some("Safari".to_owned()),
            system: Some("iPhone".to_owned()),
            name: None,
            created_at: UnixTime(0),
            last_seen_at: UnixTime(0),
        };
        assert_eq!(device.label(), "Safari on iPhone");
        let named = Device { name: DeviceName::typed("Kitchen"), ..device };
        assert_eq!(named.label(), "Kitchen (Safari on iPhone)");
    }

    #[test]
    fn kinds_survive_the_database() {
        for kind in DeviceKind::ALL {
            assert_eq!(DeviceKind::parse(kind.as_str()), Some(kind));
        }
    }
}
