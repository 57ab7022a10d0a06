//! The pages of administrators about people: finding one, what a person's page shows, and each act with what it says beforehand and
//! what is left of it afterwards. Who may do what there is in `admin_people_rights`.

use crate::administrators::signed_in;
use crate::mail::letters;
use crate::password_reset::link_to;
use idp_server::config::Registration;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};
use reqwest::Url;
use uuid::Uuid;

pub const PEOPLE: &str = "/admin/people";

/// One that sends letters and takes invitations.
pub async fn started() -> TestIdp {
    TestIdp::start_with(|config| {
        config.mail.to_inbox = true;
        config.account.registration = Registration::Invitation;
    })
    .await
}

/// A person with a role, signed in.
pub async fn with_role(idp: &TestIdp, name: &str, role: &str) -> (Uuid, Browser) {
    let user = idp.add_user(name).await;
    idp.give_role(user, role).await;
    (user, signed_in(idp, name).await)
}

pub fn page_of(idp: &TestIdp, act: &str, user: Uuid) -> String {
    idp.url(&format!("{PEOPLE}/{act}?id={user}"))
}

/// As a browser reads an address in a page.
fn plain(address: &str) -> String {
    address.replace("&amp;", "&").replace("&#38;", "&")
}

/// Follows the link of this id.
pub async fn click(browser: &Browser, page: &Answer, id: &str) -> Answer {
    browser.visit(page.url.join(&plain(&link_to(page, id))).unwrap()).await
}

/// Follows the first link that begins so.
pub async fn click_to(browser: &Browser, page: &Answer, beginning: &str) -> Answer {
    let marker = format!("href=\"{beginning}");
    let rest = page.body.split(&marker).nth(1).unwrap_or_else(|| panic!("{beginning}: {}", page.body));
    let address = plain(&format!("{beginning}{}", rest.split('"').next().unwrap()));
    browser.visit(page.url.join(&address).unwrap()).await
}

/// Sends the form of a page to the address of the page, and follows.
pub async fn send(browser: &Browser, page: &Answer, button: &str, fields: &[(&str, &str)]) -> Answer {
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    let sealed = [("tx", tx.as_str()), ("csrf", &csrf), ("action", button)];
    let mut url: Url = page.url.clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| name != "done").map(|(a, b)| (a.into(), b.into())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    let answer = browser.post(url, &[&sealed[..], fields].concat()).await;
    browser.follow(answer).await
}

#[track_caller]
pub fn says(page: &Answer, words: &[&str]) {
    for said in words {
        assert!(page.body.contains(said), "{said:?} is not said: {} {}", page.status, page.body);
    }
}

