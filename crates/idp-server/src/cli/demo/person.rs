//! The person of the demonstration: every standard claim of OpenID Connect Core 5.1 is set, so that a site shows
//! whatever it asks for. Address, number and mail are among those reserved for examples.

use idp_core::user::{Address, StandardClaims};

/// The sign-in name.
pub(super) const USERNAME: &str = "alice";

pub(super) fn claims(now: i64) -> StandardClaims {
    let text = |text: &str| Some(text.to_owned());
    StandardClaims {
        name: text("Alice Beatrice Adams"),
        given_name: text("Alice"),
        family_name: text("Adams"),
        middle_name: text("Beatrice"),
        nickname: text("Ali"),
        preferred_username: text(USERNAME),
        profile: text("https://alice.example/about"),
        picture: text("https://alice.example/portrait.png"),
        website: text("https://alice.example/"),
        email: text("alice@example.com"),
        email_verified: Some(true),
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
        updated_at: Some(now),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use idp_core::{scope::Scope, user::STANDARD_CLAIMS};

    use super::*;

    #[test]
    fn no_standard_claim_is_missing() {
        let all = Scope::parse("openid profile email address phone").unwrap();
        let released = claims(0).released_to(&all, &[]);
        for claim in STANDARD_CLAIMS {
            assert!(released.contains_key(*claim), "{claim}");
        }
    }
}
