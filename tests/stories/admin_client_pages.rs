//! The pages of administrators for clients: registering one, its secret that is shown once, changing and removing it, who may do
//! what there, and what becomes of two who edit the same one.

use crate::admin_pages::{click, send, with_role};
use crate::administrators::signed_in;
use idp_core::client::ClientId;
use idp_core::user::StandardClaims;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::{Answer, Browser, ClientSpec, SignedIn, TestIdp};

const CLIENTS: &str = "/admin/clients";

fn page_of(idp: &TestIdp, act: &str, id: &str) -> String {
    idp.url(&format!("{CLIENTS}/{act}?id={id}"))
}

/// What the form of a site of the usual kind is sent with.
const USUAL: [(&str, &str); 8] = [
    ("client_name", "Shop"),
    ("redirect_uris", "https://shop.example/callback"),
    ("authorization_code", "yes"),
    ("refresh_token", "yes"),
    ("require_pkce", "yes"),
    ("consent", "yes"),
    ("scope", "openid profile"),
    ("audience", "shop"),
];

/// The same with some fields otherwise.
fn but<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let others = USUAL.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    others.chain(changes.iter().copied()).collect()
}

/// The secret that a page shows.
fn secret_of(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("id=\"secret\"><bdi>").unwrap_or_else(|| panic!("{}", page.body));
    rest.split('<').next().unwrap().to_owned()
}

async fn prints(idp: &TestIdp, id: &str) -> Vec<String> {
    let client = idp.operator().client(&ClientId::parse(id).unwrap()).await.unwrap();
    idp_server::admin_api::client::Client::from(&client).client_secrets
}

#[tokio::test]
async fn a_site_is_added_signs_people_in_is_changed_and_removed() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "client-manager").await;
    let list = browser.visit(idp.url(CLIENTS)).await;
    assert!(list.body.contains("There are none yet."), "{}", list.body);
    let form = click(&browser, &list, "admin-add").await;
    let fields = but(&[("client_id", "shop")]);
    let made = browser.press(&form, "", &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let secret = secret_of(&made);
    assert!(made.header("cache-control").contains("no-store"), "{made:?}");
    // It is good.
    let spec = ClientSpec { secret: Some(secret.clone()), ..ClientSpec::confidential("shop") };
    let asked = idp.post_as(&spec, "/introspect", &[("token", "none")]).await;
    assert_eq!((asked.status, &asked.body["active"]), (200, &serde_json::json!(false)), "{asked:?}");
    // It is nowhere else.
    for path in [format!("{CLIENTS}/show?id=shop"), format!("{CLIENTS}/secrets?id=shop"), CLIENTS.to_owned()]
    {
        assert!(!browser.visit(idp.url(&path)).await.body.contains(&secret), "{path}");
    }
    // Sent again, as by a reload, the form makes no second one and tells nothing.
    let again = browser.press(&form, "", &fields).await;
    assert!(again.status == 422 && again.body.contains("id=\"client_id-problem\""), "{}", again.body);
    assert!(!again.body.contains(&secret));

    let shown = browser.visit(page_of(&idp, "show", "shop")).await;
    for registered in ["https://shop.example/callback", "openid profile", ">Shop<"] {
        assert!(shown.body.contains(registered), "{registered}: {}", shown.body);
    }
    let form = click(&browser, &shown, "admin-change").await;
    assert_eq!(form.input("client_name"), "Shop");
    let changed = send(&browser, &form, &but(&[("client_name", "Book shop"), ("scope", "openid")])).await;
    assert!(changed.body.contains("<bdi>Book shop</bdi> was changed."), "{}", changed.body);
    let form = click(&browser, &changed, "admin-change").await;
    let same = send(&browser, &form, &but(&[("client_name", "Book shop"), ("scope", "openid")])).await;
    assert!(same.body.contains("Nothing changed:"), "{}", same.body);
    assert_eq!(idp.recorded(AuditEvent::ClientChanged).await, 1);

    let question = click(&browser, &same, "admin-remove").await;
    assert!(question.body.contains("Nobody is signed in there."), "{}", question.body);
    let gone = send(&browser, &question, &[]).await;
    assert!(gone.body.contains("<bdi>Book shop</bdi> was removed."), "{}", gone.body);
    assert_eq!(browser.open(page_of(&idp, "show", "shop")).await.status, 404);
    assert_eq!(idp.post_as(&spec, "/introspect", &[("token", "none")]).await.status, 401);
}

