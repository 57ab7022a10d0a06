//! `/login`: the page, and one attempt. An attempt is counted before the password is looked at, costs the same
//! whether the account exists or not, and ends in one of few answers that tell a stranger nothing.

use crate::db::audit_events::{self, About, Event};
use crate::db::{DbError, users};
use crate::http::authorize::find_client;
use crate::http::login_guard::{self, KnownDevice};
use crate::http::page_form::PageForm;
use crate::http::transaction::{Resumed, Transaction};
use crate::http::visit::{self, Visit};
use crate::http::{cookies, failure, form};
use crate::page::{FormSeal, LoginError, LoginPage, PageSecurity, Trouble, TypedText, action};
use crate::store::guesses::{self, Counted};
use crate::store::sessions::{self, NewSignIn, SignedIn};
use crate::store::strangers;
use crate::{chance, hash_pool::HashPoolError};
use actix_web::HttpResponse;
use idp_core::authorize::{AuthorizationRequest, Decision, JustSignedIn, Progress, decide};
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::password;
use idp_core::scope::Scope;
use idp_core::user::UserStatus;
use idp_core::username::Username;
use users::UserWithPassword;
use zeroize::Zeroizing;

const FORM: &str = "login";

/// GET: shows the form, unless the person has signed in meanwhile in another tab: then it goes on.
pub async fn get(visit: Visit) -> HttpResponse {
    let tx = form::query(&visit.request)
        .ok()
        .and_then(|params| params.once("tx").ok().flatten().map(str::to_owned));
    let Some(resumed) = tx.and_then(|tx| Transaction::open(&visit, &tx)) else {
        return failure::page(&visit.request, Trouble::Expired);
    };
    let (transaction, error) = match resumed {
        Resumed::Here(transaction) | Resumed::Stale(transaction) => (transaction, None),
        Resumed::Elsewhere(transaction) => (transaction, Some(LoginError::OtherBrowser)),
    };
    let (client, signed_in) = match load(&visit, &transaction).await {
        Ok(found) => found,
        Err(page) => return page,
    };
    if error.is_none() && !needs_form(&visit, &transaction, &client, signed_in.as_ref()) {
        return transaction.advance(&visit, &client, signed_in).await;
    }
    let hint = transaction.request.login_hint.clone().unwrap_or_default();
    Form { visit: &visit, client: &client, signed_in: signed_in.as_ref(), username: &hint, error }
        .show(transaction)
}

/// POST: one attempt, or one of the other buttons.
pub async fn post(visit: Visit, form: PageForm) -> HttpResponse {
    let Some(resumed) = Transaction::open(&visit, form.tx()) else {
        return failure::page(&visit.request, Trouble::Expired);
    };
    let (transaction, place) = match resumed {
        Resumed::Here(transaction) => (transaction, None),
        Resumed::Stale(transaction) => (transaction, Some(LoginError::Expired)),
        Resumed::Elsewhere(transaction) => (transaction, Some(LoginError::OtherBrowser)),
    };
    let (client, signed_in) = match load(&visit, &transaction).await {
        Ok(found) => found,
        Err(page) => return page,
    };
    let show = |error: Option<LoginError>, transaction: Transaction, signed_in: Option<&SignedIn>| {
        Form { visit: &visit, client: &client, signed_in, username: form.field("username"), error }
            .show(transaction)
    };
    // Login CSRF: nothing is tried, nobody is signed in, and the person gets a form of their own.
    let bound = cookies::browsers(&visit.request)
        .iter()
        .any(|browser| form.is_bound(&visit, FORM, &browser.hash().to_string()));
    let place = place.or((!bound).then_some(LoginError::OtherBrowser));
    if let Some(error) = place {
        return show(Some(error), transaction, signed_in.as_ref());
    }
    match form.action() {
        action::CANCEL => {
            let denied = OAuthError::new(ErrorCode::AccessDenied, "The person did not sign in.");
            return transaction.refuse(&visit, &client, &denied);
        }
        action::SWITCH_ACCOUNT => {
            let mut transaction = transaction;
            transaction.request.prompt.select_account = true;
            return show(None, transaction, signed_in.as_ref());
        }
        _ => {}
    }
    let typed = match Typed::read(&form) {
        Ok(typed) => typed,
        Err(Some(error)) => return show(Some(error), transaction, signed_in.as_ref()),
        Err(None) => return failure::page(&visit.request, Trouble::Malformed),
    };
    match attempt(&visit, typed).await {
        Ok(Ok(proven)) => enter(&visit, &client, transaction, signed_in, proven).await,
        Ok(Err(error)) => show(Some(error), transaction, signed_in.as_ref()),
        Err(error) => failure::db_page(&visit.request, &error),
    }
}

