//! Who may do what on the pages about people: what opens to a lesser administrator, whom they do not reach, forms that are stale,
//! strange or late, and rights that are withdrawn while a form is open.

use crate::admin_people_pages::{PEOPLE, click, page_of, save, says, send, started, with_role};
use crate::administrators::signed_in;
use idp_core::administration::{Permissions, RoleName};
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::roles::NewRole;
use idp_server::store::roles::RoleHolder;
use idp_tests::{HOST, PASSWORD, SESSION, TestIdp};
use uuid::Uuid;

/// A role of its own with these permissions.
async fn role(idp: &TestIdp, name: &str, permissions: &[&str]) {
    let words = permissions.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let permissions = Permissions::try_from(words).unwrap();
    let name: RoleName = name.parse().unwrap();
    let new = NewRole { permissions, ..NewRole::named(name) };
    idp.operator().add_role(new, idp.clock.now()).await.unwrap();
}

#[tokio::test]
async fn each_page_about_people_opens_to_those_alone_who_may_do_what_it_does() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let plain = idp
        .operator()
        .add_role(NewRole::named("shop:editor".parse().unwrap()), idp.clock.now())
        .await
        .unwrap()
        .id;
    let session = signed_in(&idp, "alice").await;
    drop(session);
    let all = ["auditor", "help-desk", "user-manager", "client-manager"];
    let readers = ["auditor", "help-desk", "user-manager"];
    let managers = ["user-manager"];
    let desk = ["help-desk", "user-manager"];
    let pages: [(&str, &[&str]); 19] = [
        ("", &readers),
        ("/add", &managers),
        ("/invite", &managers),
        ("/invitations", &readers),
        ("/sign-out-everybody", &managers),
        ("/show", &readers),
        ("/sessions", &readers),
        ("/activity", &["auditor"]),
        ("/change", &managers),
        ("/addresses/add", &managers),
        ("/password", &desk),
        ("/methods/reset", &desk),
        ("/sign-out", &desk),
        ("/sites/disconnect", &desk),
        ("/roles/give", &[]),
        ("/groups/add", &managers),
        ("/disable", &managers),
        ("/enable", &managers),
        ("/remove", &managers),
    ];
    for name in all {
        let (_, browser) = with_role(&idp, &format!("one-{name}"), name).await;
        for (page, open_to) in pages {
            let shown = browser.open(page_of(&idp, page.trim_start_matches('/'), alice)).await;
            let shown = if page.is_empty() { browser.open(idp.url(PEOPLE)).await } else { shown };
            let is_open = open_to.contains(&name);
            assert_eq!(shown.status == 404, !is_open, "{name} {page}: {}", shown.status);
            // No page links to what would not open.
            for (other, open_to) in pages.iter().filter(|(other, _)| !other.is_empty()) {
                let links = shown.body.contains(&format!("href=\"{PEOPLE}{other}"));
                assert!(!links || open_to.contains(&name), "{name}: {page} links to {other}");
            }
        }
        // A form that never was on a page does nothing either.
        let forged = [("tx", "x"), ("csrf", "x")];
        let posted = browser.post(page_of(&idp, "disable", alice), &forged).await.status;
        assert_eq!(posted, if name == "user-manager" { 403 } else { 404 }, "{name}");
    }
    let (_, auditor) = with_role(&idp, "auditor", "auditor").await;
    let take = idp.url(&format!("{PEOPLE}/roles/take?id={alice}.{plain}"));
    assert_eq!(auditor.open(take).await.status, 404);
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 0);
}

