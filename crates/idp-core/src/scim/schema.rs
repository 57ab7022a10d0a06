//! The attributes of people and groups that are kept here, each once: from these tables come the schemas that clients are told
//! (RFC 7643 7), and the rules by which requests are read. What is not in them is not kept, and not answered.

use crate::user::attribute::{self as custom, AttributeKind};
use serde_json::{Map, Value, json};

/// The schema of people.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The extension of people by the attributes that an operator defines (RFC 7643 3.3).
pub const CUSTOM: &str = "urn:ietf:params:scim:schemas:extension:custom:2.0:User";

/// What a client may do with an attribute.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Mutability {
    /// Read and change it.
    ReadWrite,
    /// Read it.
    ReadOnly,
    /// Set it when its value is made, and read it.
    Immutable,
    /// Change it.
    WriteOnly,
}

/// What an attribute holds.
#[derive(Copy, Clone, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Truth,
    /// A time (RFC 3339).
    Time,
    /// An address.
    Reference(&'static [&'static str]),
    /// Attributes of its own.
    Complex(&'static [Attribute]),
    /// What an extension says, by names that only the installation knows.
    Extension,
}

/// An attribute (RFC 7643 2).
#[derive(Copy, Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it is, for people.
    pub description: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether there may be several values.
    pub is_many: bool,
    /// Whether a resource cannot be without.
    pub is_required: bool,
    /// Whether capitals tell two values apart.
    pub is_case_exact: bool,
    /// Whether no two resources have the same value.
    pub is_unique: bool,
    /// What a client may do with it.
    pub mutability: Mutability,
    /// Values that it may have.
    pub canonical: &'static [&'static str],
}

impl Attribute {
    const fn of(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self {
            name,
            description,
            kind,
            is_many: false,
            is_required: false,
            is_case_exact: false,
            is_unique: false,
            mutability: Mutability::ReadWrite,
            canonical: &[],
        }
    }

    const fn text(name: &'static str, description: &'static str) -> Self {
        Self::of(name, Kind::Text, description)
    }

    const fn many(mut self) -> Self {
        self.is_many = true;
        self
    }

    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    const fn case_exact(mut self) -> Self {
        self.is_case_exact = true;
        self
    }

    const fn unique(mut self) -> Self {
        self.is_unique = true;
        self
    }

    const fn with(mut self, mutability: Mutability) -> Self {
        self.mutability = mutability;
        self
    }

    const fn such_as(mut self, canonical: &'static [&'static str]) -> Self {
        self.canonical = canonical;
        self
    }

    /// The attributes that it consists of.
    #[must_use]
    pub const fn parts(&self) -> &'static [Self] {
        match self.kind {
            Kind::Complex(parts) => parts,
            _ => &[],
        }
    }

    /// One of them, by a name in whatever capitals.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&'static Self> {
        find(self.parts(), name)
    }

    /// Whether a client may set it.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        !matches!(self.mutability, Mutability::ReadOnly)
    }
}

