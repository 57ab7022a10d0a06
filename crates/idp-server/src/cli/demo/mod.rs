//! `demo`: the provider and two sites in one process, on three origins that browsers treat as unrelated and as
//! trustworthy. Its person and its secrets are made at each start; its data is gone afterwards, unless a folder is named.

mod person;
mod seed;

use std::{
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use actix_web::dev::Server;
use anyhow::Context as _;
use clap::Args;
use demo_site::{Face, SiteConfig};
use futures_util::future::try_join_all;
use idp_core::{discovery::path, secret::Secret};
use opentelemetry::global::set_text_map_propagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tempfile::TempDir;

use self::seed::Registration;
use super::failure::Failure;
use crate::{
    app::App,
    clock::Clock,
    config::{Inputs, Issuer, IssuerConfig, ListenConfig, LogConfig, LogFilter, load},
    installation::Installation,
    log,
    page::InboxPage,
    serve::{self, Drain},
    stop_signals::StopSignals,
    task,
    traces::Traces,
};

/// What the provider of the demonstration is called.
const NAME: &str = "Harbour ID";

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The provider's port; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Site A's port; 0 takes any that is free
    #[arg(long, default_value_t = 8081)]
    site_a_port: u16,
    /// Site B's port; 0 takes any that is free
    #[arg(long, default_value_t = 8082)]
    site_b_port: u16,
    /// Keeps the data in this folder, instead of one that vanishes at the end
    #[arg(long, value_name = "PATH")]
    data_dir: Option<PathBuf>,
}

/// One of the two sites before it runs.
struct Site {
    id: &'static str,
    face: Face,
    base_url: String,
    listener: TcpListener,
}

/// Runs all three until SIGTERM or SIGINT. Neither `idp.toml` nor the environment is read, so that the
/// demonstration is the same everywhere; `--set` still counts.
pub(super) async fn run(arguments: Arguments, flags: Vec<(String, String)>) -> Result<(), Failure> {
    let folder = Folder::choose(arguments.data_dir)?;
    let mut config = load(&Inputs { flags, ..Inputs::default() })?.config;
    if config.traces.trusted.is_empty() {
        // The sites run beside it.
        config.traces.trusted =
            vec![IpAddr::from(Ipv4Addr::LOCALHOST).into(), IpAddr::from(Ipv6Addr::LOCALHOST).into()];
    }
    let traces =
        Traces::start(&config.traces, &config.storage.mounted_secrets).map_err(anyhow::Error::from)?;
    log::start(&LogConfig { filter: LogFilter::WARN, ..config.log.clone() }, traces.as_ref())?;
    // Where the SDK of the sites looks for it.
    set_text_map_propagator(TraceContextPropagator::new());
    let listeners = bind(arguments.port).context("--port")?;
    let site_a =
        Site::bind("site-a", Face::Books, "a.localhost", arguments.site_a_port).context("--site-a-port")?;
    let site_b =
        Site::bind("site-b", Face::Tickets, "b.localhost", arguments.site_b_port).context("--site-b-port")?;
    config.issuer.url = origin("idp.localhost", &listeners)?;
    config.storage.data_dir = folder.path();
    config.mail.to_inbox = true;
    // Its letters can be read in the inbox.
    config.account.registration = crate::config::Registration::Open;
    if config.issuer.service_name == IssuerConfig::default().service_name {
        config.issuer.service_name = NAME.to_owned();
    }

    let Installation { db, master, .. } = Installation::open(&config.storage)?;
    let app = App::build(config, db, &master, Clock::System).await.map_err(anyhow::Error::from)?;
    let password = seed::person(&app).await?;
    let addresses = [site_a.base_url.clone(), site_b.base_url.clone()];
    let mut servers = vec![serve::server(&app, listeners, None)?];
    for site in [site_a, site_b] {
        let secret = seed::site(&app, site.registration()).await?;
        servers.push(site.start(app.issuer(), &secret)?);
    }
    let _tasks = task::start(&app);
    let link = serve::first_administrator_link(&app).await?;
    greet(&app, &addresses, password.expose(), link)?;
    let outcome = run_together(&app, servers).await;
    serve::send_last_spans(traces).await;
    outcome
}

