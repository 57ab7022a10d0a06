//! What a person has proven when they sign in (`proof`), and how tokens state it: `amr` and `auth_time` from the proofs,
//! `acr` from the levels of the installation that they reach (`level`; ADR 42), what a sign-in asks for next
//! (`next_step`), which ways there are (`methods`), when a link in a letter may stand in for a second factor (`mail_fallback`;
//! ADR 59), what must be proven before a sign-in may be used (`rules`; ADR 55), and what the person has to do besides
//! (`required_action`; ADR 58).
//! Checking a factor is left to its own module: [`crate::password`], [`crate::totp`], [`crate::recovery_code`],
//! [`crate::passkey`].

mod acr;
mod level;
mod mail_fallback;
mod methods;
mod next_step;
mod proof;
mod required_action;
mod rules;

pub use acr::{Acr, AcrRequest, NotAcr};
pub use level::{Levels, LevelsError, NotRequirement, Requirement, UnmetAcr};
pub use mail_fallback::{FallbackFacts, NoFallback};
pub use methods::{Methods, MethodsError};
pub use next_step::{LoginStep, next_step};
pub use proof::{Factor, NotProofs, Proof, Proofs};
pub use required_action::{Moment, RequiredAction, Standing};
pub use rules::{AskedBy, Demands, Enrolment, Further, OwnFactors, SignInRules};

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base64url;
use crate::passkey::{Passkey, Use};
use crate::recovery_code::StoredRecoveryCode;
use crate::second_step_link::SecondStepLink;
use crate::time::UnixTime;
use crate::totp::TotpCredential;
use crate::user::User;

/// A person who has just proven who they are.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Authentication {
    /// Who they are.
    pub user: Uuid,
    /// What they proved it with, and when.
    pub proofs: Proofs,
    /// The credentials that the proof rests on.
    pub evidence: BTreeSet<CredentialDigest>,
    /// What can be used once, and is used up where the session opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spends: Vec<Spend>,
}

/// Something that counts once.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spend {
    /// The code of one step of an authenticator app, and with it every earlier one.
    Totp {
        /// The app.
        credential: Uuid,
        /// The step.
        step: i64,
    },
    /// A recovery code.
    RecoveryCode {
        /// The code, by its id.
        credential: Uuid,
    },
    /// A link in a letter, by the sign-in that it was sent for.
    MailLink {
        /// The sign-in.
        sign_in: Uuid,
    },
    /// What an authenticator said of this use of a passkey.
    Passkey {
        /// The passkey.
        credential: Uuid,
        /// What is kept of it.
        used: Use,
    },
}

impl Authentication {
    /// A person who entered the password that `hash` (a PHC string) was made of.
    #[must_use]
    pub fn by_password(user: Uuid, hash: &str, at: UnixTime) -> Self {
        let evidence = BTreeSet::from([CredentialDigest::of_password(hash)]);
        Self { user, proofs: Proofs::of(Factor::Password, at), evidence, spends: Vec::new() }
    }

    /// A person who proved it when their session opened, and proves more in it. That the session lives stands for the
    /// credentials behind it: it ends when one is changed.
    #[must_use]
    pub const fn continued(user: Uuid, proofs: Proofs) -> Self {
        Self { user, proofs, evidence: BTreeSet::new(), spends: Vec::new() }
    }

    /// A person who used a passkey, and needed no password.
    #[must_use]
    pub fn by_passkey(passkey: &Passkey, used: Use, at: UnixTime) -> Self {
        let evidence = BTreeSet::from([CredentialDigest::of_passkey(passkey)]);
        let spends = vec![Spend::Passkey { credential: passkey.id, used }];
        Self { user: passkey.user, proofs: Proofs::of(Factor::Passkey, at), evidence, spends }
    }

    /// The same person, who used a passkey as well.
    #[must_use]
    pub fn and_passkey(mut self, passkey: &Passkey, used: Use, at: UnixTime) -> Self {
        self.proofs = self.proofs.first_step().and(Proof { factor: Factor::Passkey, at });
        self.evidence.insert(CredentialDigest::of_passkey(passkey));
        self.spends = vec![Spend::Passkey { credential: passkey.id, used }];
        self
    }

    /// The same person, who typed the code of `step` of an authenticator app as well.
    #[must_use]
    pub fn and_totp(mut self, app: &TotpCredential, step: i64, at: UnixTime) -> Self {
        self.proofs = self.proofs.first_step().and(Proof { factor: Factor::Totp, at });
        self.evidence.insert(CredentialDigest::of_totp(app));
        self.spends = vec![Spend::Totp { credential: app.id, step }];
        self
    }

    /// The same person, who typed one of their recovery codes as well.
    #[must_use]
    pub fn and_recovery_code(mut self, code: &StoredRecoveryCode, at: UnixTime) -> Self {
        self.proofs = self.proofs.first_step().and(Proof { factor: Factor::RecoveryCode, at });
        self.evidence.insert(CredentialDigest::of_recovery_code(code));
        self.spends = vec![Spend::RecoveryCode { credential: code.id }];
        self
    }

