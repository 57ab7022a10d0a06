//! A user is changed or removed while they are signed in, and what sites are told of them.

use diesel::prelude::*;
use idp_core::authentication::Levels;
use idp_core::discovery::Metadata;
use idp_core::mail_address::MailAddress;
use idp_core::user::{AddressChange, ClaimsChange, StandardClaims};
use idp_core::username::Username;
use idp_server::db::schema::{audit_events, consents, devices, logout_deliveries, sessions};
use idp_server::db::{Connection, DbError, revocations};
use idp_server::directory::users::UserChange;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

async fn change(
    idp: &TestIdp,
    user: &str,
    username: Option<&str>,
    claims: &Value,
    addresses: Vec<AddressChange>,
) {
    let claims = ClaimsChange::parse(&claims.to_string()).unwrap();
    let change = UserChange { username: username.map(name), claims, addresses, ..UserChange::default() };
    idp.operator().change_user(&name(user), change, idp.clock.now()).await.unwrap();
}

#[tokio::test]
async fn b8_each_claim_that_is_advertised_is_sent() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let given = json!({
        "name": "Alice Adams", "given_name": "Alice", "family_name": "Adams", "middle_name": "B",
        "nickname": "Ali", "profile": "https://a.example/about", "picture": "https://a.example/a.png",
        "website": "https://a.example", "gender": "female", "birthdate": "1990-04-12",
        "zoneinfo": "Europe/Paris", "locale": "en-GB",
        "phone_number": "+12025550143", "phone_number_verified": true, "address": { "country": "UK" },
    });
    idp.add_user_with("alice", StandardClaims::default()).await;
    let address = MailAddress::parse("a@example.com").unwrap();
    change(&idp, "alice", None, &given, vec![AddressChange::Vouch(address)]).await;
    let browser = idp.browser();
    browser.sign_in_for_tokens(&idp, &site, "alice").await;
    let advertised = Metadata::new(&idp.issuer, Vec::new(), &Levels::default());
    let scope = advertised.scopes_supported.join(" ");
    let answer = browser.open(idp.authorize_url(&site, &[("scope", &scope)])).await;
    let tokens = idp.redeem(&site, &answer.redirect_param("code").unwrap()).await;
    let userinfo = idp.userinfo(tokens.text("access_token")).await.body;
    let id_token = jwt::claims(tokens.text("id_token"));
    for claim in advertised.claims_supported {
        assert!(userinfo.get(claim).or(id_token.get(claim)).is_some(), "{claim} is advertised only");
    }
    for (claim, value) in given.as_object().unwrap() {
        assert_eq!(userinfo[claim], *value, "{claim}");
    }
    assert_eq!((&userinfo["email"], &userinfo["email_verified"]), (&json!("a@example.com"), &json!(true)));
    assert_eq!(
        (&userinfo["preferred_username"], &userinfo["updated_at"]),
        (&json!("alice"), &json!(idp.now()))
    );
}

#[tokio::test]
async fn b8_the_preferred_username_is_released_like_any_other_claim_of_the_profile() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let by_name = r#"{"userinfo":{"preferred_username":null}}"#;
    for (changes, expected) in [
        (vec![("scope", "openid profile")], Some("alice")),
        (vec![("scope", "openid"), ("claims", by_name)], Some("alice")),
        (vec![("scope", "openid email phone address")], None),
        (vec![("scope", "openid")], None),
    ] {
        let tokens = story.idp.redeem(&story.site, &story.code_with(&changes).await).await;
        let userinfo = story.idp.userinfo(tokens.text("access_token")).await.body;
        assert_eq!(userinfo.get("preferred_username").and_then(Value::as_str), expected, "{changes:?}");
    }
}

#[tokio::test]
async fn b9_new_claims_and_a_new_sign_in_name_are_seen_at_once_and_sign_nobody_out() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    idp.clock.advance(60);
    let address = MailAddress::parse("alina@example.com").unwrap();
    let another = vec![AddressChange::Add(address.clone()), AddressChange::MakePrimary(address.clone())];
    change(idp, "alice", Some("alina"), &json!({ "locale": "de" }), another).await;
    let userinfo = idp.userinfo(story.access_token()).await.body;
    let expected = json!({ "sub": story.alice, "name": "The alice", "email": "alina@example.com",
        "email_verified": false, "locale": "de", "preferred_username": "alina", "updated_at": idp.now() });
    assert_eq!(userinfo, expected);
    change(idp, "alina", None, &json!({}), vec![AddressChange::Vouch(address)]).await;
    let userinfo = idp.userinfo(story.access_token()).await.body;
    assert_eq!(
        (&userinfo["preferred_username"], &userinfo["email_verified"]),
        (&json!("alina"), &json!(true))
    );
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200);
    story.code().await;
    assert!(idp.db.read(|connection| revocations::after(connection, 0)).await.unwrap().is_empty());

    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[])).await;
    assert_eq!(browser.log_in_as(&page, "alice", PASSWORD).await.status, 422);
    assert!(browser.log_in_as(&page, "Alina", PASSWORD).await.redirect_param("code").is_some());
}