/// The first signal stops all three; each lets its requests finish.
async fn run_together(app: &Arc<App>, servers: Vec<Server>) -> Result<(), Failure> {
    for server in &servers {
        let streams = Arc::clone(app);
        let end_streams = move || streams.feed.close();
        let drain = Drain { delay: Duration::ZERO, announce: || {}, end_streams };
        serve::stop_on_signal(server.handle(), StopSignals::new()?, drain);
    }
    try_join_all(servers).await?;
    Ok(())
}

/// IPv4, and IPv6 beside it where the machine has it, because browsers may try that first.
fn bind(port: u16) -> anyhow::Result<Vec<TcpListener>> {
    let listen = |address, port| {
        serve::bind(&ListenConfig { addresses: vec![address], port, ..ListenConfig::default() })
    };
    let mut listeners = listen(IpAddr::V4(Ipv4Addr::LOCALHOST), port)?;
    if let Some(first) = listeners.first() {
        let port = first.local_addr()?.port();
        listeners.extend(listen(IpAddr::V6(Ipv6Addr::LOCALHOST), port).unwrap_or_default());
    }
    Ok(listeners)
}

fn origin(host: &str, listeners: &[TcpListener]) -> Result<Issuer, Failure> {
    let listener = listeners.first().ok_or_else(|| Failure::refused("nothing is listening"))?;
    let port = listener.local_addr()?.port();
    format!("http://{host}:{port}").parse().map_err(Failure::refused)
}

impl Site {
    fn bind(id: &'static str, face: Face, host: &str, port: u16) -> anyhow::Result<Self> {
        let listener = serve::listen_on((Ipv4Addr::LOCALHOST, port).into())?;
        let base_url = format!("http://{host}:{}", listener.local_addr()?.port());
        Ok(Self { id, face, base_url, listener })
    }

    /// The site signs people in twice over: for the pages it renders, and for the one that is a script.
    fn registration(&self) -> Registration<'_> {
        let under_both =
            |path: &str| ["/auth", "/app/auth"].map(|mount| format!("{}{mount}{path}", self.base_url));
        Registration {
            id: self.id,
            name: self.face.name(),
            logo: self.face.logo(),
            redirect_uris: under_both("/callback").into(),
            post_logout_redirect_uris: under_both("/logged-out").into(),
            backchannel_logout_uri: format!("{}/auth/backchannel-logout", self.base_url),
            audience: self.base_url.clone(),
        }
    }

    fn start(self, issuer: &str, secret: &Secret) -> anyhow::Result<Server> {
        let config =
            SiteConfig::new(self.face.name(), self.base_url, issuer, self.id, self.listener.local_addr()?)
                .with_secret(secret.expose())
                .with_face(self.face)
                .with_feed();
        Ok(demo_site::run_on(config, self.listener)?)
    }
}

/// Where the data is, and whether it stays.
enum Folder {
    Kept(PathBuf),
    Vanishing(TempDir),
}

impl Folder {
    fn choose(named: Option<PathBuf>) -> io::Result<Self> {
        match named {
            Some(path) => Ok(Self::Kept(path)),
            None => Ok(Self::Vanishing(tempfile::Builder::new().prefix("idp-demo-").tempdir()?)),
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Kept(path) => path.clone(),
            Self::Vanishing(folder) => folder.path().to_owned(),
        }
    }
}

fn greet(
    app: &Arc<App>,
    [site_a, site_b]: &[String; 2],
    password: &str,
    link: Option<String>,
) -> io::Result<()> {
    let (issuer, username, inbox) = (app.issuer(), person::USERNAME, InboxPage::PATH);
    let (books, tickets) = (Face::Books.name(), Face::Tickets.name());
    let administer = match link {
        Some(link) => format!(
            "4. Administer it    {link}\n\
             \u{20}  (good once: it makes {username}, who is signed in by then, the first administrator)"
        ),
        None => format!("4. Administer it    {issuer}{}", path::ADMIN),
    };
    // In one piece: a script that reads up to a line it knows gets the whole of it.
    let greeting = format!(
        "\nTwo sites and the provider that signs people in are running. Ctrl-C stops them.\n\n\
         1. Open site A      {site_a}   ({books})\n\
         2. Sign in as       {username}\n\
         \u{20}  with password    {password}\n\
         3. Open site B      {site_b}   ({tickets}): you are signed in there, without a form\n\
         {administer}\n\n\
         The provider is     {issuer}\n\
         Letters it writes   {issuer}{inbox}   (nothing is sent)\n\n"
    );
    let mut out = io::stdout().lock();
    out.write_all(greeting.as_bytes())?;
    out.flush()
}
