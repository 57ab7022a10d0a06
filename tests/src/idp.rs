//! A provider for one story: the real server on a free port, its own folder, its own clock.

use crate::backend::{self, Backend};
use crate::load_balancer::LoadBalancer;
use crate::ports::free_port;
use crate::{Browser, ClientSpec, PASSWORD, eventually, pkce};
use idp_core::administration::Permissions;
use idp_core::key::{KeyState, SigningKey};
use idp_core::mail_address::MailAddress;
use idp_core::time::UnixTime;
use idp_core::user::{
    Account, AddressChange, MailAddresses, SecondFactorDuty, SignInName, StandardClaims, User, UserStatus,
};
use idp_core::username::Username;
use idp_server::app::App;
use idp_server::clock::Clock;
use idp_server::config::Config;
use idp_server::db::authority::{Authority, Principal};
use idp_server::db::signing_keys::{self, StoredKey};
use idp_server::db::{Db, clients, mail_addresses, password_credentials, search_words, sign_in_names, users};
use idp_server::directory::{Administration, Caller};
use idp_server::hash_pool::WorkOf;
use idp_server::installation::Installation;
use idp_server::seals::Seals;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, LazyLock, OnceLock};
use tempfile::TempDir;
use uuid::Uuid;

/// A running provider. It stops when dropped.
pub struct TestIdp {
    /// The shared state, for looking behind the scenes.
    pub app: Arc<App>,
    /// A way into the database, past the store.
    pub db: Db,
    /// `http://idp.localhost:<port>`.
    pub issuer: String,
    /// The story's clock.
    pub clock: Clock,
    /// Knows where `*.localhost` is, follows no redirect, keeps no cookie.
    pub http: reqwest::Client,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its database, keys and all.
    pub folder: TempDir,
    nodes: Vec<Node>,
    load_balancer: Option<LoadBalancer>,
}

/// One server over the data.
struct Node {
    app: Arc<App>,
    db: Db,
    server: actix_web::dev::ServerHandle,
}

/// What the token endpoint answered.
#[derive(Debug)]
pub struct TokenAnswer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The JSON.
    pub body: Value,
}

