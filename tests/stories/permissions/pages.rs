//! Each cell of the table on pages: which page does which operation, and to whom it opens. To everybody else there is no such page.

use super::{columns, needs_of, operations, person_of};
use crate::admin_people_pages::started;
use crate::administrators::signed_in;
use crate::threats::sources;
use idp_core::administration::Permissions;
use idp_core::discovery::path;
use idp_server::directory::roles::NewRole;
use idp_server::store::roles::RoleHolder;
use idp_tests::{Authenticator, ClientSpec, TestIdp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use uuid::Uuid;

/// A page of administrators.
pub struct AdminPage {
    /// Where it is.
    pub path: &'static str,
    /// What names the thing that it is about.
    about: About,
    /// The operations without which it does not open: those that it does, and those that it shows the answers of.
    pub does: &'static [&'static str],
    /// Operations whose answers it shows to those who may see them, with what it says to others.
    shows: &'static [(&'static str, &'static str)],
}

#[derive(Copy, Clone)]
enum About {
    Nothing,
    Person,
    Address,
    Method,
    Session,
    Site,
    RoleOfPerson,
    GroupOfPerson,
    Invitation,
    Group,
    MemberOfGroup,
    RoleOfGroup,
    Role,
    Attribute,
    Client,
    Key,
    NextKey,
}

macro_rules! page {
    ($path:ident, $about:ident, [$($does:literal),*] $(, [$($shows:expr),*])?) => {
        AdminPage {
            path: path::$path,
            about: About::$about,
            does: &[$($does),*],
            shows: &[$($($shows),*)?],
        }
    };
}

