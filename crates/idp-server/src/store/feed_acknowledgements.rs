//! Which instances of sites follow the feed, and up to which number of the revocation log each has confirmed that it
//! refuses what ended. Many are stored in one transaction, since a sign-out makes every instance confirm at once.

use super::Store;
use crate::db::{Connection, DbError, Locks, feed_acknowledgements, revocations};
use idp_core::client::ClientId;

/// One process of a site, by the name it gave itself.
#[derive(Clone, Eq, PartialEq, Hash, Debug)]
pub struct Instance {
    /// The site.
    pub client: ClientId,
    /// Its name.
    pub name: String,
}

/// An instance refuses everything up to a number.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Acknowledgement {
    /// Which instance.
    pub instance: Instance,
    /// Up to there.
    pub number: i64,
    /// When it said so, in milliseconds since 1970.
    pub received_ms: i64,
}

/// What one transaction stores. Times are seconds since 1970.
#[derive(Clone, Default, Debug)]
pub struct FollowerNews {
    /// Instances that listen.
    pub came: Vec<Instance>,
    /// Instances that left, with the time until which each was last said to be connected.
    pub left: Vec<(Instance, i64)>,
    /// What they confirmed.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Until when a listener is taken for connected.
    pub connected_until: i64,
    /// Until when an instance that left is still waited for.
    pub waited_for_until: i64,
}

impl Store {
    /// Stores news of the feed's followers. Answers the newest number of the log: a greater one confirms nothing.
    ///
    /// # Errors
    /// When they are not stored.
    pub async fn note_followers(&self, news: FollowerNews) -> Result<i64, DbError> {
        self.write(Locks::named("feed", ["acknowledgements"]), move |connection| note(connection, &news))
            .await
    }
}

fn note(connection: &mut Connection, news: &FollowerNews) -> Result<i64, DbError> {
    for instance in &news.came {
        let (client, name) = names(instance);
        feed_acknowledgements::listens(connection, client, name, news.connected_until)?;
    }
    for (instance, until) in &news.left {
        let (client, name) = names(instance);
        feed_acknowledgements::left(connection, client, name, *until, news.waited_for_until)?;
    }
    let newest = revocations::newest(connection)?;
    for said in news.acknowledgements.iter().filter(|said| said.number <= newest) {
        let (client, name) = names(&said.instance);
        let (number, at) = (said.number, said.received_ms);
        feed_acknowledgements::confirm(connection, client, name, number, at, news.connected_until)?;
    }
    Ok(newest)
}

fn names(instance: &Instance) -> (&str, &str) {
    (instance.client.as_str(), &instance.name)
}
