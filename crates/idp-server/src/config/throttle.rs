//! The `[throttle]` table: how many wrong passwords an account and an address may try. The token buckets that apply it
//! are `idp_core::throttle`.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{duration::ConfigDuration, proxy::networks};

/// The `[throttle]` table: token buckets for wrong passwords, by account and by address.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThrottleConfig {
    /// Whether guesses are counted at all.
    pub enabled: bool,
    /// Networks that are never throttled by address, such as an office behind one address.
    #[serde(deserialize_with = "networks")]
    pub exempt: Vec<IpNet>,
    /// Wrong guesses an account bears at once.
    pub account_burst: u32,
    /// The time after which an account bears one more.
    pub account_refill: ConfigDuration,
    /// Wrong guesses an address (an IPv6 /64 counts as one) may make at once.
    pub address_burst: u32,
    /// The time after which an address may make one more.
    pub address_refill: ConfigDuration,
    /// Whether a browser behind an address that has no try left may compute instead of waiting.
    pub proof_of_work: bool,
    /// What the first puzzle costs: `2^bits` hashes.
    pub proof_bits: u8,
    /// What the dearest puzzle costs.
    pub proof_bits_most: u8,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            exempt: Vec::new(),
            account_burst: 10,
            account_refill: ConfigDuration::minutes(1),
            address_burst: 50,
            address_refill: ConfigDuration::seconds(10),
            proof_of_work: true,
            proof_bits: 15,
            proof_bits_most: 20,
        }
    }
}
