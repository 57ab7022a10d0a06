//! How strong a sign-in was: the levels that the installation names, and the `acr` that a token states (OpenID Connect Core
//! 2). What a level demands is chosen from a list; its name is the operator's, for what a class is called is agreed between
//! a provider and its sites.

use super::acr::{Acr, AcrRequest};
use super::proof::Proofs;
use crate::error::{ErrorCode, OAuthError};
use serde::{Deserialize, Serialize};

/// The most levels of an installation. The names of those that a request asks for travel in addresses.
const MOST: usize = 10;

/// What the proofs of a sign-in must be.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Requirement {
    /// Any proof.
    #[default]
    Any,
    /// Two factors, or a password and a link in a letter.
    TwoSteps,
    /// Something that the person knows, and something that they have.
    TwoFactors,
}

impl Requirement {
    /// Every one there is.
    pub const ALL: [Self; 3] = [Self::Any, Self::TwoSteps, Self::TwoFactors];

    /// Its word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::TwoSteps => "two_steps",
            Self::TwoFactors => "two_factors",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|requirement| requirement.as_str() == word)
    }

    /// Whether a sign-in with these proofs meets it.
    #[must_use]
    pub fn is_met_by(self, proofs: &Proofs) -> bool {
        match self {
            // There are no proofs without one.
            Self::Any => true,
            Self::TwoSteps => proofs.has_two_steps(),
            Self::TwoFactors => proofs.has_two_factors(),
        }
    }
}

/// Not the word of a requirement.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be one of {words}", words = words())]
pub struct NotRequirement;

impl TryFrom<String> for Requirement {
    type Error = NotRequirement;

    fn try_from(word: String) -> Result<Self, NotRequirement> {
        Self::parse(&word).ok_or(NotRequirement)
    }
}

impl From<Requirement> for String {
    fn from(requirement: Requirement) -> Self {
        requirement.as_str().to_owned()
    }
}

/// One level: `NAME=REQUIREMENT` in the configuration.
#[derive(Clone, Eq, PartialEq, Debug)]
struct Level {
    acr: Acr,
    requirement: Requirement,
}

/// The levels of an installation, the weakest first.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Levels(Vec<Level>);

/// Not a list of levels.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum LevelsError {
    /// Not `NAME=REQUIREMENT`. What was written is shown: it is a name.
    #[error(
        "must have levels such as \"1=any\": an acr of 1 to 64 visible ASCII characters, and what it takes ({words}); \
         {0:?} is none",
        words = words()
    )]
    Malformed(String),
    /// A name that comes twice.
    #[error("must name each level once; {0:?} is there twice")]
    Repeated(String),
    /// None, or too many.
    #[error("must have 1 to {MOST} levels")]
    Count,
}

/// None of the classes that a request, or the registration of its client, demands was or can be reached.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("no class that is demanded can be reached")]
pub struct UnmetAcr;

impl From<UnmetAcr> for OAuthError {
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
    fn from(unmet: UnmetAcr) -> Self {
        let words = "No sign-in here can be of a class (acr) that is demanded.";
        Self::new(ErrorCode::UnmetAuthenticationRequirements, words).because(unmet.to_string())
    }
}

fn words() -> String {
    Requirement::ALL.map(Requirement::as_str).join(", ")
}

impl Default for Levels {
    /// A sign-in is of class `1`, and one with two factors of class `2`.
    fn default() -> Self {
        let level = |(name, requirement)| Acr::parse(name).map(|acr| Level { acr, requirement });
        let levels = [("1", Requirement::Any), ("2", Requirement::TwoFactors)];
        Self(levels.into_iter().filter_map(level).collect())
    }
}

impl Levels {
    /// Their names: `acr_values_supported`.
    pub fn names(&self) -> impl Iterator<Item = &Acr> {
        self.0.iter().map(|level| &level.acr)
    }

    /// Each name with what it takes.
    pub fn iter(&self) -> impl Iterator<Item = (&Acr, Requirement)> {
        self.0.iter().map(|level| (&level.acr, level.requirement))
    }

    /// Whether one of them has this name.
    #[must_use]
    pub fn have(&self, acr: &Acr) -> bool {
        self.names().any(|name| name == acr)
    }

