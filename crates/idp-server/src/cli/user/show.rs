//! `user show`: the account with its addresses, groups and roles, what sites may be told of the person, the second steps of signing in, until when
//! a temporary password signs in, and which terms of use the person accepted.

use idp_core::administration::Role;
use idp_core::passkey::Passkey;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::totp::TotpCredential;
use idp_core::user::Account;
use serde_json::{Value, json};

use super::{Name, account_value};
use crate::{
    cli::{
        Context,
        failure::Failure,
        output::{at, lines, maybe_at},
    },
    db::terms_acceptances::AcceptedTerms,
    directory::{Administration, DirectoryError},
};

pub(super) async fn run(name: Name, context: &Context, directory: Administration<'_>) -> Result<(), Failure> {
    let account = directory.account(&name.username).await?;
    let factors = directory.second_factors(&account.user).await?;
    let (store, user) = (directory.store, account.user.id);
    let until = store.password_is_temporary_until(user).await.map_err(DirectoryError::from)?;
    let terms = store.accepted_terms(user).await.map_err(DirectoryError::from)?;
    let groups = directory.groups_of_user(user).await?;
    let roles = directory.roles_of_user(user).await?;
    let mut value = account_value(&account);
    if let Value::Object(members) = &mut value {
        let methods = factors.apps.iter().map(app).chain(factors.passkeys.iter().map(passkey));
        members.insert("methods".to_owned(), methods.chain(recovery_codes(&factors.codes)).collect());
        let names = |roles: &[Role]| roles.iter().map(|role| json!(role.name.as_str())).collect::<Value>();
        members.insert("groups".to_owned(), groups.iter().map(|group| json!(group.name.as_str())).collect());
        members.insert("roles".to_owned(), names(&roles.own));
        members.insert("roles_by_groups".to_owned(), names(&roles.by_groups));
        members.insert("temporary_password_until".to_owned(), maybe_at(until));
        members.insert("terms".to_owned(), terms.iter().map(accepted).collect());
    }
    Ok(context.output.show(&lines(&value), &value)?)
}

pub(super) fn show(account: &Account, context: &Context) -> Result<(), Failure> {
    let value = account_value(account);
    Ok(context.output.show(&lines(&value), &value)?)
}

fn accepted(terms: &AcceptedTerms) -> Value {
    json!({ "version": terms.version, "accepted_at": at(terms.at) })
}

fn app(app: &TotpCredential) -> Value {
    json!({
        "id": app.id,
        "kind": "totp",
        "name": app.name,
        "created_at": at(app.created_at),
        "last_used_at": maybe_at(app.last_used_at),
    })
}

/// What is left of the set, if there is one.
fn recovery_codes(codes: &[StoredRecoveryCode]) -> Option<Value> {
    let newest = codes.iter().filter_map(|code| code.used_at).max();
    let made = codes.first()?.created_at;
    let left = StoredRecoveryCode::left_of(codes);
    Some(
        json!({ "kind": "recovery_codes", "left": left, "created_at": at(made), "last_used_at": maybe_at(newest) }),
    )
}

fn passkey(passkey: &Passkey) -> Value {
    json!({
        "id": passkey.id,
        "kind": "passkey",
        "name": passkey.name,
        "is_backed_up": passkey.is_backed_up,
        "is_asked_for": passkey.is_asked_for,
        "aaguid": passkey.aaguid,
        "created_at": at(passkey.created_at),
        "last_used_at": maybe_at(passkey.last_used_at),
    })
}
