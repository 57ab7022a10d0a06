//! The extractors: a handler that takes one of them runs only for a person whose sign-in meets a demand. A person who goes to a
//! page is sent to sign in and comes back to it; one who sends a form is sent there too, and the form follows them. RFC 9470
//! sections 3 and 4.

use std::{future::Future, marker::PhantomData, ops::Deref, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::REFERER, web::Bytes};
use serde::de::DeserializeOwned;

use super::{form::CheckedForm, step_up_error::StepUpError};
use crate::{
    demand::{Demand, Demanded},
    sign_in::{
        browser::{local_path::LocalPath, request_origin, step_up::StepUp},
        login::browser_binding::Binding,
        session::{extractors::wanted, signed_in::SignedIn},
        site::Site,
    },
};

/// A signed-in person whose sign-in meets the demand `D`.
///
/// As a handler's argument it turns every other request away. A person who goes to the page is sent to the provider, which
/// asks them to confirm that it is them, and comes back. If their sign-in then still falls short, a page tells them so. A
/// script gets 401 `insufficient_user_authentication`. A form that comes with POST is answered with a page that says that
/// nothing was done: use [`SteppedUpForm`] for forms.
#[derive(Clone, Debug)]
pub struct SteppedUp<D>(SignedIn, PhantomData<D>);

/// A form from a person whose sign-in meets the demand `D`, with its fields as `T`.
///
/// The form must be of one of the site's own pages, `application/x-www-form-urlencoded` of up to 64 KiB, and carry
/// [`SignedIn::csrf_token`] in a field `csrf_token`; this is checked here. If the sign-in does not meet the demand, what was
/// filled in is kept in memory for up to an hour while the person is at the provider. It is sent to this route once more when
/// the same person is back. After a restart of the site, or in another process of it, the form is gone, and the person is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SteppedUpForm<D, T> {
    /// Who sent it.
    pub person: SteppedUp<D>,
    /// What was filled in.
    pub form: T,
}

impl<D> Deref for SteppedUp<D> {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, StepUpError>>>>;

impl<D: Demand> FromRequest for SteppedUp<D> {
    type Error = StepUpError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let person = SignedIn::extract(&request).await?;
            let demand = Demanded::of::<D>();
            if meets(&person, &demand) {
                return Ok(Self(person, PhantomData));
            }
            Err(without_form(person.site(), &request, demand))
        })
    }
}

impl<D: Demand, T: DeserializeOwned + 'static> FromRequest for SteppedUpForm<D, T> {
    type Error = StepUpError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Bytes::from_request(request, payload));
        Box::pin(async move {
            let person = SignedIn::extract(&request).await?;
            let (form, fields) = CheckedForm::read::<T>(&person, &request, body).await?;
            let demand = Demanded::of::<D>();
            if meets(&person, &demand) {
                return Ok(Self { person: SteppedUp(person, PhantomData), form: fields });
            }
            Err(with_form(&person, &request, demand, form))
        })
    }
}

/// Whether the sign-in of a person meets a demand. Within the leeway clocks may differ.
fn meets(person: &SignedIn, demand: &Demanded) -> bool {
    let site = person.site();
    demand.shortfall(person.access_token(), site.now(), site.leeway()).is_none()
}

fn without_form(site: &Site, request: &HttpRequest, demand: Demanded) -> StepUpError {
    if request_origin::is_navigation(request) {
        let page = wanted(site, request);
        let step_up = Some(StepUp { demand, form: None });
        // The log-in route says of a page that cannot be come back to why not.
        let location = site.local_path(&page).map_or_else(
            |_| site.login_path_without(&page),
            |page| site.login_path_with(&page, step_up.as_ref()),
        );
        return StepUpError::Leave { location };
    }
    if request_origin::is_sent_by_person(request) {
        let step_up = StepUp { demand, form: None };
        let confirm = site.login_path_with(&page_of_form(site, request), Some(&step_up));
        return StepUpError::ConfirmFirst { locale: site.locale(request), confirm };
    }
    StepUpError::Insufficient { demand }
}

fn with_form(person: &SignedIn, request: &HttpRequest, demand: Demanded, form: CheckedForm) -> StepUpError {
    let site = person.site();
    // A script has what it sent, and sends it again.
    if !request_origin::is_sent_by_person(request) {
        return StepUpError::Insufficient { demand };
    }
    // Signing in has left one. A browser that has lost it confirms first, and fills the form in again.
    let Some(browser) = Binding::all_of(request, &site.cookies, &site.sealer).first().map(Binding::tag)
    else {
        return without_form(site, request, demand);
    };
    match site.held_forms.keep(person.subject(), browser, form.into_held()) {
        Ok(name) => {
            let step_up = StepUp { demand, form: Some(name) };
            StepUpError::Leave {
                location: site.login_path_with(&page_of_form(site, request), Some(&step_up)),
            }
        }
        Err(error) => {
            tracing::error!(%error, "a form cannot be kept");
            without_form(site, request, demand)
        }
    }
}

/// The page that a form was on, by `Referer`; else the address that it was sent to.
fn page_of_form(site: &Site, request: &HttpRequest) -> LocalPath {
    let referrer = request.headers().get(REFERER).and_then(|referrer| referrer.to_str().ok());
    let path = referrer.and_then(|referrer| referrer.strip_prefix(&site.origin()));
    let page = path.and_then(|path| site.local_path(path).ok());
    page.or_else(|| site.local_path(&wanted(site, request)).ok())
        .unwrap_or_else(|| site.after_sign_in.clone())
}