/// What was typed, fit to be tried.
struct Typed {
    /// `None` when it cannot be anybody's name; the attempt then fails as any other, and as slowly.
    username: Option<Username>,
    password: Zeroizing<String>,
}

impl Typed {
    /// `Err(None)` for a password longer than any that could have been set: not hashed.
    fn read(form: &PageForm) -> Result<Self, Option<LoginError>> {
        let (username, password) = (form.field("username"), form.field("password"));
        match (username.trim().is_empty(), password.is_empty()) {
            (true, true) => return Err(Some(LoginError::MissingBoth)),
            (true, false) => return Err(Some(LoginError::MissingUsername)),
            (false, true) => return Err(Some(LoginError::MissingPassword)),
            (false, false) => {}
        }
        if password.len() > password::MAX_BYTES {
            return Err(None);
        }
        Ok(Self { username: Username::parse(username).ok(), password: Zeroizing::new(password.to_owned()) })
    }
}

/// A person whose password was right.
struct Proven {
    found: UserWithPassword,
    /// The password, when its hash is weaker than today's.
    to_rehash: Option<Zeroizing<String>>,
}

/// Tries a password. A refusal to show is a value.
async fn attempt(visit: &Visit, typed: Typed) -> Result<Result<Proven, LoginError>, DbError> {
    let found = match typed.username.clone() {
        Some(name) => visit.app.db.read(move |connection| users::by_username(connection, &name)).await?,
        None => None,
    };
    let user = found.as_ref().map(|found| &found.user);
    let buckets = login_guard::buckets(visit, typed.username.as_ref(), user);
    if let Err(throttled) = guesses::take(&visit.app.db, buckets.clone(), visit.now).await? {
        note(visit, Event::SignInThrottled, found.as_ref()).await?;
        let seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
        return Ok(Err(LoginError::Throttled { retry_after_seconds: seconds }));
    }
    let verified = match &found {
        Some(found) => visit.app.hashing.verify(typed.password.clone(), found.password_hash.clone()).await,
        None => {
            let name = typed.username.as_ref().map_or("", Username::as_str);
            visit.app.hashing.verify_nobody(typed.password.clone(), &visit.app.decoys.choose(name)).await
        }
    };
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => return busy(visit, buckets, error).await,
    };
    let may_enter = |found: &UserWithPassword| verified.ok && found.user.status == UserStatus::Active;
    let found = match found {
        Some(found) if may_enter(&found) => found,
        found => {
            note(visit, Event::SignInFailed, found.as_ref()).await?;
            return Ok(Err(LoginError::WrongCredentials));
        }
    };
    guesses::give_back(&visit.app.db, buckets).await?;
    let to_rehash = verified.needs_rehash.then_some(typed.password);
    Ok(Ok(Proven { found, to_rehash }))
}

/// Nothing was tried, so nothing is counted.
async fn busy(
    visit: &Visit,
    buckets: Vec<Counted>,
    error: HashPoolError,
) -> Result<Result<Proven, LoginError>, DbError> {
    guesses::give_back(&visit.app.db, buckets).await?;
    if error != HashPoolError::Busy {
        tracing::error!(%error, "a password could not be checked");
    }
    Ok(Err(LoginError::Busy { retry_after_seconds: u64::from(HashPoolError::RETRY_AFTER) }))
}

/// Brings an old hash up to today's parameters; failing at that keeps nobody out.
async fn rehash(visit: &Visit, found: &UserWithPassword, password: Zeroizing<String>) {
    let Ok(new) = visit.app.hashing.hash(password).await else {
        return;
    };
    let (id, old) = (found.user.id, found.password_hash.clone());
    let stored =
        visit.app.db.write(move |connection| users::rehash_password(connection, id, &old, &new)).await;
    if let Err(error) = stored {
        tracing::warn!(%error, "a stronger hash could not be stored");
    }
}

