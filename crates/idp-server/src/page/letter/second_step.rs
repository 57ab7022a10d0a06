//! Letters about the second step of signing in: what was added, removed and used, and that an attacker has the password and
//! guesses codes.

use idp_core::discovery::path;
use idp_core::time::UnixTime;

use super::{Body, Contents};
use crate::mail::SecondStepNews;
use crate::page::{DisplayText, Message, Value};

/// The ids of the two sentences that say what to do: to the person who did it, and to one who did not.
type Steps = [&'static str; 2];

impl<'a> Contents<'a> {
    pub(super) fn about_second_step(&self, news: &SecondStepNews) -> Body<'a> {
        match news {
            SecondStepNews::AppAdded { at } => self.with_steps(
                self.of_kind("letter-method-added-subject", "letter-method-added-lead", *at),
                ["letter-method-added-mine", "letter-method-added-not-mine"],
            ),
            SecondStepNews::AppRemoved { at, was_last } => {
                let lead =
                    if *was_last { "letter-method-removed-lead-last" } else { "letter-method-removed-lead" };
                self.with_steps(
                    self.of_kind("letter-method-removed-subject", lead, *at),
                    ["letter-method-removed-mine", "letter-method-removed-not-mine"],
                )
            }
            SecondStepNews::PasskeyAdded { at, name } => self.with_steps(
                self.of_passkey("letter-passkey-added-subject", "letter-passkey-added-lead", *at, name),
                ["letter-passkey-added-mine", "letter-passkey-added-not-mine"],
            ),
            SecondStepNews::PasskeySaved { at, name } => self.with_steps(
                self.of_passkey("letter-passkey-saved-subject", "letter-passkey-saved-lead", *at, name),
                ["letter-passkey-saved-mine", "letter-passkey-added-not-mine"],
            ),
            SecondStepNews::PasskeyDemanded { at, name } => self.with_steps(
                self.of_passkey("letter-passkey-demanded-subject", "letter-passkey-demanded-lead", *at, name),
                ["letter-passkey-demanded-mine", "letter-passkey-demanded-not-mine"],
            ),
            SecondStepNews::PasskeyRemoved { at, name, was_last } => {
                let lead = if *was_last {
                    "letter-passkey-removed-lead-last"
                } else {
                    "letter-passkey-removed-lead"
                };
                self.with_steps(
                    self.of_passkey("letter-passkey-removed-subject", lead, *at, name),
                    ["letter-passkey-removed-mine", "letter-passkey-removed-not-mine"],
                )
            }
            SecondStepNews::Reset { at } => self.with_steps(
                self.of_kind("letter-methods-reset-subject", "letter-methods-reset-lead", *at),
                ["letter-methods-reset-mine", "letter-methods-reset-not-mine"],
            ),
            SecondStepNews::WrongCodes { at, browser, system, address } => {
                let mut body = self.of_kind("letter-wrong-codes-subject", "letter-wrong-codes-lead", *at);
                body.facts.extend(self.whereabouts(
                    browser.as_deref(),
                    system.as_deref(),
                    address.as_deref(),
                ));
                let body = self.with_steps(body, ["letter-wrong-codes-mine", "letter-wrong-codes-not-mine"]);
                Body { action: Some(self.action("letter-wrong-codes-action", path::PASSWORD)), ..body }
            }
            SecondStepNews::RecoveryCodeUsed { at, left } => {
                let body = self.of_kind("letter-recovery-used-subject", "letter-recovery-used-lead", *at);
                let count = [("count", Value::Count(*left))];
                let lead = Message::new(self.language(), "letter-recovery-used-lead", &count);
                self.with_steps(
                    Body { lead, ..body },
                    ["letter-recovery-used-mine", "letter-recovery-used-not-mine"],
                )
            }
            SecondStepNews::Link { at, browser, system, address, link } => {
                let mut body = self.of_kind("letter-step-link-subject", "letter-step-link-lead", *at);
                body.facts.extend(self.whereabouts(
                    browser.as_deref(),
                    system.as_deref(),
                    address.as_deref(),
                ));
                let body = self.with_steps(body, ["letter-step-link-mine", "letter-step-link-not-mine"]);
                Body { action: Some(self.link("letter-step-link-action", path::SECOND_STEP, link)), ..body }
            }
            SecondStepNews::LinkUsed { at, address } => {
                let mut body =
                    self.of_kind("letter-step-link-used-subject", "letter-step-link-used-lead", *at);
                body.facts.extend(self.network(address.as_deref()));
                let body =
                    self.with_steps(body, ["letter-step-link-used-mine", "letter-step-link-used-not-mine"]);
                Body { action: Some(self.action("letter-not-me-action", path::SECURE)), ..body }
            }
            SecondStepNews::RecoveryCodesMade { at } => self.with_steps(
                self.of_kind("letter-recovery-made-subject", "letter-recovery-made-lead", *at),
                ["letter-recovery-made-mine", "letter-recovery-made-not-mine"],
            ),
        }
    }

    fn of_passkey(&self, subject: &str, lead: &str, at: UnixTime, name: &str) -> Body<'a> {
        let mut body = self.of_kind(subject, lead, at);
        if !name.is_empty() {
            body.facts.push((self.say("methods-passkey"), DisplayText::name(name)));
        }
        body
    }

    fn with_steps(&self, body: Body<'a>, steps: Steps) -> Body<'a> {
        let mut body = Body { steps: steps.map(|step| self.message(step)).to_vec(), ..body };
        self.lead_to_not_me(&mut body, "letter-methods-action", path::METHODS);
        body
    }
}