/// The attribute of this name, in whatever capitals.
#[must_use]
pub fn find(among: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    among.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// What every resource has, and no schema says (RFC 7643 3.1).
pub const COMMON: &[Attribute] = &[
    Attribute::text("id", "What the provider calls it").case_exact().unique().with(Mutability::ReadOnly),
    Attribute::text("externalId", "What the client calls it").case_exact(),
    Attribute::of(
        "meta",
        Kind::Complex(&[
            Attribute::text("resourceType", "What it is").case_exact().with(Mutability::ReadOnly),
            Attribute::of("created", Kind::Time, "Since when it exists").with(Mutability::ReadOnly),
            Attribute::of("lastModified", Kind::Time, "When it changed last").with(Mutability::ReadOnly),
            Attribute::of("location", Kind::Reference(&["uri"]), "Its address")
                .case_exact()
                .with(Mutability::ReadOnly),
            Attribute::text("version", "Its entity tag").case_exact().with(Mutability::ReadOnly),
        ]),
        "About the resource",
    )
    .with(Mutability::ReadOnly),
];

/// One type, since the provider knows which address is the primary one and no more.
const TYPE: Attribute =
    Attribute::text("type", "`work` for the primary one; no other type is kept").such_as(&["work"]);
const PRIMARY: Attribute = Attribute::of("primary", Kind::Truth, "Whether it is the one that sites are told");

/// What is kept of a person.
pub const USER_ATTRIBUTES: &[Attribute] = &[
    Attribute::text("userName", "What the person goes by and signs in with").required().unique(),
    Attribute::of(
        "name",
        Kind::Complex(&[
            Attribute::text("formatted", "The whole name; the same as displayName"),
            Attribute::text("familyName", "The family name"),
            Attribute::text("givenName", "The given name"),
            Attribute::text("middleName", "Middle names"),
        ]),
        "The name of the person",
    ),
    Attribute::text("displayName", "The whole name, as sites are told it"),
    Attribute::text("nickName", "What friends call the person"),
    Attribute::of("profileUrl", Kind::Reference(&["external"]), "A page about the person").case_exact(),
    Attribute::text("preferredLanguage", "The language of pages and letters; the same as locale")
        .such_as(&["en", "zh-CN", "de", "fr", "en-GB"]),
    Attribute::text("locale", "The language and region; the same as preferredLanguage")
        .such_as(&["en-US", "zh-CN", "de-DE", "fr-FR", "en-GB"]),
    Attribute::text("timezone", "The time zone (IANA)").such_as(&[
        "Europe/Paris",
        "America/Los_Angeles",
        "Asia/Shanghai",
    ]),
    Attribute::of("active", Kind::Truth, "Whether the person may sign in"),
    Attribute::text("password", "A password to set, which the policy weighs")
        .case_exact()
        .with(Mutability::WriteOnly),
    Attribute::of(
        "emails",
        Kind::Complex(&[Attribute::text("value", "The address").required(), TYPE, PRIMARY]),
        "Verified addresses: the client vouches for those that it sets",
    )
    .many(),
    Attribute::of(
        "phoneNumbers",
        Kind::Complex(&[Attribute::text("value", "The number").required(), TYPE, PRIMARY]),
        "A telephone number; of several the primary one is kept",
    )
    .many(),
    Attribute::of(CUSTOM, Kind::Extension, "What the installation wants to know of people beside all that"),
    Attribute::of(
        "groups",
        Kind::Complex(&[
            Attribute::text("value", "The id of the group").case_exact().with(Mutability::ReadOnly),
            Attribute::of("$ref", Kind::Reference(&["Group"]), "Its address")
                .case_exact()
                .with(Mutability::ReadOnly),
            Attribute::text("display", "What it is called").case_exact().with(Mutability::ReadOnly),
        ]),
        "The groups that the person is in",
    )
    .many()
    .with(Mutability::ReadOnly),
    Attribute::of(
        "roles",
        Kind::Complex(&[Attribute::text("value", "The name of the role")
            .case_exact()
            .with(Mutability::ReadOnly)]),
        "The roles that the person has, themselves or by a group",
    )
    .many()
    .with(Mutability::ReadOnly),
];

/// What is kept of a group.
pub const GROUP_ATTRIBUTES: &[Attribute] = &[
    Attribute::text("displayName", "What the group is called").required().case_exact().unique(),
    Attribute::of(
        "members",
        Kind::Complex(&[
            Attribute::text("value", "The id of the person").case_exact().with(Mutability::Immutable),
            Attribute::of("$ref", Kind::Reference(&["User"]), "Their address")
                .case_exact()
                .with(Mutability::Immutable),
            Attribute::text("type", "Always `User`: groups are flat")
                .such_as(&["User"])
                .with(Mutability::Immutable),
        ]),
        "The people in the group",
    )
    .many(),
];

/// A kind of resource.
#[derive(Copy, Clone, Debug)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it is, for people.
    pub description: &'static str,
    /// Its attributes, without those of every resource.
    pub attributes: &'static [Attribute],
}

/// People.
pub const USERS: Schema =
    Schema { id: USER, name: "User", description: "A person with an account", attributes: USER_ATTRIBUTES };
/// Groups.
pub const GROUPS: Schema =
    Schema { id: GROUP, name: "Group", description: "A group of people", attributes: GROUP_ATTRIBUTES };

impl Schema {
    /// The attribute of this name, one of every resource among them.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        find(COMMON, name).or_else(|| find(self.attributes, name))
    }
}

