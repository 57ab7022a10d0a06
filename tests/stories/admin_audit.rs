//! The audit log over the administration API: searched, and exported whole.

use idp_core::time::UnixTime;
use idp_server::admin_api::Timestamp;
use idp_server::db::Locks;
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_tests::administration::ApiCaller;
use idp_tests::{ClientSpec, SignedIn, TestIdp};
use serde_json::Value;

async fn auditor(idp: &TestIdp) -> ApiCaller<'_> {
    let spec = idp.add_api_client("auditor", "idp.audit.read").await;
    idp.calling_as_client(&spec).await
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// Everything that fits, a few at a time.
async fn all(api: &ApiCaller<'_>, filter: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/audit-events?limit=3&{filter}{after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        found.extend(page.body["items"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn events_are_found_by_what_they_are_about_the_newest_first() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let bob = idp.add_user("bob").await;
    idp.add_client(&ClientSpec::confidential("site-b")).await;
    let site = idp_core::client::ClientId::parse("site-b").unwrap();
    idp.operator().add_client_secret(&site, idp.clock.now()).await.unwrap();
    idp.clock.advance(60);
    let later = idp.clock.now();
    let role = idp.role("auditor").await.id;
    let holder = idp_server::store::roles::RoleHolder::User(bob);
    idp.operator().assign_role(role, holder, true, later).await.unwrap();
    let api = auditor(idp).await;
    let everything = all(&api, "").await;
    let mut sorted: Vec<String> = everything.iter().map(|one| one["id"].to_string()).collect();
    sorted.sort();
    sorted.reverse();
    sorted.dedup();
    assert_eq!(everything.iter().map(|one| one["id"].to_string()).collect::<Vec<_>>(), sorted);
    let session = everything.iter().find(|one| one["event"] == "signed_in").unwrap()["session"].clone();
    let session = session.as_str().unwrap();
    let time = Timestamp::from(later).0;
    for (filter, fits) in [
        (
            "event=signed_in".to_owned(),
            &(|one: &Value| one["event"] == "signed_in") as &dyn Fn(&Value) -> bool,
        ),
        (format!("user={}", story.alice), &|one| one["user"] == story.alice.to_string()),
        (format!("user={bob}"), &|one| one["user"] == bob.to_string()),
        ("client=site-b".to_owned(), &|one| one["client"] == "site-b"),
        ("actor=console:stories".to_owned(), &|one| one["actor"] == "console:stories"),
        (format!("session={session}"), &|one| one["session"] == session),
        ("address=127.0.0.1".to_owned(), &|one| one["address"] == "127.0.0.1"),
        (format!("since={time}"), &|one| one["at"].as_str() >= Some(time.as_str())),
        (format!("until={time}"), &|one| one["at"].as_str() < Some(time.as_str())),
        (format!("address=127.0.0.1&user={}&event=signed_in", story.alice), &|one| {
            one["event"] == "signed_in"
        }),
        (format!("actor=console:stories&until={time}"), &|one| {
            one["actor"] == "console:stories" && one["at"].as_str() < Some(time.as_str())
        }),
    ] {
        let expected: Vec<Value> = everything.iter().filter(|one| fits(one)).cloned().collect();
        let found: Vec<Value> = all(&api, &filter).await;
        assert_eq!(found, expected, "{filter}");
        assert!(!expected.is_empty() || filter.starts_with("actor=console:stories&until"), "{filter}");
    }
    assert!(all(&api, "address=192.0.2.1").await.is_empty());
    assert!(all(&api, "event=signed_in&client=none").await.is_empty());
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_refused() {
    let idp = TestIdp::start().await;
    let api = auditor(&idp).await;
    for wrong in [
        "event=nothing",
        "user=x",
        "client=",
        "client=%00",
        "actor=alice",
        "actor=console:%00",
        "session=x",
        "address=localhost",
        "since=yesterday",
        "until=2026-01-01",
        "limit=0",
        "after=x",
        "detail=x",
    ] {
        for path in ["/audit-events", "/audit-events.csv"] {
            let refused = api.get(&format!("{path}?{wrong}")).await;
            assert_eq!((refused.status, refused.text("code")), (400, "invalid_parameter"), "{path} {wrong}");
        }
    }
    let spec = idp.add_api_client("other", "idp.users.read idp.keys.read").await;
    let other = idp.calling_as_client(&spec).await;
    for path in ["/audit-events", "/audit-events.csv", "/audit-events.jsonl"] {
        assert_eq!(other.get(path).await.status, 403, "{path}");
        assert_eq!(idp.send(idp.http.get(idp.url(&format!("/api/v1{path}")))).await.status, 401);
    }
}

/// So many events of one person, every hundredth of which is of a kind and from a client.
async fn fill(idp: &TestIdp, count: i64) {
    let (start, alice) = (idp.clock.now(), idp.add_user("filler").await);
    // A transaction that takes long is refused.
    for first in (0..count).step_by(500) {
        fill_some(idp, alice, start, first..count.min(first + 500)).await;
    }
}

async fn fill_some(idp: &TestIdp, alice: uuid::Uuid, start: UnixTime, numbers: std::ops::Range<i64>) {
    let write = move |connection: &mut idp_server::db::Connection| {
        for number in numbers {
            let is_rare = number % 1000 == 0;
            let event = if is_rare { AuditEvent::MethodsReset } else { AuditEvent::SignedIn };
            let client = Some(if is_rare { "rare" } else { "usual" }.to_owned());
            let detail = is_rare.then(|| format!("=cmd, \"{number}\""));
            let about = AuditContext { user: Some(alice), client, detail, ..AuditContext::default() };
            audit_events::record(connection, event, about, start.plus(number))?;
        }
        Ok(())
    };
    idp.db.write(Locks::installation(), write).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_that_meet_look_at_some_thousand_events_a_page_and_find_all() {
    let idp = TestIdp::start().await;
    fill(&idp, 7_000).await;
    let api = auditor(&idp).await;
    let user = all(&api, "event=methods_reset").await[0]["user"].as_str().unwrap().to_owned();
    let page = api.get(&format!("/audit-events?user={user}&event=methods_reset&client=rare")).await;
    assert_eq!(ids(&page.body).len(), 5, "those among the newest five thousand");
    assert!(page.body["next"].is_string());
    assert_eq!(all(&api, &format!("user={user}&event=methods_reset&client=rare")).await.len(), 7);
    assert_eq!(all(&api, &format!("user={user}&event=methods_reset&client=usual")).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_event_once() {
    let idp = TestIdp::start().await;
    fill(&idp, 1_600).await;
    let api = auditor(&idp).await;
    let fetch = async |path: &str| {
        let answer =
            idp.http.get(idp.url(&format!("/api/v1{path}"))).bearer_auth(&api.token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let media = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (media, answer.text().await.unwrap())
    };
    let (media, lines) = fetch("/audit-events.jsonl?client=usual").await;
    assert_eq!(media, "application/jsonl");
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 1_598);
    let listed = api.get("/audit-events?client=usual&limit=200").await;
    assert_eq!(events[..200], listed.body["items"].as_array().unwrap()[..]);
    let (media, rows) = fetch("/audit-events.csv?event=methods_reset").await;
    assert_eq!(media, "text/csv");
    let rows: Vec<&str> = rows.split("\r\n").collect();
    assert_eq!((rows.len(), rows[0]), (4, "id,at,event,actor,user,client,session,address,detail"));
    assert!(rows[1].ends_with(",rare,,,\"'=cmd, \"\"1000\"\"\""), "{rows:?}");
    let whole = fetch("/audit-events.csv").await.1;
    assert_eq!(whole.lines().count() as i64, 1 + count(&idp).await);
    let none = format!("/audit-events.csv?until={}", Timestamp::from(UnixTime(0)).0);
    assert_eq!(fetch(&none).await.1.lines().count(), 1);
}

async fn count(idp: &TestIdp) -> i64 {
    let mut all = 0;
    for event in AuditEvent::ALL {
        all += idp.recorded(event).await;
    }
    all
}
