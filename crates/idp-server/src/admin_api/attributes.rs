//! Attributes of people that an operator defines beside the standard claims. Their values are members of people.

use super::member::{given, integer, some_integer};
use super::{
    Answered, Body, Input, List, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, PageQuery, Problem,
    Timestamp,
};
use crate::directory::Administration;
use crate::directory::attributes::{self as directory, AttributeDetails, MOST_COUNTED};
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use idp_core::user::attribute::{self as core, AttributeAccess, AttributeKind, AttributeName, AttributeType};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const TAG: &str = "Attributes";

/// The definition of an attribute.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attribute {
    /// Its id.
    pub id: Uuid,
    /// What sites, programs and files call it. It stays.
    pub name: String,
    /// What pages call it; empty: by its name.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// The kind of its values: `string`, `choice`, `integer`, `boolean` or `date`.
    pub r#type: String,
    /// The longest value in characters, of a `string`.
    pub max_length: Option<usize>,
    /// What there is to choose from, of a `choice`.
    pub choices: Vec<String>,
    /// Whether a person may have several values.
    pub multiple: bool,
    /// Who sees and changes values beside administrators: `administrators` (nobody), `person_sees` (the person sees their own), or
    /// `person_changes` (the person sees and changes it).
    pub access: String,
    /// Since when it exists.
    pub created_at: Timestamp,
}

impl Body for Attribute {}

impl From<core::Attribute> for Attribute {
    fn from(attribute: core::Attribute) -> Self {
        Self {
            id: attribute.id,
            name: attribute.name.to_string(),
            label: attribute.label,
            description: attribute.description,
            r#type: attribute.of.kind().as_str().to_owned(),
            max_length: attribute.of.max_length(),
            choices: attribute.of.choices().to_vec(),
            multiple: attribute.of.is_multiple(),
            access: attribute.access.as_str().to_owned(),
            created_at: attribute.created_at.into(),
        }
    }
}

impl Attribute {
    /// The value that these texts say, as a member of a person; `null` where all are empty.
    ///
    /// # Errors
    /// Why the type does not take it, for people.
    pub fn read_texts<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Result<Value, String> {
        let kind =
            AttributeKind::parse(&self.r#type).ok_or("is of a kind that this program does not know")?;
        let of = AttributeType::new(kind, self.max_length, self.choices.clone(), self.multiple);
        let value = of.map_err(|error| error.to_string())?.read_texts(texts);
        Ok(value.map_err(|error| error.to_string())?.map_or(Value::Null, |value| value.to_json()))
    }
}

/// An attribute to define.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttribute {
    /// What it is called, for good: small letters, digits and `_`, a letter first.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub name: String,
    /// What pages call it; empty: by its name.
    #[serde(default)]
    #[schema(max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub label: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub description: String,
    /// The kind of its values: `string`, `choice`, `integer`, `boolean` or `date`.
    #[serde(default = "string")]
    #[schema(pattern = "^(string|choice|integer|boolean|date)$")]
    pub r#type: String,
    /// The longest value in characters, of a `string`; 255 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 255)]
    pub max_length: Option<usize>,
    /// What there is to choose from, of a `choice`.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub choices: Vec<String>,
    /// Whether a person may have several values, of a `string` or a `choice`.
    #[serde(default)]
    pub multiple: bool,
    /// Who sees and changes values beside administrators: `administrators` (nobody), `person_sees` or `person_changes`.
    #[serde(default = "administrators")]
    #[schema(pattern = "^(administrators|person_sees|person_changes)$")]
    pub access: String,
}

impl Body for NewAttribute {}

fn string() -> String {
    AttributeKind::String.as_str().to_owned()
}

fn administrators() -> String {
    AttributeAccess::Administrators.as_str().to_owned()
}

/// What to change of an attribute. The kind changes while nobody has a value of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributePatch {
    /// The new label.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_length = 100, nullable = false, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub label: Option<String>,
    /// The new description.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_length = 500, nullable = false, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub description: Option<String>,
    /// The new kind; bounds of another kind go with the old one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(nullable = false, pattern = "^(string|choice|integer|boolean|date)$")]
    pub r#type: Option<String>,
    /// The longest value from now on; `null`: 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_integer")]
    #[schema(value_type = Option<usize>, minimum = 1, maximum = 255)]
    pub max_length: Option<Option<usize>>,
    /// What there is to choose from, in the place of what there was.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(nullable = false, max_items = 100)]
    pub choices: Option<Vec<String>>,
    /// Whether a person may have several values.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(nullable = false)]
    pub multiple: Option<bool>,
    /// Who sees and changes values from now on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(nullable = false, pattern = "^(administrators|person_sees|person_changes)$")]
    pub access: Option<String>,
}

impl Body for AttributePatch {}

impl AttributePatch {
    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.label.is_none()
            && self.description.is_none()
            && self.r#type.is_none()
            && self.max_length.is_none()
            && self.choices.is_none()
            && self.multiple.is_none()
            && self.access.is_none()
    }

    fn apply(self, before: core::Attribute) -> Result<AttributeDetails, Problem> {
        let kind = self.r#type.as_deref().map(kind).transpose()?.unwrap_or(before.of.kind());
        let stays = kind == before.of.kind();
        let has_several = matches!(kind, AttributeKind::String | AttributeKind::Choice);
        let max_length = self.max_length.unwrap_or(before.of.max_length().filter(|_| stays));
        let choices =
            self.choices.unwrap_or_else(|| if stays { before.of.choices().to_vec() } else { Vec::new() });
        let is_multiple = self.multiple.unwrap_or(before.of.is_multiple() && has_several);
        Ok(AttributeDetails {
            label: self.label.unwrap_or(before.label),
            description: self.description.unwrap_or(before.description),
            of: value_type(kind, max_length, choices, is_multiple)?,
            access: self.access.as_deref().map(access).transpose()?.unwrap_or(before.access),
        })
    }
}

