//! Attributes on pages, by commands' siblings the files of SCIM, and in the hands of the person whose they are.

use crate::admin_pages::{click, send, with_role};
use crate::attributes::{define, set};
use crate::schema::ask;
use idp_core::user::attribute::{AttributeAccess, AttributeKind, AttributeType};
use idp_server::directory::attributes::{AttributeDetails, NewAttribute};
use idp_tests::{ClientSpec, SignedIn, TestIdp};
use serde_json::{Value, json};

const ATTRIBUTES: &str = "/admin/attributes";
const CUSTOM: &str = "urn:ietf:params:scim:schemas:extension:custom:2.0:User";
const HOSTILE: &str = "<script>alert(1)</script>\"'&";

#[tokio::test]
async fn an_administrator_defines_changes_and_removes_an_attribute_on_pages() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let list = browser.visit(idp.url(ATTRIBUTES)).await;
    assert!(list.body.contains("There are none yet."), "{}", list.body);
    let form = click(&browser, &list, "admin-add").await;
    let unnamed = send(&browser, &form, &[("name", "Email"), ("type", "string")]).await;
    assert!(unnamed.status == 422 && unnamed.body.contains("Choose another name"), "{}", unnamed.body);
    // Choices of a text are a slip, not something to leave out.
    let slip = send(&browser, &form, &[("name", "town"), ("type", "string"), ("choices", "Berlin")]).await;
    assert!(slip.status == 422 && slip.body.contains("do not fit the kind"), "{}", slip.body);
    let fields =
        [("name", "town"), ("label", HOSTILE), ("type", "choice"), ("choices", "Berlin\r\nParis\r\n")];
    let shown =
        send(&browser, &form, &[&fields[..], &[("access", "person_changes"), ("multiple", "yes")]].concat())
            .await;
    assert!(shown.status == 200 && shown.body.contains("was added."), "{}", shown.body);
    assert!(!shown.body.contains("<script>alert"), "{}", shown.body);
    assert!(shown.body.contains("To choose from: "), "{}", shown.body);
    let taken = send(&browser, &form, &[("name", "town"), ("type", "date")]).await;
    assert_eq!(taken.status, 409);

    let bob = idp.add_user("bob").await;
    set(&idp, bob, json!({ "town": ["Paris"] })).await.unwrap();
    let form = click(&browser, &shown, "admin-change").await;
    assert!(
        !form.body.contains("name=\"name\"") && form.body.contains("Berlin\nParis</textarea>"),
        "{}",
        form.body
    );
    let fields = |kind: &'static str| {
        [
            ("type", kind),
            ("choices", "Berlin"),
            ("multiple", "yes"),
            ("access", "person_sees"),
            ("label", "Town"),
        ]
    };
    for kind in ["choice", "date"] {
        let refused = send(&browser, &form, &fields(kind)).await;
        assert!(refused.status == 409 && refused.body.contains("People have values"), "{}", refused.body);
    }
    // Another administrator was faster: nothing is lost, and both are shown.
    let id = form.url.query_pairs().find(|(name, _)| name == "id").unwrap().1.parse().unwrap();
    let before = idp.operator().attribute(id).await.unwrap();
    let details = AttributeDetails { label: "Place".to_owned(), ..before.clone().into() };
    idp.operator().change_attribute(before, details, idp.clock.now()).await.unwrap();
    let stale = send(
        &browser,
        &form,
        &[("label", "Town"), ("type", "choice"), ("choices", "Berlin\nParis"), ("multiple", "yes")],
    )
    .await;
    assert!(stale.status == 409 && stale.body.contains("<bdi>Place</bdi>"), "{}", stale.body);
    assert_eq!(stale.input("label"), "Town");
    let saved = send(
        &browser,
        &stale,
        &[("label", "Town"), ("type", "choice"), ("choices", "Berlin\nParis"), ("multiple", "yes")],
    )
    .await;
    assert!(saved.body.contains("<bdi>Town</bdi> was changed."), "{}", saved.body);

    let question = click(&browser, &saved, "admin-remove").await;
    assert!(question.body.contains("One person loses their value."), "{}", question.body);
    assert!(question.body.contains("No site is told of it."), "{}", question.body);
    let gone = send(&browser, &question, &[]).await;
    assert!(gone.body.contains("was removed."), "{}", gone.body);
    assert_eq!(ask(&idp.db, "SELECT value AS word FROM user_attributes").await.len(), 0);
}

#[tokio::test]
async fn s118_a_user_manager_sees_attributes_and_is_offered_no_change_of_one() {
    let idp = TestIdp::start().await;
    let town = define(&idp, "town", AttributeAccess::Administrators).await;
    let (_, browser) = with_role(&idp, "uma", "user-manager").await;
    let list = browser.visit(idp.url(ATTRIBUTES)).await;
    assert!(list.body.contains("town") && !list.body.contains("id=\"admin-add\""), "{}", list.body);
    let shown = browser.open(idp.url(&format!("{ATTRIBUTES}/show?id={}", town.id))).await;
    assert!(shown.status == 200 && !shown.body.contains("admin-change"), "{}", shown.body);
    for page in ["add".to_owned(), format!("change?id={}", town.id), format!("remove?id={}", town.id)] {
        assert_eq!(browser.open(idp.url(&format!("{ATTRIBUTES}/{page}"))).await.status, 404, "{page}");
    }
    let (_, browser) = with_role(&idp, "clo", "client-manager").await;
    assert_eq!(browser.open(idp.url(ATTRIBUTES)).await.status, 404);
}

