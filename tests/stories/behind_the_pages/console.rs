//! What is done from the command line.

use idp_core::administration::{GroupName, Permissions, RoleName};
use idp_core::client::{ClientId, ClientMetadata};
use idp_core::logo::Logo;
use idp_core::mail_address::MailAddress;
use idp_core::secret::{Secret, SecretKind};
use idp_core::session::EndCause;
use idp_core::totp::TotpSecret;
use idp_core::user::AddressChange;
use idp_core::user::attribute::{AttributeAccess, AttributeKind, AttributeType, AttributesChange};
use idp_core::username::Username;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::authority::Principal;
use idp_server::directory::DirectoryError;
use idp_server::directory::attributes::{AttributeDetails, NewAttribute};
use idp_server::directory::groups::GroupChange;
use idp_server::directory::import::{NewApp, NewPerson, Verdict};
use idp_server::directory::roles::{NewRole, RoleChange};
use idp_server::directory::users::UserChange;
use idp_server::store::audit_chain::SEALED_AFTER;
use idp_server::store::audit_stream::StreamPosition;
use idp_server::store::revoke::Target;
use idp_server::store::roles::RoleHolder;
use idp_server::store::user_search::{AccountState, UserOrder, UserQuery};
use idp_tests::scim::SCOPE;
use idp_tests::{ClientSpec, TestIdp};
use uuid::Uuid;

use super::YEARS;

/// People, clients, groups, roles, attributes, and what other systems hand over.
pub async fn administrators(idp: &TestIdp) {
    let (now, directory) = (idp.clock.now(), idp.operator());
    let bob = Username::parse("bob").unwrap();
    let id = idp.add_user("bob").await;
    let store = &idp.app.store;
    assert_eq!(store.users_after(None, 2).await.unwrap().len(), 2);
    assert_eq!(store.users_without_second_factor_after(None, 2).await.unwrap().len(), 2);
    store.note_asked_for_second_factor(id, now).await.unwrap();
    assert_eq!(directory.user(&bob).await.unwrap().id, id);
    let robert = Username::parse("robert").unwrap();
    let [first, second] =
        ["bob", "robert"].map(|name| MailAddress::parse(&format!("{name}@example.org")).unwrap());
    let addresses = vec![AddressChange::Vouch(second.clone())];
    let change = UserChange { username: Some(robert.clone()), addresses, ..UserChange::default() };
    directory.change_user(&bob, change, now).await.unwrap();
    let addresses = vec![AddressChange::MakePrimary(second), AddressChange::Remove(first)];
    let back = UserChange { username: Some(bob.clone()), addresses, ..UserChange::default() };
    directory.change_user(&robert, back, now).await.unwrap();
    let password = || idp_tests::typed("a walk along 7 rivers");
    directory.set_password(&bob, password(), now).await.unwrap();
    required_actions(idp, &bob, id).await;
    directory.disable_user(&bob, now).await.unwrap();
    directory.enable_user(&bob, now).await.unwrap();
    directory.devices(&bob, now).await.unwrap();
    assert!(!directory.reset_methods(&bob, now).await.unwrap());
    directory.sign_out_user(&bob, now).await.unwrap();
    assert!(store.revoke(Target::Session(id), EndCause::Kicked, AuditContext::default(), now).await.is_ok());
    directory.remove_user(&bob, now).await.unwrap();
    idp.add_client(&ClientSpec::confidential("site-b")).await;
    let site = ClientId::parse("site-b").unwrap();
    let unfollowed = |metadata| Ok::<_, DirectoryError>(ClientMetadata { follows_feed: false, ..metadata });
    directory.change_client(&site, unfollowed, now).await.unwrap();
    directory.add_client_secret(&site, now).await.unwrap();
    let logo = Logo::parse("<svg></svg>".into()).unwrap();
    for given in [Some(logo.clone()), Some(logo.clone()), None] {
        directory.set_client_logo(&site, given, now).await.unwrap();
    }
    assert!(store.client_logo(logo.name()).await.unwrap().is_none());
    store.given_consent(id, site.clone()).await.unwrap();
    store.logout_deliveries_to(site.clone(), 5).await.unwrap();
    directory.remove_client(&site, now).await.unwrap();
    directory.sign_out_everybody(now).await.unwrap();
    beginning(idp).await;
    rights(idp).await;
    provisioning(idp).await;
    attributes(idp).await;
    import(idp).await;
}

