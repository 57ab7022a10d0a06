//! `/account/profile`: a person changes what sites are told of them.

use crate::schema::ask;
use idp_core::user::{ClaimsChange, ProfileClaim, StandardClaims};
use idp_core::username::Username;
use idp_server::directory::users::UserChange;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};
use serde_json::{Value, json};

const PAGE: &str = "/account/profile";
const SCOPES: &str = "openid profile email phone address";

async fn alice() -> SignedIn {
    SignedIn::at(ClientSpec::confidential("site-a").with_scopes(SCOPES)).await
}

async fn page(idp: &TestIdp, browser: &Browser) -> Answer {
    let page = browser.open(idp.url(PAGE)).await;
    assert!(page.status == 200 && page.has_form(PAGE), "{} {}", page.status, page.body);
    page
}

/// Presses "Save", and answers the page that follows.
async fn save(browser: &Browser, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.press(page, "", fields).await;
    browser.follow(answer).await
}

/// What a site is told by all scopes.
async fn told(story: &SignedIn) -> Value {
    let code = story.code_with(&[("scope", SCOPES)]).await;
    let tokens = story.idp.redeem(&story.site, &code).await;
    let mut told = story.idp.userinfo(tokens.text("access_token")).await.body;
    for known in ["sub", "preferred_username", "email", "email_verified"] {
        told.as_object_mut().unwrap().remove(known);
    }
    told
}

async fn events(idp: &TestIdp) -> Vec<String> {
    let by_user =
        "SELECT detail AS word FROM audit_events WHERE event = 'profile_changed_by_user' ORDER BY id";
    ask(&idp.db, by_user).await
}

#[tokio::test]
async fn b8_a_person_changes_every_claim_of_their_profile_and_sites_learn_it() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    idp.clock.advance(5);
    let fields = [
        ("name", "Alice Adams"),
        ("given_name", "Alice"),
        ("middle_name", "B"),
        ("family_name", " Adams "),
        ("nickname", "阿丽"),
        ("gender", "female"),
        ("birthdate", "1990-04-12"),
        ("profile", "https://a.example/about"),
        ("website", "https://a.example/"),
        ("locale", "en"),
        ("zoneinfo", "Europe/Paris"),
        ("phone_number", "+1 202 555 0143"),
        ("address.street_address", "1 High Street\r\nStairs B"),
        ("address.locality", "Town"),
        ("address.region", "Shire"),
        ("address.postal_code", "AB1"),
        ("address.country", "UK"),
    ];
    let saved = save(browser, &page(idp, browser).await, &fields).await;
    assert!(saved.body.contains("Your profile is saved.") && saved.body.contains("id=\"receipt\""));
    assert!(saved.body.contains("1 High Street\nStairs B</textarea>"), "{}", saved.body);
    let expected = json!({
        "name": "Alice Adams", "given_name": "Alice", "middle_name": "B", "family_name": "Adams", "nickname": "阿丽",
        "gender": "female", "birthdate": "1990-04-12", "profile": "https://a.example/about",
        "website": "https://a.example/", "locale": "en", "zoneinfo": "Europe/Paris",
        "phone_number": "+1 202 555 0143", "phone_number_verified": false, "updated_at": idp.now(),
        "address": { "street_address": "1 High Street\nStairs B", "locality": "Town", "region": "Shire",
            "postal_code": "AB1", "country": "UK" },
    });
    assert_eq!(told(&alice).await, expected);
    assert_eq!(events(idp).await.len(), 1);
    assert!(events(idp).await[0].starts_with("address.country "), "names and no values");

    // The same again changes nothing, and not the time of the last change either.
    idp.clock.advance(5);
    let same = save(browser, &page(idp, browser).await, &fields).await;
    assert!(same.body.contains("It was saved like this already."), "{}", same.body);
    assert_eq!((told(&alice).await, events(idp).await.len()), (expected, 1));
    // An empty field takes the claim away; one that does not come is left alone.
    let emptied = fields.map(|(name, _)| (name, ""));
    save(browser, &page(idp, browser).await, &emptied[1..]).await;
    assert_eq!(told(&alice).await, json!({ "name": "Alice Adams", "updated_at": idp.now() }));
}

