//! What people change of their own claims: the fields of their profile, which of these an operator leaves to them, and what
//! is wrong with what they typed, field by field. A form says which state of the profile it was made from, so that no tab that
//! was open for long undoes what another one has saved.

use super::claims_change::ClaimsChange;
use super::standard_claims::{StandardClaims, UnfitClaim};
use crate::base64url;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use std::collections::BTreeMap;

/// The fields of a profile by the name of the claim, as [`ClaimsChange::set`] takes it. `picture` is no field: a file takes
/// another form. Nor is `address.formatted`, which says the other parts once more.
pub const PROFILE_FIELDS: [&str; 17] = [
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "gender",
    "birthdate",
    "profile",
    "website",
    "locale",
    "zoneinfo",
    "phone_number",
    "address.street_address",
    "address.locality",
    "address.region",
    "address.postal_code",
    "address.country",
];
/// What is written out of the other parts of an address, and is out of date once one of them is another.
const FORMATTED: &str = "address.formatted";

/// A claim that people may be left to change by themselves: those of [`PROFILE_FIELDS`], an address as one, and `picture`.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize)]
#[serde(transparent)]
pub struct ProfileClaim(&'static str);

/// People do not change this claim by themselves.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be claims that people can change: {}", ProfileClaim::all().map(ProfileClaim::as_str).collect::<Vec<_>>().join(", "))]
pub struct NotEditable;

impl ProfileClaim {
    /// The picture.
    pub const PICTURE: Self = Self("picture");

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = PROFILE_FIELDS.into_iter().filter(|field| !field.contains('.'));
        plain.chain(["address", "picture"]).map(Self)
    }

    /// The claim of this name.
    ///
    /// # Errors
    /// [`NotEditable`].
    pub fn parse(name: &str) -> Result<Self, NotEditable> {
        Self::all().find(|claim| claim.0 == name).ok_or(NotEditable)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether a field is this claim, or a part of it.
    #[must_use]
    pub fn covers(self, field: &str) -> bool {
        field.split('.').next() == Some(self.0)
    }
}

impl<'de> Deserialize<'de> for ProfileClaim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The value of a field; empty when it has none.
#[must_use]
pub fn field_value(claims: &StandardClaims, field: &str) -> String {
    let mut value = Value::Object(claims.clone().into_members());
    for part in field.split('.') {
        value = value.get(part).cloned().unwrap_or_default();
    }
    value.as_str().unwrap_or_default().to_owned()
}

/// Names the state of a profile: another one once any of its fields is another.
#[must_use]
pub fn profile_version(claims: &StandardClaims) -> String {
    let values = PROFILE_FIELDS.map(|field| field_value(claims, field));
    // Lengths first, so that no two states have one text.
    let text: String = values.iter().map(|value| format!("{}:{value}", value.len())).collect();
    base64url::encode(digest(&SHA256, text.as_bytes()).as_ref())
}

/// What a person typed into some of the fields. An empty one takes the claim away.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct ProfileEdit(BTreeMap<&'static str, String>);

impl ProfileEdit {
    /// Of what was typed into each field. White space around it is dropped, and every line break is one character.
    pub fn new(typed: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let tidy = |text: String| text.replace("\r\n", "\n").trim().to_owned();
        Self(typed.into_iter().map(|(field, text)| (field, tidy(text))).collect())
    }

    /// What was typed into a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// The claims as they are after it, and the fields that it changes. What is typed as it is stored changes nothing.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn apply(
        &self,
        before: &StandardClaims,
    ) -> Result<(StandardClaims, Vec<&'static str>), BTreeMap<&'static str, UnfitClaim>> {
        let is_new = |(field, text): &(&&'static str, &String)| {
            field_value(before, field).replace("\r\n", "\n").trim() != text.as_str()
        };
        let (mut claims, mut changed, mut problems) = (before.clone(), Vec::new(), BTreeMap::new());
        for (field, text) in self.0.iter().filter(is_new) {
            match with(claims.clone(), field, text) {
                Ok(after) => {
                    claims = after;
                    changed.push(*field);
                }
                Err(problem) => drop(problems.insert(*field, problem)),
            }
        }
        let is_moved = changed.iter().any(|field| field.starts_with("address."));
        if is_moved && !field_value(&claims, FORMATTED).is_empty() {
            claims = removed(claims, FORMATTED);
        }
        if problems.is_empty() { Ok((claims, changed)) } else { Err(problems) }
    }

    /// The same as a change, for an act that works with one.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn change(
        &self,
        before: &StandardClaims,
    ) -> Result<ClaimsChange, BTreeMap<&'static str, UnfitClaim>> {
        let (after, mut changed) = self.apply(before)?;
        if field_value(before, FORMATTED) != field_value(&after, FORMATTED) {
            changed.push(FORMATTED);
        }
        let one = |field: &str| match field_value(&after, field) {
            text if text.is_empty() => ClaimsChange::remove(field),
            text => ClaimsChange::set(field, &text),
        };
        // Each was applied already, and no two are of one field, so none is refused.
        Ok(changed
            .into_iter()
            .filter_map(|field| one(field).ok())
            .fold(ClaimsChange::default(), |all, one| all.clone().and(one).unwrap_or(all)))
    }
}

