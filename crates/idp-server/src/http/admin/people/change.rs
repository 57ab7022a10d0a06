//! `/admin/people/change`: a person's names and profile. The form names the state that it was made from; one from before another
//! change saves nothing, and shows both.

use super::super::act::{carried, check, done, page_error, problem, token};
use super::super::gate::Administrator;
use super::{account, address_of, page_of};
use crate::directory::users::UserChange;
use crate::http::flow::{PeoplePage, PersonPage};
use crate::http::request::attribute_form::{
    AttributeAttempt, TypedAttributes, attribute_fields, change_of, typed_attributes,
};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::AdminChangePersonPage;
use crate::page::admin::{AdminAct, AdminProblem, AdminRoom};
use crate::page::{DisplayText, FormSeal, PageError, ProfileField, TypedText};
use actix_web::HttpResponse;
use idp_core::user::attribute::{Attribute, AttributeName, UnfitValue, attributes_version};
use idp_core::user::{Account, PROFILE_FIELDS, ProfileEdit, UnfitClaim, field_value, profile_version};
use idp_core::username::Username;
use std::collections::BTreeMap;

/// The box that asks the person for two factors.
const SECOND_FACTOR: &str = "second_factor";

/// What was typed and ticked.
struct Typed {
    username: String,
    edit: ProfileEdit,
    is_required: bool,
    attributes: TypedAttributes,
}

/// Why it was not done, in all and field by field.
type Refusal = (AdminProblem, BTreeMap<&'static str, UnfitClaim>, BTreeMap<AttributeName, UnfitValue>);

fn refusal(problem: AdminProblem) -> Refusal {
    (problem, BTreeMap::new(), BTreeMap::new())
}

impl Typed {
    fn read(form: &PageForm, defined: &[Attribute]) -> Self {
        let typed = |field| form.typed(field).map(|text| (field, text.to_owned()));
        Self {
            username: form.field("username").trim().to_owned(),
            edit: ProfileEdit::new(PROFILE_FIELDS.into_iter().filter_map(typed)),
            is_required: form.field(SECOND_FACTOR) == "yes",
            attributes: typed_attributes(form, defined),
        }
    }

    fn change(&self, before: &Account, defined: &[Attribute]) -> Result<UserChange, Refusal> {
        let username = Username::parse(&self.username);
        let username = username.map_err(|_| refusal(AdminProblem::Username))?;
        let attributes = change_of(&self.attributes, &before.attributes);
        let unfit = attributes.problems(&before.attributes, defined);
        let claims = self.edit.change(&before.user.claims);
        let claims = claims.map_err(|problems| (AdminProblem::Profile, problems, unfit.clone()))?;
        if !unfit.is_empty() {
            return Err((AdminProblem::Profile, BTreeMap::new(), unfit));
        }
        Ok(UserChange {
            // One that is the primary address follows it, unless it is given anew.
            username: Some(username).filter(|username| *username != before.user.username),
            claims,
            attributes,
            requires_second_factor: Some(self.is_required),
            ..UserChange::default()
        })
    }
}

/// GET: the form.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    let defined = attributes(&request, &administrator).await?;
    Ok(show(&request, &administrator, (&account, &defined), None, None))
}

/// POST: saves it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let before = account(&request, &administrator).await?;
    let defined = attributes(&request, &administrator).await?;
    let typed = Typed::read(&form, &defined);
    let refused =
        |refusal| Ok(show(&request, &administrator, (&before, &defined), Some(&typed), Some(refusal)));
    if form.tx() != carried(administrator.page, &version(&before, &defined)) {
        return refused(refusal(AdminProblem::ChangedMeanwhile));
    }
    let change = match typed.change(&before, &defined) {
        Ok(change) => change,
        Err(refusal) => return refused(refusal),
    };
    let seen = version(&before, &defined);
    let by = administrator.administration(&request);
    match by.change_account(before.clone(), change, request.now).await {
        Ok(after) => {
            let act = if version(&after, &defined) == seen {
                AdminAct::PersonSame
            } else {
                AdminAct::PersonChanged
            };
            let to = page_of(PersonPage::Show, after.user.id);
            done(&request, &administrator, to, (act, "", DisplayText::account(&after.user).as_str()))
        }
        Err(error) => match problem(&request, error)? {
            AdminProblem::AddressTaken => refused(refusal(AdminProblem::UsernameTaken)),
            problem => refused(refusal(problem)),
        },
    }
}

/// What another administrator, or the person, may have changed of it.
fn version(account: &Account, defined: &[Attribute]) -> (String, String, bool, String) {
    let user = &account.user;
    let attributes = attributes_version(defined, &account.attributes);
    let (name, profile) = (user.username.as_str().to_owned(), profile_version(&user.claims));
    (name, profile, user.second_factor.is_required, attributes)
}

/// Those that an administrator gives people values of.
pub async fn attributes(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Vec<Attribute>, PageError> {
    let found = administrator.administration(request).attributes().await;
    found.map_err(|error| page_error(request, error))
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    (account, defined): (&Account, &[Attribute]),
    typed: Option<&Typed>,
    refusal: Option<Refusal>,
) -> HttpResponse {
    let user = &account.user;
    let (problem, problems, attribute_problems) =
        refusal.map_or((None, BTreeMap::new(), BTreeMap::new()), |(why, of, and)| (Some(why), of, and));
    let is_stale = problem == Some(AdminProblem::ChangedMeanwhile);
    let tx = carried(administrator.page, &version(account, defined));
    let attempt = AttributeAttempt {
        typed: typed.map(|typed| &typed.attributes),
        problems: attribute_problems,
        is_stale,
        // What is said above the form has it.
        takes_focus: false,
    };
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let (username, is_required) = (user.username.as_str(), user.second_factor.is_required);
    let typed_name = typed.map_or(username, |typed| typed.username.as_str());
    let ticked = typed.map_or(is_required, |typed| typed.is_required);
    let field = |name: &'static str| {
        let stored = TypedText::lines(&field_value(&user.claims, name));
        let typed = typed.and_then(|typed| typed.edit.typed(name)).map(TypedText::lines);
        let differs = typed.as_ref().is_some_and(|typed| *typed != stored);
        ProfileField {
            name,
            problem: problems.get(name).cloned(),
            stored: (is_stale && differs).then(|| DisplayText::name(&stored.to_string())),
            is_editable: true,
            value: typed.unwrap_or(stored),
        }
    };
    let page = AdminChangePersonPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        person: DisplayText::account(user),
        username: TypedText::new(typed_name),
        stored_username: (is_stale && typed_name != username).then(|| DisplayText::name(username)),
        second_factor: ticked,
        stored_second_factor: Some(is_required).filter(|stored| is_stale && *stored != ticked),
        languages: request.app.config.language.offered(),
        fields: PROFILE_FIELDS.into_iter().map(field).collect(),
        attributes: attribute_fields(defined, &account.attributes, |_| true, &attempt),
        problem,
        back: &address_of(PeoplePage::Of(PersonPage::Show, user.id)),
    };
    page.respond()
}
