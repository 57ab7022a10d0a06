//! `/admin/attributes` and `/admin/attributes/show`: the attributes of people by name, and one of them.

use super::act::{page_error, receipt_of};
use super::gate::Administrator;
use crate::directory::attributes::MOST_COUNTED;
use crate::http::flow::AdminPage;
use crate::http::request::BrowserRequest;
use crate::page::admin::{AdminAttributePage, AdminLine, AdminListPage, AdminRoom, AttributeFact};
use crate::page::{DisplayText, PageError, PageSecurity, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::Permission;
use idp_core::discovery::path;
use idp_core::user::attribute::Attribute;

/// GET: the list.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let found = administrator.administration(&request).attributes().await;
    let attributes = found.map_err(|error| page_error(&request, error))?;
    let page = AdminListPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Attributes),
        receipt: receipt_of(&request, &administrator),
        prefix: None,
        lines: attributes.iter().map(line).collect(),
        next: None,
        add: administrator.may(Permission::ManageAttributes).then_some(path::ADMIN_ADD_ATTRIBUTE),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn line(attribute: &Attribute) -> AdminLine {
    AdminLine {
        href: AdminPage::Attribute(attribute.id).path().into_owned(),
        name: DisplayText::name(attribute.label()),
        description: DisplayText::reason(&attribute.description),
        is_built_in: false,
    }
}

/// GET: one of them.
pub async fn show(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let AdminPage::Attribute(id) = administrator.page else { return Err(PageError::NotFound) };
    let by = administrator.administration(&request);
    let failed = |error| page_error(&request, error);
    let attribute = by.attribute(id).await.map_err(failed)?;
    let people = by.people_with_attribute(id).await.map_err(failed)?;
    let of =
        |page: AdminPage| administrator.may(Permission::ManageAttributes).then(|| page.path().into_owned());
    let page = AdminAttributePage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Attributes),
        receipt: receipt_of(&request, &administrator),
        attribute: AttributeFact::from(&attribute),
        people: people.min(MOST_COUNTED),
        are_more: people > MOST_COUNTED,
        change: of(AdminPage::ChangeAttribute(id)),
        remove: of(AdminPage::RemoveAttribute(id)),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}
