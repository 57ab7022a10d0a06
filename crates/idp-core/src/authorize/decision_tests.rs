#![allow(clippy::unwrap_used)]
use super::*;
use crate::authentication::{Acr, AcrRequest, AskedBy, Factor, Levels, Methods, Proof, Proofs, Requirement};
use crate::authorize::{ClaimsRequest, Prompt, Target};
use crate::client::{ClientId, ClientKind, sample};
use crate::params::Params;
use crate::redirect_uri::RedirectUri;

const NOW: UnixTime = UnixTime(10_000);

fn client(consent: ConsentPolicy, kind: ClientKind) -> Client {
    let mut client = sample::client(kind);
    client.metadata.consent = consent;
    client
}

fn first_party() -> Client {
    sample::client(sample::confidential())
}

fn third_party(public: bool) -> Client {
    client(ConsentPolicy::Ask, if public { ClientKind::Public } else { sample::confidential() })
}

fn request(prompt: Prompt, max_age: Option<i64>) -> AuthorizationRequest {
    let params: Params = [("redirect_uri", "https://a.example/cb")].into_iter().collect();
    AuthorizationRequest {
        client_id: ClientId::parse("site-a").unwrap(),
        target: Target::resolve(&params, &first_party()).unwrap(),
        scope: Scope::parse("openid email").unwrap(),
        nonce: None,
        code_challenge: None,
        prompt,
        max_age,
        login_hint: None,
        claims: ClaimsRequest::default(),
        hinted_subject: None,
        ui_locales: Vec::new(),
    }
}

fn session(auth_time: i64) -> Session {
    let at = UnixTime(auth_time);
    let (sid, user) = (Uuid::from_u128(7), Uuid::from_u128(8));
    Session {
        sid,
        user,
        proofs: Proofs::of(Factor::Password, at),
        created_at: at,
        last_seen_at: at,
        device: None,
        address: None,
        ended: None,
    }
}

fn next(
    request: &AuthorizationRequest,
    client: &Client,
    session: Option<&Session>,
    progress: Progress,
) -> Decision {
    next_of(&House::default(), request, client, session, &Scope::empty(), progress)
}

/// What is asked of the person, and what they have.
#[derive(Clone)]
struct House {
    required: Requirement,
    enrolment_grace: i64,
    duty: SecondFactorDuty,
    second_factors: Vec<Factor>,
    action: Option<RequiredAction>,
    refused: Option<AccessRefusal>,
}

impl Default for House {
    fn default() -> Self {
        let duty = SecondFactorDuty::default();
        Self {
            required: Requirement::Any,
            enrolment_grace: 0,
            duty,
            second_factors: Vec::new(),
            action: None,
            refused: None,
        }
    }
}

fn next_of(
    house: &House,
    request: &AuthorizationRequest,
    client: &Client,
    session: Option<&Session>,
    consented: &Scope,
    progress: Progress,
) -> Decision {
    let House { required, enrolment_grace, duty, second_factors, action, refused } = house;
    let (levels, methods) = (&Levels::default(), &Methods::default());
    let (required, enrolment_grace) = (*required, *enrolment_grace);
    let rules =
        SignInRules { levels, methods, required, enrolment_grace, fresh: 300, allows_mail_fallback: false };
    let second_factors = second_factors.as_slice().into();
    let (duty, required, refused) = (*duty, *action, *refused);
    let person =
        session.map(|session| Person { session, duty, second_factors, required, refused, consented });
    decide(request, client, person.as_ref(), &rules, progress, NOW)
}

fn signed_in(sid: u128, at: UnixTime) -> Progress {
    Progress { signed_in: Some(JustSignedIn { sid: Uuid::from_u128(sid), at }), ..Progress::default() }
}

fn refused(decision: &Decision) -> Option<&'static str> {
    match decision {
        Decision::Refuse(error) => Some(error.code.as_str()),
        _ => None,
    }
}

#[test]
fn a_signed_in_person_goes_straight_through() {
    let plain = request(Prompt::default(), None);
    assert_eq!(next(&plain, &first_party(), Some(&session(9_000)), Progress::default()), Decision::Answer);
    assert_eq!(next(&plain, &first_party(), None, Progress::default()), Decision::SignIn);
}

#[test]
fn s07_prompt_none_never_shows_a_page() {
    let silent = request(Prompt { none: true, ..Prompt::default() }, None);
    assert_eq!(refused(&next(&silent, &first_party(), None, Progress::default())), Some("login_required"));
    let asked = next(&silent, &third_party(false), Some(&session(9_000)), Progress::default());
    assert_eq!(refused(&asked), Some("consent_required"));
    assert_eq!(next(&silent, &first_party(), Some(&session(9_000)), Progress::default()), Decision::Answer);
}

