//! The pages of administrators: groups and roles, by what each page says beforehand and afterwards, who may do what there, and what
//! becomes of two who edit the same thing.

use crate::administrators::signed_in;
use crate::password_reset::link_to;
use idp_core::administration::{Group, Role};
use idp_server::directory::roles::NewRole;
use idp_tests::{Answer, Browser, TestIdp};
use uuid::Uuid;

const GROUPS: &str = "/admin/groups";

/// A person with a role, signed in.
pub async fn with_role(idp: &TestIdp, name: &str, role: &str) -> (Uuid, Browser) {
    let user = idp.add_user(name).await;
    idp.give_role(user, role).await;
    (user, signed_in(idp, name).await)
}

async fn group(idp: &TestIdp, name: &str) -> Group {
    let now = idp.clock.now();
    idp.operator().add_group(name.parse().unwrap(), "For stories".to_owned(), None, now).await.unwrap()
}

fn page_of(idp: &TestIdp, act: &str, group: Uuid) -> String {
    idp.url(&format!("{GROUPS}/{act}?id={group}"))
}

/// Follows the link of this id.
pub async fn click(browser: &Browser, page: &Answer, id: &str) -> Answer {
    browser.open(page.url.join(&link_to(page, id)).unwrap()).await
}

/// Sends the form of a page, and follows.
pub async fn send(browser: &Browser, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.press(page, "", fields).await;
    browser.follow(answer).await
}

#[tokio::test]
async fn an_administrator_makes_changes_fills_and_removes_a_group() {
    let idp = TestIdp::start().await;
    idp.add_user("bob").await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let list = browser.visit(idp.url(GROUPS)).await;
    assert!(list.body.contains("There are none yet."), "{}", list.body);
    let form = click(&browser, &list, "admin-add").await;
    assert!(form.body.contains("Nobody is in it yet, and it gives nobody any rights."), "{}", form.body);
    let unnamed = send(&browser, &form, &[("name", " ")]).await;
    assert!(unnamed.status == 422 && unnamed.body.contains("Give it a name"), "{}", unnamed.body);
    let shown = send(&browser, &form, &[("name", "staff"), ("description", "All of us")]).await;
    assert!(shown.body.contains("<bdi>staff</bdi> was added."), "{}", shown.body);
    let taken = send(&browser, &form, &[("name", "staff")]).await;
    assert!(taken.status == 409 && taken.body.contains("There is another one of this name."));

    let form = click(&browser, &shown, "admin-change").await;
    assert_eq!((form.input("name"), form.input("description")), ("staff".to_owned(), "All of us".to_owned()));
    let changed = send(&browser, &form, &[("name", "Staff"), ("description", "All of us")]).await;
    assert!(changed.body.contains("<bdi>Staff</bdi> was changed."), "{}", changed.body);

    let form = click(&browser, &changed, "admin-add-member").await;
    let unknown = send(&browser, &form, &[("person", "nobody")]).await;
    assert!(unknown.status == 422 && unknown.body.contains("Nobody signs in with this name."));
    let added = send(&browser, &form, &[("person", "bob")]).await;
    assert!(added.body.contains("<bdi>bob</bdi> is in <bdi>Staff</bdi> now."), "{}", added.body);
    let question = click(&browser, &added, "admin-remove").await;
    assert!(question.body.contains("1 person is in it, and keeps their account."), "{}", question.body);
    let out = added.body.split("href=\"/admin/groups/members/remove").nth(1).unwrap();
    let out = format!(
        "{GROUPS}/members/remove{}",
        out.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&")
    );
    let confirm = browser.open(idp.url(&out)).await;
    assert!(confirm.body.contains("will not be in"), "{}", confirm.body);
    let without = send(&browser, &confirm, &[]).await;
    assert!(without.body.contains("Nobody is in this group."), "{}", without.body);
    let gone = send(&browser, &question, &[]).await;
    assert!(
        gone.url.path() == GROUPS && gone.body.contains("<bdi>Staff</bdi> was removed."),
        "{}",
        gone.body
    );
    assert_eq!(browser.open(&question.url).await.status, 404);
}

#[tokio::test]
async fn of_two_who_edit_the_same_group_the_second_learns_of_it_and_loses_nothing() {
    let idp = TestIdp::start().await;
    let (_, alice) = with_role(&idp, "alice", "administrator").await;
    let (_, bob) = with_role(&idp, "bob", "administrator").await;
    let group = group(&idp, "staff").await;
    let change = page_of(&idp, "change", group.id);
    let (hers, his) = (alice.visit(&change).await, bob.visit(&change).await);
    let question = bob.visit(page_of(&idp, "remove", group.id)).await;
    assert_eq!(send(&alice, &hers, &[("name", "Crew"), ("description", "Hers")]).await.status, 200);
    let told = bob.press(&his, "", &[("name", "Team"), ("description", "His")]).await;
    assert!(
        told.status == 409 && told.body.contains("Somebody changed this in the meantime."),
        "{}",
        told.body
    );
    assert!(told.body.contains("<bdi>Crew</bdi>") && told.body.contains("<bdi>Hers</bdi>"), "{}", told.body);
    assert_eq!((told.input("name"), told.input("description")), ("Team".to_owned(), "His".to_owned()));
    // Nor does he remove what he has not seen.
    assert_eq!(bob.press(&question, "", &[]).await.status, 409);
    // Having seen it, he has it his way.
    let done = send(&bob, &told, &[("name", "Team"), ("description", "His")]).await;
    assert!(done.body.contains("<bdi>Team</bdi> was changed."), "{}", done.body);
}

