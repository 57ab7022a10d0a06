//! What a sign-in asks for next. Decided from what was proven and from what the person has, never from the button that
//! was pressed: a form of another step, or one that came out of order, gets no further by it.

use super::proof::{Factor, Proofs};
use super::required_action::{Moment, RequiredAction, Standing};

/// The next step.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum LoginStep {
    /// A further proof of another kind.
    SecondStep,
    /// Something that the person has to do.
    Act(RequiredAction),
    /// The session may open.
    Open,
}

/// What follows these proofs, of a person whose second factors are of these kinds. Who they are comes before what they have to
/// do: a temporary password alone, without the second factor, is not enough to replace it.
#[must_use]
pub fn next_step(proofs: &Proofs, second_factors: &[Factor], standing: Standing) -> LoginStep {
    // A person who has a second factor has asked to be asked for it. A link in a letter answers that where one was sent, and
    // nothing else: what more is demanded of the sign-in is asked afterwards (`rules`).
    if !second_factors.is_empty() && !proofs.has_two_steps() {
        return LoginStep::SecondStep;
    }
    RequiredAction::due(standing, Moment::BeforeSession).map_or(LoginStep::Open, LoginStep::Act)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authentication::Proof;
    use crate::time::UnixTime;

    #[test]
    fn s83_who_has_a_second_factor_is_asked_for_it_and_who_has_none_is_not() {
        let of = |proofs: &Proofs, factors: &[Factor]| next_step(proofs, factors, Standing::default());
        let password = Proofs::of(Factor::Password, UnixTime(1));
        let code = Proof { factor: Factor::Totp, at: UnixTime(2) };
        let both = password.clone().and(code);
        assert_eq!(of(&password, &[]), LoginStep::Open);
        assert_eq!(of(&password, &[Factor::Totp]), LoginStep::SecondStep);
        assert_eq!(of(&both, &[Factor::Totp]), LoginStep::Open);
        // A passkey is asked for after a password as a code is, and asks for nothing by itself.
        assert_eq!(of(&password, &[Factor::Passkey]), LoginStep::SecondStep);
        let passkey = Proofs::of(Factor::Passkey, UnixTime(1));
        assert_eq!(of(&passkey, &[Factor::Totp, Factor::Passkey]), LoginStep::Open);
        // A code alone is one factor, and so is the same one twice.
        let codes = Proofs::of(Factor::Totp, UnixTime(1)).and(code);
        assert_eq!(of(&codes, &[Factor::Totp]), LoginStep::SecondStep);
        // The app was removed meanwhile: whether its proof still holds is asked elsewhere.
        assert_eq!(of(&both, &[]), LoginStep::Open);
    }

    #[test]
    fn a_temporary_password_opens_nothing_whatever_was_proven() {
        let given = Standing { has_temporary_password: true, has_terms_to_accept: true };
        let choose = LoginStep::Act(RequiredAction::ChoosePassword);
        let password = Proofs::of(Factor::Password, UnixTime(1));
        let both = password.clone().and(Proof { factor: Factor::Totp, at: UnixTime(2) });
        let passkey = Proofs::of(Factor::Passkey, UnixTime(1));
        assert_eq!(next_step(&password, &[], given), choose);
        assert_eq!(next_step(&password, &[Factor::Totp], given), LoginStep::SecondStep, "a factor first");
        assert_eq!(next_step(&both, &[Factor::Totp], given), choose);
        assert_eq!(next_step(&passkey, &[Factor::Passkey], given), choose);
        // Terms are accepted in the session.
        let asked = Standing { has_temporary_password: false, ..given };
        assert_eq!(next_step(&password, &[], asked), LoginStep::Open);
    }
}
