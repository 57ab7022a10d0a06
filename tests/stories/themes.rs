//! The looks of an installation and of its clients: colours, logos and links, which the provider serves itself. A logo is a
//! picture on every page and nothing else under its own address.

use idp_core::client::ClientMetadata;
use idp_core::logo::Logo;
use idp_core::web_link::WebLink;
use idp_server::config::{Config, violations};
use idp_server::directory::DirectoryError;
use idp_tests::{Answer, ClientSpec, TestIdp};

const LOGO: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path d=\"M0 0h8v8z\"/></svg>";

fn link(text: &str) -> Option<WebLink> {
    Some(WebLink::parse(text).unwrap())
}

/// The value of the first attribute that begins so.
fn value_of<'a>(page: &'a str, beginning: &str) -> &'a str {
    let rest = page.split(beginning).nth(1).unwrap_or_else(|| panic!("no {beginning} in {page}"));
    rest.split('"').next().unwrap()
}

async fn get(idp: &TestIdp, path: &str) -> Answer {
    idp.browser().open(idp.url(path)).await
}

#[track_caller]
fn is_an_inert_picture(answer: &Answer, media_type: &str) {
    assert_eq!((answer.status, answer.header("content-type")), (200, media_type));
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    assert!(answer.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn every_page_stands_in_the_theme_of_the_installation() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo");
    std::fs::write(&logo, LOGO).unwrap();
    let idp = TestIdp::start_with(|config| {
        config.theme.logo = Some(logo.clone());
        config.theme.favicon = Some(logo.clone());
        config.theme.light.accent = "#8a1c4a".to_owned().try_into().ok();
        config.theme.help = link("https://house.example/help").map(Into::into);
        config.theme.privacy = link("https://house.example/privacy").map(Into::into);
    })
    .await;
    for path in ["/", "/account/devices", "/authorize", "/nowhere"] {
        let page = idp.browser().visit(idp.url(path)).await;
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("unsafe") && policy.contains("img-src 'self'"), "{path}: {policy}");
        let sheet =
            get(&idp, &format!("/assets/theme.{}", value_of(&page.body, "href=\"/assets/theme."))).await;
        assert_eq!((sheet.status, sheet.header("content-type")), (200, "text/css; charset=utf-8"));
        assert!(sheet.body.contains("--accent:#8a1c4a;--on-accent:#ffffff;"), "{}", sheet.body);
        let picture =
            get(&idp, &format!("/assets/logo.{}", value_of(&page.body, "src=\"/assets/logo."))).await;
        is_an_inert_picture(&picture, "image/svg+xml");
        assert_eq!(picture.body, LOGO);
        assert!(page.body.contains("rel=\"icon\" href=\"/assets/icon."), "{path}");
        assert_eq!(value_of(&page.body, "id=\"footer-help\" href=\""), "https://house.example/help");
        assert_eq!(value_of(&page.body, "id=\"footer-privacy\" href=\""), "https://house.example/privacy");
        assert!(!page.body.contains("footer-terms"), "{path}");
    }
}

#[tokio::test]
async fn without_a_theme_the_pages_have_one_stylesheet_and_no_picture() {
    let idp = TestIdp::start().await;
    let page = get(&idp, "/").await;
    assert_eq!(page.body.matches("rel=\"stylesheet\"").count(), 1);
    assert!(!page.body.contains("<img") && !page.body.contains("footer-"), "{}", page.body);
    assert_eq!(get(&idp, "/assets/theme.0000000000000000.css").await.status, 404);
}

/// What the server would refuse to start with, and `config check` says.
#[test]
fn a_theme_that_cannot_be_read_is_refused_with_its_figures() {
    let refused = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        violations(&config).join("\n")
    };
    assert_eq!(refused(|config| config.theme.light.accent = "#8a1c4a".to_owned().try_into().ok()), "");
    let pale = refused(|config| config.theme.light.accent = "#ffd400".to_owned().try_into().ok());
    assert_eq!(
        pale,
        "theme.light.accent #ffd400 on theme.light.surface #ffffff is 1.43:1; it must be 3:1 or more (WCAG 2.2)"
    );
    let dark = refused(|config| config.theme.dark.muted = "#4a5058".to_owned().try_into().ok());
    assert!(dark.contains("theme.dark.muted #4a5058 on theme.dark.surface #161a21 is 2."), "{dark}");
}

