//! The receipt of a sign-out: how many sites have confirmed that they refuse what it ended, and how soon. It claims
//! no more than was confirmed; what no site confirmed ends with the tokens that are out.

use serde::{Deserialize, Serialize};

use super::{Language, Layout, duration_in_english};

/// What a sign-out reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How many devices were signed out.
    pub devices: usize,
    /// How many sites were in use there.
    pub sites: usize,
    /// How many of these have confirmed.
    pub confirmed: usize,
    /// When the last of them did, in milliseconds after the sign-out.
    pub took_ms: u64,
    /// After how many seconds the tokens of the others have expired.
    pub at_most: u64,
}

impl Receipt {
    /// The receipt in words.
    #[must_use]
    pub fn words(&self, layout: &Layout) -> String {
        match layout.language {
            Language::English => format!("{} {}", self.devices_in_english(), self.sites_in_english()),
        }
    }

    fn devices_in_english(&self) -> String {
        match self.devices {
            0 => "Nothing was left to sign out.".to_owned(),
            1 => "1 device is signed out.".to_owned(),
            many => format!("{many} devices are signed out."),
        }
    }

    fn sites_in_english(&self) -> String {
        let (sites, confirmed) = (self.sites, self.confirmed);
        let done = format!("Signed out at {confirmed} of {} in {} ms.", count(sites), self.took_ms);
        let rest = sites.saturating_sub(confirmed);
        let their = if rest == 1 { "its tokens expire" } else { "their tokens expire" };
        let within = duration_in_english(self.at_most);
        match (sites, confirmed) {
            (0, _) => "No site was in use there.".to_owned(),
            (_, 0) => format!("{} will notice when {their}, within {within}.", count(sites)),
            _ if rest == 0 => done,
            _ if rest == 1 => format!("{done} The other will notice when {their}, within {within}."),
            _ => format!("{done} The others will notice when {their}, within {within}."),
        }
    }
}

fn count(sites: usize) -> String {
    format!("{sites} site{}", if sites == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n03_a_receipt_claims_no_more_than_was_confirmed() {
        let words = |sites, confirmed| {
            let receipt = Receipt { devices: 1, sites, confirmed, took_ms: 240, at_most: 1800 };
            receipt.words(&Layout::new("Accounts")).replace("1 device is signed out. ", "")
        };
        assert_eq!(words(2, 2), "Signed out at 2 of 2 sites in 240 ms.");
        assert_eq!(words(1, 1), "Signed out at 1 of 1 site in 240 ms.");
        assert_eq!(words(2, 0), "2 sites will notice when their tokens expire, within 30 minutes.");
        assert_eq!(words(1, 0), "1 site will notice when its tokens expire, within 30 minutes.");
        assert_eq!(
            words(2, 1),
            "Signed out at 1 of 2 sites in 240 ms. The other will notice when its tokens expire, within 30 minutes."
        );
        assert_eq!(words(0, 0), "No site was in use there.");
    }
}
