//! What a route demands of the sign-in behind a request, beyond that there is one: that it is recent, that it was strong enough.
//! It is judged by `auth_time` and `acr` of the token; how a person gets there, and how a program is told, is left to
//! `sign_in/step_up` and `actix/challenge`. RFC 9470; OpenID Connect Core sections 2 and 3.1.2.1.

use std::borrow::Cow;

use crate::{claims::AccessToken, time::UnixTime};

/// The error code of RFC 9470 section 3.
pub(crate) const ERROR: &str = "insufficient_user_authentication";
/// The most classes that one demand names.
const MOST_CLASSES: usize = 10;
/// Octets of their names together: they travel in addresses.
const MAX_ACR_BYTES: usize = 256;

/// What a route demands of a sign-in, as a type. One that demands nothing, or a name that no `acr` has, does not compile.
///
/// ```
/// use resource_sdk::Demand;
///
/// /// The person proved who they are in the last five minutes.
/// struct Fresh;
///
/// impl Demand for Fresh {
///     const MAX_AGE: Option<u32> = Some(300);
/// }
///
/// /// And by two factors, in the words of this provider.
/// struct Strong;
///
/// impl Demand for Strong {
///     const MAX_AGE: Option<u32> = Some(3600);
///     const ACR: &'static [&'static str] = &["2"];
/// }
/// ```
pub trait Demand: 'static {
    /// Seconds that may have passed since the person last proved who they are (`auth_time`), the verifier's leeway aside. The way
    /// back from the provider takes some too, so a minute is a sensible least.
    const MAX_AGE: Option<u32> = None;
    /// The classes (`acr`) of which the sign-in must be one, the best first. What they are called is the provider's to say
    /// (`acr_values_supported`).
    const ACR: &'static [&'static str] = &[];
}

/// A demand as a value: of a route, or of an address that leads to the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demanded {
    max_age: Option<u32>,
    acr: Vec<Cow<'static, str>>,
}

/// How a sign-in falls short of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    /// It is of none of the classes.
    TooWeak,
    /// It is too long ago.
    TooOld,
}

impl Demanded {
    /// What a route demands.
    pub(crate) fn of<D: Demand>() -> Self {
        const {
            assert!(D::MAX_AGE.is_some() || !D::ACR.is_empty(), "a demand must name MAX_AGE or ACR");
            assert!(!matches!(D::MAX_AGE, Some(0)), "no one is back from the provider within MAX_AGE = 0");
            assert!(are_names(D::ACR), "ACR must be up to ten names of visible ASCII without quotes");
        }
        Self { max_age: D::MAX_AGE, acr: D::ACR.iter().map(|acr| Cow::Borrowed(*acr)).collect() }
    }

    /// What parameters of an address say, as far as it can be read.
    #[cfg_attr(
        not(any(feature = "sign-in", test)),
        expect(dead_code, reason = "only the log-in route has such parameters")
    )]
    pub(crate) fn of_parameters(max_age: Option<&str>, acr_values: Option<&str>) -> Self {
        let is_digits = |text: &&str| text.bytes().all(|octet| octet.is_ascii_digit());
        let max_age = max_age.filter(is_digits).and_then(|text| text.parse().ok());
        let mut room = MAX_ACR_BYTES;
        let has_room = |acr: &&str| {
            let rest = room.checked_sub(acr.len());
            room = rest.unwrap_or_default();
            rest.is_some()
        };
        let names = acr_values.unwrap_or_default().split(' ').filter(|acr| is_name(acr)).take(MOST_CLASSES);
        let acr = names.take_while(has_room).map(|acr| Cow::Owned(acr.to_owned())).collect();
        Self { max_age, acr }
    }

    /// Seconds that may have passed since the person last proved who they are; nothing when any age is good.
    #[must_use]
    pub const fn max_age(&self) -> Option<u32> {
        self.max_age
    }

    /// The classes, as `acr_values` has them; nothing when any is good.
    #[must_use]
    pub fn acr_values(&self) -> Option<String> {
        (!self.acr.is_empty()).then(|| self.acr.join(" "))
    }

    /// The classes as an essential claim (OpenID Connect Core section 5.5.1.1): `acr_values` alone would be a wish.
    #[cfg_attr(
        not(any(feature = "sign-in", test)),
        expect(dead_code, reason = "only a sign-in is asked for")
    )]
    pub(crate) fn claims(&self) -> Option<String> {
        let demand =
            || serde_json::json!({ "id_token": { "acr": { "essential": true, "values": self.acr } } });
        (!self.acr.is_empty()).then(|| demand().to_string())
    }

    /// How the sign-in behind a token falls short, if it does. The strength comes first: signing in again in the same way would
    /// not mend it. A sign-in that is yet to come is none.
    pub(crate) fn shortfall(&self, token: &AccessToken, now: UnixTime, leeway: i64) -> Option<Shortfall> {
        let is_of_class = |acr: &str| self.acr.iter().any(|class| class == acr);
        if !self.acr.is_empty() && !token.acr().is_some_and(is_of_class) {
            return Some(Shortfall::TooWeak);
        }
        let max_age = i64::from(self.max_age?);
        let is_recent = token.auth_time().is_some_and(|at| {
            let age = now.secs_since(at);
            (-leeway..=max_age.saturating_add(leeway)).contains(&age)
        });
        (!is_recent).then_some(Shortfall::TooOld)
    }

    /// The parameters of a challenge (RFC 9470 section 3).
    pub(crate) fn challenge(&self) -> String {
        let mut challenge = format!(
            "error=\"{ERROR}\", error_description=\"A more recent or stronger sign-in of the person is needed\""
        );
        if let Some(acr_values) = self.acr_values() {
            challenge += &format!(", acr_values=\"{acr_values}\"");
        }
        if let Some(max_age) = self.max_age {
            challenge += &format!(", max_age=\"{max_age}\"");
        }
        challenge
    }

    /// The same as the body of an answer to a program.
    pub(crate) fn body(&self) -> serde_json::Value {
        let mut body = serde_json::Map::from_iter([("error".to_owned(), ERROR.into())]);
        body.extend(self.acr_values().map(|acr_values| ("acr_values".to_owned(), acr_values.into())));
        body.extend(self.max_age.map(|max_age| ("max_age".to_owned(), max_age.into())));
        body.into()
    }
}

