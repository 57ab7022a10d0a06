//! When something of ours fails: a stated answer, nothing half done, and everything again once it is back.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use idp_tests::{ClientSpec, PASSWORD, SignedIn};

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_locked_database_answers_503_and_the_keys_go_on() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&alice.idp, &alice.site);
    let stranger = idp.browser();
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    let file = idp.folder.path().join("data/idp.db");
    let mut other = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();

    let given_back = [("token", alice.access_token())];
    let (refreshed, revoked, login, keys) = tokio::join!(
        idp.refresh(site, alice.refresh_token()),
        idp.post_as(site, "/revoke", &given_back),
        stranger.log_in_as(&page, "alice", PASSWORD),
        idp.post("/jwks", &[]),
    );
    assert_eq!(refreshed.refusal(), (503, "temporarily_unavailable"));
    assert!(!refreshed.header("retry-after").is_empty());
    // S103: never "revoked" before the database holds it.
    assert_eq!(revoked.refusal(), (503, "temporarily_unavailable"));
    assert_eq!((login.status, login.header("retry-after").is_empty()), (503, false), "{}", login.body);
    assert_eq!(keys.status, 405, "the key endpoint answers, if only to say that it is read by GET");
    assert_eq!(idp.send(idp.http.get(idp.url("/jwks"))).await.status, 200);
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 200, "reading goes on beside a writer");

    other.batch_execute("ROLLBACK").unwrap();
    // Nothing was half done: the very same token works, and the revocation can be asked for again.
    let refreshed = idp.refresh(site, alice.refresh_token()).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_eq!(idp.post_as(site, "/revoke", &[("token", alice.access_token())]).await.status, 200);
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 401);
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    assert!(stranger.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
}
