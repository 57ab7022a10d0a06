//! Whose guesses a sign-in attempt counts as: those of its address and of the account, or those of the person's own
//! browser when it is known to have signed in to that account before. Guesses at a second factor count against the person.

use crate::db::DbError;
use crate::http::request::{BrowserRequest, cookies};
use crate::random;
use crate::store::login_throttle::ThrottleBucket;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::throttle::{BucketPolicy, Throttled};
use idp_core::time::UnixTime;
use idp_core::user::{SignInName, User};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a browser stays known without a sign-in, in seconds.
const KNOWN_SECONDS: i64 = 365 * 24 * 60 * 60;

/// How the names of buckets of accounts begin.
const ACCOUNT: &str = "account:";

/// Codes that may be tried for one person. Three of the million count at a time, and 144 tries a day find one in the order of
/// twenty years. Without exception and whatever the configuration says: who tries codes knows the password already.
const SECOND_STEP: BucketPolicy = BucketPolicy { burst: 10, seconds_per_try: 10 * 60 };

/// A browser in which a person has signed in. Stateless: it proves a sign-in, and opens nothing.
#[derive(Serialize, Deserialize)]
pub struct KnownDevice {
    /// Tells this browser from another of the same person.
    id: Uuid,
    /// Whose it is.
    user: Uuid,
    /// When.
    since: UnixTime,
}

impl KnownDevice {
    /// The cookie's text for a browser in which the user of the form has just signed in.
    #[must_use]
    pub fn sealed(request: &BrowserRequest, user: &User) -> Option<String> {
        let known = Self::of(request).filter(|device| device.is_of(user));
        let id = known.map_or_else(|| random::new_id(request.now), |device| device.id);
        // Their password is the present one, also when it was set in this very second.
        let since = request.now.max(user.not_before.plus(1));
        let device = Self { id, user: user.id, since };
        request.app.seals().known_device.close(&device, "").ok()
    }

    fn of(request: &BrowserRequest) -> Option<Self> {
        let device: Self =
            request.app.seals().known_device.open(&cookies::known_device(&request.http)?, "")?;
        (request.now.seconds_since(device.since) < KNOWN_SECONDS).then_some(device)
    }

    /// A new password voids it: an attacker who knew the old one may have gathered many.
    fn is_of(&self, user: &User) -> bool {
        self.user == user.id && self.since > user.not_before
    }
}

/// An attempt at a password or a code, which every bucket that it counts in has let pass.
pub struct Attempt(Vec<ThrottleBucket>);

impl Attempt {
    /// Counts an attempt at a name, which is one of `user` if of anybody. A refusal is a value.
    ///
    /// # Errors
    /// When it is not stored; then no password may be looked at.
    pub async fn begin(
        request: &BrowserRequest,
        name: Option<&SignInName>,
        user: Option<&User>,
    ) -> Result<Result<Self, Throttled>, DbError> {
        let buckets = buckets(request, name, user);
        let taken = request.app.store.take_tries(buckets.clone(), request.now).await?;
        Ok(taken.map(|()| Self(buckets)))
    }

    /// Counts an attempt with a passkey, of `user` if of anybody: against the person's own browser or the address, and never
    /// against the account. A signature cannot be guessed, so whoever guesses at the password keeps nobody from their passkey.
    /// A refusal is a value.
    ///
    /// # Errors
    /// When it is not stored; then no answer may be looked at.
    pub async fn with_passkey(
        request: &BrowserRequest,
        user: Option<&User>,
    ) -> Result<Result<Self, Throttled>, DbError> {
        let own = |bucket: &ThrottleBucket| !bucket.key.starts_with(ACCOUNT);
        let buckets: Vec<_> = buckets(request, None, user).into_iter().filter(own).collect();
        let taken = request.app.store.take_tries(buckets.clone(), request.now).await?;
        Ok(taken.map(|()| Self(buckets)))
    }

    /// Counts an attempt at a second factor of `user`. A refusal is a value.
    ///
    /// # Errors
    /// When it is not stored; then no code may be looked at.
    pub async fn at_second_step(
        request: &BrowserRequest,
        user: Uuid,
    ) -> Result<Result<Self, Throttled>, DbError> {
        let key = format!("second:{}", bucket_name(request, &user.to_string()));
        let buckets = vec![ThrottleBucket { key, policy: SECOND_STEP }];
        let taken = request.app.store.take_tries(buckets.clone(), request.now).await?;
        Ok(taken.map(|()| Self(buckets)))
    }

    /// Counts it no more: the password was right, or was never looked at.
    ///
    /// # Errors
    /// When that is not stored; it then counts as a wrong one.
    pub async fn give_back(self, request: &BrowserRequest) -> Result<(), DbError> {
        request.app.store.give_back_tries(self.0).await
    }
}

/// The buckets of an attempt at a name, which is one of `user` if of anybody. All spellings of a name count in one bucket, and
/// all names of a person in theirs: nobody has as many guesses as a person has addresses.
///
/// A person's own browser counts in a bucket of its own and in no other: neither an attacker who guesses at their name
/// nor a neighbour behind the same address can keep them out. It takes a sign-in with the present password to have
/// such a browser, so its guesses tell no attacker anything new.
fn buckets(request: &BrowserRequest, name: Option<&SignInName>, user: Option<&User>) -> Vec<ThrottleBucket> {
    let throttle = &request.app.config.throttle;
    if !throttle.enabled {
        return Vec::new();
    }
    let device = KnownDevice::of(request).filter(|device| user.is_some_and(|user| device.is_of(user)));
    if let Some(device) = device {
        return vec![ThrottleBucket {
            key: format!("device:{}", device.id),
            policy: request.app.account_bucket(),
        }];
    }
    let address = (!request.address.is_in(&throttle.exempt)).then(|| {
        let key = format!("address:{}", bucket_name(request, &request.address.throttle_key()));
        ThrottleBucket { key, policy: request.app.address_bucket() }
    });
    let of_user = user.map(|user| format!("user {}", user.id));
    let of_account = of_user.or_else(|| name.map(|name| format!("name {}", name.as_str())));
    let account = of_account.map(|of| ThrottleBucket {
        key: format!("{ACCOUNT}{}", bucket_name(request, &of)),
        policy: request.app.account_bucket(),
    });
    address.into_iter().chain(account).collect()
}

/// Under a key: a password that was typed as a sign-in name could be guessed from a plain hash (A8).
fn bucket_name(request: &BrowserRequest, of: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&request.app.seals().throttle, of.as_bytes()))
}
