//! Lists of people: what is found, and page by page.

use super::{each, refused};
use idp_tests::TestIdp;
use idp_tests::scim::{SCOPE, ScimClient, members_of};
use serde_json::{Value, json};

async fn people(idp: &TestIdp) -> ScimClient<'_> {
    let scim = idp.provisioning("directory", SCOPE).await;
    for (name, display, active) in [
        ("ada", "Ada Lovelace", true),
        ("bob", "Robert Martin", true),
        ("eve", "Eve Adams", false),
        ("li", "李 小龙", true),
    ] {
        let emails = [json!({ "value": format!("{name}@example.org") })];
        let (given, family) = display.split_once(' ').unwrap();
        // The order of a list is that of the seconds in which people were added.
        idp.clock.advance(1);
        let names = json!({ "givenName": given, "familyName": family });
        scim.add_user(json!({
            "userName": name, "displayName": display, "name": names, "active": active, "emails": emails,
            "externalId": format!("x-{name}"),
        }))
        .await;
    }
    scim
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_what_has_an_index_and_the_rest_is_compared() {
    let idp = TestIdp::start().await;
    let scim = people(&idp).await;
    let ada = scim.find("/Users", "userName eq \"ada\"").await.body["Resources"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let group = scim.add_group("Staff", &[&ada]).await;
    let group = group.rsplit('/').next().unwrap();
    for (filter, expected) in [
        ("userName eq \"ADA\"".to_owned(), vec!["ada"]),
        ("userName eq \"ada@example.org\"".to_owned(), vec![]),
        ("emails.value eq \"Ada@example.org\"".to_owned(), vec!["ada"]),
        ("emails[value eq \"ada@example.org\" and type eq \"work\"]".to_owned(), vec!["ada"]),
        ("emails eq \"nobody@example.org\"".to_owned(), vec![]),
        ("emails eq \"no address\"".to_owned(), vec![]),
        ("externalId eq \"x-bob\"".to_owned(), vec!["bob"]),
        (format!("id eq \"{ada}\""), vec!["ada"]),
        ("id eq \"7\"".to_owned(), vec![]),
        ("displayName eq \"ada lovelace\"".to_owned(), vec!["ada"]),
        ("displayName sw \"ada\"".to_owned(), vec!["ada"]),
        ("displayName sw \"李\"".to_owned(), vec!["li"]),
        ("name.familyName sw \"Ada\"".to_owned(), vec!["eve"]),
        ("name.givenName eq \"Robert\" and active eq true".to_owned(), vec!["bob"]),
        ("active eq false".to_owned(), vec!["eve"]),
        ("active eq false and displayName co \"x\"".to_owned(), vec![]),
        (format!("groups.value eq \"{group}\""), vec!["ada"]),
        (format!("groups.value eq \"{group}\" and active eq false"), vec![]),
        ("userName eq \"ada\" or externalId eq \"x-eve\"".to_owned(), vec!["ada", "eve"]),
        ("userName eq \"ada\" and not (active eq false)".to_owned(), vec!["ada"]),
        ("(userName eq \"ada\" or userName eq \"bob\") and displayName co \"mart\"".to_owned(), vec!["bob"]),
    ] {
        let found = scim.find("/Users", &filter).await;
        assert_eq!((found.status, each(&found, "userName")), (200, expected), "{filter}: {found:?}");
        assert_eq!(found.body["totalResults"], found.body["Resources"].as_array().unwrap().len(), "{filter}");
    }
    for filter in [
        "displayName co \"a\"",
        "active eq true",
        "userName pr",
        "not (userName eq \"ada\")",
        "userName eq \"ada\" or active eq true",
        "meta.lastModified gt \"2020-01-01T00:00:00Z\"",
        "nickName eq \"x\"",
        "userName",
        "foo eq \"x\"",
        "displayName sw \"...\"",
        "userName ne \"ada\"",
    ] {
        refused(&scim.find("/Users", filter).await, 400, "invalidFilter");
    }
    refused(&scim.find("/Users", "password eq \"x\"").await, 400, "sensitive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_by_index_and_by_cursor() {
    let idp = TestIdp::start().await;
    let scim = people(&idp).await;
    let page = |query: &str| {
        let query = query.to_owned();
        let scim = &scim;
        async move { scim.get(&format!("/Users?{query}")).await }
    };
    let first = page("count=3").await;
    assert_eq!(each(&first, "userName"), ["ada", "bob", "eve"]);
    assert_eq!(
        (&first.body["totalResults"], &first.body["itemsPerPage"], &first.body["startIndex"]),
        (&json!(4), &json!(3), &json!(1))
    );
    assert_eq!(each(&page("startIndex=4&count=3").await, "userName"), ["li"]);
    assert_eq!(each(&page("startIndex=5").await, "userName"), Vec::<&str>::new());
    assert_eq!(each(&page("startIndex=-3&count=1").await, "userName"), ["ada"]);
    for nothing in ["count=0", "count=-1"] {
        let counted = page(nothing).await;
        assert_eq!((&counted.body["totalResults"], each(&counted, "id").len()), (&json!(4), 0), "{nothing}");
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let some = page(&format!("count=2&cursor={cursor}")).await;
        assert_eq!(some.status, 200, "{some:?}");
        seen.extend(each(&some, "userName").into_iter().map(str::to_owned));
        // Who comes meanwhile shifts nothing.
        idp.clock.advance(1);
        scim.add_user(json!({ "userName": format!("later-{}", seen.len()) })).await;
        match some.body["nextCursor"].as_str() {
            Some(next) if seen.len() < 6 => cursor = next.to_owned(),
            _ => break,
        }
    }
    assert_eq!(seen[..4], ["ada", "bob", "eve", "li"]);
    let found = scim
        .get("/Users?count=1&cursor=&filter=userName%20eq%20%22ada%22%20or%20userName%20eq%20%22bob%22")
        .await;
    assert_eq!((each(&found, "userName"), &found.body["totalResults"]), (vec!["ada"], &json!(2)));
    let next = found.text("nextCursor");
    let rest = scim
        .get(&format!(
            "/Users?count=1&cursor={next}&filter=userName%20eq%20%22ada%22%20or%20userName%20eq%20%22bob%22"
        ))
        .await;
    assert_eq!((each(&rest, "userName"), rest.text("nextCursor")), (vec!["bob"], ""));
    refused(&page("cursor=nothing").await, 400, "invalidCursor");
    refused(&page("cursor=&count=0").await, 400, "invalidCount");
    refused(&page("cursor=&startIndex=1").await, 400, "invalidValue");
    refused(&page("count=x").await, 400, "invalidValue");
    refused(&page("count=1&count=2").await, 400, "invalidValue");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_members_are_read_by_cursor() {
    let idp = TestIdp::start().await;
    let scim = people(&idp).await;
    let all = scim.get("/Users").await;
    let ids = each(&all, "id");
    for name in ["a", "b", "c"] {
        scim.add_group(name, &ids).await;
    }
    let first = scim.get("/Groups?count=2&cursor=&excludedAttributes=members").await;
    assert_eq!(each(&first, "displayName"), ["a", "b"]);
    let rest = scim.get(&format!("/Groups?count=2&cursor={}", first.text("nextCursor"))).await;
    assert_eq!((each(&rest, "displayName"), rest.text("nextCursor")), (vec!["c"], ""));
    assert_eq!(rest.body["Resources"][0]["members"].as_array().unwrap().len(), 4);
    refused(&scim.get("/Groups?cursor=%00").await, 400, "invalidCursor");
    let group = each(&rest, "id")[0];
    let filter =
        format!("/Users?filter=groups.value%20eq%20%22{group}%22&attributes=userName&count=3&cursor=");
    let some = scim.get(&filter).await;
    assert_eq!(each(&some, "userName"), ["ada", "bob", "eve"]);
    let rest = scim.get(&format!("{filter}{}", some.text("nextCursor"))).await;
    assert_eq!((each(&rest, "userName"), rest.text("nextCursor")), (vec!["li"], ""));
    let nobody = json!([{ "op": "remove", "path": "members", "value": members_of(&ids) }]);
    assert_eq!(scim.patch(&format!("/Groups/{group}"), nobody).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_a_message_as_well() {
    let idp = TestIdp::start().await;
    let scim = people(&idp).await;
    let search = |more: Value| {
        let mut body = more;
        body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]);
        body
    };
    let found = scim
        .post(
            "/Users/.search",
            search(json!({ "filter": "userName eq \"ada\"", "attributes": ["userName"] })),
        )
        .await;
    assert_eq!((found.status, each(&found, "userName")), (200, vec!["ada"]), "{found:?}");
    assert!(found.body["Resources"][0].get("emails").is_none());
    let paged = scim.post("/Users/.search", search(json!({ "startIndex": 2, "count": 1 }))).await;
    assert_eq!(each(&paged, "userName"), ["bob"]);
    assert_eq!(scim.post("/Groups/.search", search(json!({}))).await.status, 200);
    refused(&scim.post("/Users/.search", json!({})).await, 400, "invalidSyntax");
    refused(&scim.post("/Users/.search", search(json!({ "count": "x" }))).await, 400, "invalidValue");
}
