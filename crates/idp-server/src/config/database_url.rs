//! The URL of the database: which kind it names, how it is shown without its password, and what libpq is given.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::secret_file::MountedSecrets;

/// Stands where a secret was.
const MASK: &str = "***";

/// Settings of libpq unless the URL says otherwise (in seconds, `tcp_user_timeout` in milliseconds). A server that does
/// not answer is given up, and a connection whose other end is gone is noticed.
const CLIENT_SETTINGS: &str = "application_name=idp-server&connect_timeout=2&keepalives=1&keepalives_idle=5\
    &keepalives_interval=1&keepalives_count=2&tcp_user_timeout=2500";

/// A database URL as it was configured. It may carry a password, so `Debug` and `Display` leave that out.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl {
    url: String,
    /// Where the key that `sslkey` names may be a mounted secret.
    #[serde(skip)]
    mounted: MountedSecrets,
}

/// Where the database is.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Database {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(DatabaseUrl),
}

/// The URL names no supported database, or is malformed. The message never repeats the URL, which may hold a password.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Another scheme, or ambiguous parts.
    #[error(
        "storage.database_url must be sqlite:<path> or postgres://<user>:<password>@<host>:<port>/<database>, \
         with %XX for every special character in user and password"
    )]
    Malformed,
    /// A setting of TLS that cannot be honoured.
    #[error("storage.database_url: {0}")]
    Tls(&'static str),
}

/// What of a server's certificate is checked: the values of `sslmode` that demand TLS.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum TlsMode {
    /// Nothing: who listens cannot read along, and who stands in between can.
    Require,
    /// That an authority issued it which is known.
    VerifyCa,
    /// That, and that it is for the host of the URL.
    VerifyFull,
}

/// How connections to a PostgreSQL server are encrypted.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct DatabaseTls {
    /// `sslmode`.
    pub mode: TlsMode,
    /// The hosts of the URL, with their ports.
    pub hosts: Vec<(String, u16)>,
    /// `sslrootcert`; the authorities of the system when `None`.
    pub root_certificate: Option<PathBuf>,
    /// `sslcert`: what this client shows.
    pub certificate: Option<PathBuf>,
    /// `sslkey`: the private key of that.
    pub key: Option<PathBuf>,
    /// Folders in which that may be a mounted secret.
    pub mounted: MountedSecrets,
}

impl DatabaseUrl {
    /// The same URL, whose `sslkey` may be a mounted secret.
    pub(super) fn with_mounted(&self, mounted: &MountedSecrets) -> Self {
        Self { url: self.url.clone(), mounted: mounted.clone() }
    }

    /// The database it names. The scheme is read only here, so that a mistyped `postgresql:` never becomes
    /// the name of a SQLite file.
    ///
    /// # Errors
    /// Another scheme, an empty path, or a PostgreSQL URL whose parts are ambiguous.
    pub fn database(&self) -> Result<Database, DatabaseUrlError> {
        match self.url.split_once(':') {
            Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => {
                Ok(Database::Sqlite(PathBuf::from(sqlite_path(path))))
            }
            Some(("postgres" | "postgresql", _)) if Parts::of(&self.url).is_some() => {
                self.tls().map(|_| Database::Postgres(self.clone()))
            }
            _ => Err(DatabaseUrlError::Malformed),
        }
    }

