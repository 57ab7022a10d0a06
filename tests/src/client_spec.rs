//! A client to register in a story: sensible by default, changed where the story needs it.

use crate::pkce;
use idp_core::client::{Client, ClientId, ClientKind, ClientMetadata, ConsentPolicy, GrantType};
use idp_core::redirect_uri::RedirectUri;
use idp_core::scope::Scope;
use idp_core::secret::{Secret, SecretKind};
use idp_core::time::UnixTime;

/// What a story says of a client.
#[derive(Clone)]
pub struct ClientSpec {
    /// The registration.
    pub client: Client,
    /// The secret; `None` for a public client.
    pub secret: Option<String>,
}

impl ClientSpec {
    /// A confidential first-party client with every grant and the revocation feed, whose redirect URI is
    /// `https://<id>.example/callback`.
    #[must_use]
    pub fn confidential(id: &str) -> Self {
        let secret = Secret::generate(SecretKind::ClientSecret, &mut rsa::rand_core::OsRng);
        let kind = ClientKind::Confidential { secrets: vec![secret.hash()] };
        let mut spec = Self::of_kind(id, kind);
        spec.client.metadata.grant_types.push(GrantType::ClientCredentials);
        spec.client.metadata.follows_feed = true;
        spec.secret = Some(secret.expose().to_owned());
        spec
    }

    /// A public first-party client.
    #[must_use]
    pub fn public(id: &str) -> Self {
        Self::of_kind(id, ClientKind::Public)
    }

    /// The same, but people are asked for consent.
    #[must_use]
    pub fn with_consent(mut self) -> Self {
        self.client.metadata.consent = ConsentPolicy::Ask;
        self
    }

    /// The same with these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: &str) -> Self {
        self.client.metadata.scope = Scope::parse(scopes).unwrap();
        self
    }

    /// The same with this redirect URI only.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: &str) -> Self {
        self.client.metadata.redirect_uris = vec![RedirectUri::parse(uri).unwrap()];
        self
    }

    /// The `client_id`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.client.id.as_str()
    }

    /// The parameters of a good authorization request, with the challenge of the stories.
    #[must_use]
    pub fn authorization_request(&self) -> [(&str, &str); 8] {
        [
            ("client_id", self.id()),
            ("redirect_uri", self.redirect_uri()),
            ("response_type", "code"),
            ("scope", "openid profile email"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", pkce::CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
    }

    /// Its first redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.client.metadata.redirect_uris[0].as_str()
    }

    /// Where a browser may be sent after logging out.
    #[must_use]
    pub fn post_logout_uri(&self) -> &str {
        self.client.metadata.post_logout_redirect_uris[0].as_str()
    }

    fn of_kind(id: &str, kind: ClientKind) -> Self {
        let uri = |path: &str| RedirectUri::parse(&format!("https://{id}.example{path}")).unwrap();
        let id = ClientId::parse(id).unwrap();
        let scope = Scope::parse("openid profile email address phone read write").unwrap();
        let metadata = ClientMetadata {
            name: format!("The {id}"),
            redirect_uris: vec![uri("/callback")],
            post_logout_redirect_uris: vec![uri("/bye")],
            audience: format!("https://{id}.example"),
            ..ClientMetadata::new(&id, scope)
        };
        let client =
            Client { id, kind, metadata, logo: None, not_before: UnixTime(0), created_at: UnixTime(0) };
        Self { client, secret: None }
    }
}
