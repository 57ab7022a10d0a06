//! The modules of the OpenID conformance plans Basic and Form Post, walked as their scripted browser walks them: by the
//! HTML of the pages alone, with a fresh jar for each module. A person with nothing but a password
//! gets through all that is asked on the way by `username`, `password`, `login-submit` and `consent-allow`.

use idp_core::user::StandardClaims;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp, TokenAnswer, jwt};
use std::collections::BTreeMap;

const QUERY: &str = "";
const FORM_POST: &str = "form_post";

/// The provider with the two clients of a plan, which ask for consent and need no PKCE.
struct Plan {
    idp: TestIdp,
    client: ClientSpec,
    second: ClientSpec,
    response_mode: &'static str,
}

/// What one authorization request came to.
struct Outcome {
    /// The buttons that were pressed.
    pressed: Vec<&'static str>,
    /// What the client got, or nothing where the walk ended at a page.
    answer: BTreeMap<String, String>,
    page: Answer,
}

impl Outcome {
    #[track_caller]
    fn code(&self) -> &str {
        assert_eq!(self.answer.get("state").map(String::as_str), Some("the-state"), "{:?}", self.page);
        self.answer.get("code").unwrap_or_else(|| panic!("no code: {:?} {}", self.answer, self.page.body))
    }

    fn error(&self) -> &str {
        self.answer.get("error").map_or("", String::as_str)
    }

    fn was_asked(&self) -> bool {
        self.pressed.contains(&"login-submit")
    }
}

impl Plan {
    async fn start(response_mode: &'static str) -> Self {
        let idp = TestIdp::start().await;
        let client = |id| {
            let mut client = ClientSpec::confidential(id).with_consent();
            client.client.metadata.require_pkce = false;
            client
        };
        let (client, second) = (client("plan-1"), client("plan-2"));
        idp.add_client(&client).await;
        idp.add_client(&second).await;
        let claims = StandardClaims {
            name: Some("Alice Example".to_owned()),
            email: Some("alice@example.org".to_owned()),
            email_verified: Some(true),
            phone_number: Some("+44 20 7946 0000".to_owned()),
            ..StandardClaims::default()
        };
        idp.add_user_with("alice", claims).await;
        Self { idp, client, second, response_mode }
    }

    async fn walk(&self, browser: &Browser, changes: &[(&str, &str)]) -> Outcome {
        self.walk_as(browser, &self.client, changes).await
    }

    async fn walk_as(&self, browser: &Browser, client: &ClientSpec, changes: &[(&str, &str)]) -> Outcome {
        let plain =
            [("code_challenge", ""), ("code_challenge_method", ""), ("response_mode", self.response_mode)];
        // Plain ones that the module does not name itself.
        let plain = plain.into_iter().filter(|(name, _)| !changes.iter().any(|(known, _)| known == name));
        let changes: Vec<_> = changes.iter().copied().chain(plain).collect();
        let page = browser.visit(self.idp.authorize_url(client, &changes)).await;
        walk_on(browser, page).await
    }

