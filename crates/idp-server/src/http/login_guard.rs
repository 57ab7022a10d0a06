//! Whose guesses a sign-in attempt counts as: its address, and the account, or the person's own browser
//! when it is known to have signed in to that account before.

use crate::chance;
use crate::http::cookies;
use crate::http::visit::Visit;
use crate::store::guesses::Counted;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::time::UnixTime;
use idp_core::username::Username;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a browser stays known without a sign-in, in seconds.
const KNOWN_SECONDS: i64 = 365 * 24 * 60 * 60;

/// A browser in which somebody has signed in. Stateless: it proves a sign-in, and opens nothing.
#[derive(Serialize, Deserialize)]
pub struct KnownDevice {
    /// Tells this browser from another of the same person.
    id: Uuid,
    /// The sign-in name, hashed.
    name: String,
    /// When.
    since: UnixTime,
}

impl KnownDevice {
    /// The cookie's text for a browser in which the user of the form has just signed in.
    #[must_use]
    pub fn sealed(visit: &Visit, username: &Username) -> Option<String> {
        let device = Self { id: chance::new_id(visit.now), name: name_key(username), since: visit.now };
        visit.app.seals.known_device.close(&device, "").ok()
    }

    fn of(visit: &Visit) -> Option<Self> {
        let device: Self = visit.app.seals.known_device.open(&cookies::known_device(&visit.request)?, "")?;
        (visit.now.seconds_since(device.since) < KNOWN_SECONDS).then_some(device)
    }
}

/// The buckets of an attempt at `username`. All spellings of a name count in one bucket.
#[must_use]
pub fn buckets(visit: &Visit, username: Option<&Username>) -> Vec<Counted> {
    let throttle = &visit.app.config.throttle;
    let mut buckets = Vec::new();
    if !throttle.enabled {
        return buckets;
    }
    if !visit.address.is_in(&throttle.exempt) {
        let key = format!("address:{}", hashed(&visit.address.throttle_key()));
        buckets.push(Counted { key, policy: visit.app.address_bucket() });
    }
    if let Some(username) = username {
        let name = name_key(username);
        let key = match KnownDevice::of(visit).filter(|device| device.name == name) {
            Some(device) => format!("device:{}", device.id),
            None => format!("account:{name}"),
        };
        buckets.push(Counted { key, policy: visit.app.account_bucket() });
    }
    buckets
}

fn name_key(username: &Username) -> String {
    hashed(username.as_str())
}

fn hashed(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
