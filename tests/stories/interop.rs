//! An independent client (the `openidconnect` crate, which knows nothing of ours) goes through the whole code flow
//! and checks every token by its own rules.

use idp_server::clock::Clock;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreIdTokenClaims, CoreProviderMetadata,
    CoreTokenResponse,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EmptyAdditionalClaims, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, Scope, SubjectIdentifier,
    TokenResponse as _, UserInfoClaims,
};
use std::collections::BTreeSet;

/// How the client reaches the network.
async fn exchange(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = http.execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

/// The client once it has read the metadata.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

async fn code_flow(site: ClientSpec) {
    // The client has a clock of its own, the machine's; so has the provider here.
    let idp = TestIdp::start_in(tempfile::tempdir().unwrap(), Clock::System, 0, |_| {}).await;
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await.to_string();
    let client = discover(&idp, &site).await;
    let (tokens, nonce) = sign_in(&idp, &client).await;
    let claims = verify_id_token(&client, &tokens, &nonce);
    assert_eq!(claims.subject().as_str(), alice);
    let userinfo = userinfo(&idp, &client, tokens.access_token(), claims.subject()).await;
    assert_eq!(userinfo.email().map(|email| email.as_str()), Some("alice@example.org"));

    let http = |request: HttpRequest| exchange(idp.http.clone(), request);
    let refresh_token = tokens.refresh_token().expect("a refresh token");
    let refreshed =
        client.exchange_refresh_token(refresh_token).unwrap().request_async(&http).await.expect("refresh");
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
    assert_ne!(refreshed.refresh_token().unwrap().secret(), refresh_token.secret());
    let again = self::userinfo(&idp, &client, refreshed.access_token(), claims.subject()).await;
    assert_eq!(again.subject(), claims.subject());
}

async fn discover(idp: &TestIdp, site: &ClientSpec) -> Client {
    let http = |request: HttpRequest| exchange(idp.http.clone(), request);
    let issuer = IssuerUrl::new(idp.issuer.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.expect("discovery");
    let secret = site.secret.clone().map(ClientSecret::new);
    CoreClient::from_provider_metadata(metadata, ClientId::new(site.id().to_owned()), secret)
        .set_redirect_uri(RedirectUrl::new(site.redirect_uri().to_owned()).unwrap())
}

/// Alice signs in; the code is exchanged for tokens.
async fn sign_in(idp: &TestIdp, client: &Client) -> (CoreTokenResponse, Nonce) {
    let http = |request: HttpRequest| exchange(idp.http.clone(), request);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let browser = idp.browser();
    let page = browser.visit(url).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!(answer.redirect_param("state").as_deref(), Some(state.secret().as_str()));
    assert_eq!(answer.redirect_param("iss").as_deref(), Some(idp.issuer.as_str()));
    let code = AuthorizationCode::new(answer.redirect_param("code").unwrap());
    let tokens = client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await;
    (tokens.expect("code exchange"), nonce)
}

fn verify_id_token(client: &Client, tokens: &CoreTokenResponse, nonce: &Nonce) -> CoreIdTokenClaims {
    let id_token = tokens.id_token().expect("an ID token");
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, nonce).expect("the ID token verifies");
    let another = Nonce::new("another".to_owned());
    assert!(id_token.claims(&verifier, &another).is_err(), "the check of the nonce is a check");
    let (alg, key) = (id_token.signing_alg().unwrap(), id_token.signing_key(&verifier).unwrap());
    let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
    assert_eq!(claims.access_token_hash(), Some(&hash));
    claims.clone()
}

async fn userinfo(
    idp: &TestIdp,
    client: &Client,
    token: &AccessToken,
    subject: &SubjectIdentifier,
) -> UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> {
    let http = |request: HttpRequest| exchange(idp.http.clone(), request);
    let request = client.user_info(token.clone(), Some(subject.clone())).unwrap();
    request.request_async(&http).await.expect("userinfo")
}

#[tokio::test]
async fn an_independent_client_completes_the_code_flow_with_a_secret() {
    code_flow(ClientSpec::confidential("site-a")).await;
}

#[tokio::test]
async fn an_independent_client_completes_the_code_flow_without_a_secret() {
    code_flow(ClientSpec::public("native")).await;
}

#[tokio::test]
async fn s30_the_id_token_is_what_openid_core_says() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let signed_in_at = idp.now();
    idp.clock.advance(100);
    let kids: Vec<_> = idp.send(idp.http.get(idp.url("/jwks"))).await.body["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].clone())
        .collect();
    let long = "n".repeat(512);
    for nonce in [Some("the-nonce"), Some("n-0S6_WzA2Mj"), Some("\"\\<>&%ü"), Some(long.as_str()), None] {
        let tokens = idp.redeem(site, &story.code_with(&[("nonce", nonce.unwrap_or_default())]).await).await;
        let (header, claims) = (jwt::header(tokens.text("id_token")), jwt::claims(tokens.text("id_token")));
        assert_eq!((&header["alg"], kids.contains(&header["kid"])), (&"RS256".into(), true));
        assert_eq!(claims.get("nonce").and_then(|nonce| nonce.as_str()), nonce);
        assert_eq!((&claims["iss"], &claims["aud"]), (&idp.issuer.as_str().into(), &site.id().into()));
        assert_eq!(claims["sub"], story.alice.to_string());
        assert_eq!((&claims["iat"], &claims["auth_time"]), (&idp.now().into(), &signed_in_at.into()));
        let lifetime = claims["exp"].as_i64().unwrap() - idp.now();
        assert!((1..=600).contains(&lifetime), "{lifetime}");
        let hash =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, tokens.text("access_token").as_bytes());
        assert_eq!(claims["at_hash"], jwt::encode(&hash.as_ref()[..16]).as_str());
        let allowed =
            ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"];
        let names: BTreeSet<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
        assert!(
            claims["acr"].as_str().is_some_and(|acr| !acr.is_empty())
                && claims["amr"].as_array().is_some_and(|amr| !amr.is_empty())
        );
    }
    let answer = story.browser.open(idp.authorize_url(site, &[("nonce", &"n".repeat(513))])).await;
    assert_eq!(answer.redirect_param("error").as_deref(), Some("invalid_request"));
}