    async fn tokens(&self, outcome: &Outcome) -> TokenAnswer {
        let tokens = self.redeem(&self.client, outcome.code()).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    async fn redeem(&self, client: &ClientSpec, code: &str) -> TokenAnswer {
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", client.redirect_uri())];
        self.idp.post_as(client, "/token", &form).await
    }
}

/// Does what each page asks for, until the client has an answer or a page asks for nothing.
async fn walk_on(browser: &Browser, mut page: Answer) -> Outcome {
    let mut pressed = Vec::new();
    for _ in 0..5 {
        let next = if page.has_id("login-submit") {
            pressed.push("login-submit");
            let known = page.body.contains(" readonly");
            let typed = [("password", PASSWORD), ("username", "alice")];
            browser.submit(&page, if known { &typed[..1] } else { &typed }, "login-submit").await
        } else if page.has_id("consent-allow") {
            pressed.push("consent-allow");
            browser.submit(&page, &[], "consent-allow").await
        } else {
            break;
        };
        page = browser.follow(next).await;
    }
    Outcome { pressed, answer: answer_in(&page), page }
}

fn answer_in(page: &Answer) -> BTreeMap<String, String> {
    match page.location() {
        Some(location) => location.query_pairs().into_owned().collect(),
        None if page.has_id("form-post-continue") => {
            page.form_fields("form-post-continue").into_iter().collect()
        }
        None => BTreeMap::new(),
    }
}

async fn in_both_plans(module: impl AsyncFn(&Plan)) {
    for response_mode in [QUERY, FORM_POST] {
        module(&Plan::start(response_mode).await).await;
    }
}

#[tokio::test]
async fn a_person_is_asked_once_for_a_password_and_once_for_consent() {
    in_both_plans(async |plan| {
        let browser = plan.idp.browser();
        let outcome = plan.walk(&browser, &[]).await;
        assert_eq!(outcome.pressed, ["login-submit", "consent-allow"]);
        assert_eq!(outcome.page.location().is_none(), plan.response_mode == FORM_POST);
        let tokens = plan.tokens(&outcome).await;
        let id_token = jwt::claims(tokens.text("id_token"));
        assert_eq!((&id_token["nonce"], id_token.get("name")), (&"the-nonce".into(), None));
        assert_eq!(plan.idp.userinfo(tokens.text("access_token")).await.body["sub"], id_token["sub"]);
        assert!(plan.walk(&browser, &[]).await.pressed.is_empty());
    })
    .await;
}

#[tokio::test]
async fn each_module_that_changes_nothing_ends_with_a_code() {
    in_both_plans(async |plan| {
        let hint = format!("buffy@{}", plan.idp.issuer.trim_start_matches("http://"));
        for changes in [
            [("nonce", "")],
            [("scope", "openid profile")],
            [("scope", "openid email")],
            [("scope", "openid address")],
            [("scope", "openid phone")],
            [("scope", "openid profile email address phone")],
            [("scope", "phone address email profile openid")],
            [("display", "page")],
            [("display", "popup")],
            [("ui_locales", "se")],
            [("ui_locales", "zh-CN")],
            [("claims_locales", "se")],
            [("login_hint", &hint)],
            [("acr_values", "1 2")],
            [("extra", "foobar")],
            [("claims", r#"{"userinfo":{"name":{"essential":true}}}"#)],
        ] {
            let outcome = plan.walk(&plan.idp.browser(), &changes).await;
            assert!(outcome.was_asked(), "{changes:?}");
            let tokens = plan.tokens(&outcome).await;
            let userinfo = plan.idp.userinfo(tokens.text("access_token")).await.body;
            let has_name = changes[0].1.contains("profile") || changes[0].0 != "scope";
            assert_eq!(userinfo.get("name").is_some(), has_name, "{changes:?} {userinfo}");
        }
    })
    .await;
}

#[tokio::test]
async fn prompts_and_ages_show_the_form_again_or_never() {
    in_both_plans(async |plan| {
        let id_token = async |outcome: &Outcome| jwt::claims(plan.tokens(outcome).await.text("id_token"));
        for (first, second, is_asked) in [
            (vec![], vec![("prompt", "login")], true),
            (vec![], vec![("max_age", "1")], true),
            (vec![("max_age", "15000")], vec![("max_age", "10000")], false),
            (vec![], vec![("prompt", "none")], false),
        ] {
            let browser = plan.idp.browser();
            let former = id_token(&plan.walk(&browser, &first).await).await;
            plan.idp.clock.advance(2);
            let outcome = plan.walk(&browser, &second).await;
            assert_eq!(outcome.was_asked(), is_asked, "{second:?}");
            let latter = id_token(&outcome).await;
            assert_eq!(former["sub"], latter["sub"]);
            let grown = latter["auth_time"].as_i64() > former["auth_time"].as_i64();
            assert_eq!(grown, is_asked, "{second:?}");
        }
        let browser = plan.idp.browser();
        assert_eq!(plan.walk(&browser, &[("prompt", "none")]).await.error(), "login_required");
        let tokens = plan.tokens(&plan.walk(&browser, &[]).await).await;
        let hint = [("prompt", "none"), ("id_token_hint", tokens.text("id_token"))];
        assert!(plan.walk(&browser, &hint).await.pressed.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_answered_is_an_error_at_the_client_or_a_page_that_says_why() {
    in_both_plans(async |plan| {
        for (changes, error) in [
            ([("response_type", "")], "invalid_request"),
            ([("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported"),
            ([("request_uri", "https://plan-1.example/request")], "request_uri_not_supported"),
        ] {
            let outcome = plan.walk(&plan.idp.browser(), &changes).await;
            assert_eq!((outcome.error(), outcome.pressed.len()), (error, 0), "{changes:?}");
        }
        let elsewhere = [("redirect_uri", "https://plan-1.example/callback/another")];
        let outcome = plan.walk(&plan.idp.browser(), &elsewhere).await;
        assert_eq!((outcome.page.status, outcome.answer.len()), (400, 0));
        assert!(outcome.page.body.contains("redirect_uri"), "{}", outcome.page.body);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_posted_goes_the_same_way() {
    in_both_plans(async |plan| {
        let browser = plan.idp.browser();
        let url = plan.idp.authorize_url(&plan.client, &[("response_mode", plan.response_mode)]);
        let pairs: Vec<_> = url::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
        let fields: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let page = browser.post_with(plan.idp.url("/authorize"), &fields, &[]).await;
        let page = browser.follow(page).await;
        let outcome = walk_on(&browser, page).await;
        // With PKCE.
        assert_eq!(plan.idp.redeem(&plan.client, outcome.code()).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_code_counts_once_and_a_refresh_token_for_its_client() {
    in_both_plans(async |plan| {
        for pause in [0, 30] {
            let outcome = plan.walk(&plan.idp.browser(), &[]).await;
            let tokens = plan.tokens(&outcome).await;
            plan.idp.clock.advance(pause);
            let again = plan.redeem(&plan.client, outcome.code()).await;
            assert_eq!(again.refusal(), (400, "invalid_grant"));
            assert_eq!(plan.idp.userinfo(tokens.text("access_token")).await.status, 401);
        }
        let browser = plan.idp.browser();
        let first = plan.tokens(&plan.walk(&browser, &[]).await).await;
        let outcome = plan.walk_as(&browser, &plan.second, &[]).await;
        assert_eq!(outcome.pressed, ["consent-allow"], "one sign-in for both clients");
        let second = plan.redeem(&plan.second, outcome.code()).await;
        let stolen = plan.idp.refresh(&plan.client, second.text("refresh_token")).await;
        assert_eq!(stolen.refusal(), (400, "invalid_grant"));
        let next = plan.idp.refresh(&plan.client, first.text("refresh_token")).await;
        assert_eq!((next.status, next.header("cache-control")), (200, "no-store"));
    })
    .await;
}
