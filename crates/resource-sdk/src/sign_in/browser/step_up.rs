//! What an address of the sign-in says of the reason for it: a route demands more than the person's sign-in gives, and a form
//! may be waiting for them. It names no person and opens nothing: a stranger who follows such an address signs in as
//! themselves, and a form is only given to the person who sent it. RFC 9470 section 4.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::form_urlencoded::Serializer;

use super::{
    query::QueryParams,
    seal::{self, SealError, sha256},
};
use crate::{demand::Demanded, jwt::decode_16};

/// The parameter that names a form.
const FORM: &str = "form";

/// Why a person signs in although they may be signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepUp {
    pub(crate) demand: Demanded,
    pub(crate) form: Option<FormName>,
}

/// The name of a form that is kept for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FormName {
    /// Never the same twice.
    pub(crate) id: [u8; 16],
    /// Of its person. The id salts it, so that it says nothing to those who do not know both.
    owner: [u8; 16],
}

impl StepUp {
    /// What the parameters of an address say; nothing when that is nothing.
    pub(crate) fn of(params: &QueryParams) -> Option<Self> {
        let demand = Demanded::of_parameters(params.single("max_age"), params.single("acr_values"));
        let step_up = Self { demand, form: FormName::of(params) };
        (step_up != Self::default()).then_some(step_up)
    }

    /// The same as a query of its own.
    pub(crate) fn of_query(query: &str) -> Option<Self> {
        Self::of(&QueryParams::of_text(query))
    }

    pub(crate) fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        self.add_to(&mut query);
        query.finish()
    }

    /// Adds it to a query.
    pub(crate) fn add_to(&self, query: &mut Serializer<'_, String>) {
        if let Some(max_age) = self.demand.max_age() {
            query.append_pair("max_age", &max_age.to_string());
        }
        if let Some(acr_values) = self.demand.acr_values() {
            query.append_pair("acr_values", &acr_values);
        }
        if let Some(form) = &self.form {
            form.add_to(query);
        }
    }
}

impl FormName {
    /// A name for a form of this person.
    pub(crate) fn new(subject: &str) -> Result<Self, SealError> {
        let id = seal::random()?;
        Ok(Self { id, owner: owner(&id, subject) })
    }

    pub(crate) fn of(params: &QueryParams) -> Option<Self> {
        let (id, owner) = params.single(FORM)?.split_once('.')?;
        Some(Self { id: decode_16(id)?, owner: decode_16(owner)? })
    }

    pub(crate) fn add_to(&self, query: &mut Serializer<'_, String>) {
        let [id, owner] = [self.id, self.owner].map(|part| URL_SAFE_NO_PAD.encode(part));
        query.append_pair(FORM, &format!("{id}.{owner}"));
    }

    /// Whether it is the name of a form of this person.
    pub(crate) fn is_of(&self, subject: &str) -> bool {
        owner(&self.id, subject) == self.owner
    }
}

fn owner(id: &[u8; 16], subject: &str) -> [u8; 16] {
    let hash = sha256(&format!("form {} {subject}", URL_SAFE_NO_PAD.encode(id)));
    hash.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_an_address_says_is_read_again() {
        let form = Some(FormName::new("ann").unwrap());
        let demand = Demanded::of_parameters(Some("60"), Some("phr 2"));
        for step_up in [
            StepUp { demand: demand.clone(), form },
            StepUp { demand, form: None },
            StepUp { form, ..StepUp::default() },
        ] {
            assert_eq!(StepUp::of_query(&step_up.query()), Some(step_up));
        }
        for nothing in ["", "max_age=x", "form=x", "form=x.y", "acr_values=", "max_age=1&max_age=2"] {
            assert_eq!(StepUp::of_query(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn s60_a_form_has_one_owner() {
        let name = FormName::new("ann").unwrap();
        assert!(name.is_of("ann") && !name.is_of("bob") && !name.is_of(""));
        assert_ne!(FormName::new("ann").unwrap(), name);
    }
}
