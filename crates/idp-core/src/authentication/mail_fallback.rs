//! When a link in a letter may stand in for a second factor that the person does not have at hand (ADR 59). It proves that the
//! bearer reads the person's mail. By itself that opens a new password as well, so the rule keeps what a mailbox alone can do
//! from being both steps: the password must have been used together with a real second factor since it was set.

use super::proof::{Factor, Proofs};
use super::rules::{Demands, Further, SignInRules};
use crate::time::UnixTime;

/// What is known of a sign-in that asks for such a link.
#[derive(Copy, Clone, Debug)]
pub struct FallbackFacts<'a> {
    /// What it has proven. Only the first counts: a second step takes the place of one before it.
    pub proofs: &'a Proofs,
    /// What the person can be asked for.
    pub second_factors: &'a [Factor],
    /// Whether the password was used together with a second factor since it was set.
    pub password_is_confirmed: bool,
    /// Whether there is a verified address that a letter goes to.
    pub has_address: bool,
}

/// Why no link is sent.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum NoFallback {
    /// The operator does not allow it.
    #[error("the installation does not allow it")]
    NotAllowed,
    /// It did not begin with the password, or asks for nothing more.
    #[error("it stands in for nothing that this sign-in lacks")]
    NotTheStep,
    /// The password may have been set with nothing but the mailbox.
    #[error("the password was not used with a second factor since it was set")]
    PasswordNotConfirmed,
    /// There is nowhere to send it.
    #[error("the account has no verified address")]
    NoAddress,
    /// More is demanded than a link can prove.
    #[error("what is demanded takes two factors")]
    NotEnough,
}

type Check = fn(&SignInRules<'_>, &Demands<'_>, &FallbackFacts<'_>, UnixTime) -> Option<NoFallback>;

/// Every check, in order.
const CHECKS: &[Check] = &[is_allowed, is_the_step, password_is_confirmed, has_address, is_enough];

impl SignInRules<'_> {
    /// Whether a link in a letter may stand in for the second factor of this sign-in.
    ///
    /// # Errors
    /// [`NoFallback`], the first reason against it.
    pub fn mail_fallback(
        &self,
        demands: &Demands<'_>,
        facts: &FallbackFacts<'_>,
        now: UnixTime,
    ) -> Result<(), NoFallback> {
        CHECKS.iter().find_map(|check| check(self, demands, facts, now)).map_or(Ok(()), Err)
    }
}

fn when(wrong: bool, why: NoFallback) -> Option<NoFallback> {
    wrong.then_some(why)
}

fn is_allowed(
    rules: &SignInRules<'_>,
    _: &Demands<'_>,
    _: &FallbackFacts<'_>,
    _: UnixTime,
) -> Option<NoFallback> {
    when(!rules.allows_mail_fallback, NoFallback::NotAllowed)
}

/// After the right password of a person who has a second factor: others have nothing to fall back from.
fn is_the_step(
    _: &SignInRules<'_>,
    _: &Demands<'_>,
    facts: &FallbackFacts<'_>,
    _: UnixTime,
) -> Option<NoFallback> {
    let is_the_step = first_of(facts).has(Factor::Password) && !facts.second_factors.is_empty();
    when(!is_the_step, NoFallback::NotTheStep)
}

fn first_of(facts: &FallbackFacts<'_>) -> Proofs {
    facts.proofs.clone().first_step()
}

/// A password that a link in a letter has set proves the mailbox, and the link that stands in for the factor would prove the
/// mailbox again. Once it was used with a real factor, the person who knows it is known to have had that factor.
fn password_is_confirmed(
    _: &SignInRules<'_>,
    _: &Demands<'_>,
    facts: &FallbackFacts<'_>,
    _: UnixTime,
) -> Option<NoFallback> {
    when(!facts.password_is_confirmed, NoFallback::PasswordNotConfirmed)
}

fn has_address(
    _: &SignInRules<'_>,
    _: &Demands<'_>,
    facts: &FallbackFacts<'_>,
    _: UnixTime,
) -> Option<NoFallback> {
    when(!facts.has_address, NoFallback::NoAddress)
}