/// The throttle bounds how many sign-ins fail, but not how many it turns away.
async fn note(visit: &Visit, event: Event, found: Option<&UserWithPassword>) -> Result<(), DbError> {
    let (now, address) = (visit.now, Some(visit.address_text()));
    let about = About { user: found.map(|found| found.user.id), address, ..About::default() };
    if event == Event::SignInThrottled {
        return strangers::record(&visit.app.db, &visit.address.throttle_key(), event, about, now).await;
    }
    visit.app.db.write(move |connection| audit_events::record(connection, event, about, now)).await
}

/// Opens the session and goes on with the request.
async fn enter(
    visit: &Visit,
    client: &Client,
    mut transaction: Transaction,
    former: Option<SignedIn>,
    proven: Proven,
) -> HttpResponse {
    let found = proven.found;
    let secret = visit.new_session_secret();
    let sign_in = NewSignIn {
        user: found.user.id,
        password_hash: found.password_hash.clone(),
        amr: vec!["pwd".to_owned()],
        former: former.map(|former| former.session),
        secret: secret.hash(),
        sid: chance::new_id(visit.now),
        address: visit.address_text(),
    };
    let signed_in =
        match sessions::sign_in(&visit.app.db, sign_in, visit.app.session_policy(), visit.now).await {
            Ok(Some(signed_in)) => signed_in,
            Ok(None) => return failure::page(&visit.request, Trouble::Expired),
            Err(error) => return failure::db_page(&visit.request, &error),
        };
    if let Some(password) = proven.to_rehash {
        rehash(visit, &found, password).await;
    }
    let just_now = JustSignedIn { sid: signed_in.session.sid, at: visit.now };
    transaction.progress = Progress { signed_in: Some(just_now), consented: None };
    let known = KnownDevice::sealed(visit, &signed_in.user);
    let mut response = transaction.advance(visit, client, Some(signed_in)).await;
    cookies::set_session(&mut response, &secret, visit.app.session_policy().absolute);
    if let Some(known) = known {
        cookies::set_known_device(&mut response, &known);
    }
    response
}

async fn load(visit: &Visit, transaction: &Transaction) -> Result<(Client, Option<SignedIn>), HttpResponse> {
    let db_page = |error: DbError| failure::db_page(&visit.request, &error);
    let client = find_client(visit, transaction.request.client_id.as_str()).await.map_err(db_page)?;
    let client = client.ok_or_else(|| failure::page(&visit.request, Trouble::Expired))?;
    // The registration may have changed since: the answer goes to a URI that is registered now.
    if client.redirect_uri(transaction.request.target.redirect_uri()).is_none() {
        return Err(failure::page(&visit.request, Trouble::Expired));
    }
    Ok((client, visit.signed_in().await.map_err(db_page)?))
}

fn needs_form(
    visit: &Visit,
    transaction: &Transaction,
    client: &Client,
    signed_in: Option<&SignedIn>,
) -> bool {
    let session = signed_in.map(|found| &found.session);
    let next =
        decide(&transaction.request, client, session, &Scope::empty(), transaction.progress, visit.now);
    matches!(next, Decision::SignIn { .. })
}

/// Everything the login page shows.
struct Form<'a> {
    visit: &'a Visit,
    client: &'a Client,
    signed_in: Option<&'a SignedIn>,
    username: &'a str,
    error: Option<LoginError>,
}

impl Form<'_> {
    fn show(self, transaction: Transaction) -> HttpResponse {
        let sealed = match transaction.seal(self.visit) {
            Ok(sealed) => sealed,
            Err(page) => return page,
        };
        let binding = crate::seals::FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = self.visit.app.seals.form_token(&binding);
        let redirect_uri = sealed.transaction.request.target.redirect_uri();
        let known = self.signed_in.filter(|found| is_asked_again(&sealed.transaction.request, found));
        let reauthenticate_as = known.map(|found| TypedText::new(found.user.username.as_str()));
        let page = LoginPage {
            frame: self.visit.app.frame(),
            client: Some(visit::label(self.client, Some(redirect_uri))),
            seal: FormSeal { post_to: path::LOGIN, tx: &sealed.tx, csrf: &csrf },
            username: TypedText::new(self.username),
            error: self.error,
            request_id: &self.visit.request_id,
            may_cancel: true,
            reauthenticate_as,
        };
        let mut response = page.respond(&form_targets(self.client, redirect_uri));
        sealed.set_cookie(&mut response);
        response
    }
}

/// Whether the page asks the very person who is signed in to prove it again, rather than whoever it may be.
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
