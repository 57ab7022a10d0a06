//! A registration is changed while people are signed in: what rests on a right that was taken away ends at once and
//! does not come back with the right; everything else goes on.

use crate::feed::Reader;
use idp_core::authentication::{Acr, Factor, Proofs};
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::client::{ClientMetadata, ConsentPolicy, GrantType};
use idp_core::grant::Grant;
use idp_core::redirect_uri::RedirectUri;
use idp_core::scope::Scope;
use idp_core::time::UnixTime;
use idp_server::db::{clients, grants, revocations, sites};
use idp_server::directory::DirectoryError;
use idp_server::random;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, TokenAnswer, console_right, jwt};

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
const EMAIL_BY_NAME: &str = r#"{"userinfo":{"email":null}}"#;

async fn change(idp: &TestIdp, site: &ClientSpec, change: impl FnOnce(&mut ClientMetadata)) {
    let apply = |mut metadata: ClientMetadata| {
        change(&mut metadata);
        Ok::<_, DirectoryError>(metadata)
    };
    idp.operator().change_client(&site.client.id, apply, idp.clock.now()).await.unwrap();
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

/// Kind, value and life of every entry of the revocation log.
async fn log(idp: &TestIdp) -> Vec<(&'static str, String, i64)> {
    let entries = idp.db.read(|connection| revocations::after(connection, 0)).await.unwrap();
    let told = |entry: idp_core::revocation::Revocation| {
        let life = entry.expires_at.seconds_since(entry.at);
        (entry.revoked.kind.as_str(), entry.revoked.value, life)
    };
    entries.into_iter().map(told).collect()
}

async fn granted(story: &SignedIn, changes: &[(&str, &str)]) -> TokenAnswer {
    let tokens = story.idp.redeem(&story.site, &story.code_with(changes).await).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

async fn is_dead(story: &SignedIn, tokens: &TokenAnswer) {
    let (idp, site) = (&story.idp, &story.site);
    assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.refusal(), INVALID_GRANT);
    assert!(!idp.is_active(site, tokens.text("access_token")).await);
}

async fn is_alive(story: &SignedIn, tokens: &TokenAnswer) {
    let (idp, site) = (&story.idp, &story.site);
    assert!(idp.is_active(site, tokens.text("access_token")).await);
    assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn b9_a_client_that_may_listen_no_more_loses_its_open_stream() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    let (mut stream, mut kept) = (Reader::open(idp, site, None).await, Reader::open(idp, &other, None).await);
    change(idp, site, |metadata| metadata.follows_feed = false).await;
    stream.end().await;
    let again = idp.http.get(idp.url("/revocations")).basic_auth(site.id(), site.secret.as_ref());
    assert_eq!(again.send().await.unwrap().status(), 403);
    kept.next().await;
    kept.next().await;
}

#[tokio::test]
async fn b9_a_scope_that_is_taken_away_ends_the_grants_that_have_it_for_good() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let by_name = granted(&story, &[("scope", "openid"), ("claims", EMAIL_BY_NAME)]).await;
    let without = granted(&story, &[("scope", "openid profile")]).await;
    let (code, fit_code) = (story.code().await, story.code_with(&[("scope", "openid")]).await);

    change(idp, site, |metadata| metadata.scope = scope("openid profile")).await;
    for tokens in [&story.tokens, &by_name] {
        is_dead(&story, tokens).await;
    }
    assert_eq!(idp.redeem(site, &code).await.refusal(), INVALID_GRANT, "a code under way");
    assert_eq!(idp.redeem(site, &fit_code).await.status, 200);
    let grant = |tokens: &TokenAnswer| {
        let jti = jwt::claims(tokens.text("access_token"))["jti"].as_str().unwrap().to_owned();
        jti.split('.').next().unwrap().to_owned()
    };
    let mut ended: Vec<_> = log(idp).await.into_iter().map(|(kind, value, _)| (kind, value)).collect();
    let mut expected = vec![
        ("grant", grant(&story.tokens)),
        ("grant", grant(&by_name)),
        // `read` and `write` went as well, and may have been in a token of the client's own.
        ("client_sub", "site-a".to_owned()),
    ];
    ended.sort();
    expected.sort();
    assert_eq!(ended, expected);

    change(idp, site, |metadata| metadata.scope = scope("openid profile email")).await;
    for tokens in [&story.tokens, &by_name] {
        is_dead(&story, tokens).await;
    }
    is_alive(&story, &without).await;
}

