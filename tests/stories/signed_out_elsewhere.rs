//! A device that was signed out from elsewhere: what the person who did it is told (the receipt), and what the device is
//! told the next time.

use crate::devices::{PAGE, TwoDevices, cause_of};
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::feed_acknowledgements;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, eventually};

#[tokio::test]
async fn n03_the_receipt_counts_the_sites_of_which_every_instance_has_confirmed() {
    let devices = TwoDevices::new().await;
    let idp = &devices.alice.idp;
    let b = ClientSpec::confidential("site-b");
    idp.add_client(&b).await;
    let code = devices.phone.open(idp.authorize_url(&b, &[])).await.redirect_param("code").unwrap();
    assert_eq!(idp.redeem(&b, &code).await.status, 200);
    let (db, until) = (idp.db.clone(), idp.now() + 60);
    let listens = |site: &'static str, instance: &'static str| {
        let db = db.clone();
        async move {
            db.write(idp_server::db::Locks::installation(), move |c| {
                feed_acknowledgements::listens(c, site, instance, until)
            })
            .await
            .unwrap()
        }
    };
    // What they confirm from now on is above every number there can be.
    let confirm = |site: &'static str, instance: &'static str| {
        let db = db.clone();
        async move {
            db.write(idp_server::db::Locks::installation(), move |c| {
                feed_acknowledgements::confirm(c, site, instance, i64::MAX, 0, until)
            })
            .await
            .unwrap();
        }
    };
    listens("site-a", "one").await;
    listens("site-a", "two").await;
    confirm("site-a", "one").await;
    let page = devices.page().await;
    let later = async {
        let is_ended = async || cause_of(idp, devices.there).await.is_some();
        eventually("the session has ended, and the page waits for the sites", is_ended).await;
        confirm("site-a", "two").await;
    };
    let sid = devices.there.to_string();
    let (answer, ()) = tokio::join!(devices.press(&page, "one", &sid), later);
    let shown = devices.alice.browser.follow(answer).await.body;
    assert!(shown.contains("1 device is signed out. Signed out at 1 of 2 sites in "), "{shown}");
    assert!(
        shown.contains(" ms. The other will notice when its tokens expire, within 30 minutes."),
        "{shown}"
    );

    // One that listens and does not confirm is waited for, a second at most, and not claimed.
    devices.phone.sign_in_for_tokens(idp, &devices.alice.site, "alice").await;
    listens("site-a", "three").await;
    let started = tokio::time::Instant::now();
    let answer = devices.press(&devices.page().await, "others", "").await;
    assert!((900..2500).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    let shown = devices.alice.browser.follow(answer).await.body;
    assert!(shown.contains("1 site will notice when its tokens expire, within 30 minutes."), "{shown}");
}

/// The sentence that a browser sees on the login page.
async fn sentence(alice: &SignedIn, browser: &Browser) -> String {
    let page = browser.visit(alice.idp.authorize_url(&alice.site, &[])).await;
    let notice = page.body.split("id=\"sign-out-reason\"").nth(1).unwrap_or_default();
    notice.split("<p>").nth(1).and_then(|rest| rest.split(" That was").next()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn n09_a_person_who_was_signed_out_is_told_why_and_nobody_else_is() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let hash = alice.idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed(PASSWORD)).await.unwrap();
    let user = alice.alice;
    let causes = [
        (Target::User(user), EndCause::Administrator, "You were signed out by an administrator."),
        (
            Target::Password { user, hash },
            EndCause::PasswordChanged,
            "You were signed out because the password was changed.",
        ),
    ];
    for (target, cause, words) in causes {
        assert_eq!(sentence(&alice, &alice.browser).await, "", "signed in: nothing to explain");
        let now = alice.idp.clock.now();
        alice.idp.app.store.revoke(target, cause, AuditContext::default(), now).await.unwrap();
        alice.idp.clock.advance(300);
        assert_eq!(sentence(&alice, &alice.browser).await, words);
        let page = alice.browser.visit(alice.idp.url(PAGE)).await;
        assert!(page.has_form("/login") && page.body.contains(words) && page.body.contains("5 minutes ago"));
        // Other browsers, with no cookie or a made-up one, learn nothing.
        let stranger = alice.idp.browser();
        assert_eq!(sentence(&alice, &stranger).await, "");
        stranger.set_cookie(HOST, SESSION, &format!("se.{}", "A".repeat(43)));
        assert_eq!(sentence(&alice, &stranger).await, "");
        let page = alice.browser.visit(alice.idp.authorize_url(&alice.site, &[])).await;
        assert_eq!(alice.browser.log_in_as(&page, "alice", PASSWORD).await.status, 303);
    }
    alice.idp.clock.advance(4 * 24 * 60 * 60);
    let words = "You were signed out because this sign-in was not used for a while or reached its age.";
    assert_eq!(sentence(&alice, &alice.browser).await, words);
}