    /// Whether these proofs are of this class.
    #[must_use]
    pub fn is_of(&self, proofs: &Proofs, acr: &Acr) -> bool {
        self.iter().any(|(name, requirement)| name == acr && requirement.is_met_by(proofs))
    }

    /// What is asked for, without the names that are none of a level here.
    #[must_use]
    pub fn known_of(&self, asked: AcrRequest) -> AcrRequest {
        asked.retain(|acr| self.have(acr))
    }

    /// Whether a sign-in here can be of a class that `asked` demands.
    #[must_use]
    pub fn can_meet(&self, asked: &AcrRequest) -> bool {
        match asked {
            AcrRequest::Nothing | AcrRequest::Prefers(_) => true,
            AcrRequest::Demands(some) => some.iter().any(|acr| self.have(acr)),
        }
    }

    /// The class that a token states of a sign-in: of those asked for the first that was reached, in the order of the
    /// client's preference (Core 3.1.2.1, 5.5.1), else the strongest that was reached.
    ///
    /// # Errors
    /// [`UnmetAcr`] when none of those that were demanded was reached (Core 5.5.1.1).
    pub fn reached(&self, proofs: &Proofs, asked: &AcrRequest) -> Result<Acr, UnmetAcr> {
        let reached = |acr: &&Acr| self.is_of(proofs, acr);
        let strongest = || self.names().filter(reached).last();
        let stated = match asked {
            AcrRequest::Nothing => strongest(),
            AcrRequest::Prefers(some) => some.iter().find(reached).or_else(strongest),
            AcrRequest::Demands(some) => some.iter().find(reached),
        };
        stated.cloned().ok_or(UnmetAcr)
    }
}

impl TryFrom<Vec<String>> for Levels {
    type Error = LevelsError;

    fn try_from(lines: Vec<String>) -> Result<Self, LevelsError> {
        let mut levels: Vec<Level> = Vec::new();
        for line in lines {
            let level = Level::parse(&line).ok_or_else(|| LevelsError::Malformed(line.clone()))?;
            if levels.iter().any(|other| other.acr == level.acr) {
                return Err(LevelsError::Repeated(line));
            }
            levels.push(level);
        }
        // Each sign-in is of a class: tokens state one.
        if (1..=MOST).contains(&levels.len()) { Ok(Self(levels)) } else { Err(LevelsError::Count) }
    }
}

impl From<Levels> for Vec<String> {
    fn from(levels: Levels) -> Self {
        levels.0.iter().map(|level| format!("{}={}", level.acr, level.requirement.as_str())).collect()
    }
}

