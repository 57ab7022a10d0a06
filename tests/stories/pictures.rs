//! `/account/picture` and `/picture/NAME`: a person's picture, from the file to the site that shows it.

use crate::schema::ask;
use idp_core::user::{ClaimsChange, StandardClaims};
use idp_core::username::Username;
use idp_server::directory::users::UserChange;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, multipart};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use reqwest::Method;
use std::io::Cursor;

const PAGE: &str = "/account/picture";

/// A picture of so many pixels.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = DynamicImage::ImageRgba8(RgbaImage::from_pixel(width, height, Rgba([200, 30, 30, 255])));
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

async fn page(idp: &TestIdp, browser: &Browser) -> Answer {
    let page = browser.open(idp.url(PAGE)).await;
    assert!(page.status == 200 && page.has_form(PAGE), "{} {}", page.status, page.body);
    page
}

async fn told(story: &SignedIn) -> Option<String> {
    let tokens = story.grant().await;
    let claims = story.idp.userinfo(tokens.text("access_token")).await.body;
    claims["picture"].as_str().map(str::to_owned)
}

async fn alice() -> SignedIn {
    SignedIn::at(ClientSpec::confidential("site-a")).await
}

#[tokio::test]
async fn a_person_chooses_a_picture_and_sites_show_it() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    assert_eq!(told(&alice).await, None);
    let answer = browser.upload(&page(idp, browser).await, "", "picture", &png(900, 600)).await;
    let shown = browser.follow(answer).await;
    assert!(shown.body.contains("This is your picture now."), "{}", shown.body);
    let address = told(&alice).await.unwrap();
    assert!(address.starts_with(&idp.url("/picture/")), "{address}");

    // Everyone who was told the address may load it, in a page of any site.
    for (address, side) in [(address.clone(), 512), (format!("{address}/small"), 96)] {
        let answer = idp.http.get(&address).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!((answer.status().as_u16(), header("content-type").as_str()), (200, "image/jpeg"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
        assert_eq!(header("cache-control"), "public, max-age=86400");
        let tag = header("etag");
        let file = answer.bytes().await.unwrap();
        let picture = image::load_from_memory_with_format(&file, ImageFormat::Jpeg).unwrap();
        assert_eq!((picture.width(), picture.height()), (side, side));
        let again = idp.http.get(&address).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status().as_u16(), 304);
    }
    let account = browser.open(idp.url("/account")).await;
    let path = address.strip_prefix(&idp.issuer).unwrap();
    assert!(account.body.contains(&format!("src=\"{path}/small\"")), "{}", account.body);

    // Another one has another address, and the former is gone.
    let answer = browser.upload(&page(idp, browser).await, "", "picture", &png(40, 40)).await;
    assert_eq!(answer.status, 303);
    let second = told(&alice).await.unwrap();
    assert_ne!(second, address);
    assert_eq!(idp.http.get(&address).send().await.unwrap().status().as_u16(), 404);
    // And so is one that is removed.
    let answer = browser.upload(&page(idp, browser).await, "remove", "file", b"").await;
    let shown = browser.follow(answer).await;
    assert!(
        shown.body.contains("Your picture is removed.") && !shown.body.contains("<img"),
        "{}",
        shown.body
    );
    assert_eq!(told(&alice).await, None);
    assert_eq!(idp.http.get(&second).send().await.unwrap().status().as_u16(), 404);
    let events =
        "SELECT detail AS word FROM audit_events WHERE event = 'picture_changed_by_user' ORDER BY detail";
    assert_eq!(ask(&idp.db, events).await, ["removed", "set", "set"]);
}

#[tokio::test]
async fn what_is_no_picture_changes_nothing_and_says_why() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let half = &png(400, 400)[..60];
    let large = vec![0xff; 10 * 1024 * 1024 + 1];
    for (file, status, words) in [
        (&b""[..], 422, "Choose a file first."),
        (svg, 422, "This file cannot be read as a picture."),
        (b"GIF89a", 422, "This file cannot be read as a picture."),
        (half, 422, "This file cannot be read as a picture."),
        (&large, 413, "This picture is too large."),
    ] {
        let answer = browser.upload(&page(idp, browser).await, "", "picture", file).await;
        assert_eq!(answer.status, status, "{words}: {}", answer.body);
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    assert_eq!(told(&alice).await, None);
}

#[tokio::test]
async fn s100_one_person_keeps_no_core_busy_with_pictures() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let shown = page(idp, browser).await;
    for _ in 0..20 {
        assert_eq!(browser.upload(&shown, "", "picture", b"GIF89a").await.status, 422);
    }
    let refused = browser.upload(&shown, "", "picture", &png(40, 40)).await;
    assert!(refused.status == 429 && !refused.header("retry-after").is_empty(), "{}", refused.body);
    idp.clock.advance(60);
    assert_eq!(browser.upload(&shown, "", "picture", &png(40, 40)).await.status, 303);
}