/// Every page, held to the routes by `each_page_has_its_row`.
pub const PAGES: &[AdminPage] = &[
    page!(ADMIN, Nothing, []),
    page!(ADMIN_PEOPLE, Nothing, ["listUsers"]),
    page!(ADMIN_ADD_PERSON, Nothing, ["listUsers", "createUser"]),
    page!(ADMIN_INVITE, Nothing, ["listInvitations", "createInvitation"]),
    page!(ADMIN_INVITATIONS, Nothing, ["listInvitations"]),
    page!(ADMIN_WITHDRAW_INVITATION, Invitation, ["getInvitation", "withdrawInvitation"]),
    page!(
        ADMIN_PERSON,
        Person,
        ["getUser", "listUserAddresses", "listUserMethods", "listUserTerms"],
        [("listUserRoles", "person-roles-hidden"), ("listUserGroups", "person-groups-hidden")]
    ),
    page!(ADMIN_PERSON_SESSIONS, Person, ["listUserSessions", "listUserConsents"]),
    page!(ADMIN_PERSON_ACTIVITY, Person, ["getUser", "listAuditEvents"]),
    page!(ADMIN_CHANGE_PERSON, Person, ["updateUser"]),
    page!(ADMIN_ADD_ADDRESS, Person, ["addUserAddress"]),
    page!(ADMIN_ADDRESS, Address, ["verifyUserAddress", "makeUserAddressPrimary", "removeUserAddress"]),
    page!(ADMIN_PERSON_PASSWORD, Person, ["getUser", "setUserPassword", "sendUserPasswordLink"]),
    page!(ADMIN_NEW_PASSWORD, Person, ["getUser"]),
    page!(ADMIN_RESET_METHODS, Person, ["listUserMethods", "resetUserMethods"]),
    page!(ADMIN_REMOVE_METHOD, Method, ["listUserMethods", "removeUserMethod"]),
    page!(ADMIN_SIGN_OUT, Person, ["listUserSessions", "signOutUser"]),
    page!(ADMIN_SIGN_OUT_EVERYBODY, Nothing, ["countSessions", "signOutEverybody"]),
    page!(ADMIN_END_SESSION, Session, ["listUserSessions", "endUserSession"]),
    page!(ADMIN_DISCONNECT, Site, ["listUserConsents", "withdrawUserConsent"]),
    page!(ADMIN_GIVE_ROLE, Person, ["listUserRoles", "giveUserRole"]),
    page!(ADMIN_TAKE_ROLE, RoleOfPerson, ["listUserRoles", "takeUserRole"]),
    page!(ADMIN_JOIN_GROUP, Person, ["listUserGroups", "addGroupMember"]),
    page!(ADMIN_LEAVE_GROUP, GroupOfPerson, ["listUserGroups", "removeGroupMember"]),
    page!(ADMIN_DISABLE, Person, ["getUser", "disableUser"]),
    page!(ADMIN_ENABLE, Person, ["getUser", "enableUser"]),
    page!(ADMIN_REMOVE_PERSON, Person, ["getUser", "deleteUser"]),
    page!(ADMIN_GROUPS, Nothing, ["listGroups"]),
    page!(ADMIN_GROUP, Group, ["getGroup"], [("listGroupMembers", ""), ("listGroupRoles", "")]),
    page!(ADMIN_ADD_GROUP, Nothing, ["listGroups", "createGroup"]),
    page!(ADMIN_CHANGE_GROUP, Group, ["updateGroup"]),
    page!(ADMIN_REMOVE_GROUP, Group, ["deleteGroup"]),
    page!(ADMIN_ADD_MEMBER, Group, ["listGroupMembers", "addGroupMember"]),
    page!(ADMIN_REMOVE_MEMBER, MemberOfGroup, ["listGroupMembers", "removeGroupMember"]),
    page!(ADMIN_GIVE_GROUP_ROLE, Group, ["listGroupRoles", "giveGroupRole"]),
    page!(ADMIN_TAKE_GROUP_ROLE, RoleOfGroup, ["listGroupRoles", "takeGroupRole"]),
    page!(ADMIN_ROLES, Nothing, ["listRoles"]),
    page!(ADMIN_ROLE, Role, ["getRole"]),
    page!(ADMIN_ADD_ROLE, Nothing, ["listRoles", "createRole"]),
    page!(ADMIN_CHANGE_ROLE, Role, ["updateRole"]),
    page!(ADMIN_REMOVE_ROLE, Role, ["deleteRole"]),
    page!(ADMIN_ADD_HOLDER, Role, ["getRole", "listUsers", "giveUserRole"]),
    page!(ADMIN_ATTRIBUTES, Nothing, ["listAttributes"]),
    page!(ADMIN_ATTRIBUTE, Attribute, ["getAttribute"]),
    page!(ADMIN_ADD_ATTRIBUTE, Nothing, ["listAttributes", "createAttribute"]),
    page!(ADMIN_CHANGE_ATTRIBUTE, Attribute, ["updateAttribute"]),
    page!(ADMIN_REMOVE_ATTRIBUTE, Attribute, ["countAttributeUse", "deleteAttribute"]),
    page!(ADMIN_CLIENTS, Nothing, ["listClients"]),
    page!(ADMIN_CLIENT, Client, ["getClient"]),
    page!(ADMIN_ADD_CLIENT, Nothing, ["listClients", "registerClient"]),
    page!(ADMIN_CHANGE_CLIENT, Client, ["previewClient", "updateClient"]),
    page!(
        ADMIN_CLIENT_SECRETS,
        Client,
        ["listClientSecrets", "addClientSecret", "removeClientSecret", "removeOlderClientSecrets"]
    ),
    page!(ADMIN_CLIENT_LOGO, Client, ["getClient", "setClientLogo", "removeClientLogo"]),
    page!(ADMIN_REMOVE_CLIENT, Client, ["countClientGrants", "deleteClient"]),
    page!(ADMIN_KEYS, Nothing, ["listKeys"]),
    page!(ADMIN_ROTATE_KEYS, Nothing, ["rotateKeys"]),
    page!(ADMIN_RETIRE_KEY, Key, ["retireKey"]),
    page!(ADMIN_GIVE_UP_KEY, NextKey, ["giveUpKey"]),
    page!(ADMIN_AUDIT, Nothing, ["listAuditEvents"]),
    page!(ADMIN_AUDIT_LINES, Nothing, ["exportAuditEventsAsJsonLines"]),
    page!(ADMIN_AUDIT_CSV, Nothing, ["exportAuditEventsAsCsv"]),
    page!(ADMIN_DELIVERIES, Nothing, ["listLogoutDeliveries"]),
    page!(
        ADMIN_SETTLE_DELIVERY,
        Nothing,
        ["listLogoutDeliveries", "retryLogoutDelivery", "giveUpLogoutDelivery"]
    ),
    page!(ADMIN_MAILS, Nothing, ["listMails"]),
    page!(ADMIN_SETTLE_MAIL, Nothing, ["listMails", "retryMail", "giveUpMail"]),
    page!(ADMIN_FEED, Nothing, ["listFeedListeners"]),
    page!(ADMIN_SETTINGS, Nothing, ["getSettings"]),
];

