//! `GET <mount>/resume`: the person is back, and the form that they sent goes where it was to go, with a token of the new session.
//! The page sends it by script, or with its one button. A form is sent once, and by the person who filled it in.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, ResponseError, web::Data};
use url::Url;

use super::form::CSRF_FIELD;
use crate::sign_in::{
    SignIn,
    browser::{
        error_page,
        local_path::LocalPath,
        locale::Locale,
        query::QueryParams,
        redirect::{go_to, redirect},
        request_origin,
        step_up::{FormName, StepUp},
    },
    login::browser_binding::Binding,
    memory::held_forms::{BrowserTag, HeldForm, Taken},
    session::{current_session::CurrentSession, middleware, sign_in_error::SignInError, signed_in::SignedIn},
    site::Site,
};

/// Sends a kept form on.
pub(crate) async fn resume(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let (site, locale) = (&sign_in.0, sign_in.0.locale(&request));
    let params = QueryParams::of_query(&request);
    let page = params.single("return_to").and_then(|text| site.address_of(text).ok());
    let page = page.unwrap_or_else(|| site.after_sign_in.clone());
    if request_origin::is_surely_no_navigation(&request) {
        return error_page::not_a_navigation(&locale, &site.login_path(&page, false));
    }
    let Some(name) = FormName::of(&params) else {
        return go_to(&locale, &page, []);
    };
    match middleware::current_session(&request).await {
        Ok((_, CurrentSession::SignedIn(person))) => {
            let browsers = Binding::all_of(&request, &site.cookies, &site.sealer);
            let browsers: Vec<BrowserTag> = browsers.iter().map(Binding::tag).collect();
            give(site, &locale, &person, &browsers, &name, &page).await
        }
        Ok((_, CurrentSession::SignedOut)) => {
            let step_up = StepUp { form: Some(name), ..StepUp::default() };
            redirect(&site.login_path_with(&page, Some(&step_up))).finish()
        }
        Ok((_, CurrentSession::Unavailable)) => SignInError::Unavailable { locale }.error_response(),
        Err(error) => error.error_response(),
    }
}

async fn give(
    site: &Site,
    locale: &Locale,
    person: &SignedIn,
    browsers: &[BrowserTag],
    name: &FormName,
    page: &LocalPath,
) -> HttpResponse {
    if !name.is_of(person.subject()) {
        return error_page::form_of_another(locale, page.as_str());
    }
    match site.held_forms.take(person.subject(), browsers, name) {
        Taken::Form(form) => send(site, locale, person, &form).await,
        Taken::Given => error_page::form_sent(locale, page.as_str()),
        Taken::Unknown => error_page::form_gone(locale, page.as_str()),
    }
}

async fn send(site: &Site, locale: &Locale, person: &SignedIn, form: &HeldForm) -> HttpResponse {
    let csrf_token = person.csrf_token();
    let fields = url::form_urlencoded::parse(&form.body);
    let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = fields
        .map(
            |(name, value)| {
                if name == CSRF_FIELD { (name, csrf_token.as_str().into()) } else { (name, value) }
            },
        )
        .collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    // The route may demand yet more, and send the person to the provider again.
    let endpoints = site.provider.endpoints().await.ok();
    let provider = endpoints.map(|endpoints| Url::origin(&endpoints.authorization).ascii_serialization());
    error_page::send_form(locale, form.action.as_str(), &fields, &provider.unwrap_or_default())
}
