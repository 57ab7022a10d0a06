//! The login transaction: one authorization request on its way through sign-in and consent. It travels
//! sealed in the page's address and form, bound to the browser it began in; the server keeps nothing. So
//! parallel tabs, the back button, an old page and a restarted server all resume their own request.

use crate::http::pending::PendingSignIn;
use crate::http::visit::Visit;
use crate::http::{cookies, failure};
use crate::page::{FormPostPage, LinkUri, PageSecurity, respond};
use crate::store::{codes, sessions::SignedIn};
use crate::{chance, db};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use idp_core::authorize::{AuthorizationRequest, AuthorizationResponse, Decision, Progress, decide};
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::error::OAuthError;
use idp_core::grant::authorization_code::AuthorizationCode;
use idp_core::scope::Scope;
use idp_core::secret::{Secret, SecretKind};
use idp_core::session::Session;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::form_urlencoded::byte_serialize;

/// A page older than this says so and goes on with a fresh one.
const FRESH_SECONDS: i64 = 60 * 60;
/// A transaction older than this is not resumed.
const MAX_SECONDS: i64 = 24 * 60 * 60;

/// What a transaction can be about.
pub trait Purpose: Serialize + DeserializeOwned {
    /// Keeps a transaction about one thing from being opened as one about another.
    const CONTEXT: &'static str;
}

impl Purpose for AuthorizationRequest {
    const CONTEXT: &'static str = "";
}

/// One authorization request under way, or a way to one of our own pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction<P = AuthorizationRequest> {
    /// What was asked; every check passed.
    pub request: P,
    /// What the person has done for it so far.
    pub progress: Progress,
    /// A sign-in that waits for a yes; in forms only, never in an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingSignIn>,
    /// The hash of the browser cookie it is bound to.
    browser: String,
    /// When the request came.
    began_at: UnixTime,
    /// When the page was made.
    made_at: UnixTime,
}

/// A transaction as it came back.
pub enum Resumed<P = AuthorizationRequest> {
    /// In the browser it began in.
    Here(Transaction<P>),
    /// Likewise, but the page is old.
    Stale(Transaction<P>),
    /// In another browser.
    Elsewhere(Transaction<P>),
}

impl<P: Purpose> Transaction<P> {
    /// A new one, not yet bound.
    #[must_use]
    pub fn new(request: P, now: UnixTime) -> Self {
        Self {
            request,
            progress: Progress::default(),
            pending: None,
            browser: String::new(),
            began_at: now,
            made_at: now,
        }
    }

    /// Opens what [`Transaction::seal`] made; `None` when it is forged, damaged or a day old.
    #[must_use]
    pub fn open(visit: &Visit, sealed: &str) -> Option<Resumed<P>> {
        let transaction: Self = visit.app.seals.transaction.open(sealed, P::CONTEXT)?;
        if visit.now.seconds_since(transaction.began_at) > MAX_SECONDS {
            return None;
        }
        let age = visit.now.seconds_since(transaction.made_at);
        let here = cookies::browsers(&visit.request)
            .iter()
            .any(|browser| browser.hash().to_string() == transaction.browser);
        Some(match (here, age > FRESH_SECONDS) {
            (false, _) => Resumed::Elsewhere(transaction),
            (true, true) => Resumed::Stale(transaction),
            (true, false) => Resumed::Here(transaction),
        })
    }

    /// Binds it to this browser and seals it for a page made now. A browser without a binding gets one.
    ///
    /// # Errors
    /// The page to answer with instead.
    pub fn seal(mut self, visit: &Visit) -> Result<Sealed<Self>, HttpResponse> {
        let (browser, fresh) = match cookies::browsers(&visit.request).into_iter().next() {
            Some(browser) => (browser, false),
            None => (cookies::new_browser(), true),
        };
        self.browser = browser.hash().to_string();
        self.made_at = visit.now;
        let tx = visit.app.seals.transaction.close(&self, P::CONTEXT);
        let tx = tx.map_err(|error| failure::internal_page(&visit.request, &error))?;
        let holder = self.browser.clone();
        Ok(Sealed { tx, holder, new_browser: fresh.then_some(browser), transaction: self })
    }

    /// Sends the browser to one of our pages, which goes on from here.
    pub fn go_to(mut self, visit: &Visit, page: &str) -> HttpResponse {
        self.pending = None;
        match self.seal(visit) {
            Ok(sealed) => {
                let query: String = byte_serialize(sealed.tx.as_bytes()).collect();
                let mut response = see_other(&format!("{page}?tx={query}"));
                sealed.set_cookie(&mut response);
                response
            }
            Err(page) => page,
        }
    }
}

