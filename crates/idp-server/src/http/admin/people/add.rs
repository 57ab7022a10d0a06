//! `/admin/people/add`: a person is added, with a temporary password that the administrator passes on.

use super::super::act::{carried, check, problem, token};
use super::super::gate::Administrator;
use super::address_of;
use super::change::attributes;
use super::password::{made, show_new};
use crate::directory::DirectoryError;
use crate::directory::users::{FirstPassword, NewUser};
use crate::http::flow::PeoplePage;
use crate::http::request::attribute_form::{
    AttributeAttempt, TypedAttributes, attribute_fields, change_of, typed_attributes,
};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::AdminAddPersonPage;
use crate::page::admin::{AdminProblem, AdminRoom};
use crate::page::{FormSeal, PageError, TypedText};
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::mail_address::MailAddress;
use idp_core::password::Password;
use idp_core::user::attribute::{Attribute, AttributeName, AttributeValues, UnfitValue};
use idp_core::user::{AddressChange, SignInName, StandardClaims, UserStatus};
use idp_core::username::Username;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What was typed.
#[derive(Default)]
struct Typed {
    username: String,
    name: String,
    address: String,
    is_verified: bool,
    attributes: TypedAttributes,
}

/// Why it was not done, in all and attribute by attribute.
type Refusal = (AdminProblem, BTreeMap<AttributeName, UnfitValue>);

impl Typed {
    fn read(form: &PageForm, defined: &[Attribute]) -> Self {
        let field = |name| form.field(name).trim().to_owned();
        Self {
            username: field("username"),
            name: field("name"),
            address: field("address"),
            is_verified: form.field("verified") == "yes",
            attributes: typed_attributes(form, defined),
        }
    }

    fn person(
        &self,
        username: Username,
        password: Password,
        defined: &[Attribute],
    ) -> Result<NewUser, Refusal> {
        let mut addresses = Vec::new();
        if !self.address.is_empty() {
            let address = MailAddress::parse(&self.address);
            let address = address.map_err(|_| (AdminProblem::Address, BTreeMap::new()))?;
            addresses.push(match self.is_verified {
                true => AddressChange::Vouch(address),
                false => AddressChange::Add(address),
            });
        }
        let none = AttributeValues::default();
        let attributes = change_of(&self.attributes, &none);
        let unfit = attributes.problems(&none, defined);
        if !unfit.is_empty() {
            return Err((AdminProblem::Profile, unfit));
        }
        let name = Some(self.name.clone()).filter(|name| !name.is_empty());
        Ok(NewUser {
            username,
            claims: StandardClaims { name, ..StandardClaims::default() },
            addresses,
            attributes,
            password: FirstPassword::Temporary(password),
            status: UserStatus::Active,
        })
    }
}

/// GET: the form.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let defined = attributes(&request, &administrator).await?;
    Ok(show(&request, &administrator, (&Typed::default(), &defined), None))
}

/// POST: adds them.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let defined = attributes(&request, &administrator).await?;
    let typed = Typed::read(&form, &defined);
    let refused_for = |refusal| Ok(show(&request, &administrator, (&typed, &defined), Some(refusal)));
    let refused = |problem| refused_for((problem, BTreeMap::new()));
    let Ok(username) = Username::parse(&typed.username) else { return refused(AdminProblem::Username) };
    let password = made(&request)?;
    let text = Zeroizing::new(password.expose().to_owned());
    let new = match typed.person(username.clone(), password, &defined) {
        Ok(new) => new,
        Err(refusal) => return refused_for(refusal),
    };
    let by = administrator.administration(&request);
    match by.add_user(new, request.now).await {
        Ok(account) => {
            let until = by.temporary_until(request.now);
            show_new(&request, &administrator, account.user.id, (text, until, true))
        }
        Err(DirectoryError::NameTaken(name)) if name == SignInName::from(&username) => {
            refused(AdminProblem::UsernameTaken)
        }
        Err(error) => refused(problem(&request, error)?),
    }
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    (typed, defined): (&Typed, &[Attribute]),
    refusal: Option<Refusal>,
) -> HttpResponse {
    let (problem, problems) = refusal.map_or((None, BTreeMap::new()), |(why, of)| (Some(why), of));
    // What is said above the form has the focus.
    let typed_attributes = Some(&typed.attributes);
    let attempt = AttributeAttempt { typed: typed_attributes, problems, ..AttributeAttempt::default() };
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminAddPersonPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        username: TypedText::new(&typed.username),
        name: TypedText::lines(&typed.name),
        address: TypedText::new(&typed.address),
        is_verified: typed.is_verified,
        attributes: attribute_fields(defined, &AttributeValues::default(), |_| true, &attempt),
        invite: request.app.config.takes_invitations().then_some(path::ADMIN_INVITE),
        problem,
        back: &address_of(PeoplePage::List),
    };
    page.respond()
}
