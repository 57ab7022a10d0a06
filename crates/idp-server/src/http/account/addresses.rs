//! `/account/addresses`: the e-mail addresses of a person, and the pages below it that add one or change one. To look takes a
//! session; to change them takes a recent sign-in with all that the account asks for. The letters that a person has sent
//! to addresses of others are counted for the person and for the address, and no answer tells whose an address is.

use super::gate::Admitted;
use super::{actor, holder, receipt};
use crate::db::DbError;
use crate::http::flow::AccountPage;
use crate::http::flow::account_page::own_spelling;
use crate::http::login::throttle::{LETTERS, letter_bucket, letters_to};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    AddAddressError, AddAddressPage, AddressAct, AddressLine, AddressPage, AddressReceipt, AddressRemoval,
    AddressesPage, DisplayText, FormSeal, PageError, PageSecurity, TypedText, action, respond,
};
use crate::random;
use crate::seals::FormBinding;
use crate::store::own_addresses::AddressOutcome;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::mail_address::MailAddress;
use idp_core::secret::{Secret, SecretKind};
use idp_core::throttle::Throttled;
use idp_core::user::{Account, AddressChange, KnownAddress, MOST_ADDRESSES, UnfitAddress};
use uuid::Uuid;

const ADD_FORM: &str = "add address";
const CHANGE_FORM: &str = "change address";

