//! The receipt of a sign-out: how many sites have confirmed that they refuse what it ended, and how soon. It claims
//! no more than was confirmed; what no site confirmed ends with the tokens that are out.

use serde::{Deserialize, Serialize};

use super::Layout;
use crate::words::Language;

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
        let language = layout.language;
        let devices = language.say_with("receipt-devices", &[("count", self.devices.into())]);
        language.sentences(&devices, &self.about_sites(language))
    }

    /// The same after a new password, in the browser that is signed in with it.
    #[must_use]
    pub fn words_of_new_password(&self, layout: &Layout) -> String {
        let language = layout.language;
        let changed = language.say("password-changed");
        let elsewhere = match (self.devices, self.sites) {
            (0, 0) => language.say("password-changed-alone").into_owned(),
            (0, _) => self.about_sites(language),
            (devices, sites) => {
                let devices = language.say_with("receipt-devices", &[("count", devices.into())]);
                let sites = (sites > 0).then(|| self.about_sites(language));
                sites.map_or_else(|| devices.clone(), |sites| language.sentences(&devices, &sites))
            }
        };
        language.sentences(&changed, &elsewhere)
    }

    fn about_sites(&self, language: Language) -> String {
        let time = language.waiting_time(self.at_most);
        let rest = self.sites.saturating_sub(self.confirmed);
        match (self.sites, self.confirmed) {
            (0, _) => language.say("receipt-no-site").into_owned(),
            (sites, 0) => {
                let values = [("sites", sites.into()), ("time", time.into())];
                language.say_with("receipt-none-yet", &values)
            }
            _ if rest == 0 => self.done(language),
            _ => {
                let values = [("rest", rest.into()), ("time", time.into())];
                language.sentences(&self.done(language), &language.say_with("receipt-rest", &values))
            }
        }
    }

    fn done(&self, language: Language) -> String {
        let values = [
            ("confirmed", self.confirmed.into()),
            ("sites", self.sites.into()),
            ("milliseconds", self.took_ms.into()),
        ];
        language.say_with("receipt-done", &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n03_a_receipt_claims_no_more_than_was_confirmed() {
        let layout = Layout::new("Accounts", Language::english());
        let words = |sites, confirmed| {
            let receipt = Receipt { devices: 1, sites, confirmed, took_ms: 240, at_most: 1800 };
            receipt.words(&layout).replace("1 device is signed out. ", "")
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
        let words = |devices, sites, confirmed| {
            let receipt = Receipt { devices, sites, confirmed, took_ms: 40, at_most: 1800 };
            receipt.words_of_new_password(&layout).replace("Your password is changed. ", "")
        };
        assert_eq!(words(0, 0, 0), "You were signed in nowhere else.");
        assert_eq!(words(0, 1, 1), "Signed out at 1 of 1 site in 40 ms.");
        assert_eq!(words(2, 0, 0), "2 devices are signed out.");
        assert_eq!(words(1, 2, 2), "1 device is signed out. Signed out at 2 of 2 sites in 40 ms.");
    }
}
