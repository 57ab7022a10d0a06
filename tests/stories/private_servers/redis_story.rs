//! What the stories about a failing Redis share: Alice signed in over a Redis of the story's own, and what must hold
//! during and after a fault. A stated answer comes in time, nothing revoked comes back, nothing spent is good again,
//! people sign in, and within five seconds all is well without a restart. Keys and discovery never stop.

use idp_server::clock::Stopwatch;
use idp_server::config::RedisUrl;
use idp_tests::redis::RedisServer;
use idp_tests::tcp_proxy::TcpProxy;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, within};
use std::time::Duration;

pub const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
pub const UNAVAILABLE: (u16, &str) = (503, "temporarily_unavailable");
/// How long an answer may take.
const IN_TIME: Duration = Duration::from_secs(3);
/// How long after the fault is over all must be well.
pub const RECOVERED: Duration = Duration::from_secs(5);

/// Alice signed in at a site, her ephemeral state in a Redis that a fault befalls.
pub struct RedisStory {
    pub alice: SignedIn,
    pub server: RedisServer,
}

/// What was done before a fault, and must stand after it.
pub struct BeforeFault {
    /// Given back before the fault.
    revoked: TokenAnswer,
    /// Rotated before the fault...
    spent: TokenAnswer,
    /// ...to this.
    newest: TokenAnswer,
    /// Redeemed before the fault.
    used_code: String,
}

impl BeforeFault {
    /// The refresh token that was good when the fault began.
    pub fn newest_refresh_token(&self) -> &str {
        self.newest.text("refresh_token")
    }
}

/// Two grants and a code, still unused.
pub struct Unused {
    grants: [TokenAnswer; 2],
    code: String,
}

/// Alice signed in, her ephemeral state in the Redis at `url`.
pub async fn signed_in_over(url: String) -> SignedIn {
    let idp = TestIdp::start_with(|config| config.redis.url = Some(RedisUrl::from(&*url))).await;
    SignedIn::on(idp, ClientSpec::confidential("site-a")).await
}

/// The same through a proxy, which can cut the connections.
pub async fn signed_in_through(proxy: &TcpProxy) -> SignedIn {
    signed_in_over(format!("redis://127.0.0.1:{}", proxy.port())).await
}

impl RedisStory {
    pub async fn begin() -> Self {
        Self::begin_on(RedisServer::start()).await
    }

    pub async fn begin_on(server: RedisServer) -> Self {
        Self { alice: signed_in_over(server.url()).await, server }
    }
}

/// Two new grants and a new code.
pub async fn unused(alice: &SignedIn) -> Unused {
    Unused { grants: [alice.grant().await, alice.grant().await], code: alice.code().await }
}

/// Gives one of two grants back, refreshes the other and redeems the code: what no fault may undo.
pub async fn use_up(alice: &SignedIn, unused: Unused) -> BeforeFault {
    let (idp, site) = (&alice.idp, &alice.site);
    let Unused { grants: [revoked, spent], code } = unused;
    let token = revoked.text("refresh_token");
    assert_eq!(idp.post_as(site, "/revoke", &[("token", token)]).await.status, 200);
    let newest = idp.refresh(site, spent.text("refresh_token")).await;
    assert_eq!(newest.status, 200, "{newest:?}");
    assert_eq!(idp.redeem(site, &code).await.status, 200);
    // Outside the window in which a racer gets the same successor.
    idp.clock.advance(11);
    BeforeFault { revoked, spent, newest, used_code: code }
}

/// [`use_up`] of what [`unused`] makes.
pub async fn before_fault(alice: &SignedIn) -> BeforeFault {
    use_up(alice, unused(alice).await).await
}

/// Asks until the answer is not 503, for five seconds at most; no answer may be a 500 or take long.
pub async fn recovered(alice: &SignedIn, refresh_token: &str) -> TokenAnswer {
    within(RECOVERED, "the answer is not 503", async || {
        let asked = Stopwatch::start();
        let answer = alice.idp.refresh(&alice.site, refresh_token).await;
        assert!(asked.elapsed() < IN_TIME, "an answer took {:?}", asked.elapsed());
        assert!([200, 400, 503].contains(&answer.status), "{answer:?}");
        if answer.status == 503 { Err(answer) } else { Ok(answer) }
    })
    .await
}

/// While Redis is of no use.
pub async fn refused_in_time(alice: &SignedIn, refresh_token: &str) {
    let (idp, site) = (&alice.idp, &alice.site);
    let asked = Stopwatch::start();
    let stranger = idp.browser();
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    let (refreshed, login) = tokio::join!(
        idp.refresh(site, refresh_token),
        stranger.log_in_as(&page, "alice", idp_tests::PASSWORD)
    );
    assert_eq!(refreshed.refusal(), UNAVAILABLE);
    assert!(!refreshed.header("retry-after").is_empty());
    assert_eq!((login.status, login.header("retry-after").is_empty()), (503, false), "{}", login.body);
    assert!(asked.elapsed() < IN_TIME, "refused after {:?}", asked.elapsed());
    keys_go_on(alice).await;
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 200, "the database alone answers this");
    let is_unready = async || idp.send(idp.http.get(idp.url("/health/ready"))).await.status == 503;
    within(IN_TIME, "not ready without Redis", is_unready).await;
}

pub async fn keys_go_on(alice: &SignedIn) {
    for path in ["/jwks", "/.well-known/openid-configuration", "/health/live"] {
        assert_eq!(alice.idp.send(alice.idp.http.get(alice.idp.url(path))).await.status, 200, "{path}");
    }
}

/// Nothing that was over is good again, and people go on.
pub async fn nothing_came_back(alice: &SignedIn, before: &BeforeFault) {
    let (idp, site) = (&alice.idp, &alice.site);
    for dead in [&before.revoked, &before.spent] {
        assert_eq!(recovered(alice, dead.text("refresh_token")).await.refusal(), INVALID_GRANT);
    }
    assert_eq!(idp.userinfo(before.revoked.text("access_token")).await.status, 401);
    assert_eq!(idp.redeem(site, &before.used_code).await.refusal(), INVALID_GRANT);
    people_go_on(alice).await;
}

/// By the session that the browser still has, without a form; and a new browser with the password.
pub async fn people_go_on(alice: &SignedIn) {
    all_are_ready(alice).await;
    let tokens = alice.grant().await;
    let next = alice.idp.refresh(&alice.site, tokens.text("refresh_token")).await;
    assert_eq!(next.status, 200, "{next:?}");
    let fresh = alice.idp.browser().sign_in_for_tokens(&alice.idp, &alice.site, "alice").await;
    assert_eq!(alice.idp.refresh(&alice.site, fresh.text("refresh_token")).await.status, 200);
}

/// Every node says so, and has noticed what became of its connection.
async fn all_are_ready(alice: &SignedIn) {
    let idp = &alice.idp;
    let mut in_a_row = 0;
    within(RECOVERED, "every node is ready again", async || {
        let about = [("token", alice.refresh_token()), ("token_type_hint", "refresh_token")];
        let asked = idp.post_as(&alice.site, "/introspect", &about).await.status;
        let ready = idp.send(idp.http.get(idp.url("/health/ready"))).await.status;
        // A third, so that each question reaches each of two nodes in turn.
        keys_go_on(alice).await;
        in_a_row = if (asked, ready) == (200, 200) { in_a_row + 1 } else { 0 };
        in_a_row >= 2 * idp.nodes().len()
    })
    .await;
}
