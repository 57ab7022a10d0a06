//! One person of a file, before anything is looked up: what is taken, what is left out, or why the person is refused.

use idp_core::{
    administration::{GroupName, RoleName},
    mail_address::MailAddress,
    password::imported,
    totp::TotpSecret,
    user::{AddressChange, StandardClaims, UserStatus},
    username::Username,
};
use serde_json::{Map, Value};

use super::attributes::Attributes;
use super::report::shown;
use crate::directory::import::{MOST_IMPORTED_APPS, NewApp, NewPerson};

/// What the operator decides, whatever the format.
#[derive(Debug)]
pub(super) struct Options {
    /// People whose hash is of a kind that is not known here are added without a password.
    pub(super) without_unknown_hashes: bool,
    /// What there is to take values for.
    pub(super) attributes: Attributes,
}

/// A person of a file.
pub(super) struct Entry {
    /// Where they stand, such as `line 4`.
    pub(super) place: String,
    /// What the file calls them; for the report.
    pub(super) name: String,
    pub(super) read: Reading,
    /// What of them is left out.
    pub(super) notes: Vec<String>,
}

/// What was read of one.
pub(super) enum Reading {
    Person(Box<NewPerson>),
    Refused(String),
    /// No person: an account that the other system made for itself.
    LeftOut(String),
}

impl Entry {
    /// One that cannot be taken.
    pub(super) fn refused(place: String, name: &str, why: impl ToString) -> Self {
        Self { place, name: name.to_owned(), read: Reading::Refused(why.to_string()), notes: Vec::new() }
    }

    /// What was drafted.
    pub(super) fn of(place: String, name: &str, draft: Result<Draft, String>) -> Self {
        match draft.and_then(Draft::finish) {
            Ok((person, notes)) => {
                Self { place, name: name.to_owned(), read: Reading::Person(Box::new(person)), notes }
            }
            Err(why) => Self::refused(place, name, why),
        }
    }
}

/// A person who is being read.
pub(super) struct Draft {
    pub(super) person: NewPerson,
    pub(super) notes: Vec<String>,
    /// Claims that are left out where they cannot be kept: nothing depends on them.
    claims: Map<String, Value>,
}

impl Draft {
    pub(super) fn of(username: &str) -> Result<Self, String> {
        let username = Username::parse(username).map_err(|error| error.to_string())?;
        Ok(Self { person: NewPerson::called(username), notes: Vec::new(), claims: Map::new() })
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// A claim with a text, unless there is none.
    pub(super) fn text(&mut self, claim: &str, text: Option<&str>) {
        if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
            self.claims.insert(claim.to_owned(), text.into());
        }
    }

    /// A claim with another value.
    pub(super) fn claim(&mut self, claim: &str, value: Value) {
        self.claims.insert(claim.to_owned(), value);
    }

    /// The primary address.
    pub(super) fn email(&mut self, email: Option<&str>, is_verified: bool) -> Result<(), String> {
        let Some(email) = email.map(str::trim).filter(|email| !email.is_empty()) else {
            return match is_verified {
                true => Err("email_verified says something of email, which is not there".to_owned()),
                false => Ok(()),
            };
        };
        let address = MailAddress::parse(email).map_err(|error| error.to_string())?;
        let change = if is_verified { AddressChange::Vouch(address) } else { AddressChange::Add(address) };
        self.person.addresses.push(change);
        Ok(())
    }

    /// The hash of the password. One that cannot be taken refuses the person, unless the operator lets that pass.
    pub(super) fn hash(&mut self, hash: String, options: &Options) -> Result<(), String> {
        match imported(&hash) {
            Ok(_) => self.person.password_hash = Some(hash),
            Err(error) => self.no_hash(&error.to_string(), options)?,
        }
        Ok(())
    }

    /// The same of one of which it is known that it cannot be taken.
    pub(super) fn no_hash(&mut self, why: &str, options: &Options) -> Result<(), String> {
        match options.without_unknown_hashes {
            true => self.note(format!("the password is left out: {why}; the person needs a new one")),
            false => return Err(format!("{why}; with --without-unknown-hashes people are added without it")),
        }
        Ok(())
    }

    /// An authenticator app.
    pub(super) fn app(&mut self, name: &str, secret: TotpSecret) {
        match self.person.apps.len() < MOST_IMPORTED_APPS {
            true => self.person.apps.push(NewApp { name: name.to_owned(), secret }),
            false => self
                .note(format!("an authenticator app is left out: a person has at most {MOST_IMPORTED_APPS}")),
        }
    }

    pub(super) fn disabled(&mut self, is_disabled: bool) {
        self.person.status = if is_disabled { UserStatus::Disabled } else { UserStatus::Active };
    }

    pub(super) fn role(&mut self, name: &str) -> Result<(), String> {
        let role: RoleName = name.parse().map_err(|error| format!("role {:?}: {error}", shown(name)))?;
        self.person.roles.insert(role);
        Ok(())
    }

    pub(super) fn group(&mut self, name: &str) -> Result<(), String> {
        let group: GroupName = name.parse().map_err(|error| format!("group {:?}: {error}", shown(name)))?;
        self.person.groups.insert(group);
        Ok(())
    }

    /// The person, and what is left out of them.
    fn finish(mut self) -> Result<(NewPerson, Vec<String>), String> {
        let mut claims = self.claims;
        while !claims.is_empty() {
            let read = serde_json::from_value::<StandardClaims>(Value::Object(claims.clone()));
            let unfit = match read.map(StandardClaims::checked) {
                Ok(Ok(checked)) => {
                    self.person.claims = checked;
                    break;
                }
                Ok(Err(unfit)) => unfit,
                // What is put in has the type of its claim.
                Err(_) => return Err("the claims cannot be read".to_owned()),
            };
            if claims.remove(unfit.claim()).is_none() {
                return Err(unfit.to_string());
            }
            self.notes.push(format!("{} is left out: {unfit}", unfit.claim()));
        }
        Ok((self.person, self.notes))
    }
}
