//! The login transaction: one authorization request on its way through sign-in and consent. It travels
//! sealed in the page's address and form, bound to the browser it began in; the server keeps nothing. So
//! parallel tabs, the back button, a bookmark, an old page and a restarted server all resume their own request (ADR 40).

use super::accept_terms;
use super::pending_login::PendingLogin;
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, cookies};
use crate::page::stamp_refusal;
use crate::page::{ClientLabel, FormPostPage, LinkUri, PageError, PageSecurity, respond};
use crate::random;
use crate::seals::SealedUnder;
use crate::spans;
use crate::store::second_factors::FactorKinds;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::Memberships;
use idp_core::authentication::{Enrolment, RequiredAction};
use idp_core::authorize::{AuthorizationRequest, AuthorizationResponse, Decision, Person, Progress, decide};
use idp_core::client::{AccessRefusal, Client, ConsentPolicy};
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::grant::authorization_code::AuthorizationCode;
use idp_core::lifetimes::{PAGE, QUESTION};
use idp_core::scope::Scope;
use idp_core::secret::Secret;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tracing::Span;
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

/// What a transaction can be about.
pub trait Purpose: Serialize + DeserializeOwned {
    /// Keeps a transaction about one thing from being opened as one about another.
    const CONTEXT: &'static str;

    /// The languages that its pages should be in.
    fn ui_locales(&self) -> &[String] {
        &[]
    }
}

impl Purpose for AuthorizationRequest {
    const CONTEXT: &'static str = "";

    fn ui_locales(&self) -> &[String] {
        &self.ui_locales
    }
}

/// One authorization request under way, or a way to one of our own pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction<P = AuthorizationRequest> {
    /// What was asked; every check passed.
    pub request: P,
    /// What the person has done for it so far.
    pub progress: Progress,
    /// A login on its way; in forms only, never in an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingLogin>,
    /// The sign-in name of an attempt that failed: offered again to a person who changes the language, or reloads the page.
    /// Sealed like the rest, for some people type their password there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub typed: String,
    /// Whether the person has just chosen another password by a link; told once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password_was_set: bool,
    /// The `traceparent` of the request that made the page: what comes back is another request, and follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    /// The hash of the browser cookie it is bound to.
    browser: String,
    /// When the page was made.
    made_at: UnixTime,
    /// The master key of the page.
    #[serde(skip)]
    sealed_under: SealedUnder,
}

/// Where a transaction came back from.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ResumedFrom {
    /// The browser it began in.
    SameBrowser,
    /// Likewise, but the page is older than [`PAGE`].
    StalePage,
    /// Likewise, but the page is older than [`QUESTION`]: the request goes on, what was done for it is forgotten.
    OverduePage,
    /// Another browser. For it the request is a new one: what was done for it elsewhere is forgotten.
    OtherBrowser,
}

/// What follows for a transaction.
pub enum Step {
    /// The person has to sign in for it.
    SignIn(Box<Transaction>),
    /// The person who is signed in has to prove more.
    ProveFurther(Box<Transaction>),
    /// The person who is signed in has to set up a further factor.
    Enrol(Box<Transaction>, Enrolment),
    /// The person who is signed in has to do this.
    Act(Box<Transaction>, RequiredAction),
    /// The person has to be told that they may not sign in at the client.
    Deny(Box<Transaction>, AccessRefusal),
    /// The person has to be asked what the client may know.
    AskConsent(Box<Transaction>),
    /// This answer.
    Answer(HttpResponse),
}

impl<P: Purpose> Transaction<P> {
    /// A new one, not yet bound.
    #[must_use]
    pub fn new(request: P, now: UnixTime) -> Self {
        Self {
            request,
            progress: Progress::default(),
            pending: None,
            typed: String::new(),
            password_was_set: false,
            trace: None,
            browser: String::new(),
            made_at: now,
            sealed_under: SealedUnder::default(),
        }
    }

