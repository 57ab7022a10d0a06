//! The installation, and what goes wrong with it: node two is stopped or killed and comes back, Redis starts again with nothing, PostgreSQL
//! restarts, the network to one site is slow, the other site cannot be reached.

use idp_tests::house::House;
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::serving::{self, Build};
use idp_tests::slow_network::{Delay, SlowNetwork, Way};
use idp_tests::{ClientSpec, LogoutReceiver, jwt};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// An odd number, so that each of them is at both sites in turn.
const PEOPLE: usize = 25;
/// How long a node, Redis or PostgreSQL is away, and how long the network is slow.
const AWAY: Duration = Duration::from_secs(3);
const SLOW: Duration = Duration::from_secs(30);
/// What the slow network holds back at most, each way.
const HELD_BACK: Duration = Duration::from_millis(800);
/// The provider tries a site again that was away, after pauses that double.
const TOLD_WITHIN: Duration = Duration::from_secs(300);

#[derive(Copy, Clone)]
pub enum Fault {
    NodeRestart,
    RedisDataLoss,
    NodeKilled,
    PostgresRestart,
    SlowSite,
    UnreachableSite,
}

impl Fault {
    pub const ALL: [Self; 6] = [
        Self::NodeRestart,
        Self::RedisDataLoss,
        Self::NodeKilled,
        Self::PostgresRestart,
        Self::SlowSite,
        Self::UnreachableSite,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::NodeRestart => "node two was restarted",
            Self::RedisDataLoss => "Redis lost its data",
            Self::NodeKilled => "node two was killed",
            Self::PostgresRestart => "PostgreSQL was restarted",
            Self::SlowSite => "the network to site A was slow",
            Self::UnreachableSite => "site B could not be reached",
        }
    }
}

/// Two nodes, and what they stand on.
pub struct Installation {
    pub house: House,
    pub sites: Vec<ClientSpec>,
    pub postgres: PostgresServer,
    pub redis: RedisServer,
    /// From when to when it was away.
    pub redis_losses: Vec<(Instant, Instant)>,
    network: SlowNetwork,
    receiver: LogoutReceiver,
    listening: Option<idp_tests::Listening>,
}

pub fn people() -> Vec<String> {
    (0..PEOPLE).map(|number| format!("person-{number}")).collect()
}

impl Installation {
    pub async fn prepare(program: Option<&Path>) -> Self {
        let program = program.map_or_else(serving::program, Path::to_owned);
        let (postgres, redis) = (PostgresServer::start(""), RedisServer::start());
        let settings: [&str; 7] = [
            &format!("storage.database_url={}", postgres.create_database("idp")),
            &format!("redis.url={}", redis.url()),
            // All of them come from one address.
            "throttle.exempt=127.0.0.0/8",
            "token.access=5m",
            "token.refresh_idle=15m",
            "session.idle=1h",
            "audit.retention=7d",
        ];
        let build = Build::prepare(&program, &settings);
        let (receiver, network) = (LogoutReceiver::new(), SlowNetwork::start().await);
        let at_b = ["--backchannel-logout-uri", receiver.uri.as_str()];
        let mut sites = Vec::new();
        for (id, options) in [("site-a", &[][..]), ("site-b", &at_b)] {
            let site = ClientSpec::confidential(id);
            let audience = site.client.metadata.audience.clone();
            sites.push(build.add_client(site, &[&["--feed", "--audience", &audience], options].concat()));
        }
        people().iter().for_each(|name| build.add_person(name));
        let port = free_port();
        network.lead_to(port);
        let house = House::start(build, network.port(), port).await;
        let listening = Some(receiver.listen());
        Self { house, sites, postgres, redis, redis_losses: Vec::new(), network, receiver, listening }
    }

    /// Returns once what was away is back.
    pub async fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::NodeRestart => self.house.restart(1).await,
            Fault::NodeKilled => {
                self.house.kill(1);
                sleep(AWAY).await;
                self.house.begin(1).await;
            }
            Fault::RedisDataLoss => {
                let begun = Instant::now();
                self.redis.kill();
                sleep(AWAY).await;
                self.redis.start_again();
                self.redis_losses.push((begun, Instant::now()));
            }
            Fault::PostgresRestart => {
                self.postgres.stop();
                sleep(AWAY).await;
                self.postgres.start_again();
            }
            Fault::SlowSite => {
                let hold = |most| self.network.slow_down("site-a", Way::Both, Delay::UpTo(most));
                hold(HELD_BACK);
                sleep(SLOW).await;
                hold(Duration::ZERO);
            }
            Fault::UnreachableSite => {
                self.listening = None;
                sleep(SLOW).await;
                self.listening = Some(self.receiver.listen());
            }
        }
    }

    /// Site B has to be told of each of its sessions that ended, in the end; how many it was not told of.
    pub async fn wait_for_logout_tokens(&self, ended: &[(usize, String)]) -> usize {
        let of_b: BTreeSet<&str> =
            ended.iter().filter(|(site, _)| *site == 1).map(|(_, sid)| sid.as_str()).collect();
        let since = Instant::now();
        loop {
            let received = self.receiver.received();
            let told: BTreeSet<String> =
                received.iter().map(|token| jwt::claims(token)["sid"].as_str().unwrap().to_owned()).collect();
            let missing = of_b.iter().filter(|sid| !told.contains(**sid)).count();
            if missing == 0 || since.elapsed() > TOLD_WITHIN {
                println!(
                    "| of {} sessions of site B that ended it was not told of | {missing} |",
                    of_b.len()
                );
                return missing;
            }
            sleep(Duration::from_secs(1)).await;
        }
    }
}