impl Transaction {
    /// Continues with the next step and answers with it: the login page, the consent page, or the
    /// client's redirect URI.
    pub async fn advance(
        mut self,
        visit: &Visit,
        client: &Client,
        signed_in: Option<SignedIn>,
    ) -> HttpResponse {
        let consented = match &signed_in {
            Some(found) => given_consent(visit, found, client).await,
            None => Ok(Scope::empty()),
        };
        let consented = match consented {
            Ok(consented) => consented,
            Err(error) => return failure::db_page(&visit.request, &error),
        };
        let session = signed_in.as_ref().map(|found| &found.session);
        match decide(&self.request, client, session, &consented, self.progress, visit.now) {
            Decision::SignIn => {
                self.progress = Progress::default();
                self.go_to(visit, path::LOGIN)
            }
            Decision::AskConsent => self.go_to(visit, path::CONSENT),
            Decision::Refuse(error) => self.refuse(visit, client, &error),
            Decision::Answer => match signed_in {
                Some(signed_in) => self.answer(visit, client, signed_in).await,
                None => self.go_to(visit, path::LOGIN),
            },
        }
    }

    /// Answers the client with an error.
    #[must_use]
    pub fn refuse(&self, visit: &Visit, client: &Client, error: &OAuthError) -> HttpResponse {
        let response = AuthorizationResponse::error(&self.request.target, visit.app.issuer(), error);
        deliver(visit, client, response)
    }

    async fn answer(self, visit: &Visit, client: &Client, signed_in: SignedIn) -> HttpResponse {
        let secret = Secret::generate(SecretKind::AuthorizationCode, &mut chance::rng());
        let session = Session { address: Some(visit.address_text()), ..signed_in.session };
        let consented = self.progress.consented.map(|_| self.request.asks_for());
        let code = AuthorizationCode {
            grant: chance::new_id(visit.now),
            client_id: client.id.clone(),
            redirect_uri: self.request.target.redirect_uri().to_owned(),
            user: session.user,
            sid: session.sid,
            scope: self.request.scope,
            claims: self.request.claims.userinfo,
            nonce: self.request.nonce,
            code_challenge: self.request.code_challenge,
            auth_time: session.auth_time,
            expires_at: visit.now.plus(visit.app.config.token.code.as_secs()),
            redeemed_at: None,
        };
        if let Err(error) =
            codes::issue(&visit.app.db, &visit.app.hot, secret.hash(), code, session, consented, visit.now)
                .await
        {
            return failure::db_page(&visit.request, &error);
        }
        let response = AuthorizationResponse::code(&self.request.target, visit.app.issuer(), secret.expose());
        deliver(visit, client, response)
    }
}

/// A transaction ready to travel.
pub struct Sealed<T = Transaction> {
    /// The text for the address and the form.
    pub tx: String,
    /// What its form token is bound to.
    pub holder: String,
    /// As it was sealed.
    pub transaction: T,
    new_browser: Option<Secret>,
}

impl<T> Sealed<T> {
    /// Gives the browser its binding, when it is a new one.
    pub fn set_cookie(&self, response: &mut HttpResponse) {
        if let Some(browser) = &self.new_browser {
            cookies::set_browser(response, browser);
        }
    }

    /// What a form needs of it.
    #[must_use]
    pub fn for_form(self) -> Sealed<()> {
        Sealed { tx: self.tx, holder: self.holder, transaction: (), new_browser: self.new_browser }
    }
}

/// Makes the browser carry a response to the client. 303: whatever was posted here is not posted there
/// (RFC 9700 4.12).
pub fn deliver(visit: &Visit, client: &Client, response: AuthorizationResponse) -> HttpResponse {
    match response {
        AuthorizationResponse::Redirect(url) => see_other(&url),
        AuthorizationResponse::FormPost { action, fields } => {
            let Some(redirect_uri) = LinkUri::new(&action) else {
                return failure::internal_page(
                    &visit.request,
                    &"a registered redirect URI cannot be a form's action",
                );
            };
            let page = FormPostPage {
                frame: visit.app.frame(),
                client: super::visit::label(client, Some(&action)),
                redirect_uri,
                fields: fields.iter().map(|(name, value)| (*name, value.as_str())).collect(),
            };
            respond(&page, StatusCode::OK, &PageSecurity::forms_may_reach([action.as_str()]))
        }
    }
}

/// The one redirect: 303, never stored.
#[must_use]
pub fn see_other(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, url)).finish()
}

async fn given_consent(visit: &Visit, signed_in: &SignedIn, client: &Client) -> Result<Scope, db::DbError> {
    let (user, client) = (signed_in.user.id, client.id.clone());
    visit.app.db.read(move |connection| db::consents::given(connection, user, &client)).await
}