#[test]
fn s07_max_age_and_prompt_login_are_met_by_signing_in_now_only() {
    let now_in = signed_in(7, NOW);
    let other = signed_in(9, NOW);
    let long_ago = signed_in(7, NOW.plus(-601));
    let login = Prompt { login: true, ..Prompt::default() };
    for request in
        [request(login, None), request(Prompt::default(), Some(0)), request(Prompt::default(), Some(999))]
    {
        let session = session(9_000);
        for (progress, expected) in [
            (Progress::default(), Decision::SignIn),
            (other, Decision::SignIn),
            (long_ago, Decision::SignIn),
            (now_in, Decision::Answer),
        ] {
            assert_eq!(next(&request, &first_party(), Some(&session), progress), expected, "{request:?}");
        }
    }
    let other_node = signed_in(7, NOW.plus(120));
    let ahead = signed_in(7, NOW.plus(121));
    let fresh = request(login, None);
    let open = session(9_000);
    assert_eq!(next(&fresh, &first_party(), Some(&open), other_node), Decision::Answer);
    assert_eq!(next(&fresh, &first_party(), Some(&open), ahead), Decision::SignIn);
    let young = request(Prompt::default(), Some(1000));
    assert_eq!(next(&young, &first_party(), Some(&session(9_000)), Progress::default()), Decision::Answer);
}

#[test]
fn s07_a_proof_counts_in_a_form_for_as_long_as_the_page_that_it_was_young_on() {
    let login = request(Prompt { login: true, ..Prompt::default() }, None);
    let sent = |proven: i64, made: i64| {
        let (proven, made) = (NOW.plus(-proven), NOW.plus(-made));
        let progress = signed_in(7, proven).sent_from_page(made, NOW);
        next(&login, &first_party(), Some(&session(9_000)), progress) == Decision::Answer
    };
    for (proven, made, counts) in [
        (0, 0, true),
        (700, 700, true),
        (3600 + 600, 3600, true),
        // The proof was old when the page was made; the page is old.
        (3600 + 601, 3600, false),
        (3601, 3601, false),
        // Nothing is young by a page of the future.
        (601, -121, false),
    ] {
        assert_eq!(sent(proven, made), counts, "proven {proven} s ago, page of {made} s ago");
    }
    let elsewhere = signed_in(9, NOW.plus(-700)).sent_from_page(NOW.plus(-700), NOW);
    assert_eq!(next(&login, &first_party(), Some(&session(9_000)), elsewhere), Decision::SignIn);
}

#[test]
fn a_hint_at_another_person_is_never_answered_by_this_person() {
    let mut hinted = request(Prompt::default(), None);
    hinted.hinted_subject = Some(Uuid::from_u128(1).to_string());
    let now_in = signed_in(7, NOW);
    let before = next(&hinted, &first_party(), Some(&session(9_000)), Progress::default());
    assert_eq!(before, Decision::SignIn);
    // The person signed in and is still another: the client is told, instead of asking for ever.
    let after = next(&hinted, &first_party(), Some(&session(9_000)), now_in);
    assert_eq!(refused(&after), Some("login_required"));
}

#[test]
fn s21_consent_covers_what_was_shown_and_nothing_more() {
    let wanted = request(Prompt::default(), None);
    let session = session(9_000);
    let ask = |client: &Client, consented: &str, progress| {
        let consented = Scope::parse(consented).unwrap();
        next_of(&House::default(), &wanted, client, Some(&session), &consented, progress)
    };
    assert_eq!(ask(&third_party(false), "openid email", Progress::default()), Decision::Answer);
    assert_eq!(ask(&third_party(false), "openid", Progress::default()), Decision::AskConsent);
    assert_eq!(ask(&third_party(true), "openid email", Progress::default()), Decision::AskConsent);
    let said_yes = Progress { consented: Some(session.sid), ..Progress::default() };
    assert_eq!(ask(&third_party(true), "openid", said_yes), Decision::Answer);
    let other_session = Progress { consented: Some(Uuid::from_u128(1)), ..Progress::default() };
    assert_eq!(ask(&third_party(true), "openid", other_session), Decision::AskConsent);
}