    /// Whether it names a PostgreSQL server.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.database(), Ok(Database::Postgres(_)))
    }

    /// How connections to this PostgreSQL server are encrypted; `None` when they are not.
    ///
    /// # Errors
    /// [`DatabaseUrlError::Tls`] names a setting that cannot be honoured.
    pub fn tls(&self) -> Result<Option<DatabaseTls>, DatabaseUrlError> {
        let Parts { database, settings, .. } = Parts::of(&self.url).ok_or(DatabaseUrlError::Malformed)?;
        let setting = |name: &str| {
            let pairs = settings.into_iter().flat_map(|settings| settings.split('&'));
            pairs.filter_map(|pair| pair.split_once('=')).rfind(|(known, _)| *known == name)
        };
        let value = |name: &str| setting(name).map(|(_, value)| value);
        let mode = match value("sslmode") {
            None | Some("disable" | "allow" | "prefer") => return Ok(None),
            Some("require") => TlsMode::Require,
            Some("verify-ca") => TlsMode::VerifyCa,
            Some("verify-full") => TlsMode::VerifyFull,
            Some(_) => {
                return Err(DatabaseUrlError::Tls(
                    "sslmode is one of disable, allow, prefer, require, verify-ca and verify-full",
                ));
            }
        };
        let refused = DatabaseUrlError::Tls;
        if value("host").is_some() || value("hostaddr").is_some() || database.contains('%') {
            return Err(refused("with TLS the host stands before the database's name, and is no socket"));
        }
        if value("channel_binding") == Some("require") {
            return Err(refused("channel_binding=require cannot be had; leave it out"));
        }
        let path = |name: &str| match value(name) {
            Some(path) if path.contains('%') => Err(refused("paths of certificates and keys must hold no %")),
            Some("system") if name == "sslrootcert" => Ok(None),
            path => Ok(path.map(PathBuf::from)),
        };
        let (certificate, key) = (path("sslcert")?, path("sslkey")?);
        if certificate.is_some() != key.is_some() {
            return Err(refused("sslcert and sslkey go together"));
        }
        let hosts = database.split('/').next().unwrap_or_default();
        let hosts = hosts.split(',').map(host_and_port).collect::<Option<Vec<_>>>();
        let hosts = hosts.ok_or(refused("with TLS the URL names the host"))?;
        let (root_certificate, mounted) = (path("sslrootcert")?, self.mounted.clone());
        Ok(Some(DatabaseTls { mode, hosts, root_certificate, certificate, key, mounted }))
    }

    /// The same URL for the client library behind sockets that encrypt: `host` and `port` are theirs.
    pub(crate) fn for_libpq_behind(&self, [host, port]: &[String; 2]) -> String {
        let Some(Parts { scheme, credentials, database, settings }) = Parts::of(&self.url) else {
            return self.url.clone();
        };
        let credentials = credentials.map(|credentials| format!("{credentials}@")).unwrap_or_default();
        let name = database.split_once('/').map_or("", |(_, name)| name);
        let others = settings.into_iter().flat_map(|settings| settings.split('&'));
        let others: String =
            others.filter(|pair| !pair.starts_with("ssl")).map(|pair| format!("&{pair}")).collect();
        format!(
            "{scheme}://{credentials}/{name}?{CLIENT_SETTINGS}{others}&host={host}&port={port}&sslmode=disable"
        )
    }

    /// The URL with [`CLIENT_SETTINGS`] ahead of its own: the client lets the last of two count.
    pub(crate) fn for_libpq(&self) -> String {
        let Some(parts) = Parts::of(&self.url) else {
            return self.url.clone();
        };
        let Parts { scheme, credentials, database, settings } = parts;
        let credentials = credentials.map(|credentials| format!("{credentials}@")).unwrap_or_default();
        let settings = settings.map(|settings| format!("&{settings}")).unwrap_or_default();
        format!("{scheme}://{credentials}{database}?{CLIENT_SETTINGS}{settings}")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.url.starts_with("sqlite:") {
            return f.write_str(&self.url);
        }
        let Some(Parts { scheme, credentials, database, settings }) = Parts::of(&self.url) else {
            return f.write_str(MASK);
        };
        let credentials = credentials.map(|_| format!("{MASK}@")).unwrap_or_default();
        write!(f, "{scheme}://{credentials}{database}")?;
        let shown = settings.map(|settings| settings.split('&').map(masked).collect::<Vec<_>>().join("&"));
        shown.map_or(Ok(()), |settings| write!(f, "?{settings}"))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl From<&str> for DatabaseUrl {
    fn from(url: &str) -> Self {
        Self { url: url.to_owned(), mounted: MountedSecrets::default() }
    }
}

/// The parts of a PostgreSQL URL.
struct Parts<'a> {
    scheme: &'a str,
    credentials: Option<&'a str>,
    /// Hosts, ports and the name of the database.
    database: &'a str,
    settings: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// `None` when the parts are ambiguous: a piece of a password with a bare `/` or `@` in it could then be taken for a
    /// host or a port, and shown.
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (before, settings) = match rest.split_once('?') {
            Some((before, settings)) => (before, Some(settings)),
            None => (rest, None),
        };
        let (credentials, database) = match before.split_once('@') {
            Some((credentials, database)) => (Some(credentials), database),
            None => (None, before),
        };
        let (hosts, name) = database.split_once('/').unwrap_or((database, ""));
        let sound = !credentials.is_some_and(|text| text.contains('/'))
            && hosts.split(',').all(is_host)
            && !name.contains(['/', '@'])
            && settings.is_none_or(|settings| settings.split('&').all(is_setting));
        sound.then_some(Self { scheme, credentials, database, settings })
    }
}

/// A name or an address, perhaps with a port; nothing means the socket of this machine.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    let in_a_name = |c: char| c.is_ascii_alphanumeric() || ".-_%".contains(c);
    let is_name = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.chars().all(|c| in_a_name(c) || c == ':'),
        None => name.chars().all(in_a_name),
    };
    is_name && port.chars().all(|c| c.is_ascii_digit())
}

/// A host that is named, with its port; addresses without their brackets.
fn host_and_port(host: &str) -> Option<(String, u16)> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, 5432),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    (!name.is_empty()).then(|| (name.to_owned(), port))
}

fn is_setting(pair: &str) -> bool {
    let in_a_name = |c: char| c.is_ascii_lowercase() || c == '_';
    pair.split_once('=')
        .is_some_and(|(name, value)| !name.is_empty() && name.chars().all(in_a_name) && !value.contains('@'))
}

fn masked(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    }
}

