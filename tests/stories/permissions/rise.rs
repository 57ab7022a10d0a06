//! No way upwards: every operation on everything there is, by each lesser administrator, looking for one after which anybody may
//! do what neither they nor the caller could, or for which a greater one is changed.

use super::api::body_of;
use super::{Listed, caller_of, changes};
use crate::admin_people_pages::started;
use crate::schema::ask;
use idp_core::administration::{BUILT_IN_ROLES, BuiltInRole, Permission, Permissions};
use idp_core::client::ClientId;
use idp_server::db::authority::Principal;
use idp_server::directory::Caller;
use idp_server::directory::roles::NewRole;
use idp_server::random;
use idp_server::store::roles::RoleHolder;
use idp_tests::scim::{GROUP, USER};
use idp_tests::{Authenticator, ClientSpec, TestIdp};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const ALL_BUT_KEYS: &str = "deputy";
const GIVER: &str = "giver";
const SITES_AND_GROUPS: &str = "keeper";

/// The lesser roles: those that are built in, and some that an operator could make, up to everything but one permission.
fn lesser_roles() -> Vec<(&'static str, Permissions)> {
    use Permission::{
        ManageClients, ManageGroups, ManageKeys, ManageRoles, ReadClients, ReadGroups, ReadRoles, ReadUsers,
    };
    let built_in = BUILT_IN_ROLES.iter().filter(|role| **role != BuiltInRole::Administrator);
    let own = [
        (ALL_BUT_KEYS, Permissions::all().without(ManageKeys.into())),
        (GIVER, [ManageRoles, ReadRoles, ReadUsers, ReadGroups].into_iter().collect()),
        (SITES_AND_GROUPS, [ManageClients, ReadClients, ManageGroups, ReadGroups].into_iter().collect()),
    ];
    built_in.map(|role| (role.as_str(), role.permissions())).chain(own).collect()
}

/// A provider with a greater administrator, a group and a client with all rights, plain ones of each, and one lesser administrator.
struct House {
    idp: TestIdp,
    /// The lesser one; or a greater one whose token was issued for less.
    lesser: Uuid,
    role: &'static str,
    held: Permissions,
    root: Uuid,
    keepers: Uuid,
    /// What the parameters of paths may be.
    pools: BTreeMap<&'static str, Vec<Value>>,
}

const MACHINE: &str = "machine";

impl House {
    async fn open(role: &'static str, held: Permissions) -> Self {
        let idp = started().await;
        let (by, now) = (idp.operator(), idp.clock.now());
        let root = idp.add_user("root").await;
        let (alice, lesser) = (idp.add_user("alice").await, idp.add_user("lesser").await);
        if idp.app.store.role_named(role.parse().unwrap()).await.unwrap().is_none() {
            let new = NewRole { permissions: held, ..NewRole::named(role.parse().unwrap()) };
            by.add_role(new, now).await.unwrap();
        }
        idp.give_role(lesser, role).await;
        let plain = by.add_role(NewRole::named("shop:editor".parse().unwrap()), now).await.unwrap().id;
        let keepers = by.add_group("keepers".parse().unwrap(), String::new(), None, now).await.unwrap().id;
        let staff = by.add_group("staff".parse().unwrap(), String::new(), None, now).await.unwrap().id;
        let administrator = idp.role("administrator").await.id;
        by.assign_role(administrator, RoleHolder::User(root), true, now).await.unwrap();
        by.assign_role(administrator, RoleHolder::Group(keepers), true, now).await.unwrap();
        by.set_member(keepers, root, true, now).await.unwrap();
        Authenticator::of(&idp, root, "Pixel").await;
        idp.add_api_client(MACHINE, &Permissions::all().to_string()).await;
        idp.add_client(&ClientSpec::confidential("plain")).await;
        let secret =
            by.add_client_secret(&ClientId::parse(MACHINE).unwrap(), now).await.unwrap().hash().fingerprint();
        let of_root = idp.app.store.account(root).await.unwrap().unwrap();
        let factor = by.methods(root).await.unwrap().factors.apps[0].id;
        let own_role = idp.role(role).await.id;
        let pools = BTreeMap::from([
            ("user", vec![json!(root), json!(alice), json!(lesser)]),
            ("address", of_root.addresses.iter().map(|known| json!(known.id)).collect()),
            ("method", vec![json!(factor)]),
            ("session", vec![json!(Uuid::max())]),
            ("role", vec![json!(administrator), json!(own_role), json!(plain)]),
            ("group", vec![json!(keepers), json!(staff)]),
            ("attribute", vec![json!(Uuid::max())]),
            ("invitation", vec![json!("none")]),
            ("client", vec![json!(MACHINE), json!("plain")]),
            ("fingerprint", vec![json!(secret)]),
            ("kid", vec![json!("none")]),
            ("mail", vec![json!(Uuid::max())]),
            ("delivery", vec![json!("none")]),
        ]);
        Self { idp, lesser, role, held, root, keepers, pools }
    }

