//! Attributes of people: defining, changing and removing one. A definition changes what every person may have and what sites are
//! told, so it takes a permission of its own; the values of one person are a part of their account.

use super::roles::described;
use super::{Administration, Directory, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::random;
use crate::store::attributes::AttributeWrite;
use idp_core::administration::Permission;
use idp_core::client::{Client, ClientMetadata};
use idp_core::time::UnixTime;
use idp_core::user::attribute::{
    Attribute, AttributeAccess, AttributeName, AttributeType, AttributeValues, AttributesChange,
    LONGEST_ATTRIBUTE_LABEL,
};
use std::collections::HashMap;
use uuid::Uuid;

/// As many people are counted who have a value; of more it is said that they are more.
pub const MOST_COUNTED: usize = 1000;

/// An attribute to define.
#[derive(Clone, Debug)]
pub struct NewAttribute {
    /// What it is called, for good.
    pub name: AttributeName,
    /// What may change later.
    pub details: AttributeDetails,
}

/// What may change of a definition.
#[derive(Clone, Debug)]
pub struct AttributeDetails {
    /// What pages call it; empty: by its name.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// Which values it takes.
    pub of: AttributeType,
    /// Who sees and changes them.
    pub access: AttributeAccess,
}

impl From<Attribute> for AttributeDetails {
    fn from(attribute: Attribute) -> Self {
        let Attribute { label, description, of, access, .. } = attribute;
        Self { label, description, of, access }
    }
}

impl Administration<'_> {
    /// Every definition, by name.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn attributes(&self) -> Result<Vec<Attribute>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.attributes().await?)
    }

    /// A definition.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownAttribute`], or that the database does not answer.
    pub async fn attribute(&self, id: Uuid) -> Result<Attribute, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        self.store.attribute(id).await?.ok_or(DirectoryError::UnknownAttribute(id))
    }

    /// The values of each of these people who have any.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn attributes_of(
        &self,
        people: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, AttributeValues>, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.attributes_of(people).await?)
    }

    /// How many people have a value of an attribute, as far as [`MOST_COUNTED`] and one more.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn people_with_attribute(&self, id: Uuid) -> Result<usize, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.people_with_attribute(id, MOST_COUNTED + 1).await?)
    }

    /// How many clients are told of an attribute.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn clients_told_of(&self, attribute: &Attribute) -> Result<usize, DirectoryError> {
        self.require(Permission::ReadUsers)?;
        Ok(self.store.clients_told_of(attribute.name.clone()).await?.len())
    }

    /// Defines an attribute, which nobody has a value of yet.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::AttributeExists`], [`DirectoryError::TooManyAttributes`],
    /// [`DirectoryError::AttributeLabel`], [`DirectoryError::Description`], [`DirectoryError::AttributeOfRights`],
    /// [`DirectoryError::OverBudget`], or that it is not stored.
    pub async fn add_attribute(&self, new: NewAttribute, now: UnixTime) -> Result<Attribute, DirectoryError> {
        let about = AuditContext::of(self.right(Permission::ManageAttributes)?);
        let attribute = made(random::new_id(now), new.name, new.details, now)?;
        self.check_told(&attribute).await?;
        written(self.store.add_attribute(attribute.clone(), about, now).await?, &attribute)?;
        Ok(attribute)
    }

    /// Changes a definition, for everybody at once. Its name stays. The kind of its values changes while nobody has one; its bounds
    /// narrow as far as all that there are fit.
    ///
    /// # Errors
    /// As for [`Administration::add_attribute`], [`DirectoryError::AttributeHasValues`] and
    /// [`DirectoryError::ChangedMeanwhile`].
    pub async fn change_attribute(
        &self,
        before: Attribute,
        details: AttributeDetails,
        now: UnixTime,
    ) -> Result<Attribute, DirectoryError> {
        let about = AuditContext::of(self.right(Permission::ManageAttributes)?);
        let after = made(before.id, before.name.clone(), details, before.created_at)?;
        self.check_told(&after).await?;
        written(self.store.change_attribute(before, after.clone(), about, now).await?, &after)?;
        Ok(after)
    }

    /// Removes an attribute, and the values of everybody. Sites that were told of them are told no more, as if each person had lost
    /// a role.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::ChangedMeanwhile`], or that it is not stored and published.
    pub async fn remove_attribute(&self, attribute: Attribute, now: UnixTime) -> Result<(), DirectoryError> {
        let about = AuditContext::of(self.right(Permission::ManageAttributes)?);
        written(self.store.remove_attribute(attribute.clone(), about, now).await?, &attribute)
    }

    /// That the clients that are told of an attribute may be told of one like this: within their budgets, and by no claim of rights if
    /// people may change it.
    async fn check_told(&self, attribute: &Attribute) -> Result<(), DirectoryError> {
        let told = self.store.clients_told_of(attribute.name.clone()).await?;
        if told.is_empty() {
            return Ok(());
        }
        let mut defined = self.store.attributes().await?;
        defined.retain(|other| other.name != attribute.name);
        defined.push(attribute.clone());
        told.iter().try_for_each(|client| self.check_attributes(client, &defined))
    }
}

