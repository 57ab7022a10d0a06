//! Giving tokens back (RFC 7009): 200 whether or not there was anything to give back, and only one's own.

use idp_server::db::denied_tokens;
use idp_tests::{ClientSpec, SignedIn, backend, jwt};

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

#[tokio::test]
async fn s28_a_refresh_token_takes_its_family_and_access_tokens_with_it() {
    for (site, hint) in [
        (ClientSpec::confidential("site-a"), ""),
        (ClientSpec::public("site-a"), "refresh_token"),
        (ClientSpec::confidential("site-a"), "access_token"),
        (ClientSpec::public("site-a"), "nonsense"),
    ] {
        let story = SignedIn::at(site).await;
        let (idp, site) = (&story.idp, &story.site);
        let bystander = story.grant().await;
        let newest = idp.refresh(site, story.refresh_token()).await;
        // The holder of an old generation held the family: it ends it as well.
        let given = if hint == "nonsense" { story.refresh_token() } else { newest.text("refresh_token") };
        for _ in 0..2 {
            let answer = idp.post_as(site, "/revoke", &[("token", given), ("token_type_hint", hint)]).await;
            assert_eq!(answer.status, 200, "{hint}");
        }
        for tokens in [&story.tokens, &newest] {
            assert_eq!(
                idp.refresh(site, tokens.text("refresh_token")).await.refusal(),
                INVALID_GRANT,
                "{hint}"
            );
            assert_eq!(
                idp.userinfo(tokens.text("access_token")).await.refusal(),
                (401, "invalid_token"),
                "{hint}"
            );
        }
        assert_eq!(idp.userinfo(bystander.text("access_token")).await.status, 200, "another grant lives on");
        assert_eq!(story.grant().await.status, 200, "and so does the session");
    }
}

#[tokio::test]
async fn s28_an_access_token_goes_alone() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let own = idp.post_as(site, "/token", &[("grant_type", "client_credentials")]).await;
    for (token, hint) in [(story.access_token(), "refresh_token"), (own.text("access_token"), "access_token")]
    {
        assert!(idp.is_active(site, token).await);
        for _ in 0..2 {
            assert_eq!(
                idp.post_as(site, "/revoke", &[("token", token), ("token_type_hint", hint)]).await.status,
                200
            );
        }
        assert!(!idp.is_active(site, token).await);
        assert_eq!(idp.userinfo(token).await.status, 401);
    }
    let next = idp.refresh(site, story.refresh_token()).await;
    assert_eq!((next.status, idp.userinfo(next.text("access_token")).await.status), (200, 200));
}

#[tokio::test]
async fn s28_what_does_not_exist_or_is_not_ones_own_is_left_alone() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let (other, public) = (ClientSpec::confidential("site-b"), ClientSpec::public("public"));
    for client in [&other, &public] {
        idp.add_client(client).await;
    }
    let mut tokens =
        vec![story.access_token().to_owned(), story.refresh_token().to_owned(), story.id_token().to_owned()];
    for client in [&other, &public] {
        for token in &tokens {
            for hint in ["", "access_token", "refresh_token"] {
                let answer =
                    idp.post_as(client, "/revoke", &[("token", token), ("token_type_hint", hint)]).await;
                assert_eq!(answer.status, 200, "{}", client.id());
            }
        }
    }
    tokens.extend(jwt::damaged(story.access_token()));
    tokens.extend(jwt::damaged(story.refresh_token()));
    tokens.extend(["x".to_owned(), "a.b.c".into(), "rt.x.y.z.t".into(), "x".repeat(9000), "ü".into()]);
    for token in tokens.iter().skip(2) {
        assert_eq!(idp.post_as(site, "/revoke", &[("token", token)]).await.status, 200, "{token:?}");
    }
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200);
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200);
    assert_eq!(idp.post_as(site, "/revoke", &[]).await.refusal(), (400, "invalid_request"));
    assert_eq!(idp.post_as(site, "/revoke", &[("token", "")]).await.refusal(), (400, "invalid_request"));
    // A client gives nothing back without proving who it is.
    for fields in [
        vec![("token", story.access_token())],
        vec![("token", story.access_token()), ("client_id", site.id())],
    ] {
        assert_eq!(idp.post("/revoke", &fields).await.refusal(), (401, "invalid_client"));
    }
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200);
}

#[tokio::test]
async fn z04_a_revoked_token_does_not_live_again_in_the_leeway() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let twin = story.grant().await;
    assert_eq!(idp.post_as(site, "/revoke", &[("token", story.access_token())]).await.status, 200);
    let lifetime = 30 * 60;
    for (age, twin_counts) in
        [(lifetime - 1, true), (lifetime, true), (lifetime + 29, true), (lifetime + 30, false)]
    {
        idp.clock.advance(age - (idp.now() - jwt::claims(story.access_token())["iat"].as_i64().unwrap()));
        // What expired by now is forgotten; the denial must not be among it while the token could count.
        let now = idp.clock.now();
        idp.db
            .write(idp_server::db::Locks::installation(), move |connection| {
                denied_tokens::purge(connection, now, 10_000)
            })
            .await
            .unwrap();
        let status = idp.userinfo(twin.text("access_token")).await.status;
        assert_eq!(status == 200, twin_counts, "a twin that was not revoked, at {age} s");
        assert!(!idp.is_active(site, story.access_token()).await, "at {age} s");
        assert_eq!(idp.userinfo(story.access_token()).await.status, 401, "at {age} s");
    }
}

#[tokio::test]
async fn z03_a_token_is_denied_by_its_name_in_whatever_spelling_and_never_stored() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let token = story.access_token().to_owned();
    assert_eq!(idp.post_as(site, "/revoke", &[("token", &token)]).await.status, 200);
    for spelling in [token.clone(), format!("{token}="), format!(" {token}"), token.replace('.', "..")] {
        assert!(!idp.is_active(site, &spelling).await, "{spelling}");
    }
    let signature = token.rsplit('.').next().unwrap();
    for (name, bytes) in backend::at_rest(idp.folder.path()) {
        let found = bytes.windows(signature.len()).any(|window| window == signature.as_bytes());
        assert!(!found, "{name} holds the raw token");
    }
}
