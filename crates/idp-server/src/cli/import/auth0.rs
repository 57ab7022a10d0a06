//! Users of Auth0: an object in each line, as its export writes them, or a list, as its bulk import takes them. The hashes of
//! passwords are in a file of their own, which its support hands out.

mod hashes;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use idp_core::totp::{TotpSecret, parameters::Parameters};
use idp_core::user::attribute::GivenValue;
use serde::Deserialize;
use serde_json::{Deserializer, Map, Value};

use super::attributes::Attributes;
use super::entry::{Draft, Entry, Options};
use super::reading::{self, Elements, Sink};
use crate::{cli::failure::Failure, date::from_rfc3339};
use hashes::Hashes;
use serde::de::DeserializeSeed as _;

/// What applications keep of a user.
const APP_METADATA: &str = "app_metadata";
/// What users may write themselves.
const USER_METADATA: &str = "user_metadata";

/// A user, as far as something of it is taken or told of.
#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    user_id: Option<String>,
    username: Option<String>,
    email: Option<String>,
    email_verified: bool,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    nickname: Option<String>,
    picture: Option<String>,
    locale: Option<String>,
    phone_number: Option<String>,
    phone_verified: bool,
    blocked: bool,
    created_at: Option<String>,
    password_hash: Option<String>,
    custom_password_hash: Option<CustomHash>,
    mfa_factors: Vec<Map<String, Value>>,
    app_metadata: Map<String, Value>,
    user_metadata: Map<String, Value>,
}

/// A hash of another system than Auth0's own.
#[derive(Deserialize)]
struct CustomHash {
    algorithm: String,
    hash: Encoded,
    salt: Option<Encoded>,
    keylen: Option<usize>,
    cost: Option<u64>,
    #[serde(rename = "blockSize")]
    block_size: Option<u32>,
    parallelization: Option<u32>,
}

#[derive(Deserialize)]
struct Encoded {
    value: String,
    encoding: Option<String>,
}

/// Reads the file.
///
/// # Errors
/// When it, or the file of hashes, cannot be read.
pub(super) fn read(
    file: &Path,
    hashes: Option<&Path>,
    options: &Options,
    sink: Sink<'_>,
) -> Result<(), Failure> {
    let mut hashes = hashes.map(Hashes::index).transpose()?;
    let mut source = reading::open(file)?;
    let first = loop {
        let waiting = source.fill_buf().map_err(|error| reading::cannot_read(file, &error))?;
        match waiting.first().copied() {
            Some(byte) if byte.is_ascii_whitespace() => source.consume(1),
            first => break first,
        }
    };
    if first != Some(b'[') {
        return reading::lines_of(source, file, sink, |place, text| {
            let value = serde_json::from_str(text);
            Some(entry(place, value.ok(), hashes.as_mut(), options))
        });
    }
    let mut number = 0_u64;
    let each = Elements(|value| {
        number += 1;
        sink(entry(format!("user {number}"), Some(value), hashes.as_mut(), options))
    });
    each.deserialize(&mut Deserializer::from_reader(source)).map_err(|error| reading::no_json(file, &error))
}

fn entry(place: String, value: Option<Value>, hashes: Option<&mut Hashes>, options: &Options) -> Entry {
    let user = value.map(serde_json::from_value::<User>);
    let Some(Ok(user)) = user else {
        return Entry::refused(
            place,
            "",
            "this is no user of Auth0: a JSON object with user_id, email and so on",
        );
    };
    let name = user.username.clone().or(user.email.clone()).or(user.user_id.clone()).unwrap_or_default();
    Entry::of(place, &name, draft(user, hashes, options))
}