#[tokio::test]
async fn what_an_administrator_may_not_see_is_said_to_be_kept_from_them() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let (_, desk) = with_role(&idp, "desk", "help-desk").await;
    let shown = desk.visit(page_of(&idp, "show", alice)).await;
    says(&shown, &["id=\"person-roles-hidden\"", "id=\"person-activity-hidden\"", "id=\"person-no-groups\""]);
    assert!(!shown.body.contains("id=\"people-activity\""));
    role(&idp, "reader", &["idp.users.read"]).await;
    let (_, reader) = with_role(&idp, "reader", "reader").await;
    let shown = reader.visit(page_of(&idp, "show", alice)).await;
    says(&shown, &["id=\"person-groups-hidden\"", "alice@example.org"]);
    for id in ["people-change", "people-password", "people-sign-out", "people-disable", "people-remove"] {
        assert!(!shown.body.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let group = format!("{PEOPLE}?group={}", Uuid::max());
    assert_eq!(reader.open(idp.url(&group)).await.status, 404, "groups are not theirs to see");
}

#[tokio::test]
async fn a_lesser_administrator_looks_at_a_greater_one_and_signs_them_out_and_that_is_all() {
    let idp = started().await;
    let root = idp.add_user("root").await;
    let manager = with_role(&idp, "manager", "user-manager").await.1;
    let desk = with_role(&idp, "desk", "help-desk").await.1;
    // The forms were open before root became an administrator.
    let forms = [
        (&manager, manager.visit(page_of(&idp, "disable", root)).await, ""),
        (&manager, manager.visit(page_of(&idp, "remove", root)).await, ""),
        (&manager, manager.visit(page_of(&idp, "change", root)).await, ""),
        (&desk, desk.visit(page_of(&idp, "password", root)).await, "add"),
        (&desk, desk.visit(page_of(&idp, "password", root)).await, "send_link"),
    ];
    let vouch = manager.visit(page_of(&idp, "addresses/add", root)).await;
    idp.give_role(root, "administrator").await;
    for (browser, form, button) in &forms {
        let refused = match form.url.path().ends_with("change") {
            true => save(browser, form, &[("username", "mine")]).await,
            false => send(browser, form, button, &[]).await,
        };
        assert_eq!(refused.status, 403, "{} {}", form.url, refused.body);
        says(&refused, &["This takes rights that you do not have.", "role=\"alert\""]);
    }
    let mine = [("address", "mine@example.org"), ("verified", "yes")];
    assert_eq!(send(&manager, &vouch, "", &mine).await.status, 403);
    let account = idp.app.store.account(root).await.unwrap().unwrap();
    assert_eq!((account.user.username.as_str(), account.addresses.iter().len()), ("root", 1));

    let shown = desk.visit(page_of(&idp, "show", root)).await;
    says(&shown, &["id=\"person-out-of-reach\"", "id=\"people-sign-out\""]);
    for id in ["people-password", "people-reset", "people-change", "people-disable"] {
        assert!(!shown.body.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let browser = signed_in(&idp, "root").await;
    let question = click(&desk, &shown, "people-sign-out").await;
    says(&send(&desk, &question, "", &[]).await, &["is signed out everywhere."]);
    assert_ne!(browser.open(idp.url("/account/devices")).await.status, 200);
    // Switched off, root is as far away as before.
    let other = with_role(&idp, "boss", "administrator").await.0;
    idp.operator().disable_user(root, idp.clock.now()).await.unwrap();
    says(&manager.visit(page_of(&idp, "show", root)).await, &["id=\"person-out-of-reach\""]);
    assert_ne!(other, root);
}

#[tokio::test]
async fn of_two_who_edit_the_same_person_the_second_learns_of_it_and_loses_nothing() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let (_, first) = with_role(&idp, "first", "administrator").await;
    let (_, second) = with_role(&idp, "second", "administrator").await;
    let url = page_of(&idp, "change", alice);
    let (hers, his) = (first.visit(&url).await, second.visit(&url).await);
    let question = second.visit(page_of(&idp, "disable", alice)).await;
    let hers = save(&first, &hers, &[("nickname", "Hers"), ("second_factor", "yes")]).await;
    assert_eq!(hers.status, 200);
    let told = save(&second, &his, &[("nickname", "His"), ("username", "alicia")]).await;
    assert_eq!(told.status, 409);
    says(&told, &["Somebody changed this in the meantime.", "id=\"nickname-stored\"", "<bdi>Hers</bdi>"]);
    says(&told, &["value=\"His\"", "value=\"alicia\"", "id=\"second-factor-stored\""]);
    let done = save(&second, &told, &[("nickname", "His"), ("username", "alicia")]).await;
    says(&done, &["(alicia)</bdi> was changed."]);
    // A question from before that names the person as they were called then.
    let stale = send(&second, &question, "", &[]).await;
    assert_eq!(stale.status, 409);
    says(&stale, &["Somebody changed this in the meantime.", "(alicia)"]);
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 0);
}

#[tokio::test]
async fn rights_that_are_withdrawn_while_a_form_is_open_do_nothing_more() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let (manager, browser) = with_role(&idp, "manager", "user-manager").await;
    let form = browser.visit(page_of(&idp, "disable", alice)).await;
    let taken = idp.role("user-manager").await.id;
    let holder = RoleHolder::User(manager);
    idp.operator().assign_role(taken, holder, false, idp.clock.now()).await.unwrap();
    assert_eq!(send(&browser, &form, "", &[]).await.status, 404);
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 0);
}

