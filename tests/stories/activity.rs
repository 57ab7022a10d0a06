//! "Activity": what happened with a person's account, as they read it.

use crate::devices::TwoDevices;
use idp_server::db::Locks;
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};
use uuid::Uuid;

const PAGE: &str = "/account/activity";

async fn page(idp: &TestIdp, browser: &Browser) -> Answer {
    let page = browser.open(idp.url(PAGE)).await;
    assert_eq!(page.status, 200, "{page:?}");
    page
}

/// What is listed, from the top.
fn listed(page: &Answer) -> Vec<&str> {
    let rows = page.body.split("<p class=\"name\">").skip(1);
    rows.map(|row| row.split("</p>").next().unwrap()).collect()
}

/// The row of the first event that is called so.
fn row<'a>(page: &'a Answer, what: &str) -> &'a str {
    let rows = page.body.split("<li class=\"device\">").skip(1);
    let row = rows.map(|row| row.split("</li>").next().unwrap()).find(|row| row.contains(what));
    row.unwrap_or_else(|| panic!("no {what}: {}", page.body))
}

#[tokio::test]
async fn a_person_reads_what_happened_the_last_first_with_where_and_how() {
    let (idp, site) = (&TestIdp::start().await, &ClientSpec::confidential("site-a").with_consent());
    idp.add_client(site).await;
    idp.add_user("alice").await;
    let browser = &idp.browser();
    let login = browser.visit(idp.authorize_url(site, &[])).await;
    let signed_in = browser.log_in_as(&login, "alice", PASSWORD).await;
    let consent = browser.follow(signed_in).await;
    // Of two events in one second none is the later one.
    idp.clock.advance(1);
    assert!(browser.press(&consent, "allow", &[]).await.redirect_param("code").is_some());
    let elsewhere = idp.browser();
    let login = elsewhere.visit(idp.authorize_url(site, &[])).await;
    idp.clock.advance(60);
    assert_eq!(elsewhere.log_in_as(&login, "alice", "wrong").await.status, 422);
    idp.clock.advance(60);
    assert_eq!(elsewhere.log_in_as(&login, "alice", PASSWORD).await.status, 303);
    idp.clock.advance(60);
    let devices = browser.open(idp.url("/account/devices")).await;
    browser.press(&devices, "others", &[]).await;
    idp.clock.advance(60);
    let sites = browser.open(idp.url("/account/sites")).await;
    let disconnected = [("client_id", site.id())];
    assert_eq!(browser.press(&sites, "", &disconnected).await.status, 303);

    let shown = page(idp, browser).await;
    let expected = [
        "Site disconnected",
        "Signed out",
        "Signed in",
        "Sign-in failed: wrong password",
        "Site connected",
        "Signed in",
    ];
    assert_eq!(listed(&shown), expected);
    let site = &site.client.metadata.name;
    assert!(row(&shown, "Site connected").contains(&format!("<bdi>{site}</bdi>")), "{}", shown.body);
    assert!(row(&shown, "Signed out").contains("You ended it from another device"));
    assert!(row(&shown, "Signed in").contains("2 minutes ago"), "{}", shown.body);
    assert!(row(&shown, "Signed in").contains("An unknown device"));
    assert!(!row(&shown, "Sign-in failed").contains("An unknown device"), "nobody signed in there");
    assert!(row(&shown, "Signed in").contains("This was not me"));
    let own = shown.body.rsplit("<li class=\"device\">").next().unwrap();
    assert!(own.contains("This device") && !own.contains("This was not me"), "{own}");
}

#[tokio::test]
async fn what_an_administrator_did_is_said_to_be_theirs() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, now) = (&alice.idp, alice.idp.clock.now());
    let name = idp_core::username::Username::parse("alice").unwrap();
    idp.operator().set_password(&name, idp_tests::typed("a walk along 7 rivers"), now).await.unwrap();
    let browser = idp.browser();
    let login = browser.visit(idp.url(PAGE)).await;
    let answer = browser.log_in_as(&login, "alice", "a walk along 7 rivers").await;
    assert_eq!(answer.header("location"), PAGE, "the way back");
    let shown = browser.follow(answer).await;
    let set = row(&shown, "New password set");
    assert!(set.contains("By an administrator") && !set.contains("This was not me"), "{set}");
}

