//! Administrators begin: the link that a first start prints, what it is good for, and that one administrator always stays.

use crate::own_process::idp_server;
use crate::registration::create;
use crate::schema::ask;
use futures_util::future::join_all;
use idp_core::username::Username;
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::DirectoryError;
use idp_server::serve::first_administrator_link;
use idp_server::store::roles::RoleHolder;
use idp_tests::{Answer, Browser, HOST, PASSWORD, SESSION, TestIdp};
use std::io::{BufRead as _, BufReader};

const PAGE: &str = "/first-administrator";
const DELETE: &str = "/account/delete";

async fn first_link(idp: &TestIdp) -> String {
    first_administrator_link(&idp.app).await.unwrap().unwrap()
}

async fn console_link(idp: &TestIdp) -> String {
    idp.operator().administrator_link(idp.clock.now()).await.unwrap()
}

/// Signs in at the provider itself.
pub async fn signed_in(idp: &TestIdp, name: &str) -> Browser {
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account")).await;
    let answer = browser.log_in_as(&login, name, PASSWORD).await;
    assert_eq!(browser.follow(answer).await.status, 200);
    browser
}

/// Opens an account by the form of a link.
async fn open_account(browser: &Browser, page: &Answer, username: &str) -> Answer {
    create(browser, page, &[("username", username)]).await
}

async fn events(idp: &TestIdp) -> Vec<String> {
    ask(&idp.db, "SELECT event AS word FROM audit_events WHERE event LIKE 'administrator%' ORDER BY event")
        .await
}

fn assert_void(answer: &Answer) {
    assert!(answer.status == 410 && answer.body.contains("This link does not work any more"), "{answer:?}");
}

#[tokio::test]
async fn the_first_administrator_opens_an_account_by_the_link_of_the_first_start() {
    let idp = TestIdp::start().await;
    let (link, other) = (first_link(&idp).await, first_link(&idp).await);
    let browser = idp.browser();
    // The secret leaves the address at once, and looking uses nothing up.
    for _ in 0..2 {
        let page = idp.browser().visit(&link).await;
        assert!(page.status == 200 && !page.url.as_str().contains("link="), "{}", page.url);
    }
    let page = browser.visit(&link).await;
    assert!(page.has_form(PAGE) && page.body.contains("Create the administrator’s account"), "{}", page.body);
    for (username, said) in [
        ("", "Choose a username. You sign in with it."),
        ("root@x.example", "Leave the @ out. You can add your email address afterwards."),
    ] {
        let refused = open_account(&browser, &page, username).await;
        assert!(refused.status == 422 && refused.body.contains(said), "{}", refused.body);
    }
    let done = open_account(&browser, &page, "root").await;
    let overview = browser.follow(done).await;
    assert!(overview.status == 200 && overview.url.path() == "/admin", "{} {}", overview.url, overview.body);
    assert!(overview.body.contains("You sign in with your password alone."), "{}", overview.body);
    assert!(browser.visit(idp.url("/account")).await.body.contains("id=\"home-admin\""));

    assert_eq!(events(&idp).await.first().map(String::as_str), Some("administrator_by_link"));
    // Neither it nor the other one is good for anybody else, and no further one is printed.
    assert_void(&idp.browser().visit(&link).await);
    assert_void(&idp.browser().visit(&other).await);
    assert_eq!(first_administrator_link(&idp.app).await.unwrap(), None);
    // Its owner is led on.
    assert_eq!(browser.visit(&link).await.url.path(), "/admin");
    let again = open_account(&browser, &page, "root").await;
    assert_eq!(browser.follow(again).await.url.path(), "/admin");
}

#[tokio::test]
async fn a_person_who_is_signed_in_takes_the_role_with_one_button() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let browser = signed_in(&idp, "alice").await;
    assert_eq!(browser.open(idp.url("/admin")).await.status, 404);
    let page = browser.visit(&first_link(&idp).await).await;
    assert!(page.body.contains("Make <bdi>The alice (alice)</bdi> an administrator"), "{}", page.body);
    let done = browser.press(&page, "accept", &[]).await;
    assert_eq!(browser.follow(done).await.url.path(), "/admin");
    // Sent twice, it leads on.
    assert_eq!(browser.press(&page, "accept", &[]).await.location().unwrap().path(), "/admin");
    assert_eq!(events(&idp).await, ["administrator_by_link", "administrator_link_made"]);
}