#[tokio::test]
async fn everything_that_may_change_can_be_typed_and_reads_back() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    let role = idp_server::directory::roles::NewRole::named("shop:reader".parse().unwrap());
    idp.operator().add_role(role, idp.clock.now()).await.unwrap();
    let form = browser.visit(idp.url("/admin/clients/add")).await;
    let fields = but(&[
        ("client_id", "shop"),
        ("color", "#0b6e80"),
        ("client_uri", "https://shop.example/"),
        ("policy_uri", "https://shop.example/privacy"),
        ("tos_uri", "https://shop.example/terms"),
        ("consent", ""),
        ("redirect_uris", "https://shop.example/one\r\n\r\nhttps://shop.example/two"),
        ("post_logout_redirect_uris", "https://shop.example/bye"),
        ("client_credentials", "yes"),
        ("access_token_lifetime", "300"),
        ("claims_mapping", "roles=roles:shop:@access_token,userinfo"),
        ("allowed_roles", "shop:reader"),
        ("allowed_networks", "10.0.0.0/8\r\n2001:db8::/32"),
        ("backchannel_logout_uri", "https://shop.example/out"),
        ("backchannel_logout_session_required", "yes"),
        ("revocation_feed", "yes"),
    ]);
    let made = browser.press(&form, "", &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let client = idp.operator().client(&ClientId::parse("shop").unwrap()).await.unwrap();
    let metadata = client.metadata.clone();
    assert_eq!(metadata.redirect_uris.len(), 2);
    assert_eq!((metadata.access_token_lifetime, metadata.follows_feed), (Some(300), true));
    assert_eq!((metadata.allowed_roles.len(), metadata.allowed_networks.len()), (1, 2));
    assert_eq!(metadata.claims_mapping.as_slice()[0].to_string(), "roles=roles:shop:@access_token,userinfo");
    assert!(metadata.backchannel_logout_session_required && metadata.require_pkce);
    // The form of the change shows it all, so that sending it unchanged changes nothing.
    let form = browser.visit(page_of(&idp, "change", "shop")).await;
    let typed = fields.iter().filter(|(name, _)| *name != "client_id").copied().collect::<Vec<_>>();
    let same = send(&browser, &form, &typed).await;
    assert!(same.body.contains("Nothing changed:"), "{}", same.body);
    for value in ["https://shop.example/two", "2001:db8::/32", "roles=roles:shop:@access_token,userinfo"] {
        assert!(form.body.contains(value), "{value}");
    }
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "client-manager").await;
    let form = browser.visit(idp.url("/admin/clients/add")).await;
    for (field, value) in [
        ("client_id", "no spaces"),
        ("client_name", &"x".repeat(101) as &str),
        ("redirect_uris", "http://shop.example/callback"),
        ("redirect_uris", ""),
        ("post_logout_redirect_uris", "nowhere"),
        ("color", "teal"),
        ("client_uri", "javascript:alert(1)"),
        ("access_token_lifetime", "soon"),
        ("access_token_lifetime", "5"),
        ("claims_mapping", "roles"),
        ("id_token_encryption_key", "{}"),
        ("id_token_encryption_key", "[1]"),
        ("allowed_roles", "nobody-has-it"),
        ("allowed_groups", "nobody-is-in-it"),
        ("allowed_networks", "10.0.0.0/99"),
        ("required_acr", "urn:example:none"),
        ("backchannel_logout_uri", "http://10.0.0.1/out"),
        ("backchannel_logout_session_required", "yes"),
        ("scope", "a\"b"),
    ] {
        let refused =
            browser.press(&form, "", &but(&[("policy_uri", "https://kept.example/"), (field, value)])).await;
        assert_eq!(refused.status, 422, "{field} {value}: {}", refused.body);
        assert_eq!(refused.body.matches("aria-invalid=\"true\"").count(), 1, "{field} {value}");
        assert!(
            refused.body.contains(&format!("id=\"{field}-problem\"")),
            "{field} {value}: {}",
            refused.body
        );
        assert_eq!(refused.input("policy_uri"), "https://kept.example/", "{field}");
    }
    // All at once, so that mending one does not only uncover the next.
    let several =
        [("client_id", "no spaces"), ("color", "teal"), ("access_token_lifetime", "soon"), ("scope", "a\"b")];
    let refused = browser.press(&form, "", &but(&several)).await;
    assert_eq!((refused.status, refused.body.matches("aria-invalid=\"true\"").count()), (422, several.len()));
    for (field, _) in several {
        assert!(refused.body.contains(&format!("id=\"{field}-problem\"")), "{field}: {}", refused.body);
    }
    let public = but(&[("public", "yes"), ("revocation_feed", "yes")]);
    let refused = browser.press(&form, "", &public).await;
    assert!(refused.body.contains("id=\"revocation_feed-problem\""), "{}", refused.body);
    assert_eq!(idp.recorded(AuditEvent::ClientAdded).await, 0);
}