/// Attributes of people, and what a change of one asks.
async fn attributes(idp: &TestIdp) {
    let (now, directory) = (idp.clock.now(), idp.operator());
    let tom = idp.add_user("tom").await;
    let of = |kind, length, choices: &[&str]| {
        AttributeType::new(kind, length, choices.iter().map(|&one| one.to_owned()).collect(), false).unwrap()
    };
    let details = |of| AttributeDetails {
        label: String::new(),
        description: String::new(),
        of,
        access: AttributeAccess::PersonSees,
    };
    let add = async |name: &str, of| {
        let new = NewAttribute { name: name.parse().unwrap(), details: details(of) };
        directory.add_attribute(new, now).await.unwrap()
    };
    let text = add("department", of(AttributeKind::String, None, &[])).await;
    let choice = add("town", of(AttributeKind::Choice, None, &["a", "b"])).await;
    let values = serde_json::json!({ "department": "Sales", "town": "a" });
    let attributes = AttributesChange::merge(values.as_object().unwrap().clone());
    directory.change_user(tom, UserChange { attributes, ..UserChange::default() }, now).await.unwrap();
    let shorter = details(of(AttributeKind::String, Some(9), &[]));
    let text = directory.change_attribute(text, shorter, now).await.unwrap();
    let fewer = details(of(AttributeKind::Choice, None, &["a"]));
    let choice = directory.change_attribute(choice, fewer, now).await.unwrap();
    let other = details(of(AttributeKind::Date, None, &[]));
    assert!(directory.change_attribute(choice, other, now).await.is_err());
    assert_eq!(directory.people_with_attribute(text.id).await.unwrap(), 1);
    directory.remove_attribute(text, now).await.unwrap();
}

