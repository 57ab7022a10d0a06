//! Redeeming an authorization code (RFC 6749 4.1.3, RFC 7636 4.6): once, in time, by the client and for the
//! redirect URI it was issued to, with the verifier behind its challenge.

use futures_util::future::join_all;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt, pkce};

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

/// Redeems `code` with changes to the form; an empty value takes a field away.
async fn redeem_with(story: &SignedIn, code: &str, changes: &[(&str, &str)]) -> TokenAnswer {
    redeem_at(story, &story.site, code, changes).await
}

/// The same by another client, which saw the whole request.
async fn redeem_at(
    story: &SignedIn,
    client: &ClientSpec,
    code: &str,
    changes: &[(&str, &str)],
) -> TokenAnswer {
    let good = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", story.site.redirect_uri()),
        ("code_verifier", pkce::VERIFIER),
    ];
    let kept = good.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let form: Vec<_> = kept.chain(changes).copied().filter(|(_, value)| !value.is_empty()).collect();
    story.idp.post_as(client, "/token", &form).await
}

/// How many replays are on record.
async fn replays(idp: &TestIdp) -> i64 {
    idp.db.read(|connection| audit_events::count(connection, AuditEvent::CodeReplayed)).await.unwrap()
}

#[tokio::test]
async fn s13_the_verifier_must_be_the_one_behind_the_challenge() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let code = story.code().await;
    let long = pkce::VERIFIER.repeat(3);
    let lower = pkce::VERIFIER.to_lowercase();
    let (spaced, padded) = (format!("{} ", pkce::VERIFIER), format!("{}=", pkce::VERIFIER));
    for verifier in [
        "",
        "x",
        &pkce::VERIFIER[..42],
        &long[..128],
        &long[..129],
        &lower,
        &spaced,
        &padded,
        pkce::CHALLENGE,
        &"A".repeat(43),
        "ä",
        "\0",
    ] {
        let answer = redeem_with(&story, &code, &[("code_verifier", verifier)]).await;
        assert_eq!(answer.refusal(), INVALID_GRANT, "{verifier:?}");
        assert!(
            answer.body.get("access_token").is_none() && answer.header("cache-control").contains("no-store")
        );
    }
    // None of these spent the code.
    assert_eq!(redeem_with(&story, &code, &[]).await.status, 200);
}

#[tokio::test]
async fn s13_a_verifier_without_a_challenge_is_refused_too() {
    let mut lenient = ClientSpec::confidential("site-a");
    lenient.client.metadata.require_pkce = false;
    let story = SignedIn::at(lenient).await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = story.code_with(&without).await;
    // PKCE was stripped on the way to us: the site, which believes in it, must notice.
    assert_eq!(redeem_with(&story, &code, &[]).await.refusal(), INVALID_GRANT);
    assert_eq!(redeem_with(&story, &code, &[("code_verifier", "")]).await.status, 200);
    // And a code with a challenge is worth nothing without its verifier, even for a client that need not use PKCE.
    let code = story.code().await;
    assert_eq!(redeem_with(&story, &code, &[("code_verifier", "")]).await.refusal(), INVALID_GRANT);
}

#[tokio::test]
async fn s14_only_the_very_code_for_the_very_request_is_redeemed() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, other, public) = (&story.idp, ClientSpec::confidential("site-b"), ClientSpec::public("public"));
    for client in [&other, &public] {
        idp.add_client(client).await;
    }
    let code = story.code().await;
    for client in [&other, &public] {
        for uri in [story.site.redirect_uri(), client.redirect_uri()] {
            let form = [
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", uri),
                ("code_verifier", pkce::VERIFIER),
            ];
            assert_eq!(
                idp.post_as(client, "/token", &form).await.refusal(),
                INVALID_GRANT,
                "{}",
                client.id()
            );
        }
    }
    for uri in [
        "",
        "https://site-a.example/callback/",
        "https://site-a.example/callback?",
        "https://site-a.example/CALLBACK",
        "https://evil.example/",
        "https://site-b.example/callback",
    ] {
        assert_eq!(
            redeem_with(&story, &code, &[("redirect_uri", uri)]).await.refusal(),
            INVALID_GRANT,
            "{uri}"
        );
    }
    for other in jwt::damaged(&code) {
        assert_eq!(redeem_with(&story, &other, &[]).await.refusal(), INVALID_GRANT, "{other:?}");
    }
    for other in ["x", "ac.", "ac.x", "null", "' OR '1'='1", "../../etc/passwd", &"a".repeat(5000)] {
        assert_eq!(redeem_with(&story, other, &[]).await.refusal(), INVALID_GRANT, "{other:?}");
    }
    assert_eq!(redeem_with(&story, "", &[]).await.refusal(), (400, "invalid_request"));
    assert_eq!(redeem_with(&story, &code, &[]).await.status, 200, "none of these spent the code");
}

