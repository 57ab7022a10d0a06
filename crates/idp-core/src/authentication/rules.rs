//! What must be proven before a sign-in may be used: what the account itself asks for by now, what the installation asks of
//! everybody or of one person, what the client's registration demands, and what its request asks for. One rule for a
//! code, for a refresh and for our own pages (ADR 55). OpenID Connect Core 3.1.2.1, 5.5.1.1; RFC 9470 5.

use super::acr::{Acr, AcrRequest};
use super::level::{Levels, Requirement};
use super::methods::Methods;
use super::next_step::{LoginStep, next_step};
use super::proof::{Factor, Proofs};
use super::required_action::Standing;
use crate::time::UnixTime;
use crate::user::SecondFactorDuty;

/// What an installation asks of sign-ins.
#[derive(Copy, Clone, Debug)]
pub struct SignInRules<'a> {
    /// The classes.
    pub levels: &'a Levels,
    /// The ways to sign in that people may set up.
    pub methods: &'a Methods,
    /// What everybody must prove.
    pub required: Requirement,
    /// For so many seconds after they were first asked, a person may go on without a second factor.
    pub enrolment_grace: i64,
    /// How old, in seconds, a sign-in may be that adds a way to sign in.
    pub fresh: i64,
    /// Whether a link in a letter may stand in for a second factor that is not at hand.
    pub allows_mail_fallback: bool,
}

/// What one use of a sign-in demands of it.
#[derive(Copy, Clone, Debug)]
pub struct Demands<'a> {
    /// Of the person.
    pub duty: SecondFactorDuty,
    /// The class that the client demands by its registration.
    pub client: Option<&'a Acr>,
    /// What the request asks for.
    pub asked: &'a AcrRequest,
}

/// The kinds of second factors that a person has.
#[derive(Copy, Clone, Default, Debug)]
pub struct OwnFactors<'a> {
    /// What they can prove.
    pub all: &'a [Factor],
    /// What the account asks for after the password: not a passkey that a browser saved by itself (ADR 60).
    pub asked: &'a [Factor],
}

impl<'a> From<&'a [Factor]> for OwnFactors<'a> {
    /// Each of them is asked for.
    fn from(all: &'a [Factor]) -> Self {
        Self { all, asked: all }
    }
}

/// What a sign-in still lacks.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Further {
    /// Nothing.
    Nothing,
    /// A proof of another factor that the person has: a person with a second factor is asked for it, demanded or not.
    Proof {
        /// Whether the request goes on without it as well: it asks for a class by wish.
        is_wish: bool,
    },
    /// A further factor, which the person has to set up first.
    Enrolment(Enrolment),
    /// What no sign-in of this person here can be.
    Unreachable,
}

/// That a person sets up a further factor.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Enrolment {
    /// Who asks for it.
    pub asked_by: AskedBy,
    /// Until when they may go on without; `None` when they may not.
    pub may_wait_until: Option<UnixTime>,
}

/// Who asks for more than was proven.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AskedBy {
    /// The client, by its request or its registration.
    Client,
    /// The installation, of everybody or of this person.
    Installation,
}

