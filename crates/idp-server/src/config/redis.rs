//! The `[redis]` table: the Redis in which several nodes share their ephemeral state. Unset, that state lives in the
//! database. Connecting is the work of `store::ephemeral`.

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

/// How the Redis is deployed.
#[derive(Clone, Eq, PartialEq)]
pub enum RedisTopology {
    /// One server.
    Standalone(Url),
    /// The server that the Sentinels call the master of this name.
    Sentinel {
        /// The Sentinels.
        sentinels: Vec<Url>,
        /// The master's name as host, and what its servers want: TLS, user, password, database.
        master: Url,
    },
    /// A Cluster that begins at these servers.
    Cluster(Vec<Url>),
}

/// The table names no Redis that can be used. The message never repeats the URL, which may hold a password.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum RedisConfigError {
    /// Not a URL of ours.
    #[error("{0} must be redis://host:port or rediss://host:port")]
    Url(&'static str),
    /// A Cluster beside a server or a Sentinel group.
    #[error("redis.cluster stands alone: leave redis.url and redis.sentinels out")]
    Both,
    /// Sentinels without the name of the master to ask them for.
    #[error("redis.sentinels need redis.url with the name of the master as its host")]
    NoMaster,
}

impl RedisConfig {
    /// The deployment that the table describes; `None` when there is no Redis.
    ///
    /// # Errors
    /// A malformed URL, or keys of two deployments at once.
    pub fn topology(&self) -> Result<Option<RedisTopology>, RedisConfigError> {
        let url = self.url.as_ref().map(|url| url.parsed("redis.url")).transpose()?;
        let sentinels = parsed(&self.sentinels, "redis.sentinels")?;
        let cluster = parsed(&self.cluster, "redis.cluster")?;
        match (url, sentinels.is_empty(), cluster.is_empty()) {
            (None, true, true) => Ok(None),
            (Some(url), true, true) => Ok(Some(RedisTopology::Standalone(url))),
            (Some(master), false, true) => Ok(Some(RedisTopology::Sentinel { sentinels, master })),
            (None, false, true) => Err(RedisConfigError::NoMaster),
            (None, true, false) => Ok(Some(RedisTopology::Cluster(cluster))),
            (_, _, false) => Err(RedisConfigError::Both),
        }
    }
}

fn parsed(urls: &[RedisUrl], key: &'static str) -> Result<Vec<Url>, RedisConfigError> {
    urls.iter().map(|url| url.parsed(key)).collect()
}

impl RedisUrl {
    fn parsed(&self, key: &'static str) -> Result<Url, RedisConfigError> {
        let url = Url::parse(&self.0).map_err(|_| RedisConfigError::Url(key))?;
        let fits = matches!(url.scheme(), "redis" | "rediss")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            && url.fragment().is_none();
        if fits { Ok(url) } else { Err(RedisConfigError::Url(key)) }
    }
}

impl From<&str> for RedisUrl {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for RedisUrl {
    /// Without user and password; a text that is no URL is masked whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_once("://") {
            Some((scheme, rest)) => match rest.rsplit_once('@') {
                Some((_, host)) => write!(f, "{scheme}://{MASK}@{host}"),
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

impl fmt::Debug for RedisTopology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standalone(_) => "Standalone",
            Self::Sentinel { .. } => "Sentinel",
            Self::Cluster(_) => "Cluster",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(
        url: Option<&str>,
        sentinels: &[&str],
        cluster: &[&str],
    ) -> Result<Option<RedisTopology>, RedisConfigError> {
        let all = |urls: &[&str]| urls.iter().copied().map(RedisUrl::from).collect();
        RedisConfig { url: url.map(RedisUrl::from), sentinels: all(sentinels), cluster: all(cluster) }
            .topology()
    }

    #[test]
    fn one_server_a_sentinel_group_or_a_cluster() {
        assert_eq!(RedisConfig::default().topology(), Ok(None));
        let (single, sentinel) = ("rediss://:p@r.internal:6379/1", ["redis://s1:26379", "redis://s2"]);
        assert!(matches!(topology(Some(single), &[], &[]), Ok(Some(RedisTopology::Standalone(_)))));
        let Ok(Some(RedisTopology::Sentinel { sentinels, master })) =
            topology(Some("redis://mymaster"), &sentinel, &[])
        else {
            panic!("no Sentinel group")
        };
        assert_eq!((sentinels.len(), master.host_str()), (2, Some("mymaster")));
        assert!(matches!(
            topology(None, &[], &["redis://a", "redis://b"]),
            Ok(Some(RedisTopology::Cluster(_)))
        ));
    }

    #[test]
    fn s111_anything_else_is_refused_and_no_password_is_told() {
        assert_eq!(topology(None, &["redis://s1:26379"], &[]), Err(RedisConfigError::NoMaster));
        assert_eq!(topology(Some("redis://a"), &[], &["redis://b"]), Err(RedisConfigError::Both));
        for url in ["http://:hush@host", "redis:host", "redis://", ":hush@host", "redis://:hush@h?x=1"] {
            let error = topology(Some(url), &[], &[]);
            assert_eq!(error, Err(RedisConfigError::Url("redis.url")), "{url}");
            assert!(!error.unwrap_err().to_string().contains("hush"));
            assert!(!format!("{:?}", RedisUrl::from(url)).contains("hush"), "{url}");
        }
        assert_eq!(RedisUrl::from("rediss://me:hu@sh@host:1/2").to_string(), "rediss://***@host:1/2");
    }
}