/// A field that could not hold it all would take the rest away when it is sent.
#[tokio::test]
async fn a_long_list_is_shown_whole_and_sent_back_whole() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "client-manager").await;
    let uris: Vec<String> = (0..150).map(|at| format!("https://shop.example/callback/number-{at}")).collect();
    let list = uris.join("\r\n");
    let form = browser.visit(idp.url("/admin/clients/add")).await;
    let made = browser.press(&form, "", &but(&[("client_id", "shop"), ("redirect_uris", &list)])).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let form = browser.visit(page_of(&idp, "change", "shop")).await;
    assert!(uris.iter().all(|uri| form.body.contains(uri)), "{}", form.body);
    let same = send(&browser, &form, &but(&[("redirect_uris", &list)])).await;
    assert!(same.body.contains("Nothing changed:"), "{}", same.body);
}

#[tokio::test]
async fn of_two_who_edit_the_same_site_the_second_learns_of_it_and_loses_nothing() {
    let idp = TestIdp::start().await;
    let (_, alice) = with_role(&idp, "alice", "client-manager").await;
    let (_, bob) = with_role(&idp, "bob", "client-manager").await;
    let form = alice.visit(idp.url("/admin/clients/add")).await;
    alice.press(&form, "", &but(&[("client_id", "shop")])).await;
    let change = page_of(&idp, "change", "shop");
    let (hers, his) = (alice.visit(&change).await, bob.visit(&change).await);
    let question = bob.visit(page_of(&idp, "remove", "shop")).await;
    assert_eq!(send(&alice, &hers, &but(&[("client_name", "Hers")])).await.status, 200);
    let told = bob.press(&his, "", &but(&[("client_name", "His")])).await;
    assert!(told.status == 409 && told.body.contains("Somebody changed this in the meantime."));
    assert!(told.body.contains("By now: <bdi>Hers</bdi>"), "{}", told.body);
    assert_eq!(told.input("client_name"), "His");
    assert_eq!(bob.press(&question, "", &[]).await.status, 409, "nor does he remove what he has not seen");
    let done = send(&bob, &told, &but(&[("client_name", "His")])).await;
    assert!(done.body.contains("<bdi>His</bdi> was changed."), "{}", done.body);
}

#[tokio::test]
async fn a_secret_is_replaced_without_an_outage_and_shown_once() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let (_, browser) = with_role(&idp, "alice", "client-manager").await;
    let page = browser.visit(page_of(&idp, "secrets", "site-a")).await;
    assert!(!page.body.contains("name=\"remove\""), "the last one stays: {}", page.body);
    let made = browser.press(&page, "", &[]).await;
    let new = ClientSpec { secret: Some(secret_of(&made)), ..ClientSpec::confidential("site-a") };
    // Sent twice, the form makes one.
    assert_eq!(browser.press(&page, "", &[]).await.status, 409);
    let both = prints(&idp, "site-a").await;
    assert_eq!(both.len(), 2);
    for one in [&site, &new] {
        assert_eq!(idp.post_as(one, "/introspect", &[("token", "none")]).await.status, 200);
    }
    let gone = send(&browser, &made, &[("remove", &both[0])]).await;
    assert!(
        gone.body.contains("A secret of <bdi>The site-a</bdi> is not accepted any more."),
        "{}",
        gone.body
    );
    assert_eq!(idp.post_as(&site, "/introspect", &[("token", "none")]).await.status, 401);
    assert_eq!(idp.post_as(&new, "/introspect", &[("token", "none")]).await.status, 200);
    let last = browser.visit(page_of(&idp, "secrets", "site-a")).await;
    for which in [both[1].as_str(), "older", "ffffffff"] {
        assert_eq!(browser.press(&last, "", &[("remove", which)]).await.status, 409, "{which}");
    }
    assert_eq!(prints(&idp, "site-a").await, both[1..]);
}

