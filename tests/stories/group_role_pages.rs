//! The roles of a group, on pages: each is given and taken there, with what its members get and lose, by those alone who have it.

use crate::admin_pages::{click, send, with_role};
use crate::administrators::signed_in;
use idp_core::administration::Permissions;
use idp_server::directory::roles::{NewRole, RoleChange};
use idp_server::store::roles::RoleHolder;
use idp_tests::{Answer, Browser, TestIdp};
use uuid::Uuid;

async fn group(idp: &TestIdp, name: &str) -> Uuid {
    let now = idp.clock.now();
    idp.operator().add_group(name.parse().unwrap(), String::new(), None, now).await.unwrap().id
}

async fn role(idp: &TestIdp, name: &str, permissions: &[&str]) -> Uuid {
    let words = permissions.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let permissions = Permissions::try_from(words).unwrap();
    let role = NewRole { permissions, ..NewRole::named(name.parse().unwrap()) };
    idp.operator().add_role(role, idp.clock.now()).await.unwrap().id
}

async fn assign(idp: &TestIdp, role: Uuid, group: Uuid) {
    let holder = RoleHolder::Group(group);
    idp.operator().assign_role(role, holder, true, idp.clock.now()).await.unwrap();
}

async fn join(idp: &TestIdp, group: Uuid, user: Uuid) {
    idp.operator().set_member(group, user, true, idp.clock.now()).await.unwrap();
}

fn give(group: Uuid) -> String {
    format!("/admin/groups/roles/give?id={group}")
}

fn take(group: Uuid, role: Uuid) -> String {
    format!("/admin/groups/roles/take?id={group}.{role}")
}

async fn show(idp: &TestIdp, browser: &Browser, group: Uuid) -> Answer {
    browser.visit(idp.url(&format!("/admin/groups/show?id={group}"))).await
}

/// The names of the roles that a person has by groups.
async fn by_groups(idp: &TestIdp, user: Uuid) -> Vec<String> {
    let roles = idp.app.store.roles_of_user(user).await.unwrap();
    roles.by_groups.iter().map(|role| role.name.to_string()).collect()
}

#[tokio::test]
async fn an_administrator_gives_a_group_a_role_and_takes_it_again() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let (bob, staff) = (idp.add_user("bob").await, group(&idp, "staff").await);
    let editor = role(&idp, "shop:editor", &[]).await;
    join(&idp, staff, bob).await;
    let shown = show(&idp, &browser, staff).await;
    assert!(shown.body.contains("Its members have no role by it."), "{}", shown.body);
    let form = click(&browser, &shown, "admin-give-role").await;
    assert_eq!(form.url.as_str(), idp.url(&give(staff)));
    assert!(form.body.contains("Which role is <bdi>staff</bdi> to have?"), "{}", form.body);
    assert!(form.body.contains("<option value=\"shop:editor\">"), "{}", form.body);
    let unknown = send(&browser, &form, &[("chosen", "shop:owner")]).await;
    assert!(unknown.status == 422 && by_groups(&idp, bob).await.is_empty(), "{}", unknown.body);
    let given = send(&browser, &form, &[("chosen", "shop:editor")]).await;
    let words = "The members of this group have the role <bdi>shop:editor</bdi> now.";
    assert!(given.status == 200 && given.body.contains(words), "{}", given.body);
    assert_eq!(by_groups(&idp, bob).await, ["shop:editor"]);
    let again = send(&browser, &form, &[("chosen", "shop:editor")]).await;
    assert!(again.body.contains("Nothing changed: <bdi>staff</bdi> was like that before."), "{}", again.body);

    assert!(given.body.contains(&format!("href=\"{}\"", take(staff, editor))), "{}", given.body);
    let question = browser.open(idp.url(&take(staff, editor))).await;
    assert!(question.body.contains("1 person is in the group, and loses the role."), "{}", question.body);
    let taken = send(&browser, &question, &[]).await;
    let words = "The members of this group do not have the role <bdi>shop:editor</bdi> by it any more.";
    assert!(taken.status == 200 && taken.body.contains(words), "{}", taken.body);
    assert!(by_groups(&idp, bob).await.is_empty());
    // What was done in another tab is not asked again, nor done twice.
    let back = browser.open(idp.url(&take(staff, editor))).await;
    assert_eq!((back.status, back.location().unwrap().path()), (303, "/admin/groups/show"));
    assert_eq!(browser.press(&question, "", &[]).await.status, 303);
}

