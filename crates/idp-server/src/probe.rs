//! What the provider makes of a request that `doctor` sends through whatever stands before it: whose address it takes it for, and what
//! came along. Only a machine that has the master key is told.

use std::net::{IpAddr, SocketAddr};

use idp_core::{seal::SealError, time::UnixTime};
use serde::{Deserialize, Serialize};

use crate::seals::Seals;

/// The header that shows that the request comes from such a machine.
pub const PROOF: &str = "idp-probe";
/// For how long, in seconds, a proof counts.
const LIFETIME: i64 = 60;

/// What the provider makes of the request.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Whom it is counted against.
    pub address: IpAddr,
    /// What connected to the provider.
    pub peer: SocketAddr,
    /// Whether that may speak for others (`proxy.trusted`).
    pub peer_is_trusted: bool,
    /// The socket of the provider that it came in by.
    pub socket: SocketAddr,
    /// `Host`, as it came in.
    pub host: Option<String>,
    /// The lines of `X-Forwarded-For`, as they came in.
    pub forwarded_for: Vec<String>,
}

/// A proof, for the header.
///
/// # Errors
/// When the cryptographic library refuses.
pub fn proof(seals: &Seals, now: UnixTime) -> Result<String, SealError> {
    seals.probe.close(&now, "")
}

/// Whether it is a proof that was made of late.
#[must_use]
pub fn is_proof(text: &str, seals: &Seals, now: UnixTime) -> bool {
    let made = seals.probe.open::<UnixTime>(text, "");
    // The clock of the machine that made it may be the one that is wrong.
    made.is_some_and(|made| now.seconds_since(made).abs() <= LIFETIME)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_proof_takes_the_master_key_and_counts_for_a_minute() {
        let (seals, now) = (Seals::new(&[7; 32]).unwrap(), UnixTime(1_700_000_000));
        let text = proof(&seals, now).unwrap();
        assert!(is_proof(&text, &seals, now) && is_proof(&text, &seals, now.plus(60)));
        assert!(!is_proof(&text, &seals, now.plus(61)) && !is_proof(&text, &seals, now.plus(-61)));
        assert!(!is_proof(&text, &Seals::new(&[8; 32]).unwrap(), now));
        assert!(!is_proof("", &seals, now));
        assert!(!is_proof(&seals.transaction.close(&now, "").unwrap(), &seals, now));
    }
}
