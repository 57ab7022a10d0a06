//! `/account/export`: a copy of all that is kept about a person, as JSON, for a fresh sign-in. It is sent as it is read, so that
//! a long history takes no more memory than a short one.

use super::gate::Admitted;
use super::holder;
use crate::app::App;
use crate::date::rfc3339;
use crate::db::DbError;
use crate::db::audit_events::{AuditContext, RecordedEvent};
use crate::db::sessions::OnDevice;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{DisplayText, ExportPage, FormSeal, PageError, PageSecurity, respond};
use crate::seals::FormBinding;
use crate::store::personal_data::PersonalData;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use idp_core::discovery::path;
use idp_core::registration_link::{RegistrationLink, RegistrationOrigin};
use idp_core::time::UnixTime;
use serde_json::{Value, json};
use uuid::Uuid;

const FORM: &str = "export";

/// GET: says what is in it.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> HttpResponse {
    let Admitted(signed_in) = admitted;
    let holder = holder(&signed_in);
    let csrf = request.app.seals().form_token(&FormBinding { form: FORM, holder: &holder, tx: "" });
    let page = ExportPage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::EXPORT, tx: "", csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
    };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}

/// POST: the file.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let user = signed_in.user.id;
    let about = AuditContext {
        user: Some(user),
        sid: Some(signed_in.session.sid),
        address: Some(request.address_text()),
        ..AuditContext::default()
    };
    let found = request.app.store.personal_data(user, about, request.now).await?;
    let data = found.ok_or(PageError::NotFound)?;
    let head = head(&request.app, &data, request.now).to_string();
    // The list of events is written behind the other members.
    let head = format!("{},\"events\":[", head.strip_suffix('}').unwrap_or(&head));
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(written(Data::clone(&request.app), user, head)))
}

/// What is to be written next.
enum Next {
    /// This, and the events from the first on.
    Head(String),
    /// The events behind the one of this id.
    Events(String),
    /// Nothing.
    End,
}

fn written(
    app: Data<App>,
    user: Uuid,
    head: String,
) -> impl futures_util::Stream<Item = Result<Bytes, DbError>> {
    stream::try_unfold(Next::Head(head), move |next| {
        let app = Data::clone(&app);
        async move {
            let after = match next {
                Next::Head(head) => return Ok(Some((Bytes::from(head), Next::Events(String::new())))),
                Next::Events(after) => after,
                Next::End => return Ok(None),
            };
            let events = app.store.events_of(user, after.clone()).await?;
            let Some(last) = events.last().map(|event| event.id.clone()) else {
                return Ok(Some((Bytes::from_static(b"]}"), Next::End)));
            };
            let texts: Vec<String> = events.iter().map(|event| self::event(event).to_string()).collect();
            let separator = if after.is_empty() { "" } else { "," };
            Ok(Some((Bytes::from(format!("{separator}{}", texts.join(","))), Next::Events(last))))
        }
    })
}

fn head(app: &App, data: &PersonalData, now: UnixTime) -> Value {
    let user = &data.account.user;
    json!({
        "exported_at": rfc3339(now),
        "issuer": app.issuer(),
        "account": {
            "sub": user.id,
            "username": user.username,
            "status": user.status,
            "created_at": rfc3339(user.created_at),
            "claims": user.known_claims(),
            "attributes": data.account.attributes,
        },
        "registration": data.registration.as_ref().map(registration),
        "addresses": data.account.addresses.iter().map(|known| json!({
            "address": known.address.as_str(),
            "is_primary": known.is_primary,
            "added_at": rfc3339(known.added_at),
            "verified_at": known.verified_at.map(rfc3339),
        })).collect::<Vec<_>>(),
        "picture": data.picture.as_ref().map(|file| json!({
            "media_type": "image/jpeg",
            "base64": STANDARD.encode(file),
        })),
        "sign_in_methods": {
            "password": data.has_password,
            "authenticator_apps": data.apps.iter().map(|app| json!({
                "id": app.id,
                "name": app.name,
                "created_at": rfc3339(app.created_at),
                "last_used_at": app.last_used_at.map(rfc3339),
            })).collect::<Vec<_>>(),
            "passkeys": data.passkeys.iter().map(|passkey| json!({
                "id": passkey.id,
                "name": passkey.name,
                "aaguid": passkey.aaguid,
                "is_synced": passkey.is_backed_up,
                "is_asked_for": passkey.is_asked_for,
                "created_at": rfc3339(passkey.created_at),
                "last_used_at": passkey.last_used_at.map(rfc3339),
            })).collect::<Vec<_>>(),
        },
        "sessions": data.sessions.iter().map(session).collect::<Vec<_>>(),
        "consents": data.consents.iter().map(|consent| json!({
            "client_id": consent.client.as_str(),
            "scope": consent.scope.to_string(),
            "given_at": rfc3339(consent.given_at),
        })).collect::<Vec<_>>(),
        "grants": data.grants.iter().map(|grant| json!({
            "client_id": grant.client_id.as_str(),
            "scope": grant.scope.to_string(),
            "sid": grant.sid,
            "created_at": rfc3339(grant.created_at),
            "expires_at": rfc3339(grant.expires_at),
        })).collect::<Vec<_>>(),
        "terms": data.terms.iter().map(|terms| json!({
            "version": terms.version,
            "accepted_at": rfc3339(terms.at),
        })).collect::<Vec<_>>(),
        "letters": data.letters.iter().map(|mail| json!({
            "kind": mail.kind,
            "state": mail.state.as_str(),
            "written_at": rfc3339(UnixTime(mail.created_ms / 1000)),
            "sent_at": mail.sent_ms.map(|at| rfc3339(UnixTime(at / 1000))),
        })).collect::<Vec<_>>(),
    })
}

/// The link by which the account was opened: an invitation says who is to be called what, as an operator has written it.
fn registration(link: &RegistrationLink) -> Value {
    let (name, username) = match &link.origin {
        RegistrationOrigin::Invited { name, username } => (name.as_deref(), username.as_ref()),
        RegistrationOrigin::Asked => (None, None),
    };
    json!({
        "invited_by": link.is_invitation().then_some("operator"),
        "address": link.address.as_str(),
        "name": name,
        "username": username,
        "sent_at": rfc3339(link.created_at),
        "expires_at": rfc3339(link.expires_at),
    })
}

fn session((session, device): &OnDevice) -> Value {
    json!({
        "sid": session.sid,
        "proofs": session.proofs,
        "created_at": rfc3339(session.created_at),
        "last_seen_at": rfc3339(session.last_seen_at),
        "address": session.address,
        "ended_at": session.ended.map(|ended| rfc3339(ended.at)),
        "ended_cause": session.ended.map(|ended| ended.cause.as_str()),
        "device": device.as_ref().map(|device| json!({
            "kind": device.kind,
            "browser": device.browser,
            "system": device.system,
            "created_at": rfc3339(device.created_at),
            "last_seen_at": rfc3339(device.last_seen_at),
        })),
    })
}

fn event(event: &RecordedEvent) -> Value {
    json!({
        "at": rfc3339(event.at),
        "event": event.event,
        "client_id": event.client,
        "sid": event.sid,
        "address": event.address,
        "detail": event.detail,
    })
}
