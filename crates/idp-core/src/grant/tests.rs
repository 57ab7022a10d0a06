#![allow(clippy::unwrap_used)]
use super::authorization_code::{AuthorizationCode, CodeRequest};
use super::refresh_token::{RefreshDecision, RefreshPolicy, RefreshRefusal, RefreshRequest};
use super::*;
use crate::administration::Memberships;
use crate::authentication::{Acr, Factor, Levels, Methods, Proof, Proofs, Requirement, SignInRules};
use crate::client::{GrantType, sample};
use crate::secret::{RefreshTagKey, RefreshToken};
use crate::session::{Session, SessionPolicy};
use crate::user::{SecondFactorDuty, StandardClaims, User, UserStatus};
use crate::username::Username;
use rand_core::OsRng;

const NOW: UnixTime = UnixTime(1_000_000);
const AHEAD: UnixTime = UnixTime(1_000_000 + 7200);
const SESSIONS: SessionPolicy = SessionPolicy { idle: 3600, absolute: 36_000 };
const REFRESH: RefreshPolicy = RefreshPolicy { idle: 3600, absolute: 36_000, grace: 10 };

fn hash(byte: u8) -> SecretHash {
    SecretHash::parse(&crate::base64url::encode([byte; 32])).unwrap()
}

#[test]
fn a_rotation_starts_from_the_current_token_and_leaves_it_as_the_predecessor() {
    let first = RefreshState::first(hash(1), UnixTime(10));
    let rotation = first.rotate(hash(2), "sealed".to_owned(), UnixTime(20));
    assert_eq!((rotation.generation, rotation.replaced), (0, hash(1)));
    assert_eq!(rotation.sealed_successor(), "sealed");
    let second = rotation.successor;
    assert_eq!((second.generation, second.current, second.issued_at), (1, hash(2), UnixTime(20)));
    let before = second.predecessor.as_ref().unwrap();
    assert_eq!((before.hash, before.replaced_at), (hash(1), UnixTime(20)));
    let third = second.rotate(hash(3), String::new(), UnixTime(30));
    assert_eq!((third.generation, third.replaced, third.successor.generation), (1, hash(2), 2));
}

/// A person at a client, signed in at one time and with a grant since another.
struct Story {
    client: Client,
    user: User,
    session: Session,
    grant: Grant,
    token: RefreshToken,
}

impl Story {
    fn new(signed_in: UnixTime, granted: UnixTime) -> Self {
        let mut client = sample::client(sample::confidential());
        client.metadata.grant_types.push(GrantType::RefreshToken);
        let (user, sid, id) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let token = RefreshToken::generate(user, id, &RefreshTagKey::new(&[7; 32]), &mut OsRng);
        let session = Session {
            sid,
            user,
            proofs: Proofs::of(Factor::Password, signed_in),
            created_at: signed_in,
            last_seen_at: signed_in,
            device: None,
            address: None,
            ended: None,
        };
        let grant = Grant {
            id,
            user,
            sid,
            client_id: client.id.clone(),
            scope: Scope::parse("openid").unwrap(),
            claims: vec![],
            proofs: Proofs::of(Factor::Password, signed_in),
            acr: Acr::parse("1").unwrap(),
            created_at: granted,
            expires_at: granted.plus(REFRESH.absolute),
            refresh: Some(RefreshState::first(token.hash(), granted)),
            epoch: 0,
            ended: None,
        };
        let user = User {
            id: user,
            username: Username::parse("alice").unwrap(),
            status: UserStatus::Active,
            not_before: UnixTime(0),
            claims: StandardClaims::default(),
            created_at: UnixTime(0),
            second_factor: SecondFactorDuty::default(),
            browsers_forgotten_at: None,
        };
        Self { client, user, session, grant, token }
    }

    fn refresh(&self, now: UnixTime) -> Result<RefreshDecision, RefreshRefusal> {
        let Self { client, user, session, grant, token } = self;
        let (levels, methods) = (&Levels::default(), &Methods::default());
        let required = Requirement::Any;
        let rules = SignInRules {
            levels,
            methods,
            required,
            enrolment_grace: 0,
            fresh: 300,
            allows_mail_fallback: false,
        };
        let memberships = &Memberships::default();
        let request = RefreshRequest { token, client, session, user, rules, memberships };
        grant.refresh(&request, REFRESH, SESSIONS, now)
    }
}