#[tokio::test]
async fn s60_a_picture_comes_from_the_page_of_its_person() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let csrf = page(idp, browser).await.input("csrf");
    idp.add_user("eve").await;
    let eve = idp.browser();
    eve.sign_in_for_tokens(idp, &alice.site, "eve").await;
    let foreign = page(idp, &eve).await.input("csrf");
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin"), ("origin", &idp.issuer)];
    let evil: &[(&str, &str)] = &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for (csrf, headers) in [("", own), ("x", own), (foreign.as_str(), own), (csrf.as_str(), evil)] {
        let body = multipart(&[("tx", ""), ("csrf", csrf)], "picture", &png(40, 40));
        let answer = browser.send_body(Method::POST, &idp.url(PAGE), Some(body), headers).await;
        assert_eq!(answer.status, 403, "{csrf} {headers:?}");
    }
    let plain = Some((
        "application/x-www-form-urlencoded".to_owned(),
        format!("tx=&csrf={csrf}&action=remove").into_bytes(),
    ));
    assert_eq!(browser.send_body(Method::POST, &idp.url(PAGE), plain, own).await.status, 403);
    let body = multipart(&[("tx", ""), ("csrf", &csrf)], "picture", &png(40, 40));
    let stranger = idp.browser().send_body(Method::POST, &idp.url(PAGE), Some(body), own).await;
    assert!(stranger.location().unwrap().path() == "/login", "{stranger:?}");
    assert_eq!(told(&alice).await, None);
}

#[tokio::test]
async fn a_form_with_a_file_is_bounded_in_every_part() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    let csrf = page(idp, browser).await.input("csrf");
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin"), ("origin", &idp.issuer)];
    let (long, many) = ("x".repeat(5000), vec![("a", "b"); 20]);
    let good = multipart(&[("tx", ""), ("csrf", &csrf)], "picture", &png(40, 40));
    let cut = (good.0.clone(), good.1[..good.1.len() - 20].to_vec());
    for (body, status) in [
        (multipart(&[("csrf", &long)], "picture", b"x"), 413),
        (multipart(&many, "picture", b"x"), 413),
        (("multipart/form-data".to_owned(), good.1.clone()), 400),
        (("multipart/form-data; boundary=other".to_owned(), good.1.clone()), 400),
        (cut, 400),
        (multipart(&[("csrf", &csrf), ("csrf", &csrf)], "picture", &png(40, 40)), 403),
    ] {
        let answer = browser.send_body(Method::POST, &idp.url(PAGE), Some(body), own).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert_eq!(told(&alice).await, None);
    assert_eq!(browser.send_body(Method::POST, &idp.url(PAGE), Some(good), own).await.status, 303);
}

#[tokio::test]
async fn a_picture_of_elsewhere_stays_until_it_is_replaced_or_removed() {
    let idp = TestIdp::start().await;
    let elsewhere = "https://pictures.example/a.png";
    let claims = StandardClaims { picture: Some(elsewhere.to_owned()), ..StandardClaims::default() };
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user_with("alice", claims).await;
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
    let alice = SignedIn { idp, site, alice, browser, tokens };
    let (idp, browser) = (&alice.idp, &alice.browser);
    let shown = page(idp, browser).await;
    assert!(
        shown.body.contains("a picture that is kept somewhere else") && !shown.body.contains("<img"),
        "{}",
        shown.body
    );
    assert_eq!(told(&alice).await.as_deref(), Some(elsewhere));
    assert_eq!(browser.upload(&shown, "", "picture", &png(40, 40)).await.status, 303);
    let own = told(&alice).await.unwrap();
    assert!(own.starts_with(&idp.issuer));
    // An operator sets one again: that of the person is gone.
    let change =
        UserChange { claims: ClaimsChange::set("picture", elsewhere).unwrap(), ..UserChange::default() };
    idp.operator().change_user(&Username::parse("alice").unwrap(), change, idp.clock.now()).await.unwrap();
    assert_eq!(told(&alice).await.as_deref(), Some(elsewhere));
    assert_eq!(idp.http.get(&own).send().await.unwrap().status().as_u16(), 404);
    assert_eq!(browser.upload(&page(idp, browser).await, "remove", "file", b"").await.status, 303);
    assert_eq!(told(&alice).await, None);
}

#[tokio::test]
async fn a_picture_goes_with_its_person_and_is_not_served_for_one_who_is_disabled() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    browser.upload(&page(idp, browser).await, "", "picture", &png(40, 40)).await;
    let address = told(&alice).await.unwrap();
    let status = async || idp.http.get(&address).send().await.unwrap().status().as_u16();
    let (name, directory) = (Username::parse("alice").unwrap(), idp.operator());
    directory.disable_user(&name, idp.clock.now()).await.unwrap();
    assert_eq!(status().await, 404);
    directory.enable_user(&name, idp.clock.now()).await.unwrap();
    assert_eq!(status().await, 200);
    for wrong in
        ["/picture/", "/picture/x", "/picture/AAAAAAAAAAAAAAAAAAAAAA", "/picture/AAAAAAAAAAAAAAAAAAAAA%41"]
    {
        assert_eq!(browser.open(idp.url(wrong)).await.status, 404, "{wrong}");
    }
    directory.remove_user(&name, idp.clock.now()).await.unwrap();
    assert_eq!(status().await, 404);
    assert!(ask(&idp.db, "SELECT name AS word FROM pictures").await.is_empty());
}

#[tokio::test]
async fn a_picture_needs_no_script_and_no_fresh_sign_in() {
    let alice = alice().await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    idp.clock.advance(60 * 60);
    let shown = page(idp, browser).await;
    assert!(
        shown.body.contains("enctype=\"multipart/form-data\"")
            && shown.body.contains("accept=\"image/jpeg,image/png,image/webp\"")
    );
    assert_eq!(browser.upload(&shown, "", "picture", &png(40, 40)).await.status, 303);
    let signed_out = idp.browser();
    let login = signed_out.visit(idp.url(PAGE)).await;
    let answer = signed_out.log_in_as(&login, "alice", PASSWORD).await;
    assert_eq!(signed_out.follow(answer).await.url.path(), PAGE, "and leads back here");
}
