//! A route demands a recent or a stronger sign-in: the person goes to the provider and comes back, a form follows them, and
//! no one goes round in circles or sends what another filled in. RFC 9470.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    browser::Answer,
    world::{SiteOptions, World},
};

/// Seconds after which a sign-in is too old for the routes of these stories, leeway included.
const TOO_LATE: u64 = 120;

impl World {
    /// A person who signed in, and then did something else for a while.
    async fn signed_in_long_ago() -> Self {
        let world = Self::new();
        world.sign_in("/auth").await;
        world.advance(TOO_LATE);
        world
    }

    /// A person sends a form of the page `/form`.
    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.submit_from(path, fields, "same-origin", &self.origin).await
    }

    async fn submit_from(&self, path: &str, fields: &[(&str, &str)], site: &str, origin: &str) -> Answer {
        let referrer = format!("{origin}/form?x=1");
        let headers = [
            ("sec-fetch-site", site),
            ("origin", origin),
            ("referer", &referrer),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("accept", "text/html"),
        ];
        self.browser.send(Method::POST, path, &headers, Some(fields)).await
    }

    async fn csrf_token(&self) -> String {
        self.browser.go("/form").await.body
    }

    /// To the provider, where the person confirms that it is them, and back to the callback.
    async fn confirm(&self, sent: &Answer) -> Answer {
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let asked = self.ask_at(sent.location()).await;
        self.browser.go(&self.good_answer("/auth", &asked)).await
    }

    /// The tokens that the provider gives from now on say this too.
    fn tokens_say(&self, name: &'static str, value: serde_json::Value) {
        let mut behaviour = self.provider.behave();
        let (said, also) = (value.clone(), value);
        behaviour.change_access_token = Some(Box::new(move |claims| claims[name] = said.clone()));
        behaviour.change_id_token = Some(Box::new(move |claims| claims[name] = also.clone()));
    }
}

/// The hidden fields of a page.
fn fields(page: &Answer) -> Vec<(String, String)> {
    let text = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        text.replace("&#39;", "'").replace("&amp;", "&")
    };
    let inputs = page.body.split("<input type=\"hidden\" name=\"").skip(1);
    let pairs = inputs.map(|rest| rest.split_once("\" value=\"").unwrap());
    pairs.map(|(name, rest)| (text(name), text(rest.split_once('"').unwrap().0))).collect()
}

fn heading(page: &Answer) -> &str {
    page.body.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0
}

#[actix_web::test]
async fn s07_a_page_that_demands_a_recent_sign_in_is_come_back_to() {
    let world = World::signed_in_long_ago().await;
    assert_eq!(world.browser.go("/members").await.status, 200, "other pages demand nothing");
    let sent = world.browser.go("/vault?a=b").await;
    assert_eq!(sent.location(), "/auth/login?max_age=60&return_to=%2Fvault%3Fa%3Db");
    assert_eq!(sent.headers["cache-control"], "no-store");
    let provider = world.browser.go(sent.location()).await;
    assert_eq!((provider.parameter("max_age").as_str(), provider.parameter("claims")), ("60", String::new()));
    let back = world.browser.go(&world.good_answer("/auth", &world.asked_by(&provider))).await;
    assert_eq!((back.status.as_u16(), back.location()), (303, "/vault?a=b"));
    assert_eq!(world.browser.go("/vault?a=b").await.body, "open");
    world.advance(TOO_LATE);
    assert_eq!(world.browser.go("/vault").await.status, 303, "and again when that is old");
}

