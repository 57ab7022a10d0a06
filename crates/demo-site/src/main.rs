//! The site on its own: `demo-site --face books --base-url http://a.localhost:8081 ...`. The client
//! secret comes from the environment or a file, never from a flag, where every process could read it.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::Parser;
use demo_site::{Face, SiteConfig};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const SECRET_VARIABLE: &str = "DEMO_SITE_CLIENT_SECRET";

/// A small site that signs people in at an OpenID provider.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// What the site calls itself [default: the name of its face]
    #[arg(long)]
    name: Option<String>,
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Where browsers find it
    #[arg(long, default_value = "http://a.localhost:8081")]
    base_url: String,
    /// The provider
    #[arg(long, default_value = "http://idp.localhost:8080")]
    issuer: String,
    /// Who the site is at the provider
    #[arg(long, default_value = "site-a")]
    client_id: String,
    /// A file that holds the client secret; else DEMO_SITE_CLIENT_SECRET, else a public client
    #[arg(long)]
    client_secret_file: Option<PathBuf>,
    /// What it offers, its mark and its colour
    #[arg(long, value_enum, default_value_t)]
    face: Face,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let secret = client_secret(&arguments)?;
    let address = arguments.base_url.clone();
    let site = SiteConfig::new(
        arguments.name.unwrap_or_else(|| arguments.face.name().to_owned()),
        arguments.base_url,
        arguments.issuer,
        arguments.client_id,
        arguments.listen,
    )
    .with_face(arguments.face)
    .with_feed();
    let site = match secret {
        Some(secret) => site.with_secret(secret),
        None => site,
    };
    let server = demo_site::run(site)?;
    tracing::info!("open {address}");
    stop_on_signal(server.handle())?;
    Ok(server.await?)
}

fn client_secret(arguments: &Arguments) -> anyhow::Result<Option<String>> {
    let Some(path) = &arguments.client_secret_file else {
        return Ok(std::env::var(SECRET_VARIABLE).ok());
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Lets answers under way finish, then stops.
fn stop_on_signal(server: actix_web::dev::ServerHandle) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        server.stop(true).await;
    });
    Ok(())
}