#[tokio::test]
async fn s14_a_code_lives_for_sixty_seconds() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    for (age, good) in [(0, true), (59, true), (60, false), (61, false), (3600, false)] {
        let code = story.code().await;
        story.idp.clock.advance(age);
        let answer = redeem_with(&story, &code, &[]).await;
        assert_eq!(answer.status == 200, good, "{age} s: {answer:?}");
        assert!(good || answer.refusal() == INVALID_GRANT, "{age} s");
    }
}

#[tokio::test]
async fn s14_a_code_of_a_session_that_is_over_is_refused() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let code = story.code().await;
    let out =
        story.browser.open(story.idp.url(&format!("/end-session?id_token_hint={}", story.id_token()))).await;
    assert_eq!(out.status, 303);
    assert_eq!(redeem_with(&story, &code, &[]).await.refusal(), INVALID_GRANT);
}

#[tokio::test]
async fn s15_a_code_that_comes_twice_ends_what_it_opened() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for pause in [0, 1, 30, 59, 61, 600] {
        let code = story.code().await;
        let first = idp.redeem(site, &code).await;
        assert_eq!(first.status, 200);
        let refreshed = idp.refresh(site, first.text("refresh_token")).await;
        idp.clock.advance(pause);
        let second = idp.redeem(site, &code).await;
        assert_eq!(second.refusal(), INVALID_GRANT, "{pause} s");
        for tokens in [&first, &refreshed] {
            assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 401, "{pause} s");
            assert!(!idp.is_active(site, tokens.text("access_token")).await, "{pause} s");
            assert_eq!(
                idp.refresh(site, tokens.text("refresh_token")).await.refusal(),
                INVALID_GRANT,
                "{pause} s"
            );
        }
        assert_eq!(idp.redeem(site, &code).await.refusal(), INVALID_GRANT);
    }
    // Alice's other grants and her session are untouched.
    let first = &story.tokens;
    assert_eq!(idp.userinfo(first.text("access_token")).await.status, 200);
    assert_eq!(story.grant().await.status, 200);
}

/// A spent callback address lies in a history, a log or a `Referer`. Another browser brings it to the site, which
/// vouches for it with its own secret; what it cannot bring is the verifier of the browser that began.
#[tokio::test]
async fn a4_a_replay_without_the_rest_of_its_request_is_refused_and_recorded_and_ends_nothing() {
    for spec in [ClientSpec::confidential("site-a"), ClientSpec::public("app")] {
        let story = SignedIn::at(spec).await;
        let (idp, site) = (&story.idp, &story.site);
        let (code, other) = (story.code().await, story.code().await);
        let tokens = idp.redeem(site, &code).await;
        assert_eq!(tokens.status, 200);
        for (wrong, value) in [
            ("code_verifier", "another-browsers-verifier-of-the-right-length-0123456789"),
            ("code_verifier", ""),
            ("redirect_uri", "https://a.example/auth/callback?x"),
            ("redirect_uri", ""),
        ] {
            let replay = redeem_with(&story, &code, &[(wrong, value)]).await;
            assert_eq!(replay.refusal(), INVALID_GRANT, "{wrong}={value}");
            assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200, "{wrong}={value}");
        }
        assert_eq!(replays(idp).await, 4);
        assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.status, 200);
        // A wrong guess spends no code, and is no replay.
        assert_eq!(redeem_with(&story, &other, &[("code_verifier", "wrong")]).await.refusal(), INVALID_GRANT);
        assert_eq!(idp.redeem(site, &other).await.status, 200);
        assert_eq!(replays(idp).await, 4);
        // With everything right, two hold the code: the grant ends.
        assert_eq!(idp.redeem(site, &code).await.refusal(), INVALID_GRANT);
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(replays(idp).await, 4);
    }
}

/// The third thing that a replay lacks is the client: that is recorded too, and ends nothing.
#[tokio::test]
async fn a4_a_spent_code_at_another_client_ends_nothing_and_is_recorded() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    for (number, other) in
        [ClientSpec::confidential("site-b"), ClientSpec::public("app")].into_iter().enumerate()
    {
        idp.add_client(&other).await;
        let code = story.code().await;
        let tokens = idp.redeem(&story.site, &code).await;
        assert_eq!(redeem_at(&story, &other, &code, &[]).await.refusal(), INVALID_GRANT);
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200, "{}", other.id());
        assert_eq!(replays(idp).await, number as i64 + 1, "{}", other.id());
    }
}