    /// Opens what [`Transaction::seal`] made; `None` when it is forged, damaged or of another master key. It has no
    /// end: its holder has no more than a link to `/authorize` with the same parameters.
    #[must_use]
    pub fn open(request: &BrowserRequest, sealed: &str) -> Option<(Self, ResumedFrom)> {
        let (mut transaction, under): (Self, SealedUnder) =
            request.app.seals().transaction.open_under(sealed, P::CONTEXT)?;
        transaction.sealed_under = under;
        spans::follows_from(transaction.trace.as_deref());
        request.heed_client(transaction.request.ui_locales());
        let age = request.now.seconds_since(transaction.made_at);
        let is_here = cookies::browsers(&request.http)
            .iter()
            .any(|browser| browser.hash().to_string() == transaction.browser);
        let from = match (is_here, age) {
            (false, _) => ResumedFrom::OtherBrowser,
            (true, ..=PAGE) => ResumedFrom::SameBrowser,
            (true, ..=QUESTION) => ResumedFrom::StalePage,
            (true, _) => ResumedFrom::OverduePage,
        };
        if matches!(from, ResumedFrom::OtherBrowser | ResumedFrom::OverduePage) {
            (transaction.progress, transaction.pending) = (Progress::default(), None);
            transaction.typed.clear();
        }
        Some((transaction, from))
    }

    /// When the page was made that carries it.
    #[must_use]
    pub const fn made_at(&self) -> UnixTime {
        self.made_at
    }

    /// Under which master key the page was made that carries it.
    #[must_use]
    pub const fn sealed_under(&self) -> &SealedUnder {
        &self.sealed_under
    }

    /// Binds it to this browser and seals it for a page made now. A browser without a binding gets one.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn seal(mut self, request: &BrowserRequest) -> Result<Sealed<Self>, PageError> {
        let (browser, is_new) = match cookies::browsers(&request.http).into_iter().next() {
            Some(browser) => (browser, false),
            None => (cookies::new_browser(), true),
        };
        self.browser = browser.hash().to_string();
        self.made_at = request.now;
        self.trace = spans::traceparent(&Span::current());
        let seal = &request.app.seals().transaction;
        let pending = self.pending.take();
        let address_tx = seal.close(&self, P::CONTEXT)?;
        self.pending = pending;
        let tx = match &self.pending {
            Some(_) => seal.close(&self, P::CONTEXT)?,
            None => address_tx.clone(),
        };
        let (holder, new_browser) = (self.browser.clone(), is_new.then_some(browser));
        Ok(Sealed { tx, address_tx, holder, new_browser, transaction: self })
    }

    /// Sends the browser to one of our pages, which goes on from here.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn go_to(self, request: &BrowserRequest, page: &str) -> Result<HttpResponse, PageError> {
        let sealed = self.seal(request)?;
        let mut response = see_other(&sealed.address(page));
        sealed.set_cookie(&mut response);
        Ok(response)
    }
}