#[tokio::test]
async fn b8_what_cannot_be_saved_is_said_beside_its_field_and_nothing_is_lost() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let before = told(&alice).await;
    let long = "x".repeat(1025);
    let fields = [
        ("nickname", "Ali"),
        ("birthdate", "12.4.1990"),
        ("website", "javascript:alert(1)"),
        ("zoneinfo", "Paris, France"),
        ("gender", &long),
    ];
    let answer = browser.press(&page(idp, browser).await, "", &fields).await;
    assert_eq!(answer.status, 422);
    for (field, words) in [
        ("birthdate", "Enter year, month and day"),
        ("website", "Enter an address that begins with https://"),
        ("zoneinfo", "Enter a time zone"),
        ("gender", "This is too long."),
    ] {
        let beside = answer.body.split(&format!("id=\"{field}-problem\">")).nth(1);
        assert!(beside.is_some_and(|text| text.starts_with(words)), "{field}: {}", answer.body);
    }
    assert!(answer.body.contains("value=\"Ali\"") && answer.body.contains("value=\"12.4.1990\""), "kept");
    assert!(answer.body.contains("Nothing is saved yet."));
    assert_eq!((told(&alice).await, events(idp).await.len()), (before, 0));
    // The page that came back can be sent.
    let saved = save(browser, &answer, &[("nickname", "Ali"), ("birthdate", "1990-04-12")]).await;
    assert!(saved.body.contains("Your profile is saved."), "{}", saved.body);
}

#[tokio::test]
async fn a_tab_that_was_open_meanwhile_undoes_nothing_and_shows_both() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let (first, second) = (page(idp, browser).await, page(idp, browser).await);
    save(browser, &first, &[("nickname", "Ali"), ("gender", "female")]).await;
    let stale = browser
        .press(&second, "", &[("nickname", "Lissy"), ("gender", ""), ("website", "https://a.example/")])
        .await;
    assert_eq!(stale.status, 409, "{}", stale.body);
    assert!(stale.body.contains("Your profile was changed after you opened this page"), "{}", stale.body);
    assert!(stale.body.contains("value=\"Lissy\"") && stale.body.contains("Saved now: <bdi>Ali</bdi>"));
    assert!(stale.body.contains("Saved now: <bdi>female</bdi>"));
    assert_eq!(told(&alice).await["nickname"], "Ali");
    // Saved again, with both in view.
    save(browser, &stale, &[("nickname", "Lissy"), ("gender", "female")]).await;
    let now = told(&alice).await;
    assert_eq!((&now["nickname"], &now["gender"]), (&json!("Lissy"), &json!("female")));
    // What an operator changes counts alike, and a picture or an address does not.
    let third = page(idp, browser).await;
    let change = UserChange { claims: ClaimsChange::set("nickname", "A").unwrap(), ..UserChange::default() };
    let username = Username::parse("alice").unwrap();
    idp.operator().change_user(&username, change, idp.clock.now()).await.unwrap();
    assert_eq!(browser.press(&third, "", &[("nickname", "B")]).await.status, 409);
    let fourth = page(idp, browser).await;
    let change = UserChange {
        claims: ClaimsChange::set("picture", "https://a.example/p.png").unwrap(),
        ..UserChange::default()
    };
    idp.operator().change_user(&username, change, idp.clock.now()).await.unwrap();
    assert_eq!(browser.press(&fourth, "", &[("nickname", "B")]).await.status, 303);
    let now = told(&alice).await;
    assert_eq!((&now["nickname"], &now["picture"]), (&json!("B"), &json!("https://a.example/p.png")));
}

#[tokio::test]
async fn of_two_forms_at_one_moment_one_is_saved() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    for round in 0..5 {
        let shown = page(idp, browser).await;
        let [one, other] = ["one", "other"].map(|name| format!("{name} {round}"));
        let fields = [[("nickname", one.as_str())], [("nickname", other.as_str())]];
        let (first, second) =
            tokio::join!(browser.press(&shown, "", &fields[0]), browser.press(&shown, "", &fields[1]));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        let kept = if first.status == 303 { one } else { other };
        assert_eq!(told(&alice).await["nickname"], kept);
    }
}

#[tokio::test]
async fn an_operator_keeps_claims_to_themselves() {
    let idp = TestIdp::start_with(|config| {
        config.account.editable =
            ["nickname", "address"].map(|name| ProfileClaim::parse(name).unwrap()).into();
    })
    .await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a").with_scopes(SCOPES)).await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let shown = page(idp, browser).await;
    assert!(shown.body.contains("value=\"The alice\"") && shown.body.contains(" readonly"), "{}", shown.body);
    assert!(!shown.body.contains("name=\"gender\""), "nothing to see and nothing to type");
    assert!(!shown.body.contains("/account/picture"));
    let forged = [
        ("name", "Eve"),
        ("gender", "x"),
        ("nickname", "Ali"),
        ("address.country", "UK"),
        ("email", "e@x.example"),
    ];
    save(browser, &shown, &forged).await;
    let expected = json!({ "name": "The alice", "nickname": "Ali", "address": { "country": "UK" }, "updated_at": idp.now() });
    assert_eq!(told(&alice).await, expected);
    assert_eq!(browser.open(idp.url("/account/picture")).await.status, 404);
}