/// Operations that no page does, and why.
pub const NO_PAGE: &[(&str, &str)] = &[
    ("getMe", "the rooms that a person may enter stand on every page"),
    ("endOtherUserSessions", "the page ends one sign-in, or all"),
    ("setClientSecret", "for a secret that another program has made"),
    ("listAuditSeals", "for a program that keeps them elsewhere"),
    ("explain", "a token is shown to a command or a program, and to no form of a browser"),
];

/// Where an operation is on pages.
pub fn pages_of(operation: &str) -> Vec<&'static str> {
    let does = |page: &&AdminPage| {
        page.does.contains(&operation) || page.shows.iter().any(|(shown, _)| *shown == operation)
    };
    PAGES.iter().filter(does).map(|page| page.path).collect()
}

/// The permissions that a page takes; `None` for the overview, which opens to everybody who has one.
pub fn page_takes(page: &AdminPage) -> Option<Permissions> {
    (!page.does.is_empty()).then(|| needs_of(&operations(), page.does))
}

pub fn opens_to(page: &AdminPage, held: Permissions) -> bool {
    page_takes(page).map_or(!held.is_empty(), |needs| held.contain_all(needs))
}

/// The paths of the routes, as the sources name them.
#[test]
fn each_page_has_its_row_and_each_operation_its_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let source = fs::read_to_string(root.join("crates/idp-core/src/discovery.rs")).unwrap();
    let named = source.lines().filter_map(|line| line.trim().strip_prefix("pub const ADMIN"));
    let named: BTreeSet<&str> =
        named.filter_map(|line| line.split('"').nth(1)).filter(|path| path.starts_with("/admin")).collect();
    assert_eq!(named, PAGES.iter().map(|page| page.path).collect());
    // No route has a path of its own making.
    let rooms = root.join("crates/idp-server/src/http/admin");
    for file in sources(root).iter().filter(|file| file.starts_with(&rooms)) {
        assert!(!fs::read_to_string(file).unwrap().contains("resource(\""), "{}", file.display());
    }
    for operation in operations() {
        let has_page = !pages_of(operation.id).is_empty();
        let has_none = NO_PAGE.iter().any(|(id, _)| *id == operation.id);
        assert!(has_page != has_none, "{}", operation.id);
    }
}

/// Something of every kind, for pages to be about.
pub struct Things {
    person: Uuid,
    /// An address that is verified and not the primary one.
    address: Uuid,
    /// One that is not verified.
    unverified: Uuid,
    method: Uuid,
    session: Uuid,
    role: Uuid,
    group: Uuid,
    attribute: Uuid,
    invitation: String,
    fingerprint: String,
    key: String,
    next_key: String,
}

pub const SITE: &str = "site-a";

impl Things {
    pub async fn of(idp: &TestIdp) -> Self {
        let now = idp.clock.now();
        let by = idp.operator();
        let site = ClientSpec::confidential(SITE);
        idp.add_client(&site).await;
        let person = idp.add_user("alice").await;
        idp.browser().sign_in_for_tokens(idp, &site, "alice").await;
        let session = by.devices(person, now).await.unwrap().open[0].session.sid;
        Authenticator::of(idp, person, "Pixel").await;
        let method = by.methods(person).await.unwrap().factors.apps[0].id;
        let role = by.add_role(NewRole::named("shop:editor".parse().unwrap()), now).await.unwrap().id;
        by.assign_role(role, RoleHolder::User(person), true, now).await.unwrap();
        let group = by.add_group("staff".parse().unwrap(), String::new(), None, now).await.unwrap().id;
        by.set_member(group, person, true, now).await.unwrap();
        by.assign_role(role, RoleHolder::Group(group), true, now).await.unwrap();
        let spec = idp.add_api_client("maker", &Permissions::all().to_string()).await;
        let caller = idp.calling_as_client(&spec).await;
        let attribute =
            caller.post("/attributes", json!({ "name": "town" })).await.text("id").parse().unwrap();
        let invited = caller.post("/invitations", json!({ "address": "eve@example.org" })).await;
        let invitation = invited.text("id").to_owned();
        let further = async |address: &str, verified: bool| {
            let body = json!({ "address": address, "verified": verified });
            let added = caller.post(&format!("/users/{person}/addresses"), body).await;
            assert_eq!(added.status, 200, "{added:?}");
            let account = idp.app.store.account(person).await.unwrap().unwrap();
            account.addresses.iter().find(|known| known.address.as_str() == address).unwrap().id
        };
        let (address, unverified) =
            (further("alice@two.example", true).await, further("alice@three.example", false).await);
        let ring = by.signing_keys().await.unwrap();
        let kid = |state| {
            let entries = idp_server::directory::keys::in_order(&ring);
            entries.iter().find(|entry| entry.state.name() == state).unwrap().key.kid().to_owned()
        };
        let (key, next_key) = (kid("active"), kid("next"));
        let secret = by.add_client_secret(&site.client.id, now).await.unwrap();
        let fingerprint = secret.hash().fingerprint();
        Self {
            person,
            address,
            unverified,
            method,
            session,
            role,
            group,
            attribute,
            invitation,
            fingerprint,
            key,
            next_key,
        }
    }

