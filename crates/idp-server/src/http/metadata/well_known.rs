//! What programs look for at fixed addresses: whom to tell of a weakness (RFC 9116), where a password is changed and a passkey added
//! (W3C), and that there is nothing here for search engines (RFC 9309).

use crate::app::App;
use crate::config::SecurityConfig;
use crate::date::rfc3339;
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION};
use actix_web::{HttpResponse, web};
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use serde_json::json;

const DAY: i64 = 24 * 60 * 60;
/// How long a reader may keep the contact, in seconds: the file is made anew each day, so it expires with the provider itself.
const CONTACT_IS_GOOD_FOR: i64 = 30 * DAY;

/// GET. 404 where no contact is set.
pub async fn security_txt(app: web::Data<App>) -> HttpResponse {
    match contact(&app.config.security, &app.config.issuer.url.join(path::SECURITY_TXT), app.now()) {
        Some(text) => plain(text),
        None => HttpResponse::NotFound().finish(),
    }
}

fn contact(security: &SecurityConfig, canonical: &str, now: UnixTime) -> Option<String> {
    if security.contact.is_empty() {
        return None;
    }
    let today = UnixTime(now.as_secs() - now.as_secs().rem_euclid(DAY));
    let contact = security.contact.iter().map(|contact| ("Contact", contact.to_string()));
    let policy = security.policy.iter().map(|policy| ("Policy", policy.to_string()));
    let others = [("Expires", rfc3339(today.plus(CONTACT_IS_GOOD_FOR))), ("Canonical", canonical.to_owned())];
    let lines = contact.chain(policy).chain(others).map(|(name, value)| format!("{name}: {value}\n"));
    Some(lines.collect())
}

/// GET. The pages are for people who were sent to them.
pub async fn robots_txt() -> HttpResponse {
    plain("User-agent: *\nDisallow: /\n".to_owned())
}

/// GET.
pub async fn change_password() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path::PASSWORD)).finish()
}

/// GET.
pub async fn passkey_endpoints(app: web::Data<App>) -> HttpResponse {
    let at = |path| app.config.issuer.url.join(path);
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .json(json!({ "enroll": at(path::PASSKEY), "manage": at(path::METHODS) }))
}

fn plain(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header(ContentType::plaintext())
        .body(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_contact_is_said_with_its_expiry_on_a_day() {
        let none = SecurityConfig::default();
        assert_eq!(contact(&none, "https://id.example.com/x", UnixTime(0)), None);
        let security = SecurityConfig {
            contact: vec![
                "mailto:security@example.com".parse().unwrap(),
                "https://example.com/report".parse().unwrap(),
            ],
            policy: Some("https://example.com/policy".to_owned().try_into().unwrap()),
        };
        let said = contact(&security, "https://id.example.com/x", UnixTime(1_795_232_827)).unwrap();
        assert_eq!(
            said,
            "Contact: mailto:security@example.com\nContact: https://example.com/report\nPolicy: https://example.com/policy\n\
             Expires: 2026-12-21T00:00:00Z\nCanonical: https://id.example.com/x\n"
        );
    }
}
