//! `/account/profile`: what sites may be told of a person, for the person to change as far as the operator leaves it to them
//! (`account.editable`). The form names the state that it was made from; one from before another change saves nothing, and
//! shows both.

use super::gate::Admitted;
use super::{actor, holder, receipt};
use crate::http::flow::AccountPage;
use crate::http::request::attribute_form::{
    AttributeAttempt, TypedAttributes, attribute_fields, change_of, typed_attributes,
};
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{
    AttributeField, DisplayText, FormSeal, PageError, PictureLink, ProfileField, ProfileNotice, ProfilePage,
    TypedText,
};
use crate::seals::FormBinding;
use crate::store::profile::{OwnProfile, ProfileChange, ProfileOutcome};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::user::attribute::{Attribute, AttributeName, UnfitValue};
use idp_core::user::{PROFILE_FIELDS, ProfileClaim, ProfileEdit, UnfitClaim, User, field_value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORM: &str = "profile";

/// What to tell after a form was sent.
#[derive(Serialize, Deserialize)]
struct Saved {
    changed: bool,
}

/// GET: the page.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let saved: Option<Saved> = receipt::shown_to(&request, path::PROFILE, &holder(&signed_in));
    let notice = saved.map(|saved| if saved.changed { ProfileNotice::Saved } else { ProfileNotice::Same });
    Shown { notice, ..Shown::new(&request, &signed_in) }.respond().await
}

/// POST: saves it.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let holder = holder(&signed_in);
    if !form.is_bound(&request, FORM, &holder) {
        return Err(PageError::Forbidden);
    }
    let edit = typed(&request, &form, &signed_in.user);
    let store = &request.app.store;
    let own = store.own_profile(signed_in.user.id).await?;
    let attributes = typed_attributes(&form, &own.editable());
    let change = ProfileChange {
        edit: edit.clone(),
        attributes: change_of(&attributes, &own.values),
        version: form.tx().to_owned(),
    };
    let outcome = store.change_own_profile(change, actor(&request, &signed_in), request.now).await?;
    let shown = Shown::new(&request, &signed_in);
    match outcome {
        ProfileOutcome::Changed { fields } => {
            let mut response = receipt::show_at(&request, path::PROFILE, &holder, Saved { changed: true })?;
            if fields.contains(&"locale") {
                // What was chosen on a page before is not what the person wants now.
                cookies::clear_language(&mut response);
            }
            Ok(response)
        }
        ProfileOutcome::Same => receipt::show_at(&request, path::PROFILE, &holder, Saved { changed: false }),
        ProfileOutcome::Unfit(problems, attribute_problems) => {
            let attempt = Some(Attempt { edit, problems, attributes, attribute_problems });
            Shown { notice: Some(ProfileNotice::Unfit), attempt, ..shown }.respond().await
        }
        ProfileOutcome::Stale(user) => {
            let (problems, attribute_problems) = (BTreeMap::new(), BTreeMap::new());
            let attempt = Some(Attempt { edit, problems, attributes, attribute_problems });
            Shown { user: &user, notice: Some(ProfileNotice::Stale), attempt, ..shown }.respond().await
        }
        ProfileOutcome::SignInAgain => AccountPage::Profile.after_sign_in(&request),
    }
}

/// What differs from what the page showed. The page leaves out invisible characters; that alone is no change.
fn typed(request: &BrowserRequest, form: &PageForm, user: &User) -> ProfileEdit {
    let account = &request.app.config.account;
    let editable = PROFILE_FIELDS.into_iter().filter(|field| account.is_editable(field));
    let typed = editable.filter_map(|field| Some((field, form.typed(field)?.replace("\r\n", "\n"))));
    ProfileEdit::new(typed.filter(|(field, text)| shown_value(&user.claims, field).to_string() != *text))
}

fn shown_value(claims: &idp_core::user::StandardClaims, field: &str) -> TypedText {
    TypedText::lines(&field_value(claims, field))
}

/// What was typed and is not saved.
struct Attempt {
    edit: ProfileEdit,
    problems: BTreeMap<&'static str, UnfitClaim>,
    attributes: TypedAttributes,
    attribute_problems: BTreeMap<AttributeName, UnfitValue>,
}

/// The page on its way.
struct Shown<'a> {
    request: &'a BrowserRequest,
    signed_in: &'a SignedIn,
    /// The person as they are stored.
    user: &'a User,
    notice: Option<ProfileNotice>,
    attempt: Option<Attempt>,
}

impl<'a> Shown<'a> {
    const fn new(request: &'a BrowserRequest, signed_in: &'a SignedIn) -> Self {
        Self { request, signed_in, user: &signed_in.user, notice: None, attempt: None }
    }

    async fn respond(self) -> Result<HttpResponse, PageError> {
        let (request, user) = (self.request, self.user);
        let picture = request.app.store.picture_name_of(user.id).await?;
        let own = request.app.store.own_profile(user.id).await?;
        let (version, holder) = (own.version(&user.claims), holder(self.signed_in));
        let csrf = request.app.seals().form_token(&FormBinding { form: FORM, holder: &holder, tx: &version });
        let page = ProfilePage {
            layout: request.layout(),
            seal: FormSeal { post_to: path::PROFILE, tx: &version, csrf: &csrf },
            account: DisplayText::account(user),
            picture: picture.as_deref().map(PictureLink::new),
            may_change_picture: request.app.config.account.editable.contains(&ProfileClaim::PICTURE),
            notice: self.notice,
            languages: request.app.config.language.offered(),
            fields: PROFILE_FIELDS.map(|field| self.field(field)).into(),
            attributes: self.attributes(&own),
        };
        Ok(page.respond())
    }

    fn attributes(&self, own: &OwnProfile) -> Vec<AttributeField> {
        let attempt = self.attempt.as_ref();
        let shown = AttributeAttempt {
            typed: attempt.map(|attempt| &attempt.attributes),
            problems: attempt.map(|attempt| attempt.attribute_problems.clone()).unwrap_or_default(),
            is_stale: self.notice == Some(ProfileNotice::Stale),
            takes_focus: attempt.is_none_or(|attempt| attempt.problems.is_empty()),
        };
        let is_editable = |attribute: &Attribute| attribute.access.is_persons();
        attribute_fields(&own.attributes, &own.values, is_editable, &shown)
    }

    fn field(&self, field: &'static str) -> ProfileField {
        let stored = shown_value(&self.user.claims, field);
        let typed = self.attempt.as_ref().and_then(|attempt| attempt.edit.typed(field)).map(TypedText::lines);
        let is_stale = self.notice == Some(ProfileNotice::Stale);
        let differs = typed.as_ref().is_some_and(|typed| *typed != stored);
        ProfileField {
            name: field,
            problem: self.attempt.as_ref().and_then(|attempt| attempt.problems.get(field).cloned()),
            stored: (is_stale && differs).then(|| DisplayText::name(&stored.to_string())),
            is_editable: self.request.app.config.account.is_editable(field),
            value: typed.unwrap_or(stored),
        }
    }
}
