//! What a sign-in was proven with, looked at again where the session opens: that it still holds, that it is enough, and what of
//! it counts once.

use crate::db::password_credentials::StoredPassword;
use crate::db::{Connection, DbError, passkeys, password_credentials, totp_credentials, users};
use crate::store::mail_outbox::Letters;
use crate::store::recovery_codes as code_store;
use crate::store::second_factors::SecondFactors;
use crate::store::second_step_links as link_store;
use idp_core::authentication::{
    Authentication, CredentialDigest, Factor, LoginStep, Spend, Standing, next_step,
};
use idp_core::passkey::{Passkey, Use};
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::second_step_link::SecondStepLink;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::User;

/// Something that a sign-in uses up.
pub(super) enum Spending<'a> {
    Code(&'a TotpCredential, i64),
    Recovery(&'a StoredRecoveryCode, &'a [StoredRecoveryCode]),
    Link(&'a SecondStepLink),
    Passkey(&'a Passkey, Use),
}

/// A person whose proofs still hold.
pub(in crate::store) struct Proven {
    /// Who.
    pub(in crate::store) user: User,
    /// What they can be asked for.
    pub(in crate::store) factors: SecondFactors,
    /// Their password, if they have one.
    pub(in crate::store) password: Option<StoredPassword>,
}

impl Proven {
    /// What a sign-in of these proofs asks for next. Recovery codes are no factor by themselves: a person who has nothing but
    /// these is not asked for one.
    pub(in crate::store) fn next_step(&self, authentication: &Authentication) -> LoginStep {
        let is_temporary = |password: &StoredPassword| password.temporary_until.is_some();
        let has_temporary_password = self.password.as_ref().is_some_and(is_temporary);
        let standing = Standing { has_temporary_password, ..Standing::default() };
        next_step(&authentication.proofs, &self.factors.asked_kinds(), standing)
    }
}

/// The user with what they have, as long as what was proven still holds.
pub(in crate::store) fn still_proven(
    connection: &mut Connection,
    authentication: &Authentication,
    now: UnixTime,
) -> Result<Option<Proven>, DbError> {
    let password = password_credentials::stored(connection, authentication.user)?;
    let factors = match authentication.spends_mail_link() {
        true => SecondFactors::with_link_of(connection, authentication.user)?,
        false => SecondFactors::of(connection, authentication.user)?,
    };
    let passwords = password.iter().map(|password| CredentialDigest::of_password(&password.hash));
    let credentials = passwords.chain(factors.digests()).collect();
    let user = users::by_id(connection, authentication.user)?;
    let user = user.filter(|user| authentication.holds(user, &credentials, now));
    Ok(user.map(|user| Proven { user, factors, password }))
}

/// What the sign-in uses up; `None` when some of it is used up already, or is not credible.
pub(super) fn unspent<'a>(
    authentication: &Authentication,
    factors: &'a SecondFactors,
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
        Spend::MailLink { sign_in } => {
            let link = factors.link.as_ref().filter(|link| link.is_for(*sign_in, now))?;
            (!link.is_used).then_some(Spending::Link(link))
        }
        Spend::Passkey { credential, used } => {
            let passkey = factors.passkeys.iter().find(|passkey| passkey.id == *credential)?;
            used.is_credible(passkey).then_some(Spending::Passkey(passkey, *used))
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
            Spending::Link(link) => link_store::spend(connection, letters, user, link, address, now)?,
            Spending::Passkey(passkey, used) => passkeys::note_use(connection, passkey.id, used, now)?,
        };
        if !was_unused {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Notes that the password of this sign-in came together with a second factor: the person who knows it is known to have had that.
pub(super) fn note_confirmed_password(
    connection: &mut Connection,
    authentication: &Authentication,
) -> Result<(), DbError> {
    let proofs = &authentication.proofs;
    if !proofs.has(Factor::Password) || !proofs.has_two_factors() {
        return Ok(());
    }
    // Of a session that goes on the password may be an older one: there is no evidence of it.
    let typed = |hash: &String| authentication.evidence.contains(&CredentialDigest::of_password(hash));
    match password_credentials::by_user(connection, authentication.user)?.filter(typed) {
        Some(hash) => password_credentials::confirm(connection, authentication.user, &hash),
        None => Ok(()),
    }
}