#[tokio::test]
async fn s15_another_client_cannot_end_a_grant_with_a_code_it_saw() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, other) = (&story.idp, ClientSpec::confidential("site-b"));
    idp.add_client(&other).await;
    let code = story.code().await;
    let tokens = idp.redeem(&story.site, &code).await;
    assert_eq!(redeem_at(&story, &other, &code, &[]).await.refusal(), INVALID_GRANT);
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn s16_of_many_that_redeem_one_code_exactly_one_gets_tokens() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    for trial in 0..200 {
        let racers = if trial % 40 == 39 { 50 } else { 2 + trial % 4 };
        let code = story.code().await;
        let answers = join_all((0..racers).map(|_| idp.redeem(site, &code))).await;
        let winners: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(
            winners.len(),
            1,
            "trial {trial}: {:?}",
            answers.iter().map(TokenAnswer::refusal).collect::<Vec<_>>()
        );
        let losers = answers.iter().filter(|answer| answer.status != 200);
        for loser in losers {
            assert_eq!(loser.refusal(), INVALID_GRANT, "trial {trial}");
        }
        if trial % 20 == 0 {
            assert_eq!(
                idp.userinfo(winners[0].text("access_token")).await.status,
                401,
                "two hold the code: neither is served"
            );
        }
    }
}

#[tokio::test]
async fn s95_a_secret_of_one_kind_opens_nothing_of_another() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let code = story.code().await;
    let cookies = story.browser.cookies("idp.localhost");
    let page = idp.browser().visit(idp.authorize_url(site, &[])).await;
    let mut secrets = vec![
        ("code", code.clone()),
        ("refresh token", story.refresh_token().to_owned()),
        ("access token", story.access_token().to_owned()),
        ("ID token", story.id_token().to_owned()),
        ("client secret", site.secret.clone().unwrap()),
        ("csrf", page.input("csrf")),
        ("tx", page.input("tx")),
    ];
    secrets.extend(cookies.iter().map(|(name, value, _)| (name.as_str(), value.clone())));
    assert!(secrets.len() >= 10, "session, browser and device cookies are among them");
    for (kind, secret) in &secrets {
        opens_only_its_own(&story, kind, secret, kind).await;
        // The random part under another label must not help either.
        let tail = secret.split_once('.').map_or(secret.as_str(), |(_, tail)| tail);
        for text in ["ac", "rt", "se", "cs"].map(|label| format!("{label}.{tail}")) {
            let own = if text == *secret { kind } else { "nothing" };
            opens_only_its_own(&story, kind, &text, own).await;
        }
    }
    // All of them are still good for what they are.
    assert_eq!(idp.redeem(site, &code).await.status, 200);
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200);
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200);
    assert_eq!(story.grant().await.status, 200);
}

/// Presents `text`, made from a secret of `kind`, in every place but its own.
async fn opens_only_its_own(story: &SignedIn, kind: &str, text: &str, own: &str) {
    let (idp, site) = (&story.idp, &story.site);
    if own != "code" {
        assert_eq!(idp.redeem(site, text).await.refusal(), INVALID_GRANT, "{kind} as code");
    }
    if own != "refresh token" {
        assert_eq!(idp.refresh(site, text).await.refusal(), INVALID_GRANT, "{kind} as refresh token");
    }
    if own != "access token" {
        assert_ne!(idp.userinfo(text).await.status, 200, "{kind} as access token");
    }
    if own != "client secret" {
        let imposter = ClientSpec { secret: Some(text.to_owned()), ..site.clone() };
        let refusal = (401, "invalid_client");
        assert_eq!(idp.refresh(&imposter, "x").await.refusal(), refusal, "{kind} as client secret");
    }
    if own != "__Host-idp_session" {
        let browser = idp.browser();
        browser.set_cookie("idp.localhost", "__Host-idp_session", text);
        let error =
            browser.open(idp.authorize_url(site, &[("prompt", "none")])).await.redirect_param("error");
        assert_eq!(error.as_deref(), Some("login_required"), "{kind} as session");
    }
    if !["access token", "refresh token"].contains(&kind) {
        let revoked = idp.post_as(site, "/revoke", &[("token", text)]).await.status;
        assert_eq!(revoked, 200, "{kind} to be revoked");
    }
}
