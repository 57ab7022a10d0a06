//! What a client is registered with, as a person reads and types it: each member of the registration is one field, here in
//! the order of the pages, by the name that it has in the administration API.

use crate::page::{DisplayText, Layout, Message, TypedText, Value};

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
    /// The id of what it takes in full, for a person whose text is none.
    pub fits: &'static str,
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
    fits: &'static str,
) -> FieldShape {
    FieldShape { name, label, hint, kind, fits }
}

impl FieldShape {
    /// What may be typed there, where no words say it as well.
    pub(super) fn examples(&self) -> &'static [&'static str] {
        match self.name {
            "redirect_uris" => &["https://shop.example/callback"],
            "claims_mapping" => {
                &["roles=roles", "teams=groups:shop-", "department=attribute:department@id_token"]
            }
            "allowed_networks" => &["10.0.0.0/8", "2001:db8::/32"],
            _ => &[],
        }
    }
}

/// The ids of the words for what a registration is not taken for, beside a text that does not fit its field.
pub mod reason {
    /// Too many roles, groups or networks.
    pub const ACCESS_MANY: &str = "admin-client-access-many";
    /// No such class.
    pub const ACR_UNKNOWN: &str = "admin-client-acr-unknown";
    /// Permissions need the audience of the API.
    pub const AUDIENCE_PERMISSIONS: &str = "admin-client-audience-permissions";
    /// Its tokens would be too large.
    pub const BUDGET: &str = "admin-client-budget";
    /// Too many claims.
    pub const CLAIMS_MANY: &str = "admin-client-claims-many";
    /// People could give themselves rights.
    pub const CLAIMS_RIGHTS: &str = "admin-client-claims-rights";
    /// No such attribute.
    pub const CLAIMS_UNKNOWN: &str = "admin-client-claims-unknown";
    /// Anything else.
    pub const FITS_NOT: &str = "admin-client-fits-not";
    /// No such group.
    pub const GROUPS_UNKNOWN: &str = "admin-client-groups-unknown";
    /// The id is taken.
    pub const ID_TAKEN: &str = "admin-client-id-taken";
    /// The address is not public.
    pub const LOGOUT_PRIVATE: &str = "admin-client-logout-private";
    /// No credentials, no tokens of its own.
    pub const OWN_NAME_PUBLIC: &str = "admin-client-own-name-public";
    /// No way back.
    pub const REDIRECTS_NONE: &str = "admin-client-redirects-none";
    /// No such role.
    pub const ROLES_UNKNOWN: &str = "admin-client-roles-unknown";
}

/// Why a field, or the form, cannot be taken: words of ours with what they are about.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct FieldRefusal {
    /// The id of the words.
    pub words: &'static str,
    /// The line at fault, of a field with several.
    pub line: Option<DisplayText>,
    /// What stands in the words.
    pub values: Vec<(&'static str, DisplayText)>,
}

impl FieldRefusal {
    /// These words, with nothing in them.
    #[must_use]
    pub const fn of(words: &'static str) -> Self {
        Self { words, line: None, values: Vec::new() }
    }

    pub(super) fn message<'s>(&'s self, layout: &Layout) -> Message<'s> {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, Value::Name(value))).collect();
        layout.message(self.words, &values)
    }
}

/// What a field takes in full, by its name.
#[must_use]
pub fn fits(name: &str) -> &'static str {
    let mut shapes = FIELDS.iter().flat_map(|group| group.shapes);
    match shapes.find(|shape| shape.name == name) {
        Some(shape) => shape.fits,
        None if name == "client_id" => "admin-client-fits-id",
        // The form has a box to tick for each of them.
        None if name == "grant_types" => "admin-client-fits-grants",
        None => "admin-client-fits-not",
    }
}

/// All of them.
pub const FIELDS: [FieldGroup; 5] = [
    FieldGroup {
        heading: "admin-client-seen",
        shapes: &[
            field("client_name", "admin-client-name", None, FieldKind::Line, "admin-client-fits-name"),
            field(
                "color",
                "admin-client-color",
                Some("admin-client-color-hint"),
                FieldKind::Line,
                "admin-client-fits-color",
            ),
            field("client_uri", "admin-client-uri", None, FieldKind::Line, "admin-client-fits-link"),
            field("policy_uri", "admin-client-policy", None, FieldKind::Line, "admin-client-fits-link"),
            field("tos_uri", "admin-client-tos", None, FieldKind::Line, "admin-client-fits-link"),
            field("consent", "admin-client-first-party", None, FieldKind::Tick, "admin-client-fits-not"),
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
                "admin-client-fits-redirects",
            ),
            field(
                "post_logout_redirect_uris",
                "admin-client-after-logout",
                None,
                FieldKind::Lines,
                "admin-client-fits-redirects",
            ),
            field(
                "authorization_code",
                "admin-client-code",
                None,
                FieldKind::Tick,
                "admin-client-fits-grants",
            ),
            field("refresh_token", "admin-client-refresh", None, FieldKind::Tick, "admin-client-fits-grants"),
            field(
                "client_credentials",
                "admin-client-own-name",
                None,
                FieldKind::Tick,
                "admin-client-fits-grants",
            ),
            field("require_pkce", "admin-client-pkce", None, FieldKind::Tick, "admin-client-fits-pkce"),
        ],
    },
    FieldGroup {
        heading: "admin-client-told",
        shapes: &[
            field(
                "scope",
                "admin-client-scope",
                Some("admin-client-scope-hint"),
                FieldKind::Line,
                "admin-client-fits-scope",
            ),
            field(
                "audience",
                "admin-client-audience",
                Some("admin-client-audience-hint"),
                FieldKind::Line,
                "admin-client-fits-audience",
            ),
            field(
                "access_token_lifetime",
                "admin-client-lifetime",
                Some("admin-client-lifetime-hint"),
                FieldKind::Line,
                "admin-client-fits-lifetime",
            ),
            field(
                "claims_mapping",
                "admin-client-claims",
                Some("admin-client-claims-hint"),
                FieldKind::Lines,
                "admin-client-fits-claims",
            ),
            field(
                "id_token_encryption_key",
                "admin-client-encryption",
                Some("admin-client-encryption-hint"),
                FieldKind::Lines,
                "admin-client-fits-encryption",
            ),
        ],
    },
    FieldGroup {
        heading: "admin-client-access",
        shapes: &[
            field(
                "allowed_roles",
                "admin-client-roles",
                Some("admin-client-roles-hint"),
                FieldKind::Lines,
                "admin-client-fits-names",
            ),
            field("allowed_groups", "admin-client-groups", None, FieldKind::Lines, "admin-client-fits-names"),
            field(
                "allowed_networks",
                "admin-client-networks",
                Some("admin-client-networks-hint"),
                FieldKind::Lines,
                "admin-client-fits-networks",
            ),
            field("required_acr", "admin-client-acr", None, FieldKind::Line, "admin-client-fits-acr"),
        ],
    },
    FieldGroup {
        heading: "admin-client-ends",
        shapes: &[
            field(
                "backchannel_logout_uri",
                "admin-client-logout",
                None,
                FieldKind::Line,
                "admin-client-fits-logout",
            ),
            field(
                "backchannel_logout_session_required",
                "admin-client-logout-session",
                None,
                FieldKind::Tick,
                "admin-client-fits-logout-session",
            ),
            field("revocation_feed", "admin-client-feed", None, FieldKind::Tick, "admin-client-fits-feed"),
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
    /// Why it cannot be taken.
    pub problem: Option<FieldRefusal>,
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