#[test]
fn s21_claims_asked_for_by_name_need_the_same_consent_as_their_scope() {
    let mut wanted = request(Prompt::default(), None);
    wanted.scope = Scope::parse("openid").unwrap();
    wanted.claims = ClaimsRequest::parse(r#"{"userinfo":{"email":null}}"#).unwrap();
    let ask = |consented: &str| {
        let consented = Scope::parse(consented).unwrap();
        let (house, session) = (House::default(), session(9_000));
        next_of(&house, &wanted, &third_party(false), Some(&session), &consented, Progress::default())
    };
    assert_eq!(ask("openid"), Decision::AskConsent);
    assert_eq!(ask("openid email"), Decision::Answer);
}

#[test]
fn s21_a_program_on_the_persons_machine_gets_no_silent_answer() {
    let native = client(ConsentPolicy::FirstParty, ClientKind::Public);
    let mut wanted = request(Prompt::default(), None);
    assert_eq!(next(&wanted, &native, Some(&session(9_000)), Progress::default()), Decision::Answer);
    for uri in ["http://127.0.0.1:4444/cb", "com.example.app:/cb"] {
        let mut registered = native.clone();
        registered.metadata.redirect_uris = vec![RedirectUri::parse(uri).unwrap()];
        let params: Params = [("redirect_uri", uri)].into_iter().collect();
        wanted.target = Target::resolve(&params, &registered).unwrap();
        assert_eq!(
            next(&wanted, &registered, Some(&session(9_000)), Progress::default()),
            Decision::AskConsent
        );
    }
}

fn asking(acr: AcrRequest, prompt: Prompt, max_age: Option<i64>) -> AuthorizationRequest {
    AuthorizationRequest {
        claims: ClaimsRequest { acr, ..ClaimsRequest::default() },
        ..request(prompt, max_age)
    }
}

fn class(name: &str) -> Vec<Acr> {
    vec![Acr::parse(name).unwrap()]
}

fn with_code(session: Session) -> Session {
    Session { proofs: session.proofs.and(Proof { factor: Factor::Totp, at: NOW }), ..session }
}

const SILENT: Prompt =
    Prompt { none: true, login: false, consent: false, select_account: false, create: false };

#[test]
fn s07_who_can_prove_more_is_asked_for_just_that_and_once() {
    let with_app = House { second_factors: vec![Factor::Totp], ..House::default() };
    let next = |request: &AuthorizationRequest, session: &Session| {
        next_of(&with_app, request, &first_party(), Some(session), &Scope::empty(), Progress::default())
    };
    let (demand, wish) = (AcrRequest::Demands(class("2")), AcrRequest::Prefers(class("2")));
    let session = session(9_000);
    for asked in [&demand, &wish] {
        let request = asking(asked.clone(), Prompt::default(), None);
        assert_eq!(next(&request, &session), Decision::ProveFurther);
        assert_eq!(next(&request, &with_code(session.clone())), Decision::Answer);
        // The password as well, where it is too old.
        let fresh = asking(asked.clone(), Prompt::default(), Some(60));
        assert_eq!(next(&fresh, &session), Decision::SignIn);
        assert_eq!(
            next(&fresh, &with_code(session.clone())),
            Decision::SignIn,
            "a fresh code beside an old password"
        );
    }
    assert_eq!(refused(&next(&asking(demand, SILENT, None), &session)), Some("login_required"));
    // The account asks for it, whatever the site demands or wishes: also where it asks for nothing.
    for asked in [wish, AcrRequest::Nothing] {
        assert_eq!(next(&asking(asked.clone(), Prompt::default(), None), &session), Decision::ProveFurther);
        assert_eq!(refused(&next(&asking(asked, SILENT, None), &session)), Some("login_required"));
    }
    let unknown = asking(AcrRequest::Demands(class("phr")), Prompt::default(), None);
    let refusal = next(&unknown, &with_code(session));
    assert_eq!(refused(&refusal), Some("unmet_authentication_requirements"));
}

#[test]
fn s07_who_has_no_second_factor_sets_one_up_after_a_fresh_sign_in() {
    let demand = asking(AcrRequest::Demands(class("2")), Prompt::default(), None);
    let enrolment = Enrolment { asked_by: AskedBy::Client, may_wait_until: None };
    let old = session(NOW.0 - 301);
    assert_eq!(next(&demand, &first_party(), Some(&old), Progress::default()), Decision::SignIn);
    let fresh = session(NOW.0 - 300);
    let expected = Decision::Enrol(enrolment);
    assert_eq!(next(&demand, &first_party(), Some(&fresh), Progress::default()), expected);
    let silent = asking(AcrRequest::Demands(class("2")), SILENT, None);
    let answer = next(&silent, &first_party(), Some(&fresh), Progress::default());
    assert_eq!(refused(&answer), Some("login_required"));
    let wish = asking(AcrRequest::Prefers(class("2")), Prompt::default(), None);
    assert_eq!(next(&wish, &first_party(), Some(&fresh), Progress::default()), Decision::Answer);
    // Whether they may put it off is not theirs to say.
    let put_off = Progress { put_off: Some(fresh.sid), ..signed_in(7, NOW) };
    assert_eq!(next(&demand, &first_party(), Some(&fresh), put_off), expected);
}

#[test]
fn the_class_of_a_registration_is_demanded_whatever_the_request_says() {
    let mut strict = first_party();
    strict.metadata.required_acr = Acr::parse("2");
    let fresh = session(NOW.0);
    for acr in [AcrRequest::Nothing, AcrRequest::Prefers(class("1")), AcrRequest::Demands(class("1"))] {
        let request = asking(acr, Prompt::default(), None);
        let decision = next(&request, &strict, Some(&fresh), Progress::default());
        assert!(matches!(decision, Decision::Enrol(_)), "{decision:?}");
        let strong = with_code(fresh.clone());
        assert_eq!(next(&request, &strict, Some(&strong), Progress::default()), Decision::Answer);
    }
}

#[test]
fn who_may_wait_is_asked_when_they_sign_in_and_not_at_every_site() {
    let required = Requirement::TwoFactors;
    let house = House { required, enrolment_grace: 100, ..House::default() };
    let fresh = session(NOW.0);
    let next = |house: &House, prompt, progress| {
        let request = request(prompt, None);
        next_of(house, &request, &first_party(), Some(&fresh), &Scope::empty(), progress)
    };
    let asked = next(&house, Prompt::default(), signed_in(7, NOW));
    let until = Some(NOW.plus(100));
    assert_eq!(asked, Decision::Enrol(Enrolment { asked_by: AskedBy::Installation, may_wait_until: until }));
    let put_off = Progress { put_off: Some(fresh.sid), ..signed_in(7, NOW) };
    assert_eq!(next(&house, Prompt::default(), put_off), Decision::Answer);
    assert_eq!(next(&house, Prompt::default(), Progress::default()), Decision::Answer);
    assert_eq!(next(&house, SILENT, signed_in(7, NOW)), Decision::Answer);
    let over =
        SecondFactorDuty { is_required: false, is_required_by_role: false, asked_at: Some(NOW.plus(-100)) };
    let late = House { duty: over, ..house };
    for progress in [put_off, Progress::default()] {
        assert!(matches!(next(&late, Prompt::default(), progress), Decision::Enrol(_)));
    }
    assert_eq!(refused(&next(&late, SILENT, Progress::default())), Some("login_required"));
}

#[test]
fn s07_what_has_to_be_done_comes_after_the_proofs_and_before_consent_and_is_told_in_silence() {
    let action = Some(RequiredAction::AcceptTerms);
    let house = House { action, ..House::default() };
    let of = |house: &House, request: &AuthorizationRequest, session: Option<&Session>| {
        next_of(house, request, &third_party(false), session, &Scope::empty(), Progress::default())
    };
    let (plain, now) = (request(Prompt::default(), None), session(9_000));
    assert_eq!(of(&house, &plain, None), Decision::SignIn);
    assert_eq!(of(&house, &plain, Some(&now)), Decision::Act(RequiredAction::AcceptTerms));
    assert_eq!(of(&House::default(), &plain, Some(&now)), Decision::AskConsent);
    assert_eq!(of(&house, &request(Prompt::default(), Some(60)), Some(&now)), Decision::SignIn);
    let proves_more =
        House { required: Requirement::TwoFactors, second_factors: vec![Factor::Totp], ..house.clone() };
    assert_eq!(of(&proves_more, &plain, Some(&now)), Decision::ProveFurther);
    let silent = request(Prompt { none: true, ..Prompt::default() }, None);
    assert_eq!(refused(&of(&house, &silent, Some(&now))), Some("interaction_required"));
    assert_eq!(refused(&of(&proves_more, &silent, Some(&now))), Some("login_required"));
}

#[test]
fn a_person_who_may_not_sign_in_there_is_told_so_and_asked_nothing_else() {
    let house = House {
        refused: Some(AccessRefusal::Membership),
        action: Some(RequiredAction::AcceptTerms),
        ..House::default()
    };
    let client = client(ConsentPolicy::Ask, sample::confidential());
    let decided = |prompt, session: Option<&Session>| {
        next_of(&house, &request(prompt, None), &client, session, &Scope::empty(), Progress::default())
    };
    let session = session(NOW.as_secs() - 60);
    assert_eq!(decided(Prompt::default(), Some(&session)), Decision::Deny(AccessRefusal::Membership));
    assert_eq!(decided(Prompt::default(), None), Decision::SignIn);
    match decided(Prompt { none: true, ..Prompt::default() }, Some(&session)) {
        Decision::Refuse(error) => assert_eq!(error.code, ErrorCode::AccessDenied),
        other => panic!("{other:?}"),
    }
}
