//! The standard claims of OpenID Connect Core 5.1: their names, types and scopes, and which values may be stored. What
//! is stored is what sites get: a value that a claim cannot have is refused, never dropped or mended.

use crate::mail_address::MailAddress;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// The most bytes of one value.
const MAX_TEXT_BYTES: usize = 1024;
/// E.164: the digits of a number, the country code among them.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 2..=15;

/// The postal address claim (Core 5.1.1).
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// For a label, with line breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street, house number, and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// ZIP or postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

macro_rules! standard_claims {
    ($($scope:literal: $($name:ident: $kind:ty),+;)+) => {
        /// The standard claims of OpenID Connect Core 5.1 (`sub` is the user's id).
        #[allow(missing_docs, reason = "the names are the specification's")]
        #[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct StandardClaims {
            $($(#[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$kind>,)+)+
        }

        /// Every standard claim but `sub`, by name.
        pub const STANDARD_CLAIMS: &[&str] = &[$($(stringify!($name),)+)+];

        /// The scope that a standard claim belongs to (Core 5.4).
        pub(crate) fn scope_of(claim: &str) -> Option<&'static str> {
            match claim { $($(stringify!($name) => Some($scope),)+)+ _ => None }
        }
    };
}

standard_claims! {
    "profile": name: String, given_name: String, family_name: String, middle_name: String, nickname: String,
        preferred_username: String, profile: String, picture: String, website: String, gender: String,
        birthdate: String, zoneinfo: String, locale: String, updated_at: i64;
    "email": email: String, email_verified: bool;
    "phone": phone_number: String, phone_number_verified: bool;
    "address": address: Address;
}

/// Why claims are not stored.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitClaim {
    /// Core 5.3.2: what has no value is left out.
    #[error("{0} is empty; leave it out")]
    Empty(String),
    /// More than any such value needs.
    #[error("{0} is longer than {MAX_TEXT_BYTES} bytes")]
    TooLong(String),
    /// A line break, or another character that no page shows.
    #[error("{0} has a control character")]
    ControlCharacter(String),
    /// A value of another form than the specification gives the claim.
    #[error("{0} must be {1}")]
    Form(&'static str, &'static str),
    /// A verified value without a value.
    #[error("{0} says something of {1}, which is not set")]
    VerifiesNothing(&'static str, &'static str),
    /// Core 5.1, `phone_number_verified`.
    #[error("a verified phone_number must be in E.164 format, such as +12025550143")]
    VerifiedPhoneNumber,
}

impl UnfitClaim {
    /// The claim that is not stored as it is. Without it the others may be.
    #[must_use]
    pub fn claim(&self) -> &str {
        match self {
            Self::Empty(name) | Self::TooLong(name) | Self::ControlCharacter(name) => {
                name.split('.').next().unwrap_or(name)
            }
            Self::Form(name, _) | Self::VerifiesNothing(name, _) => name,
            Self::VerifiedPhoneNumber => "phone_number_verified",
        }
    }
}

/// A claim, the form that its value has, and the test of that.
type Format = (&'static str, &'static str, fn(&str) -> bool);

/// The claims whose values have a form of their own.
const FORMS: [Format; 7] = [
    ("profile", WEB_ADDRESS, is_web_address),
    ("picture", WEB_ADDRESS, is_web_address),
    ("website", WEB_ADDRESS, is_web_address),
    ("birthdate", "a date as YYYY-MM-DD (0000 for no year), or a year as YYYY", is_birthdate),
    ("zoneinfo", "a time zone, such as Europe/Paris", is_time_zone),
    ("locale", "a language tag, such as en-GB", is_language_tag),
    ("email", "an e-mail address, such as alice@example.com", is_email),
];
const WEB_ADDRESS: &str = "an https or http URL";

