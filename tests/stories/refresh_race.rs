//! Many requests refresh at once: racers with the same token get the same successor, a thief's replay ends
//! the family, and nothing is alive after a revocation was confirmed.

use futures_util::future::{join, join_all};
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{Browser, ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt};
use std::collections::BTreeSet;
use uuid::Uuid;

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

async fn race(story: &SignedIn, token: &str, racers: usize) -> Vec<TokenAnswer> {
    join_all((0..racers).map(|_| story.idp.refresh(&story.site, token))).await
}

/// The one successor that all of them got, each with an access token of the same grant.
#[track_caller]
fn one_successor(answers: &[TokenAnswer], why: &str) -> String {
    for answer in answers {
        assert_eq!(answer.status, 200, "{why}: {answer:?}");
    }
    let grants: BTreeSet<Uuid> = answers.iter().map(grant_id).collect();
    assert_eq!(grants.len(), 1, "{why}: several grants");
    let successors: BTreeSet<&str> = answers.iter().map(|answer| answer.text("refresh_token")).collect();
    assert_eq!(successors.len(), 1, "{why}: several successors");
    successors.into_iter().next().unwrap().to_owned()
}

fn grant_id(tokens: &TokenAnswer) -> Uuid {
    let jti = jwt::claims(tokens.text("access_token"))["jti"].as_str().unwrap().to_owned();
    idp_core::token::TokenId::parse(&jti).unwrap().grant().unwrap()
}

async fn grant_of(story: &SignedIn, tokens: &TokenAnswer) -> idp_core::grant::Grant {
    let id = grant_id(tokens);
    story.idp.app.store.grant(id, story.idp.app.now()).await.unwrap().unwrap().grant
}

#[tokio::test]
async fn z05_s46_racers_with_one_token_get_one_successor() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let mut token = story.refresh_token().to_owned();
    for trial in 0..200 {
        let racers = 2 + trial % 5;
        let answers = race(&story, &token, racers).await;
        token = one_successor(&answers, &format!("trial {trial}"));
    }
    // At rest: one family, two hundred generations on, alive, and one live leaf.
    let grant = grant_of(&story, &story.tokens).await;
    assert_eq!((grant.refresh.unwrap().generation, grant.ended), (200, None));
    story.idp.clock.advance(11);
    assert_eq!(story.idp.refresh(&story.site, &token).await.status, 200);
}

#[tokio::test]
async fn s46_fifty_racers_get_one_successor_and_a_replay_after_the_window_ends_the_family() {
    let story = SignedIn::at(ClientSpec::public("site-a")).await;
    let idp = &story.idp;
    for trial in 0..12 {
        let first = story.grant().await;
        let answers = race(&story, first.text("refresh_token"), 50).await;
        let successor = one_successor(&answers, &format!("trial {trial}"));
        assert_eq!(grant_of(&story, &first).await.refresh.unwrap().generation, 1);
        if trial % 2 == 0 {
            // Fifty at once outside the window: fifty refusals, and the family is dead.
            idp.clock.advance(10);
            for answer in race(&story, first.text("refresh_token"), 50).await {
                assert_eq!(answer.refusal(), INVALID_GRANT, "trial {trial}");
            }
        } else {
            // The thief comes inside the window, but after the successor was used.
            assert_eq!(idp.refresh(&story.site, &successor).await.status, 200);
            assert_eq!(idp.refresh(&story.site, first.text("refresh_token")).await.refusal(), INVALID_GRANT);
        }
        assert_eq!(idp.refresh(&story.site, &successor).await.refusal(), INVALID_GRANT, "trial {trial}");
        assert_eq!(idp.userinfo(answers[0].text("access_token")).await.status, 401, "trial {trial}");
        assert_eq!(grant_of(&story, &first).await.ended.unwrap().cause, EndCause::RefreshReuse);
    }
}

#[tokio::test]
async fn s46_the_token_and_its_successor_raced_against_each_other() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for trial in 0..60 {
        let first = story.grant().await;
        let next = idp.refresh(site, first.text("refresh_token")).await;
        let (late, early) = join(
            idp.refresh(site, first.text("refresh_token")),
            idp.refresh(site, next.text("refresh_token")),
        )
        .await;
        // Either the repeat came in time and got the same successor, or it came too late and ended the family.
        match late.status {
            200 => assert_eq!(
                (late.text("refresh_token"), early.status),
                (next.text("refresh_token"), 200),
                "trial {trial}"
            ),
            _ => {
                assert_eq!(late.refusal(), INVALID_GRANT, "trial {trial}");
                let newest = if early.status == 200 {
                    early.text("refresh_token")
                } else {
                    next.text("refresh_token")
                };
                assert_eq!(idp.refresh(site, newest).await.refusal(), INVALID_GRANT, "trial {trial}");
            }
        }
    }
}

