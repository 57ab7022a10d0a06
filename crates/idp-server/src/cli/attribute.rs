//! `attribute`: what is kept of people beside the standard claims, and who sees and changes it.

use clap::{Args, Subcommand};
use idp_core::user::attribute::{AttributeAccess, AttributeKind};
use serde_json::json;

use super::{
    api::{Api, ServerFlags, on, on_version, with},
    confirmation::Confirmation,
    failure::Failure,
    output::{Output, lines, value},
};
use crate::admin_api::{
    NoPath, PageQuery,
    attributes::{
        Attribute, AttributePatch, AttributePath, AttributeUse, CountAttributeUse, CreateAttribute,
        DeleteAttribute, ListAttributes, NewAttribute, UpdateAttribute,
    },
};

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Lists the attributes
    List,
    /// Shows an attribute
    Show(Key),
    /// Defines an attribute, which nobody has a value of yet
    Add {
        /// What it is called, for good: small letters, digits and _
        name: String,
        #[command(flatten)]
        details: Details,
        /// A person may have several values
        #[arg(long)]
        multiple: bool,
    },
    /// Changes an attribute for everybody
    Set {
        #[command(flatten)]
        attribute: Key,
        #[command(flatten)]
        details: Details,
        /// A person may have several values; only while nobody has one
        #[arg(long)]
        multiple: bool,
        /// A person has one value; only while nobody has one
        #[arg(long, conflicts_with = "multiple")]
        no_multiple: bool,
    },
    /// Removes an attribute with the values of everybody
    Remove {
        #[command(flatten)]
        attribute: Key,
        #[command(flatten)]
        confirmation: Confirmation,
    },
}

#[derive(Args, Debug)]
struct Key {
    /// The attribute, by name or id
    attribute: String,
}

#[derive(Args, Debug)]
struct Details {
    /// What pages call it
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The kind of its values; a string unless told, and a choice with --choice
    #[arg(long = "type", value_name = "KIND", value_parser = kinds())]
    kind: Option<String>,
    /// The longest value of a string, in characters; 255 unless told
    #[arg(long, value_name = "CHARACTERS")]
    max_length: Option<usize>,
    /// What there is to choose from; may be repeated, and replaces what there was
    #[arg(long = "choice", value_name = "TEXT")]
    choices: Vec<String>,
    /// Who sees and changes values, beside administrators
    #[arg(long, value_name = "WHO", value_parser = accesses())]
    access: Option<String>,
}

fn kinds() -> clap::builder::PossibleValuesParser {
    AttributeKind::ALL.map(AttributeKind::as_str).into()
}

fn accesses() -> clap::builder::PossibleValuesParser {
    AttributeAccess::ALL.map(AttributeAccess::as_str).into()
}

impl Details {
    /// The kind, which choices say too.
    fn kind(&self) -> Option<String> {
        let choice = || AttributeKind::Choice.as_str().to_owned();
        self.kind.clone().or_else(|| (!self.choices.is_empty()).then(choice))
    }
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::List => list(api, output).await,
        What::Show(key) => {
            let value = value(&api.attribute(&key.attribute).await?.body)?;
            Ok(output.show(&lines(&value), &value)?)
        }
        What::Add { name, details, multiple } => {
            let kind = details.kind().unwrap_or_else(|| AttributeKind::String.as_str().to_owned());
            let access =
                details.access.unwrap_or_else(|| AttributeAccess::Administrators.as_str().to_owned());
            let new = NewAttribute {
                name,
                label: details.label.unwrap_or_default(),
                description: details.description.unwrap_or_default(),
                r#type: kind,
                max_length: details.max_length,
                choices: details.choices,
                multiple,
                access,
            };
            let made = api.call(with::<CreateAttribute>(NoPath::default(), new)).await?.body;
            let text = format!("Defined the attribute {} ({}); nobody has a value yet", made.name, made.id);
            Ok(output.show(&text, &value(&made)?)?)
        }
        What::Set { attribute, details, multiple, no_multiple } => {
            let patch = AttributePatch {
                r#type: details.kind(),
                label: details.label,
                description: details.description,
                max_length: details.max_length.map(Some),
                choices: (!details.choices.is_empty()).then_some(details.choices),
                multiple: (multiple || no_multiple).then_some(multiple),
                access: details.access,
            };
            set(&attribute, patch, api, output).await
        }
        What::Remove { attribute, confirmation } => remove(&attribute, confirmation, api, output).await,
    }
}

async fn list(api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let row = |attribute: &Attribute| {
        let Attribute { name, r#type, multiple, access, label, id, .. } = attribute;
        let several = if *multiple { " (several)" } else { "" };
        vec![name.clone(), format!("{type}{several}"), access.clone(), label.clone(), id.to_string()]
    };
    let table = (&["name", "type", "access", "label", "id"][..], row);
    api.print::<ListAttributes, _>(NoPath::default, &PageQuery::default(), table, output).await
}

async fn set(key: &Key, patch: AttributePatch, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    if patch.is_empty() {
        return Err(Failure::refused("nothing to change; see attribute set --help"));
    }
    let seen = api.attribute(&key.attribute).await?;
    let change = with::<UpdateAttribute>(AttributePath { attribute: seen.body.id }, patch);
    let value = value(&api.call(on_version(change, seen.version)).await?.body)?;
    Ok(output.show(&lines(&value), &value)?)
}

async fn remove(key: &Key, confirmation: Confirmation, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let seen = api.attribute(&key.attribute).await?;
    let Attribute { id, name, .. } = &seen.body;
    let path = || AttributePath { attribute: *id };
    let effect = async || {
        let used = api.call(on::<CountAttributeUse>(path())).await?.body;
        let people = people(&used);
        Ok(format!(
            "The attribute {name} is removed for good, with the values of {people}; sites are told of it no more"
        ))
    };
    confirmation.ask(effect).await?;
    api.call(on_version(on::<DeleteAttribute>(path()), seen.version)).await?;
    let value = json!({ "id": id, "name": name, "removed": true });
    Ok(output.show(&format!("Removed the attribute {name} ({id})"), &value)?)
}

fn people(used: &AttributeUse) -> String {
    match (used.people, used.more) {
        (0, _) => "nobody".to_owned(),
        (1, _) => "1 person".to_owned(),
        (many, false) => format!("{many} people"),
        (many, true) => format!("more than {many} people"),
    }
}
