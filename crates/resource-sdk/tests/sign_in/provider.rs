//! A provider that signs with a key of its own and lies on request.

mod signing;

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Data, Form},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use resource_sdk::KeySet;
use rsa::sha2::{Digest, Sha256};
use serde_json::{Value, json};
use signing::{KEY, OTHER_KEY, public_jwk, rs256, signing_key, unsigned};

pub const KID: &str = "test-key";
pub const SUBJECT: &str = "user-1";
pub const SESSION: &str = "session-1";
pub const CLIENT: &str = "site-a";
pub const SECRET: &str = "s3cret";
/// Seconds that its access tokens live.
pub const LIFETIME: i64 = 600;
pub const NOW: i64 = 1_800_000_000;
/// The run of its feed, which makes no anchors.
const RUN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How an ID token is signed.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Signing {
    #[default]
    Sound,
    None,
    Hs256WithPublicKey,
    OtherKey,
    AsAccessToken,
    WithoutKid,
    Extended,
}

/// How the token endpoint answers a refresh.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Refreshing {
    #[default]
    Works,
    InvalidGrant,
    InvalidClient,
    Broken,
}

/// How large the keys and tokens of a provider are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Size {
    /// Small claims under a key of 2048 bits.
    #[default]
    Small,
    /// Everything that our provider puts into tokens, under a key of 2048 bits.
    Rsa2048,
    /// The same under a key of 4096 bits.
    Rsa4096,
}

type Change = Box<dyn Fn(&mut Value) + Send>;

#[derive(Default)]
pub struct Behaviour {
    pub signing: Signing,
    pub refreshing: Refreshing,
    pub size: Size,
    pub delay: Duration,
    pub change_id_token: Option<Change>,
    pub change_access_token: Option<Change>,
    pub change_answer: Option<Change>,
    pub ignores_pkce: bool,
    /// What its clock says.
    pub now: i64,
    codes: HashMap<String, Code>,
    successors: HashMap<String, String>,
    pub refreshes: usize,
    /// How often a code was presented, good or spent.
    pub redemptions: usize,
    /// It signs under a name that its keys do not have yet.
    pub uses_new_key: bool,
    /// So many answers to refreshes break off on the way.
    pub lost_answers: usize,
    pub revoked: Vec<String>,
    /// What its feed tells of, by `sid`.
    pub ended_sessions: Vec<String>,
    issued: usize,
}

impl Behaviour {
    fn kid(&self) -> &'static str {
        if self.uses_new_key { "new-key" } else { KID }
    }
}

struct Code {
    challenge: String,
    nonce: String,
}

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    behaviour: Arc<Mutex<Behaviour>>,
    handle: ServerHandle,
}