#[tokio::test]
async fn the_role_goes_to_nobody_but_the_account_that_the_page_named() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    idp.add_user("mallory").await;
    let browser = signed_in(&idp, "alice").await;
    let page = browser.visit(&first_link(&idp).await).await;
    // In another tab somebody else signs in meanwhile.
    let other = signed_in(&idp, "mallory").await;
    browser.set_cookie(HOST, SESSION, &other.cookie(HOST, SESSION).unwrap());
    assert_eq!(browser.press(&page, "accept", &[]).await.status, 403);
    // And a form of another browser is none of this one.
    let elsewhere = signed_in(&idp, "alice").await;
    assert_eq!(elsewhere.press(&page, "accept", &[]).await.status, 403);
    assert!(!idp.app.store.has_administrator().await.unwrap());
}

#[tokio::test]
async fn of_many_who_use_links_of_first_starts_at_once_one_becomes_administrator() {
    let idp = TestIdp::start().await;
    let mut forms = Vec::new();
    for at in 0..4 {
        let browser = idp.browser();
        let page = browser.visit(&first_link(&idp).await).await;
        forms.push((browser, page, format!("root{at}")));
    }
    let sent = forms.iter().map(|(browser, page, name)| open_account(browser, page, name));
    let answers = join_all(sent).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1, "{answers:?}");
    assert_eq!(ask(&idp.db, "SELECT user_id AS word FROM user_roles").await.len(), 1);
}

#[tokio::test]
async fn a_link_of_the_first_start_is_void_once_there_is_an_administrator_and_one_of_the_console_is_not() {
    let idp = TestIdp::start().await;
    let (first, of_console) = (first_link(&idp).await, console_link(&idp).await);
    let alice = idp.add_user("alice").await;
    idp.give_role(alice, "administrator").await;
    assert_void(&idp.browser().visit(&first).await);
    let browser = idp.browser();
    let page = browser.visit(&of_console).await;
    assert_eq!(browser.follow(open_account(&browser, &page, "root").await).await.url.path(), "/admin");
}

#[tokio::test]
async fn a_link_for_administrators_is_good_for_a_day() {
    let idp = TestIdp::start().await;
    let (first, second) = (console_link(&idp).await, console_link(&idp).await);
    idp.clock.advance(24 * 60 * 60 - 1);
    assert_eq!(idp.browser().visit(&first).await.status, 200);
    idp.clock.advance(1);
    assert_void(&idp.browser().visit(&second).await);
    assert_void(&idp.browser().visit(idp.url("/first-administrator?link=nonsense")).await);
}

#[tokio::test]
async fn a_start_prints_the_link_on_standard_output_and_the_command_another_one() {
    let idp = TestIdp::start().await;
    let (issuer, folder) = (idp.issuer.clone(), idp.stop().await);
    let issuer_is = format!("issuer.url={issuer}");
    let set = ["--set", &issuer_is, "--set", "listen.port=0"];
    let mut serving = idp_server(folder.path(), &[&set[..], &["serve"]].concat()).spawn().unwrap();
    let begins = format!("{issuer}{PAGE}?link=");
    let lines = BufReader::new(serving.stdout.take().unwrap()).lines().map_while(Result::ok);
    let printed = lines.into_iter().find(|line| line.trim().starts_with(&begins));
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(printed.is_some());
    let command = [&set[..], &["--json", "administrator", "link"]].concat();
    let done = idp_server(folder.path(), &command).output().unwrap();
    assert!(String::from_utf8_lossy(&done.stdout).contains(&format!("\"link\":\"{begins}")), "{done:?}");
}