fn draft(user: User, hashes: Option<&mut Hashes>, options: &Options) -> Result<Draft, String> {
    let username = user.username.as_deref().or(user.email.as_deref());
    let mut draft = Draft::of(username.ok_or("it has neither a username nor an email")?)?;
    draft.email(user.email.as_deref(), user.email_verified && user.email.is_some())?;
    for (claim, text) in [
        ("name", &user.name),
        ("given_name", &user.given_name),
        ("family_name", &user.family_name),
        ("nickname", &user.nickname),
        ("picture", &user.picture),
        ("locale", &user.locale),
        ("phone_number", &user.phone_number),
    ] {
        draft.text(claim, text.as_deref());
    }
    if user.phone_verified && user.phone_number.is_some() {
        draft.claim("phone_number_verified", true.into());
    }
    draft.disabled(user.blocked);
    draft.person.created_at = user.created_at.as_deref().and_then(from_rfc3339);
    let found = hashes.map(|hashes| hashes.of(user.user_id.as_deref(), user.email.as_deref())).transpose()?;
    match (user.password_hash, user.custom_password_hash, found.flatten()) {
        (Some(hash), ..) | (None, None, Some(hash)) => draft.hash(hash, options)?,
        (None, Some(custom), _) => match custom.spelled() {
            Ok(hash) => draft.hash(hash, options)?,
            Err(why) => draft.no_hash(&why, options)?,
        },
        (None, None, None) => draft.note("there is no hash: the person has no password"),
    }
    for factor in &user.mfa_factors {
        take_factor(&mut draft, factor);
    }
    take_metadata(&mut draft, (USER_METADATA, user.user_metadata), &options.attributes);
    take_metadata(&mut draft, (APP_METADATA, user.app_metadata), &options.attributes);
    if let Some((provider, _)) = user.user_id.as_deref().and_then(|id| id.split_once('|'))
        && provider != "auth0"
    {
        draft.note(format!("the sign-in by {} is left out", super::report::shown(provider)));
    }
    Ok(draft)
}

/// What people could write themselves there becomes an attribute that they may change here, or one that the operator names.
fn take_metadata(draft: &mut Draft, (kind, members): (&str, Map<String, Value>), attributes: &Attributes) {
    let mut left = Vec::new();
    for (name, value) in members {
        let same =
            attributes.named(&name).filter(|attribute| kind == APP_METADATA || attribute.access.is_persons());
        match attributes.chosen(&format!("{kind}.{name}")).or(same) {
            Some(attribute) => draft.attribute(attribute, GivenValue::Json(value)),
            None => left.push(name),
        }
    }
    if !left.is_empty() {
        draft.note(format!("{kind} is left out: {}", super::report::shown(&left.join(", "))));
    }
}

fn take_factor(draft: &mut Draft, factor: &Map<String, Value>) {
    let secret = factor.get("totp").and_then(|totp| totp.get("secret")).and_then(Value::as_str);
    let app = secret.and_then(|secret| TotpSecret::brought_in_base32(secret, Parameters::default()));
    match (app, secret) {
        (Some(app), _) => draft.app("", app),
        (None, Some(_)) => draft.note("an authenticator app is left out: its secret is not in base32"),
        (None, None) => draft.note("a second factor by phone or mail is left out"),
    }
}

impl CustomHash {
    /// In a spelling that is known here.
    fn spelled(self) -> Result<String, String> {
        match self.algorithm.as_str() {
            // Whole texts: `$2b$...` and PHC strings.
            "bcrypt" | "argon2" | "pbkdf2" => Ok(self.hash.value),
            "scrypt" => self.scrypt().ok_or_else(|| "its hash of scrypt is not whole".to_owned()),
            "hmac" | "ldap" | "md4" | "md5" | "sha1" | "sha256" | "sha512" => {
                Err(format!("a hash of {} is not taken", self.algorithm))
            }
            _ => Err("its hash is of no algorithm that is known here".to_owned()),
        }
    }

    fn scrypt(&self) -> Option<String> {
        let (hash, salt) = (self.hash.decoded()?, self.salt.as_ref()?.decoded()?);
        let cost = self.cost.unwrap_or(16_384);
        let (ln, r, p) =
            (cost.checked_ilog2()?, self.block_size.unwrap_or(8), self.parallelization.unwrap_or(1));
        let is_whole = cost.is_power_of_two() && self.keylen.is_none_or(|bytes| bytes == hash.len());
        let encoded = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        is_whole.then(|| format!("$scrypt$ln={ln},r={r},p={p}${}${}", encoded(&salt), encoded(&hash)))
    }
}

impl Encoded {
    fn decoded(&self) -> Option<Vec<u8>> {
        match self.encoding.as_deref() {
            None | Some("utf8") => Some(self.value.clone().into_bytes()),
            Some("base64") => STANDARD.decode(&self.value).ok(),
            Some("hex") => {
                let digits: Option<Vec<u32>> = self.value.chars().map(|digit| digit.to_digit(16)).collect();
                let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
                digits
                    .chunks(2)
                    .map(|two| u8::try_from(two.iter().fold(0, |all, one| all << 4 | one)).ok())
                    .collect()
            }
            Some(_) => None,
        }
    }
}