#[actix_web::test]
async fn s07_who_signed_in_just_now_is_not_asked() {
    let world = World::new();
    world.sign_in("/auth").await;
    assert_eq!(world.browser.go("/vault").await.body, "open");
    let token = world.csrf_token().await;
    let sent = world.submit("/transfer", &[("csrf_token", &token), ("to", "a")]).await;
    assert_eq!((sent.body.as_str(), world.handled()), (r#"{"to":"a"}"#, 1));
}

#[actix_web::test]
async fn s07_a_sign_in_that_comes_back_too_weak_or_too_old_is_told_so_and_does_not_go_round() {
    let world = World::signed_in_long_ago().await;
    let sent = world.browser.go("/strong").await;
    assert_eq!(sent.location(), "/auth/login?acr_values=phr+2&return_to=%2Fstrong");
    let provider = world.browser.go(sent.location()).await;
    assert_eq!(
        provider.parameter("claims"),
        r#"{"id_token":{"acr":{"essential":true,"values":["phr","2"]}}}"#
    );
    // A provider that does not heed it.
    world.tokens_say("acr", json!("1"));
    let weak = world.browser.go(&world.good_answer("/auth", &world.asked_by(&provider))).await;
    assert_eq!((weak.status.as_u16(), heading(&weak)), (403, "This needs a stronger sign-in"));
    assert!(weak.body.contains("/auth/login?acr_values=phr+2&amp;return_to=%2Fstrong"), "{}", weak.body);
    assert_eq!(world.browser.go("/members").await.status, 200, "what was proven counts");

    world.tokens_say("acr", json!("2"));
    assert_eq!(world.confirm(&world.browser.go("/strong").await).await.location(), "/strong");
    assert_eq!(world.browser.go("/strong").await.body, "open");

    world.advance(TOO_LATE);
    let long_ago = world.clock.now().as_secs() - 100;
    world.tokens_say("auth_time", json!(long_ago));
    let old = world.confirm(&world.browser.go("/vault").await).await;
    assert_eq!((old.status.as_u16(), heading(&old)), (403, "Please confirm once more"));
}

#[actix_web::test]
async fn s07_a_provider_that_cannot_and_a_person_who_will_not_are_told_apart() {
    let world = World::signed_in_long_ago().await;
    for (error, status, title) in [
        ("unmet_authentication_requirements", 403, "This needs a stronger sign-in"),
        ("access_denied", 200, "You did not confirm that it is you"),
        ("temporarily_unavailable", 503, "Signing in is not possible now"),
    ] {
        let asked = world.ask_at(world.browser.go("/strong").await.location()).await;
        let answer = [("error", error), ("state", &asked.state), ("iss", &world.provider.issuer)];
        let page = world.browser.go(&world.answer("/auth", &answer)).await;
        assert_eq!((page.status.as_u16(), heading(&page)), (status, title));
        assert!(page.body.contains("/auth/login?acr_values=phr+2&amp;return_to=%2Fstrong"), "{}", page.body);
    }
    assert_eq!(world.browser.go("/members").await.status, 200, "and stay who they were");
}

#[actix_web::test]
async fn s07_a_form_follows_its_person_and_is_sent_once() {
    let world = World::signed_in_long_ago().await;
    let stale = world.csrf_token().await;
    let text = "x".repeat(60_000);
    let name = "\u{738b}\u{5c0f}\u{660e} <b>\"&'";
    let filled = [("to", name), ("csrf_token", &stale), ("text", &text), ("submit", "")];
    let sent = world.submit("/transfer?q=1", &filled).await;
    assert!(sent.location().starts_with("/auth/login?max_age=60&form="), "{}", sent.location());
    assert!(sent.location().ends_with("&return_to=%2Fform%3Fx%3D1"), "back to the page that it was on");
    let back = world.confirm(&sent).await;
    assert!(back.location().starts_with("/auth/resume?form="), "{} {}", back.status, back.location());
    assert_eq!(world.handled(), 0);

    let page = world.browser.go(back.location()).await;
    assert_eq!((page.status.as_u16(), heading(&page)), (200, "Thank you, it is you"));
    assert!(page.body.contains("<form method=\"post\" action=\"/transfer?q=1\">"), "{}", page.body);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'sha256-") && policy.contains(&world.provider.issuer), "{policy}");
    assert_eq!(
        (&page.headers["cache-control"], &page.headers["x-frame-options"]),
        (&"no-store".parse().unwrap(), &"DENY".parse().unwrap())
    );
    let kept = fields(&page);
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(
        kept.contains(&("csrf_token", &world.csrf_token().await)) && !kept.contains(&("csrf_token", &stale))
    );
    let done = world.submit("/transfer?q=1", &kept).await;
    let body: serde_json::Value = serde_json::from_str(&done.body).unwrap();
    assert_eq!(body, json!({ "to": name, "text": text, "submit": "" }));
    assert_eq!(world.handled(), 1);

    // A reload, and Back to the callback.
    let again = world.browser.go(back.location()).await;
    assert_eq!((heading(&again), again.body.contains("<form")), ("That was sent already", false));
}

#[actix_web::test]
async fn s07_back_to_the_provider_after_a_form_was_sent_leads_to_its_page() {
    let world = World::signed_in_long_ago().await;
    let token = world.csrf_token().await;
    let sent = world.submit("/transfer", &[("csrf_token", &token)]).await;
    let asked = world.ask_at(sent.location()).await;
    let back = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert!(back.location().starts_with("/auth/resume?form="));
    let again = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(again.location(), "/form?x=1");
}

#[actix_web::test]
async fn s60_another_person_who_signed_in_meanwhile_does_not_get_the_form() {
    let world = World::signed_in_long_ago().await;
    let token = world.csrf_token().await;
    let sent = world.submit("/transfer", &[("csrf_token", &token), ("to", "secret")]).await;
    world.tokens_say("sub", json!("user-2"));
    let back = world.confirm(&sent).await;
    let page = world.browser.go(back.location()).await;
    assert_eq!((page.status.as_u16(), heading(&page)), (403, "You are signed in as somebody else"));
    assert!(!page.body.contains("secret") && page.body.contains("href=\"/form?x=1\""), "{}", page.body);

    // The one who sent it finds it when they are back.
    world.tokens_say("sub", json!("user-1"));
    let back = world.confirm(&sent).await;
    let page = world.browser.go(back.location()).await;
    assert!(fields(&page).contains(&("to".to_owned(), "secret".to_owned())));
}

#[actix_web::test]
async fn s60_what_a_thief_of_the_session_has_sent_is_not_confirmed_by_its_owner() {
    let world = World::signed_in_long_ago().await;
    let token = world.csrf_token().await;
    let sent = world.submit("/transfer", &[("csrf_token", &token), ("to", "thief")]).await;
    // From here on it is the browser of the owner, whom the thief has sent there: the same person, another binding.
    world.browser.forget("browser");
    let back = world.confirm(&sent).await;
    let page = world.browser.go(back.location()).await;
    assert_eq!((page.status.as_u16(), heading(&page)), (200, "Please fill in the form once more"));
    assert!(!page.body.contains("thief") && !page.body.contains("<form"), "{}", page.body);
    assert_eq!(world.handled(), 0);
}

#[actix_web::test]
async fn s07_a_restart_of_the_site_loses_the_form_and_says_so() {
    let mut world = World::signed_in_long_ago().await;
    let token = world.csrf_token().await;
    let sent = world.submit("/transfer", &[("csrf_token", &token), ("to", "a")]).await;
    world.restart(SiteOptions::default()).await;
    let back = world.confirm(&sent).await;
    let page = world.browser.go(back.location()).await;
    assert_eq!((page.status.as_u16(), heading(&page)), (200, "Please fill in the form once more"));
    assert!(page.body.contains("href=\"/form?x=1\"") && !page.body.contains("<form"), "{}", page.body);
    assert_eq!(world.handled(), 0);
}

#[actix_web::test]
async fn s60_only_a_form_of_this_person_and_this_site_is_kept() {
    let world = World::signed_in_long_ago().await;
    let token = world.csrf_token().await;
    let foreign = "https://evil.example";
    for (fields, site, origin) in [
        (&[][..], "same-origin", world.origin.as_str()),
        (&[("csrf_token", "x")], "same-origin", &world.origin),
        (&[("csrf_token", token.as_str()), ("csrf_token", "x")], "same-origin", &world.origin),
        (&[("csrf_token", token.as_str())], "cross-site", foreign),
        (&[("csrf_token", token.as_str())], "same-site", foreign),
    ] {
        let refused = world.submit_from("/transfer", fields, site, origin).await;
        assert_eq!(
            (refused.status.as_u16(), heading(&refused)),
            (403, "That did not come from here"),
            "{site}"
        );
    }
    let long = "x".repeat(65 * 1024);
    let refused = world.submit("/transfer", &[("csrf_token", &token), ("text", &long)]).await;
    assert_eq!((refused.status.as_u16(), heading(&refused)), (413, "That is too long"));
    let headers =
        [("sec-fetch-mode", "navigate"), ("accept", "text/html"), ("content-type", "multipart/form-data")];
    assert_eq!(world.browser.send(Method::POST, "/transfer", &headers, None).await.status, 400);
    assert_eq!(world.handled(), 0);
}

#[actix_web::test]
async fn s35_a_name_of_a_form_is_worth_nothing_to_others() {
    let world = World::signed_in_long_ago().await;
    for path in [
        "/auth/resume",
        "/auth/resume?form=x.y&return_to=%2Fmembers",
        "/auth/resume?return_to=//evil.example",
    ] {
        let answer = world.browser.go(path).await;
        let page = if path.contains("members") { "/members" } else { "/" };
        assert_eq!((answer.status.as_u16(), answer.location()), (303, page), "{path}");
    }
    let token = world.csrf_token().await;
    let sent = world.submit("/transfer", &[("csrf_token", &token)]).await;
    let resume = sent.location().replace("/auth/login?max_age=60&", "/auth/resume?");
    let framed = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe"), ("accept", "text/html")];
    assert_eq!(world.browser.send(Method::GET, &resume, &framed, None).await.status, 400);
    // A person who is signed out signs in first.
    world.browser.forget("session");
    let out = world.browser.go(&resume).await;
    assert!(out.location().starts_with("/auth/login?form="), "{}", out.location());
}

#[actix_web::test]
async fn s07_a_script_and_a_form_that_is_not_kept_are_told_what_is_missing() {
    let world = World::signed_in_long_ago().await;
    for (method, path) in [(Method::GET, "/vault"), (Method::POST, "/vault")] {
        let answer = world.browser.script(method, path).await;
        assert_eq!(answer.status, 401);
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("SignIn error=\"insufficient_user_authentication\""), "{challenge}");
        assert!(challenge.ends_with(", max_age=\"60\""), "{challenge}");
        assert_eq!(answer.body, r#"{"error":"insufficient_user_authentication","max_age":60}"#);
    }
    let token = world.csrf_token().await;
    let headers = [("sec-fetch-site", "same-origin"), ("origin", &world.origin), ("sec-fetch-mode", "cors")];
    let form = Some(&[("csrf_token", token.as_str())][..]);
    assert_eq!(world.browser.send(Method::POST, "/transfer", &headers, form).await.status, 401);
    let page = world.submit("/vault", &[("a", "b")]).await;
    assert_eq!((page.status.as_u16(), heading(&page)), (403, "Please confirm that it is you"));
    assert!(page.body.contains("/auth/login?max_age=60&amp;return_to=%2Fform%3Fx%3D1"), "{}", page.body);
    assert_eq!(world.handled(), 0);
}

#[actix_web::test]
async fn s07_the_log_in_route_takes_what_a_scripted_page_was_challenged_with() {
    let world = World::new();
    let sent = world.browser.go("/app/auth/login?return_to=%2Fapp&max_age=5&acr_values=phr%202%20%22").await;
    assert_eq!(sent.parameter("max_age"), "5");
    assert!(sent.parameter("claims").contains(r#""values":["phr","2"]"#), "{}", sent.parameter("claims"));
    let weak = world.browser.go(&world.good_answer("/app/auth", &world.asked_by(&sent))).await;
    assert_eq!((weak.status.as_u16(), heading(&weak)), (403, "This needs a stronger sign-in"));
    // A silent round demands nothing: no person is there to meet it.
    let silent = World::new();
    silent.browser.plant("__Host-auth.silent", "1");
    let sent = silent.browser.go("/auth/login?prompt=none&max_age=5").await;
    assert_eq!((sent.parameter("prompt").as_str(), sent.parameter("max_age").as_str()), ("none", ""));
}

#[actix_web::test]
async fn s07_an_answer_that_is_not_taken_begins_the_same_demand_again() {
    let world = World::signed_in_long_ago().await;
    let asked = world.ask_at(world.browser.go("/vault").await.location()).await;
    world.browser.forget("session");
    world.browser.forget("browser");
    let again = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert!(world.is_sent_to_provider(&again), "{} {}", again.status, again.location());
    assert_eq!(again.parameter("max_age"), "60");
}
