//! The flags that say what is kept of a person by attributes, the same for `user add` and `user set`.

use clap::Args;
use idp_core::user::attribute::{AttributesChange, GivenValue};

#[derive(Args, Debug)]
pub(super) struct AttributeFlags {
    /// A value of an attribute that is defined here; may be repeated, also for one that has several values
    #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = name_and_value)]
    attributes: Vec<(String, String)>,
}

#[derive(Args, Debug)]
pub(super) struct RemovedAttributes {
    /// An attribute of which the person has no value any more; may be repeated
    #[arg(long = "no-attribute", value_name = "NAME")]
    removed_attributes: Vec<String>,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as department=Sales")?;
    match value.trim().is_empty() {
        true => Err(format!("{name} has no value here; to take one away use --no-attribute {name}")),
        false => Ok((name.to_owned(), value.to_owned())),
    }
}

impl AttributeFlags {
    /// All of them as one change.
    pub(super) fn change(self) -> AttributesChange {
        let mut change = AttributesChange::default();
        for (name, value) in self.attributes {
            match change.0.entry(name).or_insert_with(|| GivenValue::Texts(Vec::new())) {
                GivenValue::Texts(texts) => texts.push(value),
                GivenValue::Json(_) => {}
            }
        }
        change
    }

    /// These, and those that go.
    pub(super) fn and(self, removed: RemovedAttributes) -> Result<AttributesChange, String> {
        let mut change = self.change();
        for name in removed.removed_attributes {
            if change.0.insert(name.clone(), GivenValue::Texts(Vec::new())).is_some() {
                return Err(format!("{name} is set and taken away"));
            }
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_of_one_attribute_are_one_change() {
        let said = |text: &str| name_and_value(text).unwrap_or_default();
        let flags = AttributeFlags { attributes: vec![said("p=a=b"), said("d=x"), said("p=c")] };
        let removed = RemovedAttributes { removed_attributes: vec!["old".to_owned()] };
        let texts = |texts: &[&str]| GivenValue::Texts(texts.iter().map(|&text| text.to_owned()).collect());
        let all = [("d", texts(&["x"])), ("old", texts(&[])), ("p", texts(&["a=b", "c"]))];
        let all = all.into_iter().map(|(name, given)| (name.to_owned(), given)).collect();
        assert_eq!(flags.and(removed), Ok(AttributesChange(all)));
        assert!(name_and_value("department").is_err() && name_and_value("department= ").is_err());
    }
}
