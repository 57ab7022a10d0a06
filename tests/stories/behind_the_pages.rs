//! The part of the way through everything that no page shows: what is done from the command line, what the server does by itself, and what
//! is asked once in a while.

use idp_core::administration::{GroupName, Permissions, RoleName};
use idp_core::client::{ClientId, ClientMetadata};
use idp_core::logo::Logo;
use idp_core::mail_address::MailAddress;
use idp_core::secret::{Secret, SecretHash, SecretKind};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::token::{PermissionBundle, TokenId};
use idp_core::totp::TotpSecret;
use idp_core::user::attribute::{AttributeAccess, AttributeKind, AttributeType, AttributesChange};
use idp_core::user::{AddressChange, UserStatus};
use idp_core::username::Username;
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_server::db::audit_search::AuditFilter;
use idp_server::db::authority::Principal;
use idp_server::db::ending_sessions::{self, EndingSessions};
use idp_server::db::grants::{GrantKey, GrantSelector};
use idp_server::db::logout_deliveries::{self as deliveries, DeliveryOutcome};
use idp_server::db::mails::{MailOutcome, State};
use idp_server::db::{
    Connection, DbError, bring_back, clients, consents, denied_tokens, device_names, devices,
    feed_acknowledgements as acknowledgements, grants, idempotency_keys, memberships, nodes,
    password_credentials as passwords, permission_bundles, redis_continuity, revocations, sessions, users,
};
use idp_server::directory::DirectoryError;
use idp_server::directory::attributes::{AttributeDetails, NewAttribute};
use idp_server::directory::groups::GroupChange;
use idp_server::directory::import::{NewApp, NewPerson, Verdict};
use idp_server::directory::roles::{NewRole, RoleChange};
use idp_server::directory::users::UserChange;
use idp_server::store::audit_chain::SEALED_AFTER;
use idp_server::store::audit_stream::StreamPosition;
use idp_server::store::revoke::{Target, VoidedSessions};
use idp_server::store::roles::RoleHolder;
use idp_server::store::user_search::{AccountState, UserOrder, UserQuery};
use idp_tests::scim::SCOPE;
use idp_tests::{ClientSpec, SignedIn, TestIdp};
use uuid::Uuid;

const YEARS: i64 = 3 * 365 * 24 * 60 * 60;

/// What is done from the command line.
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

/// What becomes of letters.
async fn letters(idp: &TestIdp, now_ms: i64) {
    let (store, alice) = (&idp.app.store, Username::parse("alice").unwrap());
    for password in ["a walk along 7 rivers", "a walk along 8 rivers"] {
        let directory = idp.operator();
        let set = directory.set_password(&alice, idp_tests::typed(password), idp.clock.now());
        set.await.unwrap();
    }
    let claimed = store.claim_mails(9, now_ms, now_ms + 1).await.unwrap();
    assert!(claimed.len() >= 3, "{claimed:?}");
    for (number, tried) in claimed.into_iter().enumerate() {
        let id = tried.id;
        let outcome = match number {
            0 => MailOutcome::Sent { at_ms: now_ms },
            1 => MailOutcome::Again { error: "no".to_owned(), next_attempt_ms: now_ms + 1 },
            _ => MailOutcome::GivenUp { error: "no".to_owned() },
        };
        store.settle_mail(tried, outcome, idp.clock.now()).await.unwrap();
        let by = idp.operator();
        let _sent_already = by.retry_mail(id, idp.clock.now()).await;
        let _sent_already = by.give_up_mail(id, idp.clock.now()).await;
    }
    store.mails_before(None, 9).await.unwrap();
    store.mails_in_state(State::GivenUp, None, 9).await.unwrap();
    deliveries_by_hand(idp).await;
}

/// What an administrator looks at, and tries again or gives up.
async fn deliveries_by_hand(idp: &TestIdp) {
    let (by, now) = (idp.operator(), idp.clock.now());
    let client = ClientId::parse("site-a").ok();
    let after = Some((i64::MAX, String::new()));
    for (client, state) in [
        (None, None),
        (client.clone(), None),
        (None, Some(deliveries::State::Pending)),
        (client.clone(), Some(deliveries::State::Delivered)),
    ] {
        by.logout_deliveries(client, state, after.clone(), 9).await.unwrap();
    }
    let one = by.logout_deliveries(client.clone(), None, None, 9).await.unwrap().pop().unwrap();
    let _confirmed_already = by.retry_logout_delivery(&one.id, now).await;
    let _confirmed_already = by.give_up_logout_delivery(&one.id, now).await;
    by.feed_listeners(None, None, 9).await.unwrap();
    by.feed_listeners(client, Some(("site-a".to_owned(), "one".to_owned())), 9).await.unwrap();
    audit_log(idp).await;
}

