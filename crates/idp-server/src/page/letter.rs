//! A letter to a person, written out in their language: as plain text and as a document that asks no server for anything.
//! Every address in it is made from the issuer of the configuration; no request has a say in it.

mod registration;
mod second_step;
mod subject;

use std::borrow::Cow;
use std::net::IpAddr;

use askama::Template;
use idp_core::device::Place;
use idp_core::discovery::path;
use idp_core::time::UnixTime;

pub use subject::subject_of;

use super::device_line::{device_name, place_name};
use super::{DisplayText, Message, Part, Value};
use crate::config::IssuerConfig;
use crate::mail::{Letter, LetterText, News};
use crate::words::Language;

/// Writes `letter` out. `None` when a template fails, which a test rules out.
#[must_use]
pub fn letter(letter: &Letter, issuer: &IssuerConfig) -> Option<LetterText> {
    let provider = DisplayText::name(&issuer.service_name);
    let account = DisplayText::name(&letter.account);
    let contents = Contents { letter, issuer, provider: &provider, account };
    let body = contents.body();
    let text = LetterAsText { body: &body }.render();
    let html = LetterAsDocument { body: &body }.render();
    let rendered = text.and_then(|text| Ok((text, html?)));
    let (text, html) =
        rendered.inspect_err(|cause| tracing::error!(%cause, "a letter could not be written out")).ok()?;
    let (sender, subject) = (provider.as_str().to_owned(), body.subject.to_string());
    Some(LetterText { language: letter.language, sender, subject, text, html })
}

/// What the templates show.
struct Body<'a> {
    language: Language,
    subject: Cow<'static, str>,
    lead: Message<'a>,
    facts: Vec<(Cow<'static, str>, DisplayText)>,
    steps: Vec<Message<'a>>,
    action: Option<Action>,
    why: Message<'a>,
}

/// Where the letter leads.
struct Action {
    label: Cow<'static, str>,
    or_open: Cow<'static, str>,
    url: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct LetterAsDocument<'a> {
    body: &'a Body<'a>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct LetterAsText<'a> {
    body: &'a Body<'a>,
}

struct Contents<'a> {
    letter: &'a Letter,
    issuer: &'a IssuerConfig,
    provider: &'a DisplayText,
    account: DisplayText,
}