impl Level {
    /// Names may have `=` in them.
    fn parse(line: &str) -> Option<Self> {
        let (name, word) = line.rsplit_once('=')?;
        Some(Self { acr: Acr::parse(name)?, requirement: Requirement::parse(word)? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::authentication::{Factor, Proof};
    use crate::time::UnixTime;

    fn read(lines: &[&str]) -> Result<Levels, LevelsError> {
        Levels::try_from(lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>())
    }

    fn acrs(names: &[&str]) -> Vec<Acr> {
        names.iter().map(|name| Acr::parse(name).unwrap()).collect()
    }

    fn stated(asked: &AcrRequest) -> Result<String, UnmetAcr> {
        let levels = read(&["1=any", "urn:example:bronze=any"]).unwrap();
        let proofs = Proofs::of(Factor::Password, UnixTime(1));
        levels.reached(&proofs, asked).map(|acr| acr.to_string())
    }

    #[test]
    fn a_token_states_the_class_that_was_asked_for_or_the_strongest() {
        let bronze = "urn:example:bronze".to_owned();
        assert_eq!(stated(&AcrRequest::Nothing), Ok(bronze.clone()));
        for (asked, expected) in [
            (&["1"][..], "1"),
            (&["phr", "1", "urn:example:bronze"], "1"),
            (&["urn:example:bronze", "1"], &bronze),
        ] {
            assert_eq!(stated(&AcrRequest::Prefers(acrs(asked))).as_deref(), Ok(expected), "{asked:?}");
            assert_eq!(stated(&AcrRequest::Demands(acrs(asked))).as_deref(), Ok(expected), "{asked:?}");
        }
    }

    #[test]
    fn s07_a_wish_that_cannot_be_met_is_passed_over_and_a_demand_is_not() {
        let unmet = acrs(&["phr"]);
        assert_eq!(stated(&AcrRequest::Prefers(unmet.clone())).as_deref(), Ok("urn:example:bronze"));
        assert_eq!(stated(&AcrRequest::Demands(unmet.clone())), Err(UnmetAcr));
        assert_eq!(stated(&AcrRequest::Demands(Vec::new())), Err(UnmetAcr));
        let levels = Levels::default();
        assert!(
            levels.can_meet(&AcrRequest::Prefers(unmet.clone())) && levels.can_meet(&AcrRequest::Nothing)
        );
        assert!(!levels.can_meet(&AcrRequest::Demands(unmet)));
        assert!(levels.can_meet(&AcrRequest::Demands(acrs(&["phr", "1"]))));
    }

    #[test]
    fn s07_a_level_of_two_factors_is_reached_with_two_and_not_with_one() {
        let levels = Levels::default();
        let one = Proofs::of(Factor::Password, UnixTime(1));
        let two = one.clone().and(Proof { factor: Factor::Totp, at: UnixTime(2) });
        let stated =
            |proofs: &Proofs, asked: &AcrRequest| levels.reached(proofs, asked).map(|acr| acr.to_string());
        assert_eq!(stated(&one, &AcrRequest::Nothing).as_deref(), Ok("1"));
        assert_eq!(stated(&two, &AcrRequest::Nothing).as_deref(), Ok("2"));
        assert_eq!(stated(&one, &AcrRequest::Demands(acrs(&["2"]))), Err(UnmetAcr));
        assert_eq!(stated(&two, &AcrRequest::Demands(acrs(&["2", "1"]))).as_deref(), Ok("2"));
        assert_eq!(stated(&two, &AcrRequest::Prefers(acrs(&["1"]))).as_deref(), Ok("1"));
    }

    #[test]
    fn s07_a_link_in_a_letter_reaches_a_level_of_two_steps_and_none_of_two_factors() {
        let link = Proof { factor: Factor::MailLink, at: UnixTime(2) };
        let proofs = Proofs::of(Factor::Password, UnixTime(1)).and(link);
        let levels = read(&["1=any", "mail=two_steps", "2=two_factors"]).unwrap();
        let strongest = |levels: &Levels| levels.reached(&proofs, &AcrRequest::Nothing).unwrap().to_string();
        assert_eq!((strongest(&levels).as_str(), strongest(&Levels::default()).as_str()), ("mail", "1"));
        assert_eq!(levels.reached(&proofs, &AcrRequest::Demands(acrs(&["2"]))), Err(UnmetAcr));
        let factors = Proofs::of(Factor::Passkey, UnixTime(1));
        assert!(levels.is_of(&factors, &acrs(&["mail"])[0]), "two factors are two steps");
    }

    #[test]
    fn levels_are_written_as_they_were_read() {
        let lines = ["1=any", "urn:x?a=b=any"].map(str::to_owned).to_vec();
        let levels = Levels::try_from(lines.clone()).unwrap();
        assert_eq!(Vec::from(levels), lines);
        assert_eq!(Vec::from(Levels::default()), ["1=any", "2=two_factors"]);
    }

    #[test]
    fn levels_that_say_nothing_are_refused() {
        for lines in [&["1"][..], &["=any"], &["1=mfa"], &["1=Any"], &["a b=any"], &["1=any", ""], &["é=any"]]
        {
            assert!(matches!(read(lines), Err(LevelsError::Malformed(_))), "{lines:?}");
        }
        assert!(matches!(read(&["1=any", "1=any"]), Err(LevelsError::Repeated(_))));
        assert_eq!(read(&[]), Err(LevelsError::Count));
        let many: Vec<String> = (0..=MOST).map(|name| format!("{name}=any")).collect();
        assert_eq!(Levels::try_from(many.clone()), Err(LevelsError::Count));
        assert!(Levels::try_from(many.get(..MOST).unwrap().to_vec()).is_ok());
    }
}