fn with(claims: StandardClaims, field: &str, text: &str) -> Result<StandardClaims, UnfitClaim> {
    if text.is_empty() {
        return Ok(removed(claims, field));
    }
    match ClaimsChange::set(field, text).and_then(|change| change.apply(claims.clone())) {
        Ok(changed) => changed.checked(),
        // Every field is a claim of text, so this is for none.
        Err(_) => Ok(claims),
    }
}

fn removed(claims: StandardClaims, field: &str) -> StandardClaims {
    let removed = ClaimsChange::remove(field).and_then(|change| change.apply(claims.clone()));
    removed.unwrap_or(claims)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> StandardClaims {
        serde_json::from_value(value).unwrap()
    }

    fn edit(fields: &[(&'static str, &str)]) -> ProfileEdit {
        ProfileEdit::new(fields.iter().map(|(field, text)| (*field, (*text).to_owned())))
    }

    #[test]
    fn every_field_can_be_set_and_taken_away() {
        for field in PROFILE_FIELDS {
            let text = match field {
                "birthdate" => "1990-04-12",
                "profile" | "website" => "https://a.example/",
                "zoneinfo" => "Europe/Paris",
                "locale" => "zh-CN",
                _ => "true",
            };
            let (after, changed) = edit(&[(field, text)]).apply(&StandardClaims::default()).unwrap();
            assert_eq!((field_value(&after, field).as_str(), changed), (text, vec![field]));
            let (left, changed) = edit(&[(field, " ")]).apply(&after).unwrap();
            assert_eq!((left, changed), (StandardClaims::default(), vec![field]));
        }
    }

    #[test]
    fn what_is_typed_as_it_is_stored_changes_nothing() {
        let before =
            claims(json!({ "name": " Ada ", "address": { "street_address": "1 High Street\r\nTown" },
            "phone_number": "+4912", "phone_number_verified": true }));
        let same = edit(&[
            ("name", "Ada"),
            ("address.street_address", "1 High Street\r\nTown "),
            ("phone_number", "+4912"),
            ("nickname", ""),
        ]);
        assert_eq!(same.apply(&before), Ok((before.clone(), vec![])));
        let (after, _) = edit(&[("phone_number", "+4913")]).apply(&before).unwrap();
        assert_eq!(after.phone_number_verified, Some(false), "a new number is not verified");
    }

    #[test]
    fn every_field_that_is_wrong_is_named_and_nothing_is_changed() {
        let long = "x".repeat(1025);
        let wrong = edit(&[
            ("name", "Ada"),
            ("nickname", &long),
            ("given_name", "a\u{0}b"),
            ("birthdate", "12.4.1990"),
            ("website", "javascript:alert(1)"),
        ]);
        let problems = wrong.apply(&StandardClaims::default()).unwrap_err();
        let named: Vec<_> = problems.keys().copied().collect();
        assert_eq!(named, ["birthdate", "given_name", "nickname", "website"]);
        assert!(matches!(problems["website"], UnfitClaim::Form(..)));
        assert!(matches!(problems["nickname"], UnfitClaim::TooLong(_)));
    }

    #[test]
    fn an_address_that_is_written_out_goes_when_a_part_of_it_is_another() {
        let before = claims(json!({ "address": { "formatted": "1 High Street, Town", "locality": "Town" } }));
        let (after, _) = edit(&[("address.locality", "City")]).apply(&before).unwrap();
        assert_eq!(after, claims(json!({ "address": { "locality": "City" } })));
        let (after, _) = edit(&[("name", "Ada")]).apply(&before).unwrap();
        assert_eq!(after.address, before.address);
        let town = claims(json!({ "address": { "locality": "Town", "country": "UK" } }));
        let (after, _) = edit(&[("address.locality", ""), ("address.country", "")]).apply(&town).unwrap();
        assert_eq!(after, StandardClaims::default(), "nothing is left of an address without parts");
    }

    #[test]
    fn as_a_change_it_makes_the_same_of_the_claims() {
        let before = claims(json!({ "name": "Ada", "nickname": "A", "phone_number": "+4912",
            "address": { "formatted": "1 High Street, Town", "locality": "Town", "country": "UK" } }));
        let edit = edit(&[
            ("name", "true"),
            ("nickname", ""),
            ("address.locality", "City"),
            ("address.country", ""),
            ("phone_number", "+4912"),
        ]);
        let (after, _) = edit.apply(&before).unwrap();
        let changed = edit.change(&before).unwrap().apply(before).unwrap().checked();
        assert_eq!(changed, Ok(after));
    }

    #[test]
    fn a_version_names_the_fields_and_nothing_else() {
        let ada = claims(json!({ "name": "Ada", "given_name": "B" }));
        let version = profile_version(&ada);
        let seen = StandardClaims {
            updated_at: Some(7),
            picture: Some("https://a.example/p".into()),
            ..ada.clone()
        };
        assert_eq!(profile_version(&seen), version);
        for other in [json!({ "name": "AdaB" }), json!({ "name": "Ada" }), json!({ "given_name": "AdaB" })] {
            assert_ne!(profile_version(&claims(other)), version);
        }
    }

    #[test]
    fn a_claim_covers_its_fields() {
        let address = ProfileClaim::parse("address").unwrap();
        assert!(address.covers("address.country") && !address.covers("name"));
        assert_eq!(ProfileClaim::all().count(), 14);
        for name in ["email", "sub", "updated_at", "address.country", "phone_number_verified", ""] {
            assert_eq!(ProfileClaim::parse(name), Err(NotEditable), "{name}");
        }
    }
}
