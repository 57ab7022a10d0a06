//! Small promises that a hostile reading found broken, each held here.

use idp_server::db::audit_events::{self, AuditEvent};
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};

#[tokio::test]
async fn s44_proving_oneself_again_begins_the_absolute_limit_anew() {
    let idp = TestIdp::start_with(|config| config.session.absolute = "4d".parse().unwrap()).await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let day = 24 * 60 * 60;
    alice.idp.clock.advance(2 * day);
    let page = alice.browser.visit(alice.idp.authorize_url(&alice.site, &[("prompt", "login")])).await;
    assert!(alice.browser.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
    // Five days after the first sign-in, three after the second.
    alice.idp.clock.advance(2 * day);
    alice.code().await;
    alice.idp.clock.advance(day);
    alice.code().await;
    alice.idp.clock.advance(day);
    let silent = alice.browser.open(alice.idp.authorize_url(&alice.site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn s41_a_racer_that_asks_for_less_gets_less_and_the_same_successor() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let whole = alice.idp.refresh(&alice.site, alice.refresh_token()).await;
    let form =
        |scope| [("grant_type", "refresh_token"), ("refresh_token", alice.refresh_token()), ("scope", scope)];
    let less = alice.idp.post_as(&alice.site, "/token", &form("openid")).await;
    assert_eq!(less.text("refresh_token"), whole.text("refresh_token"));
    assert_eq!(
        (less.text("scope"), jwt::claims(less.text("access_token"))["scope"].as_str()),
        ("openid", Some("openid"))
    );
    let more = alice.idp.post_as(&alice.site, "/token", &form("openid write")).await;
    assert_eq!(more.refusal(), (400, "invalid_scope"));
}

#[tokio::test]
async fn s06_form_post_to_an_application_is_refused_and_no_code_is_made() {
    let idp = TestIdp::start().await;
    let app = ClientSpec::public("app").with_redirect_uri("com.example.app:/cb");
    idp.add_client(&app).await;
    let answer = idp.browser().open(idp.authorize_url(&app, &[("response_mode", "form_post")])).await;
    assert_eq!((answer.status, answer.redirect_param("error").as_deref()), (303, Some("invalid_request")));
}

#[tokio::test]
async fn s08_bytes_that_are_no_text_are_refused_and_not_replaced() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    for damaged in ["a%FFb", "%C3%28", "100%", "%zz"] {
        let url = format!("{}&state={damaged}", idp.authorize_url(&site, &[("state", "")]));
        let answer = idp.browser().open(url).await;
        assert_eq!((answer.status, answer.location()), (400, None), "{damaged}");
    }
}

#[tokio::test]
async fn s28_giving_one_token_back_many_times_is_written_down_once() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    for _ in 0..5 {
        let answer = alice.idp.post_as(&alice.site, "/revoke", &[("token", alice.access_token())]).await;
        assert_eq!(answer.status, 200);
    }
    let db = &alice.idp.db;
    let written =
        db.read(|connection| audit_events::count(connection, AuditEvent::TokenRevoked)).await.unwrap();
    assert_eq!(written, 1);
}

#[tokio::test]
async fn a_person_who_stays_signed_in_is_not_sent_back_as_if_signed_out() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    alice.idp.add_user("bob").await;
    // A hint of another session of hers: genuine, but not of this browser, so she is asked.
    let elsewhere = alice.idp.browser().sign_in_for_tokens(&alice.idp, &alice.site, "alice").await;
    let url = url::Url::parse_with_params(
        &alice.idp.url("/end-session"),
        [
            ("id_token_hint", elsewhere.text("id_token")),
            ("post_logout_redirect_uri", alice.site.post_logout_uri()),
        ],
    );
    let page = alice.browser.open(url.unwrap()).await;
    let answer = alice.browser.press(&page, "cancel", &[]).await;
    assert_eq!((answer.status, answer.location()), (200, None));
    alice.code().await;
}
