//! `/account/methods/rename`: a person gives a passkey another name. It opens nothing, so a session is enough.

use super::{actor, holder};
use crate::http::flow::AccountPage;
use crate::http::flow::account_page::own_spelling;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{FormSeal, PageError, PageSecurity, RenameMethodPage, TypedText, respond};
use crate::seals::FormBinding;
use crate::store::methods::MethodChange;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::passkey::Passkey;

const FORM: &str = "rename method";

/// GET: asks for the name.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let id = request.query_param("id").as_deref().and_then(own_spelling).ok_or(PageError::NotFound)?;
    let page = AccountPage::RenameMethod(id);
    let Some(signed_in) = page.opened_by(&request).await? else {
        return page.after_sign_in(&request);
    };
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    let passkey = factors.passkeys.iter().find(|own| own.id == id).ok_or(PageError::NotFound)?;
    let tx = id.to_string();
    let binding = FormBinding { form: FORM, holder: &holder(&signed_in), tx: &tx };
    let csrf = request.app.seals().form_token(&binding);
    let page = RenameMethodPage {
        layout: request.layout(),
        seal: FormSeal { post_to: &page.path(), tx: &tx, csrf: &csrf },
        name: TypedText::new(&passkey.name),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// POST: takes it.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let id = own_spelling(form.tx()).ok_or(PageError::Malformed)?;
    let Some(signed_in) = AccountPage::RenameMethod(id).opened_by(&request).await? else {
        return AccountPage::RenameMethod(id).after_sign_in(&request);
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let name = Passkey::kept_name(form.field("name"));
    match request.app.store.rename_passkey(id, name, actor(&request, &signed_in), request.now).await? {
        MethodChange::SignInAgain => AccountPage::RenameMethod(id).after_sign_in(&request),
        MethodChange::Done { .. } | MethodChange::NotFound => Ok(see_other(path::METHODS)),
    }
}
