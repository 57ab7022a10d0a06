//! One order, from the names to the certificate. What is between its beginning and its end, that every node can answer the
//! challenges, is the caller's to see to.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Error, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::{Acme, NotIssued, identifier};

/// How long the authority may take to look for the answers, and then to issue.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(250))
    .backoff(1.5)
    .timeout(Duration::from_secs(120));

/// What the authority is to find at `/.well-known/acme-challenge/<token>` (RFC 8555 8.3).
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Answer {
    /// The end of the path.
    pub token: String,
    /// What stands there.
    pub key_authorization: String,
}

/// An order whose challenges are not answered yet.
pub struct OpenOrder {
    order: Order,
    /// The answers; none where the authority remembers each name from before.
    pub answers: Vec<Answer>,
}

/// What was issued.
pub struct Issued {
    /// The certificate with the chain above it, in PEM.
    pub chain: String,
    /// Its private key (PKCS #8), in PEM.
    pub key: Zeroizing<String>,
}

impl Acme {
    /// Begins an order. `replaces` is the certificate that it renews, for an authority that gives such orders precedence (RFC 9773 5).
    ///
    /// # Errors
    /// When the authority does not answer or refuses; it has looked at nothing yet.
    pub async fn begin(
        &self,
        account: &Account,
        replaces: Option<&CertificateDer<'_>>,
    ) -> Result<OpenOrder, NotIssued> {
        let names: Vec<Identifier> = self.domains().map(|name| Identifier::Dns(name.to_owned())).collect();
        let replaced = replaces.and_then(identifier);
        let begun = match replaced {
            Some(replaced) => match self.new_order(account, NewOrder::new(&names).replaces(replaced)).await {
                Err(error) if error.may_be_of_the_replaced() => {
                    self.new_order(account, NewOrder::new(&names)).await
                }
                begun => begun,
            },
            None => self.new_order(account, NewOrder::new(&names)).await,
        };
        let mut order = begun?;
        let answers = answers(&mut order).await.map_err(|error| self.failed(error))?;
        Ok(OpenOrder { order, answers })
    }

    async fn new_order(&self, account: &Account, order: NewOrder<'_>) -> Result<Order, NotIssued> {
        account.new_order(&order).await.map_err(|error| self.failed(error))
    }

    /// Lets the authority look for the answers, and takes what it issues.
    ///
    /// # Errors
    /// When an answer was not found, or nothing was issued.
    pub async fn finish(&self, open: OpenOrder) -> Result<Issued, NotIssued> {
        let mut order = open.order;
        match issued(&mut order).await {
            Ok(Some(issued)) => Ok(issued),
            Ok(None) => Err(self.refused(&mut order).await),
            Err(error) => Err(NotIssued::new(error, true, self.client.take_wait())),
        }
    }

    /// Why an order became invalid: what is said of its challenges.
    async fn refused(&self, order: &mut Order) -> NotIssued {
        let unknown = || NotIssued::because("the certificate authority refused the order", true);
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            let Ok(state) = authorization.refresh().await else { return unknown() };
            if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
                return NotIssued::of_problem(problem, true, None);
            }
        }
        unknown()
    }
}

async fn answers(order: &mut Order) -> Result<Vec<Answer>, Error> {
    let mut answers = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let challenge = authorization.challenge(ChallengeType::Http01);
        let challenge = challenge.ok_or(Error::Str("a challenge of the kind http-01"))?;
        let key_authorization = challenge.key_authorization().as_str().to_owned();
        answers.push(Answer { token: challenge.token.clone(), key_authorization });
    }
    Ok(answers)
}

/// `None` where the order became invalid.
async fn issued(order: &mut Order) -> Result<Option<Issued>, Error> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Pending
            && let Some(mut challenge) = authorization.challenge(ChallengeType::Http01)
        {
            challenge.set_ready().await?;
        }
    }
    if order.poll_ready(&PATIENCE).await? != OrderStatus::Ready {
        return Ok(None);
    }
    let key = Zeroizing::new(order.finalize().await?);
    let chain = order.poll_certificate(&PATIENCE).await?;
    Ok(Some(Issued { chain, key }))
}
