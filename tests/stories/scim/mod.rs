//! Systems that provision people and groups over SCIM (RFC 7643, RFC 7644): what they see, what they change, and what they may not.

mod dialects;
mod discovery;
mod groups;
mod hostile;
mod lists;
mod rights;
mod suite;
mod users;

use idp_tests::TokenAnswer;

#[track_caller]
fn refused(answer: &TokenAnswer, status: u16, kind: &str) {
    let told = (answer.status, answer.text("scimType"), answer.text("status"));
    assert_eq!(told, (status, kind, status.to_string().as_str()), "{answer:?}");
    assert_eq!(answer.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
    assert_eq!(answer.header("content-type"), "application/scim+json");
}

/// The ids, or whatever attribute, of the resources of a list.
fn each<'a>(answer: &'a TokenAnswer, attribute: &str) -> Vec<&'a str> {
    let found = answer.body["Resources"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    found.iter().map(|resource| resource[attribute].as_str().unwrap_or_default()).collect()
}
