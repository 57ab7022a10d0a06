//! The `[session]` table: how long a session lasts, and the login policy. The rules that apply it are in `idp-core`
//! (`session`, `device::policy`).

use idp_core::device::{DevicePolicy, LoginPolicy, MOST_OPEN};
use idp_core::session::SessionPolicy;
use serde::{Deserialize, Deserializer, Serialize, de};

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
    #[serde(deserialize_with = "device_policy")]
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

fn device_policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DevicePolicy, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "any" => Ok(DevicePolicy::Any),
        "one" => Ok(DevicePolicy::One),
        "one_per_kind" => Ok(DevicePolicy::OnePerKind),
        _ => Err(de::Error::custom("must be \"any\", \"one\" or \"one_per_kind\"")),
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
