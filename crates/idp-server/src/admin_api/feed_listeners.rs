//! Who follows the revocation feed, and how far each has come.

use super::page::plain;
use super::{Answered, Input, List, Method, NoBody, NoPath, Operation, PageQuery, Problem, Timestamp};
use crate::db::feed_acknowledgements::FeedAcknowledgement;
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A process of a site.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FeedListener {
    /// The client.
    pub client: String,
    /// The process, by the name that it gave itself.
    pub instance: String,
    /// Whether it is taken for connected; the others are forgotten a day after they left.
    pub connected: bool,
    /// It refuses everything up to this number of the revocation log.
    pub acknowledged: i64,
    /// The entries of the log that it has not confirmed.
    pub lag: i64,
    /// When it confirmed the last.
    pub acknowledged_at: Option<Timestamp>,
}

impl FeedListener {
    fn of(row: FeedAcknowledgement, newest: i64, now: UnixTime) -> Self {
        let at = UnixTime(row.received_ms.div_euclid(1000));
        Self {
            client: row.client_id,
            instance: row.instance,
            connected: row.connected_until > now.as_secs(),
            acknowledged: row.number,
            lag: newest.saturating_sub(row.number).max(0),
            acknowledged_at: (row.received_ms > 0).then(|| at.into()),
        }
    }
}

/// Which listeners.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedListenerQuery {
    /// How many rows; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    #[param(max_length = 1024)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Those of this client alone.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9._~-]{1,64}$")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
}

/// Lists the listeners.
pub struct ListFeedListeners;

impl Operation for ListFeedListeners {
    const ID: &'static str = "listFeedListeners";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/feed-listeners";
    const TAG: &'static str = "Deliveries";
    const SUMMARY: &'static str = "Lists the processes of sites that follow the revocation feed, by client and name, and how far each has come";
    const NEEDS: &'static [Permission] = &[Permission::ReadDeliveries];
    type Path = NoPath;
    type Query = FeedListenerQuery;
    type Body = NoBody;
    type Answer = List<FeedListener>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<List<FeedListener>>, Problem> {
        let FeedListenerQuery { limit, after, client } = input.query;
        let limit = PageQuery { limit, after: None }.limit()?;
        let after = after.map(place).transpose()?;
        let (found, newest) = by.feed_listeners(client, after, i64::from(limit) + 1).await?;
        let items = found.into_iter().map(|row| FeedListener::of(row, newest, now)).collect();
        let key = |last: &FeedListener| format!("{}:{}", last.client, last.instance);
        Ok(Answered::new(List::of(items, limit, key)))
    }
}

/// The client of the last row of a page, and its instance.
fn place(after: String) -> Result<(String, String), Problem> {
    let after = plain("after", after)?;
    let place = after.split_once(':').map(|(client, instance)| (client.to_owned(), instance.to_owned()));
    place.ok_or_else(|| Problem::parameter("after", "is of no page before"))
}
