//! What a sign-in rests on: factors, each with the time at which it was proven. `amr` (RFC 8176) and `auth_time` (OpenID
//! Connect Core 2) are both read off one value, so that no token states the one of another moment than the other.

use crate::time::UnixTime;
use serde::{Deserialize, Serialize};

/// One way to prove who one is. The name that is stored is that of the registry of RFC 8176 where it has one of its own.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum Factor {
    /// A password (`pwd`).
    #[serde(rename = "pwd")]
    Password,
    /// A one-time code of an authenticator app (`otp`).
    #[serde(rename = "otp")]
    Totp,
    /// A recovery code, which stands for a code of the app.
    #[serde(rename = "recovery")]
    RecoveryCode,
    /// A passkey, whose authenticator verified the user (`pop`: nothing vouches for where its key is, so neither `hwk` nor `swk`
    /// would be true; OpenID Connect EAP ACR Values 1.0, section 4).
    #[serde(rename = "pop")]
    Passkey,
    /// A link in a letter, where the installation lets one stand in for a second factor that is not at hand. It shows that the
    /// person reads their mail, and is no factor (ADR 59).
    #[serde(rename = "mail")]
    MailLink,
}

impl Factor {
    /// Every one there is.
    pub const ALL: [Self; 5] =
        [Self::Password, Self::Totp, Self::RecoveryCode, Self::Passkey, Self::MailLink];

    /// The name that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Totp => "otp",
            Self::RecoveryCode => "recovery",
            Self::Passkey => "pop",
            Self::MailLink => "mail",
        }
    }

    /// The authentication method reference. A recovery code is a password that counts once, and RFC 8176 has no other word
    /// for it (ADR 49). For mail it has none: `mca` says that a second channel was used, and nothing of what that proves.
    #[must_use]
    pub const fn reference(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Totp | Self::RecoveryCode => "otp",
            Self::Passkey => "pop",
            Self::MailLink => "mca",
        }
    }

    /// Its word in the configuration, if people set it up by itself: recovery codes come with an app, and a link is not set up.
    #[must_use]
    pub const fn method(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("password"),
            Self::Totp => Some("totp"),
            Self::RecoveryCode | Self::MailLink => None,
            Self::Passkey => Some("passkey"),
        }
    }

    /// Whether it is a code that shows something that the person has, besides what they know.
    const fn is_code(self) -> bool {
        match self {
            Self::Password | Self::Passkey | Self::MailLink => false,
            Self::Totp | Self::RecoveryCode => true,
        }
    }

    /// Whether a sign-in has one of the two: a recovery code stands for that of an app.
    fn replaces(self, other: Self) -> bool {
        self == other || self.is_code() && other.is_code()
    }
}

/// A factor that was proven. In JSON its names are short, since it travels in codes.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// Which.
    #[serde(rename = "f")]
    pub factor: Factor,
    /// When.
    #[serde(rename = "at")]
    pub at: UnixTime,
}

/// The proofs of one sign-in: at least one, of each factor one at most, in the order in which they were given.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<Proof>", into = "Vec<Proof>")]
pub struct Proofs {
    first: Proof,
    further: Vec<Proof>,
}

/// Not the proofs of a sign-in.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("a sign-in has at least one proof, and of each factor one at most")]
pub struct NotProofs;

impl Proofs {
    /// A sign-in by this factor alone.
    #[must_use]
    pub const fn of(factor: Factor, at: UnixTime) -> Self {
        Self { first: Proof { factor, at }, further: Vec::new() }
    }

    /// The same with another proof. One of the same factor takes the place of the older, and a recovery code that of the
    /// code of an app.
    #[must_use]
    pub fn and(self, proof: Proof) -> Self {
        if proof.factor.replaces(self.first.factor) {
            return Self { first: proof, ..self };
        }
        let mut further = self.further;
        further.retain(|other| !proof.factor.replaces(other.factor));
        further.push(proof);
        Self { first: self.first, further }
    }

    /// The first alone: a second factor takes the place of one that was given before and turned out to be used up.
    #[must_use]
    pub(super) fn first_step(self) -> Self {
        Self { first: self.first, further: Vec::new() }
    }