#[tokio::test]
async fn roles_of_a_group_are_in_the_hands_of_those_who_have_what_they_permit() {
    let idp = TestIdp::start().await;
    let manager = ["idp.groups.read", "idp.roles.read", "idp.roles.manage", "idp.users.read"];
    role(&idp, "role-manager", &manager).await;
    let (_, maker) = with_role(&idp, "bob", "role-manager").await;
    let (staff, admins) = (group(&idp, "staff").await, group(&idp, "admins").await);
    let editor = role(&idp, "shop:editor", &[]).await;
    let administrator = idp.role("administrator").await.id;
    let form = maker.visit(idp.url(&give(staff))).await;
    assert!(form.body.contains("<option value=\"shop:editor\">"), "{}", form.body);
    assert!(!form.body.contains("<option value=\"administrator\">"), "{}", form.body);
    let refused = maker.press(&form, "", &[("chosen", "administrator")]).await;
    assert!(refused.status == 403 && refused.body.contains("This takes rights that you do not have."));

    // A group that makes administrators gets and loses nothing by their hand, not even what permits nothing.
    assign(&idp, editor, admins).await;
    let (form, question) =
        (maker.visit(idp.url(&give(admins))).await, maker.visit(idp.url(&take(admins, editor))).await);
    let open = show(&idp, &maker, admins).await;
    assert!(open.body.contains("id=\"admin-give-role\"") && open.body.contains(&take(admins, editor)));
    assert!(!open.body.contains("id=\"admin-change\""), "a page of a right that they lack: {}", open.body);
    assign(&idp, administrator, admins).await;
    assert_eq!(maker.press(&form, "", &[("chosen", "shop:editor")]).await.status, 403);
    assert_eq!(maker.press(&question, "", &[]).await.status, 403);
    let shut = show(&idp, &maker, admins).await;
    assert!(shut.body.contains("<bdi>administrator</bdi>"), "{}", shut.body);
    assert!(!shut.body.contains("/admin/groups/roles/"), "no link that would be refused: {}", shut.body);
    assert_eq!(idp.app.store.roles_of_group(admins).await.unwrap().len(), 2);
    assert!(idp.app.store.roles_of_group(staff).await.unwrap().is_empty());

    // To those who may not give roles there are no such pages.
    for role in ["user-manager", "auditor", "help-desk"] {
        let (_, browser) = with_role(&idp, &format!("one-{role}"), role).await;
        assert!(!show(&idp, &browser, admins).await.body.contains("/admin/groups/roles/"), "{role}");
        for page in [give(staff), take(admins, editor)] {
            assert_eq!(browser.visit(idp.url(&page)).await.status, 404, "{role} {page}");
        }
    }
}

#[tokio::test]
async fn the_group_that_the_last_administrator_is_one_by_keeps_the_role() {
    let idp = TestIdp::start().await;
    let (alice, admins) = (idp.add_user("alice").await, group(&idp, "admins").await);
    let administrator = idp.role("administrator").await.id;
    assign(&idp, administrator, admins).await;
    join(&idp, admins, alice).await;
    let browser = signed_in(&idp, "alice").await;
    let question = browser.visit(idp.url(&take(admins, administrator))).await;
    let refused = browser.press(&question, "", &[]).await;
    assert!(
        refused.status == 409 && refused.body.contains("Nobody could administer this service any more."),
        "{}",
        refused.body
    );
    assert_eq!(by_groups(&idp, alice).await, ["administrator"]);
}

#[tokio::test]
async fn a_role_is_not_taken_by_a_form_that_is_stale_or_of_another_page() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let (staff, crew) = (group(&idp, "staff").await, group(&idp, "crew").await);
    let editor = role(&idp, "shop:editor", &[]).await;
    assign(&idp, editor, staff).await;
    assign(&idp, editor, crew).await;
    let question = browser.visit(idp.url(&take(staff, editor))).await;
    let (tx, csrf) = (question.input("tx"), question.input("csrf"));
    let fields = [("tx", tx.as_str()), ("csrf", csrf.as_str())];
    assert_eq!(browser.post(idp.url(&take(crew, editor)), &fields).await.status, 403);
    let before = idp.role("shop:editor").await;
    let change = RoleChange { description: Some("Edits the shop".to_owned()), ..RoleChange::default() };
    idp.operator().change_role(before, change, idp.clock.now()).await.unwrap();
    let told = browser.press(&question, "", &[]).await;
    assert!(told.status == 409 && told.body.contains("Somebody changed this in the meantime."), "{told:?}");
    for group in [staff, crew] {
        assert_eq!(idp.app.store.roles_of_group(group).await.unwrap().len(), 1);
    }
    // Having seen it, they take it.
    assert_eq!(send(&browser, &told, &[]).await.status, 200);
    assert!(idp.app.store.roles_of_group(staff).await.unwrap().is_empty());
    // A page of a group or a role that is not there is not there.
    for page in [give(Uuid::nil()), take(Uuid::nil(), editor), "/admin/groups/roles/take?id=x.y".to_owned()] {
        assert_eq!(browser.visit(idp.url(&page)).await.status, 404, "{page}");
    }
}