impl Provider {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let behaviour = Arc::new(Mutex::new(Behaviour { now: NOW, ..Behaviour::default() }));
        let (state, at) = (Data::from(Arc::clone(&behaviour)), Data::new(issuer.clone()));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .app_data(at.clone())
                .route("/.well-known/openid-configuration", web::get().to(metadata))
                .route("/token", web::post().to(token))
                .route("/revoke", web::post().to(revoke))
                .route("/userinfo", web::get().to(userinfo))
                .route("/revocations", web::get().to(feed))
                .route("/revocations/acknowledgements", web::post().to(HttpResponse::NoContent))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { issuer, behaviour, handle }
    }

    pub fn keys(size: Size) -> KeySet {
        let key = public_jwk(signing_key(size));
        KeySet::from_jwks(json!({ "keys": [key] }).to_string().as_bytes()).unwrap()
    }

    pub fn behave(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap()
    }

    /// A code as the authorization endpoint would give one for this request.
    pub fn code_for(&self, challenge: &str, nonce: &str) -> String {
        let mut behaviour = self.behave();
        behaviour.issued += 1;
        let code = format!("code-{}", behaviour.issued);
        let kept = Code { challenge: challenge.to_owned(), nonce: nonce.to_owned() };
        behaviour.codes.insert(code.clone(), kept);
        code
    }

    /// A token that it really signed.
    pub fn signed(header: &Value, claims: &Value) -> String {
        rs256(header, claims, &KEY)
    }

    /// One that another key signed.
    pub fn forged(header: &Value, claims: &Value) -> String {
        rs256(header, claims, &OTHER_KEY)
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

async fn metadata(issuer: Data<String>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": format!("{}/authorize", issuer.as_str()),
        "token_endpoint": format!("{}/token", issuer.as_str()),
        "end_session_endpoint": format!("{}/end-session", issuer.as_str()),
        "revocation_endpoint": format!("{}/revoke", issuer.as_str()),
        "userinfo_endpoint": format!("{}/userinfo", issuer.as_str()),
        "jwks_uri": format!("{}/jwks", issuer.as_str()),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn userinfo(state: Data<Mutex<Behaviour>>) -> HttpResponse {
    let (subject, name) = match state.lock().unwrap().size {
        Size::Small => (SUBJECT, "Ada <Example>".to_owned()),
        // As long as names are kept, and of characters that take three octets each.
        _ => (UUID, "\u{738b}\u{5c0f}\u{660e}".repeat(40)),
    };
    HttpResponse::Ok().json(json!({ "sub": subject, "name": name }))
}

/// Everything that is in force, every few milliseconds.
async fn feed(state: Data<Mutex<Behaviour>>, issuer: Data<String>) -> HttpResponse {
    let statements = futures_util::stream::unfold(1, move |at| {
        let (state, issuer) = (state.clone(), issuer.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let event = format!("data: {}\n\n", statement(&state.lock().unwrap(), &issuer, at));
            Some((Ok::<_, std::io::Error>(web::Bytes::from(event)), at + 1))
        }
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(statements)
}

fn statement(behaviour: &Behaviour, issuer: &str, at: i64) -> String {
    let entry = |(index, sid): (usize, &String)| {
        let number = index + 1;
        let input = format!("revocation-feed name\0{issuer}\0sid\0{sid}");
        let name = URL_SAFE_NO_PAD.encode(&Sha256::digest(input)[..16]);
        json!({ "n": number, "kind": "sid", "name": name, "at": NOW * 1_000, "exp": NOW + 9_000 })
    };
    let entries: Vec<_> = behaviour.ended_sessions.iter().enumerate().map(entry).collect();
    let claims = json!({
        "iss": issuer, "run": RUN, "uptime": at, "at": NOW * 1_000 + at, "from": 0, "to": entries.len(), "entries": entries,
    });
    rs256(&json!({ "alg": "RS256", "typ": "revocations+jwt", "kid": KID }), &claims, &KEY)
}

async fn revoke(form: Form<HashMap<String, String>>, state: Data<Mutex<Behaviour>>) -> HttpResponse {
    state.lock().unwrap().revoked.push(form["token"].clone());
    HttpResponse::Ok().finish()
}

async fn token(
    request: HttpRequest,
    form: Form<HashMap<String, String>>,
    state: Data<Mutex<Behaviour>>,
    issuer: Data<String>,
) -> HttpResponse {
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    assert_eq!(
        request.headers().get("authorization").unwrap().to_str().unwrap(),
        format!("Basic {expected}")
    );
    let delay = state.lock().unwrap().delay;
    tokio::time::sleep(delay).await;
    let mut behaviour = state.lock().unwrap();
    match form["grant_type"].as_str() {
        "authorization_code" => redeem(&mut behaviour, &issuer, &form),
        "refresh_token" => rotate(&mut behaviour, &issuer, &form["refresh_token"]),
        other => panic!("{other}"),
    }
}

fn redeem(behaviour: &mut Behaviour, issuer: &str, form: &HashMap<String, String>) -> HttpResponse {
    behaviour.redemptions += 1;
    let Some(code) = behaviour.codes.remove(&form["code"]) else {
        return refuse("invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    if challenge != code.challenge && !behaviour.ignores_pkce {
        return refuse("invalid_grant");
    }
    behaviour.issued += 1;
    let refresh_token = format!("refresh-token-{}", behaviour.issued);
    answer(behaviour, issuer, &refresh_token, Some(&code.nonce))
}

/// The same successor for every request that brings the same token, as within the provider's window.
fn rotate(behaviour: &mut Behaviour, issuer: &str, presented: &str) -> HttpResponse {
    behaviour.refreshes += 1;
    match behaviour.refreshing {
        Refreshing::InvalidGrant => return refuse("invalid_grant"),
        Refreshing::InvalidClient => return refuse("invalid_client"),
        Refreshing::Broken => return HttpResponse::BadGateway().body("<h1>proxy</h1>"),
        Refreshing::Works => {}
    }
    behaviour.issued += 1;
    let next = format!("refresh-token-{}", behaviour.issued);
    let successor = behaviour.successors.entry(presented.to_owned()).or_insert(next).clone();
    if behaviour.lost_answers > 0 {
        behaviour.lost_answers -= 1;
        let broken = Err::<web::Bytes, _>(std::io::Error::other("the line is cut"));
        return HttpResponse::Ok().streaming(futures_util::stream::iter([broken]));
    }
    answer(behaviour, issuer, &successor, None)
}

fn refuse(code: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": code }))
}

fn answer(behaviour: &Behaviour, issuer: &str, refresh_token: &str, nonce: Option<&str>) -> HttpResponse {
    let now = behaviour.now;
    let mut claims = json!({
        "iss": issuer, "sub": SUBJECT, "aud": "https://api.example", "client_id": CLIENT,
        "jti": format!("jti-{}", behaviour.issued), "iat": now, "exp": now + LIFETIME,
        "scope": "openid", "sid": SESSION, "auth_time": now - 5,
    });
    if let Some(change) = &behaviour.change_access_token {
        change(&mut claims);
    }
    let kid = behaviour.kid();
    if behaviour.size != Size::Small {
        fill_access_token(&mut claims, behaviour.issued);
    }
    let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid });
    let access_token = rs256(&header, &claims, signing_key(behaviour.size));
    let refresh_token = &sized_refresh_token(behaviour.size, refresh_token);
    let mut answer = json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": LIFETIME,
        "refresh_token": refresh_token,
    });
    if let Some(nonce) = nonce {
        answer["id_token"] = id_token(behaviour, issuer, nonce, &access_token).into();
    }
    if let Some(change) = &behaviour.change_answer {
        change(&mut answer);
    }
    HttpResponse::Ok().json(answer)
}

const UUID: &str = "018f3f4e-8f2b-7cc0-b1f0-4d7c3c8e9a10";

/// Claims of the length that our provider gives them.
fn fill_access_token(claims: &mut Value, number: usize) {
    claims["sub"] = UUID.into();
    claims["sid"] = UUID.into();
    claims["jti"] = format!("{}.{}", opaque(number), opaque(number + 1_000)).into();
    claims["aud"] = json!(["https://api.example", claims["iss"]]);
    claims["scope"] = "openid profile articles:read articles:write payments".into();
    claims["acr"] = "1".into();
    claims["amr"] = json!(["pwd", "otp"]);
}

/// `rt.<user>.<grant>.<secret>.<tag>`, with the number in front, by which this provider knows it again.
fn sized_refresh_token(size: Size, token: &str) -> String {
    if size == Size::Small || token.contains('.') {
        return token.to_owned();
    }
    format!("{token}.{UUID}.{}.{}{}.{}", opaque(1), opaque(2), opaque(3), opaque(4))
}

/// 22 characters of which none can be guessed from another.
pub fn opaque(number: usize) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(number.to_string())[..16])
}

