//! What rests sealed under the master key, column by column, some rows at a time: for its rotation.

use super::installation_facts::Fact;
use super::schema::{
    acme_accounts, acme_certificates, audit_seals, idempotency_keys, installation_facts, mails,
    registration_links, signing_keys, totp_credentials,
};
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;

/// A column of sealed values.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum SealedColumn {
    /// Private keys that sign tokens.
    SigningKeys,
    /// Secrets of authenticator apps.
    TotpSecrets,
    /// Letters that wait.
    Letters,
    /// What is known of people who are invited, or asked for an account.
    RegistrationLinks,
    /// Answers of the administration API.
    KeyedAnswers,
    /// Accounts at certificate authorities.
    AcmeAccounts,
    /// Private keys of certificates.
    AcmeKeys,
    /// The key of the dummy hashes.
    DummyHashKey,
}

/// A sealed value.
#[derive(Clone, Debug)]
pub struct SealedValue {
    /// The key of its row.
    pub row: String,
    /// What it was sealed in the context of.
    pub context: String,
    /// The value.
    pub sealed: String,
}

impl SealedColumn {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SigningKeys,
        Self::TotpSecrets,
        Self::Letters,
        Self::RegistrationLinks,
        Self::KeyedAnswers,
        Self::AcmeAccounts,
        Self::AcmeKeys,
        Self::DummyHashKey,
    ];

    /// So many of the rows behind this one, in the order of their keys.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn after(
        self,
        connection: &mut Connection,
        row: &str,
        count: i64,
    ) -> Result<Vec<SealedValue>, DbError> {
        let found: Vec<(String, String, Option<String>)> = match self {
            Self::SigningKeys => {
                let rows = signing_keys::table.filter(signing_keys::kid.gt(row)).order(signing_keys::kid);
                let columns = (signing_keys::kid, signing_keys::kid, signing_keys::sealed_pem.nullable());
                rows.limit(count).select(columns).load(connection)?
            }
            Self::TotpSecrets => {
                let rows =
                    totp_credentials::table.filter(totp_credentials::id.gt(row)).order(totp_credentials::id);
                let columns = (
                    totp_credentials::id,
                    totp_credentials::user_id,
                    totp_credentials::sealed_secret.nullable(),
                );
                rows.limit(count).select(columns).load(connection)?
            }
            Self::Letters => {
                let rows = mails::table.filter(mails::id.gt(row)).order(mails::id);
                rows.limit(count).select((mails::id, mails::id, mails::sealed)).load(connection)?
            }
            Self::RegistrationLinks => {
                let rows = registration_links::table.filter(registration_links::secret_hash.gt(row));
                let columns = (
                    registration_links::secret_hash,
                    registration_links::address_hash,
                    registration_links::sealed.nullable(),
                );
                rows.order(registration_links::secret_hash).limit(count).select(columns).load(connection)?
            }
            Self::KeyedAnswers => {
                let rows = idempotency_keys::table
                    .filter(idempotency_keys::name.gt(row))
                    .order(idempotency_keys::name);
                let columns = (idempotency_keys::name, idempotency_keys::name, idempotency_keys::answer);
                rows.limit(count).select(columns).load(connection)?
            }
            Self::AcmeAccounts => {
                let rows = acme_accounts::table.filter(acme_accounts::directory_url.gt(row));
                let columns = (
                    acme_accounts::directory_url,
                    acme_accounts::directory_url,
                    acme_accounts::sealed_credentials.nullable(),
                );
                rows.order(acme_accounts::directory_url).limit(count).select(columns).load(connection)?
            }
            Self::AcmeKeys => {
                let rows = acme_certificates::table.filter(acme_certificates::id.gt(row));
                let columns = (acme_certificates::id, acme_certificates::id, acme_certificates::sealed_key);
                rows.order(acme_certificates::id).limit(count).select(columns).load(connection)?
            }
            Self::DummyHashKey => {
                let rows = installation_facts::table.filter(installation_facts::name.gt(row));
                let rows = rows.filter(installation_facts::name.eq(Fact::DummyHashKey.name()));
                let columns = (
                    installation_facts::name,
                    installation_facts::name,
                    installation_facts::value.nullable(),
                );
                rows.limit(count).select(columns).load(connection)?
            }
        };
        let value = |(row, context, sealed): (String, String, Option<String>)| SealedValue {
            row,
            context,
            // Sealed as nothing: a letter that was sent, an answer or a certificate that is not there yet.
            sealed: sealed.unwrap_or_default(),
        };
        Ok(found.into_iter().map(value).collect())
    }

    /// Puts another value in the place of this one, if it is still there.
    ///
    /// # Errors
    /// When it is not stored.
    pub fn replace(
        self,
        connection: &mut Connection,
        value: &SealedValue,
        sealed: &str,
    ) -> Result<bool, DbError> {
        let (row, former) = (&value.row, &value.sealed);
        let changed = match self {
            Self::SigningKeys => {
                let same = signing_keys::table.find(row).filter(signing_keys::sealed_pem.eq(former));
                update(same, signing_keys::sealed_pem.eq(sealed)).execute(connection)?
            }
            Self::TotpSecrets => {
                let same =
                    totp_credentials::table.find(row).filter(totp_credentials::sealed_secret.eq(former));
                update(same, totp_credentials::sealed_secret.eq(sealed)).execute(connection)?
            }
            Self::Letters => {
                let same = mails::table.find(row).filter(mails::sealed.eq(former));
                update(same, mails::sealed.eq(sealed)).execute(connection)?
            }
            Self::RegistrationLinks => {
                let same = registration_links::table.filter(registration_links::secret_hash.eq(row));
                let same = same.filter(registration_links::sealed.eq(former));
                update(same, registration_links::sealed.eq(sealed)).execute(connection)?
            }
            Self::KeyedAnswers => {
                let same = idempotency_keys::table.find(row).filter(idempotency_keys::answer.eq(former));
                update(same, idempotency_keys::answer.eq(sealed)).execute(connection)?
            }
            Self::AcmeAccounts => {
                let same =
                    acme_accounts::table.find(row).filter(acme_accounts::sealed_credentials.eq(former));
                update(same, acme_accounts::sealed_credentials.eq(sealed)).execute(connection)?
            }
            Self::AcmeKeys => {
                let same =
                    acme_certificates::table.find(row).filter(acme_certificates::sealed_key.eq(former));
                update(same, acme_certificates::sealed_key.eq(sealed)).execute(connection)?
            }
            Self::DummyHashKey => {
                let same = installation_facts::table.find(row).filter(installation_facts::value.eq(former));
                update(same, installation_facts::value.eq(sealed)).execute(connection)?
            }
        };
        Ok(changed > 0)
    }

    /// Puts another mark in the place of that of a seal of the audit log.
    ///
    /// # Errors
    /// When it is not stored.
    pub fn replace_mark(connection: &mut Connection, number: i64, mark: &str) -> Result<(), DbError> {
        update(audit_seals::table.find(number), audit_seals::mark.eq(mark)).execute(connection)?;
        Ok(())
    }
}
