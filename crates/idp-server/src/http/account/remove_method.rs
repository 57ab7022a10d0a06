//! `/account/methods/remove`: takes a way to sign in away. It needs a recent sign-in with all that the account asks for.

use super::gate::Admitted;
use super::{holder, keep_known, method_actor, receipt};
use crate::clock::Stopwatch;
use crate::http::flow::AccountPage;
use crate::http::flow::account_page::own_spelling;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{FormSeal, Layout, MethodLine, PageError, PageSecurity, RemoveMethodPage, respond};
use crate::seals::FormBinding;
use crate::store::methods::MethodChange;
use crate::store::second_factors::SecondFactors;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use uuid::Uuid;

const FORM: &str = "remove method";

/// GET: the question whether to.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let id = request.query_param("id").as_deref().and_then(own_spelling).ok_or(PageError::NotFound)?;
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    let layout = request.layout();
    let found = found(&factors, id, &layout, request.now).ok_or(PageError::NotFound)?;
    let tx = id.to_string();
    let binding = FormBinding { form: FORM, holder: &holder(&signed_in), tx: &tx };
    let csrf = request.app.seals().form_token(&binding);
    let page = RemoveMethodPage {
        seal: FormSeal { post_to: &AccountPage::RemoveMethod(id).path(), tx: &tx, csrf: &csrf },
        name: found.name,
        is_passkey: factors.passkeys.iter().any(|passkey| passkey.id == id),
        is_last: factors.is_last(id),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// POST: removes it.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let id = own_spelling(form.tx()).ok_or(PageError::Malformed)?;
    let (store, by, since) =
        (&request.app.store, method_actor(&request, &signed_in, &form), Stopwatch::start());
    let asked_for_more = by.ends_others;
    let removed = match store.remove_authenticator_app(id, by.clone(), request.now).await? {
        MethodChange::NotFound => store.remove_passkey(id, by, request.now).await?,
        change => change,
    };
    match removed {
        MethodChange::SignInAgain => AccountPage::RemoveMethod(id).after_sign_in(&request),
        MethodChange::Done { ended, .. } if asked_for_more => {
            let reached = store.wait_for_confirmations(&ended, since, request.now).await;
            let done = receipt::of_devices(&request, &ended, reached);
            let mut response = receipt::show_at(&request, path::METHODS, &holder(&signed_in), done)?;
            keep_known(&request, &signed_in.user, &mut response).await?;
            Ok(response)
        }
        // Not there any more: the button was pressed twice.
        MethodChange::Done { .. } | MethodChange::NotFound => Ok(see_other(path::METHODS)),
    }
}

fn found(factors: &SecondFactors, id: Uuid, layout: &Layout, now: UnixTime) -> Option<MethodLine> {
    let app = factors.apps.iter().find(|app| app.id == id);
    let passkey = factors.passkeys.iter().find(|passkey| passkey.id == id);
    let app = app.map(|app| MethodLine::of_app(app, layout, now));
    app.or_else(|| passkey.map(|passkey| MethodLine::of_passkey(passkey, layout, now)))
}