/// The fields of the form of a profile, as a browser sends them.
fn profile(page: &Answer, changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = ["username", "name", "given_name", "nickname", "birthdate", "address.locality"];
    let mut fields: Vec<(String, String)> =
        own.into_iter().map(|name| (name.to_owned(), page.input(name))).collect();
    for (name, value) in changed {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

pub async fn save(browser: &Browser, page: &Answer, changed: &[(&str, &str)]) -> Answer {
    let fields = profile(page, changed);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    send(browser, page, "", &fields).await
}

pub async fn signs_in(idp: &TestIdp, name: &str, password: &str) -> Answer {
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account")).await;
    browser.log_in_as(&page, name, password).await
}

#[tokio::test]
async fn people_are_found_by_words_and_filters_and_come_a_page_at_a_time() {
    let idp = started().await;
    let (_, browser) = with_role(&idp, "root", "administrator").await;
    let ids: Vec<Uuid> = {
        let mut ids = Vec::new();
        for at in 0..27 {
            // In the order in which they are added.
            idp.clock.advance(1);
            ids.push(idp.add_user(&format!("ann-{at:02}")).await);
        }
        ids
    };
    let list = browser.visit(idp.url("/admin")).await;
    let list = click(&browser, &list, "admin-people").await;
    says(&list, &["The ann-00 (ann-00)", "ann-00@example.org", "id=\"admin-next\"", "id=\"people-invite\""]);
    let first = browser.visit(idp.url("/admin/people?q=ann+the")).await;
    says(&first, &["value=\"ann the\"", "(ann-24)"]);
    let second = click(&browser, &first, "admin-next").await;
    says(&second, &["(ann-25)", "(ann-26)", "value=\"ann the\""]);
    assert!(!second.body.contains("(ann-24)") && !second.body.contains("id=\"admin-next\""));
    // By id, by address, and by nothing at all.
    for query in [ids[3].to_string(), "ann-03%40example".to_owned(), "+ann-03+".to_owned()] {
        let one = browser.visit(idp.url(&format!("/admin/people?q={query}"))).await;
        says(&one, &["(ann-03)"]);
        assert!(!one.body.contains("(ann-04)"), "{query}");
    }
    says(&browser.visit(idp.url("/admin/people?q=nobody")).await, &["Nobody was found."]);
    let unreadable = browser.visit(idp.url("/admin/people?q=%E2%80%A6")).await;
    assert_eq!(unreadable.status, 422);
    says(&unreadable, &["Type at least one letter or digit", "aria-invalid=\"true\""]);
    assert_eq!(browser.visit(idp.url(&format!("/admin/people?q={}", "x".repeat(201)))).await.status, 422);

    idp.operator().disable_user(ids[5], idp.clock.now()).await.unwrap();
    let disabled = browser.visit(idp.url("/admin/people?status=disabled")).await;
    says(&disabled, &["(ann-05)", "Switched off"]);
    assert!(!disabled.body.contains("(ann-04)"));
    let both = browser.visit(idp.url("/admin/people?q=ann&status=disabled&without_second_factor=yes")).await;
    says(&both, &["(ann-05)", " checked", "value=\"disabled\" selected"]);
    let group = idp
        .operator()
        .add_group("staff".parse().unwrap(), String::new(), None, idp.clock.now())
        .await
        .unwrap();
    idp.operator().set_member(group.id, ids[7], true, idp.clock.now()).await.unwrap();
    let shown = browser.visit(idp.url(&format!("/admin/groups/show?id={}", group.id))).await;
    let members = click(&browser, &shown, "admin-find").await;
    says(&members, &["(ann-07)", "In the group <bdi>staff</bdi>."]);
    assert!(!members.body.contains("(ann-08)"));
    for wrong in ["group=x", "after=%00", "role=x"] {
        assert_eq!(browser.visit(idp.url(&format!("/admin/people?{wrong}"))).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_person_is_shut_out_and_let_in_with_what_ends_beforehand_and_the_trace_afterwards() {
    let story = SignedIn::on(started().await, ClientSpec::confidential("site-a")).await;
    let (idp, alice) = (&story.idp, story.alice);
    let (_, browser) = with_role(idp, "root", "administrator").await;
    let shown = browser.visit(page_of(idp, "show", alice)).await;
    says(&shown, &["The alice", "alice@example.org", "1 open sign-in", "In use at", "Account opened"]);
    let question = click(&browser, &shown, "people-disable").await;
    says(&question, &["will not be able to sign in", "1 open sign-in ends at once.", "1 site is told"]);
    let done = send(&browser, &question, "", &[]).await;
    says(&done, &["is switched off, and everything that was open has ended.", "id=\"receipt\""]);
    says(&done, &["Account switched off", "By <bdi>The root (root)</bdi>", "id=\"person-state\""]);
    assert!(!idp.is_active(&story.site, story.access_token()).await);
    assert_eq!(signs_in(idp, "alice", PASSWORD).await.status, 422);
    // Pressed twice, it does nothing more.
    let again = send(&browser, &question, "", &[]).await;
    assert_eq!((again.status, again.url.path()), (200, "/admin/people/show"));
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 1);
    let question = click(&browser, &done, "people-enable").await;
    says(&question, &["will be able to sign in again"]);
    let done = send(&browser, &question, "", &[]).await;
    says(&done, &["is switched on again.", "Account switched on again"]);
    idp.clock.advance(1);
    assert_eq!(signs_in(idp, "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_person_is_signed_out_in_one_place_at_one_site_and_everywhere() {
    let story = SignedIn::on(started().await, ClientSpec::confidential("site-a")).await;
    let (idp, alice) = (&story.idp, story.alice);
    let other = signed_in(idp, "alice").await;
    let (_, browser) = with_role(idp, "desk", "help-desk").await;
    let shown = browser.visit(page_of(idp, "show", alice)).await;
    let list = click(&browser, &shown, "people-sessions").await;
    says(&list, &["Sites with access", "in use with 1 sign-in"]);
    let question = click_to(&browser, &list, "/admin/people/sites/disconnect").await;
    says(&question, &["will lose its access to the account of"]);
    let gone = send(&browser, &question, "", &[]).await;
    says(&gone, &["has no access to the account of", "No site has access to this account."]);
    assert!(!idp.is_active(&story.site, story.access_token()).await);
    assert_eq!(other.open(idp.url("/account/devices")).await.status, 200);

    let ends: Vec<&str> = gone.body.split("href=\"/admin/people/sessions/end").skip(1).collect();
    assert_eq!(ends.len(), 2);
    let question = click_to(&browser, &gone, "/admin/people/sessions/end").await;
    says(&question, &["will be signed out on"]);
    let ended = send(&browser, &question, "", &[]).await;
    says(&ended, &["1 device is signed out.", "An administrator ended it"]);
    let again = send(&browser, &question, "", &[]).await;
    assert_eq!((again.status, again.url.path()), (200, "/admin/people/show"));

    let question = click(&browser, &ended, "people-sign-out").await;
    says(&question, &["will be signed out on every device.", "1 open sign-in ends at once."]);
    let done = send(&browser, &question, "", &[]).await;
    says(&done, &["is signed out everywhere.", "Signed in nowhere"]);
    for of_alice in [&story.browser, &other] {
        assert_ne!(of_alice.open(idp.url("/account/devices")).await.status, 200);
    }
}

#[tokio::test]
async fn second_factors_are_removed_one_by_one_and_all_together() {
    let idp = started().await;
    let (alice, alices) = (idp.add_user("alice").await, idp.browser());
    let login = alices.visit(idp.url("/account/methods/totp")).await;
    let page = alices.follow(alices.log_in_as(&login, "alice", PASSWORD).await).await;
    let app = Authenticator::scanning(&page);
    assert_eq!(alices.press(&page, "add", &[("code", &app.code(&idp))]).await.status, 303);
    let (_, browser) = with_role(&idp, "desk", "help-desk").await;
    let shown = browser.visit(page_of(&idp, "show", alice)).await;
    says(&shown, &["Authenticator app", "10 recovery codes are left.", "id=\"people-reset\""]);
    let one = click_to(&browser, &shown, "/admin/people/methods/remove").await;
    says(&one, &["It is the last one: the recovery codes go with it", "is told by email"]);
    let all = click(&browser, &shown, "people-reset").await;
    says(&all, &["has 1 second factor. It will be removed, with all recovery codes."]);
    let done = send(&browser, &one, "", &[]).await;
    says(&done, &["is removed, and", "The password alone signs this person in."]);
    assert!(!done.body.contains("id=\"people-reset\""), "{}", done.body);
    // The other question is about nothing any more.
    let late = send(&browser, &all, "", &[]).await;
    assert_eq!((late.status, late.url.path()), (200, "/admin/people/show"));
    assert_eq!(idp.recorded(AuditEvent::MethodsReset).await, 0);
    let told: Vec<String> = letters(&idp).await.into_iter().map(|mail| mail.kind).collect();
    assert!(told.iter().any(|kind| kind.contains("app_removed")), "{told:?}");
}

#[tokio::test]
async fn a_new_password_goes_by_a_link_or_is_shown_once() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    let (_, browser) = with_role(&idp, "desk", "help-desk").await;
    let shown = browser.visit(page_of(&idp, "show", alice)).await;
    let form = click(&browser, &shown, "people-password").await;
    says(&form, &["A link goes to <bdi>alice@example.org</bdi>.", "The old password works until"]);
    let sent = send(&browser, &form, "send_link", &[]).await;
    says(&sent, &["A link for a new password is on its way to"]);
    assert_eq!(signs_in(&idp, "alice", PASSWORD).await.status, 303, "nothing has ended yet");
    let kinds: Vec<String> = letters(&idp).await.into_iter().map(|mail| mail.kind).collect();
    assert!(kinds.contains(&"reset_password".to_owned()), "{kinds:?}");
    assert_eq!(idp.recorded(AuditEvent::PasswordLinkSent).await, 1);

    let made = send(&browser, &form, "add", &[]).await;
    assert_eq!(made.url.path(), "/admin/people/password/new");
    let password = made.body.split("translate=\"no\"><code>").nth(1).unwrap().split('<').next().unwrap();
    assert!(password.len() > 20 && !made.url.as_str().contains(password), "{}", made.body);
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(signs_in(&idp, "alice", PASSWORD).await.status, 422);
    says(&signs_in(&idp, "alice", password).await, &["choose-submit"]);
    // Nobody else sees it, and nobody later.
    let (_, other) = with_role(&idp, "other", "help-desk").await;
    assert_eq!(other.visit(&made.url).await.url.path(), "/admin/people/show");
    idp.clock.advance(11 * 60);
    let later = browser.visit(&made.url).await;
    assert_eq!(later.url.path(), "/admin/people/show");
    says(&later, &["Temporary, good until"]);
    assert!(!later.body.contains(password));

    // To a person whom no letter reaches there is no such offer, and a form from before sends none.
    idp.operator().disable_user(alice, idp.clock.now()).await.unwrap();
    let (_, fresh) = with_role(&idp, "night", "help-desk").await;
    let form = fresh.visit(page_of(&idp, "password", alice)).await;
    says(&form, &["id=\"people-no-letter\""]);
    let refused = send(&fresh, &form, "send_link", &[]).await;
    assert_eq!(refused.status, 409);
    says(&refused, &["No email reaches this person", "role=\"alert\""]);
}

#[tokio::test]
async fn names_and_profile_are_changed_field_by_field() {
    let idp = started().await;
    let (alice, _) = (idp.add_user("alice").await, idp.add_user("bob").await);
    let (_, browser) = with_role(&idp, "manager", "user-manager").await;
    let shown = browser.visit(page_of(&idp, "show", alice)).await;
    let form = click(&browser, &shown, "people-change").await;
    assert_eq!((form.input("username"), form.input("name")), ("alice".to_owned(), "The alice".to_owned()));
    let changed = save(&browser, &form, &[("username", "alicia"), ("nickname", "Al")]).await;
    says(&changed, &["The alice (alicia)</bdi> was changed."]);
    let stored = idp.app.store.account(alice).await.unwrap().unwrap().user;
    assert_eq!((stored.username.as_str(), stored.claims.nickname.as_deref()), ("alicia", Some("Al")));
    assert_eq!(stored.claims.name.as_deref(), Some("The alice"));
    let form = click(&browser, &changed, "people-change").await;
    says(&save(&browser, &form, &[]).await, &["Nothing changed: it was like that before."]);
    let taken = save(&browser, &form, &[("username", "bob")]).await;
    assert_eq!(taken.status, 409);
    says(&taken, &["Somebody else signs in with this username.", "value=\"bob\""]);
    assert_eq!(save(&browser, &form, &[("username", "bob@example.org")]).await.status, 409);
    let unfit = save(&browser, &form, &[("username", "a b")]).await;
    assert_eq!(unfit.status, 422);
    let unfit = save(&browser, &form, &[("birthdate", "yesterday"), ("nickname", "Ally")]).await;
    assert_eq!(unfit.status, 422);
    says(&unfit, &["id=\"birthdate-problem\"", "value=\"Ally\"", "value=\"yesterday\""]);
    // Fields that a form does not have stay.
    let url = page_of(&idp, "change", alice);
    let (tx, csrf) = (form.input("tx"), form.input("csrf"));
    let bare = [("tx", tx.as_str()), ("csrf", &csrf), ("username", "alicia")];
    assert_eq!(browser.post(url, &bare).await.status, 303);
    let stored = idp.app.store.account(alice).await.unwrap().unwrap().user;
    assert_eq!(stored.claims.nickname.as_deref(), Some("Al"));

    let duty = save(&browser, &form, &[("second_factor", "yes")]).await;
    says(&duty, &["This person must prove two factors."]);
}

#[tokio::test]
async fn the_whole_activity_is_read_page_by_page_and_no_event_twice() {
    let idp = started().await;
    let alice = idp.add_user("alice").await;
    for _ in 0..23 {
        idp.clock.advance(1);
        idp.operator().enable_user(alice, idp.clock.now()).await.unwrap();
    }
    let (_, browser) = with_role(&idp, "auditor", "auditor").await;
    let first = browser.visit(page_of(&idp, "activity", alice)).await;
    assert_eq!(first.body.matches("Account switched on again").count(), 20);
    says(&first, &["At the console, by"]);
    let second = click(&browser, &first, "activity-older").await;
    assert_eq!(second.body.matches("Account switched on again").count(), 3);
    assert!(!second.body.contains("id=\"activity-older\""));
    assert_eq!(click(&browser, &second, "activity-newest").await.url, first.url);
    assert_eq!(browser.visit(format!("{}&before=x", first.url)).await.status, 400);
    // The person reads the same log.
    let own = signed_in(&idp, "alice").await;
    says(&own.visit(idp.url("/account/activity")).await, &["Account switched on again"]);
}
