//! The `[session]` table: how long a sign-in lasts, and on how many devices a person may be signed in. The rules
//! that apply it are in `idp-core` (`session`, `device::policy`).

use idp_core::device::{DevicePolicy, LoginPolicy, MOST_OPEN};
use idp_core::session::SessionPolicy;
use serde::{Deserialize, Serialize};

use super::duration::ConfigDuration;

/// The `[session]` table: one sign-in of one person on one device.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// A session that was not used for this long is over.
    pub idle: ConfigDuration,
    /// A session older than this is over, used or not.
    pub absolute: ConfigDuration,
    /// Which devices of a person exclude each other.
    pub devices: DevicePolicy,
    /// On how many devices a person is signed in at most.
    pub max_devices: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            idle: ConfigDuration::days(3),
            absolute: ConfigDuration::days(30),
            devices: DevicePolicy::Any,
            max_devices: MOST_OPEN,
        }
    }
}

impl SessionConfig {
    /// How long sessions last.
    #[must_use]
    pub const fn lasting(&self) -> SessionPolicy {
        SessionPolicy { idle: self.idle.as_secs(), absolute: self.absolute.as_secs() }
    }

    /// What a new sign-in ends.
    #[must_use]
    pub const fn login_policy(&self) -> LoginPolicy {
        LoginPolicy { devices: self.devices, max_devices: self.max_devices }
    }
}
