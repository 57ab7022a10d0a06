//! What a person signs in for: a client's authorization request, or a page of our own. The login page is the same
//! for both, and this is what differs.

use super::accept_terms;
use super::account_page::{AccountPage, Admission};
use super::pending_login::PendingLogin;
use super::transaction::{ResumedFrom, Sealed, Step, Transaction, page_of};
use crate::http::request::BrowserRequest;
use crate::http::request::browser_request::see_other;
use crate::page::{ClientLabel, PageError, PageSecurity};
use crate::seals::SealedUnder;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::authentication::{AcrRequest, Demands, Enrolment, FallbackFacts, NoFallback, RequiredAction};
use idp_core::authorize::{AuthorizationRequest, JustSignedIn, Progress};
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::time::UnixTime;
use idp_core::user::{SecondFactorDuty, SignInName};
use idp_core::username::Username;
use std::sync::Arc;

/// What is longer is not offered again, in bytes: it would make an address long.
const LONGEST_TYPED: usize = 256;

/// What a sign-in is for.
pub enum AfterSignIn {
    /// A client's request.
    Client {
        /// The request under way.
        transaction: Box<Transaction>,
        /// The client that asked.
        client: Arc<Client>,
    },
    /// A page of our own.
    Account(Box<Transaction<AccountPage>>),
}

/// Whether the person has to do something first.
pub enum NextStep {
    /// They have to.
    SignIn(AfterSignIn),
    /// They are signed in, and have to prove more.
    ProveFurther(AfterSignIn),
    /// They are signed in, and have to set up a further factor.
    Enrol(AfterSignIn, Enrolment),
    /// They are signed in, and have to do this.
    Act(AfterSignIn, RequiredAction),
    /// This answer.
    Answer(HttpResponse),
}

impl NextStep {
    /// The answer, or the way to the page that comes first.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn or_login(self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        match self {
            Self::SignIn(after) | Self::ProveFurther(after) | Self::Enrol(after, _) => {
                after.go_to_login(request)
            }
            Self::Act(after, action) => after.go_to(request, page_of(action)),
            Self::Answer(response) => Ok(response),
        }
    }
}

impl AfterSignIn {
    /// Opens what travels in a login page. What cannot be read (cut off on the way, or none at all) was for the
    /// provider itself, and for no browser in particular.
    ///
    /// # Errors
    /// When the client is not registered any more.
    pub async fn open(request: &BrowserRequest, tx: &str) -> Result<(Self, ResumedFrom), PageError> {
        if let Some((transaction, from)) = Transaction::<AuthorizationRequest>::open(request, tx) {
            let client = registered(request, &transaction).await?;
            return Ok((Self::Client { transaction: Box::new(transaction), client }, from));
        }
        let own = || (Transaction::new(AccountPage::HOME, request.now), ResumedFrom::OtherBrowser);
        let (transaction, from) = Transaction::<AccountPage>::open(request, tx).unwrap_or_else(own);
        Ok((Self::Account(Box::new(transaction)), from))
    }

