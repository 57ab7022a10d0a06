//! Any token that a test may need, good unless told otherwise.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};

use super::TestIssuer;

/// Seconds for which a token is good.
const LIFETIME: i64 = 30 * 60;
/// More seconds than any verifier may be lenient by.
const BEYOND_LEEWAY: i64 = 1_000;

/// A token in the making.
#[derive(Debug)]
#[must_use]
pub struct TestToken<'a> {
    issuer: &'a TestIssuer,
    typ: String,
    claims: Map<String, Value>,
    has_foreign_signature: bool,
}

impl<'a> TestToken<'a> {
    pub(super) fn new(issuer: &'a TestIssuer, audience: &str) -> Self {
        static MINTED: AtomicU64 = AtomicU64::new(1);
        let (now, number) = (issuer.clock.now().as_secs(), MINTED.fetch_add(1, Ordering::Relaxed));
        let claims = json!({
            "iss": issuer.url, "aud": audience, "sub": "user-1", "client_id": super::CLIENT_ID,
            "jti": format!("grant-{number}.token-{number}"), "iat": now, "exp": now + LIFETIME,
            "auth_time": now, "sid": format!("session-of-token-{number}"),
        });
        let claims = claims.as_object().cloned().unwrap_or_default();
        Self { issuer, typ: "at+jwt".to_owned(), claims, has_foreign_signature: false }
    }

    /// For this person.
    pub fn subject(self, subject: &str) -> Self {
        self.claim("sub", subject)
    }

    /// Given to this client.
    pub fn client(self, client_id: &str) -> Self {
        self.claim("client_id", client_id)
    }

    /// Of this session.
    pub fn session(self, sid: &str) -> Self {
        self.claim("sid", sid)
    }

    /// With this scope, words with spaces in between.
    pub fn scope(self, scope: &str) -> Self {
        self.claim("scope", scope)
    }

    /// With any claim; one that is there is replaced.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Without a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Issued to the client itself, without a user (client credentials).
    pub fn for_client(self) -> Self {
        let client_id = self.claims.get("client_id").cloned().unwrap_or_default();
        self.without("sid").without("auth_time").claim("sub", client_id)
    }

    /// Over for longer than any leeway.
    pub fn expired(self) -> Self {
        let now = self.issuer.clock.now().as_secs();
        self.claim("iat", now - BEYOND_LEEWAY - LIFETIME).claim("exp", now - BEYOND_LEEWAY)
    }

    /// That may be used only in a while.
    pub fn not_yet_valid(self) -> Self {
        let now = self.issuer.clock.now().as_secs();
        self.claim("nbf", now + BEYOND_LEEWAY)
    }

    /// With another provider's `iss`, though signed by this one.
    pub fn from_other_issuer(self) -> Self {
        self.claim("iss", "https://other-issuer.example")
    }

    /// Of another kind, such as `JWT`.
    pub fn typ(mut self, typ: &str) -> Self {
        self.typ = typ.to_owned();
        self
    }

    /// Signed by a foreign key under this provider's `kid`: a forgery.
    pub fn signed_by_foreign_key(mut self) -> Self {
        self.has_foreign_signature = true;
        self
    }

    /// Signs it.
    #[must_use]
    pub fn mint(self) -> String {
        let claim = |name: &str| self.claims.get(name).and_then(Value::as_str);
        if let (Some(subject), Some(sid)) = (claim("sub"), claim("sid")) {
            self.issuer.note_session(subject, sid);
        }
        let header = json!({"typ": self.typ, "alg": "RS256", "kid": self.issuer.server.kid()});
        let payload = Value::Object(self.claims).to_string();
        self.issuer.sign(&header.to_string(), &payload, self.has_foreign_signature)
    }
}