#[tokio::test]
async fn groups_are_found_by_how_their_names_begin_and_come_a_page_at_a_time() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "auditor").await;
    for at in 0..27 {
        group(&idp, &format!("team-{at:02}")).await;
    }
    group(&idp, "Team").await;
    group(&idp, "זוהר").await;
    let first = browser.visit(idp.url("/admin/groups?prefix=team")).await;
    assert!(
        first.body.contains("<bdi>team-24</bdi>")
            && !first.body.contains("<bdi>team-25</bdi>")
            && !first.body.contains(">Team<")
    );
    let second = browser
        .open(idp.url(&link_to(&first, "admin-next").replace("&amp;", "&").replace("&#38;", "&")))
        .await;
    assert!(
        second.body.contains("<bdi>team-26</bdi>") && !second.body.contains("<bdi>team-24</bdi>"),
        "{}",
        second.body
    );
    assert!(!second.body.contains("id=\"admin-next\""));
    let hebrew = browser.visit(idp.url("/admin/groups?prefix=%D7%96")).await;
    assert!(hebrew.body.contains("<bdi>זוהר</bdi>") && !hebrew.body.contains("<bdi>team-01</bdi>"));
    let none = browser.visit(idp.url("/admin/groups?prefix=%25")).await;
    assert!(none.body.contains("No name begins with this."), "{}", none.body);
}

#[tokio::test]
async fn each_page_opens_to_those_alone_who_may_do_what_it_does() {
    let idp = TestIdp::start().await;
    let group = group(&idp, "staff").await;
    let of = |act: &str| format!("{GROUPS}/{act}?id={}", group.id);
    let administrator = idp.role("administrator").await.id;
    let pages = [
        ("/admin".to_owned(), ["auditor", "help-desk", "user-manager", "client-manager"].as_slice()),
        (GROUPS.to_owned(), &["auditor", "help-desk", "user-manager"]),
        (of("show"), &["auditor", "help-desk", "user-manager"]),
        (format!("{GROUPS}/add"), &["user-manager"]),
        (of("change"), &["user-manager"]),
        (of("remove"), &["user-manager"]),
        (of("members/add"), &["user-manager"]),
        ("/admin/roles".to_owned(), &["auditor", "user-manager"]),
        (format!("/admin/roles/show?id={administrator}"), &["auditor", "user-manager"]),
        ("/admin/roles/add".to_owned(), &[]),
    ];
    for role in ["auditor", "help-desk", "user-manager", "client-manager"] {
        let (_, browser) = with_role(&idp, &format!("one-{role}"), role).await;
        for (page, open_to) in &pages {
            let expected = if open_to.contains(&role) { 200 } else { 404 };
            let shown = browser.visit(idp.url(page)).await;
            assert_eq!(shown.status, expected, "{role} {page}");
            // No page links to what would not open.
            for (other, open_to) in &pages {
                let other = other.replace('&', "&amp;");
                let links = shown.body.contains(&format!("href=\"{other}\""));
                assert!(!links || open_to.contains(&role), "{role}: {page} links to {other}");
            }
        }
    }
}

#[tokio::test]
async fn a_group_that_makes_administrators_is_in_the_hands_of_administrators_alone() {
    let idp = TestIdp::start().await;
    let (manager, browser) = with_role(&idp, "bob", "user-manager").await;
    let group = group(&idp, "admins").await;
    let form = browser.visit(page_of(&idp, "members/add", group.id)).await;
    let role = idp.role("administrator").await.id;
    let holder = idp_server::store::roles::RoleHolder::Group(group.id);
    idp.operator().assign_role(role, holder, true, idp.clock.now()).await.unwrap();
    let refused = browser.press(&form, "", &[("person", "bob")]).await;
    assert!(
        refused.status == 403 && refused.body.contains("This takes rights that you do not have."),
        "{refused:?}"
    );
    assert!(idp.app.store.groups_of_user(manager).await.unwrap().is_empty());
    let shown = browser.visit(page_of(&idp, "show", group.id)).await;
    assert!(!shown.body.contains("id=\"admin-change\""), "no button that would be refused: {}", shown.body);
}

