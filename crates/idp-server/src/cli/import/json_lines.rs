//! A JSON object in each line, with our own member names: what a program writes that knows another system.

use std::path::Path;

use idp_core::{
    totp::{TotpSecret, parameters::Parameters},
    user::{StandardClaims, attribute::AttributesChange},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::entry::{Draft, Entry, Options};
use super::reading::{self, Sink};
use crate::cli::{failure::Failure, user::claim_flags};

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    username: String,
    /// What sites know them by; a UUID.
    id: Option<Uuid>,
    password_hash: Option<String>,
    /// The primary address.
    email: Option<String>,
    /// Whether the other system made sure that it is theirs.
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    attributes: Map<String, Value>,
    /// Of an authenticator app with the usual parameters, in base32.
    totp_secret: Option<String>,
}

/// Reads the file.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(file: &Path, options: &Options, sink: Sink<'_>) -> Result<(), Failure> {
    reading::lines(file, sink, |place, text| {
        // What was read is not told: a hash may stand in a wrong place.
        let line: Line = match serde_json::from_str(text) {
            Ok(line) => line,
            Err(error) => return Some(Entry::refused(place, "", unreadable(&error))),
        };
        let name = line.username.clone();
        Some(Entry::of(place, &name, draft(line, options)))
    })
}

fn draft(line: Line, options: &Options) -> Result<Draft, String> {
    let mut draft = Draft::of(&line.username)?;
    draft.person.id = line.id;
    draft.email(line.email.as_deref(), line.email_verified)?;
    if !line.claims.is_empty() {
        let change = claim_flags::json(&Value::Object(line.claims).to_string())?;
        draft.person.claims = change.apply(StandardClaims::default()).map_err(|error| error.to_string())?;
    }
    draft.person.attributes = AttributesChange::merge(line.attributes);
    if let Some(hash) = line.password_hash {
        draft.hash(hash, options)?;
    }
    draft.disabled(line.disabled);
    line.roles.iter().try_for_each(|name| draft.role(name))?;
    line.groups.iter().try_for_each(|name| draft.group(name))?;
    if let Some(secret) = line.totp_secret {
        draft.app("", app(&secret)?);
    }
    Ok(draft)
}

/// The secret of an authenticator app with the usual parameters.
///
/// # Errors
/// Says what such a secret is.
pub(super) fn app(base32: &str) -> Result<TotpSecret, String> {
    let secret = TotpSecret::brought_in_base32(base32, Parameters::default());
    secret.ok_or_else(|| "totp_secret must be 80 to 1024 bits in base32".to_owned())
}

fn unreadable(error: &serde_json::Error) -> String {
    let expected = "a JSON object with username and, if need be, id (a UUID), password_hash, email, email_verified (true or false), \
         claims (an object), disabled (true or false), roles and groups (lists of names), attributes (an object) and totp_secret";
    format!("this must be {expected}; read as far as column {}", error.column())
}
