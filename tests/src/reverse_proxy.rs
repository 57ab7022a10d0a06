//! The proxies of `deploy/proxy`, run from the files that stand there, before two nodes on this machine. Only what an operator changes is
//! changed: names, addresses, ports and paths.

use crate::HOST;
use crate::ports::free_port;
use crate::reaper::Reaper;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Stops the proxy, by force if it waits for connections that stay open.
const REAPER: &str = r#"
    folder="$1"; shift
    "$@" >"$folder/log" 2>&1 &
    pid=$!
    echo "$pid" >"$folder/started"
    cat >/dev/null
    kill "$pid"
    tries=0
    while kill -0 "$pid" && [ "$tries" -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done 2>/dev/null
    kill -KILL "$pid" 2>/dev/null
    rm -rf "$folder"
"#;

/// The certificate of [`HOST`] that a proxy shows, and its key.
pub const CERTIFICATE: (&str, &str) = (
    include_str!("../../crates/idp-server/testdata/tls/first.crt"),
    include_str!("../../crates/idp-server/testdata/tls/first.key"),
);

/// The programs.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Kind {
    /// nginx.
    Nginx,
    /// HAProxy.
    HaProxy,
    /// Caddy.
    Caddy,
    /// Traefik.
    Traefik,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Nginx, Self::HaProxy, Self::Caddy, Self::Traefik];

    const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
            Self::Caddy => "caddy",
            Self::Traefik => "traefik",
        }
    }

    /// Where it is; `None`, with a line that says so, where it is not installed.
    #[must_use]
    pub fn program(self) -> Option<PathBuf> {
        let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("deployment/venv/bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Not every account has the folder of services in its path.
        let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), fetched]);
        let found = folders.map(|folder| folder.join(self.name())).find(|program| program.exists());
        if found.is_none() {
            println!("left out: {} is not installed (tests/run brings it)", self.name());
        }
        found
    }
}

/// A proxy before two nodes. It ends when dropped.
pub struct ReverseProxy {
    kind: Kind,
    folder: PathBuf,
    _reaper: Reaper,
}

impl ReverseProxy {
    /// Starts one of `kind` with TLS as [`HOST`] on the first port; the second leads to that one without.
    ///
    /// # Panics
    /// When a file in `deploy/proxy` does not have what is changed in it.
    #[must_use]
    pub fn start(kind: Kind, program: &Path, [port, plain]: [u16; 2], nodes: [u16; 2]) -> Self {
        Self::run(kind, program, [port, plain], nodes, true)
    }

    /// Starts HAProxy on this port without TLS, for programs whose clients do not speak it.
    ///
    /// # Panics
    /// As [`ReverseProxy::start`], or when HAProxy is not installed.
    #[must_use]
    pub fn start_without_tls(port: u16, nodes: [u16; 2]) -> Self {
        let program = Kind::HaProxy.program().unwrap();
        Self::run(Kind::HaProxy, &program, [port, free_port()], nodes, false)
    }

    fn run(kind: Kind, program: &Path, [port, plain]: [u16; 2], nodes: [u16; 2], tls: bool) -> Self {
        let folder = TempDir::new().unwrap().keep();
        let (certificate, key) = CERTIFICATE;
        let both = format!("{certificate}{key}");
        for (name, contents) in [("certificate.pem", certificate), ("key.pem", key), ("both.pem", &both)] {
            std::fs::write(folder.join(name), contents).unwrap();
        }
        let arguments = Files { folder: &folder, port, plain, nodes, tls }.write(kind);
        let program = program.display().to_string();
        let arguments: Vec<&str> = std::iter::once(&program).chain(&arguments).map(String::as_str).collect();
        let mut shell = Command::new("sh");
        shell.env("HOME", &folder).current_dir(&folder);
        let reaper = Reaper::start(shell, REAPER, &folder, &arguments);
        Self { kind, folder, _reaper: reaper }
    }

    /// Takes the node on this port out, as docs/how-to/behind-a-proxy.md says, where the proxy does not find out by itself that it
    /// stops: nginx asks no node how it is. `None` brings it back.
    ///
    /// # Panics
    /// When nginx cannot be told.
    pub fn take_out(&self, node: Option<u16>) {
        if self.kind != Kind::Nginx {
            return;
        }
        let file = self.folder.join("idp.conf");
        let mut text = std::fs::read_to_string(&file).unwrap().replace(" down max_fails", " max_fails");
        if let Some(node) = node {
            text = changed(&text, &[(&format!(":{node} max_fails"), format!(":{node} down max_fails"))]);
        }
        std::fs::write(file, text).unwrap();
        let pid = std::fs::read_to_string(self.folder.join("started")).unwrap();
        assert!(Command::new("kill").args(["-HUP", pid.trim()]).status().unwrap().success());
    }

