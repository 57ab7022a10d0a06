//! What a client is registered with, as a person reads and types it: each member of the registration is one field, here in
//! the order of the pages, by the name that it has in the administration API.

use crate::page::{DisplayText, TypedText};

/// A group of fields.
#[derive(Debug)]
pub struct FieldGroup {
    /// The id of its heading.
    pub heading: &'static str,
    /// Its fields.
    pub shapes: &'static [FieldShape],
}

/// What is the same of a field in every form.
#[derive(Debug)]
pub struct FieldShape {
    /// Its name.
    pub name: &'static str,
    /// The id of its label.
    pub label: &'static str,
    /// The id of what it takes, where the label does not say it.
    pub hint: Option<&'static str>,
    /// How it is typed.
    pub kind: FieldKind,
}

/// How a field is typed.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum FieldKind {
    /// A line.
    Line,
    /// One thing a line.
    Lines,
    /// Ticked or not.
    Tick,
}

/// What a ticked field sends.
pub const TICKED: &str = "yes";

const fn field(
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    kind: FieldKind,
) -> FieldShape {
    FieldShape { name, label, hint, kind }
}

/// All of them.
pub const FIELDS: [FieldGroup; 5] = [
    FieldGroup {
        heading: "admin-client-seen",
        shapes: &[
            field("client_name", "admin-client-name", None, FieldKind::Line),
            field("color", "admin-client-color", Some("admin-client-color-hint"), FieldKind::Line),
            field("client_uri", "admin-client-uri", None, FieldKind::Line),
            field("policy_uri", "admin-client-policy", None, FieldKind::Line),
            field("tos_uri", "admin-client-tos", None, FieldKind::Line),
            field("consent", "admin-client-first-party", None, FieldKind::Tick),
        ],
    },
    FieldGroup {
        heading: "admin-client-flow",
        shapes: &[
            field(
                "redirect_uris",
                "admin-client-redirects",
                Some("admin-client-redirects-hint"),
                FieldKind::Lines,
            ),
            field("post_logout_redirect_uris", "admin-client-after-logout", None, FieldKind::Lines),
            field("authorization_code", "admin-client-code", None, FieldKind::Tick),
            field("refresh_token", "admin-client-refresh", None, FieldKind::Tick),
            field("client_credentials", "admin-client-own-name", None, FieldKind::Tick),
            field("require_pkce", "admin-client-pkce", None, FieldKind::Tick),
        ],
    },
    FieldGroup {
        heading: "admin-client-told",
        shapes: &[
            field("scope", "admin-client-scope", Some("admin-client-scope-hint"), FieldKind::Line),
            field("audience", "admin-client-audience", Some("admin-client-audience-hint"), FieldKind::Line),
            field("access_token_lifetime", "admin-client-lifetime", None, FieldKind::Line),
            field(
                "claims_mapping",
                "admin-client-claims",
                Some("admin-client-claims-hint"),
                FieldKind::Lines,
            ),
            field("id_token_encryption_key", "admin-client-encryption", None, FieldKind::Lines),
        ],
    },
    FieldGroup {
        heading: "admin-client-access",
        shapes: &[
            field("allowed_roles", "admin-client-roles", Some("admin-client-roles-hint"), FieldKind::Lines),
            field("allowed_groups", "admin-client-groups", None, FieldKind::Lines),
            field("allowed_networks", "admin-client-networks", None, FieldKind::Lines),
            field("required_acr", "admin-client-acr", None, FieldKind::Line),
        ],
    },
    FieldGroup {
        heading: "admin-client-ends",
        shapes: &[
            field("backchannel_logout_uri", "admin-client-logout", None, FieldKind::Line),
            field(
                "backchannel_logout_session_required",
                "admin-client-logout-session",
                None,
                FieldKind::Tick,
            ),
            field("revocation_feed", "admin-client-feed", None, FieldKind::Tick),
        ],
    },
];

/// A field with what stands in it.
#[derive(Clone, Debug)]
pub struct ClientField {
    /// What it is.
    pub shape: &'static FieldShape,
    /// What was typed, or is registered.
    pub value: TypedText,
    /// Whether it is ticked.
    pub is_ticked: bool,
    /// Why it cannot be taken, in words of the server.
    pub problem: Option<DisplayText>,
    /// What another administrator made of it.
    pub stored: Option<Vec<DisplayText>>,
}

/// A field to be read.
#[derive(Clone, Debug)]
pub struct ClientFact {
    /// What it is.
    pub shape: &'static FieldShape,
    /// What is registered, one after the other.
    pub values: Vec<DisplayText>,
    /// Whether it is ticked.
    pub is_ticked: bool,
}
