//! What people gain and lose by the pages of administrators: an account, an invitation, addresses, roles and groups.

use crate::admin_people_pages::{PEOPLE, click, click_to, page_of, says, send, signs_in, started, with_role};
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::roles::NewRole;
use idp_tests::PASSWORD;
use uuid::Uuid;

#[tokio::test]
async fn addresses_are_added_confirmed_made_primary_and_removed() {
    let idp = started().await;
    let (alice, _) = (idp.add_user("alice").await, idp.add_user("bob").await);
    let (_, browser) = with_role(&idp, "manager", "user-manager").await;
    let shown = browser.visit(page_of(&idp, "show", alice)).await;
    let form = click(&browser, &shown, "people-add-address").await;
    assert_eq!(send(&browser, &form, "", &[("address", "nowhere")]).await.status, 422);
    let taken = send(&browser, &form, "", &[("address", "bob@example.org"), ("verified", "yes")]).await;
    assert_eq!(taken.status, 409);
    says(&taken, &["Somebody else signs in with this address.", " checked"]);
    idp.clock.advance(1);
    let added = send(&browser, &form, "", &[("address", "alice@home.example")]).await;
    says(&added, &["<bdi>alice@home.example</bdi> is an address of", "Not confirmed yet"]);
    let known = idp.app.store.account(alice).await.unwrap().unwrap();
    let ids: Vec<Uuid> = known.addresses.iter().map(|known| known.id).collect();
    let page = |id: Uuid| idp.url(&format!("{PEOPLE}/addresses/change?id={alice}.{id}"));
    let (first, second) = (browser.visit(page(ids[0])).await, browser.visit(page(ids[1])).await);
    says(&first, &["id=\"address-kept\""]);
    says(&second, &["id=\"address-verify\"", "id=\"address-remove\""]);
    let verified = send(&browser, &second, "accept", &[]).await;
    says(&verified, &["<bdi>alice@home.example</bdi> is confirmed:"]);
    // The page was made before that, so its other buttons are about something else by now.
    let stale = send(&browser, &second, "make_primary", &[]).await;
    assert_eq!(stale.status, 409);
    let primary = send(&browser, &stale, "make_primary", &[]).await;
    says(&primary, &["is the primary address of"]);
    assert_eq!(signs_in(&idp, "alice@home.example", PASSWORD).await.status, 303);
    let first = browser.visit(page(ids[0])).await;
    let removed = send(&browser, &first, "remove", &[]).await;
    says(&removed, &["<bdi>alice@example.org</bdi> is no address of"]);
    assert_eq!(browser.visit(page(ids[0])).await.status, 404);
    let of_bob = idp
        .app
        .store
        .user_by_name(idp_core::username::Username::parse("bob").unwrap())
        .await
        .unwrap()
        .unwrap()
        .id;
    assert_eq!(
        browser.visit(idp.url(&format!("{PEOPLE}/addresses/change?id={of_bob}.{}", ids[1]))).await.status,
        404
    );
}

