//! Attributes of another system that are attributes here: those that are called the same, and those that the operator names.

use idp_core::user::attribute::{Attribute, AttributesChange, GivenValue};

use super::entry::Draft;
use crate::cli::failure::Failure;

/// What there is to take values for.
#[derive(Debug)]
pub(super) struct Attributes {
    defined: Vec<Attribute>,
    /// What the other system calls one, and what it is called here.
    renamed: Vec<(String, String)>,
}

impl Attributes {
    /// # Errors
    /// [`Failure::Refused`] when one of the names that the operator gives is none here.
    pub(super) fn new(defined: Vec<Attribute>, renamed: Vec<(String, String)>) -> Result<Self, Failure> {
        let is_known = |name: &str| defined.iter().any(|attribute| attribute.name.as_str() == name);
        match renamed.iter().find(|(_, ours)| !is_known(ours)) {
            Some((_, ours)) => Err(Failure::refused(format!(
                "there is no attribute {ours:?}; make it first, with: attribute add"
            ))),
            None => Ok(Self { defined, renamed }),
        }
    }

    /// The definitions.
    pub(super) fn defined(&self) -> &[Attribute] {
        &self.defined
    }

    /// The one of this name here.
    pub(super) fn named(&self, name: &str) -> Option<&Attribute> {
        self.defined.iter().find(|attribute| attribute.name.as_str() == name)
    }

    /// The one that the operator says this of the other system is.
    pub(super) fn chosen(&self, theirs: &str) -> Option<&Attribute> {
        let (_, ours) = self.renamed.iter().find(|(name, _)| name == theirs)?;
        self.named(ours)
    }
}

impl Draft {
    /// A value that the other system has. One that its type does not take is left out: nothing depends on it.
    pub(super) fn attribute(&mut self, attribute: &Attribute, given: GivenValue) {
        let one = AttributesChange([(attribute.name.to_string(), given)].into());
        match one.apply(&Default::default(), std::slice::from_ref(attribute)) {
            Ok(_) => self.person.attributes.0.extend(one.0),
            Err(unfit) => self.note(format!("attribute {} is left out: {unfit}", attribute.name)),
        }
    }
}
