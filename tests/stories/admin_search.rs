//! Finding people among many: by beginnings of words, with filters, a page after the other, and never a moment late.

use crate::schema::execute;
use idp_core::administration::Permissions;
use idp_tests::administration::ApiCaller;
use idp_tests::population::Population;
use idp_tests::{ClientSpec, SignedIn, TestIdp, backend};
use serde_json::json;
use std::collections::BTreeSet;

async fn machine(idp: &TestIdp) -> ApiCaller<'_> {
    let spec = idp.add_api_client("machine", &Permissions::all().to_string()).await;
    idp.calling_as_client(&spec).await
}

/// All whom a query finds, over all its pages.
async fn found(api: &ApiCaller<'_>, query: &[(&str, &str)]) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut url = reqwest::Url::parse("http://x/users").unwrap();
        url.query_pairs_mut().extend_pairs(query);
        if let Some(after) = &after {
            url.query_pairs_mut().append_pair("after", after);
        }
        let path = format!("/users?{}", url.query().unwrap_or_default());
        let page = api.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let items = page.body["items"].as_array().unwrap();
        names.extend(items.iter().map(|user| user["username"].as_str().unwrap().to_owned()));
        match page.body["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return names,
        }
    }
}

async fn search(api: &ApiCaller<'_>, typed: &str) -> Vec<String> {
    found(api, &[("q", typed), ("limit", "2")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_by_the_beginnings_of_their_words_and_the_closest_come_first() {
    let idp = TestIdp::start().await;
    let api = machine(&idp).await;
    for (username, name, address) in [
        ("anna", "Anna Berg", "anna@example.org"),
        ("annabel", "Annabel Ångström", "bell@example.org"),
        ("ann", "Ann O'Neil", "oneil.ann@corp.example"),
        ("wang", "王小明", "wang@corp.example"),
        ("joanne", "Joanne", "jo@example.org"),
    ] {
        let body = json!({
            "username": username, "claims": { "name": name }, "addresses": [{ "address": address, "verified": true }],
        });
        let made = api.post("/users", body).await;
        assert_eq!(made.status, 201, "{made:?}");
        idp.clock.advance(1);
    }
    assert_eq!(search(&api, "ann").await, ["ann", "anna", "annabel"]);
    assert_eq!(search(&api, "ANN o").await, ["ann"]);
    assert_eq!(search(&api, "angs").await, ["annabel"]);
    assert_eq!(search(&api, "小明").await, ["wang"]);
    assert_eq!(search(&api, "corp.example").await, ["ann", "wang"]);
    assert_eq!(search(&api, "oneil.ann@corp").await, ["ann"]);
    assert_eq!(search(&api, "ann example.org").await, ["anna", "annabel"]);
    assert_eq!(search(&api, "nna").await, [""; 0]);
    let id = api.get("/users?q=jo").await.body["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(search(&api, &id).await, ["joanne"]);
    let nobody = uuid::Uuid::max().to_string();
    assert_eq!(search(&api, &nobody).await, [""; 0]);
    for wrong in [
        "q=",
        "q=%20.%20",
        "q=a&sort=username",
        "q=a&after=x",
        "after=%00",
        "sort=name",
        "status=x",
        "group=x",
    ] {
        let refused = api.get(&format!("/users?{wrong}")).await;
        assert_eq!((refused.status, refused.text("code")), (400, "invalid_parameter"), "{wrong}");
    }
    let long = "x".repeat(201);
    assert_eq!(api.get(&format!("/users?q={long}")).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_never_lags_behind_the_accounts() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let api = machine(idp).await;
    let path = format!("/users/{}", story.alice);
    assert_eq!(search(&api, "alice").await, ["alice"]);
    api.patch(&path, json!({ "username": "zora", "claims": { "family_name": "Quill" } })).await;
    assert_eq!(search(&api, "zora quill").await, ["zora"]);
    idp.clock.advance(1);
    api.post(&format!("{path}/addresses"), json!({ "address": "new@post.example" })).await;
    assert_eq!(search(&api, "post.example").await, ["zora"]);
    // The person changes their own profile.
    let page = story.browser.open(idp.url("/account/profile")).await;
    assert_eq!(story.browser.press(&page, "", &[("nickname", "Ixie")]).await.status, 303);
    assert_eq!(search(&api, "ixie").await, ["zora"]);
    let addresses = api.get(&format!("{path}/addresses")).await;
    let added = addresses.body["items"][1]["id"].as_str().unwrap();
    assert_eq!(api.delete(&format!("{path}/addresses/{added}")).await.status, 204);
    assert_eq!(search(&api, "post.example").await, [""; 0]);
    assert_eq!(api.delete(&path).await.status, 204);
    assert_eq!(search(&api, "zora").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_listed_by_filters_and_in_the_order_that_was_asked_for() {
    let idp = TestIdp::start().await;
    let api = machine(&idp).await;
    let mut ids = Vec::new();
    for name in ["dora", "carl", "bob", "ada"] {
        ids.push(idp.add_user(name).await);
        idp.clock.advance(1);
    }
    assert_eq!(found(&api, &[("limit", "3")]).await, ["ada", "bob", "carl", "dora"]);
    assert_eq!(found(&api, &[("sort", "created_at"), ("limit", "3")]).await, ["dora", "carl", "bob", "ada"]);
    let by_group = api.post("/groups", json!({ "name": "staff" })).await.text("id").to_owned();
    let role = api.post("/roles", json!({ "name": "shop:editor" })).await.text("id").to_owned();
    for user in &ids[..2] {
        assert_eq!(api.put(&format!("/groups/{by_group}/members/{user}")).await.status, 204);
    }
    assert_eq!(api.put(&format!("/groups/{by_group}/roles/{role}")).await.status, 204);
    assert_eq!(api.put(&format!("/users/{}/roles/{role}", ids[3])).await.status, 204);
    let disabled = format!("/users/{}/disable", ids[1]);
    assert_eq!(api.call(reqwest::Method::POST, &disabled, None).await.status, 204);
    assert_eq!(found(&api, &[("group", &by_group), ("limit", "1")]).await, ["dora", "carl"]);
    assert_eq!(found(&api, &[("role", &role), ("limit", "1")]).await, ["dora", "carl", "ada"]);
    assert_eq!(
        found(&api, &[("role", &role), ("q", "example.org"), ("limit", "1")]).await,
        ["dora", "carl", "ada"]
    );
    assert_eq!(found(&api, &[("group", &by_group), ("q", "d")]).await, ["dora"]);
    assert_eq!(found(&api, &[("status", "disabled")]).await, ["carl"]);
    assert_eq!(found(&api, &[("status", "active"), ("limit", "2")]).await, ["ada", "bob", "dora"]);
    assert_eq!(found(&api, &[("status", "active"), ("group", &by_group)]).await, ["dora"]);
    assert_eq!(found(&api, &[("status", "disabled"), ("role", &role)]).await, ["carl"]);
    let without = [("without_second_factor", "true"), ("limit", "3")];
    assert_eq!(found(&api, &without).await, ["ada", "bob", "carl", "dora"]);
}

/// Copies of Alice that are called `person.1` and so on.
const COPIES: u64 = 3000;

#[tokio::test(flavor = "multi_thread")]
async fn however_many_there_are_each_is_found_once_and_a_page_looks_at_so_many_and_no_more() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let file = || idp.folder.path().join("data/idp.db").display().to_string();
    let place = backend::database_url(idp.folder.path()).unwrap_or_else(file);
    Population::open(&place).add_copies("alice", COPIES);
    let api = machine(idp).await;
    let all = found(&api, &[("q", "person"), ("limit", "200")]).await;
    let each: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), each.len()), (3000, 3000));
    assert_eq!(found(&api, &[("q", "person 2999"), ("limit", "5")]).await, ["person.2999"]);
    assert_eq!(found(&api, &[("limit", "200")]).await.len(), 3001);
    // Of few who are disabled no page goes through all that have the word.
    let disabled = [("status", "disabled"), ("q", "person")];
    let none = api.get("/users?status=disabled&q=person").await;
    assert_eq!((&none.body["items"], &none.body["next"]), (&json!([]), &json!(null)), "{none:?}");
    let disable = "UPDATE users SET status = 'disabled' WHERE username";
    execute(&idp.db, &format!("{disable} IN ('person.7', 'person.2998')")).await.unwrap();
    let few = api.get("/users?status=disabled&q=person&limit=1").await;
    assert!(few.body["next"].is_string(), "{few:?}");
    assert_eq!(found(&api, &[&disabled[..], &[("limit", "1")]].concat()).await, ["person.7", "person.2998"]);
    // Of many the word leads: the page is short, and goes on.
    for begins in ["person.27", "person.28", "person.29"] {
        execute(&idp.db, &format!("{disable} LIKE '{begins}%'")).await.unwrap();
    }
    let many = api.get("/users?status=disabled&q=person&limit=200").await;
    assert!(many.body["items"].as_array().unwrap().len() < 200 && many.body["next"].is_string(), "{many:?}");
    assert_eq!(found(&api, &[&disabled[..], &[("limit", "200")]].concat()).await.len(), 334);
}

/// What people sign in with names one of them exactly; a beginning of it names none.
#[tokio::test]
async fn a_person_is_found_by_the_whole_of_what_they_sign_in_with() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", "idp.users.read idp.users.manage").await;
    let api = idp.calling_as_client(&spec).await;
    let addresses =
        ["first", "second"].map(|name| json!({ "address": format!("{name}@x.example"), "verified": true }));
    let unsure = json!({ "address": "third@x.example" });
    let person = json!({ "username": "zora", "addresses": [addresses[0], addresses[1], unsure] });
    let id = api.post("/users", person).await.body["user"]["id"].clone();
    for (name, is_found) in [
        ("ZORA", true),
        ("first@x.example", true),
        ("second@x.example", true),
        ("third@x.example", false),
        ("zor", false),
        ("first", false),
    ] {
        let found = api.get(&format!("/users?name={name}")).await.body["items"].clone();
        let expected = if is_found { vec![id.clone()] } else { vec![] };
        let ids: Vec<_> = found.as_array().unwrap().iter().map(|user| user["id"].clone()).collect();
        assert_eq!(ids, expected, "{name}");
    }
    for wrong in [
        "name=",
        "name=a%00b",
        "name=a%20b",
        "name=zora&q=zora",
        "name=zora&status=active",
        "name=zora&after=x",
    ] {
        let refused = api.get(&format!("/users?{wrong}")).await;
        assert_eq!((refused.status, refused.text("code")), (400, "invalid_parameter"), "{wrong}");
    }
}
