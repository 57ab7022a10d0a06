//! The acts on groups (RFC 7643 4.2). A group is answered with its members up to a bound; one with more is asked for without them, and its
//! members are asked for as people, page by page.

use super::list::too_many_members;
use super::{Answer, Failure, ListRequest, TRIES, check_version, find_groups, location};
use crate::admin_api::{EntityTag, IfMatch};
use crate::date::rfc3339;
use crate::directory::{Administration, DirectoryError};
use idp_core::administration::{Group, GroupName, Permission};
use idp_core::scim::schema::{GROUP, GROUPS};
use idp_core::scim::{
    Change, Document, MemberChange, PatchOp, Projection, Refusal, ScimType, apply, read_patch, read_resource,
};
use idp_core::time::UnixTime;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most members that one answer has.
pub(super) const MOST_MEMBERS: usize = 5000;
/// The most people who come and go with one request.
const MOST_AT_ONCE: usize = 1000;

async fn group(by: &Administration<'_>, id: &str) -> Result<Group, Failure> {
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    match by.group(id).await {
        Err(DirectoryError::UnknownGroup(_)) => Err(Failure::not_found()),
        outcome => Ok(outcome?),
    }
}

/// The members of a group, if they are few enough.
pub(super) async fn members(
    by: &Administration<'_>,
    group: Uuid,
    most: usize,
) -> Result<Option<BTreeSet<Uuid>>, DirectoryError> {
    let count = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let found = by.people_after(Some(group), None, count).await?;
    Ok((found.len() <= most).then(|| found.into_iter().collect()))
}

/// Whether an answer has members: where they are wanted, and the caller may see people.
pub(super) fn has_members(by: &Administration<'_>, projection: &Projection) -> bool {
    projection.wants("members") && by.require(Permission::ReadUsers).is_ok()
}

fn changeable(group: &Group) -> Document {
    let mut document = Document::from_iter([("displayName".to_owned(), json!(group.name.as_str()))]);
    if let Some(external_id) = &group.external_id {
        document.insert("externalId".to_owned(), json!(external_id));
    }
    document
}

/// The version of a group with these members.
fn tag(group: &Group, members: &BTreeSet<Uuid>) -> String {
    EntityTag::of(&(changeable(group), members)).to_string()
}

/// The whole resource; its version, where its members are known.
pub(super) fn whole(
    by: &Administration<'_>,
    group: &Group,
    members: Option<&BTreeSet<Uuid>>,
) -> (Document, Option<String>) {
    let id = group.id.to_string();
    let mut document =
        Document::from_iter([("schemas".to_owned(), json!([GROUP])), ("id".to_owned(), json!(id))]);
    document.extend(changeable(group));
    if let Some(members) = members.filter(|members| !members.is_empty()) {
        let member = |user: &Uuid| {
            let address = location(by, "Users", &user.to_string());
            json!({ "value": user, "$ref": address, "type": "User" })
        };
        document.insert("members".to_owned(), members.iter().map(member).collect());
    }
    let tag = members.map(|members| tag(group, members));
    let mut meta = json!({
        "resourceType": "Group",
        "created": rfc3339(group.created_at),
        "location": location(by, "Groups", &id),
    });
    if let (Some(tag), Some(meta)) = (&tag, meta.as_object_mut()) {
        meta.insert("version".to_owned(), json!(tag));
    }
    document.insert("meta".to_owned(), meta);
    (document, tag)
}

async fn shown(
    by: &Administration<'_>,
    status: u16,
    group: &Group,
    projection: &Projection,
) -> Result<Answer, Failure> {
    let members = match has_members(by, projection) {
        true => Some(members(by, group.id, MOST_MEMBERS).await?.ok_or_else(too_many_members)?),
        false => None,
    };
    let (document, tag) = whole(by, group, members.as_ref());
    Ok(Answer::resource(status, projection.of(document), tag))
}

/// Shows one.
///
/// # Errors
/// [`Failure`].
pub async fn get(by: &Administration<'_>, id: &str, projection: &Projection) -> Result<Answer, Failure> {
    shown(by, 200, &group(by, id).await?, projection).await
}

/// Lists those that fit.
///
/// # Errors
/// [`Failure`].
pub async fn list(by: &Administration<'_>, request: &ListRequest) -> Result<Answer, Failure> {
    find_groups::list(by, request).await.map(Answer::list)
}

fn name(said: &Document) -> Result<GroupName, Refusal> {
    let text = said.get("displayName").and_then(Value::as_str);
    let text = text.ok_or_else(|| Refusal::value("displayName is missing"))?;
    text.parse().map_err(|error| Refusal::value(format!("displayName: {error}")))
}

fn external_id(said: &Document) -> Option<String> {
    said.get("externalId").and_then(Value::as_str).map(str::to_owned)
}

