//! What a site is told of a sign-in belongs to one moment: `auth_time`, `amr` and `acr` are those of its own grant, whatever
//! the person proved later in the same session for another site. And the classes that the installation names are the ones
//! that sites are told.

use idp_server::db::sessions;
use idp_tests::{Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, TokenAnswer, jwt};
use serde_json::{Value, json};
use uuid::Uuid;

async fn with_levels(levels: &[&str]) -> TestIdp {
    let levels: Vec<String> = levels.iter().map(|&level| level.to_owned()).collect();
    TestIdp::start_with(|config| config.authentication.levels = levels.try_into().unwrap()).await
}

const NAMES: [&str; 2] = ["1=any", "urn:example:bronze=any"];

/// The code after another sign-in for `site`.
async fn prove_again(
    idp: &TestIdp,
    browser: &Browser,
    site: &ClientSpec,
    changes: &[(&str, &str)],
) -> String {
    let page = browser.visit(idp.authorize_url(site, &[changes, &[("prompt", "login")]].concat())).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    answer.redirect_param("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
}

/// `auth_time`, `amr` and `acr` of a token.
fn said(token: &str) -> Value {
    let claims = jwt::claims(token);
    json!([claims["auth_time"], claims["amr"], claims["acr"]])
}

fn said_in(tokens: &TokenAnswer) -> [Value; 2] {
    ["id_token", "access_token"].map(|kind| said(tokens.text(kind)))
}

#[tokio::test]
async fn s07_a_sign_in_for_one_site_says_nothing_of_the_one_before_it_for_another() {
    let story = SignedIn::on(with_levels(&NAMES).await, ClientSpec::confidential("site-a")).await;
    let (idp, other) = (&story.idp, ClientSpec::confidential("site-b"));
    idp.add_client(&other).await;
    let first = json!([idp.now(), ["pwd"], "urn:example:bronze"]);
    assert_eq!(said_in(&story.tokens), [first.clone(), first.clone()]);
    let under_way = story.code().await;

    idp.clock.advance(20);
    let again = prove_again(idp, &story.browser, &other, &[("acr_values", "1")]).await;
    let second = json!([idp.now(), ["pwd"], "1"]);
    let tokens = idp.redeem(&other, &again).await;
    assert_eq!(said_in(&tokens), [second.clone(), second]);

    let redeemed = idp.redeem(&story.site, &under_way).await;
    assert_eq!(said_in(&redeemed), [first.clone(), first.clone()], "a code that was on its way");
    let refreshed = idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(said(refreshed.text("access_token")), first, "a grant of before");
    let told = idp.post_as(&story.site, "/introspect", &[("token", refreshed.text("access_token"))]).await;
    assert_eq!(json!([told.body["auth_time"], told.body["amr"], told.body["acr"]]), first);
}

#[tokio::test]
async fn s07_proving_it_again_replaces_what_was_proven_before_in_the_session() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, sid) = (&story.idp, jwt::claims(story.id_token())["sid"].clone());
    let sid: Uuid = sid.as_str().unwrap().parse().unwrap();
    idp.clock.advance(50);
    prove_again(idp, &story.browser, &story.site, &[]).await;
    let session = idp.db.read(move |connection| sessions::by_sid(connection, sid)).await.unwrap().unwrap();
    assert_eq!(json!(session.proofs), json!([{ "f": "pwd", "at": idp.now() }]));
    assert_eq!(said(idp.redeem(&story.site, &story.code().await).await.text("id_token"))[0], idp.now());
}

#[tokio::test]
async fn a_site_is_told_the_class_it_asked_for_by_a_name_that_is_advertised() {
    let story = SignedIn::on(with_levels(&NAMES).await, ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let document = idp.send(idp.http.get(idp.url("/.well-known/openid-configuration"))).await;
    assert_eq!(document.body["acr_values_supported"], json!(["1", "urn:example:bronze"]));
    let one = r#"{"id_token":{"acr":{"essential":true,"values":["phr","1"]}}}"#;
    for (asked, stated) in [
        (("acr_values", "1"), "1"),
        (("acr_values", "phr 1 urn:example:bronze"), "1"),
        (("acr_values", "phr"), "urn:example:bronze"),
        (("claims", one), "1"),
    ] {
        let tokens = idp.redeem(&story.site, &story.code_with(&[asked]).await).await;
        assert_eq!(said_in(&tokens).map(|said| said[2].clone()), [stated, stated], "{asked:?}");
    }
    let unmet = r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#;
    for prompt in ["none", "login", ""] {
        let url = idp.authorize_url(&story.site, &[("claims", unmet), ("prompt", prompt)]);
        let error = story.browser.open(url).await.redirect_param("error");
        assert_eq!(error.as_deref(), Some("unmet_authentication_requirements"), "{prompt}");
    }
}
