//! The page of the second step, for a sign-in that is sealed into it.

use super::form::FORM;
use super::passkey;
use crate::http::flow::transaction::Sealed;
use crate::http::request::BrowserRequest;
use crate::page::{
    AskedCode, ClientLabel, DisplayText, FormSeal, PageError, PageSecurity, SecondStepError, SecondStepPage,
};
use crate::seals::FormBinding;
use crate::store::second_factors::AtSecondStep;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::recovery_code::StoredRecoveryCode;

/// The page, but for what is sealed into it.
pub struct Shown {
    /// Where the person is going.
    pub client: Option<ClientLabel>,
    /// Where its form may lead.
    pub security: PageSecurity,
    /// Whether "cancel" can answer the client.
    pub may_cancel: bool,
    /// The kind of code that it asks for.
    pub asked: AskedCode,
    /// Where a link may be sent.
    pub link_to: Option<DisplayText>,
}

impl Shown {
    /// The page of this sealed transaction.
    ///
    /// # Errors
    /// None that depends on the request.
    pub fn respond(
        self,
        request: &BrowserRequest,
        person: &AtSecondStep,
        sealed: &Sealed<()>,
        error: Option<SecondStepError>,
    ) -> Result<HttpResponse, PageError> {
        let AtSecondStep { user, factors, .. } = person;
        let passkeys = &factors.passkeys;
        let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = request.app.seals().form_token(&binding);
        let address = sealed.address(path::LOGIN);
        let page = SecondStepPage {
            layout: request.layout_at(&address),
            client: self.client,
            seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
            account: DisplayText::account(user),
            asked: self.asked,
            has_apps: !factors.apps.is_empty(),
            has_recovery_codes: StoredRecoveryCode::left_of(&factors.codes) > 0,
            link_to: self.link_to,
            passkey: (!passkeys.is_empty() && self.asked == AskedCode::App)
                .then(|| passkey::options(request, &sealed.tx, passkeys))
                .flatten(),
            error,
            request_id: &request.request_id,
            may_cancel: self.may_cancel,
        };
        let mut response = page.respond(&self.security);
        sealed.set_cookie(&mut response);
        Ok(response)
    }
}
