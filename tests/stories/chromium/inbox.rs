//! Letters that a person reads in the inbox of the demonstration, and the links in them.

use fantoccini::Locator;
use idp_server::config::Config;
use idp_server::page::InboxPage;
use idp_tests::chromium::Chromium;
use idp_tests::{TestIdp, eventually};

/// A provider with that inbox, and Alice.
pub async fn demonstration(adjust: impl Fn(&mut Config)) -> TestIdp {
    let folder = tempfile::tempdir().unwrap();
    let clock = idp_server::clock::Clock::manual(idp_server::clock::Clock::System.now());
    // One process, whose memory the letters are in.
    let idp = TestIdp::start_nodes(1, folder, clock, 0, |config| {
        config.mail.to_inbox = true;
        adjust(config);
    })
    .await;
    idp.add_user("alice").await;
    idp
}

/// Opens the newest letter and presses the button in it.
pub async fn follow_letter(browser: &Chromium, idp: &TestIdp, subject: &str) {
    browser.open(&idp.url(InboxPage::PATH)).await;
    eventually("the letter is listed", async || {
        browser.driver.refresh().await.unwrap();
        browser.driver.source().await.unwrap().contains(subject)
    })
    .await;
    browser.driver.find(Locator::Css("article p a")).await.unwrap().click().await.unwrap();
    browser.driver.find(Locator::Css("a.button")).await.unwrap().click().await.unwrap();
}

/// Follows the newest link to this address as it stands in the list of letters.
pub async fn follow_listed(browser: &Chromium, idp: &TestIdp, address: &str) {
    browser.open(&idp.url(InboxPage::PATH)).await;
    let link = format!("pre a[href*='{address}']");
    browser.driver.find(Locator::Css(&link)).await.unwrap().click().await.unwrap();
}
