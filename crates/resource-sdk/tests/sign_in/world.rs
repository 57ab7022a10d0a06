//! A provider, a site on the SDK and the steps that every story begins with.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::atomic::{AtomicUsize, Ordering},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    body::{BoxBody, MessageBody},
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web::{self, Data},
};
use resource_sdk::{
    Clock, Demand, FeedOptions, Freshness, Keys, ManualClock, RevocationFeed, UnixTime, Verifier,
    VerifierBuilder,
    sign_in::{
        ClientCredentials, CookieKey, Mode, SignIn, SignInBuilder, SignedIn, SilentSignIn, SteppedUp,
        SteppedUpForm,
    },
};

use crate::{
    browser::{Answer, Browser},
    provider::{CLIENT, NOW, Provider, SECRET, SESSION, Size},
};

pub struct World {
    pub provider: Provider,
    pub clock: ManualClock,
    pub origin: String,
    pub browser: Browser,
    /// Where the site follows one.
    pub feed: Option<RevocationFeed>,
    /// How often a handler of a public page ran.
    pub handled: Data<AtomicUsize>,
    keys: Keys,
    /// The process that serves the site now.
    process: ServerHandle,
}

/// How a process of the site was put together.
pub struct SiteOptions {
    /// The octet that its cookie key is made of.
    pub key: u8,
    /// And the one that it replaced.
    pub former: Option<u8>,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self { key: 3, former: None }
    }
}

/// An answer of the authorization endpoint, as yet unsent.
pub struct Asked {
    pub state: String,
    pub nonce: String,
    pub challenge: String,
}

impl World {
    pub fn new() -> Self {
        Self::start(Size::Small, |_| None)
    }

    /// A provider whose keys and tokens are of this size.
    pub fn with_tokens_of(size: Size) -> Self {
        Self::start(size, |_| None)
    }

    /// A site that knows what the provider takes back.
    pub fn with_feed() -> Self {
        Self::start(Size::Small, |keys| {
            Some(RevocationFeed::start(keys.clone(), CLIENT, SECRET, FeedOptions::default()).unwrap())
        })
    }

    fn start(size: Size, feed: impl FnOnce(&Keys) -> Option<RevocationFeed>) -> Self {
        let provider = Provider::start();
        provider.behave().size = size;
        let keys = Keys::fixed(&provider.issuer, Provider::keys(size));
        let feed = feed(&keys);
        let clock = ManualClock::new(UnixTime::from_secs(NOW));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let handled = Data::new(AtomicUsize::new(0));
        let verifier = verifier(&keys, &provider, feed.as_ref());
        let options = SiteOptions::default();
        let process = serve(listener, &verifier, &clock, &origin, &handled, &options);
        let browser = Browser::new(&origin);
        Self { provider, clock, origin, browser, feed, handled, keys, process }
    }

    /// The process ends, and another takes its place: nothing is left but what browsers keep.
    pub async fn restart(&mut self, options: SiteOptions) {
        self.process.stop(false).await;
        let listener = TcpListener::bind(self.origin.strip_prefix("http://").unwrap()).unwrap();
        self.process = self.serve_on(listener, &options);
        self.browser.reconnect();
    }

    /// Another process of the same site, at an address of its own that only the proxy in front knows.
    pub fn second_process(&self, options: &SiteOptions) -> Browser {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        self.serve_on(listener, options);
        Browser::new(&address)
    }

    fn serve_on(&self, listener: TcpListener, options: &SiteOptions) -> ServerHandle {
        let verifier = verifier(&self.keys, &self.provider, self.feed.as_ref());
        serve(listener, &verifier, &self.clock, &self.origin, &self.handled, options)
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
        self.provider.behave().now = self.clock.now().as_secs();
    }

    /// Goes to the log-in route and reads what the provider is asked.
    pub async fn ask(&self, mount: &str, return_to: &str) -> Asked {
        self.ask_at(&format!("{mount}/login?return_to={return_to}")).await
    }

    pub async fn ask_at(&self, path: &str) -> Asked {
        let sent = self.browser.go(path).await;
        self.asked_by(&sent)
    }

    /// A visit to a page for members by a person who is signed out, up to the provider.
    pub async fn visit(&self, page: &str) -> Asked {
        let sent = self.browser.go(page).await;
        self.ask_at(sent.location()).await
    }

    /// How often a code was presented.
    pub fn redemptions(&self) -> usize {
        self.provider.behave().redemptions
    }

    /// Whether an answer begins a sign-in.
    pub fn is_sent_to_provider(&self, answer: &Answer) -> bool {
        answer.status == 303 && answer.location().starts_with(&format!("{}/authorize?", self.provider.issuer))
    }

    /// What the provider is asked by an answer that leads to it.
    pub fn asked_by(&self, sent: &Answer) -> Asked {
        assert!(self.is_sent_to_provider(sent), "{} {}", sent.status, sent.location());
        Asked {
            state: sent.parameter("state"),
            nonce: sent.parameter("nonce"),
            challenge: sent.parameter("code_challenge"),
        }
    }

    /// The path at which a good answer to this request arrives.
    pub fn good_answer(&self, mount: &str, asked: &Asked) -> String {
        let code = self.provider.code_for(&asked.challenge, &asked.nonce);
        self.answer(mount, &[("code", &code), ("state", &asked.state), ("iss", &self.provider.issuer)])
    }

