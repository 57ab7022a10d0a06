//! The logo of a client, on its page: shown, replaced and removed by a browser without script, within the bounds that the API has.

use crate::admin_pages::{click, with_role};
use crate::pictures::png;
use idp_core::administration::Permissions;
use idp_core::client::ClientId;
use idp_server::db::audit_events::AuditEvent;
use idp_server::store::roles::RoleHolder;
use idp_tests::{Answer, Browser, ClientSpec, TestIdp};

const SVG: &[u8] =
    b"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path d=\"M0 0h8v8z\"/></svg>";

fn page_of(idp: &TestIdp, act: &str) -> String {
    idp.url(&format!("/admin/clients/{act}?id=shop"))
}

/// The name of the logo that the client has.
async fn logo(idp: &TestIdp) -> Option<String> {
    let client = idp.operator().client(&ClientId::parse("shop").unwrap()).await.unwrap();
    client.logo.map(|name| name.to_string())
}

async fn upload(browser: &Browser, page: &Answer, file: &[u8]) -> Answer {
    browser.upload(page, "", "logo", file).await
}

async fn shop() -> TestIdp {
    let idp = TestIdp::start().await;
    idp.add_client(&ClientSpec::confidential("shop")).await;
    idp
}

#[tokio::test]
async fn a_site_gets_a_logo_another_one_and_none_again() {
    let idp = shop().await;
    let (_, browser) = with_role(&idp, "alice", "client-manager").await;
    let shown = browser.visit(page_of(&idp, "show")).await;
    let form = click(&browser, &shown, "admin-logo").await;
    assert!(form.body.contains("id=\"admin-no-logo\"") && form.body.contains("name=\"logo\" type=\"file\""));
    assert!(!form.body.contains("id=\"admin-remove-logo\""), "{}", form.body);
    for (file, ending) in [(SVG, ".svg"), (&png(64, 64)[..], ".png")] {
        let form = browser.visit(page_of(&idp, "logo")).await;
        let answer = upload(&browser, &form, file).await;
        let shown = browser.follow(answer).await;
        assert!(shown.body.contains("has a new logo now."), "{}", shown.body);
        let name = logo(&idp).await.unwrap();
        assert!(name.ends_with(ending), "{name}");
        // People see it, and so does the administrator.
        let address = format!("/assets/clients/{name}");
        let form = browser.visit(page_of(&idp, "logo")).await;
        for page in [&shown, &form] {
            assert!(page.body.contains(&format!("src=\"{address}\"")), "{}", page.body);
        }
        let served = idp.http.get(idp.url(&address)).send().await.unwrap();
        assert_eq!(served.bytes().await.unwrap(), file);
    }
    let form = browser.visit(page_of(&idp, "logo")).await;
    let answer = browser.upload(&form, "remove", "file", b"").await;
    let shown = browser.follow(answer).await;
    assert!(shown.body.contains("has no logo any more."), "{}", shown.body);
    assert_eq!(logo(&idp).await, None);
    assert_eq!(idp.recorded(AuditEvent::ClientChanged).await, 3);
}

#[tokio::test]
async fn what_is_no_logo_changes_nothing_and_says_why() {
    let idp = shop().await;
    let (_, browser) = with_role(&idp, "alice", "client-manager").await;
    let form = browser.visit(page_of(&idp, "logo")).await;
    let script = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let padded = [SVG, &b" ".repeat(33 * 1024)[..]].concat();
    for (file, words) in [
        (&b""[..], "Choose a file first."),
        (script, "This SVG file has a script or a document type."),
        (b"GIF89a", "This file cannot be read as a picture."),
        (&png(1025, 1), "This picture must be 1 to 1024 pixels wide and high."),
        (&padded, "This file is too large."),
        (&vec![b' '; 2 * 1024 * 1024], "This file is too large."),
    ] {
        let answer = upload(&browser, &form, file).await;
        assert_eq!(answer.status, 422, "{words}: {}", answer.body);
        assert!(
            answer.body.contains(words) && answer.body.contains("aria-invalid"),
            "{words}: {}",
            answer.body
        );
    }
    assert_eq!(upload(&browser, &form, &vec![b' '; 8 * 1024 * 1024 + 1]).await.status, 413);
    // A form without a file that is no upload at all does not come from this page.
    assert_eq!(browser.press(&form, "remove", &[]).await.status, 403);
    assert_eq!(logo(&idp).await, None);
    assert_eq!(idp.recorded(AuditEvent::ClientChanged).await, 0);
}

#[tokio::test]
async fn of_two_who_replace_a_logo_the_second_is_shown_the_other_one_first() {
    let idp = shop().await;
    let (_, alice) = with_role(&idp, "alice", "client-manager").await;
    let (_, bob) = with_role(&idp, "bob", "administrator").await;
    let (hers, his) = (alice.visit(page_of(&idp, "logo")).await, bob.visit(page_of(&idp, "logo")).await);
    assert_eq!(upload(&alice, &hers, SVG).await.status, 303);
    let set = logo(&idp).await.unwrap();
    let told = upload(&bob, &his, &png(8, 8)).await;
    assert!(told.status == 409 && told.body.contains("Somebody changed this in the meantime."), "{told:?}");
    assert!(told.body.contains(&set), "{}", told.body);
    assert_eq!(logo(&idp).await, Some(set));
    // Sent twice, the form does it once.
    assert_eq!(upload(&alice, &hers, SVG).await.status, 409);
    assert_eq!(upload(&bob, &told, &png(8, 8)).await.status, 303);
    assert!(logo(&idp).await.unwrap().ends_with(".png"));
    assert_eq!(idp.recorded(AuditEvent::ClientChanged).await, 2);
}

#[tokio::test]
async fn a_logo_is_in_the_hands_of_those_who_may_change_the_site() {
    let idp = shop().await;
    for role in ["auditor", "user-manager", "help-desk"] {
        let (_, browser) = with_role(&idp, &format!("one-{role}"), role).await;
        assert_eq!(browser.visit(page_of(&idp, "logo")).await.status, 404, "{role}");
        let shown = browser.visit(page_of(&idp, "show")).await;
        assert!(!shown.body.contains("/admin/clients/logo"), "{role}: {}", shown.body);
    }
    // The form of a person who lost the right does nothing, nor does another person's.
    let (user, browser) = with_role(&idp, "alice", "client-manager").await;
    let (_, bob) = with_role(&idp, "bob", "client-manager").await;
    let form = browser.visit(page_of(&idp, "logo")).await;
    assert_eq!(upload(&bob, &form, SVG).await.status, 403);
    let manager = idp.role("client-manager").await.id;
    let taken = idp.operator().assign_role(manager, RoleHolder::User(user), false, idp.clock.now()).await;
    assert!(taken.unwrap());
    assert_eq!(upload(&browser, &form, SVG).await.status, 404);
    // A site that administers is out of reach of those who have less.
    idp.add_api_client("tool", &Permissions::all().to_string()).await;
    assert_eq!(bob.visit(idp.url("/admin/clients/logo?id=tool")).await.status, 404);
    assert_eq!(bob.visit(idp.url("/admin/clients/logo?id=none")).await.status, 404);
    assert_eq!(logo(&idp).await, None);
}
