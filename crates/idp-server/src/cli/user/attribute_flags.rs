//! The flags that say what is kept of a person by attributes, the same for `user add` and `user set`.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Map, Value};

use crate::{
    admin_api::{
        NoPath, PageQuery,
        attributes::{Attribute, ListAttributes},
    },
    cli::{api::Api, failure::Failure},
};

#[derive(Args, Debug)]
pub(super) struct AttributeFlags {
    /// A value of an attribute that is defined there; may be repeated, also for one that has several values
    #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = name_and_value)]
    attributes: Vec<(String, String)>,
}

#[derive(Args, Debug)]
pub(super) struct RemovedAttributes {
    /// An attribute of which the person has no value any more; may be repeated
    #[arg(long = "no-attribute", value_name = "NAME")]
    removed_attributes: Vec<String>,
}

/// The values of each attribute, as texts; none where it is taken away.
#[derive(Eq, PartialEq, Debug, Default)]
pub(super) struct GivenAttributes(BTreeMap<String, Vec<String>>);

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as department=Sales")?;
    match value.trim().is_empty() {
        true => Err(format!("{name} has no value here; to take one away use --no-attribute {name}")),
        false => Ok((name.to_owned(), value.to_owned())),
    }
}

impl AttributeFlags {
    fn given(self) -> GivenAttributes {
        let mut given = GivenAttributes::default();
        for (name, value) in self.attributes {
            given.0.entry(name).or_default().push(value);
        }
        given
    }

    /// These, and those that go.
    pub(super) fn and(self, removed: RemovedAttributes) -> Result<GivenAttributes, Failure> {
        let mut given = self.given();
        for name in removed.removed_attributes {
            if given.0.insert(name.clone(), Vec::new()).is_some() {
                return Err(Failure::refused(format!("{name} is set and taken away")));
            }
        }
        Ok(given)
    }

    /// As members of a person, in the types that are defined there.
    pub(super) async fn members(self, api: &Api<'_>) -> Result<Map<String, Value>, Failure> {
        self.given().members(api).await
    }
}

impl GivenAttributes {
    /// As members of a person, in the types that are defined there.
    ///
    /// # Errors
    /// That there is no such attribute, or it does not take such a value.
    pub(super) async fn members(self, api: &Api<'_>) -> Result<Map<String, Value>, Failure> {
        if self.0.is_empty() {
            return Ok(Map::new());
        }
        let mut defined = Vec::new();
        let take = |page: Vec<Attribute>| {
            defined.extend(page);
            Ok(true)
        };
        api.pages::<ListAttributes, _>(NoPath::default, &PageQuery::default(), take).await?;
        let member = |(name, texts): (String, Vec<String>)| {
            let attribute = defined.iter().find(|attribute| attribute.name == name);
            let attribute =
                attribute.ok_or_else(|| Failure::refused(format!("there is no attribute {name:?}")))?;
            let value = attribute.read_texts(texts.iter().map(String::as_str));
            let value = value.map_err(|problem| Failure::refused(format!("{name} {problem}")))?;
            Ok((name, value))
        };
        self.0.into_iter().map(member).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_of_one_attribute_are_one_change() {
        let said = |text: &str| name_and_value(text).unwrap_or_default();
        let flags = || AttributeFlags { attributes: vec![said("p=a=b"), said("d=x"), said("p=c")] };
        let removed = |name: &str| RemovedAttributes { removed_attributes: vec![name.to_owned()] };
        let all = [("d", vec!["x"]), ("old", vec![]), ("p", vec!["a=b", "c"])];
        let texts = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        let all = all.into_iter().map(|(name, values)| (name.to_owned(), texts(values))).collect();
        assert_eq!(flags().and(removed("old")).ok(), Some(GivenAttributes(all)));
        assert!(flags().and(removed("d")).is_err());
        assert!(name_and_value("department").is_err() && name_and_value("department= ").is_err());
    }
}