impl StandardClaims {
    /// Checks every value and hands the claims back. An e-mail address or phone number of which nothing else was said is
    /// not verified.
    ///
    /// # Errors
    /// [`UnfitClaim`] names the first value that cannot be stored.
    pub fn checked(mut self) -> Result<Self, UnfitClaim> {
        let members = self.clone().into_members();
        for (name, value) in &members {
            check_value(name, value)?;
        }
        for (name, form, has_form) in FORMS {
            match members.get(name).and_then(Value::as_str) {
                Some(text) if !has_form(text) => return Err(UnfitClaim::Form(name, form)),
                _ => {}
            }
        }
        self.email_verified = verified("email", self.email.as_deref(), self.email_verified)?;
        self.phone_number_verified =
            verified("phone_number", self.phone_number.as_deref(), self.phone_number_verified)?;
        match &self.phone_number {
            Some(number) if self.phone_number_verified == Some(true) && !is_e164(number) => {
                Err(UnfitClaim::VerifiedPhoneNumber)
            }
            _ => Ok(self),
        }
    }

    /// The claims that are set, by name.
    #[must_use]
    pub fn into_members(self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }
}

fn verified(
    name: &'static str,
    value: Option<&str>,
    is_verified: Option<bool>,
) -> Result<Option<bool>, UnfitClaim> {
    match (value, is_verified) {
        (Some(_), is_verified) => Ok(Some(is_verified.unwrap_or(false))),
        (None, None) => Ok(None),
        (None, Some(_)) if name == "email" => Err(UnfitClaim::VerifiesNothing("email_verified", name)),
        (None, Some(_)) => Err(UnfitClaim::VerifiesNothing("phone_number_verified", name)),
    }
}

fn check_value(name: &str, value: &Value) -> Result<(), UnfitClaim> {
    match value {
        Value::String(text) => check_text(name, text),
        Value::Object(members) if members.is_empty() => Err(UnfitClaim::Empty(name.to_owned())),
        Value::Object(members) => {
            members.iter().try_for_each(|(member, value)| check_value(&format!("{name}.{member}"), value))
        }
        _ => Ok(()),
    }
}

fn check_text(name: &str, text: &str) -> Result<(), UnfitClaim> {
    // Core 5.1.1: these may have several lines.
    let has_lines = ["address.formatted", "address.street_address"].contains(&name);
    let is_line_break = |c: char| has_lines && matches!(c, '\r' | '\n');
    if text.trim().is_empty() {
        return Err(UnfitClaim::Empty(name.to_owned()));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(UnfitClaim::TooLong(name.to_owned()));
    }
    if text.chars().any(|c| c.is_control() && !is_line_break(c)) {
        return Err(UnfitClaim::ControlCharacter(name.to_owned()));
    }
    Ok(())
}

/// Sites make links of these, so nothing that a browser would run.
fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

fn is_email(text: &str) -> bool {
    MailAddress::parse(text).is_ok()
}

fn is_birthdate(text: &str) -> bool {
    let has_shape = |shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(found, wanted)| match wanted {
                b'-' => found == b'-',
                _ => found.is_ascii_digit(),
            })
    };
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u8>().ok());
    let in_year = || {
        part(5..7).is_some_and(|month| (1..=12).contains(&month))
            && part(8..10).is_some_and(|day| (1..=31).contains(&day))
    };
    has_shape("YYYY") || (has_shape("YYYY-MM-DD") && in_year())
}

fn is_time_zone(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
}

