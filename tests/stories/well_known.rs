//! Addresses that programs look at by themselves.

use idp_tests::{ClientSpec, SignedIn, TestIdp};
use serde_json::Value;

#[tokio::test]
async fn whom_to_tell_of_a_weakness_is_said_where_an_operator_said_it() {
    let idp = TestIdp::start().await;
    let at = |idp: &TestIdp| idp.url("/.well-known/security.txt");
    assert_eq!(idp.browser().open(at(&idp)).await.status, 404);
    let idp = TestIdp::start_with(|config| {
        config.security.contact = vec!["mailto:security@example.com".parse().unwrap()];
    })
    .await;
    let said = idp.browser().open(at(&idp)).await;
    assert_eq!(said.status, 200);
    assert!(said.header("content-type").starts_with("text/plain"));
    let lines: Vec<(&str, &str)> = said.body.lines().filter_map(|line| line.split_once(": ")).collect();
    let of = |name: &str| -> Vec<&str> {
        lines.iter().filter(|(field, _)| *field == name).map(|(_, value)| *value).collect()
    };
    assert_eq!(of("Contact"), ["mailto:security@example.com"]);
    assert_eq!(of("Canonical"), [at(&idp)]);
    // Exactly one (RFC 9116 2.5.5), and made anew each day.
    let first: Vec<String> = of("Expires").into_iter().map(str::to_owned).collect();
    assert!(matches!(first.as_slice(), [day] if day.ends_with("T00:00:00Z")), "{first:?}");
    idp.clock.advance(86_400);
    let later = idp.browser().open(at(&idp)).await.body;
    assert!(later.contains("Expires: ") && !later.contains(&first[0]), "{later}");
}

#[tokio::test]
async fn a_password_manager_is_led_to_the_password_and_the_passkeys() {
    let SignedIn { idp, browser, .. } = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let led = browser.open(idp.url("/.well-known/change-password")).await;
    assert_eq!(
        (led.status, led.location().map(|to| to.path().to_owned())),
        (303, Some("/account/password".to_owned()))
    );
    let page = browser.follow(led).await;
    assert!(page.status == 200 && page.has_form("/account/password"), "{}", page.body);
    let said: Value =
        serde_json::from_str(&browser.open(idp.url("/.well-known/passkey-endpoints")).await.body).unwrap();
    for member in ["enroll", "manage"] {
        let page = browser.visit(said[member].as_str().unwrap()).await;
        assert_eq!((page.status, page.has_form("/login")), (200, false), "{member}");
    }
    // What is not there is 404, so that a password manager believes the address above (W3C).
    let nothing = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200";
    assert_eq!(browser.open(idp.url(nothing)).await.status, 404);
}

#[tokio::test]
async fn search_engines_are_asked_to_stay_away() {
    let idp = TestIdp::start().await;
    let asked = idp.browser().visit(idp.url("/robots.txt")).await;
    assert_eq!((asked.status, asked.body.as_str()), (200, "User-agent: *\nDisallow: /\n"));
}
