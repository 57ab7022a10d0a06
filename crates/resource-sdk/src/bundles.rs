//! Claims that are lists of roles or groups, whether a token has the list itself or, where that would be too long, the name of a
//! permission bundle at the provider. A bundle is named by the hash of its content, so one that fits its name is right wherever
//! it comes from, and one that was fetched once is kept. RFC 8785 (its spelling), FIPS 180-4 (SHA-256).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::sync::Mutex as AsyncMutex;
use url::Url;

use crate::{
    claims::AccessToken,
    http::{self, FetchError},
    jwt::{self, json::Object},
};

/// What the name of a claim ends with that names a bundle.
const SUFFIX: &str = "_bundle";
/// Octets of a bundle: some ten thousand roles.
const MAX_BUNDLE: usize = 512 * 1024;
/// Bundles in memory. People with the same roles share one.
const MANY: usize = 256;
/// More claims than a token sensibly holds.
const MAX_CLAIMS: usize = 256;
/// The length of a SHA-256 in base64url.
const HASH_LENGTH: usize = 43;

/// Why the values of a claim cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValuesError {
    /// The token has neither the claim nor the name of a bundle with it: the provider does not map it for this client.
    #[error("the token has no claim {0:?}, and no bundle of it; map it at the provider")]
    NotMapped(String),
    /// The claim is no list of strings.
    #[error("the claim {0:?} is no list of strings")]
    Unfit(String),
    /// The bundle cannot be fetched at the moment.
    #[error("a permission bundle cannot be fetched: {0}")]
    Unavailable(FetchError),
    /// What the provider sent is not what the token names.
    #[error("the permission bundle that was sent is not the one that the token names")]
    WrongBundle,
}

impl ValuesError {
    /// Whether the same token may be answered in a moment.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::WrongBundle)
    }
}

/// The values of a claim.
type Values = Arc<[String]>;

/// The bundles that were fetched.
#[derive(Default)]
pub(crate) struct Bundles {
    client: OnceLock<reqwest::Client>,
    known: Mutex<HashMap<String, Values>>,
    /// One at a time: many requests of one person want the same.
    turn: AsyncMutex<()>,
}

impl Bundles {
    /// The values of a claim of `token`, which was verified. Fetches a bundle that is not known yet.
    pub(crate) async fn values(&self, token: &AccessToken, claim: &str) -> Result<Values, ValuesError> {
        let unfit = || ValuesError::Unfit(claim.to_owned());
        let hash = {
            let claims = Object::parse(token.json(), MAX_CLAIMS).map_err(|_| unfit())?;
            if let Some(list) = claims.get(claim) {
                let list = list.strings().ok_or_else(unfit)?;
                return Ok(list.into_iter().map(Into::into).collect());
            }
            let named = claims.get(&format!("{claim}{SUFFIX}"));
            let named = named.ok_or_else(|| ValuesError::NotMapped(claim.to_owned()))?;
            named.string().filter(|hash| is_hash(hash)).ok_or_else(unfit)?.into_owned()
        };
        if let Some(known) = self.known(&hash) {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        if let Some(known) = self.known(&hash) {
            return Ok(known);
        }
        let values = self.fetch(token.issuer(), &hash).await?;
        self.keep(hash, Arc::clone(&values));
        Ok(values)
    }

    fn known(&self, hash: &str) -> Option<Values> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn keep(&self, hash: String, values: Values) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MANY {
            // Those that are still in use come back with their next request.
            known.clear();
        }
        known.insert(hash, values);
    }

    async fn fetch(&self, issuer: &str, hash: &str) -> Result<Values, ValuesError> {
        let url = Url::parse(&format!("{}/bundles/{hash}", issuer.trim_end_matches('/')));
        let url = url.map_err(|_| ValuesError::Unavailable(FetchError::InsecureUrl))?;
        let client = match self.client.get() {
            Some(client) => client,
            None => {
                let client = http::client().map_err(|_| ValuesError::Unavailable(FetchError::Connection))?;
                self.client.get_or_init(|| client)
            }
        };
        let body = http::get("fetch permission bundle", client, &url, MAX_BUNDLE)
            .await
            .map_err(ValuesError::Unavailable)?;
        if jwt::decode(hash).as_deref() != Some(digest(&SHA256, &body).as_ref()) {
            return Err(ValuesError::WrongBundle);
        }
        let values: Vec<String> = serde_json::from_slice(&body).map_err(|_| ValuesError::WrongBundle)?;
        Ok(values.into())
    }
}

/// What becomes part of an address.
fn is_hash(text: &str) -> bool {
    text.len() == HASH_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
