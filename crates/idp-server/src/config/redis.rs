//! The `[redis]` table: where hot state lives when several nodes share it. Unset, it lives in the database.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// Stands where a secret was.
const MASK: &str = "***";

/// The `[redis]` table. One server: `url`. A Sentinel group: `sentinels`, and the master's name as the host of `url`.
/// A Cluster: `cluster`.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
    pub url: Option<RedisUrl>,
    /// URLs of Sentinels, with their own passwords.
    pub sentinels: Vec<RedisUrl>,
    /// URLs of some servers of a Cluster.
    pub cluster: Vec<RedisUrl>,
}

/// The URL of one server as it was configured. It may carry a password, so `Debug` and `Display` leave that out.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedisUrl(String);

/// Which Redis there is.
#[derive(Clone, Eq, PartialEq)]
pub enum RedisPlace {
    /// One server.
    Single(Url),
    /// Whoever the Sentinels call the master of this name.
    Sentinel {
        /// The Sentinels.
        sentinels: Vec<Url>,
        /// The master's name as host, and what its servers want: TLS, user, password, database.
        master: Url,
    },
    /// A Cluster that begins at these servers.
    Cluster(Vec<Url>),
}

/// The table names no Redis that can be used. Never says the URL, which may hold a password.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum NoRedisPlace {
    /// Not a URL of ours.
    #[error("{0} must be redis://host:port or rediss://host:port")]
    Url(&'static str),
    /// Two places at once.
    #[error("redis.cluster stands alone: leave redis.url and redis.sentinels out")]
    Both,
    /// Nobody to ask for.
    #[error("redis.sentinels need redis.url with the name of the master as its host")]
    NoMaster,
}

impl RedisConfig {
    /// The Redis that is named, if any.
    ///
    /// # Errors
    /// [`NoRedisPlace`].
    pub fn place(&self) -> Result<Option<RedisPlace>, NoRedisPlace> {
        let url = self.url.as_ref().map(|url| url.parsed("redis.url")).transpose()?;
        let sentinels = parsed(&self.sentinels, "redis.sentinels")?;
        let cluster = parsed(&self.cluster, "redis.cluster")?;
        match (url, sentinels.is_empty(), cluster.is_empty()) {
            (None, true, true) => Ok(None),
            (Some(url), true, true) => Ok(Some(RedisPlace::Single(url))),
            (Some(master), false, true) => Ok(Some(RedisPlace::Sentinel { sentinels, master })),
            (None, false, true) => Err(NoRedisPlace::NoMaster),
            (None, true, false) => Ok(Some(RedisPlace::Cluster(cluster))),
            (_, _, false) => Err(NoRedisPlace::Both),
        }
    }
}

fn parsed(urls: &[RedisUrl], key: &'static str) -> Result<Vec<Url>, NoRedisPlace> {
    urls.iter().map(|url| url.parsed(key)).collect()
}

impl RedisUrl {
    fn parsed(&self, key: &'static str) -> Result<Url, NoRedisPlace> {
        let url = Url::parse(&self.0).map_err(|_| NoRedisPlace::Url(key))?;
        let fits = matches!(url.scheme(), "redis" | "rediss")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            && url.fragment().is_none();
        if fits { Ok(url) } else { Err(NoRedisPlace::Url(key)) }
    }
}

impl From<&str> for RedisUrl {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for RedisUrl {
    /// What stands before the host goes; of what is no URL, everything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_once("://") {
            Some((scheme, rest)) => match rest.rsplit_once('@') {
                Some((_, place)) => write!(f, "{scheme}://{MASK}@{place}"),
                None => f.write_str(&self.0),
            },
            None => f.write_str(MASK),
        }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl fmt::Debug for RedisPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Single(_) => "Single",
            Self::Sentinel { .. } => "Sentinel",
            Self::Cluster(_) => "Cluster",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(
        url: Option<&str>,
        sentinels: &[&str],
        cluster: &[&str],
    ) -> Result<Option<RedisPlace>, NoRedisPlace> {
        let all = |urls: &[&str]| urls.iter().copied().map(RedisUrl::from).collect();
        RedisConfig { url: url.map(RedisUrl::from), sentinels: all(sentinels), cluster: all(cluster) }.place()
    }

    #[test]
    fn one_server_a_sentinel_group_or_a_cluster() {
        assert_eq!(RedisConfig::default().place(), Ok(None));
        let (single, sentinel) = ("rediss://:p@r.internal:6379/1", ["redis://s1:26379", "redis://s2"]);
        assert!(matches!(place(Some(single), &[], &[]), Ok(Some(RedisPlace::Single(_)))));
        let Ok(Some(RedisPlace::Sentinel { sentinels, master })) =
            place(Some("redis://mymaster"), &sentinel, &[])
        else {
            panic!("no Sentinel group")
        };
        assert_eq!((sentinels.len(), master.host_str()), (2, Some("mymaster")));
        assert!(matches!(place(None, &[], &["redis://a", "redis://b"]), Ok(Some(RedisPlace::Cluster(_)))));
    }

    #[test]
    fn s111_anything_else_is_refused_and_no_password_is_told() {
        assert_eq!(place(None, &["redis://s1:26379"], &[]), Err(NoRedisPlace::NoMaster));
        assert_eq!(place(Some("redis://a"), &[], &["redis://b"]), Err(NoRedisPlace::Both));
        for url in ["http://:hush@host", "redis:host", "redis://", ":hush@host", "redis://:hush@h?x=1"] {
            let error = place(Some(url), &[], &[]);
            assert_eq!(error, Err(NoRedisPlace::Url("redis.url")), "{url}");
            assert!(!error.unwrap_err().to_string().contains("hush"));
            assert!(!format!("{:?}", RedisUrl::from(url)).contains("hush"), "{url}");
        }
        assert_eq!(RedisUrl::from("rediss://me:hu@sh@host:1/2").to_string(), "rediss://***@host:1/2");
    }
}
