//! From a configuration to a running server: sockets, TLS, workers, and a stop that lets requests under way finish.
//! What is served is `app` and `routes`; `demo` and the tests start servers through here as well.

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App as Application, HttpServer,
    dev::{Server, ServerHandle},
    middleware::{Condition, from_fn},
    web::ServiceConfig,
};
use anyhow::Context as _;
use socket2::{Domain, Socket, Type};
use tokio::time::timeout;
use tracing_actix_web::TracingLogger;

use crate::{
    app::App,
    clock::Clock,
    config::{AcmeConfig, ListenConfig, Loaded, MetricsConfig},
    directory::{Caller, DirectoryError},
    http::{close_after_unread_body, layout, metrics_routes, plain_routes, routes},
    installation::Installation,
    log::{RequestSpan, stamp_request_id, traced},
    page::{Frame, SecurityHeaders},
    stop_signals::StopSignals,
    task,
    tls::{self, Certificate},
    traces::Traces,
};

/// Connections that wait to be accepted, for each address.
const BACKLOG: i32 = 1024;
/// How long a peer may take to close its side after the answer was sent.
const GOODBYE: Duration = Duration::from_secs(2);

/// How long the last spans of traces are waited for.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// Connections for metrics at once: some servers that scrape, and a person who looks.
const METRICS_CONNECTIONS: usize = 64;
/// Connections over http at once: each is for one answer.
const HTTP_CONNECTIONS: usize = 1024;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({})", mend(source.kind()))]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

impl ListenError {
    /// Whether the address may be free, or there, a moment later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable)
    }

    /// Whether another process listens there.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

fn mend(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => "another process does; stop it or choose another port",
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need the capability CAP_NET_BIND_SERVICE; choose a higher port behind a proxy, or grant it"
        }
        io::ErrorKind::AddrNotAvailable => "no interface of this machine has the address",
        _ => "the operating system refuses",
    }
}

/// Runs the provider until SIGTERM or SIGINT. `traces` are those of the subscriber.
///
/// # Errors
/// When the installation cannot be opened, a socket cannot be bound, or the certificate cannot be read.
pub async fn run(loaded: Loaded, clock: Clock, traces: Option<Traces>) -> anyhow::Result<()> {
    let config = &loaded.config;
    let Installation { db, master, .. } = Installation::open(&config.storage)?;
    let listeners = bind(&config.listen).context("listen.addresses, listen.port")?;
    let for_metrics = bind_metrics(&config.metrics).context("metrics.listen")?;
    let for_http = bind_http(&config.tls.acme).context("tls.acme.http_listen")?;
    let certificate = Certificate::from_config(&config.tls, &config.storage.mounted_secrets)?;
    let app = App::build(loaded, db, &master, clock).await?;
    if let Some(certificate) = &certificate {
        let _first = app.certificate.set(Arc::clone(certificate));
    }
    if let Some(traces) = &traces {
        let _first = app.traces.set(traces.outcomes().clone());
    }
    tls::watch(certificate.clone(), app.config.issuer.url.host().to_owned(), app.clock.clone())?;
    // Before the first request, so that a command which asks for the living nodes finds this one.
    task::renew_lease(Arc::clone(&app)).await;
    let addresses = local_addresses(&listeners)?;
    let metrics = local_addresses(&for_metrics)?;
    let http = local_addresses(&for_http)?;
    let for_http = http_server(&app, for_http)?;
    let for_metrics = metrics_server(&app, for_metrics)?;
    let server = server(&app, listeners, certificate.as_ref())?;
    let tasks = task::start(&app);
    // Before anything learns that the server is there, and tells it to stop.
    let signals = StopSignals::new()?;
    tracing::info!(issuer = app.issuer(), ?addresses, ?metrics, ?http, tls = certificate.is_some(), "ready");
    if let Err(error) = lead_in_first_administrator(&app).await {
        tracing::warn!(%error, "whether there is an administrator is not known");
    }
    let (drained, streams) = (Arc::clone(&app), Arc::clone(&app));
    let drain = Drain {
        delay: app.config.listen.drain_delay.to_duration(),
        announce: move || drained.readiness.drain(),
        end_streams: move || streams.feed.close(),
    };
    stop_on_signal(server.handle(), signals, drain);
    // To the end, so that it can be seen how the requests under way come to theirs.
    let beside: Vec<Server> = for_metrics.into_iter().chain(for_http).collect();
    let handles: Vec<ServerHandle> = beside.iter().map(Server::handle).collect();
    for server in beside {
        actix_web::rt::spawn(server);
    }
    let outcome = server.await;
    for beside in handles {
        beside.stop(false).await;
    }
    drop(tasks);
    if let Err(error) = app.store.forget_node(app.node).await {
        tracing::debug!(%error, "that this node stops was not written down");
    }
    send_last_spans(traces).await;
    tracing::info!("stopped");
    Ok(outcome?)
}