#[tokio::test]
async fn removing_a_site_says_how_many_sign_ins_end_and_ends_them() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let (_, browser) = with_role(idp, "bob", "client-manager").await;
    let question = browser.visit(page_of(idp, "remove", "site-a")).await;
    assert!(question.body.contains("1 sign-in there ends."), "{}", question.body);
    let gone = send(&browser, &question, &[]).await;
    assert_eq!(gone.url.path(), CLIENTS);
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
}

#[tokio::test]
async fn sites_are_found_by_how_their_id_or_name_begins_and_come_a_page_at_a_time() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "auditor").await;
    for at in 0..27 {
        idp.add_client(&ClientSpec::public(&format!("site-{at:02}"))).await;
    }
    let first = browser.visit(idp.url("/admin/clients?prefix=SITE")).await;
    assert!(first.body.contains("<bdi>site-24</bdi>") && !first.body.contains("<bdi>site-25</bdi>"));
    let next =
        crate::password_reset::link_to(&first, "admin-next").replace("&#38;", "&").replace("&amp;", "&");
    let second = browser.open(idp.url(&next)).await;
    assert!(second.body.contains("<bdi>site-26</bdi>") && !second.body.contains("id=\"admin-next\""));
    for nothing in ["%25", "%00", "zz"] {
        let none = browser.visit(idp.url(&format!("/admin/clients?prefix={nothing}"))).await;
        assert_eq!(none.status, 200, "{nothing}");
    }
    for strange in ["after=%00", "after=a%20b", "prefix=site&after=%0A"] {
        assert_eq!(
            browser.visit(idp.url(&format!("/admin/clients?{strange}"))).await.status,
            200,
            "{strange}"
        );
    }
}

/// A client that may administer is in the hands of those alone who hold what it may.
#[tokio::test]
async fn a_lesser_administrator_neither_makes_nor_takes_over_a_client_that_administers() {
    let idp = TestIdp::start().await;
    let machine = idp.add_api_client("machine", "idp.keys.manage").await;
    let (_, browser) = with_role(&idp, "bob", "client-manager").await;
    let shown = browser.visit(page_of(&idp, "show", machine.id())).await;
    for act in ["admin-change", "admin-secrets", "admin-remove"] {
        assert!(!shown.body.contains(&format!("id=\"{act}\"")), "{act}");
    }
    for act in ["change", "secrets", "remove"] {
        assert_eq!(browser.visit(page_of(&idp, act, machine.id())).await.status, 404, "{act}");
    }
    let form = browser.visit(idp.url("/admin/clients/add")).await;
    let audience = idp.url("/api/v1");
    let greedy = but(&[("client_id", "mine"), ("scope", "openid idp.keys.manage"), ("audience", &audience)]);
    let refused = browser.press(&form, "", &greedy).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let form = browser.visit(page_of(&idp, "change", "site-a")).await;
    assert_eq!(browser.press(&form, "", &greedy).await.status, 403);
}

#[tokio::test]
async fn a_form_of_one_client_or_person_does_nothing_at_another() {
    let idp = TestIdp::start().await;
    let (_, alice) = with_role(&idp, "alice", "administrator").await;
    let (_, bob) = with_role(&idp, "bob", "administrator").await;
    for id in ["one", "other"] {
        idp.add_client(&ClientSpec::confidential(id)).await;
    }
    for act in ["change", "secrets", "remove"] {
        let form = alice.visit(page_of(&idp, act, "one")).await;
        let (tx, csrf) = (form.input("tx"), form.input("csrf"));
        let fields = [("tx", tx.as_str()), ("csrf", csrf.as_str())];
        assert_eq!(alice.post(page_of(&idp, act, "other"), &fields).await.status, 403, "{act}");
        assert_eq!(bob.post(page_of(&idp, act, "one"), &fields).await.status, 403, "{act}");
        assert_eq!(alice.post(page_of(&idp, act, "one"), &[]).await.status, 403, "{act}");
    }
    for id in ["one", "other"] {
        assert_eq!(prints(&idp, id).await.len(), 1);
    }
}