/// Each filter by itself, and together.
async fn audit_log(idp: &TestIdp) {
    let by = idp.operator();
    let any = AuditFilter::default;
    let (since, until) = (Some(UnixTime(0)), Some(idp.clock.now()));
    for filter in [
        any(),
        AuditFilter { event: Some(AuditEvent::SignedIn), since, until, ..any() },
        AuditFilter { user: Some(Uuid::nil()), ..any() },
        AuditFilter { client: Some("site-a".to_owned()), ..any() },
        AuditFilter { actor: Some(Principal::Console("stories".to_owned())), ..any() },
        AuditFilter { session: Some(Uuid::nil()), ..any() },
        AuditFilter { address: "127.0.0.1".parse().ok(), event: Some(AuditEvent::SignedIn), ..any() },
    ] {
        by.audit_events(filter, None, 9).await.unwrap();
    }
}

/// What the server does by itself.
pub async fn tasks(story: &SignedIn) {
    let (idp, store) = (&story.idp, &story.idp.app.store);
    let mut so_far = VoidedSessions::default();
    while store.end_voided_sessions(&mut so_far, idp.clock.now()).await.unwrap() > 0 {}
    assert!(store.outboxes(true, idp.clock.now()).await.unwrap().logouts.count > 0);
    let now_ms = idp.clock.now().as_secs() * 1000;
    for due in store.due_logout_deliveries(now_ms).await.unwrap() {
        let claimed = store.claim_logout_deliveries(due.client, 9, now_ms, now_ms + 1).await.unwrap();
        assert!(!claimed.is_empty());
        for (number, tried) in claimed.into_iter().enumerate() {
            let outcome = match number {
                0 => DeliveryOutcome::Delivered { at_ms: now_ms },
                1 => DeliveryOutcome::Again { error: "no".to_owned(), next_attempt_ms: now_ms + 1 },
                _ => DeliveryOutcome::GivenUp { error: "no".to_owned() },
            };
            store.settle_logout_delivery(tried, outcome).await.unwrap();
        }
    }
    letters(idp, now_ms).await;
    store.bring_back_times(idp.clock.now()).await.unwrap();
    store.bring_back_last_uses(idp.clock.now()).await.unwrap();
    store.clients_after(None, 10).await.unwrap();
    store.clients_beginning_with("Site".to_owned(), None, 10).await.unwrap();
    store.clean_up(idp.clock.now().plus(YEARS)).await;
    store.renew_lease(idp.app.node, Vec::new(), idp.clock.now()).await.unwrap();
    store.leases().await.unwrap();
    store.password_costs().await.unwrap();
    store.clients_following_feed().await.unwrap();
}

/// What is asked where something went wrong, or once in a while.
pub fn rare_questions(
    connection: &mut Connection,
    user: Uuid,
    sid: Uuid,
    client: &ClientId,
) -> Result<(), DbError> {
    let now = UnixTime(1_700_000_000);
    audit_events::count(connection, AuditEvent::SignedIn)?;
    clients::following_feed(connection)?;
    deliveries::of_sessions(connection, &[sid, user])?;
    deliveries::waiting_for(connection, client.as_str(), 9)?;
    denied_tokens::is_denied(connection, "a.b")?;
    acknowledgements::connected(connection, std::slice::from_ref(client), 1)?;
    for of in [GrantSelector::Grant(sid), GrantSelector::Session(sid)] {
        grants::named(connection, &of)?;
    }
    grants::open_of_client(connection, client, now, 10)?;
    clients::next_removed(connection, None)?;
    clients::using_memberships(connection)?;
    memberships::of_user(connection, user)?;
    permission_bundles::kept_until(connection, "none")?;
    permission_bundles::content(connection, "none")?;
    clients::void_earlier(connection, client, now)?;
    revocations::after(connection, 0)?;
    redis_continuity::get(connection)?;
    sessions::begun_after(connection, now, 10)?;
    sessions::with_user_and_client(connection, sid, client)?;
    grants::by_id(connection, sid)?;
    let of_token = GrantKey::of_token(&TokenId::for_grant(sid, 0, &mut rsa::rand_core::OsRng));
    for answer in grants::with_persons(connection, &[GrantKey::by_id(sid), of_token.unwrap()])? {
        assert!(answer?.is_none());
    }
    grants::last_use_within(connection, sid)?;
    users::exist(connection).map(drop)
}

