//! A person of a realm.

use idp_core::{time::UnixTime, user::attribute::GivenValue};
use serde_json::Value;

use super::credentials;
use super::names::Names;
use super::representation::User;
use crate::cli::import::attributes::Attributes;
use crate::cli::import::entry::{Draft, Entry, Options, Reading};
use crate::cli::import::report::shown;

/// The attributes that are claims by the mappers that every realm has.
const CLAIMS: [(&str, &str); 14] = [
    ("locale", "locale"),
    ("phoneNumber", "phone_number"),
    ("phone_number", "phone_number"),
    ("picture", "picture"),
    ("zoneinfo", "zoneinfo"),
    ("website", "website"),
    ("profile", "profile"),
    ("gender", "gender"),
    ("birthdate", "birthdate"),
    ("nickname", "nickname"),
    ("middleName", "middle_name"),
    ("middle_name", "middle_name"),
    ("given_name", "given_name"),
    ("family_name", "family_name"),
];
/// Likewise members of the address.
const ADDRESS: [(&str, &str); 6] = [
    ("street", "street_address"),
    ("locality", "locality"),
    ("region", "region"),
    ("postal_code", "postal_code"),
    ("country", "country"),
    ("formatted", "formatted"),
];
/// Whether a phone number is known to be the person's.
const PHONE_VERIFIED: [&str; 2] = ["phoneNumberVerified", "phone_number_verified"];

/// Reads one.
pub(super) fn entry(place: String, value: Value, names: &Names, options: &Options) -> Entry {
    let name = value.get("username").and_then(Value::as_str).unwrap_or_default().to_owned();
    let user: User = match serde_json::from_value(value) {
        Ok(user) => user,
        // What was read is not told: a hash may stand in a wrong place.
        Err(_) => return Entry::refused(place, &name, "this is no user as Keycloak writes one"),
    };
    if let Some(client) = &user.service_account_client_id {
        let read = Reading::LeftOut(format!(
            "the client {} speaks for itself here, and has no roles",
            shown(client)
        ));
        return Entry { place, name, read, notes: Vec::new() };
    }
    Entry::of(place, &name, draft(user, names, options))
}

fn draft(user: User, names: &Names, options: &Options) -> Result<Draft, String> {
    let mut draft = Draft::of(&user.username)?;
    // Sites know people by it.
    draft.person.id = user.id.as_deref().and_then(|id| id.parse().ok());
    draft.person.created_at = user.created_timestamp.map(|ms| UnixTime(ms.div_euclid(1000)));
    draft.disabled(!user.enabled);
    let has_email = user.email.as_deref().is_some_and(|email| !email.trim().is_empty());
    draft.email(user.email.as_deref(), user.email_verified && has_email)?;
    take_names(&mut draft, &user);
    take_attributes(&mut draft, &user, &options.attributes);
    credentials::take(&mut draft, &user.credentials, options)?;
    take_actions(&mut draft, &user.required_actions);
    draft.person.roles = names.held(&user.realm_roles, &user.client_roles);
    for role in names.unknown(&user.realm_roles, &user.client_roles) {
        draft.note(format!("role {} is left out: the export does not have it", shown(&role)));
    }
    for path in &user.groups {
        match names.groups.get(path) {
            Some(group) => drop(draft.person.groups.insert(group.name.clone())),
            None => draft.note(format!("group {} is left out: it is not here", shown(path))),
        }
    }
    for identity in &user.federated_identities {
        draft.note(format!("the sign-in by {} is left out", shown(&identity.identity_provider)));
    }
    if user.federation_link.is_some() {
        draft.note("the directory that the person came from is not asked: they have the password that is in the export, if any");
    }
    if draft.person.password_hash.is_none() && user.enabled {
        draft.note("has no password: the person asks for a link in a letter, or an administrator sets one");
    }
    Ok(draft)
}

fn take_names(draft: &mut Draft, user: &User) {
    let (first, last) = (user.first_name.as_deref(), user.last_name.as_deref());
    draft.text("given_name", first);
    draft.text("family_name", last);
    let parts = [first, last].into_iter().flatten().map(str::trim).filter(|part| !part.is_empty());
    draft.text("name", Some(&parts.collect::<Vec<_>>().join(" ")));
}

fn take_attributes(draft: &mut Draft, user: &User, attributes: &Attributes) {
    let mut address = serde_json::Map::new();
    let mut left: Vec<&str> = Vec::new();
    for (attribute, values) in &user.attributes {
        if let Some(ours) = attributes.chosen(attribute).or_else(|| attributes.named(attribute)) {
            draft.attribute(ours, GivenValue::Texts(values.clone()));
            continue;
        }
        let value = values.first().map(String::as_str).filter(|value| !value.trim().is_empty());
        let among = |known: &[(&str, &'static str)]| {
            known.iter().find(|(name, _)| *name == attribute.as_str()).map(|(_, claim)| *claim)
        };
        match (among(&CLAIMS), among(&ADDRESS)) {
            (Some(claim), _) => draft.text(claim, value),
            (None, Some(member)) => {
                address.extend(value.map(|value| (member.to_owned(), Value::from(value))));
            }
            (None, None) if PHONE_VERIFIED.contains(&attribute.as_str()) => {}
            (None, None) => left.push(attribute),
        }
    }
    let phone = |name: &&str| {
        user.attributes.get(*name).is_some_and(|value| value.first().is_some_and(|value| value == "true"))
    };
    let has_phone = ["phoneNumber", "phone_number"].iter().any(|name| user.attributes.contains_key(*name));
    if has_phone && PHONE_VERIFIED.iter().any(phone) {
        draft.claim("phone_number_verified", true.into());
    }
    if !address.is_empty() {
        draft.claim("address", Value::Object(address));
    }
    if !left.is_empty() {
        draft.note(format!("attributes are left out: {}", shown(&left.join(", "))));
    }
}

/// What Keycloak would ask of the person at the next sign-in.
fn take_actions(draft: &mut Draft, actions: &[String]) {
    for action in actions {
        match action.as_str() {
            "UPDATE_PASSWORD" if draft.person.password_hash.is_some() => {
                draft.person.must_change_password = true;
                draft.note(
                    "has to choose another password at the first sign-in, within password.temporary_lifetime",
                );
            }
            // Without a password they have to choose one anyway.
            "UPDATE_PASSWORD" => {}
            "CONFIGURE_TOTP" => match draft.person.apps.is_empty() {
                true => {
                    draft.person.requires_second_factor = true;
                    draft.note("has to set up a second factor");
                }
                false => draft.note("is not asked to set up a second factor: there is one"),
            },
            // The address stays unverified until the person follows a link; terms are asked about here by their version.
            "VERIFY_EMAIL" | "TERMS_AND_CONDITIONS" => {}
            other => draft.note(format!("is not asked for: {}", shown(other))),
        }
    }
}