impl<'a> Contents<'a> {
    fn body(&self) -> Body<'a> {
        match &self.letter.news {
            News::NewSignIn { at, name, browser, system, address, sid: _ } => {
                let mut body = self.of_kind("letter-new-sign-in-subject", "letter-new-sign-in-lead", *at);
                body.facts.extend(name.iter().map(|name| (self.say("letter-name"), DisplayText::name(name))));
                body.facts.extend(self.whereabouts(
                    browser.as_deref(),
                    system.as_deref(),
                    address.as_deref(),
                ));
                body.steps = vec![
                    self.message("letter-new-sign-in-mine"),
                    self.message("letter-new-sign-in-not-mine"),
                ];
                self.lead_to_not_me(&mut body, "letter-not-me-action", path::SECURE);
                body
            }
            News::PasswordSet { at } => {
                let mut body = self.of_kind("letter-password-set-subject", "letter-password-set-lead", *at);
                body.steps = vec![
                    self.message("letter-password-set-mine"),
                    self.message("letter-password-set-not-mine"),
                ];
                self.lead_to_not_me(&mut body, "letter-not-me-action", path::SECURE);
                body
            }
            News::SecondStep(news) => self.about_second_step(news),
            News::ResetPassword { at, link } => {
                let mut body = self.of_kind("letter-reset-subject", "letter-reset-lead", *at);
                body.steps =
                    vec![self.message("letter-reset-good-for"), self.message("letter-reset-not-mine")];
                body.action = Some(self.link("letter-reset-action", path::RESET_PASSWORD, link));
                body
            }
            News::Register { at, link } => self.register(*at, link),
            News::Invitation { name, until, link } => self.invitation(name.as_deref(), *until, link),
            News::AccountExists { at, address } => self.account_exists(*at, address),
            News::VerifyAddress { at, address, link } => {
                let mut body = self.about_address(
                    "letter-verify-address-subject",
                    "letter-verify-address-lead",
                    *at,
                    address,
                );
                body.steps = vec![
                    self.message("letter-verify-address-good-for"),
                    self.message("letter-verify-address-not-mine"),
                ];
                body.action = Some(self.link("letter-verify-address-action", path::VERIFY_ADDRESS, link));
                body.why = self.message("letter-verify-address-why");
                body
            }
            News::AddressInUse { at, address } => {
                let subject = "letter-address-in-use-subject";
                let mut body = self.about_address(subject, "letter-address-in-use-lead", *at, address);
                body.steps = vec![
                    self.message("letter-address-in-use-mine"),
                    self.message("letter-address-in-use-not-mine"),
                ];
                body.action = Some(self.action("letter-addresses-action", path::ADDRESSES));
                body
            }
            News::AddressAdded { at, address } => {
                self.of_addresses("letter-address-added-subject", "letter-address-added-lead", *at, address)
            }
            News::AddressRemoved { at, address } => {
                let subject = "letter-address-removed-subject";
                self.of_addresses(subject, "letter-address-removed-lead", *at, address)
            }
            News::PrimaryAddressChanged { at, address } => self.of_addresses(
                "letter-primary-address-subject",
                "letter-primary-address-lead",
                *at,
                address,
            ),
            News::DeletionRequested { at, due } => {
                let mut body =
                    self.of_kind("letter-deletion-requested-subject", "letter-deletion-requested-lead", *at);
                let due = DisplayText::name(&self.language().date(*due));
                body.facts.push((self.say("letter-deleted-at"), due));
                body.steps = vec![
                    self.message("letter-deletion-requested-mine"),
                    self.message("letter-deletion-requested-not-mine"),
                ];
                body.action = Some(self.action("letter-deletion-requested-action", path::ACCOUNT));
                body
            }
            News::DeletionTakenBack { at } => {
                let mut body = self.of_kind(
                    "letter-deletion-taken-back-subject",
                    "letter-deletion-taken-back-lead",
                    *at,
                );
                body.steps = vec![self.message("letter-deletion-taken-back-not-mine")];
                body.action = Some(self.action("letter-account-action", path::ACCOUNT));
                body
            }
            News::AccountDeleted { at } => {
                let mut body =
                    self.of_kind("letter-account-deleted-subject", "letter-account-deleted-lead", *at);
                body.steps = vec![self.message("letter-account-deleted-sites")];
                body.why = self.message("letter-account-deleted-why");
                body
            }
            News::Test { at } => {
                let mut body = self.of_kind("letter-test-subject", "letter-test-lead", *at);
                body.facts.retain(|(label, _)| *label != self.say("letter-account"));
                body.why = self.message("letter-test-why");
                body
            }
        }
    }

    /// On which device, and from where.
    fn whereabouts(
        &self,
        browser: Option<&str>,
        system: Option<&str>,
        address: Option<&str>,
    ) -> Vec<(Cow<'static, str>, DisplayText)> {
        let device = device_name(browser, system, self.language());
        let mut facts = vec![(self.say("letter-device"), DisplayText::name(&device))];
        facts.extend(self.network(address));
        facts
    }

    fn network(&self, address: Option<&str>) -> Option<(Cow<'static, str>, DisplayText)> {
        let place = address.and_then(|address| address.parse::<IpAddr>().ok()).map(Place::of);
        let place = place.and_then(|place| place_name(place, self.language()));
        place.map(|place| (self.say("letter-network"), DisplayText::name(&place)))
    }

    /// What became of the addresses of an account, told to those it had.
    fn of_addresses(&self, subject: &str, lead: &str, at: UnixTime, address: &str) -> Body<'a> {
        let mut body = self.about_address(subject, lead, at, address);
        body.steps = vec![self.message("letter-address-mine"), self.message("letter-address-not-mine")];
        self.lead_to_not_me(&mut body, "letter-addresses-action", path::ADDRESSES);
        body
    }

    /// To the page that ends what was not the person, and says so; where there is no link to that, to a page of their account.
    fn lead_to_not_me(&self, body: &mut Body<'a>, label: &str, page: &str) {
        let Some(secret) = &self.letter.not_me else {
            body.action = Some(self.action(label, page));
            return;
        };
        body.steps.push(self.message("letter-not-me-good-for"));
        body.action = Some(self.link("letter-not-me-action", path::NOT_ME, secret));
    }

    fn about_address(&self, subject: &str, lead: &str, at: UnixTime, address: &str) -> Body<'a> {
        let mut body = self.of_kind(subject, lead, at);
        body.facts.push((self.say("letter-address"), DisplayText::reason(address)));
        body
    }

    fn of_kind(&self, subject: &str, lead: &str, at: UnixTime) -> Body<'a> {
        Body {
            language: self.language(),
            subject: self.say(subject),
            lead: self.message(lead),
            facts: vec![
                (self.say("letter-account"), self.account.clone()),
                (self.say("letter-time"), DisplayText::name(&self.language().date(at))),
            ],
            steps: Vec::new(),
            action: None,
            why: self.message("letter-why"),
        }
    }

    fn action(&self, label: &str, path: &str) -> Action {
        let url = self.issuer.url.join(path);
        Action { label: self.say(label), or_open: self.say("letter-or-open"), url }
    }

    /// A secret has no character that an address would have to write another way.
    fn link(&self, label: &str, path: &str, secret: &str) -> Action {
        self.action(label, &format!("{path}?link={secret}"))
    }

    const fn language(&self) -> Language {
        self.letter.language
    }

    fn say(&self, id: &str) -> Cow<'static, str> {
        self.language().say(id)
    }

    fn message(&self, id: &str) -> Message<'a> {
        Message::new(self.language(), id, &[("provider", Value::Name(self.provider))])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mail::SecondStepNews;

    const HOSTILE: &str = "<script>alert(1)</script>\r\nBcc: eve@evil.example\u{202E}";

    fn all(language: Language, text: &str) -> Vec<LetterText> {
        written(language, text).into_iter().map(|(_, letter)| letter).collect()
    }

    pub(super) fn written(language: Language, text: &str) -> Vec<(&'static str, LetterText)> {
        let (at, sid) = (UnixTime(1_795_232_827), uuid::Uuid::nil());
        let some = || Some(text.to_owned());
        let news = [
            News::NewSignIn {
                sid,
                at,
                name: None,
                browser: some(),
                system: some(),
                address: Some("203.0.113.7".to_owned()),
            },
            News::NewSignIn { sid, at, name: some(), browser: None, system: None, address: some() },
            News::PasswordSet { at },
            News::DeletionRequested { at, due: at.plus(14 * 24 * 60 * 60) },
            News::DeletionTakenBack { at },
            News::AccountDeleted { at },
            News::Test { at },
            News::ResetPassword { at, link: "ml.abc".to_owned() },
            News::VerifyAddress { at, address: text.to_owned(), link: "ml.abc".to_owned() },
            News::Register { at, link: "ml.abc".to_owned() },
            News::Invitation { name: some(), until: at, link: "ml.abc".to_owned() },
            News::Invitation { name: None, until: at, link: "ml.abc".to_owned() },
            News::AccountExists { at, address: text.to_owned() },
            News::AddressInUse { at, address: text.to_owned() },
            News::AddressAdded { at, address: text.to_owned() },
            News::AddressRemoved { at, address: text.to_owned() },
            News::PrimaryAddressChanged { at, address: text.to_owned() },
        ];
        let second_step = [
            SecondStepNews::AppAdded { at },
            SecondStepNews::AppRemoved { at, was_last: false },
            SecondStepNews::AppRemoved { at, was_last: true },
            SecondStepNews::PasskeyAdded { at, name: text.to_owned() },
            SecondStepNews::PasskeySaved { at, name: text.to_owned() },
            SecondStepNews::PasskeyDemanded { at, name: text.to_owned() },
            SecondStepNews::PasskeyRemoved { at, name: text.to_owned(), was_last: false },
            SecondStepNews::PasskeyRemoved { at, name: String::new(), was_last: true },
            SecondStepNews::Reset { at },
            SecondStepNews::WrongCodes { at, browser: some(), system: None, address: some() },
            SecondStepNews::RecoveryCodeUsed { at, left: 7 },
            SecondStepNews::RecoveryCodeUsed { at, left: 0 },
            SecondStepNews::RecoveryCodesMade { at },
            SecondStepNews::Link {
                at,
                browser: some(),
                system: None,
                address: some(),
                link: "ml.abc".to_owned(),
            },
            SecondStepNews::LinkUsed { at, address: Some("203.0.113.7".to_owned()) },
        ];
        let news = news.into_iter().chain(second_step.into_iter().map(News::SecondStep));
        let issuer = IssuerConfig {
            url: "https://login.example.org".parse().unwrap(),
            service_name: format!("House {text}"),
        };
        let letters = news.map(|news| Letter {
            to: "alice@example.org".to_owned(),
            language,
            account: text.to_owned(),
            not_me: news.not_me(sid).map(|_| "ml.abc".to_owned()),
            news,
        });
        letters.map(|about| (about.news.kind(), letter(&about, &issuer).unwrap())).collect()
    }

    #[test]
    fn s66_a_hostile_name_stays_text_and_adds_no_line() {
        for written in Language::all().flat_map(|language| all(language, HOSTILE)) {
            assert!(!written.html.contains("<script"), "{}", written.html);
            for text in [&written.sender, &written.subject, &written.text] {
                assert!(!text.contains('\u{202E}') && !text.contains("\nBcc:"), "{text}");
            }
            assert!(!written.sender.contains(['\r', '\n']) && !written.subject.contains(['\r', '\n']));
        }
    }

    #[test]
    fn s90_every_address_in_a_letter_is_of_the_configured_issuer() {
        for written in Language::all().flat_map(|language| all(language, "alice")) {
            for text in [&written.html, &written.text] {
                for address in text.split("https://").skip(1) {
                    assert!(address.starts_with("login.example.org/"), "{address}");
                }
                assert!(!text.contains("http://") && !text.contains("<img") && !text.contains("url("));
            }
        }
    }

    #[test]
    fn both_forms_of_a_letter_say_the_same() {
        for written in Language::all().flat_map(|language| all(language, "alice")) {
            for line in written.text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "--") {
                let line = line.rsplit([':', '：']).next().unwrap().trim();
                let plain = written.html.replace("<bdi>", "").replace("</bdi>", "").replace("&#39;", "'");
                assert!(plain.contains(line), "{line} in {}", written.html);
            }
        }
    }

    #[test]
    fn a_letter_of_plain_text_reads_like_one() {
        let letters = all(Language::english(), "alice");
        let expected = "\
            Somebody signed in to your account on a device that has not been used for it before.\n\n\
            Account: alice\nTime: 21 Nov 2026, 03:47 UTC\nDevice: alice on alice\nNetwork: 203.0.113.0/24\n\n\
            If this was you, there is nothing to do.\n\n\
            If it was not you, somebody knows your password: open the link below at once. It ends that sign-in, and leads to \
            another password.\n\n\
            The link works without signing in, and is good for 14 days. A person who has it can sign you out, and no more than that.\n\n\
            This was not me:\nhttps://login.example.org/not-me?link=ml.abc\n\n\
            -- \nHouse alice sends this to keep your account safe. Nobody reads replies to it.";
        assert_eq!(letters.first().unwrap().text.trim_end(), expected);
    }
}