    /// The parameters of a path of the API that leads to them.
    pub fn parameters(&self, path: &str) -> Value {
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let value = |name: &str| match name {
            "user" => json!(self.person),
            "address" if path.ends_with("/verify") => json!(self.unverified),
            "address" => json!(self.address),
            "method" => json!(self.method),
            "session" => json!(self.session),
            "role" => json!(self.role),
            "group" => json!(self.group),
            "attribute" => json!(self.attribute),
            "invitation" => json!(self.invitation),
            "client" => json!(SITE),
            "fingerprint" => json!(self.fingerprint),
            "kid" => json!(self.next_key),
            "mail" => json!(Uuid::max()),
            "delivery" => json!("none"),
            _ => panic!("{path}: what is {name}?"),
        };
        names.map(|name| (name.to_owned(), value(name))).collect()
    }

    /// The address of a page about one of them.
    pub fn address_of(&self, idp: &TestIdp, page: &AdminPage) -> String {
        let person = self.person;
        let query = match page.about {
            About::Nothing => String::new(),
            About::Person => format!("?id={person}"),
            About::Address => format!("?id={person}.{}", self.address),
            About::Method => format!("?id={person}.{}", self.method),
            About::Session => format!("?id={person}.{}", self.session),
            About::Site => format!("?id={person}&client={SITE}"),
            About::RoleOfPerson => format!("?id={person}.{}", self.role),
            About::GroupOfPerson => format!("?id={person}.{}", self.group),
            About::Invitation => format!("?invitation={}", self.invitation),
            About::Group => format!("?id={}", self.group),
            About::MemberOfGroup => format!("?id={}.{person}", self.group),
            About::RoleOfGroup => format!("?id={}.{}", self.group, self.role),
            About::Role => format!("?id={}", self.role),
            About::Attribute => format!("?id={}", self.attribute),
            About::Client => format!("?id={SITE}"),
            About::Key => format!("?id={}", self.key),
            About::NextKey => format!("?id={}", self.next_key),
        };
        idp.url(&format!("{}{query}", page.path))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_opens_to_the_roles_that_the_table_says_and_to_no_other() {
    let idp = started().await;
    let things = Things::of(&idp).await;
    let all = operations();
    for (column, held) in columns() {
        person_of(&idp, column).await;
        let browser = signed_in(&idp, column).await;
        for page in PAGES {
            let shown = browser.open(things.address_of(&idp, page)).await;
            let is_there = shown.status != 404;
            assert_eq!(is_there, opens_to(page, held), "{column} at {}: {}", page.path, shown.status);
            assert!(matches!(shown.status, 200 | 303 | 404), "{column} at {}: {}", page.path, shown.status);
            for (operation, hidden) in page.shows.iter().filter(|(_, hidden)| is_there && !hidden.is_empty())
            {
                let is_shown = !shown.body.contains(&format!("id=\"{hidden}\""));
                let may_see = held.contain_all(needs_of(&all, &[operation]));
                assert_eq!(is_shown, may_see, "{column}: {operation} at {}", page.path);
            }
            // No page leads to one that does not open.
            for other in PAGES.iter().filter(|other| is_there && !opens_to(other, held)) {
                let leads = ["\"", "?"].map(|end| format!("href=\"{}{end}", other.path));
                let leads = leads.iter().any(|link| shown.body.contains(link));
                assert!(!leads, "{column}: {} leads to {}", page.path, other.path);
            }
        }
    }
}
