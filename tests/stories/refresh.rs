//! Refreshing (RFC 6749 6, RFC 9700 4.14): what a refresh token is good for, for whom, and for how long. What
//! happens when several refresh at once is in `refresh_race`.

use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt};

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
const DAY: i64 = 24 * 60 * 60;

async fn refresh_for(story: &SignedIn, token: &str, scope: &str) -> TokenAnswer {
    story
        .idp
        .post_as(
            &story.site,
            "/token",
            &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)],
        )
        .await
}

#[tokio::test]
async fn z01_each_client_on_a_device_refreshes_its_own() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let other = ClientSpec::public("site-b");
    idp.add_client(&other).await;
    let code = story.browser.open(idp.authorize_url(&other, &[])).await.redirect_param("code").unwrap();
    let tokens_b = idp.redeem(&other, &code).await;
    let (mut a, mut b) = (story.refresh_token().to_owned(), tokens_b.text("refresh_token").to_owned());
    for _ in 0..3 {
        let (refreshed_a, refreshed_b) = (idp.refresh(site, &a).await, idp.refresh(&other, &b).await);
        assert_eq!((refreshed_a.status, refreshed_b.status), (200, 200));
        (a, b) = (refreshed_a.text("refresh_token").to_owned(), refreshed_b.text("refresh_token").to_owned());
        idp.clock.advance(60);
    }
    // Nor does signing in a second time at the same site take the first grant away.
    let again = story.grant().await;
    assert_eq!(idp.refresh(site, again.text("refresh_token")).await.status, 200);
    assert_eq!(idp.refresh(site, &a).await.status, 200);
}

#[tokio::test]
async fn z06_an_access_token_is_no_refresh_token_nor_the_other_way_round() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    assert_eq!(idp.refresh(site, story.access_token()).await.refusal(), INVALID_GRANT);
    assert_eq!(idp.refresh(site, story.id_token()).await.refusal(), INVALID_GRANT);
    assert_eq!(idp.userinfo(story.refresh_token()).await.refusal(), (401, "invalid_token"));
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn z13_a_family_ends_however_often_it_is_refreshed() {
    let hours = 48;
    let idp =
        TestIdp::start_with(|config| config.token.refresh_absolute = format!("{hours}h").parse().unwrap())
            .await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let mut token = story.refresh_token().to_owned();
    for hour in 1..hours {
        idp.clock.advance(3600);
        let answer = idp.refresh(site, &token).await;
        assert_eq!(answer.status, 200, "hour {hour}");
        let left = (hours - hour) * 3600;
        assert!(
            answer.body["expires_in"].as_i64().unwrap() <= left,
            "an access token does not outlive its family"
        );
        token = answer.text("refresh_token").to_owned();
    }
    idp.clock.advance(3599);
    let last = idp.refresh(site, &token).await;
    assert_eq!((last.status, last.body["expires_in"].as_i64()), (200, Some(1)));
    idp.clock.advance(1);
    assert_eq!(idp.refresh(site, last.text("refresh_token")).await.refusal(), INVALID_GRANT);
    assert_eq!(idp.userinfo(last.text("access_token")).await.status, 401);
}

#[tokio::test]
async fn s40_a_spent_token_ends_its_family() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let bystander = story.grant().await;
    // The successor was used; or it was not, but the window is over; or the token is many generations old.
    for (generations, pause) in [(2, 0), (2, 5), (1, 10), (1, 11), (1, 3600), (5, 0), (5, 100)] {
        let first = story.grant().await;
        let mut chain = vec![first];
        for _ in 0..generations {
            let answer = idp.refresh(site, chain.last().unwrap().text("refresh_token")).await;
            assert_eq!(answer.status, 200);
            chain.push(answer);
        }
        let newest = chain.last().unwrap();
        assert_eq!(idp.userinfo(newest.text("access_token")).await.status, 200);
        idp.clock.advance(pause);
        let replay = idp.refresh(site, chain[0].text("refresh_token")).await;
        assert_eq!(replay.refusal(), INVALID_GRANT, "{generations} later, after {pause} s");
        for tokens in &chain {
            assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.refusal(), INVALID_GRANT);
            assert_eq!(idp.userinfo(tokens.text("access_token")).await.refusal(), (401, "invalid_token"));
            assert!(!idp.is_active(site, tokens.text("access_token")).await);
        }
    }
    // A family at the same client, and the session, live on.
    assert_eq!(idp.refresh(site, bystander.text("refresh_token")).await.status, 200);
    assert_eq!(story.grant().await.status, 200);
}

