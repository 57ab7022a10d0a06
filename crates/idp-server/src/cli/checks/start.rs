//! What `serve` opens: the installation, the sockets, the certificate, Redis, and the files that settings name.

use std::{net::SocketAddr, time::Duration};

use idp_core::discovery::path;

use super::{Finding, apart, node};
use crate::{
    app::{self, AppError},
    cli::failure::Failure,
    clock::Clock,
    config::{Config, RedisConfig},
    date::rfc3339,
    db::{DbError, Tables},
    installation::{Installation, InstallationError},
    secret_file::SecretFileError,
    serve::try_address,
    store::{EphemeralError, check_redis},
    tls::{Certificate, TlsError},
};

/// How long a server on a port of ours may take to say what it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How long the database may take to say how it stands: longer than it may take for any request.
const DATABASE_WITHIN: Duration = Duration::from_secs(15);

/// What was found of what `serve` opens.
#[derive(Default)]
pub(in crate::cli) struct Start {
    /// Each thing that was looked at.
    pub(in crate::cli) findings: Vec<Finding>,
    /// How the tables stand, where the installation can be opened.
    pub(in crate::cli) tables: Option<Tables>,
}

/// Opens what `serve` opens.
pub(in crate::cli) async fn look(config: &Config, clock: &Clock) -> Start {
    let mut found = Start::default();
    look_at_installation(config, &mut found).await;
    let scheme = node::scheme(config);
    for address in &config.listen.addresses {
        let of = Listening { setting: "listen.addresses, listen.port", scheme };
        found.findings.extend(look_at_address(SocketAddr::new(*address, config.listen.port), of).await);
    }
    for address in &config.metrics.listen {
        let of = Listening { setting: "metrics.listen", scheme: "http" };
        found.findings.extend(look_at_address(*address, of).await);
    }
    for address in config.tls.acme.http_listen.iter().filter(|_| config.tls.acme.is_on()) {
        let of = Listening { setting: "tls.acme.http_listen", scheme: "http" };
        found.findings.extend(look_at_address(*address, of).await);
    }
    found.findings.extend(look_at_certificate(config, clock));
    found.findings.extend(look_at_redis(config).await);
    for error in app::check_files(config) {
        let mend = (!matches!(error, AppError::Policy(_))).then(|| OF_FILES.to_owned());
        found.findings.push(Finding { mend, ..Finding::fault("files", anyhow::Error::from(error)) });
    }
    found
}

/// What to do about a file that a setting names.
const OF_FILES: &str =
    "put there what the setting names, readable by the account of the server, or change the setting";

async fn look_at_installation(config: &Config, found: &mut Start) {
    let storage = config.storage.clone();
    let looked = apart(DATABASE_WITHIN, move || Installation::inspect(&storage)).await;
    let finding = match looked {
        Ok(Ok(tables)) => {
            found.tables = Some(tables);
            match tables {
                Tables::None => Finding::note("storage", "there is no installation yet: serve makes one"),
                Tables::Behind(count) => {
                    Finding::note("storage", format!("the next start runs {count} migrations on the tables"))
                }
                Tables::Ahead => Finding::note(
                    "storage",
                    "a newer version made the tables, and says that this one may run on them",
                ),
                Tables::Current => {
                    Finding::well("storage", "files, modes, master key and tables are as they should be")
                }
            }
        }
        Ok(Err(error)) => {
            let mend = mend_of(&error).map(str::to_owned);
            Finding { mend, ..Finding::fault("storage", error) }
        }
        Err(error) => {
            let error = error.context("storage: the database does not say how it stands");
            Finding::fault("storage", Failure::Failed(error)).mended_by(OF_DATABASE)
        }
    };
    found.findings.push(finding);
}

const OF_DATABASE: &str =
    "start the database server, or set host, port, user, password and certificates in the setting right";

