//! The rights of administrators, as the acts themselves hold them, whichever door they come through: nobody does what they
//! have no permission for, gives what they do not have, or becomes somebody who has more.

use idp_core::administration::{BUILT_IN_ROLES, Permission, Permissions, Role, RoleName};
use idp_core::client::ClientId;
use idp_core::scope::Scope;
use idp_core::username::Username;
use idp_server::db::audit_events::AuditEvent;
use idp_server::db::authority::Principal;
use idp_server::directory::roles::{NewRole, RoleChange};
use idp_server::directory::users::UserChange;
use idp_server::directory::{Administration, Caller, DirectoryError};
use idp_server::store::roles::RoleHolder;
use idp_tests::{ClientSpec, TestIdp, typed};
use uuid::Uuid;

const NEW_PASSWORD: &str = "seven grey herons wading";

/// A provider with an administrator, and people with lesser roles.
struct House {
    idp: TestIdp,
}

impl House {
    async fn open() -> Self {
        let house = Self { idp: TestIdp::start().await };
        for role in BUILT_IN_ROLES {
            house.person_with(role.as_str(), &[role.as_str()]).await;
        }
        house.idp.add_user("alice").await;
        house
    }

    async fn person_with(&self, name: &str, roles: &[&str]) -> Uuid {
        let user = self.idp.add_user(name).await;
        for role in roles {
            let role = self.role(role).await;
            let holder = RoleHolder::User(user);
            self.idp.operator().assign_role(role.id, holder, true, self.idp.clock.now()).await.unwrap();
        }
        user
    }

    async fn role(&self, name: &str) -> Role {
        self.idp.app.store.role_named(name.parse().unwrap()).await.unwrap().unwrap()
    }

    async fn id(&self, name: &str) -> Uuid {
        self.idp.app.directory().user(&username(name)).await.unwrap().id
    }

    /// The person of this name as a caller, with everything that they may do by now.
    async fn caller(&self, name: &str) -> Caller {
        let principal = Principal::User(self.id(name).await);
        let held = self.idp.app.store.permissions_of(principal.clone()).await.unwrap();
        Caller::new(principal, held, Permissions::all(), Some("192.0.2.7".to_owned()))
    }

    fn acting<'a>(&'a self, caller: &'a Caller) -> Administration<'a> {
        self.idp.app.administration(caller)
    }

    async fn give(&self, by: &Caller, role: &str, to: RoleHolder) -> Result<bool, DirectoryError> {
        let role = self.role(role).await.id;
        self.acting(by).assign_role(role, to, true, self.idp.clock.now()).await
    }

    async fn take(&self, by: &Caller, role: &str, from: RoleHolder) -> Result<bool, DirectoryError> {
        let role = self.role(role).await.id;
        self.acting(by).assign_role(role, from, false, self.idp.clock.now()).await
    }
}

fn username(name: &str) -> Username {
    Username::parse(name).unwrap()
}

fn label(name: &str) -> RoleName {
    name.parse().unwrap()
}

