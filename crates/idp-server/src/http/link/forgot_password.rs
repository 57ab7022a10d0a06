//! `/forgot-password`: asks for a letter with a link to a new password. The answer is the same, and as fast, whether there is
//! such a person, may sign in, has an address that letters go to, or has got many already (S81): all that depends on it comes
//! after the answer.

use super::letter_form::{self, LetterForm};
use crate::app::App;
use crate::db::DbError;
use crate::http::login::throttle::letter_bucket;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{LetterFormError, LetterLeadsTo, PageError};
use crate::store::password_reset::PasswordResetRequest;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::throttle::BucketPolicy;
use idp_core::time::UnixTime;
use idp_core::username::Username;
use std::sync::Arc;

const PAGE: LetterForm = LetterForm {
    path: path::FORGOT_PASSWORD,
    form: "forgot password",
    bucket: "reset-from",
    leads_to: LetterLeadsTo::NewPassword,
};

/// Letters to one person, or for an unknown name.
const TO_PERSON: BucketPolicy = BucketPolicy { burst: 3, seconds_per_try: 20 * 60 };

/// GET: the form.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    is_open(&request)?;
    let after = PAGE.opened(&request, &request.query_param("tx").unwrap_or_default()).await?;
    let typed = after.login_hint().to_owned();
    PAGE.show(&request, after, &typed, None)
}

/// POST: has the letter written, if there is a person to write to.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    is_open(&request)?;
    let typed = form.field("username");
    let missing = typed.trim().is_empty().then_some(LetterFormError::Missing);
    PAGE.take(&request, &form, (typed, missing), |sealed| {
        let asked = Asked {
            app: request.app.clone().into_inner(),
            name: Username::parse(typed).ok(),
            way_back: letter_form::way_back(sealed),
            address: request.address_text(),
            now: request.now,
        };
        asked.write()
    })
    .await
}

/// There is no such page where nothing helps the person.
fn is_open(request: &BrowserRequest) -> Result<(), PageError> {
    match request.app.config.resets_passwords_by_mail() {
        true => Ok(()),
        false => Err(PageError::NotFound),
    }
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
    async fn write(self) -> Result<(), DbError> {
        let (store, now) = (&self.app.store, self.now);
        let user = match self.name.clone() {
            Some(name) => store.user_by_name(name).await?,
            None => None,
        };
        // All names of a person count together, and an unknown name by itself, so that both are as much work.
        let of = match (&user, &self.name) {
            (Some(user), _) => format!("user {}", user.id),
            (None, Some(name)) => format!("name {}", name.as_str()),
            (None, None) => "no name".to_owned(),
        };
        let bucket = letter_bucket(&self.app, "reset-to", &of, TO_PERSON);
        if store.take_tries(vec![bucket], now).await?.is_err() {
            // The link that was sent last stays good.
            return Ok(());
        }
        let (secret, way_back, address) = (letter_form::new_secret(), self.way_back, self.address);
        store.request_password_reset(PasswordResetRequest { user, secret, way_back, address }, now).await
    }
}