/// What to do about it, where its words do not say so.
const fn mend_of(error: &InstallationError) -> Option<&'static str> {
    use InstallationError as I;
    Some(match error {
        I::Database { source: DbError::UnknownSchema(_), .. } => {
            "run the version of idp-server that made these tables, or a later one"
        }
        I::Database { .. } => OF_DATABASE,
        I::Url(_) => "write the URL as deploy/idp.toml shows it",
        I::File { source: SecretFileError::NotAKey { .. }, .. } => {
            "restore the master key from the backup, or copy it from another node"
        }
        I::File { source: SecretFileError::Exposed { .. } | SecretFileError::NoParent { .. }, .. } => {
            return None;
        }
        I::File { source: SecretFileError::Command { .. }, .. } => {
            "run the program by hand as the account of the server"
        }
        I::File { .. } => "give the account of the server a file or folder of its own there",
        I::MissingMasterKey { .. } => {
            "copy the file of master keys from a node that has it, or restore it from the backup"
        }
        I::NotThere { .. } | I::MasterKeyLost { .. } | I::OtherMasterKey { .. } | I::HalfRestored { .. } => {
            return None;
        }
    })
}

/// What is to listen on an address.
struct Listening {
    /// What names the address.
    setting: &'static str,
    /// How it is spoken to.
    scheme: &'static str,
}

/// A port that this provider itself has is as it should be: the check comes before a restart.
async fn look_at_address(address: SocketAddr, of: Listening) -> Option<Finding> {
    match try_address(address) {
        Ok(()) => None,
        Err(error) if error.is_taken() && is_provider(address, of.scheme).await => {
            Some(Finding::well("listen", format!("a provider answers on {address}")))
        }
        Err(error) => Some(Finding::fault("listen", anyhow::Error::from(error).context(of.setting))),
    }
}

async fn look_at_redis(config: &Config) -> Option<Finding> {
    match check_redis(config).await {
        Ok(redis) => redis.map(|redis| Finding::well("redis", redis.to_string())),
        Err(error) => {
            let mend = match &error {
                EphemeralError::Evicts(_) => "set maxmemory-policy noeviction in redis.conf",
                _ => "start Redis, or set host, port, user and password in the setting right",
            };
            let error = anyhow::Error::from(error).context(redis_setting(&config.redis));
            Some(Finding::fault("redis", error).mended_by(mend))
        }
    }
}

/// The key that names the Redis, with its value.
fn redis_setting(redis: &RedisConfig) -> String {
    let (key, urls) = match (redis.sentinels.as_slice(), redis.cluster.as_slice()) {
        ([], []) => ("redis.url", redis.url.as_slice()),
        (sentinels, []) => ("redis.sentinels", sentinels),
        (_, cluster) => ("redis.cluster", cluster),
    };
    let urls: Vec<String> = urls.iter().map(ToString::to_string).collect();
    format!("{key} {}", urls.join(" "))
}

/// Whether what listens there answers as a provider does.
async fn is_provider(socket: SocketAddr, scheme: &str) -> bool {
    let answer = node::ask(&node::address(scheme, socket, path::HEALTH_LIVE), ANSWER_WITHIN).await;
    answer.is_ok_and(|(_, answer)| answer.get("status").is_some_and(|status| status == "live"))
}

fn look_at_certificate(config: &Config, clock: &Clock) -> Option<Finding> {
    let acme = &config.tls.acme;
    if acme.is_on() {
        let domains: Vec<&str> = acme.domains.iter().map(|domain| domain.as_str()).collect();
        let words = format!("serve orders one for {} at {}", domains.join(", "), acme.directory_url);
        return Some(Finding::well("certificate", words));
    }
    let certificate = match Certificate::from_config(&config.tls, &config.storage.mounted_secrets) {
        Ok(certificate) => certificate?,
        Err(error) => {
            let mend = match &error {
                TlsError::Mismatch { .. } => {
                    Some("put the certificate and the key of one and the same renewal there")
                }
                TlsError::KeyFile(SecretFileError::Exposed { .. }) => None,
                _ => Some(OF_FILES),
            };
            let mend = mend.map(str::to_owned);
            return Some(Finding { mend, ..Finding::fault("certificate", anyhow::Error::from(error)) });
        }
    };
    let until = certificate.ends().map(rfc3339).unwrap_or_default();
    let host = config.issuer.url.host();
    Some(match certificate.problem(host, clock.now()) {
        Some(problem) if problem.is_fault() => {
            let mend = problem.mend();
            Finding::fault("certificate", anyhow::Error::from(problem)).mended_by(mend)
        }
        Some(problem) => Finding::note("certificate", problem.to_string()),
        None => Finding::well("certificate", format!("it is for {host}, until {until}")),
    })
}