/// Sends what waits for the collector of traces, and waits for that for three seconds at most.
pub async fn send_last_spans(traces: Option<Traces>) {
    if let Some(traces) = traces {
        // A panic there was told already.
        let _ = tokio::task::spawn_blocking(move || traces.stop(LAST_SPANS)).await;
    }
}

/// The link by which the first administrator comes in; `None` where there is one.
///
/// # Errors
/// When it is not stored.
pub async fn first_administrator_link(app: &App) -> Result<Option<String>, DirectoryError> {
    let caller = Caller::console("idp-server");
    app.administration(&caller).first_administrator_link(app.now()).await
}

/// On standard output, for no secret ever stands in the log, which says where to look.
async fn lead_in_first_administrator(app: &App) -> Result<(), DirectoryError> {
    let Some(link) = first_administrator_link(app).await? else { return Ok(()) };
    tracing::warn!("there is no administrator: a link for the first one is on standard output");
    let words = format!(
        "\nThere is no administrator yet. Who opens this link becomes the first one. It is good once, for 24 hours:\n\n  \
         {link}\n\n`idp-server administrator link` prints another one.\n\n"
    );
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(words.as_bytes()).and_then(|()| out.flush()) {
        tracing::warn!(%error, "the link for the first administrator could not be printed");
    }
    Ok(())
}

/// Binds every configured address. With port 0 the system chooses a port for the first address, and
/// the others get the same.
///
/// # Errors
/// When an address cannot be bound; the message names it.
pub fn bind(config: &ListenConfig) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for address in &config.addresses {
        let port = match listeners.first() {
            Some(first) => first.local_addr()?.port(),
            None => config.port,
        };
        let address = SocketAddr::new(*address, port);
        listeners.push(listen_on(address)?);
    }
    Ok(listeners)
}

/// Binds the addresses on which Prometheus reads.
///
/// # Errors
/// When one cannot be bound; the message names it.
pub fn bind_metrics(config: &MetricsConfig) -> anyhow::Result<Vec<TcpListener>> {
    config.listen.iter().map(|address| Ok(listen_on(*address)?)).collect()
}

/// Binds the addresses at which the challenges of a certificate authority are answered over http; none where nothing is ordered.
///
/// # Errors
/// When one cannot be bound; the message names it.
pub fn bind_http(config: &AcmeConfig) -> anyhow::Result<Vec<TcpListener>> {
    let addresses = if config.is_on() { config.http_listen.as_slice() } else { &[] };
    addresses.iter().map(|address| Ok(listen_on(*address)?)).collect()
}

/// Binds one address.
///
/// # Errors
/// The address is in use, not this machine's, or needs a privilege.
pub fn listen_on(address: SocketAddr) -> Result<TcpListener, ListenError> {
    listen(address).map_err(|source| ListenError { address, source })
}

