//! What a token, a session, a person or another thing is, whether it is good, what ended it, and who was told. It is asked for in a body, so
//! that no token stands in an address or a log.

use super::audit::AuditEvent;
use super::deliveries::LogoutDelivery;
use super::{Answered, Body, Input, Method, NoPath, NoQuery, Operation, Problem, Timestamp};
use crate::directory::Administration;
use crate::directory::explanation::{Explanation as Explained, Kind, LONGEST, NEEDS};
use crate::store::explanation::SiteTold;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to explain.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// A token, an authorization code, the cookie of a session, a `sid`, a username, an address, an id of a person, a client, a key, a
    /// letter or a logout delivery.
    #[schema(min_length = 1, max_length = 16384)]
    pub text: String,
}

impl Body for Question {}

/// Something that is known of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fact {
    /// What, in a word for programs.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A site that was told of an end, or would be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ToldSite {
    /// The id of its client.
    pub client: String,
    /// How many of its instances follow the revocation feed now.
    pub feed_instances: usize,
    /// How many of them have confirmed that they refuse what ended; none where nothing ended, or its entry is in the log no more.
    pub feed_confirmed: Option<usize>,
    /// The logout token that was sent there.
    pub logout_delivery: Option<LogoutDelivery>,
}

impl From<SiteTold> for ToldSite {
    fn from(site: SiteTold) -> Self {
        Self {
            client: site.client.to_string(),
            feed_instances: site.by_feed.map_or(0, |told| told.instances),
            feed_confirmed: site.by_feed.and_then(|told| told.confirmed),
            logout_delivery: site.by_logout_token.map(LogoutDelivery::from),
        }
    }
}

/// What it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// What it is, in a word for programs.
    #[schema(schema_with = kinds)]
    pub kind: String,
    /// Whether it counts at the provider now; none for what neither does nor does not.
    pub good: Option<bool>,
    /// Why it does not, or why that cannot be said, in sentences.
    pub reasons: Vec<String>,
    /// What it says, or what is known of it. Never a secret.
    pub facts: Vec<Fact>,
    /// When it ended, or what it belongs to; of a person, the session that ended last.
    pub ended_at: Option<Timestamp>,
    /// Why, in a word for programs.
    pub ended_because: Option<String>,
    /// The number of the entry in the revocation log, while there is one.
    pub revocation: Option<i64>,
    /// The sites that it was used with, and what they have confirmed.
    pub sites: Vec<ToldSite>,
    /// The last that the audit log has of it, the newest first.
    pub events: Vec<AuditEvent>,
}

impl Body for Explanation {}

fn kinds() -> utoipa::openapi::Object {
    super::schema::words(Kind::ALL.map(Kind::as_str))
}

impl TryFrom<Explained> for Explanation {
    type Error = Problem;

    fn try_from(explained: Explained) -> Result<Self, Problem> {
        let fact = |(name, value): (&str, String)| Fact { name: name.to_owned(), value };
        let events = explained.events.into_iter().map(AuditEvent::try_from).collect::<Result<_, _>>()?;
        Ok(Self {
            kind: explained.kind.as_str().to_owned(),
            good: explained.is_good,
            reasons: explained.reasons,
            facts: explained.facts.into_iter().map(fact).collect(),
            ended_at: explained.ended.map(|ended| ended.at.into()),
            ended_because: explained.ended.map(|ended| ended.cause.as_str().to_owned()),
            revocation: explained.revocation,
            sites: explained.sites.into_iter().map(ToldSite::from).collect(),
            events,
        })
    }
}

/// Says what something is.
pub struct Explain;

impl Operation for Explain {
    const ID: &'static str = "explain";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/explain";
    const TAG: &'static str = "Explanations";
    const SUMMARY: &'static str = "Says what a token, a session, a person, a client or a key is, whether it is good, what ended it, and which sites have confirmed that; changes nothing";
    const NEEDS: &'static [Permission] = NEEDS;
    type Path = NoPath;
    type Query = NoQuery;
    type Body = Question;
    type Answer = Explanation;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Explanation>, Problem> {
        let text = input.body.text;
        if text.is_empty() || text.len() > LONGEST {
            return Err(Problem::member("text", format!("has 1 to {LONGEST} bytes")));
        }
        Ok(Answered::new(by.explain(&text, now).await?.try_into()?))
    }
}
