//! A person as a resource (RFC 7643 4.1).

use super::location;
use crate::admin_api::EntityTag;
use crate::date::rfc3339;
use crate::directory::Directory;
use crate::store::provisioning::Provisioned;
use idp_core::scim::Document;
use idp_core::scim::schema::{CUSTOM, USER};
use idp_core::time::UnixTime;
use idp_core::user::{KnownAddress, UserStatus};
use serde_json::{Map, Value, json};

/// What a client may change of a person, as it is now.
pub(super) fn changeable(person: &Provisioned) -> Document {
    let (user, claims) = (&person.account.user, &person.account.user.claims);
    let mut document = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        value.map(|value| document.insert(name.to_owned(), value));
    };
    let said = |claim: &Option<String>| claim.as_deref().map(|text| json!(text));
    put("externalId", said(&person.external_id));
    put("userName", Some(json!(user.username.as_str())));
    let parts = [
        ("formatted", &claims.name),
        ("familyName", &claims.family_name),
        ("givenName", &claims.given_name),
        ("middleName", &claims.middle_name),
    ];
    let parts: Document =
        parts.into_iter().filter_map(|(part, claim)| Some((part.to_owned(), said(claim)?))).collect();
    put("name", (!parts.is_empty()).then_some(Value::Object(parts)));
    put("displayName", said(&claims.name));
    put("nickName", said(&claims.nickname));
    put("profileUrl", said(&claims.profile));
    put("preferredLanguage", said(&claims.locale));
    put("locale", said(&claims.locale));
    put("timezone", said(&claims.zoneinfo));
    put("active", Some(json!(user.status == UserStatus::Active)));
    let mut verified: Vec<&KnownAddress> =
        person.account.addresses.iter().filter(|known| known.verified_at.is_some()).collect();
    // The primary one first.
    verified.sort_by_key(|known| !known.is_primary);
    let emails: Vec<Value> = verified.into_iter().map(email).collect();
    put("emails", (!emails.is_empty()).then_some(Value::Array(emails)));
    let number = |number: &String| json!([{ "value": number, "type": "work", "primary": true }]);
    put("phoneNumbers", claims.phone_number.as_ref().map(number));
    let attributes = person.account.attributes.to_members();
    put(CUSTOM, (!attributes.is_empty()).then_some(Value::Object(attributes)));
    document
}

fn email(known: &KnownAddress) -> Value {
    let address = known.address.as_str();
    match known.is_primary {
        true => json!({ "value": address, "type": "work", "primary": true }),
        false => json!({ "value": address, "primary": false }),
    }
}

/// The version of a person: of what a client may change, so that it is the same for each who may see them.
pub(super) fn tag(changeable: &Document) -> String {
    EntityTag::of(changeable).to_string()
}

/// The whole resource, with its version.
pub(super) fn whole(directory: &Directory<'_>, person: &Provisioned) -> (Document, String) {
    let changeable = changeable(person);
    let tag = tag(&changeable);
    let user = &person.account.user;
    let id = user.id.to_string();
    let mut schemas = vec![USER];
    schemas.extend(changeable.contains_key(CUSTOM).then_some(CUSTOM));
    let mut document =
        Document::from_iter([("schemas".to_owned(), json!(schemas)), ("id".to_owned(), json!(id))]);
    document.extend(changeable);
    let groups: Vec<Value> = person
        .groups
        .iter()
        .map(|(name, group)| {
            let address = location(directory, "Groups", &group.to_string());
            json!({ "value": group, "$ref": address, "display": name.as_str() })
        })
        .collect();
    if !groups.is_empty() {
        document.insert("groups".to_owned(), Value::Array(groups));
    }
    let roles: Vec<Value> = person.roles.iter().map(|role| json!({ "value": role.as_str() })).collect();
    if !roles.is_empty() {
        document.insert("roles".to_owned(), Value::Array(roles));
    }
    let changed = user.claims.updated_at.map_or(user.created_at, UnixTime);
    let meta = json!({
        "resourceType": "User",
        "created": rfc3339(user.created_at),
        "lastModified": rfc3339(changed.max(user.created_at)),
        "location": location(directory, "Users", &id),
        "version": tag,
    });
    document.insert("meta".to_owned(), meta);
    (document, tag)
}
