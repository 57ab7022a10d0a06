//! `/` and `/account`: who is signed in, and where everything is. `/` answers any
//! browser that opens the address of the provider; `/account` leads through a sign-in.

use super::add_passkey;
use crate::config::AccountDeletion;
use crate::db::authority::Principal;
use crate::http::flow::AccountPage;
use crate::http::request::BrowserRequest;
use crate::page::{DisplayText, HomePage, PageError, PageSecurity, PictureLink, respond};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

/// GET `/`.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let signed_in = request.signed_in().await?;
    show(&request, signed_in.as_ref()).await
}

/// GET `/account`.
pub async fn get_account(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    match request.signed_in().await? {
        Some(signed_in) => show(&request, Some(&signed_in)).await,
        None => AccountPage::Overview.after_sign_in(&request),
    }
}

async fn show(request: &BrowserRequest, signed_in: Option<&SignedIn>) -> Result<HttpResponse, PageError> {
    let picture = match signed_in {
        Some(signed_in) => request.app.store.picture_name_of(signed_in.user.id).await?,
        None => None,
    };
    let offer = match signed_in {
        Some(signed_in) => add_passkey::offer(request, signed_in).await?,
        None => None,
    };
    let may_administer = match signed_in {
        Some(signed_in) => {
            let person = Principal::User(signed_in.user.id);
            !request.app.store.permissions_of(person).await?.is_empty()
        }
        None => false,
    };
    let page = HomePage {
        offer,
        layout: request.layout(),
        account: signed_in.map(|signed_in| DisplayText::account(&signed_in.user)),
        picture: picture.as_deref().map(PictureLink::new),
        may_delete: request.app.config.account.deletion == AccountDeletion::On,
        may_administer,
        may_register: request.app.config.takes_registrations(),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}
