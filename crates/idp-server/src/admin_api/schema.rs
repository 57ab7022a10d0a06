//! Schemas of texts that a rule of ours reads: one of some words, or a form that a pattern tells.

use super::page::LONGEST_TEXT;
use crate::db::audit_events::AuditEvent;
use idp_core::administration::Permission;
use idp_core::client::{ClaimTarget, GrantType};
use utoipa::openapi::Object;
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// One of these words.
pub(super) fn words<const N: usize>(words: [&'static str; N]) -> Object {
    text().enum_values(Some(words)).build()
}

/// A kind of event.
pub(super) fn audit_event() -> Object {
    words(AuditEvent::ALL.map(AuditEvent::as_str))
}

/// What [`super::page::plain`] takes.
pub(super) fn plain_text() -> Object {
    let pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$";
    text().max_length(Some(LONGEST_TEXT)).pattern(Some(pattern)).build()
}

/// Where a claim goes.
pub(super) fn claim_targets() -> Array {
    let targets = ClaimTarget::ALL.map(ClaimTarget::as_str);
    ArrayBuilder::new().min_items(Some(1)).items(words(targets)).build()
}

/// Permissions.
pub(super) fn permissions() -> Array {
    ArrayBuilder::new().items(words(Permission::ALL.map(Permission::as_str))).build()
}

/// What a client may use at the token endpoint.
pub(super) fn grant_types() -> Array {
    ArrayBuilder::new().min_items(Some(1)).items(words(GrantType::ALL.map(GrantType::as_str))).build()
}

/// An e-mail address. What is behind the `@` is a domain, which no pattern tells.
pub(super) fn mail_address() -> Object {
    text().min_length(Some(3)).max_length(Some(254)).pattern(Some("^[^@]+@[^@]+$")).build()
}

/// The administrator who did something.
pub(super) fn actor() -> Object {
    let pattern = r"^((user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})|(client:[A-Za-z0-9._~-]{1,64})|(console:[^\u0000-\u001f\u007f-\u009f]*))$";
    text().max_length(Some(200)).pattern(Some(pattern)).build()
}
