//! Rights that are withdrawn in the middle: after a token was issued, a login kept and a form opened; after the caller was looked up
//! and before the act; and while the act is under way. And what somebody else changed in the middle.

use super::api::{body_of, is_refused};
use super::commands::desk_of;
use super::pages::{SITE, Things};
use super::{Listed, caller_of, changes, columns, operations, person_of};
use crate::admin_people_pages::{page_of, send, started};
use crate::administrators::signed_in;
use crate::schema::ask;
use idp_core::administration::{Permission, Permissions};
use idp_core::client::ClientMetadata;
use idp_core::scope::Scope;
use idp_core::secret::{Secret, SecretKind};
use idp_core::username::Username;
use idp_server::admin_api::Problem;
use idp_server::db::DbError;
use idp_server::db::authority::{Authority, Principal};
use idp_server::directory::users::UserChange;
use idp_server::directory::{Caller, DirectoryError};
use idp_server::random;
use idp_server::store::roles::RoleHolder;
use idp_tests::{ClientSpec, TestIdp};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

async fn set_role(idp: &TestIdp, role: &str, user: Uuid, is_given: bool) {
    let role = idp.role(role).await.id;
    idp.operator().assign_role(role, RoleHolder::User(user), is_given, idp.clock.now()).await.unwrap();
}

async fn acts_of(idp: &TestIdp, user: Uuid) -> usize {
    ask(&idp.db, &format!("SELECT event AS word FROM audit_events WHERE actor = 'user:{user}'")).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_a_login_that_is_kept_and_an_open_form_do_nothing_after_the_right_is_withdrawn() {
    let idp = started().await;
    let everything = Permissions::all().to_string();
    let tool = idp.add_api_client("tool", &everything).await;
    let (alice, all) = (idp.add_user("alice").await, operations());
    for (column, held) in columns().into_iter().filter(|(_, held)| !held.is_empty()) {
        let user = person_of(&idp, column).await;
        let caller = idp.calling_as_person(&tool, column, &everything).await;
        let (desk, browser) = (desk_of(&idp, &tool, column).await, signed_in(&idp, column).await);
        let disable = page_of(&idp, "disable", alice);
        let form = browser.visit(&disable).await;
        assert_eq!(form.status == 200, held.contain(Permission::ManageUsers), "{column}");
        set_role(&idp, column, user, false).await;
        for operation in all.iter().filter(|one| !one.needs.is_empty()) {
            is_refused(&caller, operation, operation.needs, column).await;
        }
        for page in ["/admin", "/admin/people", "/admin/clients", "/admin/groups"] {
            assert_eq!(browser.open(idp.url(page)).await.status, 404, "{column} {page}");
        }
        if form.status == 200 {
            assert_eq!(send(&browser, &form, "", &[]).await.status, 404, "{column}");
        }
        let refused = desk.refused(&["user", "disable", "alice", "--yes", "--server", &idp.issuer]).await;
        assert!(refused.contains("this takes the permission"), "{column}: {refused}");
        assert_eq!(acts_of(&idp, user).await, 0, "{column}");
    }
}

async fn does(idp: &TestIdp, operation: &Listed, things: &Things, caller: &Caller) -> Result<Value, Problem> {
    let body = if operation.takes_body { body_of(operation.id, "done") } else { json!({}) };
    let (by, path) = (idp.app.administration(caller), things.parameters(operation.path));
    operation.run.unwrap()(&by, path, body, idp.clock.now()).await
}

/// The caller was looked up while they had the right; each act comes after it was withdrawn.
#[tokio::test(flavor = "multi_thread")]
async fn no_act_is_done_by_a_right_that_was_withdrawn_after_the_caller_was_looked_up() {
    let idp = started().await;
    let things = Things::of(&idp).await;
    let user = person_of(&idp, "administrator").await;
    let caller = caller_of(&idp, user).await;
    set_role(&idp, "administrator", user, false).await;
    let all = changes();
    assert!(all.len() > 40, "{}", all.len());
    for operation in all {
        let refused = does(&idp, &operation, &things, &caller).await;
        assert_eq!(refused.unwrap_err().code, "not_permitted", "{}", operation.id);
    }
    assert_eq!(acts_of(&idp, user).await, 0);
}

/// Both at once: it is done under the right, or not at all; and afterwards never.
#[tokio::test]
async fn an_act_that_meets_the_withdrawal_of_its_right_is_done_whole_or_not_at_all() {
    let idp = started().await;
    let things = Things::of(&idp).await;
    let user = person_of(&idp, "administrator").await;
    let mut all = changes();
    // What is removed is of use to the others before.
    all.sort_by_key(|one| one.id.starts_with("delete") || one.id == "signOutEverybody");
    let mut outcomes = [0, 0];
    for operation in all {
        set_role(&idp, "administrator", user, true).await;
        let (caller, before) = (caller_of(&idp, user).await, acts_of(&idp, user).await);
        let act = does(&idp, &operation, &things, &caller);
        let (done, ()) = tokio::join!(act, set_role(&idp, "administrator", user, false));
        let told = acts_of(&idp, user).await - before;
        if let Err(problem) = &done {
            assert!(matches!(problem.status, 403 | 404 | 409 | 422), "{}: {problem:?}", operation.id);
            assert_eq!(told, 0, "{}: {problem:?}", operation.id);
        }
        outcomes[usize::from(done.is_err())] += 1;
        // What is so already is no act.
        if let Err(problem) = does(&idp, &operation, &things, &caller).await {
            assert!(matches!(problem.status, 403 | 404 | 409 | 422), "{}: {problem:?}", operation.id);
        }
        assert_eq!(acts_of(&idp, user).await - before, told, "{}", operation.id);
    }
    println!("{} were done, {} were not", outcomes[0], outcomes[1]);
}

fn with_scope(words: &str) -> impl FnOnce(ClientMetadata) -> Result<ClientMetadata, DirectoryError> {
    let scope = Scope::parse(words).unwrap();
    move |metadata| Ok(ClientMetadata { scope, ..metadata })
}

/// The client got rights after it was looked at, and before the act on it.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_got_rights_in_the_middle_is_out_of_reach() {
    let idp = TestIdp::start().await;
    let mut machine = ClientSpec::confidential("machine").with_scopes("openid");
    machine.client.metadata.audience = idp.url_of_api();
    idp.add_client(&machine).await;
    let (id, now, store) = (machine.client.id.clone(), idp.clock.now(), &idp.app.store);
    let user = person_of(&idp, "client-manager").await;
    let caller = caller_of(&idp, user).await;
    let by = idp.app.administration(&caller);
    let seen = by.client(&id).await.unwrap();
    let right = || {
        let needs = Permission::ManageClients.into();
        Authority::of(Principal::User(user), Permissions::all(), needs).over_client(id.clone())
    };
    let secret = || Secret::generate(SecretKind::ClientSecret, &mut random::rng()).hash();
    store.add_client_secret(id.clone(), secret(), right(), now).await.unwrap().unwrap();
    idp.operator().change_client(&id, with_scope("openid idp.keys.manage"), now).await.unwrap();

    let missing = Permissions::from(Permission::ManageKeys);
    let refused = [
        store.add_client_secret(id.clone(), secret(), right(), now).await.map(drop),
        store.set_client_logo(&id, None, right(), now).await.map(drop),
    ];
    for refused in refused {
        assert!(matches!(&refused, Err(DbError::NotPermitted(lacks)) if *lacks == missing), "{refused:?}");
    }
    // It is as it was seen no more, either.
    let metadata = ClientMetadata { name: "Mine".to_owned(), ..seen.metadata.clone() };
    let changed = by.replace_metadata(seen.clone(), metadata, now).await.map(drop);
    for refused in [changed, by.remove_seen_client(seen, now).await] {
        assert!(
            matches!(refused, Err(DirectoryError::NotPermitted(_) | DirectoryError::ChangedMeanwhile)),
            "{refused:?}"
        );
    }
    let kept = by.client(&id).await.unwrap();
    assert_eq!(kept.metadata.name, machine.client.metadata.name);
    assert_eq!(Permissions::of_scope(&kept.metadata.scope), missing);
}