/// GET: the list.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let account = account_of(&request, &signed_in).await?;
    let layout = request.layout();
    let lines = account.addresses.iter().map(|known| AddressLine::new(known, &layout, request.now));
    let page = AddressesPage {
        account: DisplayText::account(&account.user),
        done: receipt::shown_to(&request, path::ADDRESSES, &holder(&signed_in)),
        addresses: lines.collect(),
        may_add: request.app.config.mail.is_on() && account.addresses.iter().len() < MOST_ADDRESSES,
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// GET: the form for one more.
pub async fn get_add(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    match may_add(&request).await? {
        Some(signed_in) => show_add(&request, &signed_in, "", None),
        None => AccountPage::AddAddress.after_sign_in(&request),
    }
}

/// An address that no letter reaches could never be shown to be the person's.
async fn may_add(request: &BrowserRequest) -> Result<Option<SignedIn>, PageError> {
    if !request.app.config.mail.is_on() {
        return Err(PageError::NotFound);
    }
    AccountPage::AddAddress.opened_by(request).await
}

/// POST: adds it, and sends a letter there.
pub async fn post_add(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let Some(signed_in) = posted(&request, &form, ADD_FORM).await? else {
        return AccountPage::AddAddress.after_sign_in(&request);
    };
    if may_add(&request).await?.is_none() {
        return AccountPage::AddAddress.after_sign_in(&request);
    }
    let typed = form.field("address");
    let show = |error| show_add(&request, &signed_in, typed, Some(error));
    if typed.trim().is_empty() {
        return show(AddAddressError::Missing);
    }
    let Ok(address) = MailAddress::parse(typed) else {
        return show(AddAddressError::Malformed);
    };
    match send(&request, &signed_in, address.clone()).await? {
        Err(throttled) => show(AddAddressError::Throttled { retry_after_seconds: seconds(throttled) }),
        Ok(AddressOutcome::Done) => done(&request, &signed_in, &address, AddressAct::Sent),
        Ok(AddressOutcome::SignInAgain) => AccountPage::AddAddress.after_sign_in(&request),
        Ok(AddressOutcome::AlreadyVerified) => show(AddAddressError::Known),
        Ok(AddressOutcome::Unfit(_)) => show(AddAddressError::TooMany),
    }
}

/// GET: what can be done with one.
pub async fn get_one(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let id = request.query_param("id").as_deref().and_then(own_spelling).ok_or(PageError::NotFound)?;
    let Some(signed_in) = AccountPage::Address(id).opened_by(&request).await? else {
        return AccountPage::Address(id).after_sign_in(&request);
    };
    let account = account_of(&request, &signed_in).await?;
    match account.addresses.by_id(id) {
        Some(known) => show_one(&request, &signed_in, &account, known, None),
        // It was removed, here or in another tab.
        None => Ok(see_other(path::ADDRESSES)),
    }
}

/// POST: does it.
pub async fn post_one(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let id = own_spelling(form.tx()).ok_or(PageError::Malformed)?;
    let page = AccountPage::Address(id);
    let Some(signed_in) = posted(&request, &form, CHANGE_FORM).await? else {
        return page.after_sign_in(&request);
    };
    if !page.is_open_to(&request, &signed_in).await? {
        return page.after_sign_in(&request);
    }
    let account = account_of(&request, &signed_in).await?;
    let Some(known) = account.addresses.by_id(id) else {
        // The button was pressed twice.
        return Ok(see_other(path::ADDRESSES));
    };
    let address = known.address.clone();
    let (change, act) = match form.action() {
        action::SEND if request.app.config.mail.is_on() => {
            return match send(&request, &signed_in, address.clone()).await? {
                Err(throttled) => show_one(&request, &signed_in, &account, known, Some(seconds(throttled))),
                Ok(AddressOutcome::Done) => done(&request, &signed_in, &address, AddressAct::Sent),
                Ok(AddressOutcome::SignInAgain) => page.after_sign_in(&request),
                Ok(AddressOutcome::AlreadyVerified | AddressOutcome::Unfit(_)) => Ok(see_other(&page.path())),
            };
        }
        action::MAKE_PRIMARY => (AddressChange::MakePrimary(address.clone()), AddressAct::MadePrimary),
        action::REMOVE => (AddressChange::Remove(address.clone()), AddressAct::Removed),
        _ => return Err(PageError::Malformed),
    };
    let by = actor(&request, &signed_in);
    match request.app.store.change_own_address(by, change, request.now).await? {
        AddressOutcome::Done => done(&request, &signed_in, &address, act),
        AddressOutcome::SignInAgain => page.after_sign_in(&request),
        // It is not as it was when the page was made: the page says how it stands.
        AddressOutcome::AlreadyVerified | AddressOutcome::Unfit(_) => Ok(see_other(&page.path())),
    }
}

/// Whose form it is.
async fn posted(
    request: &BrowserRequest,
    form: &PageForm,
    name: &'static str,
) -> Result<Option<SignedIn>, PageError> {
    match request.signed_in().await? {
        Some(signed_in) if !form.is_bound(request, name, &holder(&signed_in)) => Err(PageError::Forbidden),
        signed_in => Ok(signed_in),
    }
}

async fn account_of(request: &BrowserRequest, signed_in: &SignedIn) -> Result<Account, PageError> {
    // Removed at this moment.
    request.app.store.account(signed_in.user.id).await?.ok_or(PageError::NotFound)
}

/// Has a letter sent to an address, unless many were.
async fn send(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    address: MailAddress,
) -> Result<Result<AddressOutcome, Throttled>, DbError> {
    let (store, now) = (&request.app.store, request.now);
    let own = letter_bucket(&request.app, "letters-of", &signed_in.user.id.to_string(), LETTERS);
    let buckets = vec![own, letters_to(&request.app, &address)];
    if let Err(throttled) = store.take_tries(buckets, now).await? {
        return Ok(Err(throttled));
    }
    let link = Secret::generate(SecretKind::MailLink, &mut random::rng());
    store.add_own_address(actor(request, signed_in), address, link, now).await.map(Ok)
}

fn seconds(throttled: Throttled) -> u64 {
    u64::try_from(throttled.retry_after).unwrap_or(1)
}

fn done(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    address: &MailAddress,
    act: AddressAct,
) -> Result<HttpResponse, PageError> {
    let receipt = AddressReceipt { address: address.to_string(), act };
    receipt::show_at(request, path::ADDRESSES, &holder(signed_in), receipt)
}

fn show_add(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    typed: &str,
    error: Option<AddAddressError>,
) -> Result<HttpResponse, PageError> {
    let binding = FormBinding { form: ADD_FORM, holder: &holder(signed_in), tx: "" };
    let csrf = request.app.seals().form_token(&binding);
    let page = AddAddressPage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::ADD_ADDRESS, tx: "", csrf: &csrf },
        address: TypedText::new(typed),
        error,
    };
    Ok(page.respond())
}

fn show_one(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    account: &Account,
    known: &KnownAddress,
    retry_after: Option<u64>,
) -> Result<HttpResponse, PageError> {
    let tx = known.id.to_string();
    let binding = FormBinding { form: CHANGE_FORM, holder: &holder(signed_in), tx: &tx };
    let csrf = request.app.seals().form_token(&binding);
    let address = &known.address;
    let tried = |change: AddressChange| -> Result<(), UnfitAddress> {
        account.clone().with_own_change(&change, request.now, Uuid::nil).map(drop)
    };
    let is_verified = known.verified_at.is_some();
    let page = AddressPage {
        layout: request.layout(),
        seal: FormSeal { post_to: &AccountPage::Address(known.id).path(), tx: &tx, csrf: &csrf },
        address: DisplayText::reason(address.as_str()),
        is_verified,
        is_primary: known.is_primary,
        may_send: !is_verified && request.app.config.mail.is_on(),
        may_make_primary: !known.is_primary && tried(AddressChange::MakePrimary(address.clone())).is_ok(),
        removal: AddressRemoval::of(&tried(AddressChange::Remove(address.clone()))),
        retry_after,
    };
    Ok(page.respond())
}
