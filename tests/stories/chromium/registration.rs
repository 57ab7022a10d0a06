//! A person without an account, from a page of a site by way of their letters back to it, signed in.

use super::inbox::{demonstration, follow_letter, follow_listed};
use idp_server::config::{Config, Registration};
use idp_server::task;
use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;

const NEW: &str = "seven gravel teapots whistle";

fn people_register(config: &mut Config) {
    config.account.registration = Registration::Open;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_an_account_ends_signed_in_at_the_page_of_the_site() {
    let browser = Chromium::start().await;
    let idp = demonstration(people_register).await;
    let _sender = task::send_letters(&idp.app);
    let site = TestSite::start(&idp, "a", "Site A").await;
    let wanted = site.url("/members?a=b");
    browser.open(&wanted).await;
    browser.click("login-register").await;
    browser.wait_for_url(&idp.url("/register?tx=")).await;
    browser.wait_for_text("heading", "Create an account to continue to Site A").await;
    browser.run_script("document.querySelector('.languages button').click()").await;
    browser.wait_for_text("heading", "注册账号，以继续访问").await;
    browser.run_script("document.querySelector('.languages button').click()").await;
    browser.wait_for_text("heading", "Create an account to continue to Site A").await;
    browser.element("address").await.send_keys("carol@new.example").await.unwrap();
    browser.click("register-submit").await;
    browser.wait_for_text("letter-sent", "An email is on its way to carol@new.example").await;

    follow_letter(&browser, &idp, "Create your account").await;
    // The secret is in no address that stays.
    browser.wait_for_url(&idp.url("/create-account?tx=")).await;
    browser.element("create-account-submit").await;
    browser.driver.refresh().await.unwrap();
    browser.element("name").await.send_keys("Carol Karlsson").await.unwrap();
    browser.element("username").await.send_keys("alice").await.unwrap();
    browser.element("new-password").await.send_keys(NEW).await.unwrap();
    browser.click("create-account-submit").await;
    browser.wait_for_text("username-problem", "Somebody has this username already").await;
    let name = browser.element("name").await.prop("value").await.unwrap();
    assert_eq!(name.as_deref(), Some("Carol Karlsson"));
    browser.run_script("document.getElementById('username').value = ''").await;
    browser.element("new-password").await.send_keys(NEW).await.unwrap();
    browser.click("create-account-submit").await;
    browser.wait_for_url(&wanted).await;
    browser.wait_for_text("who", "Carol Karlsson").await;

    // Back, and the link once more, lead on; so does the page that asked.
    browser.driver.back().await.unwrap();
    browser.driver.back().await.unwrap();
    follow_listed(&browser, &idp, "link=ml.").await;
    browser.wait_for_url(&wanted).await;
    browser.wait_for_text("who", "Carol Karlsson").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_leads_to_registration_in_chinese_and_who_has_an_account_is_told_by_letter() {
    let browser = Chromium::start().await;
    let idp = demonstration(people_register).await;
    let _sender = task::send_letters(&idp.app);
    let site = TestSite::start(&idp, "a", "Site A").await;
    let wanted = site.url("/members");
    let register = site.url("/auth/login?return_to=/members&prompt=create");
    browser.open(&register).await;
    browser.wait_for_url(&idp.url("/register?tx=")).await;
    browser.run_script("document.querySelector('.languages button').click()").await;
    browser.wait_for_text("heading", "注册账号，以继续访问").await;
    browser.element("address").await.send_keys("alice@example.org").await.unwrap();
    browser.click("register-submit").await;
    browser.wait_for_text("letter-sent", "邮件正在发送到").await;
    follow_letter(&browser, &idp, "You have an account already").await;
    browser.element("login-submit").await;

    browser.open(&register).await;
    browser.element("address").await.send_keys("li@new.example").await.unwrap();
    browser.click("register-submit").await;
    browser.wait_for_text("letter-sent", "邮件正在发送到").await;
    // Meanwhile another tab asks for the same page.
    let first = browser.driver.window().await.unwrap();
    let other = browser.open_tab(&wanted).await;
    browser.element("login-register").await;
    browser.switch_to(&first).await;
    follow_letter(&browser, &idp, "创建您的账号").await;
    browser.wait_for_text("heading", "创建您的账号").await;
    browser.element("name").await.send_keys("李小龙").await.unwrap();
    browser.element("new-password").await.send_keys(NEW).await.unwrap();
    browser.click("create-account-submit").await;
    browser.wait_for_url(&wanted).await;
    browser.wait_for_text("who", "李小龙").await;
    browser.switch_to(&other).await;
    browser.driver.refresh().await.unwrap();
    browser.wait_for_url(&wanted).await;
}
