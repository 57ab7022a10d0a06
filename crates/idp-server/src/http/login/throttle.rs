//! Whose guesses a sign-in attempt counts as: those of its address and of the account, or those of the person's own
//! browser when it is known to have signed in to that account before. Guesses at a second factor count against the person,
//! or against such a browser that has proven one. Behind an address that has no try left, work buys one (`work`); at an
//! account that has none left, nothing does.

use super::work::{self, SolvedPuzzle};
use crate::app::App;
use crate::db::DbError;
use crate::hash_pool::WorkOf;
use crate::http::request::{BrowserRequest, cookies};
use crate::random;
use crate::store::login_throttle::ThrottleBucket;
use crate::store::sessions::SignedIn;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::mail_address::MailAddress;
use idp_core::throttle::{BucketPolicy, Throttled};
use idp_core::time::UnixTime;
use idp_core::user::{SignInName, User};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a browser stays known without a sign-in, in seconds.
const KNOWN_SECONDS: i64 = 365 * 24 * 60 * 60;

/// How the names of buckets of accounts begin.
const ACCOUNT: &str = "account:";

/// Codes that may be tried for one person. Without exception and whatever the configuration says: an attacker who tries codes
/// knows the password already.
///
/// What this bounds: of each app three of the million codes count at a time, so a try finds one of an account with `n` apps with
/// probability 3n in a million. After the burst there are 48 tries a day. That takes 19 years on average for one app, and 4
/// years for [`crate::store::methods::MOST_APPS`] of them; within the first year it succeeds with 5 % and 23 %. The person has
/// been told by letter after the fifth try ([`WRONG_CODES`]), and a new password ends it. A recovery code has 50 bits: counted in
/// the same bucket, it adds nothing.
const SECOND_STEP: BucketPolicy = BucketPolicy { burst: 10, seconds_per_try: 30 * 60 };

/// The same in a session that is open already, which a sign-in with less began: a bucket of its own, for the holder of the
/// session's cookie may not know the password, and must not use up the codes of those who prove it. 24 tries a day; an attacker
/// with both the cookie and the password has 72, which finds a code of one app in 13 years on average.
const SECOND_STEP_IN_SESSION: BucketPolicy = BucketPolicy { burst: 10, seconds_per_try: 60 * 60 };

/// What an IPv6 /48 bears of what one of the /64 in it does: a customer may have all of it, and a small provider as well.
const WIDE: u32 = 10;
/// Letters that people have sent to an address, and by one account.
pub const LETTERS: BucketPolicy = BucketPolicy { burst: 5, seconds_per_try: 10 * 60 };

/// Wrong codes in a row of which a person is not told yet: it is the fifth within an hour that they learn of.
const WRONG_CODES: BucketPolicy = BucketPolicy { burst: 4, seconds_per_try: 15 * 60 };

/// A browser in which a person has signed in. Stateless: it proves a sign-in, and opens nothing.
#[derive(Serialize, Deserialize)]
pub struct KnownDevice {
    /// Tells this browser from another of the same person.
    id: Uuid,
    /// Whose it is.
    user: Uuid,
    /// When.
    since: UnixTime,
    /// Whether it took a second factor.
    two_factors: bool,
}

impl KnownDevice {
    /// The cookie's text for a browser in which a person has just signed in.
    #[must_use]
    pub fn sealed(request: &BrowserRequest, signed_in: &SignedIn) -> Option<String> {
        let user = &signed_in.user;
        let known = Self::of(request).filter(|device| device.is_of(user));
        let id = known.map_or_else(|| random::new_id(request.now), |device| device.id);
        let since = user.browser_known_from(request.now);
        let two_factors = signed_in.session.proofs.has_two_factors();
        let device = Self { id, user: user.id, since, two_factors };
        request.app.seals().known_device.close(&device, "").ok()
    }