#[tokio::test]
async fn a_role_carries_what_was_ticked_and_nobody_gives_what_they_lack() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let form = browser.visit(idp.url("/admin/roles/add")).await;
    let fields = [("name", "night-desk"), ("description", "At night"), ("idp.users.read", "yes")];
    let shown = send(&browser, &form, &fields).await;
    assert!(shown.body.contains("<bdi>night-desk</bdi> was added."), "{}", shown.body);
    assert!(shown.body.contains("See people: profile") && !shown.body.contains("Read the audit log"));
    let role = idp.role("night-desk").await;
    assert_eq!(role.permissions.get().to_string(), "idp.users.read");

    // A role of their own lets somebody make roles, but not with more than they have.
    let idp_roles = ["idp.roles.read", "idp.roles.manage", "idp.users.read"];
    let words = idp_roles.map(str::to_owned).to_vec();
    let permissions = idp_core::administration::Permissions::try_from(words).unwrap();
    let now = idp.clock.now();
    let maker = NewRole { permissions, ..NewRole::named("role-maker".parse().unwrap()) };
    idp.operator().add_role(maker, now).await.unwrap();
    let (_, maker) = with_role(&idp, "bob", "role-maker").await;
    let form = maker.visit(idp.url("/admin/roles/add")).await;
    let greedy = [("name", "mine"), ("idp.users.read", "yes"), ("idp.keys.manage", "yes")];
    assert_eq!(send(&maker, &form, &greedy).await.status, 200);
    assert_eq!(idp.role("mine").await.permissions.get().to_string(), "idp.users.read");

    let form = click(&browser, &shown, "admin-change").await;
    let same = send(&browser, &form, &fields).await;
    assert!(same.body.contains("Nothing changed:"), "{}", same.body);
    let question = click(&browser, &shown, "admin-remove").await;
    assert!(question.body.contains("Nobody was given it in person."), "{}", question.body);
    let gone = send(&browser, &question, &[]).await;
    assert!(gone.body.contains("<bdi>night-desk</bdi> was removed."), "{}", gone.body);
}

#[tokio::test]
async fn of_a_built_in_role_only_what_its_holders_must_prove_can_be_changed() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let auditor = idp.role("auditor").await;
    let form = browser.visit(idp.url(&format!("/admin/roles/change?id={}", auditor.id))).await;
    assert!(!form.body.contains("name=\"name\"") && !form.body.contains("idp.keys.manage"), "{}", form.body);
    let fields = [("name", "mine"), ("idp.keys.manage", "yes"), ("second_factor", "yes")];
    let shown = send(&browser, &form, &fields).await;
    assert!(shown.body.contains("id=\"admin-asks-second-factor\""), "{}", shown.body);
    assert!(!shown.body.contains("id=\"admin-remove\""), "{}", shown.body);
    assert_eq!(idp.role("auditor").await, Role { requires_second_factor: true, ..auditor.clone() });
    let remove = idp.url(&format!("/admin/roles/remove?id={}", auditor.id));
    assert_eq!(browser.visit(remove).await.status, 404);
}

#[tokio::test]
async fn what_changes_something_asks_for_a_fresh_sign_in_and_comes_back() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let group = group(&idp, "staff").await;
    let form = browser.visit(page_of(&idp, "change", group.id)).await;
    idp.clock.advance(2 * 60 * 60);
    assert_eq!(browser.open(page_of(&idp, "show", group.id)).await.status, 200, "looking does not");
    let login = browser.visit(page_of(&idp, "change", group.id)).await;
    assert!(login.has_form("/login"), "{}", login.body);
    let late = browser.press(&form, "", &[("name", "Crew")]).await;
    assert_eq!(late.location().unwrap().path(), "/login");
    let back = browser.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
    assert_eq!(browser.follow(back).await.url.path(), "/admin/groups/change");
    assert_eq!(idp.app.store.group(group.id).await.unwrap().unwrap().0, group);
}

#[tokio::test]
async fn a_form_of_one_page_or_person_does_nothing_at_another() {
    let idp = TestIdp::start().await;
    let (_, alice) = with_role(&idp, "alice", "administrator").await;
    let (_, bob) = with_role(&idp, "bob", "administrator").await;
    let (one, other) = (group(&idp, "one").await, group(&idp, "other").await);
    let form = alice.visit(page_of(&idp, "remove", one.id)).await;
    let (tx, csrf) = (form.input("tx"), form.input("csrf"));
    let fields = [("tx", tx.as_str()), ("csrf", csrf.as_str())];
    assert_eq!(alice.post(page_of(&idp, "remove", other.id), &fields).await.status, 403);
    assert_eq!(bob.post(page_of(&idp, "remove", one.id), &fields).await.status, 403);
    assert!(idp.app.store.group(one.id).await.unwrap().is_some());
    assert!(idp.app.store.group(other.id).await.unwrap().is_some());
}