#[tokio::test]
async fn b9_a_grant_type_that_is_taken_away_ends_every_grant_for_good() {
    for gone in [GrantType::RefreshToken, GrantType::AuthorizationCode] {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let (idp, site) = (&story.idp, &story.site);
        let code = story.code().await;
        change(idp, site, |metadata| metadata.grant_types.retain(|grant| *grant != gone)).await;
        let answer = idp.refresh(site, story.refresh_token()).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(!idp.is_active(site, story.access_token()).await, "{gone:?}");
        let redeemed = idp.redeem(site, &code).await;
        match gone {
            GrantType::AuthorizationCode => assert_eq!(redeemed.refusal(), (400, "unauthorized_client")),
            _ => assert_eq!((redeemed.status, redeemed.text("refresh_token")), (200, "")),
        }
        change(idp, site, |metadata| metadata.grant_types.push(gone)).await;
        is_dead(&story, &story.tokens).await;
    }
}

#[tokio::test]
async fn b9_another_audience_ends_what_was_for_the_first() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let own = idp.post_as(site, "/token", &[("grant_type", "client_credentials")]).await;
    change(idp, site, |metadata| metadata.audience = "https://other.example".to_owned()).await;
    is_dead(&story, &story.tokens).await;
    assert!(!idp.is_active(site, own.text("access_token")).await);
    let again = granted(&story, &[("scope", "read")]).await;
    assert_eq!(jwt::claims(again.text("access_token"))["aud"], "https://other.example");
}

#[tokio::test]
async fn b9_what_a_client_may_not_do_itself_any_more_ends_its_own_tokens_and_nobody_elses() {
    for gone in ["scope", "grant"] {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let (idp, site) = (&story.idp, &story.site);
        let own = idp.post_as(site, "/token", &[("grant_type", "client_credentials")]).await;
        assert!(idp.is_active(site, own.text("access_token")).await);
        change(idp, site, |metadata| match gone {
            "scope" => metadata.scope = scope("openid profile email address phone read"),
            _ => metadata.grant_types.retain(|grant| *grant != GrantType::ClientCredentials),
        })
        .await;
        assert!(!idp.is_active(site, own.text("access_token")).await, "{gone}");
        let ended: Vec<_> = log(idp).await.into_iter().map(|(kind, value, _)| (kind, value)).collect();
        assert_eq!(ended, [("client_sub", "site-a".to_owned())], "{gone}");
        is_alive(&story, &story.tokens).await;
    }
}

#[tokio::test]
async fn b9_a_redirect_uri_that_is_taken_away_gets_no_code_and_no_tokens() {
    let site = ClientSpec::confidential("site-a");
    let story = SignedIn::at(site.clone()).await;
    let (idp, other) = (&story.idp, "https://site-a.example/other");
    let code = story.code().await;
    let stranger = idp.browser();
    let page = stranger.visit(idp.authorize_url(&site, &[])).await;
    change(idp, &site, |metadata| metadata.redirect_uris = vec![RedirectUri::parse(other).unwrap()]).await;
    assert_eq!(idp.redeem(&site, &code).await.refusal(), INVALID_GRANT);
    let answer = stranger.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!(answer.location(), None, "{answer:?}");
    assert_eq!(story.browser.open(idp.authorize_url(&site, &[])).await.status, 400);
    is_alive(&story, &story.tokens).await;

    let moved = site.with_redirect_uri(other);
    let code = story.browser.open(idp.authorize_url(&moved, &[])).await.redirect_param("code").unwrap();
    assert_eq!(idp.redeem(&moved, &code).await.status, 200);
}