#[tokio::test]
async fn s116_an_administrator_sets_values_of_a_person_and_hostile_ones_are_text() {
    let idp = TestIdp::start().await;
    define(&idp, "department", AttributeAccess::Administrators).await;
    let of = AttributeType::new(AttributeKind::Integer, None, Vec::new(), false).unwrap();
    let details = AttributeDetails {
        label: HOSTILE.to_owned(),
        description: HOSTILE.to_owned(),
        of,
        access: AttributeAccess::PersonSees,
    };
    let new = NewAttribute { name: "floor".parse().unwrap(), details };
    idp.operator().add_attribute(new, idp.clock.now()).await.unwrap();
    let bob = idp.add_user("bob").await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let form = browser.visit(idp.url(&format!("/admin/people/change?id={bob}"))).await;
    assert!(!form.body.contains("<script>alert"), "{}", form.body);
    let wrong = send(
        &browser,
        &form,
        &[("username", "bob"), ("attribute.floor", "third"), ("attribute.department", "Sales")],
    )
    .await;
    assert!(wrong.status == 422 && wrong.body.contains("id=\"attribute-floor-problem\""), "{}", wrong.body);
    assert_eq!(wrong.input("attribute.department"), "Sales", "nothing is lost");
    let fields = [("username", "bob"), ("attribute.floor", "3"), ("attribute.department", HOSTILE)];
    let saved = send(&browser, &form, &fields).await;
    assert!(
        saved.status == 200
            && saved.body.contains("&#60;script&#62;alert")
            && !saved.body.contains("<script>alert"),
        "{}",
        saved.body
    );
    for (value, status) in [("a\0b", 422), (&*"x".repeat(33), 422), (&*"x".repeat(40_000), 422)] {
        let form = browser.visit(idp.url(&format!("/admin/people/change?id={bob}"))).await;
        let answer = browser.press(&form, "", &[("attribute.department", value)]).await;
        assert_eq!(answer.status, status, "{}", value.len());
    }
    // Another administrator was faster.
    set(&idp, bob, json!({ "floor": 4 })).await.unwrap();
    let stale = send(&browser, &form, &[("username", "bob"), ("attribute.floor", "5")]).await;
    assert!(stale.status == 409 && stale.body.contains("id=\"attribute-floor-stored\""), "{}", stale.body);
}

#[tokio::test]
async fn s119_a_person_sees_and_changes_what_is_theirs_to_see_and_change_and_nothing_else() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    define(idp, "salary_band", AttributeAccess::Administrators).await;
    define(idp, "department", AttributeAccess::PersonSees).await;
    define(idp, "desk", AttributeAccess::PersonChanges).await;
    let values = json!({ "salary_band": "secret-band", "department": "Sales", "desk": "12" });
    set(idp, alice.alice, values).await.unwrap();
    let page = browser.open(idp.url("/account/profile")).await;
    assert!(!page.body.contains("secret-band") && !page.body.contains("salary_band"), "{}", page.body);
    assert_eq!(
        (page.input("attribute.department"), page.input("attribute.desk")),
        ("Sales".to_owned(), "12".to_owned())
    );
    let department = page.body.split('<').find(|tag| tag.contains("name=\"attribute.department\"")).unwrap();
    assert!(department.contains("readonly"), "{department}");
    let fields =
        [("attribute.salary_band", "A"), ("attribute.department", "Board"), ("attribute.desk", "13")];
    let answer = browser.press(&page, "", &fields).await;
    let saved = browser.follow(answer).await;
    assert!(saved.body.contains("Your profile is saved."), "{}", saved.body);
    let account = idp.app.directory().account(alice.alice).await.unwrap();
    let expected = json!({ "salary_band": "secret-band", "department": "Sales", "desk": "13" });
    assert_eq!(Value::Object(account.attributes.to_members()), expected);
    let changed = "SELECT detail AS word FROM audit_events WHERE event = 'profile_changed_by_user'";
    assert_eq!(ask(&idp.db, changed).await, ["attributes.desk"]);
    let page = browser.open(idp.url("/account/profile")).await;
    let unfit = browser.press(&page, "", &[("attribute.desk", &"x".repeat(33))]).await;
    assert!(unfit.status == 422 && unfit.body.contains("At most 32 characters fit."), "{}", unfit.body);
    // A tab that was open while an operator changed it saves nothing, and shows both.
    set(idp, alice.alice, json!({ "desk": "14" })).await.unwrap();
    let stale = browser.press(&page, "", &[("attribute.desk", "15")]).await;
    assert!(stale.status == 409 && stale.body.contains("id=\"attribute-desk-stored\""), "{}", stale.body);
    // All of it is in the copy of their data.
    let form = browser.open(idp.url("/account/export")).await;
    let copy: Value = serde_json::from_str(&browser.press(&form, "", &[]).await.body).unwrap();
    assert_eq!(copy["account"]["attributes"]["salary_band"], "secret-band");
}