#[tokio::test]
async fn a_person_is_added_invited_and_removed() {
    let idp = started().await;
    let (_, browser) = with_role(&idp, "manager", "user-manager").await;
    let list = browser.visit(idp.url(PEOPLE)).await;
    let form = click(&browser, &list, "admin-add").await;
    for (fields, status) in [
        ([("username", ""), ("address", "")], 422),
        ([("username", "manager"), ("address", "")], 409),
        ([("username", "ada"), ("address", "nowhere")], 422),
    ] {
        let refused = send(&browser, &form, "", &fields).await;
        assert_eq!(refused.status, status, "{fields:?} {}", refused.body);
        says(&refused, &["role=\"alert\""]);
    }
    let fields = [("username", "ada"), ("name", "Ada"), ("address", "ada@example.org"), ("verified", "yes")];
    let made = send(&browser, &form, "", &fields).await;
    says(&made, &["<bdi>Ada (ada)</bdi> was added.", "Signs in as <bdi>ada</bdi>"]);
    let password = made.body.split("translate=\"no\"><code>").nth(1).unwrap().split('<').next().unwrap();
    says(&signs_in(&idp, "ada@example.org", password).await, &["choose-submit"]);
    let shown = click(&browser, &made, "admin-back").await;
    says(&shown, &["<bdi>Ada</bdi>", "No role", "In no group"]);
    let question = click(&browser, &shown, "people-remove").await;
    says(&question, &["will be gone for good.", "This cannot be undone."]);
    let gone = send(&browser, &question, "", &[]).await;
    assert_eq!(gone.url.path(), PEOPLE);
    says(&gone, &["The account of <bdi>Ada (ada)</bdi> is deleted."]);
    assert_eq!(browser.visit(&shown.url).await.status, 404);
    assert_eq!(send(&browser, &question, "", &[]).await.status, 404);

    let form = click(&browser, &gone, "people-invite").await;
    assert_eq!(send(&browser, &form, "", &[("address", "nowhere")]).await.status, 422);
    let taken = [("address", "eve@example.org"), ("username", "manager")];
    assert_eq!(send(&browser, &form, "", &taken).await.status, 409);
    let fields = [("address", "eve@example.org"), ("name", "Eve"), ("language", "zh-CN")];
    let sent = send(&browser, &form, "", &fields).await;
    says(&sent, &["An invitation is on its way to <bdi>eve@example.org</bdi>.", "<bdi>Eve</bdi>"]);
    let question = click_to(&browser, &sent, "/admin/people/invitations/withdraw").await;
    says(&question, &["The link in the email will not work any more.", "eve@example.org"]);
    let back = send(&browser, &question, "", &[]).await;
    says(&back, &["The invitation to <bdi>eve@example.org</bdi> is taken back.", "No invitation is open."]);
    assert_eq!(send(&browser, &question, "", &[]).await.url.path(), "/admin/people/invitations");
    assert_eq!(idp.recorded(AuditEvent::InvitationWithdrawn).await, 1);
}

#[tokio::test]
async fn roles_and_groups_are_given_and_taken_from_either_side() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let (_, browser) = with_role(&idp, "root", "administrator").await;
    let now = idp.clock.now();
    let role = idp.operator().add_role(NewRole::named("shop:editor".parse().unwrap()), now).await.unwrap();
    idp.operator().add_group("staff".parse().unwrap(), String::new(), None, now).await.unwrap();
    let shown = browser.visit(page_of(&idp, "show", alice)).await;
    let form = click(&browser, &shown, "people-give-role").await;
    says(&form, &["<option value=\"shop:editor\">"]);
    assert_eq!(send(&browser, &form, "", &[("chosen", "none")]).await.status, 422);
    let given = send(&browser, &form, "", &[("chosen", "shop:editor")]).await;
    says(&given, &["has the role <bdi>shop:editor</bdi> now.", "Role given", "<bdi>shop:editor</bdi>"]);
    says(&send(&browser, &form, "", &[("chosen", "shop:editor")]).await, &["Nothing changed"]);
    let of_role = browser.visit(idp.url(&format!("/admin/roles/show?id={}", role.id))).await;
    says(&of_role, &["The alice (alice)", "id=\"admin-find\""]);
    let question = click_to(&browser, &of_role, "/admin/people/roles/take").await;
    says(&question, &["will not have the role <bdi>shop:editor</bdi> any more."]);
    says(&send(&browser, &question, "", &[]).await, &["does not have the role", "No role"]);
    let form = click(&browser, &of_role, "admin-add-holder").await;
    assert_eq!(send(&browser, &form, "", &[("chosen", "nobody")]).await.status, 422);
    let by_address = send(&browser, &form, "", &[("chosen", "alice@example.org")]).await;
    assert_eq!(by_address.url.path(), "/admin/roles/show");
    says(&by_address, &["has the role <bdi>shop:editor</bdi> now."]);

    let form = browser.visit(page_of(&idp, "groups/add", alice)).await;
    assert_eq!(send(&browser, &form, "", &[("chosen", "crew")]).await.status, 422);
    let joined = send(&browser, &form, "", &[("chosen", "staff")]).await;
    says(&joined, &["is in <bdi>staff</bdi> now.", "Put into a group"]);
    let question = click_to(&browser, &joined, "/admin/people/groups/remove").await;
    says(&send(&browser, &question, "", &[]).await, &["is not in <bdi>staff</bdi> any more.", "In no group"]);
    let log = browser.visit(page_of(&idp, "activity", alice)).await;
    says(&log, &["Taken out of a group", "By <bdi>The root (root)</bdi>", "Role taken away"]);
}
