//! Real Redis servers for stories, private to this process: on a free port, in a temporary folder, gone with the process
//! however it ends. They keep nothing on disk unless they are asked to.

use crate::eventually_blocking;
use crate::ports::free_port;
use crate::reaper::Reaper;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Kills the server and removes its folder.
const REAPER: &str = r#"
    cat >/dev/null
    pid="$(cat "$1/redis.pid" 2>/dev/null)"
    [ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
    rm -rf "$1"
"#;

/// A server.
pub struct RedisServer {
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    _reaper: Reaper,
}

impl RedisServer {
    /// One that is empty and keeps nothing.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// One with these settings (`--name value ...`).
    ///
    /// # Panics
    /// When Redis is not installed or does not come up.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        let reaper = Reaper::start(Command::new("sh"), REAPER, &folder, &[]);
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let server = Self { folder, port: free_port(), settings, _reaper: reaper };
        server.start_again();
        server
    }

    /// Starts it after [`RedisServer::kill`], on the same port, with what is in its folder.
    pub fn start_again(&self) {
        let own = ["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--daemonize", "yes"]
            .map(str::to_owned);
        let log = self.folder.join("log");
        let mut command = Command::new("redis-server");
        if let Some(role) = self.settings.iter().find(|setting| setting.ends_with(".conf")) {
            command.arg(role);
        }
        command.args(own).arg("--dir").arg(&self.folder).arg("--logfile").arg(&log);
        command.arg("--pidfile").arg(self.folder.join("redis.pid")).args(["--save", ""]);
        command.args(self.settings.iter().filter(|setting| !setting.ends_with(".conf")));
        let output = command.output().expect("redis-server is not installed");
        assert!(output.status.success(), "{output:?}");
        eventually_blocking("the server listens", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
        });
        eventually_blocking("the server wrote its pid", || self.pid().is_some());
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What `redis-cli` answers to a command.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Every key.
    #[must_use]
    pub fn keys(&self, pattern: &str) -> Vec<String> {
        self.cli(&["--scan", "--pattern", pattern]).lines().map(str::to_owned).collect()
    }

    /// Every key and value of one of its databases.
    #[must_use]
    pub fn contents(&self, database: &str) -> String {
        let all = "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do all[#all + 1] = key \
            if redis.call('TYPE', key).ok == 'hash' then \
            for _, word in ipairs(redis.call('HGETALL', key)) do all[#all + 1] = word end \
            else all[#all + 1] = redis.call('GET', key) end end return all";
        self.cli(&["-n", database, "EVAL", all, "0"])
    }

    /// Each command that it ran, with its arguments; for a server that logs every command as a slow one
    /// (`--slowlog-log-slower-than 0 --slowlog-max-len 100000`).
    #[must_use]
    pub fn commands(&self) -> String {
        let port = self.port.to_string();
        let asked =
            Command::new("redis-cli").args(["-p", &port, "SLOWLOG", "GET", "100000"]).output().unwrap();
        // Arguments may be any octets.
        String::from_utf8_lossy(&asked.stdout).into_owned()
    }

    /// Forgets everything.
    pub fn flush(&self) {
        assert_eq!(self.cli(&["FLUSHALL"]), "OK");
    }

    /// Makes it stand still; connections stay, and nothing answers.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Ends the pause.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// Kills it at once.
    pub fn kill(&self) {
        self.signal("-KILL");
        eventually_blocking("the server is gone", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err()
        });
        let _ = std::fs::remove_file(self.folder.join("redis.pid"));
    }

    /// All that it holds now, to bring back later.
    #[must_use]
    pub fn dump(&self) -> Vec<u8> {
        assert_eq!(self.cli(&["SAVE"]), "OK");
        let file = self.folder.join("dump.rdb");
        let dump = std::fs::read(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        dump
    }

    /// Starts anew with what it held then.
    pub fn restore(&self, dump: &[u8]) {
        self.kill();
        std::fs::write(self.folder.join("dump.rdb"), dump).unwrap();
        self.start_again();
    }

    /// A replica that has caught up.
    #[must_use]
    pub fn replica(&self) -> Self {
        let of = self.port.to_string();
        let replica = Self::start_with(&["--replicaof", "127.0.0.1", &of, "--repl-diskless-sync-delay", "0"]);
        replica.wait_for_master();
        replica
    }

    /// Waits until a replica is connected to its master and has all of it.
    pub fn wait_for_master(&self) {
        eventually_blocking("the replica has caught up", || {
            self.cli(&["INFO", "replication"]).contains("master_link_status:up")
        });
    }

    /// Where it keeps things.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn pid(&self) -> Option<String> {
        let pid = std::fs::read_to_string(self.folder.join("redis.pid")).ok()?;
        Some(pid.trim().to_owned()).filter(|pid| !pid.is_empty())
    }

    fn signal(&self, signal: &str) {
        let pid = self.pid().unwrap();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

/// Three masters that share the keys.
pub struct RedisCluster(Vec<RedisServer>);

impl RedisCluster {
    /// Starts them and waits until they agree.
    #[must_use]
    pub fn start() -> Self {
        let settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
        let servers: Vec<_> = (0..3).map(|_| RedisServer::start_with(&settings)).collect();
        for (server, slots) in servers.iter().zip([["0", "5460"], ["5461", "10922"], ["10923", "16383"]]) {
            assert_eq!(server.cli(&["CLUSTER", "ADDSLOTSRANGE", slots[0], slots[1]]), "OK");
            assert_eq!(servers[0].cli(&["CLUSTER", "MEET", "127.0.0.1", &server.port.to_string()]), "OK");
        }
        eventually_blocking("the cluster agrees", || {
            servers.iter().all(|server| {
                let info = server.cli(&["CLUSTER", "INFO"]);
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            })
        });
        Self(servers)
    }

    /// Its servers.
    #[must_use]
    pub fn servers(&self) -> &[RedisServer] {
        &self.0
    }
}

/// A master, its replica, and a Sentinel that looks after them.
pub struct RedisSentinel {
    /// The first master.
    pub master: RedisServer,
    /// Its replica.
    pub replica: RedisServer,
    /// The Sentinel, who calls the master `story`.
    pub sentinel: RedisServer,
}

impl RedisSentinel {
    /// Starts them and waits until they know each other.
    #[must_use]
    pub fn start() -> Self {
        let master = RedisServer::start();
        let replica = master.replica();
        let folder = tempfile::tempdir().unwrap().keep();
        let file = folder.join("sentinel.conf");
        let watched = format!(
            "sentinel monitor story 127.0.0.1 {} 1\nsentinel down-after-milliseconds story 500\n\
             sentinel failover-timeout story 3000\n",
            master.port
        );
        std::fs::write(&file, watched).unwrap();
        let sentinel = RedisServer::start_with(&[file.to_str().unwrap(), "--sentinel"]);
        eventually_blocking("the Sentinel knows the replica", || {
            sentinel.cli(&["SENTINEL", "replicas", "story"]).contains(&replica.port.to_string())
        });
        Self { master, replica, sentinel }
    }
}