const fn are_names(mut classes: &[&str]) -> bool {
    if classes.len() > MOST_CLASSES {
        return false;
    }
    let mut octets = 0;
    while let [first, rest @ ..] = classes {
        octets += first.len();
        if !is_name(first) || octets > MAX_ACR_BYTES {
            return false;
        }
        classes = rest;
    }
    true
}

/// One that fits between spaces, and in quotes of a challenge.
const fn is_name(text: &str) -> bool {
    let mut octets = text.as_bytes();
    while let [first, rest @ ..] = octets {
        if !first.is_ascii_graphic() || *first == b'"' || *first == b'\\' {
            return false;
        }
        octets = rest;
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::claims::RegisteredClaims;

    const NOW: i64 = 1_800_000_000;
    const LEEWAY: i64 = 30;

    struct Both;

    impl Demand for Both {
        const MAX_AGE: Option<u32> = Some(60);
        const ACR: &'static [&'static str] = &["phr", "2"];
    }

    fn token(age: Option<i64>, acr: Option<&str>) -> AccessToken {
        let claims = serde_json::json!({
            "iss": "https://idp.example", "sub": "ann", "aud": "a", "client_id": "a", "jti": "1", "iat": NOW, "exp": NOW + 60,
            "auth_time": age.map(|age| NOW - age), "acr": acr,
        });
        let mut claims = claims.as_object().unwrap().clone();
        claims.retain(|_, value| !value.is_null());
        let json = serde_json::to_string(&claims).unwrap();
        AccessToken::new(RegisteredClaims::parse(&json).unwrap(), json, "k".to_owned())
    }

    fn judge(demand: &Demanded, age: Option<i64>, acr: Option<&str>) -> Option<Shortfall> {
        demand.shortfall(&token(age, acr), UnixTime::from_secs(NOW), LEEWAY)
    }

    #[test]
    fn s07_a_sign_in_is_recent_to_the_second_and_one_to_come_is_none() {
        let demand = Demanded::of_parameters(Some("60"), None);
        for (age, shortfall) in [
            (Some(0), None),
            (Some(90), None),
            (Some(91), Some(Shortfall::TooOld)),
            (Some(-30), None),
            (Some(-31), Some(Shortfall::TooOld)),
            (None, Some(Shortfall::TooOld)),
        ] {
            assert_eq!(judge(&demand, age, None), shortfall, "{age:?}");
        }
    }

    #[test]
    fn s07_a_class_is_one_of_those_that_are_named_or_too_weak() {
        let demand = Demanded::of::<Both>();
        for (acr, shortfall) in [
            (Some("2"), None),
            (Some("phr"), None),
            (Some("1"), Some(Shortfall::TooWeak)),
            (Some("2 phr"), Some(Shortfall::TooWeak)),
            (Some(""), Some(Shortfall::TooWeak)),
            (None, Some(Shortfall::TooWeak)),
        ] {
            assert_eq!(judge(&demand, Some(0), acr), shortfall, "{acr:?}");
        }
        assert_eq!(judge(&demand, Some(91), Some("2")), Some(Shortfall::TooOld));
        assert_eq!(judge(&demand, Some(91), Some("1")), Some(Shortfall::TooWeak));
        assert_eq!(judge(&Demanded::default(), None, None), None);
    }

    #[test]
    fn a_demand_is_said_as_rfc_9470_says_it() {
        let demand = Demanded::of::<Both>();
        let challenge = demand.challenge();
        assert!(challenge.starts_with("error=\"insufficient_user_authentication\", "), "{challenge}");
        assert!(challenge.ends_with(", acr_values=\"phr 2\", max_age=\"60\""), "{challenge}");
        let body = r#"{"acr_values":"phr 2","error":"insufficient_user_authentication","max_age":60}"#;
        assert_eq!(demand.body().to_string(), body);
        assert_eq!(
            demand.claims().as_deref(),
            Some(r#"{"id_token":{"acr":{"essential":true,"values":["phr","2"]}}}"#)
        );
        let fresh = Demanded::of_parameters(Some("5"), None);
        assert!(fresh.claims().is_none() && !fresh.challenge().contains("acr"), "{}", fresh.challenge());
    }

    #[test]
    fn s94_what_an_address_demands_is_read_as_far_as_it_is_sound() {
        let read = Demanded::of_parameters;
        assert_eq!(read(Some("60"), Some("phr 2")), Demanded::of::<Both>());
        for wrong in ["", "-1", "+1", "1.5", "x", " 1", "99999999999"] {
            assert!(read(Some(wrong), None) == Demanded::default(), "{wrong}");
        }
        for wrong in ["", " ", "\"", "a\"b", "a\\b", "\u{4e2d}", "\r\n", &"x".repeat(257)] {
            assert!(read(None, Some(wrong)) == Demanded::default(), "{wrong:?}");
        }
        assert_eq!(read(None, Some("  2 \" 3")).acr_values().as_deref(), Some("2 3"));
        assert_eq!(read(None, Some(&"a ".repeat(100))).acr.len(), MOST_CLASSES);
        assert!(read(None, Some(&format!("{0} {0} {0}", "x".repeat(100)))).acr_values().unwrap().len() < 256);
    }
}