/// As RFC 7643 7 writes it.
#[must_use]
pub fn described(attribute: &Attribute) -> Value {
    let kind = match attribute.kind {
        Kind::Text => "string",
        Kind::Truth => "boolean",
        Kind::Time => "dateTime",
        Kind::Reference(_) => "reference",
        Kind::Complex(_) | Kind::Extension => "complex",
    };
    let mutability = match attribute.mutability {
        Mutability::ReadWrite => "readWrite",
        Mutability::ReadOnly => "readOnly",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    };
    let mut members = Map::from_iter([
        ("name".to_owned(), json!(attribute.name)),
        ("type".to_owned(), json!(kind)),
        ("multiValued".to_owned(), json!(attribute.is_many)),
        ("description".to_owned(), json!(attribute.description)),
        ("required".to_owned(), json!(attribute.is_required)),
        ("mutability".to_owned(), json!(mutability)),
    ]);
    let returned = if attribute.mutability == Mutability::WriteOnly { "never" } else { "default" };
    members.insert("returned".to_owned(), json!(returned));
    if !matches!(attribute.kind, Kind::Complex(_) | Kind::Extension | Kind::Truth) {
        members.insert("caseExact".to_owned(), json!(attribute.is_case_exact));
        let uniqueness = if attribute.is_unique { "server" } else { "none" };
        members.insert("uniqueness".to_owned(), json!(uniqueness));
    }
    if !attribute.canonical.is_empty() {
        members.insert("canonicalValues".to_owned(), json!(attribute.canonical));
    }
    match attribute.kind {
        Kind::Reference(types) => drop(members.insert("referenceTypes".to_owned(), json!(types))),
        Kind::Complex(parts) => {
            let parts: Vec<Value> = parts.iter().map(described).collect();
            members.insert("subAttributes".to_owned(), Value::Array(parts));
        }
        _ => {}
    }
    Value::Object(members)
}

/// An attribute that an operator has defined, likewise. SCIM has no days: those are texts.
#[must_use]
pub fn described_custom(attribute: &custom::Attribute) -> Value {
    let kind = match attribute.of.kind() {
        AttributeKind::Integer => "integer",
        AttributeKind::Boolean => "boolean",
        AttributeKind::String | AttributeKind::Choice | AttributeKind::Date => "string",
    };
    let description =
        if attribute.description.is_empty() { attribute.label() } else { &attribute.description };
    let mut members = Map::from_iter([
        ("name".to_owned(), json!(attribute.name.as_str())),
        ("type".to_owned(), json!(kind)),
        ("multiValued".to_owned(), json!(attribute.of.is_multiple())),
        ("description".to_owned(), json!(description)),
        ("required".to_owned(), json!(false)),
        ("mutability".to_owned(), json!("readWrite")),
        ("returned".to_owned(), json!("default")),
    ]);
    if kind == "string" {
        members.insert("caseExact".to_owned(), json!(true));
        members.insert("uniqueness".to_owned(), json!("none"));
    }
    if !attribute.of.choices().is_empty() {
        members.insert("canonicalValues".to_owned(), json!(attribute.of.choices()));
    }
    Value::Object(members)
}

/// Attributes of RFC 7643 that are not kept here. Systems send them whether they are kept or not, so they are passed over and not
/// refused.
const NOT_KEPT: [&str; 8] =
    ["title", "userType", "ims", "photos", "addresses", "entitlements", "x509Certificates", "schemas"];

/// Whether an attribute is one of RFC 7643, or of an extension, that is not kept here.
#[must_use]
pub fn is_known_elsewhere(name: &str) -> bool {
    NOT_KEPT.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::attribute::{AttributeName, UnfitAttributeName};

    #[test]
    fn no_attribute_of_an_operator_has_a_name_of_scim() {
        let own = USER_ATTRIBUTES.iter().filter(|one| !matches!(one.kind, Kind::Extension));
        for name in COMMON.iter().chain(own).map(|one| one.name).chain(NOT_KEPT) {
            let name = name.to_lowercase();
            // `name` and the like are standard claims too.
            assert_eq!(name.parse::<AttributeName>(), Err(UnfitAttributeName::Reserved), "{name}");
        }
    }
}
