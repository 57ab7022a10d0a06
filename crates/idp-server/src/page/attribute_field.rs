//! The fields of a person's attributes, for the person and for administrators: each as the type of the attribute has it. Labels and
//! values are an operator's and a person's words, shown as such.

use idp_core::user::attribute::{Attribute, AttributeKind, AttributeValue, UnfitValue};

use super::{DisplayText, Layout, Message, TypedText, Value};

/// One field.
#[derive(Debug, Clone)]
pub struct AttributeField {
    /// What the form calls it.
    pub name: String,
    /// What people call it.
    pub label: DisplayText,
    /// What it is for.
    pub description: DisplayText,
    /// What it looks like, with what stands in it.
    pub shape: AttributeShape,
    /// Why that is not saved.
    pub problem: Option<UnfitValue>,
    /// What is saved instead, when it was changed meanwhile.
    pub stored: Option<DisplayText>,
    /// Whether it may be changed here.
    pub is_editable: bool,
    /// The first one that something is wrong with.
    pub has_focus: bool,
}

/// What a field looks like.
#[derive(Debug, Clone)]
pub enum AttributeShape {
    /// A line.
    Line(LineKind, TypedText),
    /// Several texts, one a line.
    Lines(TypedText),
    /// One of some.
    Select(Vec<AttributeChoice>),
    /// Several of some.
    Ticks(Vec<AttributeChoice>),
}

/// What is typed into a line.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum LineKind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// A day.
    Date,
}

impl LineKind {
    /// The type of the input. Not `number` for one: browsers drop what is none, and the person would not see what they typed.
    pub(super) const fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Integer => "text",
            Self::Date => "date",
        }
    }

    /// Whether a phone shows its digits.
    pub(super) const fn is_numeric(self) -> bool {
        matches!(self, Self::Integer)
    }
}

/// One of several to choose from.
#[derive(Debug, Clone)]
pub struct AttributeChoice {
    /// What the form calls it, where each has a box of its own.
    pub field: String,
    /// The value.
    pub text: String,
    /// The words for it, where it is not an operator's.
    pub words: Option<&'static str>,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// The name of the field of an attribute.
#[must_use]
pub fn field_name(attribute: &Attribute) -> String {
    format!("attribute.{}", attribute.name)
}

/// The name of the box of a choice.
#[must_use]
pub fn choice_name(attribute: &Attribute, choice: &str) -> String {
    format!("{}:{choice}", field_name(attribute))
}

impl AttributeShape {
    /// As the type of an attribute has it, with these texts in it.
    #[must_use]
    pub fn of(attribute: &Attribute, texts: &[String]) -> Self {
        let first = texts.first().map(String::as_str).unwrap_or_default();
        let choice = |text: &str, words| AttributeChoice {
            field: choice_name(attribute, text),
            text: text.to_owned(),
            words,
            is_chosen: texts.iter().any(|chosen| chosen == text),
        };
        let line = |kind| Self::Line(kind, TypedText::lines(first));
        match attribute.of.kind() {
            AttributeKind::Choice => {
                let all = attribute.of.choices().iter().map(|text| choice(text, None)).collect();
                if attribute.of.is_multiple() { Self::Ticks(all) } else { Self::Select(all) }
            }
            AttributeKind::Boolean => Self::Select(vec![
                choice("true", Some("attribute-true")),
                choice("false", Some("attribute-false")),
            ]),
            AttributeKind::String if attribute.of.is_multiple() => {
                Self::Lines(TypedText::list(&texts.join("\n")).unwrap_or_default())
            }
            AttributeKind::String => line(LineKind::Text),
            AttributeKind::Integer => line(LineKind::Integer),
            AttributeKind::Date => line(LineKind::Date),
        }
    }
}

impl AttributeField {
    /// No dot, which means something in a selector.
    pub(super) fn id(&self) -> String {
        self.name.replace('.', "-")
    }

    pub(super) const fn has_hint(&self) -> bool {
        matches!(self.shape, AttributeShape::Lines(_)) && self.is_editable
    }

    /// The ids of what is said about it, the most urgent first.
    pub(super) fn described_by(&self) -> String {
        let id = self.id();
        let said = [
            self.problem.as_ref().map(|_| "problem"),
            self.stored.as_ref().map(|_| "stored"),
            (self.has_hint() || !self.description.is_empty()).then_some("hint"),
        ];
        said.into_iter().flatten().map(|what| format!("{id}-{what}")).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn problem_words(&self, layout: &Layout) -> Option<Message<'static>> {
        let id = match self.problem? {
            UnfitValue::TooLong(most) => {
                return Some(layout.message("attribute-too-long", &[("count", Value::Count(most))]));
            }
            UnfitValue::NoText | UnfitValue::NoLine => "claim-characters",
            UnfitValue::NoChoice => "attribute-no-choice",
            UnfitValue::NoInteger => "attribute-no-integer",
            UnfitValue::NoTruth => "attribute-no-choice",
            UnfitValue::NoDate => "attribute-no-date",
            UnfitValue::Together => "attribute-together",
            UnfitValue::Several | UnfitValue::TooMany => "attribute-too-many",
        };
        Some(layout.message(id, &[]))
    }

    pub(super) fn stored_words(&self, layout: &Layout) -> Option<Message<'_>> {
        let stored = self.stored.as_ref()?;
        Some(match stored.is_empty() {
            true => layout.message("profile-stored-none", &[]),
            false => layout.message("profile-stored", &[("value", Value::Name(stored))]),
        })
    }
}

/// A value in words, for a line of facts.
#[must_use]
pub fn value_words(value: &AttributeValue, layout: &Layout) -> DisplayText {
    match value {
        AttributeValue::Boolean(truth) => {
            DisplayText::reason(&layout.say(if *truth { "attribute-true" } else { "attribute-false" }))
        }
        value => DisplayText::reason(&value.texts().join(", ")),
    }
}