#[tokio::test]
async fn z02_nobody_reads_of_anybody_else_and_no_inner_name_is_shown() {
    let devices = TwoDevices::new().await;
    let (idp, alice) = (&devices.alice.idp, devices.alice.alice);
    let bob = idp.add_user("bob").await;
    let bobs = idp.browser();
    bobs.sign_in_for_tokens(idp, &devices.alice.site, "bob").await;
    idp.clock.advance(1);
    let secret = "totp 0199b2c4-7a31-7c40-9d1e-5f0a6c1b2d3f";
    let (there, now) = (devices.there, idp.clock.now());
    let written = idp.db.write(Locks::none(), move |connection| {
        // Nothing holds the log to whose session it names.
        for user in [alice, bob] {
            let about = AuditContext {
                user: Some(user),
                sid: Some(there),
                address: Some("203.0.113.77".to_owned()),
                detail: Some(secret.to_owned()),
                client: Some("not-a-client-of-ours".to_owned()),
                ..AuditContext::default()
            };
            audit_events::record(connection, AuditEvent::MethodAdded, about, now)?;
        }
        Ok(())
    });
    written.await.unwrap();
    let shown = page(idp, &bobs).await;
    assert_eq!(listed(&shown), ["Sign-in method added", "Signed in"]);
    assert!(
        !row(&shown, "Sign-in method added").contains("An unknown device"),
        "Alice's device: {}",
        shown.body
    );
    assert!(shown.body.contains("203.0.113.0/24"), "a network, and not the address");
    let alices = page(idp, &devices.alice.browser).await;
    assert!(row(&alices, "Sign-in method added").contains("An unknown device"), "{}", alices.body);
    let (here, there) = (devices.here.to_string(), there.to_string());
    let [alice, bob] = [alice, bob].map(|id| id.to_string());
    for inner in [&here, &there, &alice, &bob, "0199b2c4", "203.0.113.77", "not-a-client-of-ours", "totp "] {
        assert!(!shown.body.contains(inner) && !alices.body.contains(inner), "{inner}");
    }
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page_and_no_row_twice() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, user) = (&alice.idp, alice.alice);
    let now = idp.clock.now();
    let written = idp.db.write(Locks::none(), move |connection| {
        for second in 1..=44 {
            let about = AuditContext { user: Some(user), ..AuditContext::default() };
            audit_events::record(connection, AuditEvent::DeviceNamed, about, now.plus(second))?;
        }
        Ok(())
    });
    written.await.unwrap();
    idp.clock.advance(60);
    let (mut shown, mut rows) = (page(idp, &alice.browser).await, Vec::new());
    for count in [20, 20, 5] {
        rows.extend(shown.body.split("datetime=\"").skip(1).map(|row| row[..20].to_owned()));
        assert_eq!(listed(&shown).len(), count);
        let is_last = !shown.body.contains("id=\"activity-older\"");
        assert_eq!(is_last, count == 5);
        if !is_last {
            let older = shown.body.split("id=\"activity-older\" href=\"").nth(1).unwrap();
            shown = alice.browser.open(idp.url(older.split('"').next().unwrap())).await;
            assert!(shown.body.contains("id=\"activity-newest\""));
        }
    }
    let mut sorted = rows.clone();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.reverse();
    assert_eq!(rows, sorted, "the last first, and each once");
    assert_eq!(rows.len(), 45);
}

#[tokio::test]
async fn s94_a_made_up_place_in_the_list_leads_nowhere() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    for forged in ["x", "*", "%00", "' OR 1=1 --", "00000000000000000000000000000000", "{}"] {
        let url = url::Url::parse_with_params(&idp.url(PAGE), [("before", forged)]).unwrap();
        assert_eq!(browser.open(&url).await.status, 400, "{forged}");
    }
    let twice = idp.url(&format!("{PAGE}?before={}&before={}", Uuid::max(), Uuid::nil()));
    assert_eq!(browser.open(twice).await.status, 200, "no parameter at all");
    // An unknown id, or that of another person's event: one's own events before that time.
    let none = browser.open(idp.url(&format!("{PAGE}?before={}", Uuid::nil()))).await;
    assert!(none.status == 200 && listed(&none).is_empty(), "{}", none.body);
    let all = browser.open(idp.url(&format!("{PAGE}?before={}", Uuid::max()))).await;
    assert_eq!(listed(&all), ["Signed in"]);
}

#[tokio::test]
async fn it_is_read_in_the_language_of_the_person() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let headers = [("accept-language", "zh-CN")];
    let shown = alice.browser.send(reqwest::Method::GET, &alice.idp.url(PAGE), None, &headers).await;
    assert_eq!(listed(&shown), ["登录"]);
    assert!(shown.body.contains("账号动态") && shown.body.contains("这台设备"), "{}", shown.body);
}