    /// The same for the browser of a person who has just had their others forgotten, if it counted for theirs itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn kept(request: &BrowserRequest, user: &User) -> Result<Option<String>, DbError> {
        let Some(known) = Self::of(request).filter(|device| device.is_of(user)) else {
            return Ok(None);
        };
        let newest = request.app.store.second_factors(user.id).await?.newest();
        let two_factors = known.has_proven_second_factor_of(user, newest);
        let kept = Self { since: request.now.plus(1), two_factors, ..known };
        Ok(request.app.seals().known_device.close(&kept, "").ok())
    }

    fn of(request: &BrowserRequest) -> Option<Self> {
        let device: Self =
            request.app.seals().known_device.open(&cookies::known_device(&request.http)?, "")?;
        (request.now.seconds_since(device.since) < KNOWN_SECONDS).then_some(device)
    }

    fn is_of(&self, user: &User) -> bool {
        self.user == user.id && user.knows_browser_since(self.since)
    }

    /// Whether a second factor that the person has today was proven in it, the newest of which they added at `newest`: a browser
    /// that knew the password alone may be an attacker's.
    fn has_proven_second_factor_of(&self, user: &User, newest: Option<UnixTime>) -> bool {
        self.is_of(user) && self.two_factors && newest.is_some_and(|newest| self.since > newest)
    }
}

/// A code is about to be tried.
pub struct SecondStepAttempt<'a> {
    /// Whose.
    pub user: &'a User,
    /// When they added the newest of their factors.
    pub newest: Option<UnixTime>,
    /// Whether it is a further proof in a session that is open, and no password was proven for it.
    pub in_session: bool,
}

/// An attempt at a password or a code, which every bucket that it counts in has let pass.
pub struct Attempt(Vec<ThrottleBucket>);

/// An attempt that is not made.
pub struct Refused {
    /// Seconds until one is.
    pub retry_after: i64,
    /// What a puzzle costs that lets one through before that, where one does.
    pub work_bits: Option<u8>,
}

impl From<Throttled> for Refused {
    fn from(throttled: Throttled) -> Self {
        Self { retry_after: throttled.retry_after, work_bits: None }
    }
}

impl Attempt {
    /// Counts an attempt at a name: one of `user`, or `None` if nobody has it. A refusal is a value. A puzzle is spent only where
    /// the attempt is refused without it.
    ///
    /// # Errors
    /// When it is not stored; then no password may be looked at.
    pub async fn begin(
        request: &BrowserRequest,
        name: Option<&SignInName>,
        user: Option<&User>,
        solved: Option<&SolvedPuzzle>,
    ) -> Result<Result<Self, Refused>, DbError> {
        let counted = Counted::of(request, name, user);
        let buckets = counted.plainly();
        let taken = request.app.store.take_tries(buckets.clone(), request.now).await?;
        let Err(throttled) = taken else {
            return Ok(Ok(Self(buckets)));
        };
        counted.by_work(request, throttled, solved).await
    }

    /// Counts an attempt with a passkey, of `user` if it is known: against the person's own browser or the address, and never
    /// against the account. A signature cannot be guessed, so guesses at the password keep no one from their passkey.
    /// A refusal is a value.
    ///
    /// # Errors
    /// When it is not stored; then no answer may be looked at.
    pub async fn with_passkey(
        request: &BrowserRequest,
        user: Option<&User>,
    ) -> Result<Result<Self, Throttled>, DbError> {
        let buckets = Counted::of(request, None, user).without_account();
        let taken = request.app.store.take_tries(buckets.clone(), request.now).await?;
        Ok(taken.map(|()| Self(buckets)))
    }

    /// Counts an attempt at a second factor. A refusal is a value.
    ///
    /// A browser in which the person has proven one before counts in a bucket of its own: an attacker who learned the password
    /// cannot keep them out of it by trying codes. So do codes that are typed in an open session: the holder of its cookie cannot
    /// keep out the person who proves the password.
    ///
    /// # Errors
    /// When it is not stored; then no code may be looked at.
    pub async fn at_second_step(
        request: &BrowserRequest,
        at: SecondStepAttempt<'_>,
    ) -> Result<Result<Self, Throttled>, DbError> {
        let device = KnownDevice::of(request);
        let device = device.filter(|device| device.has_proven_second_factor_of(at.user, at.newest));
        let of = match device {
            Some(device) => format!("device:{}", device.id),
            None => bucket_name(request, &at.user.id.to_string()),
        };
        let bucket = match at.in_session {
            true => ThrottleBucket { key: format!("second in session:{of}"), policy: SECOND_STEP_IN_SESSION },
            false => ThrottleBucket { key: format!("second:{of}"), policy: SECOND_STEP },
        };
        let buckets = vec![bucket];
        let taken = request.app.store.take_tries(buckets.clone(), request.now).await?;
        Ok(taken.map(|()| Self(buckets)))
    }

    /// One that counts nowhere: 256 bits cannot be guessed.
    #[must_use]
    pub const fn uncounted() -> Self {
        Self(Vec::new())
    }

