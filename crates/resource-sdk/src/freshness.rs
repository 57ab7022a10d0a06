//! How far a verifier's knowledge of revocations has to reach, and where that knowledge comes from.
//! What is revoked is known in `revocation` and `denylist`; here it is decided who is asked.

#[cfg(feature = "redis")]
use crate::denylist::Denylist;
#[cfg(feature = "feed")]
use crate::revocation::RevocationFeed;
use crate::{
    claims::AccessToken,
    error::{BuildError, VerifyError},
    keys::Keys,
};

/// How a verifier learns that a token was revoked before it expired. There is no default: the
/// site's developer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// It does not have to: a token is good until `exp`. What a feed that is attached knows of is
    /// refused all the same, however old that knowledge is.
    Offline,
    /// From the provider's revocation feed. When the last proof that nothing is missing is older
    /// than `within`, nothing is accepted ([`VerifyError::NotFresh`]). A heartbeat comes every
    /// second: two or three seconds leave room for one that is lost.
    #[cfg(feature = "feed")]
    Feed {
        /// How old the last proof may be: at least a second.
        within: std::time::Duration,
    },
    /// By asking the shared denylist on every request, which only a
    /// [`ResourceServer`](crate::ResourceServer) can.
    #[cfg(feature = "redis")]
    Redis,
}

/// The shortest `within` that a feed with a heartbeat every second can meet at all.
#[cfg(feature = "feed")]
const SHORTEST: std::time::Duration = std::time::Duration::from_secs(1);

/// Where it can be learnt of revocations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    #[cfg(feature = "feed")]
    pub(crate) feed: Option<RevocationFeed>,
    #[cfg(feature = "redis")]
    pub(crate) denylist: Option<Denylist>,
}

impl Sources {
    /// Judges a token that passed every other check, as far as that goes without a request to the provider.
    pub(crate) fn check(&self, token: &AccessToken, demand: &Freshness) -> Result<(), VerifyError> {
        match demand {
            Freshness::Offline => self.check_known(token),
            #[cfg(feature = "feed")]
            Freshness::Feed { within } => match &self.feed {
                Some(feed) => feed.check(token, Some(*within)),
                None => Err(VerifyError::NotFresh),
            },
            #[cfg(feature = "redis")]
            Freshness::Redis => self.check_known(token).and(Err(VerifyError::DenylistNotAsked)),
        }
    }

    /// What a feed knows of, however old that is.
    #[cfg_attr(not(feature = "feed"), expect(unused_variables, reason = "no feed"))]
    fn check_known(&self, token: &AccessToken) -> Result<(), VerifyError> {
        #[cfg(feature = "feed")]
        if let Some(feed) = &self.feed {
            return feed.check(token, None);
        }
        Ok(())
    }

    /// Whether what is demanded has a source.
    pub(crate) fn check_demand(&self, freshness: &Freshness) -> Result<(), BuildError> {
        match freshness {
            Freshness::Offline => Ok(()),
            #[cfg(feature = "feed")]
            Freshness::Feed { within } if *within < SHORTEST => Err(BuildError::Within(*within)),
            #[cfg(feature = "feed")]
            Freshness::Feed { .. } => self.feed.as_ref().map(|_| ()).ok_or(BuildError::NoFeed),
            #[cfg(feature = "redis")]
            Freshness::Redis => self.denylist.as_ref().map(|_| ()).ok_or(BuildError::NoDenylist),
        }
    }

    /// Whether the feed is that of these keys.
    #[cfg_attr(not(feature = "feed"), expect(unused_variables, reason = "no feed"))]
    pub(crate) fn check_keys(&self, keys: &Keys) -> Result<(), BuildError> {
        #[cfg(feature = "feed")]
        if self.feed.as_ref().is_some_and(|feed| !feed.is_of(keys)) {
            return Err(BuildError::ForeignFeed);
        }
        Ok(())
    }
}
