//! What a sign-in was proven with, looked at again where the session opens: that it still holds, that it is enough, and what of
//! it counts once.

use crate::db::{Connection, DbError, password_credentials, totp_credentials, users};
use idp_core::authentication::{Authentication, CredentialDigest, Factor, LoginStep, Spend, next_step};
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::User;

/// The user and their authenticator apps, as long as what was proven still holds.
pub(in crate::store) fn still_proven(
    connection: &mut Connection,
    authentication: &Authentication,
    now: UnixTime,
) -> Result<Option<(User, Vec<TotpCredential>)>, DbError> {
    let password = password_credentials::by_user(connection, authentication.user)?;
    let apps = totp_credentials::of_user(connection, authentication.user)?;
    let passwords = password.iter().map(|hash| CredentialDigest::of_password(hash));
    let credentials = passwords.chain(apps.iter().map(CredentialDigest::of_totp)).collect();
    let user = users::by_id(connection, authentication.user)?;
    Ok(user.filter(|user| authentication.holds(user, &credentials, now)).map(|user| (user, apps)))
}

pub(super) fn asks_for_more(authentication: &Authentication, apps: &[TotpCredential]) -> bool {
    let second_factors: Vec<Factor> = apps.iter().map(|_| Factor::Totp).collect();
    next_step(&authentication.proofs, &second_factors) == LoginStep::SecondStep
}

/// What the sign-in uses up; `None` when some of it is used up already.
pub(super) fn unspent<'a>(
    authentication: &Authentication,
    apps: &'a [TotpCredential],
    now: UnixTime,
) -> Option<Vec<(&'a TotpCredential, i64)>> {
    let of_app = |spend: &Spend| {
        let Spend::Totp { credential, step } = spend;
        let app = apps.iter().find(|app| app.id == *credential)?;
        app.is_unspent(*step, now).then_some((app, *step))
    };
    authentication.spends.iter().map(of_app).collect()
}

pub(super) fn use_up(
    connection: &mut Connection,
    spending: Vec<(&TotpCredential, i64)>,
    now: UnixTime,
) -> Result<bool, DbError> {
    for (app, step) in spending {
        if !totp_credentials::spend(connection, app, step, now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