#[tokio::test]
async fn nobody_gives_a_role_with_rights_that_they_lack_or_is_the_last_to_go() {
    let idp = started().await;
    let (root, browser) = with_role(&idp, "root", "administrator").await;
    role(&idp, "giver", &["idp.roles.read", "idp.roles.manage", "idp.users.read"]).await;
    let (giver, lesser) = with_role(&idp, "giver", "giver").await;
    let form = lesser.visit(page_of(&idp, "roles/give", giver)).await;
    assert!(!form.body.contains("<option value=\"administrator\""), "{}", form.body);
    says(&form, &["<option value=\"giver\""]);
    let greedy = send(&lesser, &form, "", &[("chosen", "administrator")]).await;
    assert_eq!(greedy.status, 403);
    let administrator = idp.role("administrator").await.id;
    let of_role = lesser.visit(idp.url(&format!("/admin/roles/show?id={administrator}"))).await;
    assert!(!of_role.body.contains("id=\"admin-add-holder\""), "{}", of_role.body);
    let holders = idp.url(&format!("/admin/roles/holders/add?id={administrator}"));
    let form = lesser.visit(holders).await;
    assert_eq!(send(&lesser, &form, "", &[("chosen", "giver")]).await.status, 403);
    assert!(
        !idp.app
            .store
            .permissions_of(idp_server::db::authority::Principal::User(giver))
            .await
            .unwrap()
            .contain(idp_core::administration::Permission::ManageKeys)
    );

    for act in ["disable", "remove", &format!("roles/take?id={root}.{administrator}")] {
        let url = match act.contains('?') {
            true => idp.url(&format!("{PEOPLE}/{act}")),
            false => page_of(&idp, act, root),
        };
        let question = browser.visit(url).await;
        let refused = send(&browser, &question, "", &[]).await;
        assert_eq!(refused.status, 409, "{act}: {}", refused.body);
        says(&refused, &["Nobody could administer this service any more."]);
    }
}

#[tokio::test]
async fn what_changes_a_person_asks_for_a_fresh_sign_in_and_what_ends_a_theft_does_not() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let (_, browser) = with_role(&idp, "root", "administrator").await;
    let form = browser.visit(page_of(&idp, "disable", alice)).await;
    idp.clock.advance(2 * 60 * 60);
    for page in ["show", "sessions", "activity", "sign-out"] {
        assert_eq!(browser.open(page_of(&idp, page, alice)).await.status, 200, "{page}");
    }
    for page in ["change", "password", "disable", "remove", "roles/give", "groups/add", "addresses/add"] {
        let login = browser.visit(page_of(&idp, page, alice)).await;
        assert!(login.has_form("/login"), "{page}: {}", login.body);
    }
    let late = send(&browser, &form, "", &[]).await;
    assert!(late.has_form("/login"), "{}", late.body);
    let back = browser.log_in_as(&late, "root", PASSWORD).await;
    assert_eq!(browser.follow(back).await.url.path(), "/admin/people/disable");
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 0);
}

