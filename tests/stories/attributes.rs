//! Attributes of people that an operator defines (ADR 74): their definitions and values over the API, what sites learn of them, and
//! what ends when a value does.

use crate::memberships::site_with;
use crate::schema::execute;
use idp_core::client::Client;
use idp_core::user::attribute::{
    AttributeAccess, AttributeKind, AttributeType, AttributesChange, GivenValue,
};
use idp_core::username::Username;
use idp_server::directory::attributes::{AttributeDetails, NewAttribute};
use idp_server::directory::clients::NewClient;
use idp_server::directory::import::{NewPerson, Verdict};
use idp_server::directory::users::UserChange;
use idp_server::directory::{DirectoryError, attributes};
use idp_tests::administration::ApiCaller;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

pub const SCOPE: &str = "idp.users.read idp.users.manage idp.attributes.manage";

/// Defines an attribute of texts.
pub async fn define(
    idp: &TestIdp,
    name: &str,
    access: AttributeAccess,
) -> idp_core::user::attribute::Attribute {
    let of = AttributeType::new(AttributeKind::String, Some(32), Vec::new(), false).unwrap();
    define_as(idp, name, of, access).await.unwrap()
}

async fn define_as(
    idp: &TestIdp,
    name: &str,
    of: AttributeType,
    access: AttributeAccess,
) -> Result<idp_core::user::attribute::Attribute, DirectoryError> {
    let details = AttributeDetails { label: String::new(), description: String::new(), of, access };
    let new = NewAttribute { name: name.parse().unwrap(), details };
    idp.operator().add_attribute(new, idp.clock.now()).await
}

/// Gives a person values, or takes them away.
pub async fn set(idp: &TestIdp, user: Uuid, members: Value) -> Result<(), DirectoryError> {
    let attributes = AttributesChange::merge(members.as_object().unwrap().clone());
    let change = UserChange { attributes, ..UserChange::default() };
    idp.operator().change_user(user, change, idp.clock.now()).await.map(drop)
}

async fn administrator(idp: &TestIdp) -> ApiCaller<'_> {
    let spec = idp.add_api_client("console", SCOPE).await;
    let ada = idp.add_user("ada").await;
    idp.give_role(ada, "administrator").await;
    idp.calling_as_person(&spec, "ada", SCOPE).await
}