impl Transaction {
    /// What follows: a sign-in, a further proof, what has to be done first, the question about consent, or an answer at the
    /// client's redirect URI.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn advance(
        mut self,
        request: &BrowserRequest,
        client: &Client,
        signed_in: Option<SignedIn>,
    ) -> Result<Step, PageError> {
        let levels = &request.app.config.authentication.levels;
        if let Err(error) = self.request.check_again(client, levels) {
            return self.refuse(request, client, &error).map(Step::Answer);
        }
        match (self.decide(request, client, signed_in.as_ref()).await?, signed_in) {
            (Decision::SignIn, _) | (Decision::Answer, None) => {
                self.progress = Progress::default();
                Ok(Step::SignIn(Box::new(self)))
            }
            (Decision::ProveFurther, _) => Ok(Step::ProveFurther(Box::new(self))),
            (Decision::Enrol(enrolment), _) => Ok(Step::Enrol(Box::new(self), enrolment)),
            (Decision::Act(action), _) => Ok(Step::Act(Box::new(self), action)),
            (Decision::Deny(refusal), _) => Ok(Step::Deny(Box::new(self), refusal)),
            (Decision::AskConsent, _) => Ok(Step::AskConsent(Box::new(self))),
            (Decision::Refuse(error), _) => self.refuse(request, client, &error).map(Step::Answer),
            (Decision::Answer, Some(signed_in)) => {
                self.answer(request, client, signed_in).await.map(Step::Answer)
            }
        }
    }

    /// Looks up what decides about the next step, and no more of it than that.
    async fn decide(
        &self,
        request: &BrowserRequest,
        client: &Client,
        signed_in: Option<&SignedIn>,
    ) -> Result<Decision, PageError> {
        let (store, rules) = (&request.app.store, request.app.config.sign_in_rules());
        let Some(signed_in) = signed_in else {
            return Ok(decide(&self.request, client, None, &rules, self.progress, request.now));
        };
        let SignedIn { session, user } = signed_in;
        let consented = match client.metadata.consent {
            ConsentPolicy::Ask => store.given_consent(user.id, client.id.clone()).await?,
            ConsentPolicy::FirstParty => Scope::empty(),
        };
        let duty = user.second_factor;
        let kinds = match rules.depend_on_factors(&self.request.demands(client, duty), &session.proofs) {
            true => store.factor_kinds(user.id).await?,
            false => FactorKinds::default(),
        };
        let second_factors = kinds.own();
        let required = accept_terms::required(request, signed_in).await?;
        let consented = &consented;
        let refused = refusal(request, client, user.id).await?;
        let person = Person { session, duty, second_factors, required, refused, consented };
        let decision = decide(&self.request, client, Some(&person), &rules, self.progress, request.now);
        // Where a page can be shown, the page notes it.
        if let (Decision::Refuse(error), Some(refused)) = (&decision, refused)
            && error.code == ErrorCode::AccessDenied
        {
            note_refusal(request, client, signed_in, refused).await?;
        }
        Ok(decision)
    }

    /// Sends the browser to the page where a sign-in begins. A client asks for an account to be opened once: a person who
    /// has one goes on from there to the sign-in page.
    fn go_to_sign_in(mut self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        let creates = std::mem::take(&mut self.request.prompt.create);
        let page =
            if creates && request.app.config.takes_registrations() { path::REGISTER } else { path::LOGIN };
        self.go_to(request, page)
    }

    /// Answers the client with an error.
    ///
    /// # Errors
    /// When the answer cannot be delivered.
    pub fn refuse(
        &self,
        request: &BrowserRequest,
        client: &Client,
        error: &OAuthError,
    ) -> Result<HttpResponse, PageError> {
        let response = AuthorizationResponse::error(&self.request.target, request.app.issuer(), error);
        let mut response = deliver(request, client, response)?;
        stamp_refusal(&mut response, error.code.as_str(), error.cause);
        Ok(response)
    }

    async fn answer(
        self,
        request: &BrowserRequest,
        client: &Client,
        signed_in: SignedIn,
    ) -> Result<HttpResponse, PageError> {
        let session = &signed_in.session;
        let levels = &request.app.config.authentication.levels;
        let acr = match levels.reached(&session.proofs, &self.request.classes(client)) {
            Ok(acr) => acr,
            Err(unmet) => return self.refuse(request, client, &unmet.into()),
        };
        let consented = self.progress.consented.map(|_| self.request.asks_for());
        let code = AuthorizationCode {
            grant: random::new_id(request.now),
            client_id: client.id.clone(),
            redirect_uri: self.request.target.redirect_uri().to_owned(),
            user: session.user,
            sid: session.sid,
            scope: self.request.scope,
            claims: self.request.claims.userinfo,
            nonce: self.request.nonce,
            code_challenge: self.request.code_challenge,
            proofs: session.proofs.clone(),
            acr,
            expires_at: request.now.plus(request.app.store.policies().code_lifetime),
            trace: spans::traceparent(&Span::current()),
        };
        let store = &request.app.store;
        store.note_authorization(&code, session, request.address_text(), consented, request.now).await?;
        let code = code.seal(request.app.seals().code(), &mut random::rng())?;
        let response = AuthorizationResponse::code(&self.request.target, request.app.issuer(), &code);
        deliver(request, client, response)
    }
}