#[tokio::test]
async fn s60_a_form_of_one_person_page_or_session_does_nothing_at_another() {
    let idp = started().await;
    let (alice, bob) = (idp.add_user("alice").await, idp.add_user("bob").await);
    let (_, browser) = with_role(&idp, "root", "administrator").await;
    let (_, other) = with_role(&idp, "other", "administrator").await;
    let form = browser.visit(page_of(&idp, "disable", alice)).await;
    let (tx, csrf) = (form.input("tx"), form.input("csrf"));
    let fields = [("tx", tx.as_str()), ("csrf", csrf.as_str())];
    for url in [page_of(&idp, "disable", bob), page_of(&idp, "remove", alice)] {
        assert_eq!(browser.post(url, &fields).await.status, 403);
    }
    assert_eq!(other.post(page_of(&idp, "disable", alice), &fields).await.status, 403);
    assert_eq!(browser.post(page_of(&idp, "disable", alice), &[("tx", tx.as_str())]).await.status, 403);
    // Another administrator has taken the browser over meanwhile.
    browser.set_cookie(HOST, SESSION, &other.cookie(HOST, SESSION).unwrap());
    assert_eq!(browser.post(page_of(&idp, "disable", alice), &fields).await.status, 403);
    for user in [alice, bob] {
        assert!(idp.app.store.account(user).await.unwrap().is_some());
    }
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 0);
    let wrong = ["show?id=x", "show", "addresses/change?id=x.y", "roles/take?id=", "sessions/end?id=1"];
    for page in wrong {
        assert_eq!(other.open(idp.url(&format!("{PEOPLE}/{page}"))).await.status, 404, "{page}");
    }
}

#[tokio::test]
async fn s94_whatever_is_typed_is_refused_or_taken_and_never_a_fault() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let (_, browser) = with_role(&idp, "root", "administrator").await;
    let long = "x".repeat(9000);
    let hostile = ["a\u{0}b", "' OR 1=1 --", "%", "\u{202E}", "..", &long];
    for (page, field, button) in [
        ("change", "username", ""),
        ("addresses/add", "address", ""),
        ("roles/give", "chosen", ""),
        ("groups/add", "chosen", ""),
    ] {
        let form = browser.visit(page_of(&idp, page, alice)).await;
        for text in hostile {
            let (tx, csrf) = (form.input("tx"), form.input("csrf"));
            let fields = [("tx", tx.as_str()), ("csrf", &csrf), ("action", button), (field, text)];
            let answer = browser.post(page_of(&idp, page, alice), &fields).await;
            assert!(answer.status < 500, "{page} {text:?}: {}", answer.status);
        }
    }
    for page in ["add", "invite"] {
        let form = browser.visit(idp.url(&format!("{PEOPLE}/{page}"))).await;
        for text in hostile {
            let fields = [("username", text), ("name", text), ("address", text)];
            let refused = send(&browser, &form, "", &fields).await;
            assert!((400..500).contains(&refused.status), "{page} {text:?}: {}", refused.status);
        }
    }
    for text in hostile {
        let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for name in ["q", "after", "status", "group"] {
            let found = browser.open(idp.url(&format!("{PEOPLE}?{name}={query}"))).await;
            assert!(found.status < 500, "{name} {text:?}: {}", found.status);
        }
        for page in ["invitations/withdraw?invitation", "invitations?after"] {
            let answer = browser.open(idp.url(&format!("{PEOPLE}/{page}={query}"))).await;
            assert!(answer.status < 500, "{page} {text:?}: {}", answer.status);
        }
        let site = format!("{}&client={query}", page_of(&idp, "sites/disconnect", alice));
        assert!(browser.open(site).await.status < 500, "{text:?}");
    }
}

#[tokio::test]
async fn a_receipt_is_of_one_page_and_one_administrator() {
    let idp = started().await;
    let (alice, bob) = (idp.add_user("alice").await, idp.add_user("bob").await);
    let (_, browser) = with_role(&idp, "root", "administrator").await;
    let (_, other) = with_role(&idp, "other", "administrator").await;
    let question = browser.visit(page_of(&idp, "disable", alice)).await;
    let done = send(&browser, &question, "", &[]).await;
    says(&done, &["id=\"receipt\""]);
    let elsewhere = done.url.as_str().replace(&alice.to_string(), &bob.to_string());
    for (browser, url) in [(&other, done.url.as_str()), (&browser, elsewhere.as_str())] {
        let shown = browser.visit(url).await;
        assert!(shown.status == 200 && !shown.body.contains("id=\"receipt\""), "{url}");
    }
}