    /// Opens the way back of a link in a letter, in whichever browser it is followed.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn of_way_back(request: &BrowserRequest, way_back: Option<&str>) -> Result<Self, PageError> {
        let opened = Self::open(request, way_back.unwrap_or_default()).await;
        Ok(match opened {
            // The site is not registered any more.
            Err(PageError::ClientGone) => Self::open(request, "").await?.0,
            opened => opened?.0,
        })
    }

    /// To a page of ours, for a browser that came by itself.
    #[must_use]
    pub fn to_page(page: AccountPage, now: UnixTime) -> Self {
        Self::Account(Box::new(Transaction::new(page, now)))
    }

    /// The client that asked, as the page shows it.
    #[must_use]
    pub fn label(&self) -> Option<ClientLabel> {
        match self {
            Self::Client { transaction, client } => {
                Some(ClientLabel::of(client, Some(transaction.request.target.redirect_uri())))
            }
            Self::Account(_) => None,
        }
    }

    /// Where a form of the page may lead.
    #[must_use]
    pub fn security(&self) -> PageSecurity {
        match self {
            Self::Client { transaction, client } => {
                form_targets(client, transaction.request.target.redirect_uri())
            }
            Self::Account(_) => PageSecurity::own_forms(),
        }
    }

    /// The name to offer: of an attempt that failed, or of the person that the client expects.
    #[must_use]
    pub fn login_hint(&self) -> &str {
        match self {
            Self::Client { transaction, .. } if transaction.typed.is_empty() => {
                transaction.request.login_hint.as_deref().unwrap_or("")
            }
            Self::Client { transaction, .. } => &transaction.typed,
            Self::Account(transaction) => &transaction.typed,
        }
    }

    /// Keeps the name of an attempt that failed.
    pub fn keep_typed(&mut self, name: &str) {
        let kept = if name.len() <= LONGEST_TYPED { name } else { "" };
        match self {
            Self::Client { transaction, .. } => kept.clone_into(&mut transaction.typed),
            Self::Account(transaction) => kept.clone_into(&mut transaction.typed),
        }
    }

    /// The person has chosen another password by a link: the sign-in page offers their name, and says so once.
    pub fn note_password_was_set(&mut self, username: &str) {
        self.keep_typed(username);
        *self.password_was_set() = true;
    }

    /// Takes that note out of it.
    pub fn take_password_was_set(&mut self) -> bool {
        std::mem::take(self.password_was_set())
    }

    fn password_was_set(&mut self) -> &mut bool {
        match self {
            Self::Client { transaction, .. } => &mut transaction.password_was_set,
            Self::Account(transaction) => &mut transaction.password_was_set,
        }
    }

    /// Whether the page asks the very person who is signed in to prove it again, rather than any person.
    #[must_use]
    pub fn asks_again(&self, signed_in: &SignedIn) -> bool {
        match self {
            Self::Client { transaction, .. } => is_asked_again(&transaction.request, signed_in),
            Self::Account(_) => true,
        }
    }

    /// The person wants to sign in with another account.
    pub fn select_account(&mut self) {
        if let Self::Client { transaction, .. } = self {
            transaction.request.prompt.select_account = true;
        }
    }

    /// Another person goes on with it: nothing of what was done counts for them.
    pub fn forget_progress(&mut self) {
        *self.progress() = Progress::default();
    }

    /// The person has just signed in.
    pub fn note_sign_in(&mut self, signed_in: &SignedIn) {
        let just_now = JustSignedIn { sid: signed_in.session.sid, at: signed_in.session.proofs.newest() };
        self.keep_typed("");
        *self.progress() = Progress { signed_in: Some(just_now), ..Progress::default() };
    }

    /// A form was sent of a page that was made at `made_at`.
    pub fn note_form(&mut self, made_at: UnixTime, now: UnixTime) {
        let progress = self.progress();
        *progress = progress.sent_from_page(made_at, now);
    }

    /// The person puts off setting up a second factor.
    pub fn put_off(&mut self, signed_in: &SignedIn) {
        self.progress().put_off = Some(signed_in.session.sid);
    }

    fn progress(&mut self) -> &mut Progress {
        match self {
            Self::Client { transaction, .. } => &mut transaction.progress,
            Self::Account(transaction) => &mut transaction.progress,
        }
    }

    /// When the page was made that carries it.
    #[must_use]
    pub fn made_at(&self) -> UnixTime {
        match self {
            Self::Client { transaction, .. } => transaction.made_at(),
            Self::Account(transaction) => transaction.made_at(),
        }
    }

    /// Under which master key that was.
    #[must_use]
    pub fn sealed_under(&self) -> &SealedUnder {
        match self {
            Self::Client { transaction, .. } => transaction.sealed_under(),
            Self::Account(transaction) => transaction.sealed_under(),
        }
    }

    /// Where a login on its way is kept.
    pub fn pending(&mut self) -> &mut Option<PendingLogin> {
        match self {
            Self::Client { transaction, .. } => &mut transaction.pending,
            Self::Account(transaction) => &mut transaction.pending,
        }
    }

    /// What follows, signed in or not.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn advance(
        self,
        request: &BrowserRequest,
        signed_in: Option<SignedIn>,
    ) -> Result<NextStep, PageError> {
        match self {
            Self::Client { transaction, client } => {
                Ok(match transaction.advance(request, &client, signed_in).await? {
                    Step::SignIn(transaction) => NextStep::SignIn(Self::Client { transaction, client }),
                    Step::ProveFurther(transaction) => {
                        NextStep::ProveFurther(Self::Client { transaction, client })
                    }
                    Step::Enrol(transaction, enrolment) => {
                        NextStep::Enrol(Self::Client { transaction, client }, enrolment)
                    }
                    Step::Act(transaction, action) => {
                        NextStep::Act(Self::Client { transaction, client }, action)
                    }
                    step => NextStep::Answer(step.or_page(request)?),
                })
            }
            Self::Account(transaction) => {
                let page = transaction.request;
                let Some(signed_in) = signed_in else {
                    return Ok(NextStep::SignIn(Self::Account(transaction)));
                };
                match page.admission(request, &signed_in, transaction.progress).await? {
                    Admission::Open => {}
                    Admission::SignIn => return Ok(NextStep::SignIn(Self::Account(transaction))),
                    Admission::Proof => return Ok(NextStep::ProveFurther(Self::Account(transaction))),
                    Admission::Enrolment(enrolment) => {
                        return Ok(NextStep::Enrol(Self::Account(transaction), enrolment));
                    }
                }
                let required = match page.is_open_without_terms() {
                    true => None,
                    false => accept_terms::required(request, &signed_in).await?,
                };
                Ok(match required {
                    Some(action) => NextStep::Act(Self::Account(transaction), action),
                    None => NextStep::Answer(see_other(&page.path())),
                })
            }
        }
    }

    /// Whether a link in a letter may stand in for the second factor of a sign-in for it.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn mail_fallback(
        &self,
        request: &BrowserRequest,
        duty: SecondFactorDuty,
        facts: &FallbackFacts<'_>,
    ) -> Result<(), NoFallback> {
        let rules = request.app.config.sign_in_rules();
        match self {
            Self::Client { transaction, client } => {
                rules.mail_fallback(&transaction.request.demands(client, duty), facts, request.now)
            }
            // Such a page opens to two factors alone.
            Self::Account(transaction) if transaction.request.needs_fresh_sign_in() => {
                Err(NoFallback::NotEnough)
            }
            Self::Account(_) => {
                let demands = Demands { duty, client: None, asked: &AcrRequest::Nothing };
                rules.mail_fallback(&demands, facts, request.now)
            }
        }
    }

    /// Goes back without a sign-in.
    ///
    /// # Errors
    /// When the answer cannot be delivered to the client.
    pub fn cancel(self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        match self {
            Self::Client { transaction, client } => {
                let denied = OAuthError::new(ErrorCode::AccessDenied, "The person did not sign in.");
                transaction.refuse(request, &client, &denied)
            }
            Self::Account(_) => Ok(see_other(path::HOME)),
        }
    }

    /// Sends the browser to the login page, which goes on from here.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn go_to_login(self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        self.go_to(request, path::LOGIN)
    }

    /// The same of another page of the flow.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn go_to(self, request: &BrowserRequest, page: &str) -> Result<HttpResponse, PageError> {
        match self {
            Self::Client { transaction, .. } => transaction.go_to(request, page),
            Self::Account(transaction) => transaction.go_to(request, page),
        }
    }

    /// Seals it for a page of this browser.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn seal(self, request: &BrowserRequest) -> Result<Sealed<()>, PageError> {
        match self {
            Self::Client { transaction, .. } => transaction.seal(request).map(Sealed::for_form),
            Self::Account(transaction) => transaction.seal(request).map(Sealed::for_form),
        }
    }
}