#[tokio::test]
async fn a_site_is_shown_by_its_own_logo_colour_and_pages() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let mut site = ClientSpec::confidential("site-a").with_consent();
    site.client.metadata.color = "#ffd400".to_owned().try_into().ok();
    site.client.metadata.client_uri = link("https://site-a.example/");
    site.client.metadata.policy_uri = link("https://site-a.example/privacy?a=b&c=%22");
    site.client.metadata.tos_uri = link("https://site-a.example/terms");
    idp.add_client(&site).await;
    let (browser, directory, now) = (idp.browser(), idp.operator(), idp.clock.now());

    // A letter in its colour, dark on a light one.
    let login = browser.visit(idp.authorize_url(&site, &[])).await;
    assert!(
        login.body.contains("fill=\"#ffd400\"") && login.body.contains("fill=\"#000000\""),
        "{}",
        login.body
    );

    let logo = Logo::parse(LOGO.into()).unwrap();
    directory.set_client_logo(&site.client.id, Some(logo.clone()), now).await.unwrap();
    let path = format!("/assets/clients/{}", logo.name());
    let shown = async || {
        let login = browser.visit(idp.authorize_url(&site, &[])).await;
        login.body.contains(&format!("<img class=\"mark\" src=\"{path}\" alt=\"\""))
    };
    idp_tests::eventually("every node shows the logo", shown).await;
    is_an_inert_picture(&get(&idp, &path).await, "image/svg+xml");

    let login = browser.visit(idp.authorize_url(&site, &[])).await;
    let answer = browser.log_in_as(&login, "alice", idp_tests::PASSWORD).await;
    let consent = browser.follow(answer).await;
    for page in [&login, &consent] {
        assert_eq!(value_of(&page.body, "id=\"client-home\" href=\""), "https://site-a.example/");
        let policy = value_of(&page.body, "id=\"client-policy\" href=\"");
        assert!(
            policy.starts_with("https://site-a.example/privacy?a=b&") && !policy.contains("c=\""),
            "{policy}"
        );
        assert_eq!(value_of(&page.body, "id=\"client-terms\" href=\""), "https://site-a.example/terms");
    }
    assert!(consent.body.contains("Privacy policy of <bdi>The site-a</bdi>"), "{}", consent.body);

    directory.set_client_logo(&site.client.id, None, now).await.unwrap();
    assert_eq!(get(&idp, &path).await.status, 404);
    let unknown = idp_core::client::ClientId::parse("nobody").unwrap();
    let refused = directory.set_client_logo(&unknown, Some(logo), now).await;
    assert!(matches!(refused, Err(DirectoryError::UnknownClient(_))));
}

/// Names that are none are not even looked up, and a file is only there under its own name.
#[tokio::test]
async fn s66_a_logo_has_one_address_and_no_other() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let logo = Logo::parse(LOGO.into()).unwrap();
    let (directory, now) = (idp.operator(), idp.clock.now());
    directory.set_client_logo(&site.client.id, Some(logo.clone()), now).await.unwrap();
    let name = logo.name().to_string();
    assert_eq!(get(&idp, &format!("/assets/clients/{name}")).await.status, 200);
    for other in [
        name.replace(".svg", ".png"),
        name.to_uppercase(),
        format!("{name}/"),
        format!("../clients/../{name}"),
        format!("%2e%2e%2f{name}"),
        "site-a".to_owned(),
        String::new(),
        "0123456789abcdef0123456789abcdef.svg".to_owned(),
    ] {
        assert_eq!(get(&idp, &format!("/assets/clients/{other}")).await.status, 404, "{other}");
    }
    // A changed registration keeps the logo, a removed one takes it along.
    let renamed = |metadata| Ok::<_, DirectoryError>(ClientMetadata { name: "Other".to_owned(), ..metadata });
    let changed = directory.change_client(&site.client.id, renamed, now).await.unwrap();
    assert_eq!(changed.logo, Some(logo.name()));
    directory.remove_client(&site.client.id, now).await.unwrap();
    assert_eq!(get(&idp, &format!("/assets/clients/{name}")).await.status, 404);
}