    /// The same, counted in another bucket as well. Where that refuses, it counts in none.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn and_in(
        self,
        request: &BrowserRequest,
        bucket: ThrottleBucket,
    ) -> Result<Result<Self, Throttled>, DbError> {
        match request.app.store.take_tries(vec![bucket.clone()], request.now).await? {
            Ok(()) => Ok(Ok(Self(self.0.into_iter().chain([bucket]).collect()))),
            Err(throttled) => self.give_back(request).await.map(|()| Err(throttled)),
        }
    }

    /// Counts it no more: the password was right, or was never looked at.
    ///
    /// # Errors
    /// When that is not stored; it then counts as a wrong one.
    pub async fn give_back(self, request: &BrowserRequest) -> Result<(), DbError> {
        request.app.store.give_back_tries(self.0).await
    }
}

/// How many wrong codes in a row `user` is not told of yet, over all browsers in which they are typed.
#[must_use]
pub fn wrong_codes(request: &BrowserRequest, user: &User) -> ThrottleBucket {
    let key = format!("wrong codes:{}", bucket_name(request, &user.id.to_string()));
    ThrottleBucket { key, policy: WRONG_CODES }
}

/// The buckets of an attempt at a name.
#[derive(Default)]
struct Counted {
    /// That of the address that it comes from, and then that of the wider network around it.
    sources: Vec<ThrottleBucket>,
    /// That of the person's own browser, or else of the account.
    account: Option<ThrottleBucket>,
}

impl Counted {
    /// Those of an attempt at a name: one of `user`, or `None` if nobody has it. All spellings of a name count in one bucket,
    /// and all names of a person in theirs: more addresses of a person give an attacker no more guesses.
    ///
    /// A person's own browser counts in a bucket of its own and in no other: neither an attacker who guesses at their name
    /// nor a neighbour behind the same address can keep them out. It takes a sign-in with the present password to have
    /// such a browser, so its guesses tell no attacker anything new.
    fn of(request: &BrowserRequest, name: Option<&SignInName>, user: Option<&User>) -> Self {
        let throttle = &request.app.config.throttle;
        if !throttle.enabled {
            return Self::default();
        }
        let device = known_device(request, user);
        let policy = request.app.account_bucket();
        if let Some(device) = device {
            let own = ThrottleBucket { key: format!("device:{}", device.id), policy };
            return Self { sources: Vec::new(), account: Some(own) };
        }
        let of_user = user.map(|user| format!("user {}", user.id));
        let of_account = of_user.or_else(|| name.map(|name| format!("name {}", name.as_str())));
        let account = of_account
            .map(|of| ThrottleBucket { key: format!("{ACCOUNT}{}", bucket_name(request, &of)), policy });
        Self { sources: of_address(request).into_iter().chain(of_network(request)).collect(), account }
    }

    fn plainly(&self) -> Vec<ThrottleBucket> {
        self.sources.iter().chain(&self.account).cloned().collect()
    }

    /// Those of an attempt that no guess can be: the person's own browser counts, their account does not.
    fn without_account(self) -> Vec<ThrottleBucket> {
        let own = self.account.filter(|bucket| !bucket.key.starts_with(ACCOUNT));
        self.sources.into_iter().chain(own).collect()
    }

    /// What becomes of an attempt that was refused as it came: work stands for the wait behind the address, up to a bucket
    /// of its own. The account bears no guess more for it, since an attacker computes faster than any browser.
    async fn by_work(
        self,
        request: &BrowserRequest,
        throttled: Throttled,
        solved: Option<&SolvedPuzzle>,
    ) -> Result<Result<Attempt, Refused>, DbError> {
        let (store, now) = (&request.app.store, request.now);
        let (Some(policy), Some(address)) = (work::policy(request), self.sources.first()) else {
            return Ok(Err(throttled.into()));
        };
        let policies = [request.app.proven_address_bucket(), wide(request.app.proven_address_bucket())];
        let proven = self.sources.iter().zip(policies);
        let proven =
            proven.map(|(source, policy)| ThrottleBucket { key: format!("proven {}", source.key), policy });
        let counted: Vec<ThrottleBucket> = proven.chain(self.account).collect();
        let standing = store.look_at_buckets(counted.clone()).await?;
        let costs = counted
            .iter()
            .zip(&standing)
            .map(|(counted, bucket)| policy.bits(bucket.used(counted.policy, now), counted.policy.burst));
        let bits = costs.max().unwrap_or(policy.least_bits);
        if let Some(solved) = solved.filter(|solved| solved.is_enough(address, bits)) {
            let with_puzzle = std::iter::once(solved.worth()).chain(counted.iter().cloned()).collect();
            if store.take_tries(with_puzzle, now).await?.is_ok() {
                return Ok(Ok(Attempt(counted)));
            }
        }
        let has_try =
            counted.iter().zip(&standing).all(|(counted, bucket)| bucket.wait(counted.policy, now) == 0);
        Ok(Err(Refused { retry_after: throttled.retry_after, work_bits: has_try.then_some(bits) }))
    }
}