#[tokio::test]
async fn the_language_that_is_chosen_here_is_that_of_the_pages() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    // Chosen on a page before, in this browser.
    let shown = page(idp, browser).await;
    assert!(shown.body.contains("<option value=\"zh-CN\" lang=\"zh-CN\">简体中文</option>"));
    let saved = save(browser, &shown, &[("locale", "zh-CN")]).await;
    assert!(
        saved.body.contains("<html lang=\"zh-CN\"") && saved.body.contains("个人资料已保存。"),
        "{}",
        saved.body
    );
    assert!(saved.body.contains("<option value=\"zh-CN\" lang=\"zh-CN\" selected>"));
    assert!(browser.open(idp.url("/account")).await.body.contains("您的账号"));
    let switched = browser
        .post(
            idp.url("/language"),
            &[("to", "en"), ("tx", &language_input(&saved, "tx")), ("csrf", &language_input(&saved, "csrf"))],
        )
        .await;
    assert!(browser.follow(switched).await.body.contains("<html lang=\"en\""), "in this browser alone");
    let saved = save(browser, &page(idp, browser).await, &[("locale", "")]).await;
    assert!(saved.body.contains("<html lang=\"en\""), "{}", saved.body);
    let saved = save(browser, &saved, &[("locale", "zh-CN")]).await;
    assert!(saved.body.contains("<html lang=\"zh-CN\""), "what was chosen last counts");
}

/// A field of the form that changes the language, which is the last of a page.
fn language_input(page: &Answer, name: &str) -> String {
    let form = page.body.split("action=\"/language\"").nth(1).unwrap();
    let field = form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    field.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn s60_a_form_that_is_not_of_this_page_saves_nothing() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let before = told(&alice).await;
    let shown = page(idp, browser).await;
    let (tx, csrf) = (shown.input("tx"), shown.input("csrf"));
    idp.add_user("eve").await;
    let eve = idp.browser();
    eve.sign_in_for_tokens(idp, &alice.site, "eve").await;
    let foreign = page(idp, &eve).await;
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin"), ("origin", &idp.issuer)];
    let evil: &[(&str, &str)] = &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for (tx, csrf, headers) in [
        (tx.as_str(), "", own),
        (&tx, "x", own),
        ("", &csrf, own),
        ("another", &csrf, own),
        (&foreign.input("tx"), &foreign.input("csrf"), own),
        (&tx, &csrf, evil),
    ] {
        let fields = [("tx", tx), ("csrf", csrf), ("nickname", "Eve")];
        assert_eq!(browser.post_with(idp.url(PAGE), &fields, headers).await.status, 403, "{tx} {csrf}");
    }
    assert_eq!(told(&alice).await, before);
    // A session that ended meanwhile saves nothing for the person who signs in next.
    idp.operator().sign_out_user(&Username::parse("alice").unwrap(), idp.clock.now()).await.unwrap();
    idp.clock.advance(1);
    let answer = browser.press(&shown, "", &[("nickname", "Ali")]).await;
    assert!(browser.follow(answer).await.has_form("/login"));
    assert_eq!(events(idp).await, Vec::<String>::new());
}

#[tokio::test]
async fn s66_hostile_claims_stay_text() {
    let idp = TestIdp::start().await;
    let claims = StandardClaims {
        nickname: Some("\"><svg onload=alert(1)>".to_owned()),
        locale: Some("de".to_owned()),
        ..StandardClaims::default()
    };
    idp.add_user_with("mallory", claims).await;
    let browser = idp.browser();
    let login = browser.visit(idp.url(PAGE)).await;
    let answer = browser.log_in_as(&login, "mallory", PASSWORD).await;
    let shown = browser.follow(answer).await;
    let street = "</textarea><script>alert(1)</script>";
    let saved = save(&browser, &shown, &[("address.street_address", street)]).await;
    assert!(!saved.body.contains("<script>") && !saved.body.contains("<svg onload"), "{}", saved.body);
    assert!(
        saved.body.contains("label=\"de\" selected"),
        "a language that there is no page in: {}",
        saved.body
    );
}
