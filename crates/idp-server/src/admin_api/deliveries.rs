//! What is on its way: letters to people, and logout tokens to sites (OpenID Connect Back-Channel Logout).

use super::page::plain;
use super::{
    Answered, Input, List, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, PageQuery, Problem,
    Timestamp,
};
use crate::db::logout_deliveries::{self, Delivery};
use crate::db::mails;
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use idp_core::username::Username;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const TAG: &str = "Deliveries";

/// A letter to a person; never what it says, or to which address it goes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Mail {
    /// Its id.
    pub id: Uuid,
    /// What it is about, in a word.
    pub kind: String,
    /// The id of the person whom it is about.
    pub user: Option<Uuid>,
    /// What that person goes by, for a caller who may see people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `pending`, `sent` or `given_up`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next, while it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
    /// When the mail server took it.
    pub sent_at: Option<Timestamp>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

impl From<mails::Mail> for Mail {
    fn from(mail: mails::Mail) -> Self {
        let waits = mail.state == mails::State::Pending;
        Self {
            id: mail.id,
            kind: mail.kind,
            user: mail.user,
            username: None,
            state: mail.state.as_str().to_owned(),
            attempts: mail.attempts,
            created_at: at(mail.created_ms),
            next_attempt_at: waits.then(|| at(mail.next_attempt_ms)),
            expires_at: at(mail.expires_ms),
            sent_at: mail.sent_ms.map(at),
            last_error: mail.last_error,
        }
    }
}

/// A logout token for a site.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogoutDelivery {
    /// Its id.
    pub id: String,
    /// The client.
    pub client: String,
    /// The session that ended (`sid`).
    pub session: String,
    /// The id of the person whose it was (`sub`).
    pub user: String,
    /// `pending`, `delivered` or `given_up`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When the session ended.
    pub created_at: Timestamp,
    /// When the site confirmed it.
    pub delivered_at: Option<Timestamp>,
    /// Milliseconds from the one to the other.
    pub took_ms: Option<i64>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

impl From<Delivery> for LogoutDelivery {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            client: delivery.client.to_string(),
            session: delivery.sid,
            user: delivery.sub,
            state: delivery.state.as_str().to_owned(),
            attempts: delivery.attempts,
            created_at: at(delivery.created_ms),
            delivered_at: delivery.delivered_ms.map(at),
            took_ms: delivery.delivered_ms.map(|ms| ms.saturating_sub(delivery.created_ms)),
            last_error: delivery.last_error,
        }
    }
}

fn at(ms: i64) -> Timestamp {
    UnixTime(ms.div_euclid(1000)).into()
}

/// Which letters.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MailQuery {
    /// How many rows; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    #[param(max_length = 1024)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// `pending`, `sent` or `given_up`.
    #[param(pattern = "^(pending|sent|given_up)$")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// Which logout tokens.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogoutDeliveryQuery {
    /// How many rows; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    #[param(max_length = 1024)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// `pending`, `delivered` or `given_up`.
    #[param(pattern = "^(pending|delivered|given_up)$")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Those to this client alone.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9._~-]{1,64}$")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
}

fn state<S>(word: Option<&String>, read: fn(&str) -> Option<S>) -> Result<Option<S>, Problem> {
    let read =
        |word: &String| read(word).ok_or_else(|| Problem::parameter("state", "there is no such state"));
    word.map(read).transpose()
}

/// Which letter.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MailPath {
    /// Its id.
    pub mail: Uuid,
}

/// Which logout token.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct LogoutDeliveryPath {
    /// Its id.
    #[param(max_length = 200)]
    pub delivery: String,
}

impl LogoutDeliveryPath {
    fn id(self) -> Result<String, Problem> {
        plain("delivery", self.delivery).map_err(|_| Problem::not_found("there is no such logout delivery"))
    }
}

/// Lists the letters.
pub struct ListMails;

impl Operation for ListMails {
    const ID: &'static str = "listMails";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/mails";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Lists the letters of the last 30 days, the newest first, and what became of them";
    const NEEDS: &'static [Permission] = &[Permission::ReadDeliveries];
    type Path = NoPath;
    type Query = MailQuery;
    type Body = NoBody;
    type Answer = List<Mail>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<Mail>>, Problem> {
        let MailQuery { limit, after, state: word } = input.query;
        let page = PageQuery { limit, after };
        let limit = page.limit()?;
        let wanted = state(word.as_ref(), mails::State::parse)?;
        let found = by.mails(wanted, page.after()?, i64::from(limit) + 1).await?;
        let items = found.into_iter().map(Mail::from).collect();
        let mut list = List::of(items, limit, |mail: &Mail| mail.id.to_string());
        if by.caller.permissions().contain_all(Permission::ReadUsers.into()) {
            name(&mut list.items, by).await?;
        }
        Ok(Answered::new(list))
    }
}