/// What was seen is removed, and not what somebody has made of it since.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_after_it_was_seen_is_not_removed() {
    let idp = TestIdp::start().await;
    let (now, by) = (idp.clock.now(), idp.operator());
    let site = ClientSpec::confidential(SITE);
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    let (account, client) = (by.account(alice).await.unwrap(), by.client(&site.client.id).await.unwrap());
    by.add_client_secret(&client.id, now).await.unwrap();
    by.disable_user(alice, now).await.unwrap();
    for refused in [by.remove_account(account, now).await, by.remove_seen_client(client, now).await] {
        assert!(matches!(refused, Err(DirectoryError::ChangedMeanwhile)), "{refused:?}");
    }
    let change = UserChange { username: Some(Username::parse("alicia").unwrap()), ..UserChange::default() };
    let before = by.account(alice).await.unwrap();
    by.change_user(alice, change, now).await.unwrap();
    assert!(matches!(by.remove_account(before, now).await, Err(DirectoryError::ChangedMeanwhile)));
    by.remove_user(alice, now).await.unwrap();
    by.remove_client(&site.client.id, now).await.unwrap();
}

/// Two administrators at once, of whom one removes what the other changes, on the version that both have seen: one of them learns of it.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_change_and_a_removal_of_one_version_one_is_refused() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", &Permissions::all().to_string()).await;
    let caller = idp.calling_as_client(&spec).await;
    for round in 0..6 {
        let (name, site) = (format!("person-{round}"), format!("site-{round}"));
        let user = idp.add_user(&name).await;
        idp.add_client(&ClientSpec::confidential(&site)).await;
        for (path, patch) in [
            (format!("/users/{user}"), json!({ "claims": { "nickname": "x" } })),
            (format!("/clients/{site}"), json!({ "client_name": "x" })),
        ] {
            let seen = caller.get(&path).await;
            let tag = [("if-match", seen.headers["etag"].to_str().unwrap())];
            let (changed, removed) = tokio::join!(
                caller.call_with(Method::PATCH, &path, Some(patch), &tag),
                caller.call_with(Method::DELETE, &path, None, &tag),
            );
            let both = (changed.status, removed.status);
            assert!(matches!(both, (200, 412) | (404 | 412, 204)), "{path}: {both:?}");
        }
    }
}