#[test]
fn a1_after_a_sign_out_under_a_clock_ahead_a_new_sign_in_gets_tokens_that_last() {
    let mut before = Story::new(NOW.plus(-60), NOW.plus(-60));
    let mut after = Story::new(NOW, NOW);
    for story in [&mut before, &mut after] {
        story.user.not_before = AHEAD;
        story.client.not_before = AHEAD;
    }
    assert!(before.refresh(NOW).is_err(), "signed out, as was asked for");
    // The sign-in that comes next brings the marks back.
    for story in [&mut before, &mut after] {
        story.user.not_before = story.user.not_before.believed(NOW);
        story.client.not_before = story.client.not_before.believed(NOW);
    }
    for later in [0, 1, 600, 3599] {
        let now = NOW.plus(later);
        assert_eq!(after.refresh(now), Ok(RefreshDecision::Rotate), "{later}");
        assert!(after.grant.is_alive(&after.client, now) && after.user.honours(NOW, now), "{later}");
        assert!(before.refresh(now).is_err() && !before.grant.is_alive(&before.client, now), "{later}");
    }
}

#[test]
fn a1_a_code_of_a_clock_ahead_is_refused_and_the_next_one_is_good() {
    let client = sample::client(sample::confidential());
    let code = |issued: UnixTime| AuthorizationCode {
        grant: Uuid::nil(),
        client_id: client.id.clone(),
        redirect_uri: "https://a.example/cb".to_owned(),
        user: Uuid::nil(),
        sid: Uuid::nil(),
        scope: Scope::empty(),
        claims: vec![],
        nonce: None,
        code_challenge: None,
        proofs: Proofs::of(Factor::Password, issued),
        acr: Acr::parse("1").unwrap(),
        expires_at: issued.plus(60),
        trace: None,
    };
    let request = CodeRequest {
        client: &client,
        redirect_uri: Some("https://a.example/cb"),
        code_verifier: None,
        lifetime: 60,
    };
    assert!(code(AHEAD).redeem(&request, false, NOW).is_err());
    assert!(code(NOW.plus(121)).redeem(&request, false, NOW).is_err());
    assert!(code(NOW.plus(120)).redeem(&request, false, NOW).is_ok(), "clocks may differ by so much");
    assert!(code(NOW).redeem(&request, false, NOW).is_ok());
}

#[test]
fn a1_a_refresh_under_a_clock_ahead_leaves_the_family_alive_and_no_younger_than_it_is() {
    let mut story = Story::new(NOW, NOW);
    let rotated = Story::new(NOW, AHEAD).grant.refresh;
    story.token =
        RefreshToken::generate(story.user.id, story.grant.id, &RefreshTagKey::new(&[7; 32]), &mut OsRng);
    story.grant.refresh = rotated.map(|state| RefreshState { current: story.token.hash(), ..state });
    assert_eq!(story.refresh(NOW.plus(60)), Ok(RefreshDecision::Rotate));
    story.session.last_seen_at = AHEAD;
    assert_eq!(story.refresh(NOW.plus(60)), Ok(RefreshDecision::Rotate), "the session is used as well");
    assert!(story.refresh(NOW.plus(REFRESH.absolute)).is_err(), "the end of the family stays where it was");
}

#[test]
fn a1_a_grant_of_a_clock_ahead_outlives_no_mark_that_is_set_when_it_is_right() {
    let mut story = Story::new(NOW, AHEAD);
    story.user.not_before = NOW.plus(30);
    assert!(story.refresh(NOW.plus(60)).is_err());
    let client_marked = Story::new(NOW, AHEAD);
    assert!(!client_marked.grant.is_alive(&client_marked.client, NOW.plus(60)));
}

#[test]
fn s42_a_demand_that_was_raised_counts_for_what_was_given_before() {
    let mut story = Story::new(NOW, NOW);
    assert_eq!(story.refresh(NOW.plus(1)), Ok(RefreshDecision::Rotate));
    story.client.metadata.required_acr = Acr::parse("2");
    assert_eq!(story.refresh(NOW.plus(1)), Err(RefreshRefusal::TooWeak));
    // A spent token is told as such all the same, for it ends the family.
    story.grant.refresh =
        story.grant.refresh.map(|state| state.rotate(hash(9), String::new(), NOW).successor);
    assert_eq!(story.refresh(NOW.plus(11)), Err(RefreshRefusal::Reused));
    story.client.metadata.required_acr = None;
    story.user.second_factor.is_required = true;
    assert_eq!(story.refresh(NOW.plus(1)), Err(RefreshRefusal::TooWeak));
    story.grant.proofs = story.grant.proofs.and(Proof { factor: Factor::Totp, at: NOW });
    assert!(matches!(story.refresh(NOW.plus(1)), Ok(RefreshDecision::SameSuccessor { .. })));
}

#[test]
fn m10_a_person_who_may_not_sign_in_there_any_more_refreshes_nothing() {
    let mut story = Story::new(NOW.plus(-60), NOW.plus(-60));
    assert_eq!(story.refresh(NOW), Ok(RefreshDecision::Rotate));
    story.client.metadata.allowed_roles.push("shop:editor".parse().unwrap());
    assert_eq!(story.refresh(NOW), Err(RefreshRefusal::NotAdmitted));
}
