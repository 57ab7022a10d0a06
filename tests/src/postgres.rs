//! Real PostgreSQL servers for stories, private to this process: started in a temporary folder on a port of their own,
//! and gone with the process however it ends.

use crate::eventually_blocking;
use crate::ports::free_port;
use crate::reaper::Reaper;
use diesel::connection::SimpleConnection as _;
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Text},
};
use idp_server::config::DatabaseUrl;
use idp_server::db::Db;
use std::collections::BTreeMap;
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Stops the server and removes its folder, or empties it where another user's folder holds it. A paused server wakes up first.
const REAPER: &str = r#"
    cat >/dev/null
    pid="$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)"
    if [ -n "$pid" ]; then
        kill -CONT "$pid"; kill -QUIT "$pid"
        while kill -0 "$pid"; do sleep 0.1; done
    fi 2>/dev/null
    rm -rf "$1"/*
    rmdir "$1" 2>/dev/null
"#;

/// A crash of the machine is no subject of the stories.
const NOT_DURABLE: &str =
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300";

/// A server.
pub struct PostgresServer {
    folder: PathBuf,
    port: u16,
    settings: String,
    databases: AtomicU32,
    _reaper: Reaper,
}

impl PostgresServer {
    /// The one that the stories of this process share, started by the first who asks. It forgets on a power cut what a
    /// story would not miss.
    ///
    /// # Panics
    /// When PostgreSQL is not installed.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        SHARED.get_or_init(|| {
            let server = Self::start(NOT_DURABLE);
            let template = server.create_database("template");
            drop(Db::connect(&DatabaseUrl::from(template.as_str()), 1).unwrap());
            server
        })
    }

    /// Starts one with these command line settings.
    #[must_use]
    pub fn start(settings: &str) -> Self {
        Self::start_with_files(settings, &[])
    }

    /// The same with files that it alone may read; `{folder}` in the settings is where they are.
    #[must_use]
    pub fn start_with_files(settings: &str, files: &[(&str, &str)]) -> Self {
        let server = Self::new(settings, files);
        let initdb = ["--auth=trust", "--username=idp", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"];
        run(as_owner(binary("initdb")).args(initdb).arg(server.folder.join("data")));
        server.start_again();
        server
    }

    /// One without data, which does not run yet.
    fn new(settings: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        if let Some(owner) = owner() {
            chown(&folder, Some(owner), None).unwrap();
        }
        let settings = &settings.replace("{folder}", folder.to_str().unwrap());
        for (name, contents) in files {
            write_private(&folder.join(name), contents);
        }
        let reaper = Reaper::start(as_owner("sh"), REAPER, &folder, &[]);
        let settings = settings.to_owned();
        Self { folder, port: free_port(), settings, databases: AtomicU32::new(0), _reaper: reaper }
    }

    /// Writes one of its files anew.
    pub fn write_file(&self, name: &str, contents: &str) {
        write_private(&self.folder.join(name), contents);
    }

    /// Starts it after [`PostgresServer::stop`], on the same port.
    pub fn start_again(&self) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories={} {}",
            self.port,
            self.folder.display(),
            self.settings
        );
        let log = self.folder.join("log");
        run(self.control(&["-w", "start"]).arg("-l").arg(log).arg("-o").arg(options));
    }

    /// What it has logged so far; with `-c log_statement=all` each statement with its parameters.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("log")).unwrap()).into_owned()
    }

    /// A program that comes with PostgreSQL, of the newest version that is installed.
    #[must_use]
    pub fn program(name: &str) -> Option<PathBuf> {
        find(name)
    }

    /// Stops it as a service manager does: what is under way is cut off.
    pub fn stop(&self) {
        run(&mut self.control(&["-m", "fast", "-w", "stop"]));
    }

    /// Makes every process of it stand still; connections stay, and nothing answers.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Ends the pause.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// Kills every process of it at once, as a machine that is gone.
    pub fn kill(&self) {
        let first = self.first_process();
        // Those that it starts now end by themselves when they find it gone.
        let children = children(&first);
        let _ = Command::new("kill").args(["-KILL", &first]).args(children.split_whitespace()).status();
        eventually_blocking("the server is gone", || TcpStream::connect(("127.0.0.1", self.port)).is_err());
    }

    /// A replica that this server waits for from now on: it confirms no commit that the replica has not applied.
    #[must_use]
    pub fn synchronous_replica(&self) -> Self {
        let replica = Self::new(&self.settings, &[]);
        let from = format!("host=127.0.0.1 port={} user=idp", self.port);
        let copy = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync", "-d"];
        let mut command = as_owner(binary("pg_basebackup"));
        run(command.args(copy).arg(from).arg("-D").arg(replica.folder.join("data")));
        replica.start_again();
        // Not before it was copied: the replica waits for no other one when it takes over.
        self.administer("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.administer("ALTER SYSTEM SET synchronous_commit = 'remote_apply'");
        self.administer("SELECT pg_reload_conf()");
        let question = "SELECT count(*) AS number FROM pg_stat_replication WHERE sync_state = 'sync'";
        let mut connection = PgConnection::establish(&self.url("postgres")).unwrap();
        eventually_blocking("the replica is waited for", || number(&mut connection, question) == 1);
        replica
    }

    /// Makes a replica the server that takes writes.
    pub fn promote(&self) {
        run(&mut self.control(&["-w", "promote"]));
    }

    /// The URL of the database `name` on this server or on `other`, whichever of them takes writes.
    #[must_use]
    pub fn url_of_either(&self, other: &Self, name: &str) -> String {
        let (one, two) = (self.port, other.port);
        format!("postgres://idp@127.0.0.1:{one},127.0.0.1:{two}/{name}?target_session_attrs=read-write")
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the database `name` is.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("postgres://idp@127.0.0.1:{}/{name}", self.port)
    }

    /// Makes an empty database; its URL.
    pub fn create_database(&self, name: &str) -> String {
        self.administer(&format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    /// Makes an empty database with a name of its own; its URL.
    pub fn create_empty_database(&self) -> String {
        self.create_database(&format!("empty_{}", self.databases.fetch_add(1, Ordering::SeqCst)))
    }

    /// Makes a database with up-to-date tables and nothing in them; its URL.
    ///
    /// # Panics
    /// On any other server than [`PostgresServer::shared`].
    pub fn create_migrated_database(&self) -> String {
        let name = format!("story_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE template"));
        self.url(&name)
    }

    /// Removes a database, even with connections still open to it.
    pub fn drop_database(&self, url: &str) {
        let name = url.rsplit('/').next().unwrap();
        self.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }

    /// Runs a statement as the administrator.
    pub fn administer(&self, statement: &str) {
        let mut connection = PgConnection::establish(&self.url("postgres")).unwrap();
        connection.batch_execute(statement).unwrap();
    }

    fn control(&self, arguments: &[&str]) -> Command {
        let mut command = as_owner(binary("pg_ctl"));
        command.args(arguments).arg("-D").arg(self.folder.join("data"));
        command
    }

    /// Each connection has a process of its own, a child of the first; new ones may come while we signal.
    fn signal(&self, signal: &str) {
        let first = self.first_process();
        run(Command::new("kill").args([signal, &first]));
        // One of them may have ended meanwhile.
        let _ = Command::new("kill").arg(signal).args(children(&first).split_whitespace()).status();
    }

    fn first_process(&self) -> String {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().to_owned()
    }
}

fn children(process: &str) -> String {
    std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap()
}

/// How many rows each table of a database has.
///
/// # Panics
/// When the server is away.
#[must_use]
pub fn rows(url: &str) -> BTreeMap<String, i64> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let question = "SELECT relname::text AS name, (xpath('/row/rows/text()', query_to_xml(format(\
         'SELECT count(*) AS rows FROM %I', relname), false, true, '')))[1]::text::bigint AS rows \
         FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let mut connection = PgConnection::establish(url).unwrap();
    let tables: Vec<Table> = sql_query(question).load(&mut connection).unwrap();
    tables.into_iter().map(|table| (table.name, table.rows)).collect()
}

/// Everything in the tables of a database, as text.
#[must_use]
pub fn contents(url: &str) -> String {
    #[derive(QueryableByName)]
    struct Dump {
        #[diesel(sql_type = Text)]
        dump: String,
    }
    let mut connection = PgConnection::establish(url).unwrap();
    let question = "SELECT schema_to_xml('public', true, false, '')::text AS dump";
    sql_query(question).get_result::<Dump>(&mut connection).unwrap().dump
}

/// How many rows `table` has.
pub fn count(connection: &mut PgConnection, table: &str) -> i64 {
    number(connection, &format!("SELECT count(*) AS number FROM {table}"))
}

/// Waits until no client that calls itself `name` is connected.
pub fn wait_until_gone(connection: &mut PgConnection, name: &str) {
    let question =
        format!("SELECT count(*) AS number FROM pg_stat_activity WHERE application_name = '{name}'");
    eventually_blocking("the client is gone", || number(connection, &question) == 0);
}

fn number(connection: &mut PgConnection, question: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    sql_query(question).get_result::<Row>(connection).unwrap().number
}

/// Where distributions put a program of the server, the newest version first.
fn binary(name: &str) -> PathBuf {
    let program = PostgresServer::program(name);
    program.unwrap_or_else(|| panic!("no {name}: install the package postgresql (tests/run does)"))
}

pub(crate) fn write_private(path: &Path, contents: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, contents).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    if let Some(owner) = owner() {
        chown(path, Some(owner), None).unwrap();
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists()).collect();
    found.sort();
    let in_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.exists())
    };
    found.pop().or_else(in_path)
}

/// The server refuses to run as root: then it runs as its own user.
pub(crate) fn as_owner(program: impl AsRef<Path>) -> Command {
    let program = program.as_ref();
    let mut command = match owner() {
        Some(_) => Command::new("runuser"),
        None => Command::new(program),
    };
    if owner().is_some() {
        command.args(["-u", "postgres", "--"]).arg(program);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// The id of the server's own user, if we are root.
pub(crate) fn owner() -> Option<u32> {
    static OWNER: OnceLock<Option<u32>> = OnceLock::new();
    *OWNER.get_or_init(|| {
        (id(&["-u"]) == Some(0))
            .then(|| id(&["-u", "postgres"]).expect("no user postgres: install the package postgresql"))
    })
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().ok()
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
