//! PostgreSQL stopped, restarted, paused, out of connections, or held up by a writer: 503 in time, and recovery without a
//! restart of the provider.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use idp_server::clock::Stopwatch;
use idp_server::config::{Config, DatabaseUrl};
use idp_tests::backend::Backend;
use idp_tests::postgres::{self, PostgresServer};
use idp_tests::prometheus::Observed;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, within};
use std::time::Duration;

/// Alice, signed in at a provider whose database is on a server that only this story has.
struct Story {
    alice: SignedIn,
    server: PostgresServer,
}

impl Story {
    async fn begin(max_connections: u32) -> Self {
        let server = PostgresServer::start(&format!("-c fsync=off -c max_connections={max_connections}"));
        let url = server.create_database("idp");
        let at_the_server =
            |config: &mut Config| config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
        let idp = TestIdp::start_with(at_the_server).await;
        let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
        Self { alice, server }
    }

    /// A request that needs the database is refused within three seconds; the others go on.
    async fn is_refused_in_time(&self) {
        let (idp, site) = (&self.alice.idp, &self.alice.site);
        let (started, anybody) = (Stopwatch::start(), idp.browser());
        let given_back = [("token", self.alice.access_token())];
        let (token, revoked, authorize, ready, keys, discovery, live) = tokio::join!(
            idp.refresh(site, self.alice.refresh_token()),
            idp.post_as(site, "/revoke", &given_back),
            self.alice.browser.open(idp.authorize_url(site, &[])),
            anybody.open(idp.url("/health/ready")),
            anybody.open(idp.url("/jwks")),
            anybody.open(idp.url("/.well-known/openid-configuration")),
            anybody.open(idp.url("/health/live")),
        );
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        for answer in [&token, &revoked] {
            assert_eq!(answer.refusal(), (503, "temporarily_unavailable"));
            assert!(!answer.header("retry-after").is_empty());
        }
        assert_eq!((authorize.status, authorize.header("retry-after").is_empty()), (503, false));
        assert_eq!((ready.status, keys.status, discovery.status, live.status), (503, 200, 200, 200));
    }

    /// A login that was begun while the database was there.
    async fn login_page(&self) -> (Browser, Answer) {
        let stranger = self.alice.idp.browser();
        let page = stranger.visit(self.alice.idp.authorize_url(&self.alice.site, &[])).await;
        (stranger, page)
    }

    async fn login_is_refused_in_time(&self, (stranger, page): &(Browser, Answer)) {
        let started = Stopwatch::start();
        let login = stranger.log_in_as(page, "alice", PASSWORD).await;
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        assert_eq!((login.status, login.header("retry-after").is_empty()), (503, false), "{}", login.body);
    }

    /// The very tokens that were refused work within two seconds, and what was answered 503 has not happened.
    async fn goes_on_soon(&self) {
        let (idp, site) = (&self.alice.idp, &self.alice.site);
        within(Duration::from_secs(2), "the refresh token is good again", async || {
            idp.refresh(site, self.alice.refresh_token()).await.status == 200
        })
        .await;
        assert_eq!(
            idp.userinfo(self.alice.access_token()).await.status,
            200,
            "no caller was told it is revoked"
        );
        let (stranger, page) = self.login_page().await;
        assert!(stranger.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_postgresql_stopped_is_503_in_time_and_its_return_needs_no_restart() {
    let story = Story::begin(50).await;
    let login = story.login_page().await;
    for _ in 0..2 {
        story.server.stop();
        story.is_refused_in_time().await;
        story.login_is_refused_in_time(&login).await;
        story.server.start_again();
        story.goes_on_soon().await;
    }
}

/// A page of the metrics waits a second, and a load balancer as long as the database may take: what is slower than the page only is not
/// told as a node that is not ready.
#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_slower_than_a_page_of_the_metrics_keeps_the_node_ready() {
    let story = Story::begin(50).await;
    let observed = Observed::of(&story.alice.idp);
    let nodes = story.alice.idp.nodes().len() as f64;
    let told = async || {
        let scrape = observed.scrape().await;
        (scrape.value("idp_database_up", &[]), scrape.value("idp_ready", &[("part", "database")]))
    };
    story.server.pause();
    let meanwhile = told().await;
    story.server.resume();
    assert_eq!(meanwhile, (0.0, nodes));
    let mut was_ready = true;
    within(Duration::from_secs(10), "the page has an answer again", async || {
        let (up, ready) = told().await;
        was_ready &= ready == nodes;
        up == nodes
    })
    .await;
    assert!(was_ready, "no load balancer was told otherwise");
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_postgresql_that_was_restarted_unnoticed_costs_a_node_one_request() {
    let story = Story::begin(50).await;
    let (idp, site) = (&story.alice.idp, &story.alice.site);
    let reads = (0..8).map(|_| idp.userinfo(story.alice.access_token()));
    futures_util::future::join_all(reads).await;
    story.server.stop();
    story.server.start_again();
    for _node in idp.nodes() {
        let first = idp.refresh(site, story.alice.refresh_token()).await;
        assert!(first.status == 200 || first.refusal() == (503, "temporarily_unavailable"), "{first:?}");
    }
    for _ in 0..8 {
        assert_eq!(idp.userinfo(story.alice.access_token()).await.status, 200);
        assert_eq!(idp.refresh(site, story.alice.refresh_token()).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_postgresql_that_says_nothing_is_given_up_in_time() {
    let story = Story::begin(50).await;
    let login = story.login_page().await;
    story.server.pause();
    // More than there are connections: the later ones wait for one in vain.
    for _ in 0..4 {
        story.is_refused_in_time().await;
    }
    story.login_is_refused_in_time(&login).await;
    story.server.resume();
    story.goes_on_soon().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_postgresql_without_a_free_connection_is_503_until_there_is_one() {
    let story = Story::begin(12).await;
    let login = story.login_page().await;
    let url = story.server.url("idp");
    let mut others = Vec::new();
    let ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idp-server'";
    // Each place of ours that becomes free is taken before the provider asks again.
    for _ in 0..2 {
        others.extend(std::iter::from_fn(|| PgConnection::establish(&url).ok()));
        others[0].batch_execute(ours).unwrap();
        postgres::wait_until_gone(&mut others[0], "idp-server");
    }
    others.extend(std::iter::from_fn(|| PgConnection::establish(&url).ok()));
    story.is_refused_in_time().await;
    story.login_is_refused_in_time(&login).await;
    drop(others);
    story.goes_on_soon().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_writer_who_does_not_finish_holds_up_others_in_time_only() {
    let story = Story::begin(50).await;
    let (idp, site) = (&story.alice.idp, &story.alice.site);
    let mut other = PgConnection::establish(&story.server.url("idp")).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE grants IN SHARE MODE").unwrap();
    let started = Stopwatch::start();
    let refreshes = (0..6).map(|_| idp.refresh(site, story.alice.refresh_token()));
    let (refused, read) =
        tokio::join!(futures_util::future::join_all(refreshes), idp.userinfo(story.alice.access_token()));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    for answer in refused {
        match Backend::refreshes_in_sql() {
            true => assert_eq!(answer.refusal(), (503, "temporarily_unavailable")),
            false => assert_eq!(answer.status, 200, "Redis goes on beside a writer"),
        }
    }
    assert_eq!(read.status, 200, "reading goes on beside a writer");
    other.batch_execute("ROLLBACK").unwrap();
    story.goes_on_soon().await;
}
