//! `/account/methods/recovery-codes`: new recovery codes in the place of those that a person has. They are made with the page and
//! travel sealed in its form: nothing is stored before the person says yes, and a form that is sent twice makes one set.

use super::gate::Admitted;
use super::new_recovery_codes::{self, hashed};
use super::{holder, method_actor};
use crate::http::flow::AccountPage;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{FormSeal, MakeRecoveryCodesPage, PageError, PageSecurity, respond};
use crate::random;
use crate::seals::FormBinding;
use crate::store::methods::MethodChange;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::recovery_code::{RecoveryCodes, StoredRecoveryCode};
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};

const FORM: &str = "recovery codes";

/// Codes that a page offers.
#[derive(Serialize, Deserialize)]
struct Offer {
    codes: RecoveryCodes,
    /// When the page was made.
    at: UnixTime,
}

/// GET: the question whether to.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    if factors.is_empty() {
        // They are no way to sign in by themselves: an app or a passkey comes first, and they with it.
        return Ok(see_other(path::METHODS));
    }
    let codes = RecoveryCodes::generate(random::new_id(request.now), &mut random::rng());
    let offer = Offer { codes, at: request.now };
    let tx = request.app.seals().recovery_codes.close(&offer, &context(&signed_in))?;
    let binding = FormBinding { form: FORM, holder: &holder(&signed_in), tx: &tx };
    let csrf = request.app.seals().form_token(&binding);
    let page = MakeRecoveryCodesPage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::RECOVERY_CODES, tx: &tx, csrf: &csrf },
        left: StoredRecoveryCode::left_of(&factors.codes),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// POST: stores them, and leads to the page that shows them.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let seals = request.app.seals();
    let offer: Option<Offer> = seals.recovery_codes.open(form.tx(), &context(&signed_in));
    let Offer { codes, at } = offer.ok_or(PageError::Malformed)?;
    let stored = request.app.store.recovery_codes(signed_in.user.id).await?;
    if stored.iter().any(|code| code.set == codes.set) {
        // The form was sent twice: it costs no hashes again.
        return new_recovery_codes::show_at(&request, &signed_in, &codes, None, None);
    }
    let new = hashed(&request, &signed_in.user, &codes, at).await?;
    let by = method_actor(&request, &signed_in, &form);
    match request.app.store.replace_recovery_codes(new, by, request.now).await? {
        MethodChange::Done { has_codes: true, .. } => {
            new_recovery_codes::show_at(&request, &signed_in, &codes, None, None)
        }
        MethodChange::SignInAgain => AccountPage::RecoveryCodes.after_sign_in(&request),
        MethodChange::Done { .. } | MethodChange::NotFound => Ok(see_other(path::METHODS)),
    }
}

/// Whose they are: a form of another session or person is none.
fn context(signed_in: &SignedIn) -> String {
    format!("{} {}", signed_in.user.id, signed_in.session.sid)
}