/// Says whom each letter is about.
async fn name(mails: &mut [Mail], by: &Administration<'_>) -> Result<(), Problem> {
    let ids: BTreeSet<Uuid> = mails.iter().filter_map(|mail| mail.user).collect();
    let people = by.people(ids.into_iter().collect()).await?;
    let names: BTreeMap<Uuid, Username> = people.into_iter().map(|user| (user.id, user.username)).collect();
    for mail in mails {
        let name = mail.user.and_then(|user| names.get(&user));
        mail.username = name.map(|name| name.as_str().to_owned());
    }
    Ok(())
}

/// Lists the logout tokens.
pub struct ListLogoutDeliveries;

impl Operation for ListLogoutDeliveries {
    const ID: &'static str = "listLogoutDeliveries";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/logout-deliveries";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Lists by what sites are told that a session ended, the newest first, and what became of it";
    const NEEDS: &'static [Permission] = &[Permission::ReadDeliveries];
    type Path = NoPath;
    type Query = LogoutDeliveryQuery;
    type Body = NoBody;
    type Answer = List<LogoutDelivery>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<LogoutDelivery>>, Problem> {
        let LogoutDeliveryQuery { limit, after, state: word, client } = input.query;
        let limit = PageQuery { limit, after: None }.limit()?;
        let wanted = state(word.as_ref(), logout_deliveries::State::parse)?;
        let after = after.map(place).transpose()?;
        let found = by.logout_deliveries(client, wanted, after, i64::from(limit) + 1).await?;
        let List { items, next } =
            List::of(found, limit, |last: &Delivery| format!("{}:{}", last.created_ms, last.id));
        Ok(Answered::new(List { items: items.into_iter().map(LogoutDelivery::from).collect(), next }))
    }
}

/// When the last delivery of a page was created, and its id.
fn place(after: String) -> Result<(i64, String), Problem> {
    let after = plain("after", after)?;
    let place = after.split_once(':').and_then(|(ms, id)| Some((ms.parse().ok()?, id.to_owned())));
    place.ok_or_else(|| Problem::parameter("after", "is of no page before"))
}

macro_rules! delivery_act {
    ($name:ident, $id:literal, $path:literal, $path_type:ty, $summary:literal, $act:expr) => {
        #[doc = $summary]
        pub struct $name;

        impl Operation for $name {
            const ID: &'static str = $id;
            const METHOD: Method = Method::Post;
            const PATH: &'static str = $path;
            const TAG: &'static str = TAG;
            const SUMMARY: &'static str = $summary;
            const NEEDS: &'static [Permission] = &[Permission::ManageDeliveries];
            const SUCCESS: u16 = 204;
            const REFUSALS: &'static [u16] = &[404, 409];
            type Path = $path_type;
            type Query = NoQuery;
            type Body = NoBody;
            type Answer = NoAnswer;

            async fn run(
                by: &Administration<'_>,
                input: Input<Self>,
                now: UnixTime,
            ) -> Result<Answered<NoAnswer>, Problem> {
                $act(by, input.path, now).await?;
                Ok(Answered::new(NoAnswer {}))
            }
        }
    };
}

delivery_act!(
    RetryMail,
    "retryMail",
    "/mails/{mail}/retry",
    MailPath,
    "Has a letter that was not sent tried again at once",
    async |by: &Administration<'_>, path: MailPath, now| -> Result<(), Problem> {
        Ok(by.retry_mail(path.mail, now).await?)
    }
);
delivery_act!(
    GiveUpMail,
    "giveUpMail",
    "/mails/{mail}/give-up",
    MailPath,
    "Gives a letter up that waits",
    async |by: &Administration<'_>, path: MailPath, now| -> Result<(), Problem> {
        Ok(by.give_up_mail(path.mail, now).await?)
    }
);
delivery_act!(
    RetryLogoutDelivery,
    "retryLogoutDelivery",
    "/logout-deliveries/{delivery}/retry",
    LogoutDeliveryPath,
    "Has a site told again at once that a session ended",
    async |by: &Administration<'_>, path: LogoutDeliveryPath, now| -> Result<(), Problem> {
        Ok(by.retry_logout_delivery(&path.id()?, now).await?)
    }
);
delivery_act!(
    GiveUpLogoutDelivery,
    "giveUpLogoutDelivery",
    "/logout-deliveries/{delivery}/give-up",
    LogoutDeliveryPath,
    "Gives a logout token up that waits: the site learns of the end by the feed, or when the tokens run out",
    async |by: &Administration<'_>, path: LogoutDeliveryPath, now| -> Result<(), Problem> {
        Ok(by.give_up_logout_delivery(&path.id()?, now).await?)
    }
);