/// Whether one could be bound. Nothing listens meanwhile, so no connection is taken that is answered by nothing, and a server that starts
/// in that moment gets the address.
///
/// # Errors
/// As [`listen_on`].
pub fn try_address(address: SocketAddr) -> Result<(), ListenError> {
    bound(address).map(drop).map_err(|source| ListenError { address, source })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bound(address)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// IPv6 sockets take IPv6 only, so that `0.0.0.0` and `::` can be bound side by side.
fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for the connections of the last run to be forgotten.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn local_addresses(listeners: &[TcpListener]) -> io::Result<Vec<SocketAddr>> {
    listeners.iter().map(TcpListener::local_addr).collect()
}

/// The server on `listeners`, over TLS when there is a certificate. It runs when awaited, and stops by its
/// handle.
///
/// # Errors
/// When a listener cannot be used.
pub fn server(
    app: &Arc<App>,
    listeners: Vec<TcpListener>,
    certificate: Option<&Arc<Certificate>>,
) -> anyhow::Result<Server> {
    let config = &app.config.listen;
    let shared = Arc::clone(app);
    let mut server = HttpServer::new(move || {
        let headers = SecurityHeaders::new(shared.config.issuer.url.is_https(), frame(&shared));
        Application::new()
            .configure(routes(&shared))
            .wrap(headers)
            .wrap(from_fn(close_after_unread_body))
            .wrap(Condition::new(shared.config.traces.is_on(), from_fn(traced)))
            .wrap(from_fn(stamp_request_id))
            .wrap(TracingLogger::<RequestSpan>::new())
    })
    .client_request_timeout(config.request_timeout.to_duration())
    .client_disconnect_timeout(GOODBYE)
    .keep_alive(config.keep_alive.to_duration())
    .max_connections(config.connections_per_worker)
    .shutdown_timeout(config.shutdown_timeout.as_secs().unsigned_abs())
    .disable_signals();
    if let Some(workers) = config.workers {
        server = server.workers(workers);
    }
    for listener in listeners {
        server = match certificate {
            Some(certificate) => server.listen_rustls_0_23(listener, certificate.server_config()?)?,
            None => server.listen(listener)?,
        };
    }
    Ok(server.run())
}

/// What tells Prometheus on `listeners`, which the operator alone reaches: one thread, without TLS. It runs when awaited, and stops by
/// its handle. `None` without listeners.
///
/// # Errors
/// When a listener cannot be used.
pub fn metrics_server(app: &Arc<App>, listeners: Vec<TcpListener>) -> anyhow::Result<Option<Server>> {
    beside(app, listeners, metrics_routes(app), METRICS_CONNECTIONS)
}

/// What answers a certificate authority over http, and leads browsers to https: one thread. It runs when awaited, and stops by its
/// handle. `None` without listeners.
///
/// # Errors
/// When a listener cannot be used.
pub fn http_server(app: &Arc<App>, listeners: Vec<TcpListener>) -> anyhow::Result<Option<Server>> {
    beside(app, listeners, plain_routes(app), HTTP_CONNECTIONS)
}

/// A small server beside the one for people and sites.
fn beside(
    app: &Arc<App>,
    listeners: Vec<TcpListener>,
    routes: impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static,
    connections: usize,
) -> anyhow::Result<Option<Server>> {
    if listeners.is_empty() {
        return Ok(None);
    }
    let mut server = HttpServer::new(move || Application::new().configure(routes.clone()))
        .workers(1)
        .client_request_timeout(app.config.listen.request_timeout.to_duration())
        .client_disconnect_timeout(GOODBYE)
        .max_connections(connections)
        .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(Some(server.run()))
}

/// Error pages are framed as all others are.
fn frame(app: &Arc<App>) -> Frame {
    let app = Arc::clone(app);
    Rc::new(move |head, extensions| layout(&app, head, extensions))
}

/// How a server that was told to stop goes out of the way.
pub struct Drain<A, E> {
    /// How long requests are still taken (`listen.drain_delay`).
    pub delay: Duration,
    /// Tells load balancers.
    pub announce: A,
    /// Ends the streams that would go on for ever.
    pub end_streams: E,
}

/// The first SIGTERM or SIGINT tells load balancers, serves on for the delay, and then lets requests finish, within
/// `listen.shutdown_timeout`; a second one does not wait for anything.
pub fn stop_on_signal(
    server: ServerHandle,
    mut signals: StopSignals,
    drain: Drain<impl Fn() + 'static, impl Fn() + 'static>,
) {
    actix_web::rt::spawn(async move {
        signals.next().await;
        (drain.announce)();
        let is_hurried = if drain.delay.is_zero() {
            false
        } else {
            tracing::info!(delay = ?drain.delay, "draining: /health/ready says 503, and requests are still taken");
            timeout(drain.delay, signals.next()).await.is_ok()
        };
        (drain.end_streams)();
        let stop = |graceful| {
            tracing::info!(graceful, "stopping");
            let server = server.clone();
            actix_web::rt::spawn(async move { server.stop(graceful).await });
        };
        if !is_hurried {
            stop(true);
            signals.next().await;
        }
        stop(false);
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A check takes no connection, and no address from a server that starts meanwhile.
    #[test]
    fn an_address_that_is_tried_is_free_for_a_server() {
        let tried = bound(([127, 0, 0, 1], 0).into()).unwrap();
        let address = tried.local_addr().unwrap().as_socket().unwrap();
        let listening = listen_on(address).unwrap();
        assert!(try_address(address).unwrap_err().is_taken());
        drop((tried, listening));
        try_address(address).unwrap();
    }

    /// The superuser may bind every port, so the kernel's answer is made here.
    #[test]
    fn b10_a_port_that_needs_a_privilege_is_refused_with_the_mend() {
        for (kind, words) in [
            (io::ErrorKind::PermissionDenied, "CAP_NET_BIND_SERVICE"),
            (io::ErrorKind::AddrInUse, "choose another port"),
        ] {
            let error = ListenError { address: ([127, 0, 0, 1], 443).into(), source: kind.into() };
            let message = error.to_string();
            assert!(message.contains("127.0.0.1:443") && message.contains(words), "{message}");
            assert!(!message.contains(&error.source.to_string()), "{message}");
        }
    }
}
