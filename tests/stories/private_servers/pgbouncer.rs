//! A provider behind a PgBouncer that lends three connections for a transaction at a time, over TLS: everything works, and
//! what cannot work through it is said at the start.

use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_server::config::DatabaseUrl;
use idp_server::db::revocations::{self, NewEntries};
use idp_server::db::{Db, DbError, Locks};
use idp_server::random;
use idp_tests::offline_site::OfflineSite;
use idp_tests::pgbouncer::PgBouncer;
use idp_tests::postgres::PostgresServer;
use idp_tests::{ClientSpec, SignedIn, TestIdp, within};
use resource_sdk::Freshness;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/postgres");
/// What an operator sets once, as docs/operate/databases.md says.
const LIMITS: &str = "ALTER ROLE idp SET statement_timeout = 2500; ALTER ROLE idp SET lock_timeout = 2500; \
    ALTER ROLE idp SET idle_in_transaction_session_timeout = 5000";

struct Pooled {
    server: PostgresServer,
    pooler: PgBouncer,
}

impl Pooled {
    fn start() -> Self {
        let server = PostgresServer::start("-c fsync=off");
        let _url = server.create_database("story");
        let file = |name: &str| std::fs::read_to_string(Path::new(DATA).join(name)).unwrap();
        let pooler = PgBouncer::start(&server, 3, (&file("server.crt"), &file("server.key")));
        Self { server, pooler }
    }

    fn with_limits() -> Self {
        let pooled = Self::start();
        pooled.server.administer(LIMITS);
        pooled
    }

    fn through_the_pooler(&self) -> DatabaseUrl {
        let url = self.pooler.url("story");
        DatabaseUrl::from(&*format!("{url}?sslmode=verify-full&sslrootcert={DATA}/ca.crt"))
    }

    fn direct(&self) -> DatabaseUrl {
        DatabaseUrl::from(&*self.server.url("story"))
    }

    fn node(&self) -> Result<Db, DbError> {
        Db::connect_through_pooler(&self.through_the_pooler(), &self.direct(), 8)
    }

    async fn provider(&self) -> TestIdp {
        TestIdp::start_with(|config| {
            config.storage.database_url = Some(self.through_the_pooler());
            config.storage.direct_url = Some(self.direct());
            config.storage.connections = 16;
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_serves_many_at_once_through_three_connections() {
    let pooled = Pooled::with_limits();
    let story = SignedIn::on(pooled.provider().await, ClientSpec::confidential("site-a")).await;
    let site = OfflineSite::of(&story.idp, &story.site, Freshness::Offline).await;
    for _ in 0..3 {
        let grants = futures_util::future::join_all((0..24).map(|_| story.grant())).await;
        let refreshed =
            grants.iter().map(|tokens| story.idp.refresh(&story.site, tokens.text("refresh_token")));
        for answer in futures_util::future::join_all(refreshed).await {
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }
    let page = story.browser.open(story.idp.url("/account/devices")).await;
    let phone = story.idp.browser();
    let tokens = phone.sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    assert_eq!(site.verdict(&story.idp, tokens.text("access_token")), Ok(()));
    story.browser.press(&page, "others", &[]).await;
    site.refuses(&story.idp, tokens.text("access_token"), Instant::now()).await;
    let refused = story.idp.refresh(&story.site, tokens.text("refresh_token")).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_hears_of_what_another_node_commits_through_the_pooler() {
    let pooled = Pooled::with_limits();
    let (first, second) = (pooled.node().unwrap(), pooled.node().unwrap());
    let (now, changes) = (UnixTime(1_800_000_000), second.changes().unwrap());
    // It looks once when it begins to listen.
    changes.next().await;
    for _ in 0..20 {
        let user = random::new_id(now);
        let ends = move |connection: &mut idp_server::db::Connection| {
            let mut log = NewEntries::default();
            log.add(connection, vec![Revoked::user(user, now)], EndCause::Kicked, now)?;
            revocations::append(connection, log).map(drop)
        };
        first.write(Locks::person(user), ends).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(2), changes.next());
        heard.await.expect("the commit is heard of");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_server_that_is_restarted_behind_the_pooler_costs_no_restart_of_the_provider() {
    let pooled = Pooled::with_limits();
    let story = SignedIn::on(pooled.provider().await, ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    pooled.server.stop();
    let away = Instant::now();
    assert_eq!(idp.refresh(site, story.refresh_token()).await.refusal(), (503, "temporarily_unavailable"));
    assert!(away.elapsed() < Duration::from_secs(3), "{:?}", away.elapsed());
    pooled.server.start_again();
    within(Duration::from_secs(4), "it goes on", async || {
        idp.refresh(site, story.refresh_token()).await.status == 200
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_whose_sessions_know_no_limit_is_refused_at_the_start() {
    let pooled = Pooled::start();
    let refused = |outcome: Result<Db, DbError>| match outcome {
        Err(DbError::Connect(words)) => words,
        other => panic!("{:?}", other.map(drop)),
    };
    let words = refused(pooled.node());
    assert!(words.contains("ALTER ROLE ... SET lock_timeout = 2500"), "{words}");
    pooled.server.stop();
    let words = refused(pooled.node());
    assert!(words.starts_with("storage.direct_url postgres://***@127.0.0.1:"), "{words}");
}
