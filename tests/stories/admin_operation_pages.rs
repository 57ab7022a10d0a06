//! The pages of administrators for keys, the audit log, deliveries, settings and the pictures of the overview: what each shows, what is
//! done there, and by whom.

use crate::admin_client_pages::opens;
use crate::admin_pages::{click, send, with_role};
use crate::everything::letters_are_on;
use crate::mail::set_password;
use crate::password_reset::link_to;
use idp_core::client::ClientId;
use idp_server::directory::keys::in_order;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};

const DAY: i64 = 24 * 60 * 60;
const HOUR: i64 = 60 * 60;

/// The ids of the keys, as the page shows them.
async fn kids(idp: &TestIdp) -> Vec<(String, &'static str)> {
    let ring = idp.operator().signing_keys().await.unwrap();
    in_order(&ring).iter().map(|entry| (entry.key.kid().to_owned(), entry.state.name())).collect()
}

async fn in_state(idp: &TestIdp, state: &str) -> String {
    kids(idp).await.into_iter().find(|(_, found)| *found == state).unwrap().0
}

/// Signs in again where the page asks for it.
async fn freshly(browser: &Browser, name: &str, page: Answer) -> Answer {
    match page.has_form("/login") {
        true => browser.follow(browser.log_in_as(&page, name, PASSWORD).await).await,
        false => page,
    }
}

#[tokio::test]
async fn the_keys_are_seen_over_time_and_moved_on_each_with_its_effect_beforehand() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let page = browser.visit(idp.url("/admin/keys")).await;
    let (active, next) = (in_state(&idp, "active").await, in_state(&idp, "next").await);
    for shown in
        [active.as_str(), &next, "class=\"key-active\"", "class=\"key-next\"", "The next one takes over on"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    // A site may not hold the next key yet: the page offers nothing, and an administrator who asks all the same is refused.
    assert!(!page.body.contains("admin-rotate"), "{}", page.body);
    let question = browser.visit(idp.url("/admin/keys/rotate")).await;
    assert!(question.body.contains(&next) && question.body.contains("Nobody is signed out"));
    let early = browser.press(&question, "", &[]).await;
    assert!(early.status == 409 && early.body.contains("The next key cannot sign yet"), "{}", early.body);
    assert_eq!(in_state(&idp, "active").await, active);

    idp.clock.advance(7 * DAY);
    let page = freshly(&browser, "alice", browser.visit(idp.url("/admin/keys")).await).await;
    let question = freshly(&browser, "alice", click(&browser, &page, "admin-rotate").await).await;
    let done = send(&browser, &question, &[]).await;
    assert!(done.body.contains("The next key signs from now on."), "{}", done.body);
    assert_eq!(
        (in_state(&idp, "active").await, in_state(&idp, "retired").await),
        (next.clone(), active.clone())
    );
    // The form was made from the ring as it was: sent again it moves nothing.
    assert_eq!(browser.press(&question, "", &[]).await.status, 409);

    let give_up = |kid: &str| idp.url(&format!("/admin/keys/give-up?id={kid}"));
    let question = browser.visit(give_up(&next)).await;
    assert!(
        question.body.contains("What it signed is void at once.")
            && question.body.contains("fetch new tokens")
    );
    let done = send(&browser, &question, &[]).await;
    assert!(done.body.contains("is marked as compromised. What it signed is void."), "{}", done.body);
    assert!(kids(&idp).await.iter().all(|(kid, _)| *kid != next), "it is gone");
    assert_eq!(browser.visit(give_up(&next)).await.status, 404);
    let retire = idp.url(&format!("/admin/keys/retire?id={active}"));
    let question = browser.visit(&retire).await;
    assert_eq!(browser.press(&question, "", &[]).await.status, 409, "it signs nothing already");
}

#[tokio::test]
async fn a_form_of_the_keys_is_bound_to_its_key_its_person_and_a_fresh_sign_in() {
    let idp = TestIdp::start().await;
    let (_, alice) = with_role(&idp, "alice", "administrator").await;
    let (_, bob) = with_role(&idp, "bob", "administrator").await;
    let (active, next) = (in_state(&idp, "active").await, in_state(&idp, "next").await);
    let page = |kid: &str| idp.url(&format!("/admin/keys/give-up?id={kid}"));
    let form = alice.visit(page(&next)).await;
    let (tx, csrf) = (form.input("tx"), form.input("csrf"));
    let fields = [("tx", tx.as_str()), ("csrf", csrf.as_str())];
    assert_eq!(alice.post(page(&active), &fields).await.status, 403);
    assert_eq!(bob.post(page(&next), &fields).await.status, 403);
    assert_eq!(alice.post(idp.url("/admin/keys/rotate"), &fields).await.status, 403);
    idp.clock.advance(2 * HOUR);
    assert_eq!(alice.press(&form, "", &[]).await.location().unwrap().path(), "/login");
    assert_eq!(kids(&idp).await.len(), 2);
}