#[tokio::test]
async fn b9_pkce_that_is_demanded_again_is_demanded_of_what_is_under_way() {
    let mut site = ClientSpec::confidential("old");
    site.client.metadata.require_pkce = false;
    let story = SignedIn::at(site.clone()).await;
    let idp = &story.idp;
    let no_pkce = [("code_challenge", ""), ("code_challenge_method", "")];
    let redeem = async |code: &str| {
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", site.redirect_uri())];
        idp.post_as(&site, "/token", &form).await
    };
    assert_eq!(redeem(&story.code_with(&no_pkce).await).await.status, 200);
    let code = story.code_with(&no_pkce).await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &no_pkce)).await;
    change(idp, &site, |metadata| metadata.require_pkce = true).await;
    assert_eq!(redeem(&code).await.refusal(), INVALID_GRANT);
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!(answer.redirect_param("error").as_deref(), Some("invalid_request"), "{answer:?}");
    is_alive(&story, &story.tokens).await;
}

#[tokio::test]
async fn b9_a_login_page_that_is_open_asks_for_nothing_that_was_taken_away() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let (at_login, at_consent) = (idp.browser(), idp.browser());
    let login = at_login.visit(idp.authorize_url(&site, &[])).await;
    let page = at_consent.visit(idp.authorize_url(&site, &[])).await;
    let consent = at_consent.log_in_as(&page, "alice", PASSWORD).await;
    let consent = at_consent.follow(consent).await;
    assert!(consent.has_form("/consent"));
    change(&idp, &site, |metadata| metadata.scope = scope("openid profile")).await;
    for answer in
        [at_login.log_in_as(&login, "alice", PASSWORD).await, at_consent.press(&consent, "allow", &[]).await]
    {
        assert_eq!(answer.redirect_param("error").as_deref(), Some("invalid_scope"), "{answer:?}");
        assert_eq!(answer.redirect_param("code"), None);
    }
}

#[tokio::test]
async fn b9_what_is_no_right_ends_nothing() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    change(idp, site, |metadata| {
        metadata.name = "Another name".to_owned();
        metadata.consent = ConsentPolicy::Ask;
        metadata.access_token_lifetime = Some(60);
        metadata.require_pkce = false;
        metadata.post_logout_redirect_uris.clear();
        metadata.scope = scope("openid profile email address phone read write more");
        let uri = BackchannelLogoutUri::parse("https://site-a.example/out").unwrap();
        metadata.backchannel_logout_uri = Some(uri);
    })
    .await;
    assert!(log(idp).await.is_empty());
    is_alive(&story, &story.tokens).await;
    let answer = story.browser.visit(idp.authorize_url(site, &[])).await;
    assert!(answer.has_form("/consent"), "asked from the next sign-in on");
}

#[tokio::test]
async fn b9_tokens_of_a_longer_life_are_revoked_for_as_long_as_they_live() {
    const DAY: i64 = 24 * 60 * 60;
    let mut site = ClientSpec::confidential("site-a");
    site.client.metadata.access_token_lifetime = Some(DAY);
    let story = SignedIn::at(site).await;
    let (idp, site) = (&story.idp, &story.site);
    assert_eq!(story.tokens.body["expires_in"], DAY);
    change(idp, site, |metadata| metadata.access_token_lifetime = Some(60)).await;
    idp.operator().sign_out_everybody(idp.clock.now()).await.unwrap();
    let log = log(idp).await;
    assert!(!log.is_empty() && log.iter().all(|(.., life)| *life > DAY), "{log:?}");
}

/// So many grants of the client beside Alice's own, in her session, made at `at`.
async fn add_grants(story: &SignedIn, count: usize, at: UnixTime) {
    let sid = jwt::claims(story.id_token())["sid"].as_str().unwrap().parse().unwrap();
    let grant = Grant {
        id: random::new_id(at),
        user: story.alice,
        sid,
        client_id: story.site.client.id.clone(),
        scope: scope("openid email"),
        claims: Vec::new(),
        proofs: Proofs::of(Factor::Password, at),
        acr: Acr::parse("1").unwrap(),
        created_at: at,
        expires_at: at.plus(1000),
        refresh: None,
        epoch: 0,
        ended: None,
    };
    let many = move |connection: &mut _| {
        (0..count).try_for_each(|_| {
            grants::insert(connection, &Grant { id: random::new_id(at), ..grant.clone() }).map(drop)
        })
    };
    story.idp.db.write(idp_server::db::Locks::installation(), many).await.unwrap();
}

