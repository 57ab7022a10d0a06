//! The acts on people: seeing, adding, replacing, changing and removing one (RFC 7644 3.3 to 3.6).

use super::user_change::{Said, change, new_user};
use super::user_document::{changeable, tag, whole};
use super::{Answer, Failure, ListRequest, TRIES, check_version, find_users, location};
use crate::admin_api::IfMatch;
use crate::directory::{Administration, DirectoryError};
use crate::store::provisioning::Provisioned;
use idp_core::scim::schema::USERS;
use idp_core::scim::{Document, PatchOp, Projection, Refusal, ScimType, apply, read_patch, read_resource};
use idp_core::time::UnixTime;
use serde_json::Value;
use uuid::Uuid;

/// A person as the caller sees them.
async fn person(by: &Administration<'_>, id: &str) -> Result<Provisioned, Failure> {
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    let found = by.provisioned(vec![id]).await?;
    found.into_iter().next().ok_or_else(Failure::not_found)
}

fn shown(by: &Administration<'_>, status: u16, person: &Provisioned, projection: &Projection) -> Answer {
    let (document, tag) = whole(by, person);
    Answer::resource(status, projection.of(document), Some(tag))
}

/// Shows one.
///
/// # Errors
/// [`Failure`].
pub async fn get(by: &Administration<'_>, id: &str, projection: &Projection) -> Result<Answer, Failure> {
    Ok(shown(by, 200, &person(by, id).await?, projection))
}

/// Lists those who fit.
///
/// # Errors
/// [`Failure`].
pub async fn list(by: &Administration<'_>, request: &ListRequest) -> Result<Answer, Failure> {
    find_users::list(by, request).await.map(Answer::list)
}

/// Adds one.
///
/// # Errors
/// [`Failure`].
pub async fn create(
    by: &Administration<'_>,
    body: &Value,
    projection: &Projection,
    now: UnixTime,
) -> Result<Answer, Failure> {
    let said = read_resource(body, &USERS)?;
    let (new, external_id) = new_user(&said)?;
    let id = by.provision_user(new, external_id, now).await?.to_string();
    let made = person(by, &id).await?;
    Ok(Answer { location: Some(location(by, "Users", &id)), ..shown(by, 201, &made, projection) })
}

/// Puts a resource in the place of what there is. A password and `active` stay where they are not said.
///
/// # Errors
/// [`Failure`].
pub async fn replace(
    by: &Administration<'_>,
    id: &str,
    (body, if_match): (&Value, &IfMatch),
    projection: &Projection,
    now: UnixTime,
) -> Result<Answer, Failure> {
    let said = read_resource(body, &USERS)?;
    write(by, id, if_match, Said::Whole, |_| Ok(said.clone()), now).await?;
    get(by, id, projection).await
}

/// Changes some of it.
///
/// # Errors
/// [`Failure`].
pub async fn patch(
    by: &Administration<'_>,
    id: &str,
    (body, if_match): (&Value, &IfMatch),
    projection: &Projection,
    now: UnixTime,
) -> Result<Answer, Failure> {
    let changes = read_patch(body, &USERS)?;
    let stays = ["active", "password", "userName"];
    for change in &changes {
        let name = change.target.attribute.name;
        if stays.contains(&name) && (change.op == PatchOp::Remove || change.value.is_none()) {
            return Err(Refusal::new(
                ScimType::Mutability,
                format!("{name} can be changed, and not removed"),
            )
            .into());
        }
    }
    let changed = |mut document: Document| {
        changes.iter().try_for_each(|change| apply(&mut document, change))?;
        Ok(document)
    };
    write(by, id, if_match, Said::Changed, changed, now).await?;
    get(by, id, projection).await
}

/// Makes a change on the version that the client means; where it means any, on what another change has left behind too.
async fn write(
    by: &Administration<'_>,
    id: &str,
    if_match: &IfMatch,
    how: Said,
    said: impl Fn(Document) -> Result<Document, Refusal>,
    now: UnixTime,
) -> Result<(), Failure> {
    for _ in 0..TRIES {
        let before = person(by, id).await?;
        let seen = changeable(&before);
        check_version(if_match, Some(&tag(&seen)))?;
        let change = change(&before, &said(seen)?, how)?;
        match by.reprovision_user(before, change, now).await {
            Err(DirectoryError::ChangedMeanwhile) => {}
            outcome => return Ok(outcome?),
        }
    }
    Err(Failure::changed_meanwhile())
}

/// Removes one for good, and signs them out everywhere.
///
/// # Errors
/// [`Failure`].
pub async fn delete(
    by: &Administration<'_>,
    id: &str,
    if_match: &IfMatch,
    now: UnixTime,
) -> Result<Answer, Failure> {
    for _ in 0..TRIES {
        let before = person(by, id).await?;
        check_version(if_match, Some(&tag(&changeable(&before))))?;
        match by.remove_account(before.account, now).await {
            Err(DirectoryError::ChangedMeanwhile) => {}
            outcome => return outcome.map(|()| Answer::nothing()).map_err(Failure::from),
        }
    }
    Err(Failure::changed_meanwhile())
}
