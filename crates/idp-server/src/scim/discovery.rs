//! What clients are told of this server (RFC 7644 4): what it supports, which resources it has, and what each consists of. What is not
//! supported says so.

use super::list::{MOST_ON_PAGE, USUAL_ON_PAGE};
use super::{Failure, location};
use crate::directory::{Administration, Caller, Directory};
use idp_core::administration::Permission;
use idp_core::scim::schema::{CUSTOM, GROUPS, Kind, Schema, USER, USERS, described, described_custom};
use serde_json::{Value, json};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

const ALL: [(Schema, &str); 2] = [(USERS, "/Users"), (GROUPS, "/Groups")];

/// `/ServiceProviderConfig`.
#[must_use]
pub fn config(directory: &Directory<'_>) -> Value {
    let unsupported = json!({ "supported": false });
    let supported = json!({ "supported": true });
    let address = location(directory, "ServiceProviderConfig", "");
    json!({
        "schemas": [CONFIG],
        "patch": supported,
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST_ON_PAGE },
        "changePassword": supported,
        "sort": unsupported,
        "etag": supported,
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": USUAL_ON_PAGE,
            "maxPageSize": MOST_ON_PAGE,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth bearer token",
            "description": "An access token of this provider for its administration API (RFC 6750)",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": address.trim_end_matches('/') },
    })
}

fn resource_type(directory: &Directory<'_>, (schema, endpoint): &(Schema, &str), is_extended: bool) -> Value {
    let mut extensions = Vec::new();
    let is_extended = is_extended && schema.id == USER;
    extensions.extend(is_extended.then(|| json!({ "schema": CUSTOM, "required": false })));
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": schema.name,
        "name": schema.name,
        "endpoint": endpoint,
        "description": schema.description,
        "schema": schema.id,
        "schemaExtensions": extensions,
        "meta": { "resourceType": "ResourceType", "location": location(directory, "ResourceTypes", schema.name) },
    })
}

fn schema(directory: &Directory<'_>, schema: &Schema) -> Value {
    let own = schema.attributes.iter().filter(|attribute| !matches!(attribute.kind, Kind::Extension));
    let attributes: Vec<Value> = own.map(described).collect();
    json!({
        "schemas": [SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": attributes,
        "meta": { "resourceType": "Schema", "location": location(directory, "Schemas", schema.id) },
    })
}

/// `/ResourceTypes`, with the extension as [`schemas`] has it.
///
/// # Errors
/// When the database does not answer.
pub async fn resource_types(directory: &Directory<'_>, caller: Option<&Caller>) -> Result<Value, Failure> {
    let is_extended = extension(directory, caller).await?.is_some();
    Ok(listed(ALL.iter().map(|one| resource_type(directory, one, is_extended)).collect()))
}

/// `/Schemas`, with the extension for a caller who may see people: strangers are not told what an installation wants to know of them.
///
/// # Errors
/// When the database does not answer.
pub async fn schemas(directory: &Directory<'_>, caller: Option<&Caller>) -> Result<Value, Failure> {
    let mut all: Vec<Value> = ALL.iter().map(|(one, _)| schema(directory, one)).collect();
    all.extend(extension(directory, caller).await?);
    Ok(listed(all))
}

async fn extension(directory: &Directory<'_>, caller: Option<&Caller>) -> Result<Option<Value>, Failure> {
    let may_see = |caller: &&Caller| caller.permissions().contain(Permission::ReadUsers);
    let Some(caller) = caller.filter(may_see) else { return Ok(None) };
    let defined = Administration { directory: *directory, caller }.attributes().await?;
    if defined.is_empty() {
        return Ok(None);
    }
    let attributes: Vec<Value> = defined.iter().map(described_custom).collect();
    Ok(Some(json!({
        "schemas": [SCHEMA],
        "id": CUSTOM,
        "name": "Custom attributes",
        "description": "What this installation wants to know of people",
        "attributes": attributes,
        "meta": { "resourceType": "Schema", "location": location(directory, "Schemas", CUSTOM) },
    })))
}

/// One of the resource types, by its name.
///
/// # Errors
/// When the database does not answer.
pub async fn resource_type_named(
    directory: &Directory<'_>,
    caller: Option<&Caller>,
    name: &str,
) -> Result<Option<Value>, Failure> {
    let is_extended = extension(directory, caller).await?.is_some();
    let named = ALL.iter().find(|(schema, _)| schema.name == name);
    Ok(named.map(|one| resource_type(directory, one, is_extended)))
}

/// One of the schemas, by its URN.
///
/// # Errors
/// When the database does not answer.
pub async fn schema_named(
    directory: &Directory<'_>,
    caller: Option<&Caller>,
    id: &str,
) -> Result<Option<Value>, Failure> {
    if id.eq_ignore_ascii_case(CUSTOM) {
        return extension(directory, caller).await;
    }
    Ok(ALL
        .iter()
        .find(|(schema, _)| schema.id.eq_ignore_ascii_case(id))
        .map(|(one, _)| schema(directory, one)))
}

fn listed(resources: Vec<Value>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(),
        "itemsPerPage": resources.len(),
        "startIndex": 1,
        "Resources": resources,
    })
}
