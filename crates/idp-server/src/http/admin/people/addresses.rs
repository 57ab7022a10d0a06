//! `/admin/people/addresses/add` and `/admin/people/addresses/change`.

use super::super::act::{carried, check, done, problem, token};
use super::super::gate::Administrator;
use super::{account, address_of, page_of};
use crate::directory::users::UserChange;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage, PersonPart};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::{AdminAddAddressPage, AdminAddressPage};
use crate::page::admin::{AdminAct, AdminProblem, AdminRoom};
use crate::page::{AddressRemoval, DisplayText, FormSeal, PageError, TypedText, action};
use actix_web::HttpResponse;
use idp_core::mail_address::MailAddress;
use idp_core::user::{Account, AddressChange, KnownAddress, UnfitAddress};
use uuid::Uuid;

/// GET: the form for one more.
pub async fn get_add(
    request: BrowserRequest,
    administrator: Administrator,
) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    Ok(show_add(&request, &administrator, &account, ("", false), None))
}

/// POST: adds it.
pub async fn post_add(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let before = account(&request, &administrator).await?;
    let (typed, is_verified) = (form.field("address").trim(), form.field("verified") == "yes");
    let refused =
        |problem| Ok(show_add(&request, &administrator, &before, (typed, is_verified), Some(problem)));
    let Ok(address) = MailAddress::parse(typed) else { return refused(AdminProblem::Address) };
    let change = match is_verified {
        true => AddressChange::Vouch(address.clone()),
        false => AddressChange::Add(address.clone()),
    };
    match written(&request, &administrator, before.clone(), change).await {
        Ok(is_changed) => {
            let act = if is_changed { AdminAct::AddressAdded } else { AdminAct::PersonSame };
            finished(&request, &administrator, &before, (act, &address))
        }
        Err(error) => refused(problem(&request, error)?),
    }
}

/// GET: what can be done with one.
pub async fn get_one(
    request: BrowserRequest,
    administrator: Administrator,
) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    show_one(&request, &administrator, &account, None)
}

/// POST: does it.
pub async fn post_one(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let before = account(&request, &administrator).await?;
    let known = known(&administrator, &before)?;
    let refused = |problem| show_one(&request, &administrator, &before, Some(problem));
    if form.tx() != carried(administrator.page, &version(known)) {
        return refused(AdminProblem::ChangedMeanwhile);
    }
    let address = known.address.clone();
    let (change, act) = match form.action() {
        action::ACCEPT => (AddressChange::Vouch(address.clone()), AdminAct::AddressVerified),
        action::MAKE_PRIMARY => (AddressChange::MakePrimary(address.clone()), AdminAct::AddressMadePrimary),
        action::REMOVE => (AddressChange::Remove(address.clone()), AdminAct::AddressRemoved),
        _ => return Err(PageError::Malformed),
    };
    match written(&request, &administrator, before.clone(), change).await {
        Ok(true) => finished(&request, &administrator, &before, (act, &address)),
        Ok(false) => finished(&request, &administrator, &before, (AdminAct::PersonSame, &address)),
        Err(error) => refused(problem(&request, error)?),
    }
}

/// Answers whether it changed anything.
async fn written(
    request: &BrowserRequest,
    administrator: &Administrator,
    before: Account,
    change: AddressChange,
) -> Result<bool, crate::directory::DirectoryError> {
    let addresses = before.addresses.clone();
    let change = UserChange { addresses: vec![change], ..UserChange::default() };
    let after = administrator.administration(request).change_account(before, change, request.now).await?;
    Ok(after.addresses != addresses)
}

fn finished(
    request: &BrowserRequest,
    administrator: &Administrator,
    account: &Account,
    (act, address): (AdminAct, &MailAddress),
) -> Result<HttpResponse, PageError> {
    let to = page_of(PersonPage::Show, account.user.id);
    let person = DisplayText::account(&account.user);
    done(request, administrator, to, (act, address.as_str(), person.as_str()))
}

fn known<'a>(administrator: &Administrator, account: &'a Account) -> Result<&'a KnownAddress, PageError> {
    let AdminPage::People(PeoplePage::Part(PersonPart::Address, _, id)) = administrator.page else {
        return Err(PageError::NotFound);
    };
    account.addresses.by_id(id).ok_or(PageError::NotFound)
}

/// What may have become of it meanwhile.
fn version(known: &KnownAddress) -> (bool, bool) {
    (known.verified_at.is_some(), known.is_primary)
}

fn show_add(
    request: &BrowserRequest,
    administrator: &Administrator,
    account: &Account,
    (typed, is_verified): (&str, bool),
    problem: Option<AdminProblem>,
) -> HttpResponse {
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminAddAddressPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        person: DisplayText::account(&account.user),
        address: TypedText::new(typed),
        is_verified,
        problem,
        back: &address_of(PeoplePage::Of(PersonPage::Show, account.user.id)),
    };
    page.respond()
}

fn show_one(
    request: &BrowserRequest,
    administrator: &Administrator,
    account: &Account,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let known = known(administrator, account)?;
    let tx = carried(administrator.page, &version(known));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let tried = |change: AddressChange| -> Result<(), UnfitAddress> {
        account.clone().with_names(None, &[change], request.now, Uuid::nil).map(drop)
    };
    let address = &known.address;
    let page = AdminAddressPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        person: DisplayText::account(&account.user),
        address: DisplayText::reason(address.as_str()),
        may_verify: known.verified_at.is_none(),
        may_make_primary: !known.is_primary && tried(AddressChange::MakePrimary(address.clone())).is_ok(),
        removal: AddressRemoval::of_another(&tried(AddressChange::Remove(address.clone()))),
        problem,
        back: &address_of(PeoplePage::Of(PersonPage::Show, account.user.id)),
    };
    Ok(page.respond())
}
