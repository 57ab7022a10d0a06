//! Letters about accounts that people open by themselves: the link to one, an invitation, and that there is one already.

use idp_core::discovery::path;
use idp_core::time::UnixTime;

use super::{Body, Contents};
use crate::page::DisplayText;

impl<'a> Contents<'a> {
    pub(super) fn register(&self, at: UnixTime, link: &str) -> Body<'a> {
        let mut body = self.to_stranger("letter-register-subject", "letter-register-lead");
        body.facts.push((self.say("letter-time"), DisplayText::name(&self.language().date(at))));
        body.steps = vec![self.message("letter-register-good-for"), self.message("letter-register-not-mine")];
        body.action = Some(self.link("letter-register-action", path::CREATE_ACCOUNT, link));
        body
    }

    pub(super) fn invitation(&self, name: Option<&str>, until: UnixTime, link: &str) -> Body<'a> {
        let mut body = self.to_stranger("letter-invitation-subject", "letter-invitation-lead");
        let name = name.map(|name| (self.say("letter-invitation-name"), DisplayText::name(name)));
        body.facts.extend(name);
        let until = DisplayText::name(&self.language().date(until));
        body.facts.push((self.say("letter-invitation-until"), until));
        body.steps =
            vec![self.message("letter-invitation-good-for"), self.message("letter-invitation-not-mine")];
        body.action = Some(self.link("letter-register-action", path::CREATE_ACCOUNT, link));
        body.why = self.message("letter-invitation-why");
        body
    }

    pub(super) fn account_exists(&self, at: UnixTime, address: &str) -> Body<'a> {
        let subject = "letter-account-exists-subject";
        let mut body = self.about_address(subject, "letter-account-exists-lead", at, address);
        body.steps =
            vec![self.message("letter-account-exists-mine"), self.message("letter-account-exists-not-mine")];
        body.action = Some(self.action("letter-account-exists-action", path::LOGIN));
        body.why = self.message("letter-verify-address-why");
        body
    }

    /// To a person who has no account yet.
    fn to_stranger(&self, subject: &str, lead: &str) -> Body<'a> {
        Body {
            language: self.language(),
            subject: self.say(subject),
            lead: self.message(lead),
            facts: Vec::new(),
            steps: Vec::new(),
            action: None,
            why: self.message("letter-verify-address-why"),
        }
    }
}