impl TokenAnswer {
    /// A member that is text; empty when it is absent.
    #[must_use]
    pub fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_default()
    }

    /// `(status, error)`.
    #[must_use]
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.text("error"))
    }

    /// A header as text; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl TestIdp {
    /// Starts one with the defaults.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one with a changed configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Clock::System.now());
        Self::start_in(folder, clock, 0, change).await
    }

    /// Starts one over a folder that may have been used before, on `port` (0 for any).
    pub async fn start_in(
        folder: TempDir,
        clock: Clock,
        port: u16,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let count = if Backend::of_this_run() == Backend::Cluster { 2 } else { 1 };
        Self::start_nodes(count, folder, clock, port, change).await
    }

    /// The same with so many nodes, on each backend.
    pub async fn start_nodes(
        count: usize,
        folder: TempDir,
        clock: Clock,
        port: u16,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let port = if port == 0 { free_port() } else { port };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = format!("http://idp.localhost:{}", address.port());
        let mut config = Config::default();
        config.issuer.url = issuer.parse().unwrap();
        Backend::of_this_run().provision(folder.path(), &mut config);
        config.listen.workers = Some(2);
        // Argon2 as cheap as it is allowed to be: the stories are not about its cost.
        config.password.memory_kib = 64;
        config.password.iterations = 1;
        change(&mut config);
        let (nodes, load_balancer) = if count > 1 {
            let bind = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
            let listeners: Vec<_> = (0..count).map(bind).collect();
            let ports = listeners.iter().map(|inner| inner.local_addr().unwrap().port()).collect();
            let mut nodes = Vec::new();
            for inner in listeners {
                nodes.push(Node::start(config.clone(), &clock, inner).await);
            }
            (nodes, Some(LoadBalancer::new(listener, ports)))
        } else {
            (vec![Node::start(config, &clock, listener).await], None)
        };
        let (app, db, http) = (Arc::clone(&nodes[0].app), nodes[0].db.clone(), http_client());
        let idp = Self { app, db, issuer, clock, http, address, folder, nodes, load_balancer };
        idp.wait_until_ready().await;
        idp
    }

    /// A node that is not in step with Redis yet tells people to come back, and a balancer sends it none.
    async fn wait_until_ready(&self) {
        let live = async || self.http.get(self.url("/health/live")).send().await.is_ok();
        eventually("the provider is up", live).await;
        for node in &self.nodes {
            let in_step = async || node.app.store.is_redis_in_step() != Some(false);
            eventually("the node is in step with Redis", in_step).await;
        }
    }

    /// Stops it as SIGTERM would, and hands its folder back for another start.
    pub async fn stop(mut self) -> TempDir {
        drop(self.load_balancer.take());
        for node in &self.nodes {
            node.app.feed.close();
            node.server.stop(true).await;
            let _ = node.app.store.forget_node(node.app.node).await;
        }
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// The shared state of each node; of one, unless the backend is a cluster.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Arc<App>> {
        self.nodes.iter().map(|node| &node.app)
    }

    /// An address on it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The same by the number of this machine: not every system knows that names below localhost are.
    #[must_use]
    pub fn url_by_number(&self, path: &str) -> String {
        let mut address = url::Url::parse(&self.url(path)).unwrap();
        address.set_host(Some("127.0.0.1")).unwrap();
        address.to_string()
    }

    /// A new browser, without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.http.clone())
    }

    /// A new browser with connections of its own, for a thread of its own.
    #[must_use]
    pub fn browser_apart(&self) -> Browser {
        Browser::new(http_client())
    }

    /// The directory in the hands of an operator at the console.
    #[must_use]
    pub fn operator(&self) -> Administration<'_> {
        operator_of(&self.app)
    }

    /// Adds a person who signs in with [`PASSWORD`].
    pub async fn add_user(&self, name: &str) -> Uuid {
        let claims = StandardClaims {
            name: Some(format!("The {name}")),
            email: Some(format!("{name}@example.org")),
            email_verified: Some(true),
            ..StandardClaims::default()
        };
        self.add_user_with(name, claims).await
    }

    /// The same, with these claims; those of `email` become the primary address.
    pub async fn add_user_with(&self, name: &str, claims: StandardClaims) -> Uuid {
        let now = self.clock.now();
        let email = claims.email.as_deref().and_then(|email| MailAddress::parse(email).ok());
        let is_verified = claims.email_verified == Some(true);
        let as_address = if is_verified { AddressChange::Vouch } else { AddressChange::Add };
        let addresses: Vec<_> = email.into_iter().map(as_address).collect();
        let user = User {
            id: idp_server::random::new_id(now),
            username: Username::parse(name).unwrap(),
            status: UserStatus::Active,
            not_before: UnixTime(0),
            claims,
            created_at: now,
            second_factor: SecondFactorDuty::default(),
            browsers_forgotten_at: None,
        };
        let account = Account { user, addresses: MailAddresses::default(), attributes: Default::default() };
        let account = account.with_names(None, &addresses, now, || idp_server::random::new_id(now)).unwrap();
        let hash = self.app.hashing.hash(&WorkOf::operator(), crate::typed(PASSWORD)).await.unwrap();
        let id = account.user.id;
        let added = self.db.write(idp_server::db::Locks::installation(), move |connection| {
            users::insert(connection, &account.user)?;
            for known in account.addresses.iter() {
                mail_addresses::insert(connection, id, known)?;
            }
            search_words::replace(connection, id, &idp_core::user::search_words(&account))?;
            for name in account.addresses.verified().map(SignInName::from) {
                if sign_in_names::owner(connection, &name)?.is_none() {
                    sign_in_names::insert(connection, id, &name)?;
                }
            }
            password_credentials::insert(connection, id, &hash)
        });
        added.await.unwrap();
        id
    }

    /// Registers a client.
    pub async fn add_client(&self, spec: &ClientSpec) {
        let client = spec.client.clone().checked().unwrap();
        self.db
            .write(idp_server::db::Locks::installation(), move |connection| {
                clients::insert(connection, &client)
            })
            .await
            .unwrap();
    }

    /// The address of an authorization request with `changes` made to a good one; an empty value takes a
    /// parameter away.
    #[must_use]
    pub fn authorize_url(&self, spec: &ClientSpec, changes: &[(&str, &str)]) -> String {
        let good = spec.authorization_request();
        let kept = good.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let pairs = kept.chain(changes).filter(|(_, value)| !value.is_empty());
        url::Url::parse_with_params(&self.url("/authorize"), pairs).unwrap().into()
    }

    /// Posts a form to the token endpoint (or any other) as `spec`, authenticated by Basic when it has a
    /// secret and by `client_id` when not.
    pub async fn post_as(&self, spec: &ClientSpec, path: &str, form: &[(&str, &str)]) -> TokenAnswer {
        let mut request = self.http.post(self.url(path));
        let mut fields = form.to_vec();
        match &spec.secret {
            Some(secret) => request = request.basic_auth(spec.id(), Some(secret)),
            None => fields.push(("client_id", spec.id())),
        }
        read(request.form(&fields)).await
    }

    /// Redeems a code with the verifier of the stories.
    pub async fn redeem(&self, spec: &ClientSpec, code: &str) -> TokenAnswer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", spec.redirect_uri()),
            ("code_verifier", pkce::VERIFIER),
        ];
        self.post_as(spec, "/token", &form).await
    }

    /// Presents a refresh token.
    pub async fn refresh(&self, spec: &ClientSpec, token: &str) -> TokenAnswer {
        self.post_as(spec, "/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Sends a request as it is, and reads the JSON that comes back, if it is JSON.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> TokenAnswer {
        read(request).await
    }

    /// Posts a form to an endpoint without authentication of its own: what proves the client, if anything, is among the fields.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> TokenAnswer {
        read(self.http.post(self.url(path)).form(form)).await
    }

    /// The time in the story.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now().as_secs()
    }

    /// Asks userinfo with a bearer token.
    pub async fn userinfo(&self, token: &str) -> TokenAnswer {
        read(self.http.get(self.url("/userinfo")).header(AUTHORIZATION, format!("Bearer {token}"))).await
    }

    /// Whether introspection by `spec` calls the token active.
    pub async fn is_active(&self, spec: &ClientSpec, token: &str) -> bool {
        self.post_as(spec, "/introspect", &[("token", token)]).await.body["active"] == true
    }
}

