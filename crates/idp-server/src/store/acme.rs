//! Certificates that the provider orders by itself: the account at the authority, what it is to find while it looks, and the order,
//! which one node at a time has in hand. Every node reads the certificate from here. What is ordered, and when, is `acme`'s.

use super::Store;
use super::master_key::SealingKey;
use crate::db::acme_certificates::{self as certificates, OrderState, StoredCertificate};
use crate::db::{DbError, Locks, acme_accounts, acme_challenges};
use idp_core::time::UnixTime;
use uuid::Uuid;

/// How long a node has an order to itself, in seconds: longer than an order takes. Two nodes that order at once, since one was slower or
/// its clock is another, would each get a certificate, and the later one is kept.
const LEASE: i64 = 6 * 60;

fn lock() -> Locks {
    Locks::named("acme", [""])
}

impl Store {
    /// The sealed credentials of the account at this directory.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn acme_account(&self, directory_url: String) -> Result<Option<String>, DbError> {
        self.read(move |connection| acme_accounts::find(connection, &directory_url)).await
    }

    /// Stores the credentials of an account.
    ///
    /// # Errors
    /// When they are not stored.
    pub async fn keep_acme_account(
        &self,
        directory_url: String,
        sealed: String,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let seals = self.seals()?;
        self.write(lock(), move |connection| {
            let key = SealingKey::now(connection)?;
            let sealed = key.rest_sealed(&seals.acme_account, &sealed, &directory_url)?;
            acme_accounts::put(connection, &directory_url, &sealed, now)
        })
        .await
    }

    /// What the authority is to find under a token.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn acme_challenge(&self, token: String, now: UnixTime) -> Result<Option<String>, DbError> {
        self.read(move |connection| acme_challenges::find(connection, &token, now)).await
    }

    /// Has every node answer a challenge, for as long as an order may take.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn answer_acme_challenge(
        &self,
        token: String,
        key_authorization: String,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let until = now.plus(LEASE);
        self.write(lock(), move |connection| {
            acme_challenges::put(connection, &token, &key_authorization, until)
        })
        .await
    }

    /// How an order stands; `None` before the first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn acme_order(&self, id: String) -> Result<Option<OrderState>, DbError> {
        self.read(move |connection| certificates::state(connection, &id)).await
    }

    /// Every certificate there is, the one that ends last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn acme_certificates(&self) -> Result<Vec<StoredCertificate>, DbError> {
        self.read(certificates::all).await
    }

    /// Gives an order that is due to this node, unless another one has it.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn claim_acme_order(&self, id: String, node: Uuid, now: UnixTime) -> Result<bool, DbError> {
        let node = node.to_string();
        self.write(lock(), move |connection| {
            certificates::claim(connection, &id, &node, now, now.plus(LEASE))
        })
        .await
    }

    /// Stores what was issued, and when it is to be renewed and asked about.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn keep_acme_certificate(
        &self,
        certificate: StoredCertificate,
        plan: (UnixTime, UnixTime),
        now: UnixTime,
    ) -> Result<(), DbError> {
        let seals = self.seals()?;
        self.write(lock(), move |connection| {
            let key = SealingKey::now(connection)?;
            let sealed_key =
                key.rest_sealed(&seals.certificate_key, &certificate.sealed_key, &certificate.id)?;
            let certificate = StoredCertificate { sealed_key, ..certificate.clone() };
            certificates::issued(connection, &certificate, plan, now)
        })
        .await
    }

    /// Notes when a certificate is to be renewed and asked about.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn plan_acme_renewal(
        &self,
        id: String,
        plan: (UnixTime, UnixTime),
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.write(lock(), move |connection| certificates::planned(connection, &id, plan, now)).await
    }

    /// Notes why an order failed, and when it is tried again.
    ///
    /// # Errors
    /// When it is not stored; the order is tried again once the lease is over.
    pub async fn acme_order_failed(
        &self,
        id: String,
        error: String,
        try_at: UnixTime,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.write(lock(), move |connection| certificates::failed(connection, &id, &error, try_at, now)).await
    }

    /// Has a failed order tried at once.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn hurry_acme_order(&self, id: String, now: UnixTime) -> Result<(), DbError> {
        self.write(lock(), move |connection| certificates::hurry(connection, &id, now)).await
    }
}
