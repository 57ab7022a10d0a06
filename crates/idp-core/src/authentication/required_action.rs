//! What a person has to do before a sign-in goes on, besides proving who they are: the list of it, in the order in which it is
//! asked for, and when (ADR 58). Doing it is left to the pages; nothing here knows of an order of forms.

/// Something that only the person can do.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RequiredAction {
    /// Choose a password: an operator made the one that they have, and another person may know it (OWASP ASVS 5.0 6.4.1).
    ChoosePassword,
    /// Accept the terms of use in the version that counts now.
    AcceptTerms,
}

/// When it is asked for.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Moment {
    /// After the proofs, before the session opens: no session is there without it.
    BeforeSession,
    /// In the session, before a site gets anything of it: also in one that has been open for long.
    InSession,
}

/// What decides about it.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Standing {
    /// Whether the password is to be replaced at the first sign-in.
    pub has_temporary_password: bool,
    /// Whether terms of use count that the person has not accepted.
    pub has_terms_to_accept: bool,
}

impl RequiredAction {
    /// All there are, in the order in which they are asked for.
    pub const ALL: [Self; 2] = [Self::ChoosePassword, Self::AcceptTerms];

    /// The first that is due at this moment.
    #[must_use]
    pub fn due(standing: Standing, moment: Moment) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.moment() == moment && action.is_due(standing))
    }

    /// The holder of a temporary password may be the one who delivered it, so it opens nothing. Terms can change while a
    /// session is open, and people should not have to prove again who they are for that.
    const fn moment(self) -> Moment {
        match self {
            Self::ChoosePassword => Moment::BeforeSession,
            Self::AcceptTerms => Moment::InSession,
        }
    }

    const fn is_due(self, standing: Standing) -> bool {
        match self {
            Self::ChoosePassword => standing.has_temporary_password,
            Self::AcceptTerms => standing.has_terms_to_accept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_chosen_before_the_session_and_terms_are_accepted_in_it() {
        for (has_temporary_password, has_terms_to_accept, before, within) in [
            (false, false, None, None),
            (true, false, Some(RequiredAction::ChoosePassword), None),
            (false, true, None, Some(RequiredAction::AcceptTerms)),
            (true, true, Some(RequiredAction::ChoosePassword), Some(RequiredAction::AcceptTerms)),
        ] {
            let standing = Standing { has_temporary_password, has_terms_to_accept };
            assert_eq!(RequiredAction::due(standing, Moment::BeforeSession), before, "{standing:?}");
            assert_eq!(RequiredAction::due(standing, Moment::InSession), within, "{standing:?}");
        }
    }
}