/// How many people have a value of an attribute.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AttributeUse {
    /// So many, of whom 1000 are counted.
    pub people: usize,
    /// Whether there are more.
    pub more: bool,
}

impl Body for AttributeUse {}

/// Which attribute.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AttributePath {
    /// Its id.
    pub attribute: Uuid,
}

fn name(text: &str) -> Result<AttributeName, Problem> {
    text.parse().map_err(|error| Problem::member("name", error))
}

fn kind(word: &str) -> Result<AttributeKind, Problem> {
    let known = "must be string, choice, integer, boolean or date";
    AttributeKind::parse(word).ok_or_else(|| Problem::member("type", known))
}

fn access(word: &str) -> Result<AttributeAccess, Problem> {
    let known = "must be administrators, person_sees or person_changes";
    AttributeAccess::parse(word).ok_or_else(|| Problem::member("access", known))
}

fn value_type(
    kind: AttributeKind,
    max_length: Option<usize>,
    choices: Vec<String>,
    is_multiple: bool,
) -> Result<AttributeType, Problem> {
    AttributeType::new(kind, max_length, choices, is_multiple)
        .map_err(|error| Problem::member(error.member(), error))
}

/// Lists the attributes.
pub struct ListAttributes;

impl Operation for ListAttributes {
    const ID: &'static str = "listAttributes";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/attributes";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the attributes of people, by name";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    type Path = NoPath;
    type Query = PageQuery;
    type Body = NoBody;
    type Answer = List<Attribute>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<Attribute>>, Problem> {
        let limit = input.query.limit()?;
        let after: Option<AttributeName> = input.query.after()?;
        let mut found = by.attributes().await?;
        found.retain(|attribute| after.as_ref().is_none_or(|after| attribute.name > *after));
        let items = found.into_iter().map(Attribute::from).collect();
        Ok(Answered::new(List::of(items, limit, |attribute: &Attribute| attribute.name.clone())))
    }
}

/// Defines an attribute.
pub struct CreateAttribute;

impl Operation for CreateAttribute {
    const ID: &'static str = "createAttribute";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/attributes";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Defines an attribute, which nobody has a value of yet";
    const NEEDS: &'static [Permission] = &[Permission::ManageAttributes];
    const SUCCESS: u16 = 201;
    const REFUSALS: &'static [u16] = &[409];
    const IS_VERSIONED: bool = true;
    const CREATED_ID: &'static str = "/id";
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NewAttribute;
    type Answer = Attribute;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Attribute>, Problem> {
        let body = input.body;
        let new = directory::NewAttribute {
            name: name(&body.name)?,
            details: AttributeDetails {
                label: body.label,
                description: body.description,
                of: value_type(kind(&body.r#type)?, body.max_length, body.choices, body.multiple)?,
                access: access(&body.access)?,
            },
        };
        let made = by.add_attribute(new, now).await?;
        let location = format!("/attributes/{}", made.id);
        Ok(Answered::created(made.into(), location))
    }
}

/// Shows an attribute.
pub struct GetAttribute;

impl Operation for GetAttribute {
    const ID: &'static str = "getAttribute";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/attributes/{attribute}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Shows the definition of an attribute";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = AttributePath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Attribute;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Attribute>, Problem> {
        Ok(Answered::versioned(by.attribute(input.path.attribute).await?.into()))
    }
}

/// Says how many people have a value of an attribute.
pub struct CountAttributeUse;

impl Operation for CountAttributeUse {
    const ID: &'static str = "countAttributeUse";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/attributes/{attribute}/use";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Says how many people have a value of an attribute";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = AttributePath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = AttributeUse;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<AttributeUse>, Problem> {
        let attribute = by.attribute(input.path.attribute).await?;
        let people = by.people_with_attribute(attribute.id).await?;
        Ok(Answered::new(AttributeUse { people: people.min(MOST_COUNTED), more: people > MOST_COUNTED }))
    }
}

/// Changes an attribute.
pub struct UpdateAttribute;

impl Operation for UpdateAttribute {
    const ID: &'static str = "updateAttribute";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/attributes/{attribute}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Changes an attribute for everybody; values that people have must fit afterwards";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageAttributes];
    const REFUSALS: &'static [u16] = &[404, 409];
    const IS_VERSIONED: bool = true;
    type Path = AttributePath;
    type Query = NoQuery;
    type Body = AttributePatch;
    type Answer = Attribute;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Attribute>, Problem> {
        let before = by.attribute(input.path.attribute).await?;
        input.if_match.check(&Attribute::from(before.clone()))?;
        let details = input.body.apply(before.clone())?;
        Ok(Answered::versioned(by.change_attribute(before, details, now).await?.into()))
    }
}

/// Removes an attribute.
pub struct DeleteAttribute;

impl Operation for DeleteAttribute {
    const ID: &'static str = "deleteAttribute";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/attributes/{attribute}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Removes an attribute with the values of everybody";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageAttributes];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = AttributePath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let attribute = by.attribute(input.path.attribute).await?;
        input.if_match.check(&Attribute::from(attribute.clone()))?;
        by.remove_attribute(attribute, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