    /// What it said.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// Where a proxy has its files, and what it listens on and leads to.
struct Files<'a> {
    folder: &'a Path,
    port: u16,
    plain: u16,
    nodes: [u16; 2],
    tls: bool,
}

impl Files<'_> {
    /// Writes them; the arguments that lead the program to them.
    fn write(&self, kind: Kind) -> Vec<String> {
        match kind {
            Kind::Nginx => self.nginx(),
            Kind::HaProxy => self.haproxy(),
            Kind::Caddy => self.caddy(),
            Kind::Traefik => self.traefik(),
        }
    }

    fn nginx(&self) -> Vec<String> {
        let text = changed(
            include_str!("../../deploy/proxy/nginx.conf"),
            &[
                ("listen 443", format!("listen 127.0.0.1:{}", self.port)),
                ("listen 80", format!("listen 127.0.0.1:{}", self.plain)),
                // Not every machine has IPv6.
                ("    listen [::]:443 ssl http2;\n", String::new()),
                ("    listen [::]:80;\n", String::new()),
                ("/var/log/nginx/idp.log", self.path("requests")),
            ],
        );
        self.put("idp.conf", &changed(&changed(&text, &self.host_and_certificate()), &self.servers()));
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let places = places.map(|name| format!("{name}_temp_path {};", self.path(name))).concat();
        // Its workers have to enter the folder, which is of the account that runs the stories.
        let user = if std::fs::metadata(self.folder).unwrap().uid() == 0 { "user root;" } else { "" };
        let (pid, include) = (self.path("pid"), self.path("idp.conf"));
        let main = format!(
            "daemon off; {user} pid {pid}; error_log stderr; events {{}} http {{ {places} include {include}; }}"
        );
        vec!["-c".to_owned(), self.put("nginx.conf", &main)]
    }

    fn haproxy(&self) -> Vec<String> {
        let text = changed(
            include_str!("../../deploy/proxy/haproxy.cfg"),
            &[
                ("/etc/idp/certificate-and-key.pem", self.path("both.pem")),
                ("bind :443", format!("bind 127.0.0.1:{}", self.port)),
                ("bind :80", format!("bind 127.0.0.1:{}", self.plain)),
            ],
        );
        let text = if self.tls {
            text
        } else {
            let certificate = format!(" ssl crt {} alpn h2,http/1.1", self.path("both.pem"));
            changed(&text, &[(&certificate, String::new())])
        };
        vec!["-f".to_owned(), self.put("haproxy.cfg", &changed(&text, &self.servers()))]
    }

    fn caddy(&self) -> Vec<String> {
        let text = include_str!("../../deploy/proxy/Caddyfile");
        let text = changed(&changed(text, &self.host_and_certificate()), &self.servers());
        let own = format!("{{\n\tadmin off\n\thttp_port {}\n\thttps_port {}\n}}\n", self.plain, self.port);
        let file = self.put("Caddyfile", &(own + &text));
        vec!["run".to_owned(), "--adapter=caddyfile".to_owned(), format!("--config={file}")]
    }

    fn traefik(&self) -> Vec<String> {
        let text = include_str!("../../deploy/proxy/traefik-routes.yaml");
        let text = changed(&changed(text, &self.host_and_certificate()), &self.servers());
        let routes = self.put("routes.yaml", &text);
        let text = changed(
            include_str!("../../deploy/proxy/traefik.yaml"),
            &[
                ("\":443\"", format!("\"127.0.0.1:{}\"", self.port)),
                ("\":80\"", format!("\"127.0.0.1:{}\"", self.plain)),
                ("filename: /etc/traefik/traefik-routes.yaml", format!("filename: {routes}")),
            ],
        );
        vec![format!("--configFile={}", self.put("traefik.yaml", &text))]
    }

    fn host_and_certificate(&self) -> [(&'static str, String); 3] {
        [
            ("id.example.com", HOST.to_owned()),
            ("/etc/idp/certificate.pem", self.path("certificate.pem")),
            ("/etc/idp/key.pem", self.path("key.pem")),
        ]
    }

    fn servers(&self) -> [(&'static str, String); 2] {
        let [one, two] = self.nodes.map(|port| format!("127.0.0.1:{port}"));
        [("127.0.0.1:8081", one), ("127.0.0.1:8082", two)]
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Writes one; its path.
    fn put(&self, name: &str, text: &str) -> String {
        std::fs::write(self.folder.join(name), text).unwrap();
        self.path(name)
    }
}

/// A text with what an operator changes in it.
fn changed(text: &str, changes: &[(&str, String)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replace(from, to)
    })
}
