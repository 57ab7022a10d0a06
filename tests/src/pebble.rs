//! A certificate authority that others wrote for tests of ACME: Pebble, of Let's Encrypt, with its DNS server, for which every name is
//! this machine. Its own certificate is the one of the stories of PostgreSQL, for `localhost`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::eventually;
use crate::ports::free_port;
use crate::reaper::Reaper;

/// Stops both programs, and says which they are.
const REAPER: &str = r#"
    folder="$1"; dns="$2"; management="$3"
    cd "$folder" || exit 1
    pebble-challtestsrv -defaultIPv6 "" -dns01 "$dns" -http01 "" -https01 "" -tlsalpn01 "" -management "$management" >dns.log 2>&1 &
    names=$!
    PEBBLE_VA_NOSLEEP=1 PEBBLE_AUTHZREUSE=0 PEBBLE_WFE_NONCEREJECT=0 pebble -strict -config pebble.json -dnsserver "$dns" >log 2>&1 &
    authority=$!
    cat >/dev/null
    kill -KILL "$names" "$authority" 2>/dev/null
    cd / && rm -rf "$folder"
"#;

/// The key that Pebble knows an external account by, where it wants to know one.
pub const EXTERNAL_ACCOUNT: (&str, &str) =
    ("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W");

/// Where it is, running or not.
#[derive(Copy, Clone, Debug)]
pub struct Ports {
    directory: u16,
    management: u16,
    /// Where it looks for answers to challenges.
    pub http: u16,
}

impl Ports {
    /// Free ones.
    #[must_use]
    pub fn free() -> Self {
        Self { directory: free_port(), management: free_port(), http: free_port() }
    }

    /// The settings by which a server orders the certificate of `host` there.
    #[must_use]
    pub fn settings(self, host: &str, http_listen: u16) -> Vec<String> {
        vec![
            format!("tls.acme.domains={host}"),
            "tls.acme.terms_agreed=true".to_owned(),
            "tls.acme.contact=mailto:certificates@example.org".to_owned(),
            format!("tls.acme.directory_url=https://localhost:{}/dir", self.directory),
            format!("tls.acme.ca_file={}", testdata("postgres/ca.crt").display()),
            format!("tls.acme.http_listen=127.0.0.1:{http_listen}"),
        ]
    }
}

/// The authority. It ends, and forgets everything, when dropped.
pub struct Pebble {
    ports: Ports,
    folder: PathBuf,
    http: reqwest::Client,
    _reaper: Reaper,
}

impl Pebble {
    /// Whether it is installed; prints that a story is left out where it is not.
    #[must_use]
    pub fn is_installed() -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let is_there =
            |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).exists());
        let installed = is_there("pebble") && is_there("pebble-challtestsrv");
        if !installed {
            println!("left out: pebble is not installed (tests/run brings it)");
        }
        installed
    }

    /// Starts one; `wants_account` is whether it wants to know its customers ([`EXTERNAL_ACCOUNT`]).
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(ports: Ports, wants_account: bool) -> Self {
        let folder = TempDir::new().unwrap().keep();
        let (kid, key) = EXTERNAL_ACCOUNT;
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{}", ports.directory),
            "managementListenAddress": format!("127.0.0.1:{}", ports.management),
            "certificate": testdata("postgres/server.crt"),
            "privateKey": testdata("postgres/server.key"),
            "httpPort": ports.http,
            "tlsPort": free_port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": wants_account,
            "externalAccountMACKeys": { kid: key },
        }});
        std::fs::write(folder.join("pebble.json"), config.to_string()).unwrap();
        let addresses = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
        let reaper = Reaper::start(Command::new("sh"), REAPER, &folder, &[&addresses[0], &addresses[1]]);
        // Its certificate is looked at by the server of the story.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).danger_accept_invalid_certs(true);
        let pebble = Self { ports, folder, http: http.build().unwrap(), _reaper: reaper };
        eventually("Pebble is up", async || pebble.root().await.ok_or_else(|| pebble.log())).await;
        pebble
    }

    /// The certificate of the authority itself, in PEM: another one at each start.
    async fn root(&self) -> Option<Vec<u8>> {
        let url = format!("https://127.0.0.1:{}/roots/0", self.ports.management);
        let answer = self.http.get(url).send().await.ok().filter(|answer| answer.status() == 200)?;
        Some(answer.bytes().await.ok()?.to_vec())
    }

    /// What trusts this authority alone, and finds `host` on this machine. It has a connection for each request.
    ///
    /// # Panics
    /// When Pebble does not answer.
    pub async fn trusting(&self, host: &str) -> Visitor {
        let root = reqwest::Certificate::from_pem(&self.root().await.unwrap()).unwrap();
        Visitor { root: Some(root), host: host.to_owned() }
    }

    /// What it said.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// A browser that has been nowhere before: a TLS session that is gone on with shows the certificate of its beginning.
pub struct Visitor {
    /// What it trusts; `None` takes any certificate.
    root: Option<reqwest::Certificate>,
    host: String,
}

impl Visitor {
    /// One that takes any certificate of this host.
    #[must_use]
    pub fn careless(host: &str) -> Self {
        Self { root: None, host: host.to_owned() }
    }

    /// Asks for this address over a connection of its own.
    ///
    /// # Panics
    /// When there is no TLS.
    pub fn get(&self, address: &str) -> reqwest::RequestBuilder {
        let here = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only(self.root.clone())
            .danger_accept_invalid_certs(self.root.is_none())
            .tls_info(true)
            .resolve(&self.host, here)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        client.get(address)
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}