/// Alice and her site, of which she was signed out without its confirmation.
async fn unconfirmed() -> SignedIn {
    let mut site = ClientSpec::confidential("site-a");
    let uri = idp_core::backchannel::BackchannelLogoutUri::parse("http://127.0.0.1:9/out").unwrap();
    site.client.metadata.backchannel_logout_uri = Some(uri);
    let story = SignedIn::on(TestIdp::start_with(letters_are_on).await, site).await;
    let alice = idp_core::username::Username::parse("alice").unwrap();
    story.idp.operator().sign_out_user(&alice, story.idp.clock.now()).await.unwrap();
    story
}

#[tokio::test]
async fn what_was_not_delivered_is_tried_again_and_given_up() {
    let story = unconfirmed().await;
    let idp = &story.idp;
    let (root, browser) = with_role(idp, "root", "administrator").await;
    let list = browser.visit(idp.url("/admin/deliveries?client=site-a&state=pending")).await;
    assert!(
        list.body.contains("<bdi>site-a</bdi>") && list.body.contains("<span>Waiting</span>"),
        "{}",
        list.body
    );
    let id = list.input("give_up");
    let settle = async |act: &str, id: &str| {
        let page = browser.visit(idp.url("/admin/deliveries")).await;
        let (tx, csrf) = (page.input("tx"), page.input("csrf"));
        let fields = [("tx", tx.as_str()), ("csrf", csrf.as_str()), (act, id)];
        browser.post(idp.url("/admin/deliveries/settle"), &fields).await
    };
    let answer = settle("give_up", &id).await;
    let done = browser.follow(answer).await;
    assert!(done.body.contains("It was given up."), "{}", done.body);
    assert_eq!(settle("give_up", &id).await.status, 409);
    let overview = browser.visit(idp.url("/admin")).await;
    assert!(overview.body.contains("1 notice that a session ended was given up."), "{}", overview.body);
    assert!(overview.body.contains("href=\"/admin/deliveries?state=given_up\""));
    let answer = settle("retry", &id).await;
    assert!(browser.follow(answer).await.body.contains("It is tried again at once."));
    for none in ["", "none", "a\0b"] {
        assert!(matches!(settle("retry", none).await.status, 400 | 409), "{none:?}");
    }
    let by = format!("user:{root}");
    let asked = format!("SELECT event AS word FROM audit_events WHERE actor = '{by}' ORDER BY event");
    let recorded = crate::schema::ask(&idp.db, &asked).await;
    assert_eq!(recorded, ["logout_given_up", "logout_retried"]);

    set_password(idp, "alice").await;
    let list = browser.visit(idp.url("/admin/deliveries/mails?state=pending")).await;
    let (tx, csrf, id) = (list.input("tx"), list.input("csrf"), list.input("give_up"));
    let fields = [("tx", tx.as_str()), ("csrf", csrf.as_str()), ("give_up", id.as_str())];
    // A form of the one list is none of the other.
    assert_eq!(browser.post(idp.url("/admin/deliveries/settle"), &fields).await.status, 403);
    let answer = browser.post(idp.url("/admin/deliveries/mails/settle"), &fields).await;
    let done = browser.follow(answer).await;
    assert!(done.url.path() == "/admin/deliveries/mails" && done.body.contains("It was given up."));
    let given_up = browser.visit(idp.url("/admin/deliveries/mails?state=given_up")).await;
    assert!(given_up.body.contains("given up by an administrator"), "{}", given_up.body);
    for strange in
        ["?after=%00", "?after=1:%00", "?client=%00", "?state=x", "/mails?after=x", "/feed?after=a:%00"]
    {
        assert_eq!(
            browser.visit(idp.url(&format!("/admin/deliveries{strange}"))).await.status,
            200,
            "{strange}"
        );
    }
}