    /// Every way to fill the path of an operation.
    fn paths(&self, operation: &Listed) -> Vec<Value> {
        let names = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        names.fold(vec![json!({})], |filled, name| {
            let with = |before: &Value, value: &Value| {
                let mut path = before.clone();
                path[name] = value.clone();
                path
            };
            filled
                .iter()
                .flat_map(|before| self.pools[name].iter().map(move |value| with(before, value)))
                .collect()
        })
    }

    /// What the lesser one would send to rise.
    fn bodies(&self, operation: &Listed, turn: usize) -> Vec<Value> {
        let name = format!("mine-{turn}");
        let (all, own) = (Permissions::all(), self.held);
        let client = |scope: Permissions| {
            json!({
                "client_name": "Mine", "scope": format!("openid {scope}"), "audience": self.idp.url_of_api(),
                "redirect_uris": ["https://mine.example/back"], "grant_types": ["authorization_code", "client_credentials"],
            })
        };
        let named = |mut client: Value, end: &str| {
            client["client_id"] = json!(format!("{name}{end}"));
            client
        };
        let more = match operation.id {
            "createRole" => vec![
                json!({ "name": format!("{name}:all"), "permissions": all }),
                json!({ "name": format!("{name}:own"), "permissions": own }),
            ],
            "updateRole" => {
                vec![json!({ "permissions": all }), json!({ "permissions": own }), json!({ "name": name })]
            }
            "registerClient" => vec![named(client(all), "-all"), named(client(own), "-own")],
            "updateClient" => {
                vec![client(all), client(own), json!({ "redirect_uris": ["https://mine.example/back"] })]
            }
            "updateUser" => vec![
                json!({ "username": name }),
                json!({ "address_changes": [{ "act": "add", "address": "mine@mine.example" }] }),
                json!({ "second_factor_required": false }),
            ],
            _ => Vec::new(),
        };
        match operation.takes_body {
            true => more.into_iter().chain([body_of(operation.id, &name)]).collect(),
            false => vec![json!({})],
        }
    }

    /// The lesser one as a caller: what they may by their roles, or what the token of the greater one allows of it.
    async fn caller(&self) -> Caller {
        let caller = caller_of(&self.idp, self.lesser).await;
        match self.lesser == self.root {
            true => Caller::new(caller.principal().clone(), caller.permissions(), self.held, None),
            false => caller,
        }
    }

    async fn permissions_of_all(&self) -> BTreeMap<String, Permissions> {
        let users = ask(&self.idp.db, "SELECT id AS word FROM users").await;
        let clients = ask(&self.idp.db, "SELECT id AS word FROM clients").await;
        let users = users.iter().map(|id| Principal::User(id.parse().unwrap()));
        let all = users.chain(clients.iter().map(|id| Principal::Client(ClientId::parse(id).unwrap())));
        let mut found = BTreeMap::new();
        for principal in all.collect::<Vec<_>>() {
            let permissions = self.idp.app.store.permissions_of(principal.clone()).await.unwrap();
            found.insert(principal.to_string(), permissions);
        }
        found
    }