/// A member that is nobody is a fault of the request, and no missing resource.
fn of_act(error: DirectoryError) -> Failure {
    match error {
        DirectoryError::UnknownUser(key) => Refusal::value(format!("there is no person {key}")).into(),
        DirectoryError::UnknownGroup(_) => Failure::not_found(),
        error => error.into(),
    }
}

/// Makes one.
///
/// # Errors
/// [`Failure`].
pub async fn create(
    by: &Administration<'_>,
    body: &Value,
    projection: &Projection,
    now: UnixTime,
) -> Result<Answer, Failure> {
    let said = read_resource(body, &GROUPS)?;
    let members = MemberChange::to_be(said.get("members"))?.come;
    let made = by.provision_group(name(&said)?, external_id(&said), members, now).await.map_err(of_act)?;
    let answer = shown(by, 201, &made, projection).await?;
    Ok(Answer { location: Some(location(by, "Groups", &made.id.to_string())), ..answer })
}

/// Puts a resource in the place of what there is, its members among it.
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
    let said = read_resource(body, &GROUPS)?;
    let to_be = MemberChange::to_be(said.get("members"))?;
    let changed = write(by, id, if_match, (|_| Ok(said.clone()), &to_be), now).await?;
    shown(by, 200, &changed, projection).await
}

/// Changes some of it. A group that has too many members to show them is answered without a body.
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
    let changes = read_patch(body, &GROUPS)?;
    let (of_members, others): (Vec<Change>, Vec<Change>) =
        changes.into_iter().partition(|change| change.target.attribute.name == "members");
    let mut members = MemberChange::default();
    of_members.iter().try_for_each(|change| members.then(change))?;
    let is_removal = |change: &Change| change.op == PatchOp::Remove || change.value.is_none();
    if others.iter().any(|change| change.target.attribute.name == "displayName" && is_removal(change)) {
        return Err(Refusal::new(ScimType::Mutability, "displayName can be changed, and not removed").into());
    }
    let said = |mut document: Document| {
        others.iter().try_for_each(|change| apply(&mut document, change))?;
        Ok(document)
    };
    let changed = write(by, id, if_match, (said, &members), now).await?;
    match shown(by, 200, &changed, projection).await {
        Err(Failure { kind: Some(ScimType::TooMany), .. }) => Ok(Answer::nothing()),
        outcome => outcome,
    }
}

/// Makes a change on the version that the client means; where it means any, on what another change has left behind too.
async fn write(
    by: &Administration<'_>,
    id: &str,
    if_match: &IfMatch,
    (said, members): (impl Fn(Document) -> Result<Document, Refusal>, &MemberChange),
    now: UnixTime,
) -> Result<Group, Failure> {
    for _ in 0..TRIES {
        let before = group(by, id).await?;
        check_group_version(by, &before, if_match).await?;
        let said = said(changeable(&before))?;
        let people = come_and_go(by, before.id, members).await?;
        let names = (name(&said)?, external_id(&said));
        match by.reprovision_group(before, names, people, now).await {
            Err(DirectoryError::ChangedMeanwhile) => {}
            outcome => return outcome.map_err(of_act),
        }
    }
    Err(Failure::changed_meanwhile())
}

async fn check_group_version(
    by: &Administration<'_>,
    group: &Group,
    if_match: &IfMatch,
) -> Result<(), Failure> {
    let IfMatch::Tags(_) = if_match else { return Ok(()) };
    let members = members(by, group.id, MOST_MEMBERS).await?.ok_or_else(too_many_members)?;
    check_version(if_match, Some(&tag(group, &members)))
}

/// Who comes and who goes. The members there are have to be known only where all of them are replaced.
async fn come_and_go(
    by: &Administration<'_>,
    group: Uuid,
    change: &MemberChange,
) -> Result<(BTreeSet<Uuid>, BTreeSet<Uuid>), Failure> {
    let people = match change.replaces_all {
        false => (change.come.clone(), change.go.clone()),
        true => {
            let now = members(by, group, MOST_MEMBERS).await?.ok_or_else(too_many_members)?;
            (change.come.difference(&now).copied().collect(), now.difference(&change.come).copied().collect())
        }
    };
    match people.0.len() + people.1.len() {
        ..=MOST_AT_ONCE => Ok(people),
        _ => {
            let detail = format!("at most {MOST_AT_ONCE} people come and go with one request; send several");
            Err(Refusal::new(ScimType::TooMany, detail).into())
        }
    }
}

/// Removes one. Its members stay people.
///
/// # Errors
/// [`Failure`].
pub async fn delete(
    by: &Administration<'_>,
    id: &str,
    if_match: &IfMatch,
    now: UnixTime,
) -> Result<Answer, Failure> {
    let before = group(by, id).await?;
    check_group_version(by, &before, if_match).await?;
    by.remove_group(before, now).await?;
    Ok(Answer::nothing())
}
