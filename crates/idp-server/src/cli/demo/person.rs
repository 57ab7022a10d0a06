//! The person of the demonstration: every standard claim of OpenID Connect Core 5.1 that can be given is, so that a site
//! shows every claim that it asks for. Address, number and mail are among those reserved for examples.

use idp_core::mail_address::MailAddress;
use idp_core::user::{Address, AddressChange, StandardClaims};

/// The sign-in name.
pub(super) const USERNAME: &str = "alice";

/// One address, with which she may sign in too.
pub(super) fn addresses() -> Vec<AddressChange> {
    MailAddress::parse("alice@example.com").map(AddressChange::Vouch).into_iter().collect()
}

pub(super) fn claims() -> StandardClaims {
    let text = |text: &str| Some(text.to_owned());
    StandardClaims {
        name: text("Alice Beatrice Adams"),
        given_name: text("Alice"),
        family_name: text("Adams"),
        middle_name: text("Beatrice"),
        nickname: text("Ali"),
        preferred_username: None,
        profile: text("https://alice.example/about"),
        picture: text("https://alice.example/portrait.png"),
        website: text("https://alice.example/"),
        email: None,
        email_verified: None,
        gender: text("female"),
        birthdate: text("1990-04-12"),
        zoneinfo: text("Europe/Paris"),
        locale: text("en-GB"),
        phone_number: text("+12025550143"),
        phone_number_verified: Some(true),
        address: Some(Address {
            formatted: text("1 Example Street\nExampletown EX1 1AA\nUnited Kingdom"),
            street_address: text("1 Example Street"),
            locality: text("Exampletown"),
            region: text("Exampleshire"),
            postal_code: text("EX1 1AA"),
            country: text("United Kingdom"),
        }),
        updated_at: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use idp_core::user::STANDARD_CLAIMS;

    use super::*;

    #[test]
    fn only_claims_that_the_provider_fills_in_are_missing_and_the_others_are_fit() {
        let given = claims().checked().unwrap().into_members();
        let missing: Vec<&str> =
            STANDARD_CLAIMS.iter().copied().filter(|claim| !given.contains_key(*claim)).collect();
        assert_eq!(missing, ["preferred_username", "updated_at", "email", "email_verified"]);
        assert_eq!(addresses().len(), 1, "which email is");
    }
}
