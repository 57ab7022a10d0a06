//! `/account/delete`: a person has their account deleted (ADR 53), for a fresh sign-in and after a box was ticked.
//! `/account/deleted` says afterwards until when it can be taken back, to the browser in which it was asked for.

use super::gate::Admitted;
use super::{actor, holder, receipt};
use crate::config::AccountDeletion;
use crate::http::flow::AccountPage;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{
    AccountDeletedPage, DeleteAccountPage, DeletionRefusal, DisplayText, FormSeal, PageError, PageSecurity,
    respond,
};
use crate::seals::FormBinding;
use crate::store::deletion::DeletionOutcome;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};

const FORM: &str = "delete account";

/// What to tell afterwards.
#[derive(Serialize, Deserialize)]
struct Requested {
    due: Option<UnixTime>,
}

/// GET: what would happen.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    must_be_on(&request)?;
    let is_last = request.app.store.is_last_administrator(admitted.0.user.id).await?;
    let mut response = show(&request, &admitted.0, is_last.then_some(DeletionRefusal::LastAdministrator));
    // Nothing was asked for yet.
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}

/// POST: asks for it.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    must_be_on(&request)?;
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    if form.field("understood") != "yes" {
        return Ok(show(&request, &signed_in, Some(DeletionRefusal::Unticked)));
    }
    let grace = request.app.config.account.deletion_grace.as_secs();
    let by = actor(&request, &signed_in);
    match request.app.store.delete_own_account(by, grace, request.now).await? {
        DeletionOutcome::SignInAgain => AccountPage::Delete.after_sign_in(&request),
        DeletionOutcome::LastAdministrator => {
            Ok(show(&request, &signed_in, Some(DeletionRefusal::LastAdministrator)))
        }
        DeletionOutcome::Ended { due, ended: _ } => {
            let holder = receipt::browser_holder(&request);
            let mut response = receipt::show_at(&request, path::DELETED, &holder, Requested { due })?;
            cookies::clear_session(&mut response);
            Ok(response)
        }
    }
}

/// GET: what was asked for.
pub async fn get_deleted(request: BrowserRequest) -> HttpResponse {
    let holder = receipt::browser_holder(&request);
    let Some(requested): Option<Requested> = receipt::shown_to(&request, path::DELETED, &holder) else {
        return see_other(path::HOME);
    };
    let layout = request.layout();
    let due = requested.due.map(|due| DisplayText::name(&layout.language.date(due)));
    respond(&AccountDeletedPage { layout, due }, StatusCode::OK, &PageSecurity::own_forms())
}

fn must_be_on(request: &BrowserRequest) -> Result<(), PageError> {
    match request.app.config.account.deletion {
        AccountDeletion::On => Ok(()),
        AccountDeletion::Off => Err(PageError::NotFound),
    }
}

fn show(request: &BrowserRequest, signed_in: &SignedIn, refused: Option<DeletionRefusal>) -> HttpResponse {
    let holder = holder(signed_in);
    let csrf = request.app.seals().form_token(&FormBinding { form: FORM, holder: &holder, tx: "" });
    let grace = request.app.config.account.deletion_grace.as_secs();
    let layout = request.layout();
    let due = (grace > 0).then(|| DisplayText::name(&layout.language.date(request.now.plus(grace))));
    let page = DeleteAccountPage {
        seal: FormSeal { post_to: path::DELETE, tx: "", csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        due,
        refused,
        layout,
    };
    page.respond()
}
