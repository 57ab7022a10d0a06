//! A real PgBouncer before a server of the stories, private to this process: it lends a few connections for a
//! transaction at a time, and takes nothing but TLS.

use crate::eventually_blocking;
use crate::ports::free_port;
use crate::postgres::{PostgresServer, as_owner, owner, run, write_private};
use crate::reaper::Reaper;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

/// Stops the pooler, which has nothing to lose, by the one signal that what runs in the background of a shell does not
/// ignore; and removes its folder, or empties it where another user's folder holds it.
const REAPER: &str = r#"
    cat >/dev/null
    pid="$(cat "$1/pid" 2>/dev/null)"
    if [ -n "$pid" ]; then
        kill -KILL "$pid"
        while kill -0 "$pid"; do sleep 0.1; done
    fi 2>/dev/null
    rm -rf "$1"/*
    rmdir "$1" 2>/dev/null
"#;

/// The password of `idp` at the pooler.
const PASSWORD: &str = "correct-horse";

/// A pooler.
pub struct PgBouncer {
    port: u16,
    _reaper: Reaper,
}

impl PgBouncer {
    /// Starts one that has `connections` to `server`, with this certificate and key.
    ///
    /// # Panics
    /// When PgBouncer is not installed or does not come up.
    #[must_use]
    pub fn start(server: &PostgresServer, connections: u32, (certificate, key): (&str, &str)) -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        if let Some(owner) = owner() {
            chown(&folder, Some(owner), None).unwrap();
        }
        let reaper = Reaper::start(as_owner("sh"), REAPER, &folder, &[]);
        let port = free_port();
        let settings = settings(&folder, port, server.port(), connections);
        let users = format!("\"idp\" \"{PASSWORD}\"\n");
        for (name, contents) in
            [("ini", &*settings), ("users", &*users), ("certificate", certificate), ("key", key)]
        {
            write_private(&folder.join(name), contents);
        }
        run(as_owner(program()).args(["-d", "-q"]).arg(folder.join("ini")));
        eventually_blocking("the pooler listens", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
        Self { port, _reaper: reaper }
    }

    /// Where the server's database `name` is.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("postgres://idp:{PASSWORD}@localhost:{}/{name}", self.port)
    }
}

fn settings(folder: &Path, port: u16, server: u16, connections: u32) -> String {
    let folder = folder.display();
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={server}\n\
         [pgbouncer]\n\
         pool_mode = transaction\n\
         default_pool_size = {connections}\n\
         max_client_conn = 500\n\
         server_login_retry = 1\n\
         query_wait_timeout = 3\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = scram-sha-256\n\
         auth_file = {folder}/users\n\
         client_tls_sslmode = require\n\
         client_tls_cert_file = {folder}/certificate\n\
         client_tls_key_file = {folder}/key\n\
         pidfile = {folder}/pid\n\
         logfile = {folder}/log\n"
    )
}

/// Not every account has the folder of services in its path.
fn program() -> PathBuf {
    let usual = PathBuf::from("/usr/sbin/pgbouncer");
    if usual.exists() { usual } else { PathBuf::from("pgbouncer") }
}