/// The person's own browser, if this is one.
fn known_device(request: &BrowserRequest, user: Option<&User>) -> Option<KnownDevice> {
    KnownDevice::of(request).filter(|device| user.is_some_and(|user| device.is_of(user)))
}

/// Whose work it is to hash what is typed for this name, or by this person: that of their own browsers together, and else
/// of the strangers who try the account, from this address. An exempt network is many people by the operator's word.
#[must_use]
pub fn work_of(request: &BrowserRequest, name: Option<&SignInName>, user: Option<&User>) -> WorkOf {
    let is_known = known_device(request, user).is_some();
    let trust = if is_known { "known" } else { "stranger" };
    let source = (!is_exempt(request)).then(|| format!("{trust} {}", request.address.network_key()));
    let of_user = user.map(|user| format!("{trust} user {}", user.id));
    match of_user.or_else(|| name.map(|name| format!("name {}", name.as_str()))) {
        Some(person) => WorkOf::person(person, source),
        None => WorkOf::source(source),
    }
}

fn is_exempt(request: &BrowserRequest) -> bool {
    request.address.is_in(&request.app.config.throttle.exempt)
}

const fn wide(policy: BucketPolicy) -> BucketPolicy {
    let seconds_per_try = match policy.seconds_per_try / WIDE {
        0 => 1,
        seconds => seconds,
    };
    BucketPolicy { burst: policy.burst.saturating_mul(WIDE), seconds_per_try }
}

/// The bucket of the wider network that a request comes from, where there is one and it is not exempt.
fn of_network(request: &BrowserRequest) -> Option<ThrottleBucket> {
    let network = request.address.wide_throttle_key().filter(|_| !is_exempt(request))?;
    let key = format!("network:{}", bucket_name(request, &network));
    Some(ThrottleBucket { key, policy: wide(request.app.address_bucket()) })
}

/// The bucket of the address that a request comes from, unless its network is exempt.
#[must_use]
pub fn of_address(request: &BrowserRequest) -> Option<ThrottleBucket> {
    (!is_exempt(request)).then(|| {
        let key = format!("address:{}", bucket_name(request, &request.address.throttle_key()));
        ThrottleBucket { key, policy: request.app.address_bucket() }
    })
}

fn bucket_name(request: &BrowserRequest, of: &str) -> String {
    hidden(&request.app, of)
}

/// Under a key: a password that was typed as a sign-in name could be guessed from a plain hash (A8).
fn hidden(app: &App, of: &str) -> String {
    URL_SAFE_NO_PAD.encode(app.seals().throttle.sign(of.as_bytes()))
}

/// What letters that a stranger asks for count in, of this kind, by where the request comes from: nothing in an exempt network.
#[must_use]
pub fn letter_sources(request: &BrowserRequest, kind: &str, policy: BucketPolicy) -> Vec<ThrottleBucket> {
    if is_exempt(request) {
        return Vec::new();
    }
    let (app, address) = (&request.app, request.address);
    let network = address.wide_throttle_key().map(|network| letter_bucket(app, kind, &network, wide(policy)));
    std::iter::once(letter_bucket(app, kind, &address.throttle_key(), policy)).chain(network).collect()
}

/// What letters that a stranger asks for count in, of this kind and for `of`: a person, a name, an address of the network or of
/// mail.
#[must_use]
pub fn letter_bucket(app: &App, kind: &str, of: &str, policy: BucketPolicy) -> ThrottleBucket {
    ThrottleBucket { key: format!("{kind}:{}", hidden(app, of)), policy }
}

/// Letters to one address that is not known to be a person's, from all the pages that send one: a stranger who types it can have
/// one sent there.
#[must_use]
pub fn letters_to(app: &App, address: &MailAddress) -> ThrottleBucket {
    letter_bucket(app, "letters-to", address.canonical(), LETTERS)
}
