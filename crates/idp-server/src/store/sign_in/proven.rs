//! What a sign-in was proven with, looked at again where the session opens: that it still holds, that it is enough, and what of
//! it counts once.

use crate::db::{Connection, DbError, password_credentials, recovery_codes, totp_credentials, users};
use crate::store::mail_outbox::Letters;
use crate::store::recovery_codes as code_store;
use idp_core::authentication::{Authentication, CredentialDigest, Factor, LoginStep, Spend, next_step};
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::User;

/// What the person has by now besides the password.
pub(in crate::store) struct PresentFactors {
    /// The authenticator apps.
    pub(in crate::store) apps: Vec<TotpCredential>,
    /// The recovery codes, of a sign-in by two factors; of others they are not asked for.
    codes: Vec<StoredRecoveryCode>,
}

/// Something that a sign-in uses up.
pub(super) enum Spending<'a> {
    Code(&'a TotpCredential, i64),
    Recovery(&'a StoredRecoveryCode, &'a [StoredRecoveryCode]),
}

/// The user and their second factors, as long as what was proven still holds.
pub(in crate::store) fn still_proven(
    connection: &mut Connection,
    authentication: &Authentication,
    now: UnixTime,
) -> Result<Option<(User, PresentFactors)>, DbError> {
    let password = password_credentials::by_user(connection, authentication.user)?;
    let apps = totp_credentials::of_user(connection, authentication.user)?;
    let codes = match authentication.proofs.has_two_factors() {
        true => recovery_codes::of_user(connection, authentication.user)?,
        false => Vec::new(),
    };
    let passwords = password.iter().map(|hash| CredentialDigest::of_password(hash));
    let credentials = passwords.chain(apps.iter().map(CredentialDigest::of_totp));
    let credentials = credentials.chain(codes.iter().map(CredentialDigest::of_recovery_code)).collect();
    let user = users::by_id(connection, authentication.user)?;
    let user = user.filter(|user| authentication.holds(user, &credentials, now));
    Ok(user.map(|user| (user, PresentFactors { apps, codes })))
}

/// Recovery codes are no factor by themselves: who has none but these is not asked for one.
pub(super) fn asks_for_more(authentication: &Authentication, factors: &PresentFactors) -> bool {
    let second_factors: Vec<Factor> = factors.apps.iter().map(|_| Factor::Totp).collect();
    next_step(&authentication.proofs, &second_factors) == LoginStep::SecondStep
}

/// What the sign-in uses up; `None` when some of it is used up already.
pub(super) fn unspent<'a>(
    authentication: &Authentication,
    factors: &'a PresentFactors,
    now: UnixTime,
) -> Option<Vec<Spending<'a>>> {
    let of = |spend: &Spend| match spend {
        Spend::Totp { credential, step } => {
            let app = factors.apps.iter().find(|app| app.id == *credential)?;
            app.is_unspent(*step, now).then_some(Spending::Code(app, *step))
        }
        Spend::RecoveryCode { credential } => {
            let code = factors.codes.iter().find(|code| code.id == *credential)?;
            code.used_at.is_none().then_some(Spending::Recovery(code, &factors.codes))
        }
    };
    authentication.spends.iter().map(of).collect()
}

/// Uses it up. Answers whether all of it was unused.
pub(super) fn use_up(
    connection: &mut Connection,
    letters: &Letters,
    user: &User,
    spending: Vec<Spending<'_>>,
    address: &str,
    now: UnixTime,
) -> Result<bool, DbError> {
    for spent in spending {
        let was_unused = match spent {
            Spending::Code(app, step) => totp_credentials::spend(connection, app, step, now)?,
            Spending::Recovery(code, codes) => {
                code_store::spend(connection, letters, user, (code, codes), address, now)?
            }
        };
        if !was_unused {
            return Ok(false);
        }
    }
    Ok(true)
}