    pub fn answer(&self, mount: &str, parameters: &[(&str, &str)]) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{mount}/callback?{query}")
    }

    pub async fn sign_in(&self, mount: &str) -> Answer {
        let asked = self.ask(mount, "/members").await;
        let arrived = self.browser.go(&self.good_answer(mount, &asked)).await;
        assert_eq!((arrived.status.as_u16(), arrived.location()), (303, "/members"), "{}", arrived.body);
        arrived
    }

    /// The provider takes the session back, and the site has heard of it.
    pub async fn end_session_at_provider(&self) {
        self.provider.behave().ended_sessions.push(SESSION.to_owned());
        while self.feed.as_ref().unwrap().status().entries == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    pub fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }

    pub async fn is_member(&self) -> bool {
        let answer = self.browser.go("/members").await;
        match answer.status.as_u16() {
            200 => true,
            303 => {
                assert_eq!(answer.location(), "/auth/login?return_to=%2Fmembers");
                false
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
}

fn verifier(keys: &Keys, provider: &Provider, feed: Option<&RevocationFeed>) -> Verifier {
    let verifier = Verifier::builder(&provider.issuer, "https://api.example").freshness(Freshness::Offline);
    feed.into_iter().cloned().fold(verifier, VerifierBuilder::feed).build(keys.clone()).unwrap()
}

/// Starts a process of the site.
fn serve(
    listener: TcpListener,
    verifier: &Verifier,
    clock: &ManualClock,
    origin: &str,
    handled: &Data<AtomicUsize>,
    options: &SiteOptions,
) -> ServerHandle {
    let sign_in = |mode, mount| sign_in(verifier, clock, origin, mode, mount, options);
    let rendered = sign_in(Mode::ServerRendered, "/auth").build().unwrap();
    let scripted = sign_in(Mode::Scripted, "/app/auth").share_logouts_with(&rendered).build().unwrap();
    let counter = handled.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(counter.clone())
            .app_data(Data::new(rendered.clone()))
            .wrap(rendered.middleware())
            .wrap(from_fn(forbid_guarded))
            .configure(rendered.routes())
            .configure(scripted.routes())
            .route("/", web::get().to(home))
            .route("/guarded", web::get().to(home))
            .route("/members", web::to(members))
            .route("/form", web::get().to(form))
            .route("/link", web::post().to(link))
            .route("/vault", web::to(vault))
            .route("/strong", web::get().to(strong))
            .route("/transfer", web::post().to(transfer))
            .route("/slow/{milliseconds}", web::get().to(slow))
            .service(web::resource("/failing").wrap(from_fn(fail_behind)).to(members))
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    handle
}

fn sign_in(
    verifier: &Verifier,
    clock: &ManualClock,
    origin: &str,
    mode: Mode,
    mount: &str,
    options: &SiteOptions,
) -> SignInBuilder {
    let builder = SignIn::builder(verifier.clone(), ClientCredentials::confidential(CLIENT, SECRET), origin)
        .mode(mode)
        .mount(mount)
        .scopes(["openid", "profile"])
        .cookie_key(CookieKey::from_bytes([options.key; 32]))
        .clock(Clock::Manual(clock.clone()));
    let former = options.former.map(|octet| CookieKey::from_bytes([octet; 32]));
    former.into_iter().fold(builder, SignInBuilder::former_cookie_key)
}

/// What a link "Sign in" to this address looks like, and what is said of one that is no address.
async fn link(address: String, sign_in: Data<SignIn>) -> HttpResponse {
    match sign_in.try_login_path(&address) {
        Ok(path) => HttpResponse::Ok().body(path),
        Err(error) => HttpResponse::BadRequest().body(format!("{error}\n{}", sign_in.login_path(&address))),
    }
}

async fn home(visitor: SilentSignIn, handled: Data<AtomicUsize>) -> String {
    handled.fetch_add(1, Ordering::SeqCst);
    visitor.person().map_or_else(|| "guest".to_owned(), |person| person.subject().to_owned())
}

async fn members(person: SignedIn) -> HttpResponse {
    let name = person.display_name().unwrap_or_default();
    HttpResponse::Ok().body(format!("{} {name} {:?}", person.subject(), person.account()))
}

/// The person signed in within a minute.
struct Fresh;

impl Demand for Fresh {
    const MAX_AGE: Option<u32> = Some(60);
}

/// The person proved who they are by more than a password.
struct Strong;

impl Demand for Strong {
    const ACR: &'static [&'static str] = &["phr", "2"];
}

async fn vault(_: SteppedUp<Fresh>) -> &'static str {
    "open"
}

async fn strong(_: SteppedUp<Strong>) -> &'static str {
    "open"
}

/// What was filled in.
async fn transfer(
    sent: SteppedUpForm<Fresh, BTreeMap<String, String>>,
    handled: Data<AtomicUsize>,
) -> HttpResponse {
    handled.fetch_add(1, Ordering::SeqCst);
    let mut form = sent.form;
    form.remove("csrf_token");
    HttpResponse::Ok().json(form)
}

/// A page that takes its time.
async fn slow(person: SignedIn, milliseconds: web::Path<u64>) -> String {
    tokio::time::sleep(std::time::Duration::from_millis(*milliseconds)).await;
    person.subject().to_owned()
}

/// A middleware of the site that is not content with what the page did.
async fn fail_behind(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    next.call(request).await?;
    Err::<ServiceResponse<BoxBody>, _>(actix_web::error::ErrorImATeapot("not today"))
}

/// A middleware of the site that guards one page by its path.
async fn forbid_guarded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if request.path() == "/guarded" {
        return Ok(request.into_response(HttpResponse::Forbidden()).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

async fn form(person: SignedIn) -> String {
    person.csrf_token()
}