/// Core 5.1 lets the subtags be joined by an underscore as well.
fn is_language_tag(text: &str) -> bool {
    text.split(['-', '_'])
        .all(|subtag| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// E.164, with an extension as in RFC 3966 if there is one.
fn is_e164(text: &str) -> bool {
    let (number, extension) = text.split_once(";ext=").unwrap_or((text, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let digits = number.strip_prefix('+').unwrap_or_default();
    are_digits(digits) && PHONE_DIGITS.contains(&digits.len()) && are_digits(extension)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn checked(claims: Value) -> Result<StandardClaims, String> {
        let claims: StandardClaims = serde_json::from_value(claims).unwrap();
        claims.checked().map_err(|unfit| unfit.to_string())
    }

    #[test]
    fn b8_what_is_given_is_kept() {
        for claims in [
            json!({}),
            json!({ "email": "a@example.com", "email_verified": true }),
            json!({ "email": "ä.b+c@xn--4ca.example", "email_verified": false }),
            json!({ "phone_number": "+12025550143", "phone_number_verified": true }),
            json!({ "phone_number": "+49301234567;ext=12", "phone_number_verified": true }),
            json!({ "phone_number": "(030) 1234567", "phone_number_verified": false }),
            json!({ "birthdate": "1990-04-12", "zoneinfo": "America/Argentina/Buenos_Aires", "locale": "zh-Hant-TW" }),
            json!({ "birthdate": "0000-04-12", "zoneinfo": "Etc/GMT+1", "locale": "en_GB" }),
            json!({ "birthdate": "1990", "picture": "https://a.example/p.png?x=1", "website": "http://a.example" }),
            json!({ "address": { "formatted": "1 High Street\r\nTown", "country": "FR" }, "name": "王小明" }),
            json!({ "preferred_username": "@alice / a", "name": "x".repeat(1024) }),
        ] {
            let kept = checked(claims.clone()).unwrap();
            assert_eq!(serde_json::to_value(kept).unwrap(), claims);
        }
    }

    #[test]
    fn b8_an_address_or_number_of_which_nothing_is_said_is_not_verified() {
        let claims = checked(json!({ "email": "a@example.com", "phone_number": "1" })).unwrap();
        assert_eq!((claims.email_verified, claims.phone_number_verified), (Some(false), Some(false)));
    }

    #[test]
    fn b8_what_cannot_be_kept_is_refused_with_words() {
        let long = "x".repeat(1025);
        for (claims, message) in [
            (json!({ "email_verified": true }), "email_verified says something of email, which is not set"),
            (json!({ "email_verified": false }), "email_verified says something of email, which is not set"),
            (
                json!({ "email": "a@b.c", "phone_number_verified": true }),
                "phone_number_verified says something of phone_number, which is not set",
            ),
            (
                json!({ "phone_number": "030 1234", "phone_number_verified": true }),
                "a verified phone_number must be in E.164 format, such as +12025550143",
            ),
            (json!({ "name": "" }), "name is empty; leave it out"),
            (json!({ "nickname": " \u{a0}" }), "nickname is empty; leave it out"),
            (json!({ "address": {} }), "address is empty; leave it out"),
            (json!({ "address": { "region": "" } }), "address.region is empty; leave it out"),
            (json!({ "name": long }), "name is longer than 1024 bytes"),
            (json!({ "address": { "country": long } }), "address.country is longer than 1024 bytes"),
            (json!({ "name": "a\nb" }), "name has a control character"),
            (json!({ "address": { "country": "a\nb" } }), "address.country has a control character"),
            (json!({ "address": { "formatted": "a\u{0}b" } }), "address.formatted has a control character"),
        ] {
            assert_eq!(checked(claims), Err(message.to_owned()));
        }
    }

    #[test]
    fn b8_a_claim_has_the_form_that_the_specification_gives_it() {
        for (claim, values) in [
            ("email", &["alice", "@example.com", "a@", "a b@example.com", "a@b@c"][..]),
            ("picture", &["javascript:alert(1)", "data:image/png;base64,AA==", "/p.png", "https://"]),
            ("website", &["ftp://a.example", "a.example"]),
            ("profile", &["file:///etc/passwd"]),
            ("birthdate", &["12.4.1990", "1990-13-01", "1990-04-00", "90-04-12", "1990-04-1é"]),
            ("zoneinfo", &["Europe Paris", "<b>"]),
            ("locale", &["german language", "en--GB"]),
        ] {
            for value in values {
                let refused = checked(json!({ claim: value })).unwrap_err();
                assert!(refused.starts_with(&format!("{claim} must be ")), "{value}: {refused}");
            }
        }
    }
}