/// How many rows of some tables name the user.
fn rows(connection: &mut Connection, user: &str) -> Result<[i64; 3], DbError> {
    let sessions = sessions::table.filter(sessions::user_id.eq(user)).count().get_result(connection)?;
    let consents = consents::table.filter(consents::user_id.eq(user)).count().get_result(connection)?;
    Ok([sessions, consents, devices::table.count().get_result(connection)?])
}

#[tokio::test]
async fn b9_a_removed_user_is_signed_out_everywhere_and_leaves_only_records() {
    let mut site = ClientSpec::confidential("site-a").with_consent();
    let told = idp_core::backchannel::BackchannelLogoutUri::parse("http://127.0.0.1:9/out").unwrap();
    site.client.metadata.backchannel_logout_uri = Some(told);
    site.client.metadata.backchannel_logout_session_required = true;
    let idp = TestIdp::start().await;
    idp.add_client(&site).await;
    let (alice, bob) = (idp.add_user("alice").await, idp.add_user("bob").await);
    // Both at one browser, and Alice at another one as well.
    let (shared, own) = (idp.browser(), idp.browser());
    let mut granted = Vec::new();
    for (browser, user) in [(&shared, "alice"), (&own, "alice"), (&shared, "bob")] {
        let page = browser.visit(idp.authorize_url(&site, &[("prompt", "login")])).await;
        let answer = browser.log_in_as(&page, user, PASSWORD).await;
        let consent = browser.follow(answer).await;
        let code = match consent.has_form("/consent") {
            true => browser.press(&consent, "allow", &[]).await.redirect_param("code"),
            false => consent.redirect_param("code"),
        };
        granted.push(idp.redeem(&site, &code.unwrap()).await);
    }
    let code = own.open(idp.authorize_url(&site, &[])).await.redirect_param("code").unwrap();
    let id = alice.to_string();
    let count = {
        let id = id.clone();
        move |connection: &mut Connection| rows(connection, &id)
    };
    assert_eq!(idp.db.read(count.clone()).await.unwrap(), [2, 1, 2]);

    idp.operator().remove_user(&name("alice"), idp.clock.now()).await.unwrap();
    assert_eq!(idp.db.read(count).await.unwrap(), [0, 0, 1], "the device that Bob uses stays");
    let tokens = &granted[1];
    assert_eq!(idp.refresh(&site, tokens.text("refresh_token")).await.refusal(), (400, "invalid_grant"));
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.refusal(), (401, "invalid_token"));
    assert_eq!(idp.redeem(&site, &code).await.refusal(), (400, "invalid_grant"), "a code under way");
    let page = own.visit(idp.authorize_url(&site, &[])).await;
    assert!(page.has_form("/login"));
    assert_eq!(own.log_in_as(&page, "alice", PASSWORD).await.status, 422);
    assert_eq!(idp.refresh(&site, granted[2].text("refresh_token")).await.status, 200, "Bob goes on");
    assert_eq!(idp.userinfo(granted[2].text("access_token")).await.text("sub"), bob.to_string());

    let sids = |tokens: &idp_tests::TokenAnswer| {
        jwt::claims(tokens.text("id_token"))["sid"].as_str().unwrap().to_owned()
    };
    let log = idp.db.read(|connection| revocations::after(connection, 0)).await.unwrap();
    let told: BTreeSet<String> = log.into_iter().map(|entry| entry.revoked.value).collect();
    assert!(told.contains(&id) && told.contains(&sids(tokens)), "{told:?}");
    let subject = id.clone();
    let (deliveries, records): (i64, Vec<String>) = idp
        .db
        .read(move |connection| {
            let of_hers = logout_deliveries::table.filter(logout_deliveries::sub.eq(&subject));
            let about_her = audit_events::table.filter(audit_events::user_id.eq(&subject));
            let events = about_her.select(audit_events::event);
            Ok((of_hers.count().get_result(connection)?, events.load(connection)?))
        })
        .await
        .unwrap();
    assert!(deliveries >= 1, "sites without the feed are told");
    assert!(records.contains(&"user_removed".to_owned()) && records.contains(&"signed_in".to_owned()));
}