/// What each role sees.
#[tokio::test]
async fn the_pages_of_clients_open_to_those_alone_who_may_do_what_they_do() {
    let idp = TestIdp::start().await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let of = |act: &str| format!("{CLIENTS}/{act}?id=site-a");
    let pages = [
        (CLIENTS.to_owned(), ["auditor", "client-manager"].as_slice()),
        (of("show"), &["auditor", "client-manager"]),
        (format!("{CLIENTS}/add"), &["client-manager"]),
        (of("change"), &["client-manager"]),
        (of("secrets"), &["client-manager"]),
        (of("remove"), &["client-manager"]),
    ];
    for role in ["auditor", "help-desk", "user-manager", "client-manager"] {
        let (_, browser) = with_role(&idp, &format!("one-{role}"), role).await;
        opens(&idp, &browser, role, &pages).await;
    }
}

/// That each page opens to these roles alone, and that no page links to what would not open.
pub async fn opens(idp: &TestIdp, browser: &Browser, role: &str, pages: &[(String, &[&str])]) {
    for (page, open_to) in pages {
        let expected = if open_to.contains(&role) { 200 } else { 404 };
        let shown = browser.visit(idp.url(page)).await;
        assert_eq!(shown.status, expected, "{role} {page}");
        for (other, open_to) in pages {
            let links = shown.body.contains(&format!("href=\"{}\"", other.replace('&', "&amp;")));
            assert!(!links || open_to.contains(&role), "{role}: {page} links to {other}");
        }
    }
}

#[tokio::test]
async fn a_field_says_in_the_language_of_its_page_why_it_is_not_taken() {
    let idp = TestIdp::start().await;
    let chinese = StandardClaims { locale: Some("zh-CN".to_owned()), ..StandardClaims::default() };
    let alice = idp.add_user_with("alice", chinese).await;
    idp.give_role(alice, "administrator").await;
    let browser = signed_in(&idp, "alice").await;
    let form = browser.visit(idp.url("/admin/clients/add")).await;
    for (field, typed, said) in [
        ("redirect_uris", "https://shop.example/one\r\nftp://shop.example/two", "请输入完整的地址"),
        ("allowed_roles", "nobody", "没有可用于限制登录的角色 <bdi>nobody</bdi>。"),
        ("required_acr", "urn:none", "没有名为 <bdi>urn:none</bdi> 的级别"),
        ("scope", "a  b", "各词之间只用一个空格分隔"),
        ("access_token_lifetime", "soon", "请输入 60 到 86400 之间的整数"),
        ("claims_mapping", "town=attribute:town", "没有属性 <bdi>town</bdi>。"),
    ] {
        let refused = browser.press(&form, "", &but(&[("client_id", "shop"), (field, typed)])).await;
        let problem = refused.body.split(&format!("id=\"{field}-problem\">")).nth(1).unwrap_or_default();
        let problem = problem.split("</p>").next().unwrap_or_default();
        assert!(refused.status == 422 && problem.contains(said), "{field}: {problem}");
        // Of several lines the one at fault.
        assert_eq!(problem.contains("<code>ftp://shop.example/two</code>"), field == "redirect_uris");
    }
}

#[tokio::test]
async fn a_form_that_is_saved_as_it_came_changes_no_space_and_no_invisible_character() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "client-manager").await;
    let mut spec = ClientSpec::confidential("shop");
    spec.client.metadata.name = "Shop  of\u{3000} Tea\u{200B}s".to_owned();
    idp.add_client(&spec).await;
    let form = browser.visit(page_of(&idp, "change", "shop")).await;
    assert_eq!(form.input("client_name"), "Shop  of\u{3000} Teas");
    let name = form.input("client_name");
    let audience = form.input("audience");
    let redirects = spec.client.metadata.redirect_uris.iter().map(|uri| uri.as_str());
    let redirects = redirects.collect::<Vec<_>>().join("\n");
    let fields = [("client_name", name.as_str()), ("redirect_uris", &redirects), ("audience", &audience)];
    send(&browser, &form, &but(&fields)).await;
    let stored = idp.operator().client(&spec.client.id).await.unwrap();
    assert_eq!(stored.metadata.name, spec.client.metadata.name);
}