    /// The same person, who opened the link of a letter as well, or typed its code.
    #[must_use]
    pub fn and_mail_link(mut self, link: &SecondStepLink, at: UnixTime) -> Self {
        self.proofs = self.proofs.first_step().and(Proof { factor: Factor::MailLink, at });
        self.evidence.insert(CredentialDigest::of_mail_link(link));
        self.spends = vec![Spend::MailLink { sign_in: link.sign_in }];
        self
    }

    /// Whether something of it is used up by the link of a letter.
    #[must_use]
    pub fn spends_mail_link(&self) -> bool {
        self.spends.iter().any(|spend| matches!(spend, Spend::MailLink { .. }))
    }

    /// Whether the proof still counts for `user`, who has these credentials today: not once one that it rests on was
    /// changed or removed, the person was signed out everywhere, or the account was disabled. For an account that is being
    /// deleted it counts: by it the person keeps the account.
    #[must_use]
    pub fn holds(&self, user: &User, credentials: &BTreeSet<CredentialDigest>, now: UnixTime) -> bool {
        let is_honoured = self.proofs.iter().all(|proof| user.honours_proof(proof.at, now));
        user.id == self.user && is_honoured && self.evidence.is_subset(credentials)
    }
}

/// Tells one state of a credential from another: a changed password has another digest. It is the SHA-256 of what the
/// store keeps, which must have random bits enough that no guess finds it.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialDigest(String);

impl CredentialDigest {
    /// Of a password, stored as a PHC string: its salt has 128 random bits.
    #[must_use]
    pub fn of_password(hash: &str) -> Self {
        Self::of(Factor::Password, hash)
    }

    /// Of an authenticator app: its id has random bits, and so does the sealed secret.
    #[must_use]
    pub fn of_totp(app: &TotpCredential) -> Self {
        Self::of(Factor::Totp, &format!("{} {}", app.id, app.sealed_secret))
    }

    /// Of a recovery code: the salt of its hash has 128 random bits.
    #[must_use]
    pub fn of_recovery_code(code: &StoredRecoveryCode) -> Self {
        Self::of(Factor::RecoveryCode, &format!("{} {}", code.id, code.hash))
    }

    /// Of a passkey: its id has random bits, and so have its name at the authenticator and its key.
    #[must_use]
    pub fn of_passkey(passkey: &Passkey) -> Self {
        let (name, key) = (passkey.credential_id.text(), passkey.public_key.text());
        Self::of(Factor::Passkey, &format!("{} {name} {key}", passkey.id))
    }

    /// Of a link in a letter: its secret has 256 random bits.
    #[must_use]
    pub fn of_mail_link(link: &SecondStepLink) -> Self {
        Self::of(Factor::MailLink, &format!("{} {}", link.sign_in, link.secret))
    }

    fn of(factor: Factor, stored: &str) -> Self {
        let input = format!("{}\0{stored}", factor.as_str());
        Self(base64url::encode(digest(&SHA256, input.as_bytes()).as_ref()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::user::{SecondFactorDuty, StandardClaims, UserStatus};
    use crate::username::Username;

    #[test]
    fn a_password_alone_is_stated_as_pwd_and_class_1() {
        let proofs = Authentication::by_password(Uuid::nil(), "$argon2id$1", UnixTime(10)).proofs;
        assert_eq!((proofs.amr(), proofs.auth_time()), (vec!["pwd".to_owned()], UnixTime(10)));
        assert_eq!(Levels::default().reached(&proofs, &AcrRequest::Nothing).unwrap().as_str(), "1");
    }

    #[test]
    fn a_proof_holds_as_long_as_its_credential_and_the_person_stay_as_they_are() {
        let user = user();
        let now = UnixTime(1000);
        let proof = Authentication::by_password(user.id, "$argon2id$1", UnixTime(900));
        let stored =
            |hashes: &[&str]| hashes.iter().map(|hash| CredentialDigest::of_password(hash)).collect();
        assert!(proof.holds(&user, &stored(&["$argon2id$1"]), now));
        assert!(
            proof.holds(&user, &stored(&["$argon2id$1", "$argon2id$2"]), now),
            "another credential was added"
        );
        assert!(!proof.holds(&user, &stored(&["$argon2id$2"]), now), "the password was changed");
        assert!(!proof.holds(&user, &stored(&[]), now), "it was removed");
        let disabled = User { status: UserStatus::Disabled, ..user.clone() };
        assert!(!proof.holds(&disabled, &stored(&["$argon2id$1"]), now));
        let signed_out = User { not_before: UnixTime(901), ..user.clone() };
        assert!(!proof.holds(&signed_out, &stored(&["$argon2id$1"]), now));
        let another = User { id: Uuid::from_u128(7), ..user };
        assert!(!proof.holds(&another, &stored(&["$argon2id$1"]), now));
    }

    fn user() -> User {
        User {
            id: Uuid::from_u128(1),
            username: Username::parse("alice").unwrap(),
            status: UserStatus::Active,
            not_before: UnixTime(0),
            claims: StandardClaims::default(),
            created_at: UnixTime(0),
            second_factor: SecondFactorDuty::default(),
            browsers_forgotten_at: None,
        }
    }
}