#[track_caller]
fn missing<T: std::fmt::Debug>(outcome: Result<T, DirectoryError>) -> Permissions {
    match outcome {
        Err(DirectoryError::NotPermitted(missing)) => missing,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesser_administrator_does_not_become_a_greater_one_by_their_credentials() {
    let house = House::open().await;
    let now = house.idp.clock.now();
    let greater = username("administrator");
    for lesser in ["user-manager", "help-desk"] {
        let caller = house.caller(lesser).await;
        let by = house.acting(&caller);
        missing(by.set_password(&greater, typed(NEW_PASSWORD), now).await);
        missing(by.set_temporary_password(&greater, typed(NEW_PASSWORD), now).await);
        missing(by.send_password_link(&greater, now).await);
        missing(by.reset_methods(&greater, now).await);
        missing(by.remove_method(&greater, Uuid::max(), now).await);
        let address = UserChange { username: Some(username("somebody-else")), ..UserChange::default() };
        missing(by.change_user(&greater, address, now).await);
        missing(by.disable_user(&greater, now).await);
        missing(by.remove_user(&greater, now).await);
        // A person without rights is theirs to help.
        by.set_password(&username("alice"), typed(NEW_PASSWORD), now).await.unwrap();
    }
    assert_eq!(house.idp.recorded(AuditEvent::PasswordSet).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_handed_out_by_those_alone_who_have_them() {
    let house = House::open().await;
    let now = house.idp.clock.now();
    let (alice, operator) = (house.id("alice").await, Caller::console("stories"));
    // Somebody who may give roles and see people, and no more.
    let giving = [Permission::ManageRoles, Permission::ReadRoles, Permission::ReadUsers];
    let by_console = house.acting(&operator);
    by_console
        .add_role(
            NewRole { permissions: giving.into_iter().collect(), ..NewRole::named(label("giver")) },
            now,
        )
        .await
        .unwrap();
    by_console.add_role(NewRole::named(label("shop:editor")), now).await.unwrap();
    house.person_with("gustav", &["giver"]).await;
    let gustav = house.caller("gustav").await;
    let by = house.acting(&gustav);

    assert!(house.give(&gustav, "shop:editor", RoleHolder::User(alice)).await.unwrap());
    assert!(!house.give(&gustav, "shop:editor", RoleHolder::User(alice)).await.unwrap());
    for role in BUILT_IN_ROLES {
        missing(house.give(&gustav, role.as_str(), RoleHolder::User(alice)).await);
        missing(house.give(&gustav, role.as_str(), RoleHolder::User(house.id("gustav").await)).await);
        missing(house.take(&gustav, role.as_str(), RoleHolder::User(house.id(role.as_str()).await)).await);
    }
    // Not by making a role that permits more, nor by having one that they hold permit more.
    let more = Permissions::from(Permission::ManageUsers);
    let mine = NewRole { permissions: more, ..NewRole::named(label("mine")) };
    assert_eq!(missing(by.add_role(mine, now).await), more);
    for role in ["giver", "shop:editor"] {
        let change = RoleChange { permissions: Some(more), ..RoleChange::default() };
        assert_eq!(missing(by.change_role(house.role(role).await, change, now).await), more);
    }
    for role in BUILT_IN_ROLES {
        let built_in = house.role(role.as_str()).await;
        let renamed = RoleChange { name: Some(label("other")), ..RoleChange::default() };
        let refused = by_console.change_role(built_in.clone(), renamed, now).await;
        assert!(matches!(refused, Err(DirectoryError::BuiltInRole(_))));
        assert!(matches!(by_console.remove_role(built_in, now).await, Err(DirectoryError::BuiltInRole(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_with_rights_is_in_the_hands_of_those_who_have_them() {
    let house = House::open().await;
    let now = house.idp.clock.now();
    let operator = Caller::console("stories");
    let by_console = house.acting(&operator);
    let (plain, keepers) = (
        by_console.add_group("staff".parse().unwrap(), String::new(), None, now).await.unwrap(),
        by_console.add_group("keepers".parse().unwrap(), String::new(), None, now).await.unwrap(),
    );
    house.give(&operator, "administrator", RoleHolder::Group(keepers.id)).await.unwrap();
    let (manager, alice) = (house.caller("user-manager").await, house.id("alice").await);
    let by = house.acting(&manager);

    assert!(by.set_member(plain.id, alice, true, now).await.unwrap());
    missing(by.set_member(keepers.id, alice, true, now).await);
    missing(by.set_member(keepers.id, house.id("user-manager").await, true, now).await);
    missing(by.remove_group(keepers.clone(), now).await);
    missing(house.give(&manager, "administrator", RoleHolder::Group(plain.id)).await);

    // By the group alice may do everything, until it has the role no more.
    assert!(by_console.set_member(keepers.id, alice, true, now).await.unwrap());
    assert_eq!(house.caller("alice").await.permissions(), Permissions::all());
    missing(by.set_member(plain.id, alice, false, now).await);
    house.take(&operator, "administrator", RoleHolder::Group(keepers.id)).await.unwrap();
    assert_eq!(house.caller("alice").await.permissions(), Permissions::NONE);
    assert!(by.set_member(plain.id, alice, false, now).await.unwrap());
}

/// Each act on keys and deliveries, by those who may see everything and by those who may do something else.
#[tokio::test(flavor = "multi_thread")]
async fn keys_and_deliveries_are_moved_by_those_alone_who_may() {
    let house = House::open().await;
    let now = house.idp.clock.now();
    let kid = house.idp.app.keys.ring().signer().unwrap().kid().to_owned();
    for lesser in ["user-manager", "help-desk", "client-manager", "auditor"] {
        let caller = house.caller(lesser).await;
        let by = house.acting(&caller);
        let keys = Permissions::from(Permission::ManageKeys);
        assert_eq!(missing(by.rotate_keys(now).await), keys);
        assert_eq!(missing(by.retire_key(kid.clone(), now).await), keys);
        assert_eq!(missing(by.give_up_key(kid.clone(), now).await), keys);
        missing(by.reset_keys(now).await);
        let deliveries = Permissions::from(Permission::ManageDeliveries);
        assert_eq!(missing(by.retry_mail(Uuid::nil(), now).await), deliveries);
        assert_eq!(missing(by.give_up_mail(Uuid::nil(), now).await), deliveries);
        assert_eq!(missing(by.retry_logout_delivery("x", now).await), deliveries);
        assert_eq!(missing(by.give_up_logout_delivery("x", now).await), deliveries);
    }
    // The right was there when the caller was looked up, and is not when the act begins.
    let caller = house.caller("administrator").await;
    let operator = Caller::console("stories");
    let holder = RoleHolder::User(house.id("administrator").await);
    house.take(&operator, "administrator", holder).await.unwrap();
    let by = house.acting(&caller);
    missing(by.give_up_key(kid, now).await);
    missing(by.rotate_keys(now).await);
    missing(by.retry_mail(Uuid::nil(), now).await);
    missing(by.retry_logout_delivery("x", now).await);
    missing(by.audit_events_still(Default::default(), None, 9).await);
    assert_eq!(house.idp.recorded(AuditEvent::KeyCompromised).await, 0);
}

/// The caller was looked up while they had the right; the act comes after it was withdrawn.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_was_withdrawn_in_the_middle_does_nothing_more() {
    let house = House::open().await;
    let now = house.idp.clock.now();
    let alice = username("alice");
    let operator = Caller::console("stories");

    let help = house.caller("help-desk").await;
    house.take(&operator, "help-desk", RoleHolder::User(house.id("help-desk").await)).await.unwrap();
    missing(house.acting(&help).set_password(&alice, typed(NEW_PASSWORD), now).await);

    let manager = house.caller("user-manager").await;
    house.acting(&operator).disable_user(&username("user-manager"), now).await.unwrap();
    missing(house.acting(&manager).disable_user(&alice, now).await);

    // The group got a role that the caller does not have, after they had looked at it.
    house.acting(&operator).enable_user(&username("user-manager"), now).await.unwrap();
    let manager = house.caller("user-manager").await;
    let by_console = house.acting(&operator);
    let group = by_console.add_group("staff".parse().unwrap(), String::new(), None, now).await.unwrap();
    house.give(&operator, "client-manager", RoleHolder::Group(group.id)).await.unwrap();
    missing(house.acting(&manager).set_member(group.id, house.id("alice").await, true, now).await);
    assert_eq!(house.idp.recorded(AuditEvent::PasswordSet).await, 0);
    assert_eq!(house.idp.recorded(AuditEvent::MemberAdded).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_who_remove_each_other_leave_one() {
    for _ in 0..8 {
        let house = House::open().await;
        let now = house.idp.clock.now();
        house.person_with("second", &["administrator"]).await;
        let (first, second) = (house.caller("administrator").await, house.caller("second").await);
        let (by_first, by_second) = (house.acting(&first), house.acting(&second));
        let (one, other) = (username("administrator"), username("second"));
        let (lost, kept) = tokio::join!(by_first.disable_user(&other, now), by_second.remove_user(&one, now));
        let refused = [lost.err(), kept.err()].into_iter().flatten().collect::<Vec<_>>();
        // The second is an administrator no more when their act begins, or would remove the last one.
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(matches!(
            refused[0],
            DirectoryError::LastAdministrator
                | DirectoryError::NotPermitted(_)
                | DirectoryError::UnknownUser(_)
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_goes_at_the_console_alone() {
    let house = House::open().await;
    let now = house.idp.clock.now();
    let (only, operator) = (house.caller("administrator").await, Caller::console("stories"));
    let (id, name) = (house.id("administrator").await, username("administrator"));
    let by = house.acting(&only);
    let refused = [
        by.disable_user(&name, now).await.err(),
        by.remove_user(&name, now).await.err(),
        house.take(&only, "administrator", RoleHolder::User(id)).await.err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(DirectoryError::LastAdministrator)), "{error:?}");
    }
    house.acting(&operator).disable_user(&name, now).await.unwrap();
    assert_eq!(house.caller("administrator").await.permissions(), Permissions::NONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_rights_is_changed_by_those_alone_who_have_them() {
    let house = House::open().await;
    let now = house.idp.clock.now();
    let mut machine = ClientSpec::confidential("machine");
    machine.client.metadata.audience = house.idp.url_of_api();
    house.idp.add_client(&machine).await;
    let id: ClientId = machine.client.id.clone();
    let with_scope = |words: &str| {
        let scope = Scope::parse(words).unwrap();
        move |metadata| Ok::<_, DirectoryError>(idp_core::client::ClientMetadata { scope, ..metadata })
    };
    let manager = house.caller("client-manager").await;
    let by = house.acting(&manager);
    let wanted = Permissions::from(Permission::ManageUsers);
    assert_eq!(missing(by.change_client(&id, with_scope("openid idp.users.manage"), now).await), wanted);
    by.change_client(&id, with_scope("openid idp.keys.read"), now).await.unwrap();
    by.add_client_secret(&id, now).await.unwrap();

    let administrator = house.caller("administrator").await;
    let change = with_scope("openid idp.users.manage");
    house.acting(&administrator).change_client(&id, change, now).await.unwrap();
    assert_eq!(missing(by.add_client_secret(&id, now).await), wanted);
    assert_eq!(missing(by.change_client(&id, with_scope("openid"), now).await), wanted);
    assert_eq!(missing(by.remove_client(&id, now).await), wanted);
}