#[tokio::test]
async fn the_log_is_searched_by_person_client_event_and_day_and_copied_under_the_same_right() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    idp.operator().add_client_secret(&story.site.client.id, idp.clock.now()).await.unwrap();
    let (_, browser) = with_role(idp, "root", "administrator").await;
    let audit = async |query: &str| browser.visit(idp.url(&format!("/admin/audit?{query}"))).await;
    let all = audit("").await;
    assert!(all.body.contains("Sign-in</span>") && all.body.contains("alice"), "{}", all.body);
    let of_alice = audit("person=alice").await;
    assert!(
        of_alice.body.contains("(alice)</bdi>") && !of_alice.body.contains("(root)</bdi>"),
        "{}",
        of_alice.body
    );
    let by_id = audit(&format!("person={}", story.alice)).await;
    assert_eq!(
        by_id.body.matches("class=\"device\"").count(),
        of_alice.body.matches("class=\"device\"").count()
    );
    let none = audit("event=key_compromised").await;
    assert!(none.body.contains("Nothing of this kind happened."));
    assert!(audit("client=site-a").await.body.contains("href=\"/admin/clients/show?id=site-a\""));
    let today = idp_server::admin_api::Timestamp::from(idp.clock.now()).0[..10].to_owned();
    let on_this_day = audit(&format!("event=signed_in&since={today}&until={today}")).await;
    assert!(on_this_day.body.contains("class=\"device\""), "{}", on_this_day.body);
    assert!(audit("since=2100-01-01").await.body.contains("Nothing of this kind happened."));
    for (field, query) in [
        ("person", "person=nobody"),
        ("since", "since=soon"),
        ("address", "address=home"),
        ("actor", "actor=nobody"),
    ] {
        let unfit = audit(query).await;
        assert!(unfit.status == 422 && unfit.body.contains(&format!("id=\"{field}-problem\"")), "{query}");
    }
    for strange in ["client=%00", "before=x", "person=%00", "event=x"] {
        assert!(audit(strange).await.status < 500, "{strange}");
    }
    let link = |page: &Answer, id: &str| link_to(page, id).replace("&#38;", "&").replace("&amp;", "&");
    let lines = browser.open(idp.url(&link(&of_alice, "admin-audit-lines"))).await;
    assert_eq!(lines.status, 200, "{lines:?}");
    assert!(lines.header("content-disposition").starts_with("attachment"));
    let alice = story.alice.to_string();
    assert!(lines.body.lines().count() >= 1 && lines.body.lines().all(|line| line.contains(&alice)));
    let csv = browser.open(idp.url(&link(&of_alice, "admin-audit-csv"))).await;
    assert!(csv.body.starts_with("id,at,event,") && csv.body.contains(&alice), "{}", csv.body);

    let (_, desk) = with_role(idp, "desk", "help-desk").await;
    let copy = ["/admin/audit", "/admin/audit/audit-events.jsonl", "/admin/audit/audit-events.csv"];
    for page in copy {
        assert_eq!(desk.visit(idp.url(page)).await.status, 404, "{page}");
    }
}

#[tokio::test]
async fn the_log_comes_a_page_at_a_time() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "auditor").await;
    for at in 0..30 {
        idp.add_client(&ClientSpec::public(&format!("site-{at:02}"))).await;
        let id = ClientId::parse(&format!("site-{at:02}")).unwrap();
        idp.operator().remove_client(&id, idp.clock.now()).await.unwrap();
        idp.clock.advance(1);
    }
    let first = browser.visit(idp.url("/admin/audit?event=client_removed")).await;
    assert!(first.body.contains("site-29") && !first.body.contains("site-04"), "{}", first.body);
    let next = link_to(&first, "admin-next").replace("&#38;", "&").replace("&amp;", "&");
    let second = browser.visit(idp.url(&next)).await;
    assert!(
        second.body.contains("site-04")
            && second.body.contains("site-00")
            && !second.body.contains("site-29")
    );
    assert!(!second.body.contains("id=\"admin-next\""));
}

#[tokio::test]
async fn the_settings_are_read_and_no_secret_is_among_them() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "auditor").await;
    let page = browser.visit(idp.url("/admin/settings")).await;
    assert!(
        page.body.contains("<code>issuer.url</code>") && page.body.contains(&idp.url("")),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<form class=\"stack\" method=\"post\""), "it is read only");
}

