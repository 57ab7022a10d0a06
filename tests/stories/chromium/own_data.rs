//! A person looks after their own data: a profile, a picture that a site is told of, and the end of the account thought better
//! of.

use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{PASSWORD, TestIdp};

async fn type_into(browser: &Chromium, id: &str, text: &str) {
    let field = browser.element(id).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

async fn focus(browser: &Chromium) -> String {
    browser.run_script("return document.activeElement.id").await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_edits_their_profile_chooses_a_picture_and_a_site_learns_both() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    let alice = idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    browser.open(&idp.url("/account")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.click("home-profile").await;
    type_into(&browser, "birthdate", "12.4.1990").await;
    type_into(&browser, "name", "Alice Adams").await;
    browser.click("profile-save").await;
    browser.element("birthdate-problem").await;
    assert_eq!(focus(&browser).await, "birthdate");
    type_into(&browser, "birthdate", "1990-04-12").await;
    browser.click("profile-save").await;
    browser.wait_for_text("receipt", "Your profile is saved.").await;
    assert_eq!(focus(&browser).await, "receipt");

    browser.click("profile-picture").await;
    let file = idp.folder.path().join("me.png");
    std::fs::write(&file, crate::pictures::png(700, 500)).unwrap();
    browser.element("file").await.send_keys(file.to_str().unwrap()).await.unwrap();
    browser.click("picture-save").await;
    browser.wait_for_text("receipt", "This is your picture now.").await;
    let is_loaded = "return document.getElementById('picture').naturalWidth";
    browser.eventually("the picture is shown", async || browser.run_script(is_loaded).await == 500).await;

    // What the site is told.
    browser.open(&a.url("/members")).await;
    browser.wait_for_text("who", "Alice Adams").await;
    let name = idp.app.store.picture_name_of(alice).await.unwrap().unwrap();
    // In a page of another site, which has no policy of its own.
    browser.open(&format!("http://{}/jwks", idp.address)).await;
    let shown = format!(
        "return new Promise(done => {{ const picture = new Image(); picture.onload = () => done(picture.naturalWidth); \
         picture.onerror = () => done(0); picture.src = '{}'; }})",
        idp.url(&format!("/picture/{name}/small"))
    );
    assert_eq!(browser.run_script(&shown).await, 96);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_their_account_deleted_and_thinks_better_of_it() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    browser.open(&idp.url("/account/delete")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_url(&idp.url("/account/delete")).await;
    // The browser itself asks for the box.
    browser.click("delete-submit").await;
    browser.wait_for_text("heading", "Delete your account").await;
    browser.click("understood").await;
    browser.click("delete-submit").await;
    browser.wait_for_text("heading", "Your account will be deleted").await;
    browser.click("deleted-sign-in").await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("heading", "Do you want to keep your account?").await;
    browser.click("keep-submit").await;
    browser.wait_for_url(&idp.url("/account")).await;
    browser.element("home-profile").await;
}