    /// The same with what was proven besides, elsewhere or later: of each factor the newest.
    #[must_use]
    pub fn joined(self, others: &Self) -> Self {
        let is_newer = |joined: &Self, proof: &Proof| {
            joined.iter().all(|own| !proof.factor.replaces(own.factor) || own.at <= proof.at)
        };
        others
            .iter()
            .fold(self, |joined, proof| if is_newer(&joined, proof) { joined.and(*proof) } else { joined })
    }

    /// What they would be with proofs of these factors as well.
    #[must_use]
    pub fn supposing(&self, factors: impl IntoIterator<Item = Factor>) -> Self {
        let at = self.newest();
        factors.into_iter().fold(self.clone(), |proofs, factor| proofs.and(Proof { factor, at }))
    }

    /// Whether it rests on this factor.
    #[must_use]
    pub fn has(&self, factor: Factor) -> bool {
        self.iter().any(|proof| proof.factor == factor)
    }

    /// Whether it rests on two factors: something that the person has, and something that they know or are. A passkey is both:
    /// the device, and the screen lock or PIN by which it verified the person.
    #[must_use]
    pub fn has_two_factors(&self) -> bool {
        self.has(Factor::Passkey)
            || (self.has(Factor::Password) && self.iter().any(|proof| proof.factor.is_code()))
    }

    /// Whether it took two steps: two factors, or a password and a link in a letter. A mailbox can be read from anywhere,
    /// so the link is no second factor.
    #[must_use]
    pub fn has_two_steps(&self) -> bool {
        self.has_two_factors() || (self.has(Factor::Password) && self.has(Factor::MailLink))
    }

    /// The value of `amr`: the factors, `user` where a device has seen that the person is there, and `mfa` where there are two
    /// (RFC 8176 2).
    #[must_use]
    pub fn amr(&self) -> Vec<String> {
        let present = self.has(Factor::Passkey).then_some("user");
        let several = self.has_two_factors().then_some("mfa");
        let factors = self.iter().map(|proof| proof.factor.reference());
        factors.chain(present).chain(several).map(str::to_owned).collect()
    }

    /// The value of `auth_time`: when the oldest was given. A client that asks for a recent sign-in (`max_age`) asks for
    /// all of it; one fresh factor beside an old one does not make it recent.
    #[must_use]
    pub fn auth_time(&self) -> UnixTime {
        self.iter().map(|proof| proof.at).fold(self.first.at, UnixTime::min)
    }

    /// When the newest was given: until then the person was at it.
    #[must_use]
    pub fn newest(&self) -> UnixTime {
        self.iter().map(|proof| proof.at).fold(self.first.at, UnixTime::max)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Proof> {
        std::iter::once(&self.first).chain(&self.further)
    }
}

impl TryFrom<Vec<Proof>> for Proofs {
    type Error = NotProofs;