/// A person whom another system hands over, with everything that one may have.
async fn import(idp: &TestIdp) {
    let (now, directory, seals) = (idp.clock.now(), idp.operator(), idp.app.seals());
    let (role, group): (RoleName, GroupName) = ("imported".parse().unwrap(), "imported".parse().unwrap());
    let new = NewRole::named(role.clone());
    directory.add_role(new, now).await.unwrap();
    directory.add_group(group.clone(), String::new(), None, now).await.unwrap();
    let mut person = NewPerson::called(Username::parse("imported").unwrap());
    person.addresses.push(AddressChange::Vouch(MailAddress::parse("imported@example.org").unwrap()));
    person.password_hash = Some("$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned());
    let secret = TotpSecret::generate(&mut idp_server::random::rng());
    person.apps.push(NewApp { name: String::new(), secret });
    person.roles.insert(role);
    person.groups.insert(group);
    let person = directory.prepare_person(person, &[], &seals.totp_secret, now).await.unwrap();
    let verdicts = directory.add_people([person].into(), "story", now).await.unwrap();
    assert_eq!(verdicts, [Verdict::Added(Vec::new())]);
}

/// What a system asks that provisions people.
async fn provisioning(idp: &TestIdp) {
    let scim = idp.provisioning("directory", SCOPE).await;
    let emails = serde_json::json!([{ "value": "pia@example.org" }]);
    let pia =
        scim.add_user(serde_json::json!({ "userName": "pia", "externalId": "7", "emails": emails })).await;
    let group = scim.add_group("provisioned", &[&pia]).await;
    for filter in
        ["externalId eq \"7\"", "emails eq \"pia@example.org\"", "displayName sw \"pia\"", "active eq false"]
    {
        assert_eq!(scim.find("/Users", filter).await.status, 200);
    }
    for filter in ["externalId eq \"7\"", "displayName eq \"provisioned\""] {
        assert_eq!(scim.find("/Groups", filter).await.status, 200);
    }
    assert_eq!(scim.get("/Users?count=1").await.status, 200);
    let gone = serde_json::json!([{ "op": "remove", "path": "members" }, { "op": "add", "path": "externalId", "value": "8" }]);
    assert_eq!(scim.patch(&group, gone).await.status, 200);
    let other = serde_json::json!([{ "op": "replace", "value": { "externalId": "8", "active": false } }]);
    assert_eq!(scim.patch(&pia, other).await.status, 200);
    assert_eq!(scim.delete(&pia).await.status, 204);
}

/// The first administrator, and what their overview asks.
async fn beginning(idp: &TestIdp) {
    let (now, store) = (idp.clock.now(), &idp.app.store);
    let link = idp_server::serve::first_administrator_link(&idp.app).await.unwrap().unwrap();
    let secret = link.split_once("link=").unwrap().1;
    let secret = Secret::parse(SecretKind::MailLink, secret).unwrap();
    store.open_administrator_link(&secret, now).await.unwrap();
    let user = idp.add_user("root").await;
    assert!(store.become_administrator(&secret, user, AuditContext::default(), now).await.unwrap());
    assert!(store.is_last_administrator(user).await.unwrap());
    store.undelivered(now).await.unwrap();
    sealed_log(idp).await;
    store.count_up(now).await.unwrap();
    let by = idp.operator();
    assert_eq!(by.sign_ins_by_hour(now.plus(-60 * 60), now).await.unwrap().len(), 2);
    by.busiest_sites(9).await.unwrap();
    by.unconfirmed_by_site(now).await.unwrap();
    by.open_grants_at(&ClientId::parse("site-a").unwrap(), now).await.unwrap();
}

/// The seals over the audit log, and its webhook.
async fn sealed_log(idp: &TestIdp) {
    let (now, store, key) = (idp.clock.now(), &idp.app.store, &idp.app.seals().audit);
    store.seal_audit_log(key, now.plus(SEALED_AFTER + 1)).await.unwrap();
    assert_eq!(store.check_audit_log(key, now.plus(-YEARS), None).await.unwrap().faults, []);
    let (node, mut position) = (idp.app.node, StreamPosition::default());
    let at = |seconds| now.plus(seconds).as_secs() * 1000;
    store.events_to_post(node, &mut position, at(-60)).await.unwrap();
    let due = store.events_to_post(node, &mut position, at(0)).await.unwrap();
    let ids: Vec<Uuid> = due.iter().map(|event| event.id.parse().unwrap()).collect();
    assert!(!ids.is_empty());
    store.events_were_taken(node, &mut position, &ids).await.unwrap();
    store.events_were_refused(node, "no answer in time".to_owned(), now).await.unwrap();
    assert!(store.audit_stream().await.unwrap().unwrap().failing_since.is_some());
}

/// Groups and roles, and who has them.
async fn rights(idp: &TestIdp) {
    let (now, by, store) = (idp.clock.now(), idp.operator(), &idp.app.store);
    let user = idp.add_user("rita").await;
    let role = by.add_role(NewRole::named("shop:editor".parse().unwrap()), now).await.unwrap();
    let change = RoleChange { description: Some("Edits".to_owned()), ..RoleChange::default() };
    let role = by.change_role(role, change, now).await.unwrap();
    assert_eq!(store.role_named(role.name.clone()).await.unwrap(), Some(role.clone()));
    assert!(by.roles(None, 9).await.unwrap().contains(&role));
    let group = by.add_group("staff".parse().unwrap(), String::new(), None, now).await.unwrap();
    let change = GroupChange { name: Some("Staff".parse().unwrap()), ..GroupChange::default() };
    let group = by.change_group(group, change, now).await.unwrap();
    assert_eq!(store.group_named(group.name.clone()).await.unwrap(), Some(group.clone()));
    for is_there in [true, false, true] {
        by.set_member(group.id, user, is_there, now).await.unwrap();
        for holder in [RoleHolder::User(user), RoleHolder::Group(group.id)] {
            by.assign_role(role.id, holder, is_there, now).await.unwrap();
        }
    }
    assert_eq!(by.groups(None, 9).await.unwrap(), by.groups_of_user(user).await.unwrap());
    assert_eq!(by.groups_named("St".to_owned(), None, 9).await.unwrap().len(), 1);
    by.holders_of_role(role.id, None, 9).await.unwrap();
    assert_eq!(by.members(group.id, None, 9).await.unwrap().len(), 1);
    assert_eq!(by.roles_of_group(group.id).await.unwrap(), by.roles_of_user(user).await.unwrap().own);
    assert_eq!(store.holders_after(role.id, None, 9).await.unwrap(), (vec![user], vec![group.id]));
    assert_eq!(store.permissions_of(Principal::User(user)).await.unwrap(), Permissions::NONE);
    assert_eq!(by.group(group.id).await.unwrap(), group);
    search(idp, group.id, role.id).await;
    by.remove_group(group, now).await.unwrap();
    by.remove_role(role, now).await.unwrap();
}

/// Each way to find people, a page after the other.
async fn search(idp: &TestIdp, group: Uuid, role: Uuid) {
    let by = idp.operator();
    let all = || UserQuery {
        group: Some(group),
        role: Some(role),
        without_second_factor: true,
        ..UserQuery::default()
    };
    let words = |typed: &str| {
        let mut query = all();
        assert!(query.search(typed));
        query.state = Some(AccountState::Active);
        query
    };
    let by_role = UserQuery { role: Some(role), ..UserQuery::default() };
    let added = UserQuery { order: UserOrder::Creation, ..UserQuery::default() };
    let disabled = UserQuery { state: Some(AccountState::Disabled), ..UserQuery::default() };
    for query in [all(), words("ri"), words("rita r exam"), by_role, added, disabled, UserQuery::default()] {
        let first = by.find_users(query.clone(), None, 1).await.unwrap().unwrap();
        assert!(by.find_users(query, first.next, 1).await.unwrap().is_some());
    }
    let after = format!("{}rita", Uuid::nil());
    assert!(by.find_users(words("ri"), Some(after), 1).await.unwrap().is_some());
}

/// A temporary password that its person replaces, and terms of use that they accept.
async fn required_actions(idp: &TestIdp, bob: &Username, id: Uuid) {
    let (browser, now) = (idp.browser(), idp.clock.now());
    let given = "kavu-rabi-tenu-zali-mepika";
    idp.operator().set_temporary_password(bob, idp_tests::typed(given), now).await.unwrap();
    assert!(idp.app.store.password_is_temporary_until(id).await.unwrap().is_some());
    let page = browser.visit(idp.url("/account")).await;
    let page = browser.log_in_as(&page, bob.as_str(), given).await;
    let chosen = [("new-password", "a walk along 9 rivers")];
    assert_eq!(browser.submit(&page, &chosen, "choose-submit").await.status, 303);
    let store = &idp.app.store;
    store.accept_terms(id, "2026-11".parse().unwrap(), AuditContext::default(), now).await.unwrap();
    assert!(store.has_accepted_terms(id, "2026-11".parse().unwrap()).await.unwrap());
    assert_eq!(store.accepted_terms(id).await.unwrap().len(), 1);
}
