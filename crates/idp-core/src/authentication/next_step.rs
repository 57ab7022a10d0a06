//! What a sign-in asks for next. Decided from what was proven and from what the person has, never from the button that
//! was pressed: a form of another step, or one that came out of order, gets no further by it.

use super::proof::{Factor, Proofs};

/// The next step.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum LoginStep {
    /// A further proof of another kind.
    SecondStep,
    /// The session may open.
    Open,
}

/// What follows these proofs, of a person whose second factors are of these kinds.
#[must_use]
pub fn next_step(proofs: &Proofs, second_factors: &[Factor]) -> LoginStep {
    // A person who has a second factor has asked to be asked for it. A link in a letter answers that where one was sent, and
    // nothing else: what more is demanded of the sign-in is asked afterwards (`rules`).
    if !second_factors.is_empty() && !proofs.has_two_steps() {
        return LoginStep::SecondStep;
    }
    LoginStep::Open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authentication::Proof;
    use crate::time::UnixTime;

    #[test]
    fn s83_who_has_a_second_factor_is_asked_for_it_and_who_has_none_is_not() {
        let password = Proofs::of(Factor::Password, UnixTime(1));
        let code = Proof { factor: Factor::Totp, at: UnixTime(2) };
        let both = password.clone().and(code);
        assert_eq!(next_step(&password, &[]), LoginStep::Open);
        assert_eq!(next_step(&password, &[Factor::Totp]), LoginStep::SecondStep);
        assert_eq!(next_step(&both, &[Factor::Totp]), LoginStep::Open);
        // A passkey is asked for after a password as a code is, and asks for nothing by itself.
        assert_eq!(next_step(&password, &[Factor::Passkey]), LoginStep::SecondStep);
        let passkey = Proofs::of(Factor::Passkey, UnixTime(1));
        assert_eq!(next_step(&passkey, &[Factor::Totp, Factor::Passkey]), LoginStep::Open);
        // A code alone is one factor, and so is the same one twice.
        let codes = Proofs::of(Factor::Totp, UnixTime(1)).and(code);
        assert_eq!(next_step(&codes, &[Factor::Totp]), LoginStep::SecondStep);
        // The app was removed meanwhile: whether its proof still holds is asked elsewhere.
        assert_eq!(next_step(&both, &[]), LoginStep::Open);
    }
}
