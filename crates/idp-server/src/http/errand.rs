//! What somebody signs in for: a client's authorization request, or a page of our own. The login page is the same
//! for both, and this is what differs.

use crate::db::DbError;
use crate::http::authorize::find_client;
use crate::http::failure;
use crate::http::own_page::OwnPage;
use crate::http::pending::PendingSignIn;
use crate::http::transaction::{Resumed, Sealed, Transaction, see_other};
use crate::http::visit::{self, Visit};
use crate::page::{ClientLabel, PageSecurity, Trouble};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::authorize::{AuthorizationRequest, Decision, JustSignedIn, Progress, decide};
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::scope::Scope;
use idp_core::username::Username;

/// What a sign-in is for.
pub enum Errand {
    /// A client's request.
    Client {
        /// The request under way.
        transaction: Box<Transaction>,
        /// Who asked.
        client: Box<Client>,
    },
    /// A page of our own.
    Own(Transaction<OwnPage>),
}

/// Where the page came back from.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Place {
    /// The browser it was made for.
    Here,
    /// Likewise, but it is old.
    HereAndStale,
    /// Another browser.
    Elsewhere,
}

impl Errand {
    /// Opens what travels in a login page.
    ///
    /// # Errors
    /// The page to answer with instead.
    pub async fn open(visit: &Visit, tx: &str) -> Result<(Self, Place), HttpResponse> {
        if let Some(resumed) = Transaction::<AuthorizationRequest>::open(visit, tx) {
            let (transaction, place) = placed(resumed);
            let client = Box::new(registered(visit, &transaction).await?);
            return Ok((Self::Client { transaction: Box::new(transaction), client }, place));
        }
        let resumed = Transaction::<OwnPage>::open(visit, tx);
        let (transaction, place) =
            resumed.map(placed).ok_or_else(|| failure::page(&visit.request, Trouble::Expired))?;
        Ok((Self::Own(transaction), place))
    }

    /// Who asked, as the page shows it.
    #[must_use]
    pub fn label(&self) -> Option<ClientLabel> {
        match self {
            Self::Client { transaction, client } => {
                Some(visit::label(client, Some(transaction.request.target.redirect_uri())))
            }
            Self::Own(_) => None,
        }
    }

    /// Where a form of the page may lead.
    #[must_use]
    pub fn security(&self) -> PageSecurity {
        match self {
            Self::Client { transaction, client } => {
                form_targets(client, transaction.request.target.redirect_uri())
            }
            Self::Own(_) => PageSecurity::own_forms(),
        }
    }

    /// Whom the client expects.
    #[must_use]
    pub fn login_hint(&self) -> &str {
        match self {
            Self::Client { transaction, .. } => transaction.request.login_hint.as_deref().unwrap_or(""),
            Self::Own(_) => "",
        }
    }

    /// Whether the person must prove who they are.
    #[must_use]
    pub fn needs_form(&self, visit: &Visit, signed_in: Option<&SignedIn>) -> bool {
        let session = signed_in.map(|found| &found.session);
        match self {
            Self::Client { transaction, client } => {
                let (request, progress) = (&transaction.request, transaction.progress);
                let next = decide(request, client, session, &Scope::empty(), progress, visit.now);
                next == Decision::SignIn
            }
            Self::Own(_) => session.is_none(),
        }
    }

    /// Whether the page asks the very person who is signed in to prove it again, rather than whoever it may be.
    #[must_use]
    pub fn asks_again(&self, signed_in: &SignedIn) -> bool {
        match self {
            Self::Client { transaction, .. } => is_asked_again(&transaction.request, signed_in),
            Self::Own(_) => true,
        }
    }

    /// The person wants to sign in as somebody else.
    pub fn select_account(&mut self) {
        if let Self::Client { transaction, .. } = self {
            transaction.request.prompt.select_account = true;
        }
    }

    /// The person has just signed in.
    pub fn note_sign_in(&mut self, signed_in: &SignedIn) {
        let just_now = JustSignedIn { sid: signed_in.session.sid, at: signed_in.session.auth_time };
        let progress = Progress { signed_in: Some(just_now), consented: None };
        match self {
            Self::Client { transaction, .. } => transaction.progress = progress,
            Self::Own(transaction) => transaction.progress = progress,
        }
    }

    /// Where a sign-in that waits for a yes is kept.
    pub fn pending(&mut self) -> &mut Option<PendingSignIn> {
        match self {
            Self::Client { transaction, .. } => &mut transaction.pending,
            Self::Own(transaction) => &mut transaction.pending,
        }
    }

    /// Goes on, signed in or not.
    pub async fn advance(self, visit: &Visit, signed_in: Option<SignedIn>) -> HttpResponse {
        match self {
            Self::Client { transaction, client } => transaction.advance(visit, &client, signed_in).await,
            Self::Own(transaction) => see_other(transaction.request.path()),
        }
    }

    /// Goes back without a sign-in.
    #[must_use]
    pub fn cancel(self, visit: &Visit) -> HttpResponse {
        match self {
            Self::Client { transaction, client } => {
                let denied = OAuthError::new(ErrorCode::AccessDenied, "The person did not sign in.");
                transaction.refuse(visit, &client, &denied)
            }
            Self::Own(_) => see_other(path::LOGGED_OUT),
        }
    }

    /// Seals it for a page of this browser.
    ///
    /// # Errors
    /// The page to answer with instead.
    pub fn seal(self, visit: &Visit) -> Result<Sealed<()>, HttpResponse> {
        match self {
            Self::Client { transaction, .. } => transaction.seal(visit).map(Sealed::for_form),
            Self::Own(transaction) => transaction.seal(visit).map(Sealed::for_form),
        }
    }
}

/// The client that asked. Its registration may have changed since: the answer goes to a URI that is registered now.
async fn registered(visit: &Visit, transaction: &Transaction) -> Result<Client, HttpResponse> {
    let found = find_client(visit, transaction.request.client_id.as_str()).await;
    let found = found.map_err(|error: DbError| failure::db_page(&visit.request, &error))?;
    let redirect_uri = transaction.request.target.redirect_uri();
    found
        .filter(|client| client.redirect_uri(redirect_uri).is_some())
        .ok_or_else(|| failure::page(&visit.request, Trouble::Expired))
}

fn placed<P>(resumed: Resumed<P>) -> (Transaction<P>, Place) {
    match resumed {
        Resumed::Here(transaction) => (transaction, Place::Here),
        Resumed::Stale(transaction) => (transaction, Place::HereAndStale),
        Resumed::Elsewhere(transaction) => (transaction, Place::Elsewhere),
    }
}

fn is_asked_again(request: &AuthorizationRequest, signed_in: &SignedIn) -> bool {
    let user = &signed_in.user;
    let hinted = |text: &String| Username::parse(text).is_ok_and(|name| name == user.username);
    let another_subject =
        request.hinted_subject.as_ref().is_some_and(|subject| *subject != user.id.to_string());
    let another_name = request.login_hint.as_ref().is_some_and(|hint| !hinted(hint));
    !request.prompt.select_account && !another_subject && !another_name
}

/// Chromium holds every redirect after a form against `form-action`: this request's URI, and the other places
/// the client registered, for a site may redirect on among its own origins.
#[must_use]
pub fn form_targets(client: &Client, redirect_uri: &str) -> PageSecurity {
    let registered = client.redirect_uris.iter().map(|uri| uri.as_str());
    PageSecurity::forms_may_reach(registered.chain([redirect_uri]))
}