impl Drop for TestIdp {
    fn drop(&mut self) {
        drop(self.load_balancer.take());
        for node in &self.nodes {
            drop(node.server.stop(false));
        }
        backend::clear(self.folder.path());
    }
}

impl Node {
    async fn start(config: Config, clock: &Clock, listener: TcpListener) -> Self {
        let Installation { db, master, .. } = Installation::open(&config.storage).unwrap();
        put_ready_keys(&db, &master, clock.now()).await;
        let app = App::build(config, db.clone(), &master, clock.clone()).await.unwrap();
        let server = idp_server::serve::server(&app, vec![listener], None).unwrap();
        let handle = server.handle();
        // A runtime of its own, as in production; a test's runtime has one thread.
        let shared = Arc::clone(&app);
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let _redis = idp_server::task::keep_in_step(&shared);
                server.await
            })
        });
        Self { app, db, server: handle }
    }
}

/// Sends a request and reads the JSON that comes back, if it is JSON.
async fn read(request: reqwest::RequestBuilder) -> TokenAnswer {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await.unwrap();
    TokenAnswer { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

/// Making an RSA key takes a second: the stories of one run share two, which begin as they would after a
/// first start.
async fn put_ready_keys(db: &idp_server::db::Db, master: &[u8; 32], now: UnixTime) {
    static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
    let stored = db.read(signing_keys::all).await.unwrap();
    if !stored.is_empty() {
        return;
    }
    let make = || SigningKey::generate(2048).unwrap();
    let [active, next] = KEYS.get_or_init(|| [make(), make()]).clone();
    let seals = Seals::new(master).unwrap();
    let states = [(active, KeyState::Active { since: now }), (next, KeyState::Next { published_at: now })];
    let rows = states.map(|(key, state)| StoredKey {
        kid: key.kid().to_owned(),
        state: state.name().to_owned(),
        state_since: state.at().as_secs(),
        sealed_pem: seals.signing_key.close(&*key.to_pkcs8_pem(), key.kid()).unwrap(),
    });
    db.write(idp_server::db::Locks::installation(), |connection| {
        signing_keys::replace(connection, rows.into())
    })
    .await
    .unwrap();
}

struct Loopback;

impl reqwest::dns::Resolve for Loopback {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let found: reqwest::dns::Addrs = Box::new([SocketAddr::from((Ipv4Addr::LOCALHOST, 0))].into_iter());
        Box::pin(async move { Ok(found) })
    }
}

/// A client for stories, in which every name leads to this machine.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn http_client() -> reqwest::Client {
    // Each request on a connection of its own, so that the load balancer sends them to the nodes in turn.
    let kept = if Backend::of_this_run() == Backend::Cluster { 0 } else { usize::MAX };
    reqwest::Client::builder()
        // Stories speak plain HTTP; reading the system's root certificates for each would cost more than most stories.
        .tls_certs_only([])
        .pool_max_idle_per_host(kept)
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(Loopback))
        .build()
        .unwrap()
}

/// The directory of a node in the hands of an operator at the console.
#[must_use]
pub fn operator_of(app: &App) -> Administration<'_> {
    static OPERATOR: LazyLock<Caller> = LazyLock::new(|| Caller::console("stories"));
    app.administration(&OPERATOR)
}

/// The right of an operator at the console to anything.
#[must_use]
pub fn console_right() -> Authority {
    Authority::of(Principal::Console("stories".to_owned()), Permissions::all(), Permissions::NONE)
}