/// `sqlite:///var/lib/idp.db` and `sqlite:/var/lib/idp.db` are the same file.
fn sqlite_path(path: &str) -> &str {
    match path.strip_prefix("//") {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Result<Database, DatabaseUrlError> {
        DatabaseUrl::from(url).database()
    }

    #[test]
    fn the_scheme_decides_and_a_typo_is_refused() {
        let file = |path: &str| Ok(Database::Sqlite(PathBuf::from(path)));
        assert_eq!(at("sqlite:/var/lib/idp.db"), file("/var/lib/idp.db"));
        assert_eq!(at("sqlite:///var/lib/idp.db"), file("/var/lib/idp.db"));
        assert_eq!(at("sqlite:idp.db"), file("idp.db"));
        for url in ["postgresql:typo", "sqlite:", "sqlite://", "idp.db", "SQLITE:idp.db", "mysql://h/db", ""]
        {
            assert_eq!(at(url), Err(DatabaseUrlError::Malformed), "{url:?}");
        }
    }

    #[test]
    fn a_server_is_named_in_every_form_the_client_knows() {
        let urls = [
            "postgres://db.internal/idp",
            "postgresql://idp:p%40ss@db.internal:5432/idp?sslmode=disable",
            "postgres://idp@10.0.0.1:5432,[::1]:5433/idp?target_session_attrs=read-write",
            "postgres:///idp?host=/run/postgresql",
            "postgres://idp@%2Frun%2Fpostgresql/idp",
        ];
        for url in urls {
            assert_eq!(at(url), Ok(Database::Postgres(url.into())), "{url}");
        }
    }

    #[test]
    fn s111_no_spelling_of_a_url_shows_a_password() {
        let urls = [
            "postgres://idp:hunter2@db/idp",
            "postgres://idp:hunter2@db/idp?password=hunter2&sslpassword=hunter2",
            "postgres://idp:x@hunter2@db/idp",
            "postgres://idp:x/hunter2@db/idp",
            "postgres://idp:1/hunter2@db/idp",
            "postgres://idp:1?hunter2@db/idp",
            "postgres://idp:1?a=hunter2@db/idp",
            "postgres:idp:hunter2@db/idp",
            "mysql://idp:hunter2@db/idp",
        ];
        for url in urls {
            let shown = format!("{0} {0:?} {1:?}", DatabaseUrl::from(url), at(url));
            assert!(!shown.contains("hunter2"), "{url}: {shown}");
        }
        let plain = DatabaseUrl::from("postgres://idp:p%40ss@db:5432/idp?sslmode=disable");
        assert_eq!(plain.to_string(), "postgres://***@db:5432/idp?sslmode=disable");
    }

    #[test]
    fn tls_is_what_sslmode_demands_and_what_cannot_be_honoured_is_refused() {
        let tls = |url: &str| DatabaseUrl::from(url).tls();
        for url in
            ["postgres://db/idp", "postgres://db/idp?sslmode=disable", "postgres://db/idp?sslmode=prefer"]
        {
            assert_eq!(tls(url), Ok(None), "{url}");
        }
        let full = "postgres://idp:p%40ss@db.internal,[::1]:5433/idp?sslmode=verify-full&sslrootcert=/etc/ca.pem&options=x";
        let found = tls(full).ok().flatten();
        let hosts = vec![("db.internal".to_owned(), 5432), ("::1".to_owned(), 5433)];
        let expected = DatabaseTls {
            mode: TlsMode::VerifyFull,
            hosts,
            root_certificate: Some("/etc/ca.pem".into()),
            certificate: None,
            key: None,
            mounted: MountedSecrets::default(),
        };
        assert_eq!(found, Some(expected));
        let behind = DatabaseUrl::from(full).for_libpq_behind(&["/tmp/a,/tmp/a".into(), "1,2".into()]);
        assert!(behind.starts_with("postgres://idp:p%40ss@/idp?application_name="), "{behind}");
        assert!(behind.ends_with("&options=x&host=/tmp/a,/tmp/a&port=1,2&sslmode=disable"), "{behind}");
        for url in [
            "postgres://db/idp?sslmode=verify",
            "postgres:///idp?sslmode=verify-full",
            "postgres:///idp?host=/run/postgresql&sslmode=require",
            "postgres://db/idp?sslmode=require&sslcert=/etc/client.pem",
            "postgres://db/idp?sslmode=require&channel_binding=require",
        ] {
            assert!(matches!(at(url), Err(DatabaseUrlError::Tls(_))), "{url}");
        }
    }

    #[test]
    fn what_the_url_says_counts_more_than_our_settings() {
        let url = DatabaseUrl::from("postgres://idp@db/idp?connect_timeout=5").for_libpq();
        assert!(
            url.starts_with("postgres://idp@db/idp?application_name=idp-server&connect_timeout=2&"),
            "{url}"
        );
        assert!(url.ends_with("&connect_timeout=5"), "{url}");
        let url = DatabaseUrl::from("postgres:///idp").for_libpq();
        assert!(url.ends_with("tcp_user_timeout=2500"), "{url}");
    }
}