#[tokio::test]
async fn m10_a_value_that_its_person_changes_reaches_sites_as_others_do() {
    let idp = TestIdp::start().await;
    define(&idp, "desk", AttributeAccess::PersonChanges).await;
    let alice = idp.add_user("alice").await;
    set(&idp, alice, json!({ "desk": "12" })).await.unwrap();
    let site = crate::memberships::site_with(&["desk=attribute:desk"]);
    idp.add_client(&site).await;
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
    let page = browser.open(idp.url("/account/profile")).await;
    browser.press(&page, "", &[("attribute.desk", "13")]).await;
    assert!(!idp.is_active(&site, tokens.text("access_token")).await);
    let refreshed = idp.refresh(&site, tokens.text("refresh_token")).await;
    assert_eq!(idp_tests::jwt::claims(refreshed.text("access_token"))["desk"], "13");
}

#[tokio::test]
async fn scim_has_attributes_in_an_extension_of_its_own() {
    let idp = TestIdp::start().await;
    define(&idp, "department", AttributeAccess::Administrators).await;
    for (name, kind, several) in
        [("floor", AttributeKind::Integer, false), ("projects", AttributeKind::String, true)]
    {
        let of = AttributeType::new(kind, None, Vec::new(), several).unwrap();
        let details = AttributeDetails {
            label: String::new(),
            description: String::new(),
            of,
            access: AttributeAccess::PersonSees,
        };
        idp.operator()
            .add_attribute(NewAttribute { name: name.parse().unwrap(), details }, idp.clock.now())
            .await
            .unwrap();
    }
    let scim = idp.provisioning("directory", "idp.users.read idp.users.manage").await;
    let types = scim.get("/ResourceTypes/User").await.body;
    assert_eq!(types["schemaExtensions"], json!([{ "schema": CUSTOM, "required": false }]));
    let schema = scim.get(&format!("/Schemas/{CUSTOM}")).await.body;
    let floor = schema["attributes"].as_array().unwrap().iter().find(|one| one["name"] == "floor").unwrap();
    assert_eq!((&floor["type"], &floor["multiValued"]), (&json!("integer"), &json!(false)));
    let stranger = idp.http.get(idp.url(&format!("/scim/v2/Schemas/{CUSTOM}"))).send().await.unwrap();
    assert_eq!(stranger.status(), 404, "strangers are not told what is asked of people");

    let values = json!({ "Department": "Sales", "floor": 3, "projects": ["a", "b"] });
    let bob = scim.add_user(json!({ "userName": "bob", CUSTOM: values })).await;
    let seen = scim.get(&bob).await.body;
    assert!(seen["schemas"].as_array().unwrap().contains(&json!(CUSTOM)), "{seen}");
    assert_eq!(seen[CUSTOM], json!({ "department": "Sales", "floor": 3, "projects": ["a", "b"] }));
    let operations = json!([
        { "op": "replace", "path": format!("{CUSTOM}:floor"), "value": 4 },
        { "op": "add", "path": format!("{CUSTOM}:projects"), "value": ["c"] },
        { "op": "remove", "path": format!("{CUSTOM}:department") },
    ]);
    let patched = scim.patch(&bob, operations).await;
    assert_eq!(
        (patched.status, &patched.body[CUSTOM]),
        (200, &json!({ "floor": 4, "projects": ["a", "b", "c"] })),
        "{patched:?}"
    );
    let without =
        json!([{ "op": "replace", "value": { "nickName": "B", format!("{CUSTOM}:department"): "Board" } }]);
    assert_eq!(scim.patch(&bob, without).await.body[CUSTOM]["department"], "Board");
    // Who does not know the extension leaves it as it is; who names it says all of it.
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    let put = scim.put(&bob, json!({ "schemas": [core], "userName": "bob" })).await;
    assert_eq!(put.body[CUSTOM]["floor"], 4);
    let put =
        scim.put(&bob, json!({ "schemas": [core, CUSTOM], "userName": "bob", CUSTOM: { "floor": 5 } })).await;
    assert_eq!(put.body[CUSTOM], json!({ "floor": 5 }));
    for (member, value) in [
        ("floor", json!("x")),
        ("floor", json!([1])),
        ("unknown", json!("x")),
        ("department", json!("x".repeat(33))),
    ] {
        let operations = json!([{ "op": "add", "path": format!("{CUSTOM}:{member}"), "value": value }]);
        let refused = scim.patch(&bob, operations).await;
        assert_eq!((refused.status, refused.text("scimType")), (400, "invalidValue"), "{member} {refused:?}");
    }
    let some = scim.get(&format!("{bob}?attributes={CUSTOM}:floor")).await.body;
    assert_eq!((&some[CUSTOM], &some["userName"]), (&json!({ "floor": 5 }), &Value::Null));
}