fn pointer(answer: &TokenAnswer) -> (u16, String) {
    (answer.status, answer.body["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_attribute_is_defined_seen_changed_and_removed_over_the_api() {
    let idp = TestIdp::start().await;
    let api = administrator(&idp).await;
    let new =
        json!({ "name": "department", "label": "Department", "max_length": 20, "access": "person_sees" });
    let made = api.post("/attributes", new.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/attributes/{}", made.text("id"));
    assert_eq!(
        (&made.body["type"], &made.body["multiple"], &made.body["choices"]),
        (&json!("string"), &json!(false), &json!([]))
    );
    assert_eq!(api.post("/attributes", new).await.status, 409);
    assert_eq!(api.get("/attributes?limit=1").await.body["items"][0]["name"], "department");
    let seen = api.get(&path).await;
    let tag = seen.header("etag").to_owned();
    let changed = api.patch(&path, json!({ "description": "Where they work" })).await;
    assert_eq!((changed.status, &changed.body["max_length"]), (200, &json!(20)));
    let stale = api
        .call_with(Method::PATCH, &path, Some(json!({ "label": "Team" })), &[("if-match", tag.as_str())])
        .await;
    assert_eq!(stale.status, 412, "the second editor learns of it");
    for (unfit, at) in [
        (json!({ "name": "Department" }), "/name"),
        (json!({ "name": "email" }), "/name"),
        (json!({ "name": "roles" }), "/name"),
        (json!({ "name": "x", "type": "colour" }), "/type"),
        (json!({ "name": "x", "type": "date", "multiple": true }), "/multiple"),
        (json!({ "name": "x", "type": "choice" }), "/choices"),
        (json!({ "name": "x", "type": "choice", "choices": ["a\0"] }), "/choices"),
        (json!({ "name": "x", "max_length": 256 }), "/max_length"),
        (json!({ "name": "x", "label": "a\nb" }), "/label"),
        (json!({ "name": "x", "access": "everybody" }), "/access"),
    ] {
        assert_eq!(pointer(&api.post("/attributes", unfit.clone()).await), (422, at.to_owned()), "{unfit}");
    }
    // The kind changes while nobody has a value, and its bounds go with the old one.
    let choice = json!({ "type": "choice", "choices": ["Sales", "Finance"] });
    let changed = api.patch(&path, choice).await;
    assert_eq!((changed.status, &changed.body["max_length"]), (200, &Value::Null), "{changed:?}");
    assert_eq!(api.delete(&path).await.status, 204);
    assert_eq!(api.get(&path).await.status, 404);
    let events = "SELECT event AS word FROM audit_events WHERE event LIKE 'attribute_%' ORDER BY event";
    let events = crate::schema::ask(&idp.db, events).await;
    assert_eq!(events, ["attribute_added", "attribute_changed", "attribute_changed", "attribute_removed"]);
}

#[tokio::test]
async fn there_are_as_many_attributes_as_may_be_and_no_more() {
    let idp = TestIdp::start().await;
    for number in 0..idp_core::user::attribute::MOST_ATTRIBUTES {
        define(&idp, &format!("a{number}"), AttributeAccess::Administrators).await;
    }
    let of = AttributeType::new(AttributeKind::Date, None, Vec::new(), false).unwrap();
    let more = define_as(&idp, "one_more", of, AttributeAccess::Administrators).await;
    assert!(matches!(more, Err(DirectoryError::TooManyAttributes)));
}

#[tokio::test]
async fn s116_values_are_of_their_types_and_what_is_not_is_refused_by_its_name() {
    let idp = TestIdp::start().await;
    let api = administrator(&idp).await;
    for new in [
        json!({ "name": "department", "max_length": 20 }),
        json!({ "name": "projects", "multiple": true }),
        json!({ "name": "site", "type": "choice", "choices": ["Berlin", "Paris"] }),
        json!({ "name": "floor", "type": "integer" }),
        json!({ "name": "badge", "type": "boolean" }),
        json!({ "name": "joined", "type": "date" }),
    ] {
        assert_eq!(api.post("/attributes", new).await.status, 201);
    }
    let values = json!({ "department": "\u{8d22}\u{52a1}\u{90e8}", "projects": ["b", "a"], "site": "Paris", "floor": 3,
        "badge": true, "joined": "2026-11-30" });
    let made = api.post("/users", json!({ "username": "bob", "attributes": values })).await;
    assert_eq!((made.status, &made.body["user"]["attributes"]), (201, &values), "{made:?}");
    let path = format!("/users/{}", made.body["user"]["id"].as_str().unwrap());
    let seen = api.get(&path).await;
    assert_eq!(seen.body["attributes"], values);
    let listed = api.get("/users?q=bob").await;
    assert_eq!(listed.body["items"][0]["attributes"], values);
    for (name, unfit) in [
        ("department", json!("x".repeat(21))),
        ("department", json!("x".repeat(10_000))),
        ("department", json!("a\0b")),
        ("department", json!(7)),
        ("projects", json!([1])),
        ("projects", json!((0..900).map(|n| n.to_string()).collect::<Vec<_>>())),
        ("site", json!("Rome")),
        ("floor", json!("3")),
        ("floor", json!(1.5)),
        ("badge", json!("yes")),
        ("joined", json!("2026-02-30")),
    ] {
        let answer = api.patch(&path, json!({ "attributes": { name: unfit } })).await;
        assert_eq!(pointer(&answer), (422, format!("/attributes/{name}")), "{name} {answer:?}");
    }
    let unknown = api.patch(&path, json!({ "attributes": { "salary\0": 1 } })).await;
    assert_eq!(pointer(&unknown), (422, "/attributes".to_owned()));
    // Some change, the rest stays.
    let tag = seen.header("etag").to_owned();
    let patched = api.patch(&path, json!({ "attributes": { "floor": 4, "badge": null } })).await;
    let mut expected = values.clone();
    expected["floor"] = json!(4);
    expected.as_object_mut().unwrap().remove("badge");
    assert_eq!((patched.status, &patched.body["attributes"]), (200, &expected));
    let body = Some(json!({ "attributes": { "floor": 5 } }));
    let stale = api.call_with(Method::PATCH, &path, body, &[("if-match", tag.as_str())]).await;
    assert_eq!(stale.status, 412);
    let detail = "SELECT detail AS word FROM audit_events WHERE event = 'user_changed'";
    let details = crate::schema::ask(&idp.db, detail).await;
    assert_eq!(details, ["attributes.badge attributes.floor"], "names and no values");
    assert_eq!(api.delete(&path).await.status, 204);
    assert_eq!(crate::schema::ask(&idp.db, "SELECT value AS word FROM user_attributes").await.len(), 0);
}

#[tokio::test]
async fn a_definition_narrows_as_far_as_the_values_of_people_fit() {
    let idp = TestIdp::start().await;
    let api = administrator(&idp).await;
    let bob = idp.add_user("bob").await;
    let define = async |new: Value| {
        let made = api.post("/attributes", new).await;
        format!("/attributes/{}", made.text("id"))
    };
    let department = define(json!({ "name": "department" })).await;
    let site = define(json!({ "name": "site", "type": "choice", "choices": ["Berlin", "Paris"] })).await;
    set(&idp, bob, json!({ "department": "\u{8d22}\u{52a1}\u{90e8}", "site": "Paris" })).await.unwrap();
    let status = async |path: &str, patch: Value| api.patch(path, patch).await.status;
    assert_eq!(status(&department, json!({ "max_length": 3 })).await, 200, "in characters");
    let refused = api.patch(&department, json!({ "max_length": 2 })).await;
    assert_eq!((refused.status, refused.text("code")), (409, "has_values"));
    assert_eq!(status(&department, json!({ "type": "date" })).await, 409);
    assert_eq!(status(&department, json!({ "multiple": true })).await, 409);
    assert_eq!(status(&department, json!({ "max_length": null })).await, 200);
    assert_eq!(status(&site, json!({ "choices": ["Berlin"] })).await, 409);
    assert_eq!(status(&site, json!({ "choices": ["Rome", "Paris"] })).await, 200, "nobody is in Berlin");
    assert_eq!(api.get(&format!("{department}/use")).await.body, json!({ "people": 1, "more": false }));
}

/// Alice at a site that is told of attributes by these mappings.
async fn told(mappings: &[&str]) -> SignedIn {
    let idp = TestIdp::start().await;
    define(&idp, "department", AttributeAccess::Administrators).await;
    let of = |kind, several| AttributeType::new(kind, None, Vec::new(), several).unwrap();
    let all = [
        ("floor", of(AttributeKind::Integer, false)),
        ("badge", of(AttributeKind::Boolean, false)),
        ("projects", of(AttributeKind::String, true)),
    ];
    for (name, of) in all {
        define_as(&idp, name, of, AttributeAccess::Administrators).await.unwrap();
    }
    let alice = idp.add_user("alice").await;
    let values = json!({ "department": "Sales", "floor": 3, "badge": false, "projects": ["b", "a"] });
    set(&idp, alice, values).await.unwrap();
    let site = site_with(mappings);
    idp.add_client(&site).await;
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
    SignedIn { idp, site, alice, browser, tokens }
}

async fn add_client(idp: &TestIdp, spec: ClientSpec) -> Result<Client, DirectoryError> {
    let Client { id, metadata, .. } = spec.client;
    let new = NewClient { id, is_public: false, metadata, logo: None, secret: None };
    idp.operator().add_client(new, idp.clock.now()).await.map(|(client, _)| client)
}

fn claim(token: &str, name: &str) -> Value {
    jwt::claims(token)[name].clone()
}

#[tokio::test]
async fn m02_attributes_go_where_they_are_mapped_to_with_the_types_that_they_have() {
    let story = told(&[
        "dep=attribute:department@access_token,id_token",
        "floor=attribute:floor",
        "badge=attribute:badge@access_token,userinfo",
        "projects=attribute:projects@userinfo",
    ])
    .await;
    let (access, id) = (story.access_token(), story.id_token());
    assert_eq!((claim(access, "dep"), claim(id, "dep")), (json!("Sales"), json!("Sales")));
    assert_eq!((claim(access, "floor"), claim(id, "floor")), (json!(3), Value::Null));
    assert_eq!(claim(access, "badge"), json!(false));
    let userinfo = story.idp.userinfo(access).await.body;
    assert_eq!((&userinfo["projects"], &userinfo["badge"]), (&json!(["b", "a"]), &json!(false)));
    assert_eq!(userinfo["dep"], Value::Null);
    // Without a value there is no claim.
    set(&story.idp, story.alice, json!({ "projects": null })).await.unwrap();
    assert!(!story.idp.userinfo(access).await.body.as_object().unwrap().contains_key("projects"));
}

#[tokio::test]
async fn m10_a_value_that_changes_ends_the_tokens_that_say_the_old_one() {
    let story = told(&["dep=attribute:department", "floor=attribute:floor@userinfo"]).await;
    let (idp, site) = (&story.idp, &story.site);
    set(idp, story.alice, json!({ "floor": 4, "badge": true })).await.unwrap();
    assert!(idp.is_active(site, story.access_token()).await, "no token has it");
    set(idp, story.alice, json!({ "department": "Finance" })).await.unwrap();
    assert!(!idp.is_active(site, story.access_token()).await);
    let refreshed = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(claim(refreshed.text("access_token"), "dep"), json!("Finance"));
    assert!(idp.is_active(site, refreshed.text("access_token")).await);
}

#[tokio::test]
async fn m10_a_value_in_id_tokens_ends_the_grant_as_a_role_does() {
    let story = told(&["dep=attribute:department@id_token"]).await;
    set(&story.idp, story.alice, json!({ "department": "Finance" })).await.unwrap();
    let refused = story.idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
}

#[tokio::test]
async fn m10_a_definition_that_goes_takes_the_values_of_everybody_and_the_tokens_with_them() {
    let story = told(&["dep=attribute:department"]).await;
    let idp = &story.idp;
    let bob = idp.add_user("bob").await;
    set(idp, bob, json!({ "department": "Sales" })).await.unwrap();
    let defined = idp.operator().attributes().await.unwrap();
    let department = defined.into_iter().find(|one| one.name.as_str() == "department").unwrap();
    assert_eq!(idp.operator().people_with_attribute(department.id).await.unwrap(), 2);
    idp.operator().remove_attribute(department, idp.clock.now()).await.unwrap();
    assert!(!idp.is_active(&story.site, story.access_token()).await);
    let refreshed = idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(claim(refreshed.text("access_token"), "dep"), Value::Null);
    let left = "SELECT value AS word FROM user_attributes WHERE value = 'Sales'";
    assert_eq!(crate::schema::ask(&idp.db, left).await.len(), 0);
    // One of the same name has nothing of the old one.
    define(idp, "department", AttributeAccess::PersonSees).await;
    let account = idp.app.directory().account(story.alice).await.unwrap();
    assert!(account.attributes.get(&"department".parse().unwrap()).is_none());
}

#[tokio::test]
async fn m10_what_many_people_have_goes_in_parts_and_the_tokens_of_all_of_them_end() {
    let story = told(&["dep=attribute:department"]).await;
    let idp = &story.idp;
    let defined = idp.operator().attributes().await.unwrap();
    let department = defined.into_iter().find(|one| one.name.as_str() == "department").unwrap();
    let people: Vec<Uuid> = (0..1100).map(|_| idp_server::random::new_id(idp.clock.now())).collect();
    let rows: Vec<String> =
        people.iter().map(|user| format!("('{user}', 'p{user}', 'active', 0, '{{}}', 0, FALSE)")).collect();
    let columns = "id, username, status, not_before, claims, created_at, second_factor_required";
    execute(&idp.db, &format!("INSERT INTO users ({columns}) VALUES {}", rows.join(", "))).await.unwrap();
    let rows: Vec<String> =
        people.iter().map(|user| format!("('{user}', '{}', 0, 'Sales')", department.id)).collect();
    let columns = "user_id, attribute_id, position, value";
    execute(&idp.db, &format!("INSERT INTO user_attributes ({columns}) VALUES {}", rows.join(", ")))
        .await
        .unwrap();
    let counted = idp.operator().people_with_attribute(department.id).await.unwrap();
    assert_eq!(counted, attributes::MOST_COUNTED + 1);
    idp.operator().remove_attribute(department, idp.clock.now()).await.unwrap();
    assert!(!idp.is_active(&story.site, story.access_token()).await);
    idp.app.store.clean_up(idp.clock.now()).await;
    let left = "SELECT value AS word FROM user_attributes WHERE value = 'Sales'";
    assert_eq!(crate::schema::ask(&idp.db, left).await.len(), 0);
}

#[tokio::test]
async fn s117_what_people_change_themselves_is_never_told_as_their_rights() {
    let idp = TestIdp::start().await;
    let nickname = define(&idp, "desk", AttributeAccess::PersonChanges).await;
    let trap = site_with(&["https://shop.example/roles=attribute:desk"]);
    let refused = add_client(&idp, trap).await.map(drop);
    assert!(matches!(refused, Err(DirectoryError::AttributeOfRights { .. })), "{refused:?}");
    let missing = site_with(&["d=attribute:missing"]);
    let refused = add_client(&idp, missing).await.map(drop);
    assert!(matches!(refused, Err(DirectoryError::UnknownMappedAttribute(_))), "{refused:?}");
    // The other way round: a claim of rights first.
    let rank = define(&idp, "rank", AttributeAccess::Administrators).await;
    let site = site_with(&["roles=attribute:rank", "d=attribute:desk"]);
    add_client(&idp, site).await.unwrap();
    let details = AttributeDetails { access: AttributeAccess::PersonChanges, ..rank.clone().into() };
    let refused = idp.operator().change_attribute(rank.clone(), details, idp.clock.now()).await.map(drop);
    assert!(matches!(refused, Err(DirectoryError::AttributeOfRights { .. })), "{refused:?}");
    // Nor by one that is removed and defined anew.
    idp.operator().remove_attribute(rank, idp.clock.now()).await.unwrap();
    let of = AttributeType::new(AttributeKind::Boolean, None, Vec::new(), false).unwrap();
    let refused = define_as(&idp, "rank", of, AttributeAccess::PersonChanges).await.map(drop);
    assert!(matches!(refused, Err(DirectoryError::AttributeOfRights { .. })), "{refused:?}");
    assert_eq!(nickname.access, AttributeAccess::PersonChanges);
}

#[tokio::test]
async fn m20_the_longest_value_of_an_attribute_counts_when_it_is_mapped_and_when_it_is_widened() {
    let idp = TestIdp::start().await;
    let department = define(&idp, "department", AttributeAccess::Administrators).await;
    let site = site_with(&["dep=attribute:department"]);
    add_client(&idp, site).await.unwrap();
    let of = AttributeType::new(AttributeKind::String, None, Vec::new(), false).unwrap();
    let details = AttributeDetails { of, ..department.clone().into() };
    let refused = idp.operator().change_attribute(department, details, idp.clock.now()).await.map(drop);
    let Err(DirectoryError::OverBudget(over)) = refused else { panic!("{refused:?}") };
    assert_eq!(over.heaviest[0].0, "dep");
}

#[tokio::test]
async fn s118_who_may_look_after_people_defines_no_attributes_and_who_may_not_sets_none() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("console", SCOPE).await;
    let bob = idp.add_user("bob").await;
    let department = define(&idp, "department", AttributeAccess::Administrators).await;
    let of = format!("/attributes/{}", department.id);
    let person = format!("/users/{bob}");
    let new = || json!({ "name": "floor", "type": "integer" });
    for (name, role, sees, sets, defines) in [
        ("uma", "user-manager", 200, 200, 403),
        ("hal", "help-desk", 200, 403, 403),
        ("clo", "client-manager", 403, 403, 403),
        ("aud", "auditor", 200, 403, 403),
    ] {
        let user = idp.add_user(name).await;
        idp.give_role(user, role).await;
        let api = idp.calling_as_person(&spec, name, SCOPE).await;
        assert_eq!(api.get("/attributes").await.status, sees, "{role}");
        let set = api.patch(&person, json!({ "attributes": { "department": "Sales" } })).await;
        assert_eq!(set.status, sets, "{role}");
        let refused = [
            api.post("/attributes", new()).await.status,
            api.patch(&of, json!({ "label": "x" })).await.status,
            api.delete(&of).await.status,
        ];
        assert_eq!(refused, [defines; 3], "{role}");
    }
    // Nor those of a person with more rights.
    let root = idp.add_user("root").await;
    idp.give_role(root, "administrator").await;
    let api = idp.calling_as_person(&spec, "uma", SCOPE).await;
    let change = json!({ "attributes": { "department": "Sales" } });
    assert_eq!(api.patch(&format!("/users/{root}"), change).await.status, 403);
}

#[tokio::test]
async fn a_value_that_was_weighed_before_its_definition_changed_is_not_stored() {
    let idp = TestIdp::start().await;
    let department = define(&idp, "department", AttributeAccess::Administrators).await;
    let bob = idp.add_user("bob").await;
    let before = idp.app.directory().account(bob).await.unwrap();
    let mut after = before.clone();
    let texts = GivenValue::Texts(vec!["x".repeat(30)]);
    let change = AttributesChange([("department".to_owned(), texts)].into());
    after.attributes = change.apply(&before.attributes, std::slice::from_ref(&department)).unwrap();
    let of = AttributeType::new(AttributeKind::String, Some(5), Vec::new(), false).unwrap();
    let details = AttributeDetails { of, ..department.clone().into() };
    idp.operator().change_attribute(department, details, idp.clock.now()).await.unwrap();
    let about = idp_server::db::audit_events::AuditContext::default();
    let written = idp.app.store.change_account(before, after, Vec::new(), about, idp.clock.now()).await;
    assert_eq!(written.unwrap(), idp_server::store::accounts::AccountWrite::ChangedMeanwhile);
}

#[tokio::test]
async fn of_people_of_an_import_those_are_refused_whose_attribute_became_another_meanwhile() {
    let idp = TestIdp::start().await;
    let department = define(&idp, "department", AttributeAccess::Administrators).await;
    let (by, now) = (idp.operator(), idp.clock.now());
    let mut people = Vec::new();
    for (name, value) in [("bob", "Accounting"), ("eve", "Sales")] {
        let mut person = NewPerson::called(Username::parse(name).unwrap());
        let texts = GivenValue::Texts(vec![value.to_owned()]);
        person.attributes = AttributesChange([("department".to_owned(), texts)].into());
        let defined = std::slice::from_ref(&department);
        people.push(by.prepare_person(person, defined, &idp.app.seals().totp_secret, now).await.unwrap());
    }
    let of = AttributeType::new(AttributeKind::String, Some(5), Vec::new(), false).unwrap();
    let details = AttributeDetails { of, ..department.clone().into() };
    idp.operator().change_attribute(department, details, now).await.unwrap();
    let verdicts = by.add_people(people.into(), "jsonl", now).await.unwrap();
    assert_eq!(verdicts, [Verdict::AttributesChanged, Verdict::Added(Vec::new())]);
    let eve = by.account(Username::parse("eve").unwrap()).await.unwrap();
    assert_eq!(Value::Object(eve.attributes.to_members()), json!({ "department": "Sales" }));
}