/// A person must not wait for a letter and be asked for the code all the same.
fn is_enough(
    rules: &SignInRules<'_>,
    demands: &Demands<'_>,
    facts: &FallbackFacts<'_>,
    now: UnixTime,
) -> Option<NoFallback> {
    let with_link = first_of(facts).supposing([Factor::MailLink]);
    let further = rules.further(demands, &with_link, facts.second_factors.into(), now);
    when(further != Further::Nothing, NoFallback::NotEnough)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::authentication::{Acr, AcrRequest, Levels, Methods, Proof, Requirement};
    use crate::user::SecondFactorDuty;

    const NOW: UnixTime = UnixTime(10_000);

    struct House {
        levels: Levels,
        methods: Methods,
        required: Requirement,
        is_allowed: bool,
    }

    impl House {
        fn new() -> Self {
            let levels = ["1=any", "mail=two_steps", "2=two_factors"].map(str::to_owned).to_vec();
            let levels = Levels::try_from(levels).unwrap();
            Self { levels, methods: Methods::default(), required: Requirement::Any, is_allowed: true }
        }

        fn says(&self, demands: &Demands<'_>, facts: &FallbackFacts<'_>) -> Result<(), NoFallback> {
            let rules = SignInRules {
                levels: &self.levels,
                methods: &self.methods,
                required: self.required,
                enrolment_grace: 0,
                fresh: 300,
                allows_mail_fallback: self.is_allowed,
            };
            rules.mail_fallback(demands, facts, NOW)
        }
    }

    fn free(asked: &AcrRequest) -> Demands<'_> {
        Demands { duty: SecondFactorDuty::default(), client: None, asked }
    }

    fn facts(proofs: &Proofs) -> FallbackFacts<'_> {
        let second_factors = &[Factor::Totp];
        FallbackFacts { proofs, second_factors, password_is_confirmed: true, has_address: true }
    }

    #[test]
    fn a_link_is_sent_where_the_operator_allows_it_and_to_whom_it_helps() {
        let (house, password) = (House::new(), Proofs::of(Factor::Password, NOW));
        let (nothing, facts) = (AcrRequest::Nothing, facts(&password));
        assert_eq!(house.says(&free(&nothing), &facts), Ok(()));
        let closed = House { is_allowed: false, ..House::new() };
        assert_eq!(closed.says(&free(&nothing), &facts), Err(NoFallback::NotAllowed));
        let nobody = FallbackFacts { has_address: false, ..facts };
        assert_eq!(house.says(&free(&nothing), &nobody), Err(NoFallback::NoAddress));
        let without = FallbackFacts { second_factors: &[], ..facts };
        assert_eq!(house.says(&free(&nothing), &without), Err(NoFallback::NotTheStep));
        let code = Proofs::of(Factor::Totp, NOW).and(Proof { factor: Factor::Password, at: NOW });
        for proofs in [Proofs::of(Factor::Passkey, NOW), Proofs::of(Factor::MailLink, NOW), code] {
            let facts = FallbackFacts { proofs: &proofs, ..facts };
            assert_eq!(house.says(&free(&nothing), &facts), Err(NoFallback::NotTheStep), "{proofs:?}");
        }
        // A link that is used up already is asked for anew.
        let spent = password.clone().and(Proof { factor: Factor::MailLink, at: NOW });
        assert_eq!(house.says(&free(&nothing), &FallbackFacts { proofs: &spent, ..facts }), Ok(()));
    }

    #[test]
    fn s82_a_password_that_a_mailbox_alone_may_have_set_is_no_first_step_before_a_mailbox() {
        let (house, password) = (House::new(), Proofs::of(Factor::Password, NOW));
        let facts = FallbackFacts { password_is_confirmed: false, ..facts(&password) };
        assert_eq!(house.says(&free(&AcrRequest::Nothing), &facts), Err(NoFallback::PasswordNotConfirmed));
    }

    #[test]
    fn s07_no_demand_of_two_factors_is_met_by_a_link() {
        let (house, password) = (House::new(), Proofs::of(Factor::Password, NOW));
        let (facts, nothing) = (facts(&password), AcrRequest::Nothing);
        let names = |name: &str| vec![Acr::parse(name).unwrap()];
        for asked in [AcrRequest::Demands(names("2")), AcrRequest::Prefers(names("2"))] {
            assert_eq!(house.says(&free(&asked), &facts), Err(NoFallback::NotEnough), "{asked:?}");
        }
        for asked in [AcrRequest::Demands(names("mail")), AcrRequest::Prefers(names("1"))] {
            assert_eq!(house.says(&free(&asked), &facts), Ok(()), "{asked:?}");
        }
        let strong = Acr::parse("2").unwrap();
        let by_client = Demands { client: Some(&strong), ..free(&nothing) };
        assert_eq!(house.says(&by_client, &facts), Err(NoFallback::NotEnough));
        let owed = SecondFactorDuty { is_required: true, is_required_by_role: false, asked_at: None };
        let by_person = Demands { duty: owed, ..free(&nothing) };
        assert_eq!(house.says(&by_person, &facts), Err(NoFallback::NotEnough));
        for (required, expected) in
            [(Requirement::TwoFactors, Err(NoFallback::NotEnough)), (Requirement::TwoSteps, Ok(()))]
        {
            let house = House { required, ..House::new() };
            assert_eq!(house.says(&free(&nothing), &facts), expected, "{required:?}");
        }
    }
}
