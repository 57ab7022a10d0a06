//! A person's attributes in a form: which values were typed, and the fields that show them.

use super::PageForm;
use crate::page::{AttributeField, AttributeShape, DisplayText, TypedText, choice_name, field_name};
use idp_core::user::attribute::{
    Attribute, AttributeKind, AttributeName, AttributeValue, AttributeValues, AttributesChange, GivenValue,
    UnfitValue,
};
use std::collections::{BTreeMap, BTreeSet};

/// The values that a form may change, as they were typed: a text each.
pub type TypedAttributes = BTreeMap<AttributeName, Vec<String>>;

/// Reads the fields of these attributes.
#[must_use]
pub fn typed_attributes(form: &PageForm, editable: &[Attribute]) -> TypedAttributes {
    let read = |attribute: &Attribute| Some((attribute.name.clone(), texts(form, attribute)?));
    editable.iter().filter_map(read).collect()
}

fn texts(form: &PageForm, attribute: &Attribute) -> Option<Vec<String>> {
    let of = &attribute.of;
    if of.kind() == AttributeKind::Choice && of.is_multiple() {
        let is_ticked = |choice: &&String| form.field(&choice_name(attribute, choice)) == "yes";
        return Some(of.choices().iter().filter(is_ticked).cloned().collect());
    }
    let typed = form.typed(&field_name(attribute))?;
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    Some(match of.is_multiple() {
        true => lines.map(str::to_owned).collect(),
        false => Some(typed.trim().to_owned()).filter(|text| !text.is_empty()).into_iter().collect(),
    })
}

/// What differs from what there is.
#[must_use]
pub fn change_of(typed: &TypedAttributes, now: &AttributeValues) -> AttributesChange {
    let stored = |name| now.get(name).map(AttributeValue::texts).unwrap_or_default();
    let differs = typed.iter().filter(|(name, texts)| !is_same(texts, &stored(name)));
    AttributesChange(
        differs.map(|(name, texts)| (name.to_string(), GivenValue::Texts(texts.clone()))).collect(),
    )
}

/// Whether a field shows the stored values: without characters that cannot be seen, in whatever order.
fn is_same(typed: &[String], stored: &[String]) -> bool {
    let shown: BTreeSet<String> = stored.iter().map(|text| TypedText::lines(text).to_string()).collect();
    typed.iter().cloned().collect::<BTreeSet<_>>() == shown
}

/// A form on its way back to its person.
#[derive(Default)]
pub struct AttributeAttempt<'a> {
    /// What was typed and is not saved.
    pub typed: Option<&'a TypedAttributes>,
    /// What is wrong with it.
    pub problems: BTreeMap<AttributeName, UnfitValue>,
    /// Whether it was changed meanwhile.
    pub is_stale: bool,
    /// Whether the first field that something is wrong with takes the focus: nothing before it does.
    pub takes_focus: bool,
}

/// The fields of these attributes. Those that have no value and may not be changed here are left out.
#[must_use]
pub fn attribute_fields(
    shown: &[Attribute],
    values: &AttributeValues,
    is_editable: impl Fn(&Attribute) -> bool,
    attempt: &AttributeAttempt<'_>,
) -> Vec<AttributeField> {
    let first = shown.iter().map(|one| &one.name).find(|name| attempt.problems.contains_key(name));
    let field = |attribute: &Attribute| {
        let name = &attribute.name;
        let stored = values.get(name).map(AttributeValue::texts).unwrap_or_default();
        let typed = attempt.typed.and_then(|typed| typed.get(name)).unwrap_or(&stored);
        let differs = attempt.is_stale && !is_same(typed, &stored);
        AttributeField {
            name: field_name(attribute),
            label: DisplayText::name(attribute.label()),
            description: DisplayText::reason(&attribute.description),
            shape: AttributeShape::of(attribute, typed),
            problem: attempt.problems.get(name).copied(),
            stored: differs.then(|| DisplayText::name(&stored.join(", "))),
            is_editable: is_editable(attribute),
            has_focus: attempt.takes_focus && first == Some(name),
        }
    };
    let is_shown = |attribute: &&Attribute| is_editable(attribute) || values.get(&attribute.name).is_some();
    shown.iter().filter(is_shown).map(field).collect()
}
