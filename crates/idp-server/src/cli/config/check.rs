//! `config check`: opens what `serve` opens, makes and changes nothing, and names everything that is wrong instead of the first alone.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use serde_json::Value;

use crate::{
    app,
    cli::failure::Failure,
    clock::Clock,
    config::{Config, Database},
    db::Tables,
    installation::Installation,
    secret_file::SecretFileError,
    serve::{ListenError, listen_on},
    store::check_redis,
    tls::Certificate,
};

/// How long a server on a port of ours may take to say what it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// Why `serve` would not start, or browsers would not come.
    pub(super) faults: Vec<Failure>,
    /// What is as it should be, and worth knowing.
    pub(super) notes: Vec<String>,
    /// The version of Redis, and its policy.
    pub(super) redis: Option<String>,
}

impl Found {
    fn fault(&mut self, fault: impl Into<Failure>) {
        self.faults.push(fault.into());
    }
}

pub(super) async fn look(config: &Config, clock: &Clock) -> Found {
    let mut found = Found::default();
    match Installation::inspect(&config.storage) {
        Ok(Tables::None) => found.notes.push("there is no installation yet: serve makes one".to_owned()),
        Ok(Tables::Behind(count)) => {
            found.notes.push(format!("the next start runs {count} migrations on the tables"));
        }
        Ok(Tables::Current) => {}
        Ok(Tables::Ahead) => {
            found
                .notes
                .push("a newer version made the tables, and says that this one may run on them".to_owned());
        }
        Err(error) => found.fault(error),
    }
    let scheme = if config.tls.certificate.is_some() { "https" } else { "http" };
    for address in &config.listen.addresses {
        let of = Listening { setting: "listen.addresses, listen.port", scheme };
        look_at_address(SocketAddr::new(*address, config.listen.port), of, &mut found).await;
    }
    for address in &config.metrics.listen {
        let of = Listening { setting: "metrics.listen", scheme: "http" };
        look_at_address(*address, of, &mut found).await;
    }
    look_at_certificate(config, clock, &mut found);
    match check_redis(config).await {
        Ok(redis) => found.redis = redis,
        Err(error) => {
            found.fault(anyhow::Error::from(error).context(super::redis_setting(&config.redis)));
        }
    }
    for error in app::check_files(config) {
        found.fault(anyhow::Error::from(error));
    }
    found
}

/// What is to listen on an address.
struct Listening {
    /// What names the address.
    setting: &'static str,
    /// How it is spoken to.
    scheme: &'static str,
}

/// A port that this provider itself has is as it should be: the check comes before a restart.
async fn look_at_address(address: SocketAddr, of: Listening, found: &mut Found) {
    match listen_on(address) {
        Ok(_) => {}
        Err(error) if error.is_taken() && is_provider(address, of.scheme).await => {
            found.notes.push(format!("a provider answers on {address}"));
        }
        Err(error) => found.fault(anyhow::Error::from(error).context(of.setting)),
    }
}

/// Whether what listens there answers as a provider does.
async fn is_provider(address: SocketAddr, scheme: &str) -> bool {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let url = format!("{scheme}://{}/health/live", SocketAddr::new(host, address.port()));
    // Nothing is told to it and nothing of it is believed: the certificate is for another name than the address.
    let client = reqwest::Client::builder().no_proxy().danger_accept_invalid_certs(true);
    let Ok(client) = client.timeout(ANSWER_WITHIN).build() else { return false };
    let Ok(answer) = client.get(url).send().await else { return false };
    answer.json::<Value>().await.is_ok_and(|answer| answer["status"] == "live")
}

fn look_at_certificate(config: &Config, clock: &Clock, found: &mut Found) {
    let certificate = match Certificate::from_config(&config.tls, &config.storage.mounted_secrets) {
        Ok(Some(certificate)) => certificate,
        Ok(None) => return,
        Err(error) => return found.fault(anyhow::Error::from(error)),
    };
    match certificate.problem(config.issuer.url.host(), clock.now()) {
        Some(problem) if problem.is_fault() => found.fault(anyhow::Error::from(problem)),
        Some(problem) => found.notes.push(problem.to_string()),
        None => {}
    }
}

/// All of them as one, which ends as the worst of them does.
pub(super) fn worst(faults: Vec<Failure>) -> Option<Failure> {
    let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let code = faults.iter().map(Failure::code).max()?;
    let all = anyhow::anyhow!("{}", words.join("\n"));
    Some(if code > 1 { Failure::Unusable(all) } else { Failure::Failed(all) })
}

/// Whether a start that ended so ends so again, however often it is tried.
pub(in crate::cli) fn no_restart_mends(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        use crate::{
            app::AppError,
            db::DbError,
            installation::InstallationError as I,
            store::signing_keys::KeysError,
            tls::{CertificateProblem, TlsError},
        };
        let is_of_files = cause.downcast_ref::<I>().is_some_and(|error| match error {
            // What is no database, or no file that can be read as one.
            I::Database { database: Database::Sqlite(_), source: DbError::Connect(_), .. } => true,
            I::Database { source, .. } => !source.is_temporary(),
            // What the program asks may be away.
            I::File { source: SecretFileError::Command { .. }, .. } => false,
            _ => true,
        });
        let is_of_the_app = cause.downcast_ref::<AppError>().is_some_and(|error| match error {
            AppError::Keys(error) => matches!(error, KeysError::Sealed(_) | KeysError::Stored(_)),
            AppError::Db(error) => !error.is_temporary(),
            AppError::Ephemeral(_) | AppError::Hashing(_) | AppError::Feed(_) | AppError::Run(_) => false,
            _ => true,
        });
        is_of_files
            || is_of_the_app
            || cause.downcast_ref::<ListenError>().is_some_and(|error| !error.is_temporary())
            || cause.is::<TlsError>()
            || cause.is::<CertificateProblem>()
    })
}
