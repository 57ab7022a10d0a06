//! Two nodes in processes of their own behind HAProxy with the file of `deploy/proxy`, for programs that take parts of it away:
//! what an operator does to a node is done here as docs/how-to/upgrade.md says.

use crate::eventually;
use crate::ports::free_port;
use crate::reverse_proxy::ReverseProxy;
use crate::serving::{Build, Serving};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// What the file of the proxy calls the nodes.
const NAMES: [&str; 2] = ["one", "two"];

/// The log of the proxy has a line for each request.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// The house. All of it ends when dropped.
pub struct House {
    build: Build,
    issuer: String,
    ports: [u16; 2],
    nodes: [Option<Serving>; 2],
    proxy: ReverseProxy,
}

impl House {
    /// Starts both nodes of this build, as the provider `http://idp.localhost:<issuer_port>`, and the proxy on `port`.
    ///
    /// # Panics
    /// When HAProxy is not installed, or a node does not come up.
    pub async fn start(build: Build, issuer_port: u16, port: u16) -> Self {
        let ports = [free_port(), free_port()];
        let proxy = ReverseProxy::start_without_tls(port, ports);
        let issuer = format!("http://idp.localhost:{issuer_port}");
        let mut house = Self { build, issuer, ports, nodes: [None, None], proxy };
        for node in 0..house.nodes.len() {
            house.begin(node).await;
        }
        house
    }

    /// The provider's address.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Nodes that start from now on are of this build.
    pub fn replace_binary(&mut self, program: &Path) {
        program.clone_into(&mut self.build.program);
    }

    /// Stops a node as a service manager does, starts it again, and waits until the proxy sends it requests.
    pub async fn restart(&mut self, node: usize) {
        if let Some(serving) = self.nodes[node].take() {
            serving.stop().await;
        }
        self.begin(node).await;
    }

    /// Kills a node.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node] = None;
    }

    /// Starts a node that is down, and waits until the proxy sends it requests.
    pub async fn begin(&mut self, node: usize) {
        let settings = [
            format!("issuer.url={}", self.issuer),
            "proxy.trusted=127.0.0.1".to_owned(),
            "listen.drain_delay=5s".to_owned(),
        ];
        let settings: Vec<&str> = self.build.settings.iter().chain(&settings).map(String::as_str).collect();
        let (program, folder) = (&self.build.program, self.build.folder.path());
        let log = folder.join(format!("node-{}.log", NAMES[node]));
        let serving = Serving::start_logging(program, folder, self.ports[node], &settings, &log).await;
        self.nodes[node] = Some(serving);
        let name = format!("Server nodes/{} is ", NAMES[node]);
        eventually("the proxy sends requests to the node", async || {
            sleep(BETWEEN_LOOKS).await;
            // What it said last; it is up until it is found to be down.
            self.proxy.log().rsplit_once(&name).is_none_or(|(_, said)| said.starts_with("UP"))
        })
        .await;
    }

    /// A node, unless it is down.
    #[must_use]
    pub fn node(&self, node: usize) -> Option<&Serving> {
        self.nodes[node].as_ref()
    }

    /// Which nodes have ended by themselves.
    pub fn ended(&mut self) -> Vec<&'static str> {
        let has_ended = |node: &mut Option<Serving>| node.as_mut().is_some_and(|node| !node.is_running());
        let nodes = self.nodes.iter_mut().zip(NAMES);
        nodes.filter_map(|(node, name)| has_ended(node).then_some(name)).collect()
    }

    /// Ends it, and keeps its folder with the logs of the nodes.
    #[must_use]
    pub fn keep_logs(self) -> PathBuf {
        drop(self.nodes);
        self.build.folder.keep()
    }
}
