#![allow(clippy::unwrap_used)]
use super::*;
use crate::authentication::{Factor, Proofs};
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
    decide(request, client, session, &Scope::empty(), progress, NOW)
}

fn signed_in(sid: u128, at: UnixTime) -> Progress {
    Progress { signed_in: Some(JustSignedIn { sid: Uuid::from_u128(sid), at }), consented: None }
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
        decide(&wanted, client, Some(&session), &Scope::parse(consented).unwrap(), progress, NOW)
    };
    assert_eq!(ask(&third_party(false), "openid email", Progress::default()), Decision::Answer);
    assert_eq!(ask(&third_party(false), "openid", Progress::default()), Decision::AskConsent);
    assert_eq!(ask(&third_party(true), "openid email", Progress::default()), Decision::AskConsent);
    let said_yes = Progress { signed_in: None, consented: Some(session.sid) };
    assert_eq!(ask(&third_party(true), "openid", said_yes), Decision::Answer);
    let other_session = Progress { signed_in: None, consented: Some(Uuid::from_u128(1)) };
    assert_eq!(ask(&third_party(true), "openid", other_session), Decision::AskConsent);
}

#[test]
fn s21_claims_asked_for_by_name_need_the_same_consent_as_their_scope() {
    let mut wanted = request(Prompt::default(), None);
    wanted.scope = Scope::parse("openid").unwrap();
    wanted.claims = ClaimsRequest::parse(r#"{"userinfo":{"email":null}}"#).unwrap();
    let ask = |consented: &str| {
        let consented = Scope::parse(consented).unwrap();
        decide(&wanted, &third_party(false), Some(&session(9_000)), &consented, Progress::default(), NOW)
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