fn id_token(behaviour: &Behaviour, issuer: &str, nonce: &str, access_token: &str) -> String {
    let now = behaviour.now;
    let mut claims = json!({
        "iss": issuer, "sub": SUBJECT, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now - 5,
        "nonce": nonce, "acr": "1", "amr": ["pwd"], "sid": SESSION,
        "at_hash": URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16]),
    });
    if let Some(change) = &behaviour.change_id_token {
        change(&mut claims);
    }
    let header = json!({ "alg": "RS256", "kid": behaviour.kid() });
    if behaviour.size != Size::Small {
        claims["sub"] = UUID.into();
        claims["sid"] = UUID.into();
    }
    match behaviour.signing {
        Signing::Sound => rs256(&header, &claims, signing_key(behaviour.size)),
        Signing::OtherKey => rs256(&header, &claims, &OTHER_KEY),
        Signing::AsAccessToken => {
            rs256(&json!({ "alg": "RS256", "kid": KID, "typ": "at+jwt" }), &claims, &KEY)
        }
        Signing::WithoutKid => rs256(&json!({ "alg": "RS256" }), &claims, &KEY),
        Signing::Extended => {
            rs256(&json!({ "alg": "RS256", "kid": KID, "crit": ["x"], "x": 1 }), &claims, &KEY)
        }
        Signing::None => format!("{}.", unsigned(&json!({ "alg": "none", "kid": KID }), &claims)),
        Signing::Hs256WithPublicKey => {
            let message = unsigned(&json!({ "alg": "HS256", "kid": KID }), &claims);
            let secret = public_jwk(&KEY)["n"].as_str().unwrap().to_owned();
            let key = EncodingKey::from_secret(secret.as_bytes());
            let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
            format!("{message}.{signature}")
        }
    }
}