    fn try_from(proofs: Vec<Proof>) -> Result<Self, NotProofs> {
        let mut proofs = proofs.into_iter();
        let mut read = Self { first: proofs.next().ok_or(NotProofs)?, further: Vec::new() };
        for proof in proofs {
            if read.iter().any(|other| other.factor == proof.factor) {
                return Err(NotProofs);
            }
            read.further.push(proof);
        }
        Ok(read)
    }
}

impl From<Proofs> for Vec<Proof> {
    fn from(proofs: Proofs) -> Self {
        proofs.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn proofs_read_back_from_the_database_and_are_never_empty() {
        let proofs = Proofs::of(Factor::Password, UnixTime(7));
        let stored = serde_json::to_string(&proofs).unwrap();
        assert_eq!(stored, r#"[{"f":"pwd","at":7}]"#);
        assert_eq!(serde_json::from_str::<Proofs>(&stored).unwrap(), proofs);
        for wrong in ["[]", r#"["pwd"]"#, r#"[{"f":"none","at":7}]"#, r#"[{"f":"pwd"}]"#] {
            assert!(serde_json::from_str::<Proofs>(wrong).is_err(), "{wrong}");
        }
        let twice = r#"[{"f":"pwd","at":7},{"f":"pwd","at":8}]"#;
        assert!(serde_json::from_str::<Proofs>(twice).is_err(), "of which time would amr be?");
    }

    #[test]
    fn s07_auth_time_is_that_of_the_oldest_proof() {
        let proof = |at| Proof { factor: Factor::Password, at: UnixTime(at) };
        for (first, second) in [(10, 20), (20, 10)] {
            let proofs = Proofs { first: proof(first), further: vec![proof(second)] };
            assert_eq!((proofs.auth_time(), proofs.newest()), (UnixTime(10), UnixTime(20)));
        }
    }

    #[test]
    fn a_factor_has_one_spelling_in_the_database() {
        for factor in Factor::ALL {
            assert_eq!(serde_json::to_value(factor).unwrap(), factor.as_str());
        }
    }

    #[test]
    fn a_recovery_code_is_stated_as_a_one_time_password_and_stands_for_that_of_the_app() {
        let recovered = |at| Proof { factor: Factor::RecoveryCode, at: UnixTime(at) };
        let app = Proof { factor: Factor::Totp, at: UnixTime(8) };
        let proofs = Proofs::of(Factor::Password, UnixTime(7)).and(app).and(recovered(9));
        assert_eq!((proofs.amr().join(" ").as_str(), proofs.has_two_factors()), ("pwd otp mfa", true));
        assert!(!proofs.has(Factor::Totp) && proofs.and(app).has(Factor::Totp));
        // Neither is worth anything without the password, nor are both together.
        let without = Proofs::of(Factor::RecoveryCode, UnixTime(7)).and(app);
        assert_eq!((without.amr().join(" ").as_str(), without.has_two_factors()), ("otp", false));
    }

    #[test]
    fn two_factors_are_stated_as_such_and_a_newer_proof_replaces_the_older_of_its_factor() {
        let code = |at| Proof { factor: Factor::Totp, at: UnixTime(at) };
        let proofs = Proofs::of(Factor::Password, UnixTime(7)).and(code(9));
        assert_eq!((proofs.amr().join(" ").as_str(), proofs.has_two_factors()), ("pwd otp mfa", true));
        let again = proofs.and(code(30)).and(Proof { factor: Factor::Password, at: UnixTime(20) });
        assert_eq!(again.iter().map(|proof| proof.at.as_secs()).collect::<Vec<_>>(), [20, 30]);
        assert_eq!(Proofs::of(Factor::Totp, UnixTime(7)).and(code(9)).amr(), ["otp"]);
    }

    #[test]
    fn proofs_of_two_moments_join_to_the_newest_of_each_factor() {
        let one =
            Proofs::of(Factor::Password, UnixTime(7)).and(Proof { factor: Factor::Totp, at: UnixTime(9) });
        let other =
            Proofs::of(Factor::Password, UnixTime(20)).and(Proof { factor: Factor::Totp, at: UnixTime(8) });
        let joined = one.clone().joined(&other);
        assert_eq!(joined.iter().map(|proof| proof.at.as_secs()).collect::<Vec<_>>(), [20, 9]);
        assert_eq!(one.clone().joined(&one), one);
        let alone = Proofs::of(Factor::Password, UnixTime(7));
        assert!(!alone.has_two_factors() && alone.supposing([Factor::Totp]).has_two_factors());
    }

    #[test]
    fn a_link_in_a_letter_is_a_second_step_and_no_second_factor() {
        let link = |at| Proof { factor: Factor::MailLink, at: UnixTime(at) };
        let proofs = Proofs::of(Factor::Password, UnixTime(7)).and(link(9));
        assert_eq!(proofs.amr(), ["pwd", "mca"]);
        assert!(proofs.has_two_steps() && !proofs.has_two_factors());
        // It stands for nothing that is proven later, and takes the place of nothing.
        let both = proofs.and(Proof { factor: Factor::Totp, at: UnixTime(12) });
        assert_eq!((both.amr().join(" ").as_str(), both.has_two_factors()), ("pwd mca otp mfa", true));
        assert!(!Proofs::of(Factor::MailLink, UnixTime(7)).has_two_steps());
        let codes = Proofs::of(Factor::Totp, UnixTime(7)).and(link(9));
        assert!(!codes.has_two_steps(), "a code and a letter, and no password");
    }

    #[test]
    fn a_passkey_is_two_factors_by_itself_and_a_code_is_not() {
        let alone = Proofs::of(Factor::Passkey, UnixTime(7));
        assert_eq!((alone.amr().join(" ").as_str(), alone.has_two_factors()), ("pop user mfa", true));
        let second =
            Proofs::of(Factor::Password, UnixTime(7)).and(Proof { factor: Factor::Passkey, at: UnixTime(9) });
        assert_eq!(second.amr().join(" "), "pwd pop user mfa");
        assert!(!Proofs::of(Factor::Totp, UnixTime(7)).has_two_factors());
    }
}
