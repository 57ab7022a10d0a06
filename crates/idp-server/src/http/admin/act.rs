//! What the acts of administrators share: the version that a form was made from, what binds it, why an act was not done, and the
//! receipt of one that was.

use super::gate::Administrator;
use crate::admin_api::EntityTag;
use crate::directory::DirectoryError;
use crate::hash_pool::HashPoolError;
use crate::http::account::receipt;
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminProblem, AdminReceipt};
use crate::page::{DisplayText, PageError};
use crate::seals::FormBinding;
use crate::store::signing_keys::KeysError;
use actix_web::HttpResponse;
use idp_core::user::UnfitAddress;
use serde::{Deserialize, Serialize};

/// Names the forms of these pages in their tokens. Which page it is stands in what they carry.
const FORM: &str = "administration";

/// A receipt on its way.
#[derive(Serialize, Deserialize)]
struct Sent {
    act: AdminAct,
    name: String,
    person: String,
}

/// What the form of a page carries: the page, and the version of what it changes. Of two administrators who edit the same thing
/// the second learns of it by this.
pub fn carried(page: AdminPage, version: &impl Serialize) -> String {
    format!("{} {}", page.path(), EntityTag::of(version).to_string().trim_matches('"'))
}

/// What binds it.
pub fn token(request: &BrowserRequest, administrator: &Administrator, carried: &str) -> String {
    let holder = administrator.holder();
    request.app.seals().form_token(&FormBinding { form: FORM, holder: &holder, tx: carried })
}

/// That a form is of the page that it was sent to, and of this session.
pub fn check(
    request: &BrowserRequest,
    administrator: &Administrator,
    form: &PageForm,
) -> Result<(), PageError> {
    let is_of_page = form.tx().starts_with(&format!("{} ", administrator.page.path()));
    match is_of_page && form.is_bound(request, FORM, &administrator.holder()) {
        true => Ok(()),
        false => Err(PageError::Forbidden),
    }
}

/// What the query asks for by this name, in the text that a database can hold; nothing, where it is none.
pub fn asked(request: &BrowserRequest, name: &str) -> String {
    let asked = request.query_param(name).unwrap_or_default();
    Some(asked.trim().to_owned()).filter(|text| !text.contains('\0')).unwrap_or_default()
}

/// Why an act was not done, as far as a page can say it.
pub fn problem(request: &BrowserRequest, error: DirectoryError) -> Result<AdminProblem, PageError> {
    match error {
        DirectoryError::GroupExists(_)
        | DirectoryError::RoleExists(_)
        | DirectoryError::AttributeExists(_) => Ok(AdminProblem::NameTaken),
        DirectoryError::AttributeLabel => Ok(AdminProblem::Label),
        DirectoryError::UnfitType(_) => Ok(AdminProblem::AttributeBounds),
        DirectoryError::TooManyAttributes => Ok(AdminProblem::TooManyAttributes),
        DirectoryError::AttributeHasValues(_) => Ok(AdminProblem::AttributeInUse),
        DirectoryError::AttributeOfRights { .. } => Ok(AdminProblem::AttributeOfRights),
        DirectoryError::OverBudget(_) => Ok(AdminProblem::AttributeTooLarge),
        DirectoryError::UnfitAttribute(_) => Ok(AdminProblem::Profile),
        DirectoryError::Description => Ok(AdminProblem::Description),
        DirectoryError::UnknownUser(_) => Ok(AdminProblem::NoPerson),
        DirectoryError::ChangedMeanwhile => Ok(AdminProblem::ChangedMeanwhile),
        DirectoryError::NotPermitted(_) => Ok(AdminProblem::NotPermitted),
        DirectoryError::NoSecondFactor => Ok(AdminProblem::NoSecondFactor),
        DirectoryError::LastAdministrator => Ok(AdminProblem::LastAdministrator),
        DirectoryError::UserExists(_) => Ok(AdminProblem::UsernameTaken),
        DirectoryError::NameTaken(_) => Ok(AdminProblem::AddressTaken),
        DirectoryError::AddressIsNoName(_) => Ok(AdminProblem::Address),
        DirectoryError::UnfitAddress(UnfitAddress::TooMany) => Ok(AdminProblem::TooManyAddresses),
        DirectoryError::UnfitAddress(UnfitAddress::Unknown(_)) => Ok(AdminProblem::ChangedMeanwhile),
        DirectoryError::UnfitAddress(_) => Ok(AdminProblem::AddressStays),
        DirectoryError::UnfitClaim(_) => Ok(AdminProblem::PersonName),
        DirectoryError::NoLetter => Ok(AdminProblem::NoLetter),
        DirectoryError::NoSuchSession(_)
        | DirectoryError::NoSuchMethod
        | DirectoryError::NothingToWithdraw
        | DirectoryError::NoInvitation(_) => Ok(AdminProblem::Over),
        DirectoryError::NextKeyTooFresh(_) | DirectoryError::Keys(KeysError::NotReady(_)) => {
            Ok(AdminProblem::NextKeyNotReady)
        }
        DirectoryError::Keys(KeysError::DoesNotSign { .. } | KeysError::Unknown(_)) => {
            Ok(AdminProblem::KeyDoesNotSign)
        }
        DirectoryError::MailIsOver(_)
        | DirectoryError::LogoutDeliveryIsOver
        | DirectoryError::UnknownMail(_)
        | DirectoryError::UnknownLogoutDelivery => Ok(AdminProblem::DeliveryIsOver),
        DirectoryError::Secret(_) | DirectoryError::NoSecret(_) => Ok(AdminProblem::Secret),
        error => Err(page_error(request, error)),
    }
}

/// A failure of a look.
pub fn page_error(request: &BrowserRequest, error: DirectoryError) -> PageError {
    match error {
        DirectoryError::UnknownGroup(_)
        | DirectoryError::UnknownClient(_)
        | DirectoryError::UnknownRole(_)
        | DirectoryError::UnknownAttribute(_)
        | DirectoryError::UnknownUser(_)
        | DirectoryError::RegistrationIsOff
        | DirectoryError::BuiltInRole(_)
        | DirectoryError::NotPermitted(_) => PageError::NotFound,
        DirectoryError::Store(error) => error.into(),
        DirectoryError::Hashing(HashPoolError::Busy) => {
            PageError::Busy { retry_after_seconds: Some(u64::from(HashPoolError::RETRY_AFTER)) }
        }
        error => request.internal(&error),
    }
}

/// Goes on to a page that shows what was done.
pub fn done(
    request: &BrowserRequest,
    administrator: &Administrator,
    to: AdminPage,
    (act, name, person): (AdminAct, &str, &str),
) -> Result<HttpResponse, PageError> {
    let sent = Sent { act, name: name.to_owned(), person: person.to_owned() };
    let (page, holder) = (to.path(), administrator.holder());
    receipt::show_at(request, &page, &holder, sent)
}

/// What was done, as the address of a page says.
pub fn receipt_of(request: &BrowserRequest, administrator: &Administrator) -> Option<AdminReceipt> {
    let page = administrator.page.path();
    let Sent { act, name, person } = receipt::shown_to(request, &page, &administrator.holder())?;
    Some(AdminReceipt { act, name: DisplayText::name(&name), person: DisplayText::name(&person) })
}
