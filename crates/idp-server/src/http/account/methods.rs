//! `/account/methods`: what a person signs in with besides the password, and how many recovery codes they have left. To look takes
//! a session; what changes it has pages of its own.

use super::{holder, receipt};
use crate::http::flow::AccountPage;
use crate::http::request::BrowserRequest;
use crate::page::{
    DisplayText, MethodLine, MethodsPage, PageError, PageSecurity, RecoveryCodesLine, respond,
};
use crate::store::methods::MOST_APPS;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::Factor;
use idp_core::discovery::path;

/// GET: the list.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let Some(signed_in) = request.signed_in().await? else {
        return AccountPage::Methods.after_sign_in(&request);
    };
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    let layout = request.layout();
    let has_second_step = !factors.apps.is_empty();
    let are_offered = request.app.config.authentication.methods.offer(Factor::Totp);
    let page = MethodsPage {
        account: DisplayText::account(&signed_in.user),
        receipt: receipt::shown_to(&request, path::METHODS, &holder(&signed_in)),
        apps: factors.apps.iter().map(|app| MethodLine::new(app, &layout, request.now)).collect(),
        codes: has_second_step.then(|| RecoveryCodesLine::new(&factors.codes, &layout, request.now)),
        may_add: are_offered && factors.apps.len() < MOST_APPS,
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}