impl Directory<'_> {
    /// The values of a person after a change of them.
    pub(super) async fn changed_attributes(
        &self,
        change: &AttributesChange,
        before: &AttributeValues,
    ) -> Result<AttributeValues, DirectoryError> {
        if change.is_empty() {
            return Ok(before.clone());
        }
        Ok(change.apply(before, &self.store.attributes().await?)?)
    }

    /// The definitions that a registration needs: none, if it is told of no attribute. Those that it names anew exist.
    pub(super) async fn attributes_told(
        &self,
        before: Option<&ClientMetadata>,
        after: &ClientMetadata,
    ) -> Result<Vec<Attribute>, DirectoryError> {
        if after.claims_mapping.attributes().next().is_none() {
            return Ok(Vec::new());
        }
        let defined = self.store.attributes().await?;
        let was_told = |name: &AttributeName| {
            before.is_some_and(|before| before.claims_mapping.attributes().any(|told| told == name))
        };
        let is_defined = |name: &AttributeName| defined.iter().any(|attribute| attribute.name == *name);
        let mut told = after.claims_mapping.attributes();
        match told.find(|name| !was_told(name) && !is_defined(name)) {
            Some(name) => Err(DirectoryError::UnknownMappedAttribute(name.clone())),
            None => Ok(defined),
        }
    }

    /// That a client may be told of attributes that are defined so.
    pub(super) fn check_attributes(
        &self,
        client: &Client,
        defined: &[Attribute],
    ) -> Result<(), DirectoryError> {
        for attribute in defined.iter().filter(|attribute| attribute.access.is_persons()) {
            if let Some(claim) = client.metadata.claims_mapping.claim_of_rights(&attribute.name) {
                return Err(DirectoryError::AttributeOfRights {
                    attribute: attribute.name.clone(),
                    claim: claim.clone(),
                    client: client.id.clone(),
                });
            }
        }
        self.check_budget(client, defined)
    }
}

fn made(
    id: Uuid,
    name: AttributeName,
    details: AttributeDetails,
    created_at: UnixTime,
) -> Result<Attribute, DirectoryError> {
    let AttributeDetails { label, description, of, access } = details;
    let is_fit = label.trim() == label
        && label.chars().take(LONGEST_ATTRIBUTE_LABEL + 1).count() <= LONGEST_ATTRIBUTE_LABEL
        && !label.chars().any(char::is_control);
    if !is_fit {
        return Err(DirectoryError::AttributeLabel);
    }
    Ok(Attribute { id, name, label, description: described(description)?, of, access, created_at })
}

fn written(write: AttributeWrite, attribute: &Attribute) -> Result<(), DirectoryError> {
    match write {
        AttributeWrite::Written => Ok(()),
        AttributeWrite::ChangedMeanwhile => Err(DirectoryError::ChangedMeanwhile),
        AttributeWrite::Taken => Err(DirectoryError::AttributeExists(attribute.name.clone())),
        AttributeWrite::TooMany => Err(DirectoryError::TooManyAttributes),
        AttributeWrite::HasOtherValues => Err(DirectoryError::AttributeHasValues(attribute.name.clone())),
    }
}
