//! `/forgot-password`: asks for a letter with a link to a new password. The answer is the same, and as fast, whether there is such a
//! person, may sign in, has an address that letters go to, or has got many already (S81): all that depends on it comes after the
//! answer.

use crate::app::App;
use crate::db::DbError;
use crate::http::flow::AfterSignIn;
use crate::http::login::throttle::{letter_bucket, letter_sources};
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{
    DisplayText, ForgotPasswordError, ForgotPasswordPage, ForgotPasswordSentPage, FormSeal, PageError,
    PageSecurity, TypedText, respond,
};
use crate::random;
use crate::seals::FormBinding;
use crate::store::login_throttle::ThrottleBucket;
use crate::store::password_reset::PasswordResetRequest;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::secret::{Secret, SecretKind};
use idp_core::throttle::BucketPolicy;
use idp_core::time::UnixTime;
use idp_core::username::Username;
use std::sync::Arc;

const FORM: &str = "forgot password";

/// Letters that are asked for from one address of the network (an IPv6 /64 counts as one, and a /48 as ten).
const FROM_SOURCE: BucketPolicy = BucketPolicy { burst: 10, seconds_per_try: 60 };
/// Letters to one person, or for a name that nobody has.
const TO_PERSON: BucketPolicy = BucketPolicy { burst: 3, seconds_per_try: 20 * 60 };
/// Longer ways back are not kept, in bytes.
const LONGEST_WAY_BACK: usize = 8 * 1024;
/// When trying again makes sense where there is no room.
const RETRY_AFTER: u64 = 2;

/// GET: the form.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let after = opened(&request, &request.query_param("tx").unwrap_or_default()).await?;
    let typed = after.login_hint().to_owned();
    show(&request, after, &typed, None)
}

/// POST: has the letter written, if there is anybody to write to.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let mut after = opened(&request, form.tx()).await?;
    let typed = form.field("username");
    let is_bound = |browser: &Secret| form.is_bound(&request, FORM, &browser.hash().to_string());
    let error = if !cookies::browsers(&request.http).iter().any(is_bound) {
        Some(ForgotPasswordError::OnceMore)
    } else if typed.trim().is_empty() {
        Some(ForgotPasswordError::Missing)
    } else {
        counted(&request).await?
    };
    if let Some(error) = error {
        return show(&request, after, typed, Some(error));
    }
    after.keep_typed(typed);
    let sealed = after.seal(&request)?;
    let asked = Asked {
        app: request.app.clone().into_inner(),
        name: Username::parse(typed).ok(),
        way_back: Some(sealed.way_back().to_owned()).filter(|tx| tx.len() <= LONGEST_WAY_BACK),
        address: request.address_text(),
        now: request.now,
    };
    let (again, back) = (sealed.address(path::FORGOT_PASSWORD), sealed.address(path::LOGIN));
    if request.app.out_of_band.begin(asked.answer()).is_err() {
        let (after, _) = AfterSignIn::open(&request, form.tx()).await?;
        return show(
            &request,
            after,
            typed,
            Some(ForgotPasswordError::Busy { retry_after_seconds: RETRY_AFTER }),
        );
    }
    let page = ForgotPasswordSentPage {
        layout: request.layout_at(&again),
        name: DisplayText::reason(typed),
        again: &again,
        back: &back,
    };
    let mut response = respond(&page, StatusCode::OK, &PageSecurity::own_forms());
    sealed.set_cookie(&mut response);
    Ok(response)
}

/// What the person was signing in for; there is no such page where nothing helps them.
async fn opened(request: &BrowserRequest, tx: &str) -> Result<AfterSignIn, PageError> {
    if !request.app.config.resets_passwords_by_mail() {
        return Err(PageError::NotFound);
    }
    let (mut after, _) = AfterSignIn::open(request, tx).await?;
    // Waits in a form of the sign-in, and in no other.
    *after.pending() = None;
    Ok(after)
}

/// Counts the request against where it came from, which says nothing of whom it is about.
async fn counted(request: &BrowserRequest) -> Result<Option<ForgotPasswordError>, DbError> {
    let sources = letter_sources(request, "reset-from", FROM_SOURCE);
    if sources.is_empty() {
        return Ok(None);
    }
    let taken = request.app.store.take_tries(sources, request.now).await?;
    Ok(taken.err().map(|throttled| ForgotPasswordError::Throttled {
        retry_after_seconds: u64::try_from(throttled.retry_after).unwrap_or(1),
    }))
}

/// What is done beside the answer.
struct Asked {
    app: Arc<App>,
    /// `None` when what was typed can be no name.
    name: Option<Username>,
    way_back: Option<String>,
    address: String,
    now: UnixTime,
}

impl Asked {
    async fn answer(self) {
        if let Err(error) = self.write().await {
            tracing::warn!(%error, "a letter with a link to a new password was not written");
        }
    }

    async fn write(self) -> Result<(), DbError> {
        let (store, now) = (&self.app.store, self.now);
        let user = match self.name.clone() {
            Some(name) => store.user_by_name(name).await?,
            None => None,
        };
        // All names of a person count together, and a name that nobody has by itself, so that both are as much work.
        let of = match (&user, &self.name) {
            (Some(user), _) => format!("user {}", user.id),
            (None, Some(name)) => format!("name {}", name.as_str()),
            (None, None) => "no name".to_owned(),
        };
        let bucket: ThrottleBucket = letter_bucket(&self.app, "reset-to", &of, TO_PERSON);
        if store.take_tries(vec![bucket], now).await?.is_err() {
            // The link that was sent last stays good.
            return Ok(());
        }
        let secret = Secret::generate(SecretKind::MailLink, &mut random::rng());
        let asked = PasswordResetRequest { user, secret, way_back: self.way_back, address: self.address };
        store.request_password_reset(asked, now).await
    }
}

fn show(
    request: &BrowserRequest,
    mut after: AfterSignIn,
    typed: &str,
    error: Option<ForgotPasswordError>,
) -> Result<HttpResponse, PageError> {
    if error.is_some() {
        after.keep_typed(typed);
    }
    let sealed = after.seal(request)?;
    let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let address = sealed.address(path::FORGOT_PASSWORD);
    let page = ForgotPasswordPage {
        layout: request.layout_at(&address),
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        username: TypedText::new(typed),
        error,
        back: &sealed.address(path::LOGIN),
        request_id: &request.request_id,
    };
    let mut response = page.respond();
    sealed.set_cookie(&mut response);
    Ok(response)
}