#[tokio::test]
async fn b9_very_many_grants_end_in_one_entry() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    // Made in the second of the change, which the time that voids the earlier ones does not tell from later ones.
    add_grants(&story, 500, idp.clock.now()).await;
    change(idp, site, |metadata| metadata.scope = scope("openid profile address phone read write")).await;
    let ended: Vec<_> = log(idp).await.into_iter().map(|(kind, value, _)| (kind, value)).collect();
    assert_eq!(ended, [("client_id", "site-a".to_owned())]);
    is_dead(&story, &story.tokens).await;
}

#[tokio::test]
async fn b9_very_many_earlier_grants_are_voided_by_one_time_and_what_comes_later_counts() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    add_grants(&story, 500, idp.clock.now()).await;
    idp.clock.advance(1);
    change(idp, site, |metadata| metadata.scope = scope("openid profile address phone read write")).await;
    is_dead(&story, &story.tokens).await;
    let again = granted(&story, &[("scope", "openid profile")]).await;
    is_alive(&story, &again).await;
    // It is no site of a session any more, whatever its row says, until a person signs in there again.
    let sites = |idp: &TestIdp| {
        let (db, alice, now) = (idp.db.clone(), story.alice, idp.clock.now());
        async move { db.read(move |connection| sites::open_of(connection, alice, now)).await.unwrap().len() }
    };
    assert_eq!(sites(idp).await, 1);
}

#[tokio::test]
async fn b1_a_client_with_very_many_grants_is_gone_at_once_and_forgotten_some_at_a_time() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    add_grants(&story, 1_500, idp.clock.now()).await;
    let id = site.client.id.clone();
    idp.operator().remove_client(&id, idp.clock.now()).await.unwrap();
    let left = async || {
        let client = id.clone();
        let rows = idp.db.read(move |connection| {
            Ok((
                clients::is_removed(connection, &client)?,
                clients::by_id(connection, &client)?.is_some(),
                clients::page(connection, None, 10)?.len(),
                grants::open_of_client(connection, &client, UnixTime(0), 10_000)?.len(),
            ))
        });
        rows.await.unwrap()
    };
    // Five slices of 200 went at once.
    assert_eq!(left().await, (true, false, 0, 501));
    assert_eq!(idp.refresh(site, story.refresh_token()).await.refusal(), (401, "invalid_client"));
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
    assert_eq!(idp.browser().visit(idp.authorize_url(site, &[])).await.status, 400);
    assert!(matches!(
        idp.operator().remove_client(&id, idp.clock.now()).await,
        Err(DirectoryError::UnknownClient(_))
    ));
    // Its successor of the same name waits for the rest, and inherits nothing.
    let heir = site.client.clone().checked().unwrap();
    idp.app.store.add_client(heir, None, console_right(), idp.clock.now()).await.unwrap();
    assert_eq!(left().await, (false, true, 1, 0));
    assert_eq!(idp.refresh(site, story.refresh_token()).await.refusal(), INVALID_GRANT);
}

#[tokio::test]
async fn b1_the_clean_up_forgets_what_a_removed_client_left() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, id) = (&story.idp, story.site.client.id.clone());
    add_grants(&story, 1_300, idp.clock.now()).await;
    idp.operator().remove_client(&id, idp.clock.now()).await.unwrap();
    idp.app.store.clean_up(idp.clock.now()).await;
    let rows = move |connection: &mut _| {
        let grants = grants::open_of_client(connection, &id, UnixTime(0), 10_000)?;
        Ok((clients::is_removed(connection, &id)?, grants.len()))
    };
    assert_eq!(idp.db.read(rows).await.unwrap(), (false, 0));
}