pub fn rare_acts(
    connection: &mut Connection,
    user: Uuid,
    sid: Uuid,
    client: &ClientId,
) -> Result<(), DbError> {
    let now = UnixTime(1_700_000_000);
    let id = client.as_str();
    acknowledgements::listens(connection, id, "one", 1)?;
    acknowledgements::confirm(connection, id, "one", 7, 1, 1)?;
    acknowledgements::left(connection, id, "one", 1, 2)?;
    acknowledgements::purge(connection, now, 1)?;
    idempotency_keys::begin(connection, "a", "b", now)?;
    idempotency_keys::set_answer(connection, "a", "c")?;
    assert!(idempotency_keys::get(connection, "a")?.is_some());
    idempotency_keys::forget(connection, "a")?;
    consents::add(connection, user, client, &Default::default(), now)?;
    consents::add(connection, user, client, &Default::default(), now)?;
    consents::of_user(connection, user)?;
    consents::withdraw(connection, user, client, now)?;
    consents::forget_some_of(connection, client, 1)?;
    consents::withdraw(connection, user, client, now)?;
    grants::open_of_user(connection, user)?;
    grants::begin_epoch(connection, sid, 1)?;
    let bundle = PermissionBundle::of(&"[]".into());
    permission_bundles::keep(connection, &bundle, now)?;
    permission_bundles::keep(connection, &bundle, now.plus(1))?;
    permission_bundles::purge(connection, now, 1)?;
    grants::forget_some_of(connection, client, 0)?;
    deliveries::forget_some_of(connection, client, 0)?;
    deliveries::give_up(connection, "none", "no")?;
    device_names::of(connection, user, sid)?;
    devices::forget_those_of(connection, user)?;
    sessions::forget_ended_of(connection, user, 0)?;
    devices::forget_unused(connection, &[SecretHash::of_nothing()])?;
    sessions::touch(connection, sid, now)?;
    sessions::touch_from(connection, sid, "192.0.2.1", now, now)?;
    sessions::end_all_of(connection, user, EndCause::Kicked, now)?;
    for of in [GrantSelector::Grant(sid), GrantSelector::User(sid), GrantSelector::Session(sid)] {
        grants::end(connection, &of, EndCause::Kicked, now)?;
    }
    let at_client = EndingSessions::AtClient { user, client, nonce: sid };
    for of in [EndingSessions::Sessions(&[sid, user]), EndingSessions::User(sid), at_client] {
        ending_sessions::enqueue(connection, of, 1)?;
    }
    bring_back::user(connection, "nobody", now, now)?;
    bring_back::client(connection, "nobody", now, now)?;
    bring_back::everybody(connection, now, now)?;
    bring_back::revocations(connection, UnixTime(0), now)?;
    bring_back::last_uses(connection, &[sid.to_string()], now, now)?;
    redis_continuity::begin(connection, 0, 1, 1)?;
    redis_continuity::raise(connection, 2)?;
    redis_continuity::bring_back(connection, 1, 1)?;
    nodes::forget(connection, "nobody")?;
    passwords::rehash_password(connection, user, "$a$v$c$s$h", "$a$v$d$s$h")?;
    passwords::remove(connection, user)?;
    passwords::insert(connection, user, "$a$v$c$s$h")?;
    passwords::rehash_password(connection, user, "$a$v$c$s$h", "$a$v$d$s$h")?;
    clients::set_secrets(connection, client, &[])?;
    revocations::note_lifetime(connection, Some(1))?;
    users::set_status(connection, user, UserStatus::Active, now)?;
    users::void_earlier(connection, user, now)
}