    /// Everything by which the greater ones are who they are.
    async fn greater(&self) -> Vec<String> {
        let (by, store) = (self.idp.operator(), &self.idp.app.store);
        let account = store.account(self.root).await.unwrap().unwrap();
        let user = &account.user;
        let machine = by.client(&ClientId::parse(MACHINE).unwrap()).await.unwrap();
        let factors = store.second_factors(self.root).await.unwrap();
        let password =
            format!("SELECT hash AS word FROM password_credentials WHERE user_id = '{}'", self.root);
        let group = store.group(self.keepers).await.unwrap();
        let roles = by.roles_of_user(self.root).await.unwrap();
        let mut told = ask(&self.idp.db, &password).await;
        told.push(format!("{:?} {:?} {:?} {:?}", user.username, user.claims, user.status, account.addresses));
        told.push(format!("{:?} {:?} {:?}", account.attributes, user.second_factor, roles));
        told.push(format!("{:?}", factors.apps.iter().map(|app| app.id).collect::<Vec<_>>()));
        told.push(format!("{:?} {:?} {:?}", machine.metadata, machine.kind, machine.logo));
        told.push(format!("{group:?}"));
        told
    }

    /// That nobody may do what neither they nor the lesser one could, and that the greater ones are as they were.
    async fn check(&self, before: &BTreeMap<String, Permissions>, greater: &[String], what: &str) {
        for (principal, permissions) in self.permissions_of_all().await {
            let had = before.get(&principal).copied().unwrap_or_default();
            let gained = permissions.without(had.union(self.held));
            assert!(gained.is_empty(), "{}: {what}: {principal} got {gained}", self.role);
        }
        let own = self.caller().await.permissions();
        assert!(self.held.contain_all(own), "{}: {what}: rose to {own}", self.role);
        assert_eq!(self.greater().await, greater, "{}: {what}", self.role);
    }

    /// As they were, so that the search goes on.
    async fn restore(&self) {
        let (by, now) = (self.idp.operator(), self.idp.clock.now());
        by.enable_user(self.lesser, now).await.unwrap();
        if self.caller().await.permissions() != self.held {
            let found = self.idp.app.store.role_named(self.role.parse().unwrap()).await.unwrap();
            let new = NewRole {
                permissions: self.held,
                ..NewRole::named(format!("again-{}", random::new_id(now)).parse().unwrap())
            };
            let role = match found.filter(|role| role.permissions.get() == self.held) {
                Some(role) => role,
                None => by.add_role(new, now).await.unwrap(),
            };
            by.assign_role(role.id, RoleHolder::User(self.lesser), true, now).await.unwrap();
        }
    }

    /// What was made is of use for the next attempt.
    fn keep(&mut self, operation: &Listed, made: &Value) {
        let (pool, id) = match operation.id {
            "createUser" => ("user", &made["user"]["id"]),
            "createGroup" => ("group", &made["id"]),
            "createRole" => ("role", &made["id"]),
            "registerClient" => ("client", &made["client_id"]),
            "createAttribute" => ("attribute", &made["id"]),
            _ => return,
        };
        let known = self.pools.get_mut(pool).unwrap();
        if id.is_string() && known.len() < 6 {
            known.push(id.clone());
        }
    }

