//! Requests of the scripted page that meet an expired token, a network that is away or a provider that is.

use idp_server::db::grants::{self, GrantSelector};
use idp_tests::sites::advance_all;

use super::kicked::World;

/// A session of its own in the page, beside the page's.
const SESSION: &str = "
    const { createSession } = await import('/app/auth/client.js');
    const session = createSession({
        tokenUrl: '/app/auth/token', loginUrl: '/app/auth/login', logoutUrl: '/app/auth/logout' });
    const requests = [];
    const real = window.fetch;
    window.fetch = (request, init) => { requests.push(request.url ?? String(request)); return real(request, init); };
    const sent = (path) => requests.filter((url) => url.endsWith(path)).length;
    await session.accessToken();";
const TABS: usize = 6;
const HALF_AN_HOUR: u32 = 31 * 60;

/// How often the provider has given new tokens for a refresh token.
async fn refreshes(world: &World) -> i64 {
    let sid = world.sid().await;
    let open = world
        .idp
        .db
        .read(move |connection| grants::named(connection, &GrantSelector::Session(sid)))
        .await
        .unwrap();
    open.iter().filter_map(|grant| grant.refresh.as_ref()).map(|refresh| refresh.generation).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn m06_z12_six_tabs_with_an_expired_token_refresh_once_and_all_requests_succeed() {
    let world = World::start().await;
    let browser = &world.browser;
    let mut tabs = vec![browser.open_tab("about:blank").await];
    world.sign_in_at(&world.a).await;
    for _ in 1..TABS {
        tabs.push(browser.open_tab(&world.a.url("/app")).await);
        browser.wait_for_text("state", "You are signed in").await;
    }
    let go = "new BroadcastChannel('go').onmessage = () => document.getElementById('call-profile').click()";
    for tab in &tabs {
        browser.switch_to(tab).await;
        browser.driver.execute(go, vec![]).await.unwrap();
    }
    let before = refreshes(&world).await;
    assert!(before > 0, "each new tab asked for a token");
    // Every clock but the browser's: all tabs believe in their token until the API refuses it.
    advance_all(&world.idp, &[&world.a, &world.b], HALF_AN_HOUR);
    let all = "new BroadcastChannel('go').postMessage(1); document.getElementById('call-profile').click()";
    browser.driver.execute(all, vec![]).await.unwrap();
    for tab in &tabs {
        browser.switch_to(tab).await;
        browser.wait_for_text("api-result", "200").await;
        browser.wait_for_text("state", "You are signed in").await;
    }
    assert_eq!(refreshes(&world).await - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn m06_text_is_sent_again_once_and_uploads_never() {
    let world = World::start().await;
    let browser = &world.browser;
    browser.open_tab("about:blank").await;
    world.sign_in_at(&world.a).await;
    let ask = |body: &str| {
        format!(
            "{SESSION}
             window.go = async () => {{
                 const before = sent('/api/count');
                 const answer = await session.fetch('/api/count', {{ method: 'POST', body: {body} }});
                 return [answer.status, sent('/api/count') - before];
             }};
             return 'ready';"
        )
    };
    let form = "(() => { const form = new FormData(); form.set('file', new Blob(['x'.repeat(1000)])); return form; })()";
    for (body, expected) in [("'some text'", [200, 2]), (form, [401, 1]), ("new Blob(['x'])", [401, 1])] {
        assert_eq!(browser.run_script(&ask(body)).await, "ready");
        advance_all(&world.idp, &[&world.a, &world.b], HALF_AN_HOUR);
        assert_eq!(
            browser.run_script("return await window.go()").await,
            serde_json::json!(expected),
            "{body}"
        );
        // The page goes on with a new token.
        browser.click("call-profile").await;
        browser.wait_for_text("api-result", "200").await;
        browser.open(&world.a.url("/app")).await;
        browser.wait_for_text("state", "You are signed in").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m06_an_answer_that_is_read_bit_by_bit_is_asked_for_once() {
    let world = World::start().await;
    let browser = &world.browser;
    browser.open_tab("about:blank").await;
    world.sign_in_at(&world.a).await;
    let begin = format!(
        "{SESSION}
         const answer = await session.fetch('/api/ticks');
         window.rest = answer.text();
         window.sent = sent;
         return answer.status;"
    );
    assert_eq!(browser.run_script(&begin).await, 200);
    advance_all(&world.idp, &[&world.a, &world.b], HALF_AN_HOUR);
    assert_eq!(browser.run_script("return await window.rest").await, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert_eq!(browser.run_script("return window.sent('/api/ticks')").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn m06_a_request_made_offline_waits_for_the_network_and_nobody_is_signed_out() {
    let world = World::start().await;
    let browser = &world.browser;
    browser.open_tab("about:blank").await;
    world.sign_in_at(&world.a).await;
    world.until_listening().await;
    // The token ends soon by the browser's own clock too, so that the request has to wait for another.
    let begin = format!(
        "{SESSION}
         const realNow = Date.now;
         window.begin = () => {{
             Date.now = () => realNow() + 31 * 60 * 1000;
             window.outcome = null;
             window.pending = session.fetch('/api/profile').then(({{ status }}) => (window.outcome = status));
         }};
         return 'ready';"
    );
    assert_eq!(browser.run_script(&begin).await, "ready");
    browser.offline(true).await;
    assert_eq!(browser.run_script("return navigator.onLine").await, false);
    let waited = "window.begin(); await new Promise((go) => setTimeout(go, 500)); return window.outcome;";
    assert_eq!(browser.run_script(waited).await, serde_json::Value::Null);
    browser.wait_for_text("state", "You are signed in").await;
    browser.offline(false).await;
    assert_eq!(browser.run_script("return await window.pending").await, 200);
    browser.wait_for_text("state", "You are signed in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s35_while_the_provider_is_down_the_page_stays_signed_in_until_its_token_ends() {
    let world = World::start().await;
    let World { browser, idp, a, b, .. } = world;
    browser.open_tab(&a.url("/app")).await;
    browser.click("sign-in").await;
    browser.log_in("alice", idp_tests::PASSWORD).await;
    browser.wait_for_text("state", "You are signed in").await;
    let clock = idp.clock.clone();
    let _folder = idp.stop().await;
    for _ in 0..3 {
        browser.click("call-profile").await;
        browser.wait_for_text("api-result", "200").await;
        browser.wait_for_text("state", "You are signed in").await;
    }
    // The token ends; the refresh cannot be had. That is trouble, and no sign-out.
    clock.advance(i64::from(HALF_AN_HOUR));
    a.advance(HALF_AN_HOUR.into());
    b.advance(HALF_AN_HOUR.into());
    browser.click("call-profile").await;
    browser.wait_for_text("api-result", "401").await;
    browser.wait_for_text("state", "You are signed in").await;
    browser.screenshot("provider-down").await;
}