#[tokio::test]
async fn the_overview_pictures_sign_ins_and_refusals_by_the_hour_and_by_the_day() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let (_, root) = with_role(idp, "root", "administrator").await;
    let wrong = idp.browser();
    for _ in 0..2 {
        let page = wrong.visit(idp.authorize_url(&story.site, &[])).await;
        wrong.log_in_as(&page, "alice", "a wrong one").await;
    }
    // Alice, and root.
    let now = root.visit(idp.url("/admin")).await;
    assert!(now.body.contains("In the last 24 hours: 2 sign-ins, 2 refused attempts."), "{}", now.body);
    assert!(
        now.body.contains("<path class=\"above\" d=\"M") && now.body.contains("<path class=\"below\" d=\"M")
    );
    assert!(now.body.contains("Not counted yet."), "{}", now.body);
    idp.app.store.count_up(idp.clock.now()).await.unwrap();
    let counted = root.visit(idp.url("/admin")).await;
    assert!(counted.body.contains("<bdi>The site-a</bdi> 1"), "{}", counted.body);
    // Counted once the hour is over, whichever node does it, and however often.
    idp.clock.advance(6 * HOUR);
    for _ in 0..2 {
        idp.app.store.count_up(idp.clock.now()).await.unwrap();
    }
    let later = root.visit(idp.url("/admin")).await;
    assert!(later.body.contains("2 sign-ins, 2 refused attempts."), "{}", later.body);
    idp.clock.advance(2 * DAY);
    idp.app.store.count_up(idp.clock.now()).await.unwrap();
    let (_, root) = with_role(idp, "toor", "administrator").await;
    let day = root.visit(idp.url("/admin")).await;
    assert!(day.body.contains("In the last 24 hours: 1 sign-in, 0 refused attempts."), "{}", day.body);
    let month = click(&root, &day, "admin-month").await;
    assert!(month.body.contains("In the last 30 days: 3 sign-ins, 2 refused attempts."), "{}", month.body);
    // What is told of the keys and of sites stands beside it.
    assert!(month.body.contains("class=\"key-active\""), "{}", month.body);
    idp.clock.advance(40 * DAY);
    idp.app.store.count_up(idp.clock.now()).await.unwrap();
    let rows = crate::schema::ask(&idp.db, "SELECT 'x' AS word FROM hourly_sign_ins").await;
    // An hour is counted some minutes after its end.
    let is_settled = (idp.clock.now().as_secs() % HOUR) >= 5 * 60;
    let kept = if is_settled { 31 * 24 } else { 31 * 24 - 1 };
    assert_eq!(rows.len(), kept, "what is older is forgotten");
}

#[tokio::test]
async fn each_room_opens_to_those_alone_who_may_see_it() {
    let idp = TestIdp::start().await;
    let active = in_state(&idp, "active").await;
    let pages = [
        ("/admin/keys".to_owned(), ["auditor", "client-manager"].as_slice()),
        ("/admin/keys/rotate".to_owned(), &[]),
        (format!("/admin/keys/retire?id={active}"), &[]),
        (format!("/admin/keys/give-up?id={active}"), &[]),
        ("/admin/audit".to_owned(), &["auditor"]),
        ("/admin/deliveries".to_owned(), &["auditor", "help-desk", "client-manager"]),
        ("/admin/deliveries/mails".to_owned(), &["auditor", "help-desk", "client-manager"]),
        ("/admin/deliveries/feed".to_owned(), &["auditor", "help-desk", "client-manager"]),
        ("/admin/settings".to_owned(), &["auditor"]),
    ];
    for role in ["auditor", "help-desk", "user-manager", "client-manager"] {
        let (_, browser) = with_role(&idp, &format!("one-{role}"), role).await;
        opens(&idp, &browser, role, &pages).await;
        // Nor does the overview tell what they may not see.
        let overview = browser.visit(idp.url("/admin")).await;
        assert_eq!(overview.body.contains("id=\"sign-ins\""), role == "auditor", "{role}");
        let sees_keys = ["auditor", "client-manager"].contains(&role);
        assert_eq!(overview.body.contains("class=\"key-active\""), sees_keys, "{role}");
        for settle in ["/admin/deliveries/settle", "/admin/deliveries/mails/settle"] {
            assert_eq!(browser.post(idp.url(settle), &[("retry", "x")]).await.status, 404, "{role} {settle}");
        }
    }
}