    /// Tries all of it once. Answers how many attempts there were, and how many did something.
    async fn search(&mut self, turn: usize) -> (usize, usize) {
        let (mut tried, mut done) = (0, 0);
        let mut all: Vec<Listed> =
            changes().into_iter().filter(|one| self.held.contain_all(one.needs)).collect();
        // What is removed is of use to the others before.
        all.sort_by_key(|one| one.id.starts_with("delete"));
        let (mut before, greater) = (self.permissions_of_all().await, self.greater().await);
        for operation in all {
            let mut attempts = Vec::new();
            for path in self.paths(&operation) {
                attempts.extend(self.bodies(&operation, turn).into_iter().map(|body| (path.clone(), body)));
            }
            for (path, body) in attempts {
                if operation.id == "deleteUser" && path["user"] == json!(self.lesser) {
                    continue;
                }
                let caller = self.caller().await;
                let what = format!("{} {path} {body}", operation.id);
                let outcome = {
                    let by = self.idp.app.administration(&caller);
                    operation.run.unwrap()(&by, path, body, self.idp.clock.now()).await
                };
                tried += 1;
                match outcome {
                    Err(problem) => assert!((400..500).contains(&problem.status), "{what}: {problem:?}"),
                    Ok(made) => {
                        done += 1;
                        self.check(&before, &greater, &what).await;
                        self.keep(&operation, &made);
                        self.restore().await;
                        before = self.permissions_of_all().await;
                    }
                }
            }
        }
        (tried, done)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lesser_administrator_becomes_a_greater_one_by_any_operation_on_anything() {
    for (role, held) in lesser_roles() {
        let mut house = House::open(role, held).await;
        for turn in 0..2 {
            let (tried, done) = house.search(turn).await;
            println!("{role}, turn {turn}: {tried} attempts, of which {done} did something");
            assert!(done > 0 || held.iter().all(|one| one.as_str().ends_with(".read")), "{role}");
        }
    }
}

/// A token that was issued for less than its owner has does not become its owner: by their password, for one.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_less_than_its_owner_has_gets_no_more_by_any_operation() {
    for (role, held) in lesser_roles() {
        let mut house = House::open(role, held).await;
        house.lesser = house.root;
        let (tried, done) = house.search(0).await;
        println!("a token for what {role} may: {tried} attempts, of which {done} did something");
    }
}

/// The same over SCIM, which is another door to people and groups.
#[tokio::test(flavor = "multi_thread")]
async fn no_lesser_administrator_becomes_a_greater_one_over_scim() {
    for (role, held) in lesser_roles() {
        let house = House::open(role, held).await;
        let idp = &house.idp;
        let everything = Permissions::all().to_string();
        let tool = idp.add_api_client("tool", &everything).await;
        let token = idp.calling_as_person(&tool, "lesser", &everything).await.token;
        let scim = idp.provisioning_with(token);
        let (before, greater) = (house.permissions_of_all().await, house.greater().await);
        let (root, keepers, lesser) = (house.root, house.keepers, house.lesser);
        let replace = |path: &str, value: Value| json!([{ "op": "replace", "path": path, "value": value }]);
        let add = |value: Uuid| json!([{ "op": "add", "path": "members", "value": [{ "value": value }] }]);
        let patch = |operations: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        let (person, group) = (format!("/Users/{root}"), format!("/Groups/{keepers}"));
        let members = json!([{ "value": lesser }]);
        let attempts = [
            (
                Method::PATCH,
                person.clone(),
                Some(patch(replace("password", json!("seven grey herons wading")))),
            ),
            (Method::PATCH, person.clone(), Some(patch(replace("userName", json!("mine"))))),
            (Method::PATCH, person.clone(), Some(patch(replace("active", json!(false))))),
            (
                Method::PATCH,
                person.clone(),
                Some(patch(replace("emails", json!([{ "value": "mine@mine.example" }])))),
            ),
            (
                Method::PUT,
                person.clone(),
                Some(json!({ "schemas": [USER], "userName": "mine", "active": true })),
            ),
            (Method::DELETE, person, None),
            (Method::PATCH, group.clone(), Some(patch(add(lesser)))),
            (
                Method::PUT,
                group.clone(),
                Some(json!({ "schemas": [GROUP], "displayName": "keepers", "members": members })),
            ),
            (Method::PATCH, group.clone(), Some(patch(json!([{ "op": "remove", "path": "members" }])))),
            (
                Method::PATCH,
                format!("/Users/{lesser}"),
                Some(patch(replace("roles", json!([{ "value": "administrator" }])))),
            ),
            (Method::DELETE, group, None),
        ];
        for (method, path, body) in attempts {
            let what = format!("{method} {path} {body:?}");
            let answer = scim.send(method, &path, body, &[]).await;
            assert!(
                (200..500).contains(&answer.status) && answer.status != 401,
                "{role}: {what}: {answer:?}"
            );
            house.check(&before, &greater, &what).await;
        }
    }
}
