//! The gate before the pages of administrators. A person signs in first; to one who may not see a page there is no such page
//! (404), so that nobody learns what there is; and then the session has to prove what the account asks for, and be fresh
//! where something is changed (`AccountPage::admission`). It is asked of the forms too, before a field of one is read.

use crate::db::authority::Principal;
use crate::directory::{Administration, Caller};
use crate::http::flow::{AccountPage, AdminPage, PeoplePage};
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use crate::page::admin::{AdminNav, AdminRoom};
use crate::store::sessions::SignedIn;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use idp_core::administration::{Permission, Permissions};
use std::future::Future;
use std::pin::Pin;

/// An administrator to whom the page opens that is asked for.
pub struct Administrator {
    /// Who it is, and where they are signed in.
    pub signed_in: SignedIn,
    /// What they may do.
    pub caller: Caller,
    /// The page.
    pub page: AdminPage,
}

impl Administrator {
    /// What the forms of these pages are bound to.
    pub fn holder(&self) -> String {
        self.signed_in.session.sid.to_string()
    }

    /// The directory in their hands.
    pub fn administration<'a>(&'a self, request: &'a BrowserRequest) -> Administration<'a> {
        request.app.administration(&self.caller)
    }

    /// Whether they have this permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.caller.permissions().contain(permission)
    }

    /// The rooms that they may enter.
    pub fn nav(&self, here: AdminRoom) -> AdminNav {
        let is_open = |room: &AdminRoom| {
            let page = match room {
                AdminRoom::Overview => AdminPage::Overview,
                AdminRoom::People => AdminPage::People(PeoplePage::List),
                AdminRoom::Groups => AdminPage::Groups,
                AdminRoom::Roles => AdminPage::Roles,
                AdminRoom::Attributes => AdminPage::Attributes,
                AdminRoom::Clients => AdminPage::Clients,
                AdminRoom::Keys => AdminPage::Keys,
                AdminRoom::Audit => AdminPage::Audit,
                AdminRoom::Deliveries => AdminPage::Deliveries,
                AdminRoom::Settings => AdminPage::Settings,
            };
            page.is_for(self.caller.permissions())
        };
        AdminNav { rooms: AdminRoom::ALL.into_iter().filter(is_open).collect(), here }
    }
}

impl FromRequest for Administrator {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let browser = BrowserRequest::from_request(request, payload);
        Box::pin(async move {
            match admitted(&browser.await?).await? {
                Ok(administrator) => Ok(administrator),
                Err(elsewhere) => {
                    Err(InternalError::from_response("something comes first", elsewhere).into())
                }
            }
        })
    }
}

async fn admitted(request: &BrowserRequest) -> Result<Result<Administrator, HttpResponse>, PageError> {
    let page = AdminPage::of(request).ok_or(PageError::NotFound)?;
    let gate = AccountPage::Admin(page);
    let Some(signed_in) = request.signed_in().await? else {
        return gate.after_sign_in(request).map(Err);
    };
    let person = Principal::User(signed_in.user.id);
    let held = request.app.store.permissions_of(person.clone()).await?;
    if !page.is_for(held) {
        return Err(PageError::NotFound);
    }
    if !gate.is_open_to(request, &signed_in).await? {
        return gate.after_sign_in(request).map(Err);
    }
    let caller = Caller::new(person, held, Permissions::all(), Some(request.address_text()));
    Ok(Ok(Administrator { signed_in, caller, page }))
}