#[tokio::test]
async fn s41_a_refresh_token_serves_its_own_client_only() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let (other, public) = (ClientSpec::confidential("site-b"), ClientSpec::public("public"));
    for thief in [&other, &public] {
        idp.add_client(thief).await;
        assert_eq!(idp.refresh(thief, story.refresh_token()).await.refusal(), INVALID_GRANT);
    }
    let nobody = ClientSpec { secret: None, ..site.clone() };
    assert_eq!(idp.refresh(&nobody, story.refresh_token()).await.refusal(), (401, "invalid_client"));
    // Nothing of that ended the family; nor does a spent token in the wrong hands.
    let next = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(next.status, 200);
    idp.clock.advance(60);
    assert_eq!(idp.refresh(&other, story.refresh_token()).await.refusal(), INVALID_GRANT);
    assert_eq!(idp.refresh(site, next.text("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn s41_refreshing_never_widens_the_scope() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let scope = "openid email read";
    let tokens = story.idp.redeem(&story.site, &story.code_with(&[("scope", scope)]).await).await;
    let mut token = tokens.text("refresh_token").to_owned();
    for wider in [
        "openid email read write",
        "profile",
        "openid profile",
        "admin",
        "*",
        "openid  email",
        "OPENID",
        "openid\u{0}",
        "offline_access",
    ] {
        assert_eq!(refresh_for(&story, &token, wider).await.refusal(), (400, "invalid_scope"), "{wider}");
    }
    // Asking for less narrows that access token; the grant stays what it was (RFC 6749 6), and never more.
    for (asked, granted) in [
        ("read", "read"),
        ("openid email", "openid email"),
        ("", scope),
        ("read openid", "read openid"),
        (scope, scope),
    ] {
        let answer = refresh_for(&story, &token, asked).await;
        assert_eq!((answer.status, answer.text("scope")), (200, granted));
        let claims = jwt::claims(answer.text("access_token"));
        assert_eq!(claims["scope"], granted);
        assert_eq!(
            claims["aud"].to_string().contains(&story.idp.issuer),
            granted.contains("openid"),
            "userinfo needs openid"
        );
        assert_eq!(
            refresh_for(&story, answer.text("refresh_token"), "write").await.refusal(),
            (400, "invalid_scope")
        );
        // Neither does a repeat inside the window.
        assert_eq!(refresh_for(&story, &token, "openid write").await.refusal(), (400, "invalid_scope"));
        token = answer.text("refresh_token").to_owned();
    }
}

#[tokio::test]
async fn s42_what_the_grant_rests_on_ends_it_at_once() {
    for (case, refusal) in [
        ("disabled user", INVALID_GRANT),
        ("changed password", INVALID_GRANT),
        ("ended session", INVALID_GRANT),
        ("logged out", INVALID_GRANT),
        ("deleted client", (401, "invalid_client")),
    ] {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let (idp, site) = (&story.idp, &story.site);
        // One more generation, so that the window of a predecessor is open too.
        let newest = idp.refresh(site, story.refresh_token()).await;
        let hash = idp
            .app
            .hashing
            .hash(&WorkOf::operator(), idp_tests::typed("another battery staple"))
            .await
            .unwrap();
        let sid = jwt::claims(story.id_token())["sid"].as_str().unwrap().parse().unwrap();
        let target = match case {
            "disabled user" => Some((Target::DisabledUser(story.alice), EndCause::UserDisabled)),
            "changed password" => {
                Some((Target::Password { user: story.alice, hash }, EndCause::PasswordChanged))
            }
            "ended session" => Some((Target::Session(sid), EndCause::Administrator)),
            "deleted client" => {
                Some((Target::Client { id: site.client.id.clone(), seen: None }, EndCause::ClientRemoved))
            }
            _ => None,
        };
        match target {
            Some((target, cause)) => {
                assert!(
                    idp.app
                        .store
                        .revoke(target, cause, AuditContext::default(), idp.clock.now())
                        .await
                        .unwrap()
                )
            }
            None => {
                let out = story
                    .browser
                    .open(idp.url(&format!("/end-session?id_token_hint={}", story.id_token())))
                    .await;
                assert_eq!(out.status, 303);
            }
        }
        for token in [newest.text("refresh_token"), story.refresh_token()] {
            assert_eq!(idp.refresh(site, token).await.refusal(), refusal, "{case}");
        }
        for tokens in [&newest, &story.tokens] {
            assert_eq!(
                idp.userinfo(tokens.text("access_token")).await.refusal(),
                (401, "invalid_token"),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn s42_a_client_that_takes_over_the_name_of_a_deleted_one_inherits_nothing() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let (target, now) = (Target::Client { id: site.client.id.clone(), seen: None }, idp.clock.now());
    assert!(
        idp.app.store.revoke(target, EndCause::ClientRemoved, AuditContext::default(), now).await.unwrap()
    );
    idp.clock.advance(1);
    let mut heir = site.clone();
    heir.client.created_at = idp.clock.now();
    heir.client.not_before = idp.clock.now();
    idp.add_client(&heir).await;
    assert_eq!(idp.refresh(&heir, story.refresh_token()).await.refusal(), INVALID_GRANT);
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
}

#[tokio::test]
async fn s43_only_the_very_token_refreshes_and_guesses_end_nothing() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    idp.add_user("bob").await;
    let bobs = idp.browser().sign_in_for_tokens(idp, site, "bob").await;
    let token = story.refresh_token();
    let mut guesses = jwt::damaged(token);
    let (own, other): (Vec<&str>, Vec<&str>) =
        (token.split('.').collect(), bobs.text("refresh_token").split('.').collect());
    // Every mixture of Alice's token and Bob's: user, grant, secret, tag.
    for mixture in 1..15_u32 {
        let part = |place: usize| if mixture & (1 << (place - 1)) == 0 { own[place] } else { other[place] };
        guesses.push(format!("rt.{}.{}.{}.{}", part(1), part(2), part(3), part(4)));
    }
    for place in 1..own.len() {
        let mut parts = own.clone();
        let flipped = if parts[place].starts_with('A') {
            parts[place].replacen('A', "B", 1)
        } else {
            format!("A{}", &parts[place][1..])
        };
        parts[place] = &flipped;
        guesses.push(parts.join("."));
        // The same bytes in another base64 spelling: padded, standard alphabet, loose last bits.
        let last = *own[place].as_bytes().last().unwrap();
        let loose = format!("{}{}", &own[place][..own[place].len() - 1], char::from(last + 1));
        for spelling in [format!("{}=", own[place]), own[place].replace('-', "+").replace('_', "/"), loose] {
            let mut parts = own.clone();
            parts[place] = &spelling;
            guesses.push(parts.join("."));
        }
    }
    guesses.extend([
        "rt....".to_owned(),
        "rt".into(),
        "rt.x.y.z.t".into(),
        "x".repeat(5000),
        "' OR 1=1".into(),
    ]);
    for guess in guesses.iter().filter(|guess| *guess != token) {
        assert_eq!(idp.refresh(site, guess).await.refusal(), INVALID_GRANT, "{guess:?}");
        assert_eq!(idp.post_as(site, "/revoke", &[("token", guess)]).await.status, 200, "{guess:?}");
    }
    assert_eq!(idp.refresh(site, token).await.status, 200);
    assert_eq!(idp.refresh(site, bobs.text("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn s44_idle_and_absolute_ends_are_exact_to_the_second() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for (wait, good) in [(3 * DAY - 1, true), (3 * DAY, false), (3 * DAY + 1, false)] {
        let browser = idp.browser();
        let tokens = browser.sign_in_for_tokens(idp, site, "alice").await;
        // Refreshed half a minute later: the idle time counts from there, to the second.
        idp.clock.advance(31);
        let tokens = idp.refresh(site, tokens.text("refresh_token")).await;
        idp.clock.advance(wait);
        let answer = idp.refresh(site, tokens.text("refresh_token")).await;
        assert_eq!(answer.status == 200, good, "{wait}: {answer:?}");
        assert!(good || answer.refusal() == INVALID_GRANT);
    }
    // Used every two days; its sign-in is thirty days old.
    for (wait, good) in [(2 * DAY - 1, true), (2 * DAY, false)] {
        let mut tokens = idp.browser().sign_in_for_tokens(idp, site, "alice").await;
        for _ in 0..14 {
            idp.clock.advance(2 * DAY);
            tokens = idp.refresh(site, tokens.text("refresh_token")).await;
            assert_eq!(tokens.status, 200);
        }
        idp.clock.advance(wait);
        assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.status == 200, good, "{wait}");
    }
}

#[tokio::test]
async fn s44_refreshing_does_not_move_auth_time() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let first = jwt::claims(story.access_token());
    let mut token = story.refresh_token().to_owned();
    for _ in 0..3 {
        idp.clock.advance(1000);
        let answer = idp.refresh(site, &token).await;
        let claims = jwt::claims(answer.text("access_token"));
        for name in ["auth_time", "sub", "sid", "acr", "amr", "client_id", "aud", "iss"] {
            assert_eq!(claims[name], first[name], "{name}");
        }
        assert_eq!(claims["iat"], idp.now());
        assert_ne!(claims["jti"], first["jti"]);
        token = answer.text("refresh_token").to_owned();
    }
}

#[tokio::test]
async fn s108_a_clock_that_jumps_lengthens_nothing() {
    const TWO_HOURS: i64 = 2 * 60 * 60;
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for jump in [TWO_HOURS, -TWO_HOURS] {
        let (code, tokens) = (story.code().await, story.grant().await);
        let refreshed = idp.refresh(site, tokens.text("refresh_token")).await;
        idp.clock.advance(jump);
        assert_eq!(
            idp.redeem(site, &code).await.refusal(),
            INVALID_GRANT,
            "a code does not live for two hours"
        );
        for path in ["/.well-known/openid-configuration", "/jwks", "/health/ready"] {
            assert_eq!(idp.send(idp.http.get(idp.url(path))).await.status, 200, "{path}");
        }
        for token in [tokens.text("access_token"), refreshed.text("access_token")] {
            assert_eq!(idp.userinfo(token).await.status, 401, "expired, or not valid yet");
            assert!(!idp.is_active(site, token).await);
        }
        assert_eq!(
            idp.refresh(site, tokens.text("refresh_token")).await.refusal(),
            INVALID_GRANT,
            "the window is not open for two hours"
        );
        idp.clock.advance(-jump);
    }
    // Nodes may disagree by some seconds.
    for skew in [-5, 5] {
        let code = story.code().await;
        idp.clock.advance(skew);
        let tokens = idp.redeem(site, &code).await;
        assert_eq!(tokens.status, 200);
        idp.clock.advance(-skew);
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200, "{skew}");
        assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.status, 200, "{skew}");
    }
}