impl Step {
    /// The answer, or the way to the page that comes first.
    ///
    /// # Errors
    /// When the transaction cannot be sealed.
    pub fn or_page(self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        match self {
            Self::SignIn(transaction) => transaction.go_to_sign_in(request),
            Self::ProveFurther(transaction) | Self::Enrol(transaction, _) => {
                transaction.go_to(request, path::LOGIN)
            }
            Self::Act(transaction, action) => transaction.go_to(request, page_of(action)),
            Self::Deny(transaction, _) => transaction.go_to(request, path::ACCESS_DENIED),
            Self::AskConsent(transaction) => transaction.go_to(request, path::CONSENT),
            Self::Answer(response) => Ok(response),
        }
    }
}

/// Why a person may not sign in at the client from here, if they may not. Most clients let everybody in, and nothing is read.
async fn refusal(
    request: &BrowserRequest,
    client: &Client,
    user: Uuid,
) -> Result<Option<AccessRefusal>, PageError> {
    let memberships = match client.metadata.has_members_only() {
        true => request.app.store.memberships_for(client, user).await?,
        false => Memberships::default(),
    };
    Ok(client.metadata.access_refusal(&memberships, request.address.ip()))
}

/// Has the audit log tell that a person was not let in.
///
/// # Errors
/// When it is not stored.
pub async fn note_refusal(
    request: &BrowserRequest,
    client: &Client,
    signed_in: &SignedIn,
    refusal: AccessRefusal,
) -> Result<(), PageError> {
    let about = AuditContext {
        user: Some(signed_in.user.id),
        client: Some(client.id.to_string()),
        sid: Some(signed_in.session.sid),
        address: Some(request.address_text()),
        detail: Some(refusal.as_str().to_owned()),
        ..AuditContext::default()
    };
    // A person who reloads the page would fill the log.
    let source = request.address.network_key();
    Ok(request.app.store.record_rate_limited(&source, AuditEvent::AccessDenied, about, request.now).await?)
}

/// Where a person does what they have to do.
#[must_use]
pub const fn page_of(action: RequiredAction) -> &'static str {
    match action {
        RequiredAction::ChoosePassword => path::LOGIN,
        RequiredAction::AcceptTerms => path::ACCEPT_TERMS,
    }
}

/// A transaction ready to travel.
pub struct Sealed<T = Transaction> {
    /// The text for the form.
    pub tx: String,
    /// The text for an address: without a login on its way.
    address_tx: String,
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

    /// Where `page` is found again with this request, by GET. Forms post there too, so that what answers a form can be
    /// opened again as well: the address bar has the request in it.
    #[must_use]
    pub fn address(&self, page: &str) -> String {
        address_of(page, &self.address_tx)
    }

    /// The text that leads back to this request from anywhere, in this browser or another.
    #[must_use]
    pub fn way_back(&self) -> &str {
        &self.address_tx
    }

    /// What a form needs of it.
    #[must_use]
    pub fn for_form(self) -> Sealed<()> {
        let Self { tx, address_tx, holder, new_browser, .. } = self;
        Sealed { tx, address_tx, holder, transaction: (), new_browser }
    }
}

/// The address of `page` with a sealed transaction.
#[must_use]
pub fn address_of(page: &str, tx: &str) -> String {
    let query: String = byte_serialize(tx.as_bytes()).collect();
    format!("{page}?tx={query}")
}

/// Makes the browser carry a response to the client.
///
/// # Errors
/// When the redirect URI cannot be the action of a form.
pub fn deliver(
    request: &BrowserRequest,
    client: &Client,
    response: AuthorizationResponse,
) -> Result<HttpResponse, PageError> {
    match response {
        AuthorizationResponse::Redirect(url) => Ok(see_other(&url)),
        AuthorizationResponse::FormPost { action, fields } => {
            let redirect_uri = LinkUri::new(&action)
                .ok_or_else(|| request.internal(&"a registered redirect URI cannot be a form's action"))?;
            let page = FormPostPage {
                layout: request.layout(),
                client: ClientLabel::of(client, Some(&action)),
                redirect_uri,
                fields: fields.iter().map(|(name, value)| (*name, value.as_str())).collect(),
            };
            Ok(respond(&page, StatusCode::OK, &PageSecurity::forms_may_reach([action.as_str()])))
        }
    }
}