impl SignInRules<'_> {
    /// What a sign-in of these proofs still lacks, of a person who has these second factors. What can be asked of the person
    /// now comes before what they would have to set up.
    #[must_use]
    pub fn further(
        &self,
        demands: &Demands<'_>,
        proofs: &Proofs,
        factors: OwnFactors<'_>,
        now: UnixTime,
    ) -> Further {
        let own = proofs.supposing(factors.all.iter().copied());
        if !self.are_met(demands, &own.supposing(self.methods.iter())) {
            return Further::Unreachable;
        }
        // Also of a session from before the person had one: it may be a thief's, and often that is why they added it.
        let is_asked = next_step(proofs, factors.asked, Standing::default()) == LoginStep::SecondStep;
        if is_asked || (!self.are_met(demands, proofs) && self.are_met(demands, &own)) {
            return Further::Proof { is_wish: false };
        }
        if self.are_met(demands, proofs) {
            return match self.has_unmet_wish(demands, proofs, &own) {
                true => Further::Proof { is_wish: true },
                false => Further::Nothing,
            };
        }
        Further::Enrolment(match self.is_enough_for_client(demands, proofs) {
            true => Enrolment {
                asked_by: AskedBy::Installation,
                may_wait_until: self.waits_until(demands.duty, now),
            },
            false => Enrolment { asked_by: AskedBy::Client, may_wait_until: None },
        })
    }

    /// Whether [`SignInRules::further`] has to know the second factors of the person: not where nothing more could be asked.
    #[must_use]
    pub fn depend_on_factors(&self, demands: &Demands<'_>, proofs: &Proofs) -> bool {
        !proofs.has_two_factors() || !self.are_met(demands, proofs)
    }

    /// Whether a grant of these proofs is still good for a refresh: a demand that was raised counts for what was given
    /// before. A factor that the person added since does not: a grant keeps the proofs of its own sign-in (ADR 42), and who
    /// adds a factor is offered to end the others.
    #[must_use]
    pub fn honour(
        &self,
        proofs: &Proofs,
        client: Option<&Acr>,
        duty: SecondFactorDuty,
        now: UnixTime,
    ) -> bool {
        let demands = Demands { duty, client, asked: &AcrRequest::Nothing };
        let may_wait = self.waits_until(duty, now).is_some();
        self.is_enough_for_client(&demands, proofs) && (may_wait || self.policy(duty).is_met_by(proofs))
    }

    /// Whether a sign-in whose newest proof is of `proven` may set up a further factor.
    #[must_use]
    pub fn is_fresh(&self, proven: UnixTime, now: UnixTime) -> bool {
        !proven.is_ahead_of(now) && now.seconds_since(proven) <= self.fresh
    }

    /// What the installation asks of this person.
    const fn policy(&self, duty: SecondFactorDuty) -> Requirement {
        if duty.is_required || duty.is_required_by_role { Requirement::TwoFactors } else { self.required }
    }

    /// Until when a person without a second factor may go on; `None` once they may not any more. Who was not asked yet has
    /// all of the time before them.
    fn waits_until(&self, duty: SecondFactorDuty, now: UnixTime) -> Option<UnixTime> {
        let until = duty.asked_at.unwrap_or(now).believed(now).plus(self.enrolment_grace);
        (now < until).then_some(until)
    }

    fn are_met(&self, demands: &Demands<'_>, proofs: &Proofs) -> bool {
        self.policy(demands.duty).is_met_by(proofs) && self.is_enough_for_client(demands, proofs)
    }

    fn is_enough_for_client(&self, demands: &Demands<'_>, proofs: &Proofs) -> bool {
        let by_registration = demands.client.is_none_or(|acr| self.levels.is_of(proofs, acr));
        by_registration && self.levels.reached(proofs, demands.asked).is_ok()
    }

    /// Whether the first class of a wish that `own` would be of, is one that `proofs` are not: those of a sign-in by a link in a
    /// letter.
    fn has_unmet_wish(&self, demands: &Demands<'_>, proofs: &Proofs, own: &Proofs) -> bool {
        let AcrRequest::Prefers(some) = demands.asked else {
            return false;
        };
        let best = some.iter().find(|acr| self.levels.is_of(own, acr));
        best.is_some_and(|acr| !self.levels.is_of(proofs, acr))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::authentication::Proof;

    const NOW: UnixTime = UnixTime(10_000);
    const TOTP: OwnFactors<'_> = OwnFactors { all: &[Factor::Totp], asked: &[Factor::Totp] };
    const NONE: OwnFactors<'_> = OwnFactors { all: &[], asked: &[] };
    /// The person is asked for what they have.
    const ASKED: Further = Further::Proof { is_wish: false };

    struct House {
        levels: Levels,
        methods: Methods,
        required: Requirement,
        enrolment_grace: i64,
    }

    impl House {
        fn new() -> Self {
            let (levels, methods) = (Levels::default(), Methods::default());
            Self { levels, methods, required: Requirement::Any, enrolment_grace: 0 }
        }

        fn rules(&self) -> SignInRules<'_> {
            let Self { levels, methods, required, enrolment_grace } = self;
            let (required, enrolment_grace) = (*required, *enrolment_grace);
            SignInRules {
                levels,
                methods,
                required,
                enrolment_grace,
                fresh: 300,
                allows_mail_fallback: false,
            }
        }
    }

    fn one() -> Proofs {
        Proofs::of(Factor::Password, NOW)
    }

    fn two() -> Proofs {
        one().and(Proof { factor: Factor::Totp, at: NOW })
    }

    fn names(names: &[&str]) -> Vec<Acr> {
        names.iter().map(|name| Acr::parse(name).unwrap()).collect()
    }

    fn of_request(asked: &AcrRequest) -> Demands<'_> {
        Demands { duty: SecondFactorDuty::default(), client: None, asked }
    }

    #[test]
    fn s07_a_demand_asks_for_the_factor_that_a_person_has_and_else_for_a_new_one() {
        let house = House::new();
        let demanded = AcrRequest::Demands(names(&["2"]));
        let further =
            |proofs: &Proofs, factors| house.rules().further(&of_request(&demanded), proofs, factors, NOW);
        assert_eq!(further(&two(), TOTP), Further::Nothing);
        assert_eq!(further(&one(), TOTP), ASKED);
        let enrolment = Enrolment { asked_by: AskedBy::Client, may_wait_until: None };
        assert_eq!(further(&one(), NONE), Further::Enrolment(enrolment));
        let unknown = AcrRequest::Demands(names(&["phr"]));
        assert_eq!(house.rules().further(&of_request(&unknown), &two(), TOTP, NOW), Further::Unreachable);
    }

    #[test]
    fn s07_a_wish_asks_for_nothing_that_the_person_has_not() {
        let house = House::new();
        for asked in [&["2"][..], &["2", "1"], &["1", "2"], &["phr"]] {
            let asked = AcrRequest::Prefers(names(asked));
            let further =
                |proofs: &Proofs, factors| house.rules().further(&of_request(&asked), proofs, factors, NOW);
            assert_eq!(further(&one(), NONE), Further::Nothing, "{asked:?}");
            assert_eq!(further(&one(), TOTP), ASKED, "{asked:?}");
            assert_eq!(further(&two(), TOTP), Further::Nothing, "{asked:?}");
            assert!(!house.rules().depend_on_factors(&of_request(&asked), &two()));
        }
    }

    #[test]
    fn s83_a_session_from_before_the_person_had_a_second_factor_is_asked_for_it_whatever_else_is_demanded() {
        let house = House::new();
        for asked in
            [AcrRequest::Nothing, AcrRequest::Prefers(names(&["1", "2"])), AcrRequest::Demands(names(&["1"]))]
        {
            let demands = of_request(&asked);
            let further = |factors| house.rules().further(&demands, &one(), factors, NOW);
            assert_eq!(further(TOTP), ASKED, "{asked:?}");
            assert!(house.rules().depend_on_factors(&demands, &one()));
        }
        let nothing = AcrRequest::Nothing;
        assert!(!house.rules().depend_on_factors(&of_request(&nothing), &two()));
        assert!(house.rules().honour(&one(), None, SecondFactorDuty::default(), NOW));
    }

    #[test]
    fn s07_who_came_in_by_a_link_is_asked_for_the_factor_where_more_is_demanded_and_else_goes_on() {
        let house = House::new();
        let link = one().and(Proof { factor: Factor::MailLink, at: NOW });
        for (asked, further) in [
            (AcrRequest::Nothing, Further::Nothing),
            (AcrRequest::Prefers(names(&["1"])), Further::Nothing),
            (AcrRequest::Prefers(names(&["2"])), Further::Proof { is_wish: true }),
            (AcrRequest::Demands(names(&["2"])), ASKED),
        ] {
            assert_eq!(house.rules().further(&of_request(&asked), &link, TOTP, NOW), further, "{asked:?}");
        }
        let everybody = House { required: Requirement::TwoFactors, ..House::new() };
        let nothing = AcrRequest::Nothing;
        assert_eq!(everybody.rules().further(&of_request(&nothing), &link, TOTP, NOW), ASKED);
    }

    #[test]
    fn a_passkey_that_the_browser_saved_by_itself_is_asked_for_by_a_demand_alone() {
        let house = House::new();
        let saved = OwnFactors { all: &[Factor::Passkey], asked: &[] };
        for (asked, further) in [
            (AcrRequest::Nothing, Further::Nothing),
            (AcrRequest::Prefers(names(&["2"])), Further::Proof { is_wish: true }),
            (AcrRequest::Demands(names(&["2"])), ASKED),
        ] {
            assert_eq!(house.rules().further(&of_request(&asked), &one(), saved, NOW), further, "{asked:?}");
        }
    }

    #[test]
    fn what_the_installation_the_client_or_the_person_owes_is_asked_for_whatever_the_request_says() {
        let strong = Acr::parse("2").unwrap();
        let weaker = AcrRequest::Demands(names(&["1"]));
        let nothing = AcrRequest::Nothing;
        let owed = SecondFactorDuty { is_required: true, is_required_by_role: false, asked_at: None };
        let everybody = House { required: Requirement::TwoFactors, ..House::new() };
        let house = House::new();
        for asked in [&weaker, &nothing] {
            let by_client = Demands { client: Some(&strong), ..of_request(asked) };
            let by_person = Demands { duty: owed, ..of_request(asked) };
            for (house, demands, asked_by) in [
                (&house, by_client, AskedBy::Client),
                (&house, by_person, AskedBy::Installation),
                (&everybody, of_request(asked), AskedBy::Installation),
            ] {
                let further =
                    |proofs: &Proofs, factors| house.rules().further(&demands, proofs, factors, NOW);
                let enrolment = Enrolment { asked_by, may_wait_until: None };
                assert_eq!(further(&one(), NONE), Further::Enrolment(enrolment));
                assert_eq!(further(&one(), TOTP), ASKED);
                assert_eq!(further(&two(), TOTP), Further::Nothing);
            }
        }
        let no_apps = Methods::try_from(vec!["password".to_owned()]).unwrap();
        let house = House { methods: no_apps, ..everybody };
        assert_eq!(house.rules().further(&of_request(&nothing), &one(), NONE, NOW), Further::Unreachable);
        // What a person has set up counts, offered or not.
        let further = house.rules().further(&of_request(&nothing), &one(), TOTP, NOW);
        assert_eq!(further, ASKED);
    }

    #[test]
    fn a_person_may_wait_for_so_long_after_they_were_asked_and_no_client_waits() {
        let house = House { required: Requirement::TwoFactors, enrolment_grace: 100, ..House::new() };
        let until = |asked_at: Option<i64>, asked: &AcrRequest| {
            let duty = SecondFactorDuty {
                is_required: false,
                is_required_by_role: false,
                asked_at: asked_at.map(UnixTime),
            };
            let demands = Demands { duty, ..of_request(asked) };
            match house.rules().further(&demands, &one(), NONE, NOW) {
                Further::Enrolment(enrolment) => enrolment.may_wait_until.map(UnixTime::as_secs),
                other => panic!("{other:?}"),
            }
        };
        let nothing = AcrRequest::Nothing;
        assert_eq!(until(None, &nothing), Some(10_100));
        assert_eq!(until(Some(9_901), &nothing), Some(10_001));
        assert_eq!(until(Some(9_900), &nothing), None);
        assert_eq!(until(None, &AcrRequest::Demands(names(&["2"]))), None);
        // What a clock that was ahead has written is as if it were written now.
        assert_eq!(until(Some(90_000), &nothing), Some(10_100));
    }

    #[test]
    fn s42_a_grant_of_less_than_is_demanded_by_now_is_good_for_no_refresh() {
        let strong = Acr::parse("2").unwrap();
        let gone = Acr::parse("phr").unwrap();
        let (free, owed) = (
            SecondFactorDuty::default(),
            SecondFactorDuty { is_required: true, is_required_by_role: false, asked_at: None },
        );
        let house = House::new();
        let rules = house.rules();
        for (client, duty, weak_is_good, strong_is_good) in [
            (None, free, true, true),
            (Some(&strong), free, false, true),
            (None, owed, false, true),
            (Some(&gone), free, false, false),
        ] {
            assert_eq!(rules.honour(&one(), client, duty, NOW), weak_is_good, "{client:?} {duty:?}");
            assert_eq!(rules.honour(&two(), client, duty, NOW), strong_is_good, "{client:?} {duty:?}");
        }
        let house = House { required: Requirement::TwoFactors, enrolment_grace: 100, ..House::new() };
        let asked = |at| SecondFactorDuty {
            is_required: false,
            is_required_by_role: false,
            asked_at: Some(UnixTime(at)),
        };
        assert!(house.rules().honour(&one(), None, asked(9_901), NOW));
        assert!(!house.rules().honour(&one(), None, asked(9_900), NOW));
    }
}
