//! `/account/methods`: what a person signs in with besides the password, and how many recovery codes they have left. To look takes
//! a session; what changes it has pages of its own.

use super::gate::Admitted;
use super::{holder, receipt};
use crate::http::request::BrowserRequest;
use crate::page::{
    DisplayText, MethodLine, MethodsPage, PageError, PageSecurity, RecoveryCodesLine, respond,
};
use crate::store::methods::MOST_APPS;
use crate::store::passkeys::MOST_PASSKEYS;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::Factor;
use idp_core::discovery::path;
use idp_core::passkey::{CredentialId, Passkey, RelyingParty};
use serde_json::json;

/// GET: the list.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    let (apps, passkeys) = (&factors.apps, &factors.passkeys);
    let (layout, relying_party) = (request.layout(), request.app.relying_party());
    let offered = |factor| request.app.config.authentication.methods.offer(factor);
    let offers_passkeys = offered(Factor::Passkey) && relying_party.is_some();
    let page = MethodsPage {
        account: DisplayText::account(&signed_in.user),
        receipt: receipt::shown_to(&request, path::METHODS, &holder(&signed_in)),
        apps: apps.iter().map(|app| MethodLine::of_app(app, &layout, request.now)).collect(),
        passkeys: passkeys.iter().map(|own| MethodLine::of_passkey(own, &layout, request.now)).collect(),
        codes: (!factors.is_empty()).then(|| RecoveryCodesLine::new(&factors.codes, &layout, request.now)),
        may_add: offered(Factor::Totp) && apps.len() < MOST_APPS,
        may_add_passkey: offers_passkeys && passkeys.len() < MOST_PASSKEYS,
        may_demand_passkey: offers_passkeys,
        accepted: relying_party.map(|party| accepted(&request, &signed_in, &party, passkeys)),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// What the browser may tell the person's authenticators: which of their passkeys are good (WebAuthn 5.1.10.4).
fn accepted(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    relying_party: &RelyingParty,
    passkeys: &[Passkey],
) -> String {
    let derived = || request.app.seals().passkey_user(signed_in.user.id);
    let handle = passkeys.first().map_or_else(derived, |passkey| passkey.user_handle);
    let ids: Vec<&CredentialId> = passkeys.iter().map(|passkey| &passkey.credential_id).collect();
    let accepted = json!({
        "rpId": relying_party.id(),
        "userId": handle.text(),
        "allAcceptedCredentialIds": ids,
    });
    accepted.to_string()
}
