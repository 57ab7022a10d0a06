//! A letter to a person, written out in their language: as plain text and as a document that asks no server for anything.
//! Every address in it is made from the issuer of the configuration; no request has a say in it.

use std::borrow::Cow;
use std::net::IpAddr;

use askama::Template;
use idp_core::device::Place;
use idp_core::discovery::path;
use idp_core::time::UnixTime;

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
            News::NewSignIn { at, browser, system, address } => {
                let device = device_name(browser.as_deref(), system.as_deref(), self.language());
                let mut body = self.of_kind("letter-new-sign-in-subject", "letter-new-sign-in-lead", *at);
                body.facts.push((self.say("letter-device"), DisplayText::name(&device)));
                let place =
                    address.as_deref().and_then(|address| address.parse::<IpAddr>().ok()).map(Place::of);
                // "This computer" would be the one that the letter is read on.
                let place = place.filter(|place| !matches!(place, Place::ThisComputer));
                let place = place.map(|place| place_name(place, self.language()));
                body.facts.extend(place.map(|place| (self.say("letter-network"), DisplayText::name(&place))));
                body.steps = vec![
                    self.message("letter-new-sign-in-mine"),
                    self.message("letter-new-sign-in-not-mine"),
                ];
                body.action = Some(self.action("letter-new-sign-in-action", path::DEVICES));
                body
            }
            News::PasswordSet { at } => {
                let mut body = self.of_kind("letter-password-set-subject", "letter-password-set-lead", *at);
                body.steps = vec![
                    self.message("letter-password-set-mine"),
                    self.message("letter-password-set-not-mine"),
                ];
                body.action = Some(self.action("letter-password-set-action", path::ACCOUNT));
                body
            }
            News::MethodAdded { at, method, name } => {
                self.of_method("letter-method-added-subject", "letter-method-added-lead", *at, method, name)
            }
            News::MethodRemoved { at, method, name } => self.of_method(
                "letter-method-removed-subject",
                "letter-method-removed-lead",
                *at,
                method,
                name,
            ),
            News::Test { at } => {
                let mut body = self.of_kind("letter-test-subject", "letter-test-lead", *at);
                body.facts.retain(|(label, _)| *label != self.say("letter-account"));
                body.why = self.message("letter-test-why");
                body
            }
        }
    }

    fn of_method(&self, subject: &str, lead: &str, at: UnixTime, method: &str, name: &str) -> Body<'a> {
        let mut body = self.of_kind(subject, lead, at);
        let kind = if method == "passkey" { "methods-passkey" } else { "methods-app" };
        let shown =
            if name.is_empty() { self.say(kind) } else { format!("{} ({name})", self.say(kind)).into() };
        body.facts.push((self.say("letter-method"), DisplayText::name(&shown)));
        body.steps = vec![self.message("letter-method-mine"), self.message("letter-method-not-mine")];
        body.action = Some(self.action("letter-method-action", path::METHODS));
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

    const HOSTILE: &str = "<script>alert(1)</script>\r\nBcc: eve@evil.example\u{202E}";

    fn all(language: Language, text: &str) -> Vec<LetterText> {
        let at = UnixTime(1_795_232_827);
        let some = || Some(text.to_owned());
        let news = [
            News::NewSignIn { at, browser: some(), system: some(), address: Some("203.0.113.7".to_owned()) },
            News::NewSignIn { at, browser: None, system: None, address: some() },
            News::PasswordSet { at },
            News::Test { at },
        ];
        let issuer = IssuerConfig {
            url: "https://login.example.org".parse().unwrap(),
            service_name: format!("House {text}"),
        };
        let letters = news.map(|news| Letter {
            to: "alice@example.org".to_owned(),
            language,
            account: text.to_owned(),
            news,
        });
        letters.iter().map(|about| letter(about, &issuer).unwrap()).collect()
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
            If it was not you, somebody knows your password: sign that device out, and change your password at once.\n\n\
            See your devices:\nhttps://login.example.org/account/devices\n\n\
            -- \nHouse alice sends this to keep your account safe. Nobody reads answers to it.";
        assert_eq!(letters.first().unwrap().text.trim_end(), expected);
    }
}
