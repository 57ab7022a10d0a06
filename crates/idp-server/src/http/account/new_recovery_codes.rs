//! `/account/methods/recovery-codes/new`: recovery codes that were made a moment ago, as a page and as a text to keep. They come
//! sealed in the address, as a receipt does: to the session that had them made, and for minutes. The provider itself has
//! hashes by then.

use super::{holder, receipt};
use crate::hash_pool::HashPoolError;
use crate::http::flow::AccountPage;
use crate::http::flow::transaction::address_of;
use crate::http::login::throttle::work_of;
use crate::http::request::BrowserRequest;
use crate::http::request::browser_request::see_other;
use crate::page::{DisplayText, NewRecoveryCodesPage, PageError, PageSecurity, Receipt, respond};
use crate::store::recovery_codes::NewRecoveryCodes;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use idp_core::discovery::path;
use idp_core::recovery_code::RecoveryCodes;
use idp_core::time::UnixTime;
use idp_core::user::User;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;

/// The parameter that asks for the text, and its value.
const AS: (&str, &str) = ("as", "text");

/// The parameter with what the person goes on to, sealed; without it, to the list of methods.
const ONWARD: &str = "tx";

/// What the page shows.
#[derive(Serialize, Deserialize)]
struct Shown {
    codes: RecoveryCodes,
    /// What ended with the change that made them.
    ended: Option<Receipt>,
}

/// GET: the page, or the text.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let Some(signed_in) = request.signed_in().await? else {
        return AccountPage::Methods.after_sign_in(&request);
    };
    let shown: Option<Shown> = receipt::shown_to(&request, path::NEW_RECOVERY_CODES, &holder(&signed_in));
    let Some(Shown { codes, ended }) = shown else {
        // A bookmark, or later: they are shown once.
        return Ok(see_other(path::METHODS));
    };
    let address = request.http.uri().to_string();
    let onward = request.query_param(ONWARD).map(|tx| address_of(path::LOGIN, &tx));
    let page = NewRecoveryCodesPage {
        layout: request.layout(),
        account: DisplayText::account(&signed_in.user),
        codes: codes.texts().collect(),
        receipt: ended,
        text_address: &format!("{address}&{}={}", AS.0, AS.1),
        onward: onward.as_deref().unwrap_or(path::METHODS),
    };
    if request.query_param(AS.0).as_deref() != Some(AS.1) {
        return Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()));
    }
    let mut answer = HttpResponse::Ok();
    answer.content_type(ContentType::plaintext());
    answer.insert_header((CONTENT_DISPOSITION, "attachment; filename=\"recovery-codes.txt\""));
    Ok(answer.body(page.as_text(request.now)))
}

/// Sends the browser to the page that shows `codes`, and leads on from there to what `onward` was sealed for.
///
/// # Errors
/// When they cannot be sealed.
pub fn show_at(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    codes: &RecoveryCodes,
    ended: Option<Receipt>,
    onward: Option<&str>,
) -> Result<HttpResponse, PageError> {
    let shown = Shown { codes: codes.clone(), ended };
    let address = receipt::address_at(request, path::NEW_RECOVERY_CODES, &holder(signed_in), shown)?;
    Ok(see_other(&match onward {
        Some(tx) => format!("{address}&{ONWARD}={}", byte_serialize(tx.as_bytes()).collect::<String>()),
        None => address,
    }))
}

/// The set of a page that was made at `offered_at`, as it is stored.
///
/// # Errors
/// [`PageError::Busy`] when there is no room to hash it.
pub async fn hashed(
    request: &BrowserRequest,
    user: &User,
    codes: &RecoveryCodes,
    offered_at: UnixTime,
) -> Result<NewRecoveryCodes, PageError> {
    let secrets = codes.as_passwords().map_err(|error| request.internal(&error))?;
    match request.app.hashing.hash_all(&work_of(request, None, Some(user)), secrets).await {
        Ok(hashes) => Ok(NewRecoveryCodes { set: codes.set, hashes, offered_at }),
        Err(HashPoolError::Busy) => {
            Err(PageError::Busy { retry_after_seconds: Some(u64::from(HashPoolError::RETRY_AFTER)) })
        }
        Err(error) => Err(request.internal(&error)),
    }
}