#[tokio::test]
async fn s47_an_answer_that_got_lost_is_given_again() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let mut token = story.refresh_token().to_owned();
    for pause in [0, 1, 5, 9] {
        let lost = idp.refresh(site, &token).await;
        idp.clock.advance(pause);
        let again = idp.refresh(site, &token).await;
        assert_eq!(
            one_successor(&[lost, again], "repeated"),
            idp.refresh(site, &token).await.text("refresh_token")
        );
        let again = idp.refresh(site, &token).await;
        assert_eq!(again.body["expires_in"], 1800);
        assert_eq!(idp.userinfo(again.text("access_token")).await.status, 200);
        token = again.text("refresh_token").to_owned();
    }
    // The successor survives a restart: the database has it, sealed under the token that was presented.
    let lost = idp.refresh(site, &token).await;
    let SignedIn { idp, site, .. } = story;
    let (port, clock) = (idp.address.port(), idp.clock.clone());
    let restarted = TestIdp::start_in(idp.stop().await, clock, port, |_| {}).await;
    one_successor(&[lost, restarted.refresh(&site, &token).await], "after a restart");
}

/// What ends everything, and races with a refresh.
#[derive(Copy, Clone, Debug)]
enum Ending {
    Revocation,
    LogOut,
    PasswordChange,
    Disabling,
}

impl Ending {
    async fn carry_out(
        self,
        story: &SignedIn,
        user: Uuid,
        browser: &Browser,
        tokens: &TokenAnswer,
        hash: &str,
    ) {
        let (idp, now) = (&story.idp, story.idp.clock.now());
        let by = |target, cause| idp.app.store.revoke(target, cause, AuditContext::default(), now);
        match self {
            Self::Revocation => {
                let form = [("token", tokens.text("refresh_token"))];
                assert_eq!(idp.post_as(&story.site, "/revoke", &form).await.status, 200);
            }
            Self::LogOut => {
                let url = idp.url(&format!("/end-session?id_token_hint={}", tokens.text("id_token")));
                assert_eq!(browser.open(url).await.status, 303);
            }
            Self::PasswordChange => {
                let target = Target::Password { user, hash: hash.to_owned() };
                assert!(by(target, EndCause::PasswordChanged).await.unwrap());
            }
            Self::Disabling => {
                assert!(by(Target::DisabledUser(user), EndCause::UserDisabled).await.unwrap());
            }
        }
    }
}

#[tokio::test]
async fn s48_nothing_is_alive_after_an_ending_was_confirmed() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let hash =
        idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed(idp_tests::PASSWORD)).await.unwrap();
    for trial in 0..200 {
        let ending =
            [Ending::Revocation, Ending::LogOut, Ending::PasswordChange, Ending::Disabling][trial % 4];
        let (user, browser) = match ending {
            Ending::Disabling => (idp.add_user(&format!("user-{trial}")).await, idp.browser()),
            _ => (story.alice, idp.browser()),
        };
        let name =
            if matches!(ending, Ending::Disabling) { format!("user-{trial}") } else { "alice".to_owned() };
        let tokens = browser.sign_in_for_tokens(idp, site, &name).await;
        let token = tokens.text("refresh_token");
        // A code that is on its way races too.
        let code = browser.open(idp.authorize_url(site, &[])).await.redirect_param("code").unwrap();
        let end = async {
            for _ in 0..trial % 3 {
                tokio::task::yield_now().await;
            }
            ending.carry_out(&story, user, &browser, &tokens, &hash).await;
        };
        let racers = async { join(race(&story, token, 3), idp.redeem(site, &code)).await };
        let (_, (mut answers, redeemed)) = join(end, racers).await;
        if !matches!(ending, Ending::Revocation) {
            answers.push(redeemed);
        }
        assert!(answers.iter().all(|answer| [200, 400].contains(&answer.status)), "{answers:?}");
        let known = answers.iter().filter(|answer| answer.status == 200).chain([&tokens]);
        for alive in known {
            assert_eq!(
                idp.refresh(site, alive.text("refresh_token")).await.refusal(),
                INVALID_GRANT,
                "{ending:?}, trial {trial}"
            );
            assert_eq!(
                idp.userinfo(alive.text("access_token")).await.refusal(),
                (401, "invalid_token"),
                "{ending:?}, trial {trial}"
            );
            assert!(!idp.is_active(site, alive.text("access_token")).await, "{ending:?}, trial {trial}");
        }
    }
}