#[tokio::test]
async fn the_last_administrator_cannot_delete_their_account_and_is_told_why() {
    let idp = TestIdp::start().await;
    let (alice, bob) = (idp.add_user("alice").await, idp.add_user("bob").await);
    idp.give_role(alice, "administrator").await;
    let browser = signed_in(&idp, "alice").await;
    let page = browser.visit(idp.url(DELETE)).await;
    assert!(page.status == 200 && page.body.contains("You are the only administrator."), "{}", page.body);
    assert!(!page.body.contains("id=\"delete-submit\""));

    // By a form from before, whose page did not know it yet.
    idp.give_role(bob, "administrator").await;
    let form = browser.visit(idp.url(DELETE)).await;
    assert!(form.body.contains("id=\"delete-submit\""), "{}", form.body);
    let role = idp.role("administrator").await.id;
    idp.operator().assign_role(role, RoleHolder::User(bob), false, idp.clock.now()).await.unwrap();
    let refused = browser.press(&form, "", &[("understood", "yes")]).await;
    assert!(refused.status == 409 && refused.body.contains("You are the only administrator."), "{refused:?}");
    assert_eq!(browser.visit(idp.url("/admin")).await.status, 200, "still signed in");
}

#[tokio::test]
async fn of_two_administrators_who_delete_their_accounts_at_once_one_stays() {
    let idp = TestIdp::start().await;
    let mut forms = Vec::new();
    for name in ["alice", "bob"] {
        idp.give_role(idp.add_user(name).await, "administrator").await;
    }
    for name in ["alice", "bob"] {
        let browser = signed_in(&idp, name).await;
        let form = browser.visit(idp.url(DELETE)).await;
        forms.push((browser, form));
    }
    let sent = forms.iter().map(|(browser, form)| browser.press(form, "", &[("understood", "yes")]));
    let mut statuses: Vec<_> = join_all(sent).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    // One that waits to be deleted is none any more: the other may not go either.
    assert!(idp.app.store.has_administrator().await.unwrap());
    let stays = ask(&idp.db, "SELECT username AS word FROM users WHERE status = 'active'").await;
    assert_eq!(stays.len(), 1);
    let name = Username::parse(&stays[0]).unwrap();
    let right = idp.app.store.account_by_name(name).await.unwrap().unwrap().user.id;
    assert!(idp.app.store.is_last_administrator(right).await.unwrap());
}

#[tokio::test]
async fn the_pages_of_administrators_open_to_those_who_may_and_to_others_there_are_none() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let auditor = idp.add_user("bob").await;
    // A stranger signs in first, and comes back.
    let stranger = idp.browser();
    let login = stranger.visit(idp.url("/admin")).await;
    assert!(login.has_form("/login"), "{}", login.body);
    let back = stranger.log_in_as(&login, "alice", PASSWORD).await;
    assert_eq!(stranger.follow(back).await.status, 404);
    assert!(!stranger.visit(idp.url("/account")).await.body.contains("/admin"));
    // What was given counts at once, and so does what was taken.
    let browser = signed_in(&idp, "bob").await;
    idp.give_role(auditor, "auditor").await;
    assert_eq!(browser.visit(idp.url("/admin")).await.status, 200);
    assert!(browser.visit(idp.url("/")).await.body.contains("id=\"home-admin\""));
    let role = idp.role("auditor").await.id;
    idp.operator().assign_role(role, RoleHolder::User(auditor), false, idp.clock.now()).await.unwrap();
    assert_eq!(browser.visit(idp.url("/admin")).await.status, 404);
}

#[tokio::test]
async fn only_who_may_do_everything_makes_a_link_for_administrators() {
    let idp = TestIdp::start().await;
    let bob = idp.add_user("bob").await;
    idp.give_role(bob, "user-manager").await;
    let principal = idp_server::db::authority::Principal::User(bob);
    let held = idp.app.store.permissions_of(principal.clone()).await.unwrap();
    let caller = idp_server::directory::Caller::new(principal, held, held, None);
    let refused = idp.app.administration(&caller).administrator_link(idp.clock.now()).await;
    assert!(matches!(refused, Err(DirectoryError::NotPermitted(_))));
    assert!(!events(&idp).await.contains(&AuditEvent::AdministratorLinkMade.as_str().to_owned()));
}