/// The client that asked. Its registration may have changed since: the answer goes to a URI that is registered now.
///
/// # Errors
/// When it is not registered with that URI any more.
pub async fn registered(
    request: &BrowserRequest,
    transaction: &Transaction,
) -> Result<Arc<Client>, PageError> {
    let found = request.app.store.registered_client(&transaction.request.client_id).await?;
    let redirect_uri = transaction.request.target.redirect_uri();
    found.filter(|client| client.redirect_uri(redirect_uri).is_some()).ok_or(PageError::ClientGone)
}

fn is_asked_again(request: &AuthorizationRequest, signed_in: &SignedIn) -> bool {
    let user = &signed_in.user;
    let hinted =
        |text: &String| Username::parse(text).is_ok_and(|name| user.is_called(&SignInName::from(&name)));
    let another_subject =
        request.hinted_subject.as_ref().is_some_and(|subject| *subject != user.id.to_string());
    let another_name = request.login_hint.as_ref().is_some_and(|hint| !hinted(hint));
    !request.prompt.select_account && !another_subject && !another_name
}

/// Chromium holds every redirect after a form against `form-action`: this request's URI, and the other places
/// the client registered, for a site may redirect on among its own origins.
#[must_use]
pub fn form_targets(client: &Client, redirect_uri: &str) -> PageSecurity {
    let registered = client.metadata.redirect_uris.iter().map(|uri| uri.as_str());
    PageSecurity::forms_may_reach(registered.chain([redirect_uri]))
}
