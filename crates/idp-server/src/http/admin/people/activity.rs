//! `/admin/people/activity`: what happened with a person's account, a page at a time.

use super::super::gate::Administrator;
use super::{account, address_of, lines};
use crate::http::flow::account_page::own_spelling;
use crate::http::flow::{PeoplePage, PersonPage};
use crate::http::request::BrowserRequest;
use crate::page::admin::AdminRoom;
use crate::page::admin::people::AdminPersonActivityPage;
use crate::page::{DisplayText, PageError, PageSecurity, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

/// So many events stand on a page.
const ON_A_PAGE: usize = 20;

/// GET.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    let user = account.user.id;
    let before = match request.query_param("before") {
        Some(text) => Some(own_spelling(&text).ok_or(PageError::Malformed)?),
        None => None,
    };
    let (entries, older) = lines::events(&request, &administrator, (user, before), ON_A_PAGE).await?;
    let own = address_of(PeoplePage::Of(PersonPage::Activity, user));
    let page = AdminPersonActivityPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        person: DisplayText::account(&account.user),
        entries,
        older: older.map(|before| format!("{own}&before={before}")),
        newest: before.map(|_| own),
        back: address_of(PeoplePage::Of(PersonPage::Show, user)),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}
