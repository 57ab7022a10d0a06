//! The outbox of letters to people: which wait, and what came of them. What a letter says is sealed here; writing is
//! `store::mail_outbox`'s, sending `task::mail_outbox`'s.

use super::schema::mails;
use super::update::update;
use super::{Connection, DbError, parsed, to_uuid};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// The longest that a letter waits for its next try, in milliseconds.
pub const LONGEST_PAUSE_MS: i64 = 60 * 60 * 1000;

/// What has become of a letter.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum State {
    /// It is tried, or will be.
    Pending,
    /// The mail server took it.
    Sent,
    /// The mail server refused it for good, or took none for too long.
    GivenUp,
}

impl State {
    /// The column's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::GivenUp => "given_up",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::GivenUp].into_iter().find(|state| state.as_str() == text)
    }
}

/// A letter that is new. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// Its name.
    pub id: Uuid,
    /// Whom it is about; `None` when it goes to an address that is on no account yet.
    pub user: Option<Uuid>,
    /// What it is about, in a word.
    pub kind: &'static str,
    /// The letter, sealed.
    pub sealed: String,
    /// When it was written.
    pub created_ms: i64,
    /// From when on it is worth nothing.
    pub expires_ms: i64,
}

/// A letter in the outbox. Times are milliseconds since 1970.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Mail {
    /// Its name.
    pub id: Uuid,
    /// Whom it is about.
    pub user: Option<Uuid>,
    /// What it is about, in a word.
    pub kind: String,
    /// The letter, sealed, until it needs no further try.
    pub sealed: Option<String>,
    /// When it was written.
    pub created_ms: i64,
    /// When it is tried next.
    pub next_attempt_ms: i64,
    /// From when on it is worth nothing.
    pub expires_ms: i64,
    /// How often it was tried, the try under way included.
    pub attempts: i64,
    /// What has become of it.
    pub state: State,
    /// Until when a node has it for a try.
    pub leased_until_ms: i64,
    /// Why the last try failed, in words of ours.
    pub last_error: Option<String>,
    /// When the mail server took it.
    pub sent_ms: Option<i64>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = mails, treat_none_as_default_value = false)]
struct Row {
    id: String,
    user_id: Option<String>,
    kind: String,
    sealed: Option<String>,
    created_ms: i64,
    next_attempt_ms: i64,
    expires_ms: i64,
    attempts: i64,
    state: String,
    leased_until_ms: i64,
    last_error: Option<String>,
    sent_ms: Option<i64>,
}

/// Puts a letter into the outbox; it is due at once.
pub fn insert(connection: &mut Connection, mail: NewMail) -> Result<(), DbError> {
    let row = Row {
        id: mail.id.to_string(),
        user_id: mail.user.map(|user| user.to_string()),
        kind: mail.kind.to_owned(),
        sealed: Some(mail.sealed),
        created_ms: mail.created_ms,
        next_attempt_ms: mail.created_ms,
        expires_ms: mail.expires_ms,
        attempts: 0,
        state: State::Pending.as_str().to_owned(),
        leased_until_ms: 0,
        last_error: None,
        sent_ms: None,
    };
    diesel::insert_into(mails::table).values(row).execute(connection)?;
    Ok(())
}

/// How many letters of this kind were written to a user since then.
pub fn count_since(
    connection: &mut Connection,
    user: Uuid,
    kind: &str,
    since_ms: i64,
) -> Result<i64, DbError> {
    let of_user = mails::table.filter(mails::user_id.eq(user.to_string())).filter(mails::kind.eq(kind));
    Ok(of_user.filter(mails::created_ms.gt(since_ms)).count().get_result(connection)?)
}

/// In words rather than as a parameter: a partial index serves no query that might ask for another state.
fn pending() -> SqlLiteral<Bool> {
    sql("mails.state = 'pending'")
}

/// Whether any letter is due.
pub fn any_due(connection: &mut Connection, now_ms: i64) -> Result<bool, DbError> {
    let due = mails::table.filter(pending()).filter(mails::next_attempt_ms.le(now_ms));
    let due = due.filter(mails::leased_until_ms.le(now_ms)).order(mails::next_attempt_ms);
    Ok(due.select(mails::id).limit(1).get_result::<String>(connection).optional()?.is_some())
}

/// Takes at most `count` letters that are due until `leased_until_ms`; no other node gets them before.
pub fn claim(
    connection: &mut Connection,
    count: i64,
    now_ms: i64,
    leased_until_ms: i64,
) -> Result<Vec<Mail>, DbError> {
    let due = mails::table.filter(pending()).filter(mails::next_attempt_ms.le(now_ms));
    let due = due.filter(mails::leased_until_ms.le(now_ms)).order(mails::next_attempt_ms);
    let rows: Vec<Row> = due.limit(count).load(connection)?;
    let mut claimed = Vec::new();
    for row in rows {
        let unchanged = mails::table.find(row.id.clone()).filter(mails::sent_ms.is_null());
        let unchanged = unchanged.filter(mails::leased_until_ms.eq(row.leased_until_ms));
        let attempts = row.attempts + 1;
        let lease = (mails::leased_until_ms.eq(leased_until_ms), mails::attempts.eq(attempts));
        if update(unchanged, lease).execute(connection)? == 1 {
            claimed.push(Mail { attempts, leased_until_ms, ..Mail::try_from(row)? });
        }
    }
    Ok(claimed)
}

/// What came of a try.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum MailOutcome {
    /// The mail server took it.
    Sent {
        /// When.
        at_ms: i64,
    },
    /// Another try is due then.
    Again {
        /// Why it failed.
        error: String,
        /// When to try again.
        next_attempt_ms: i64,
    },
    /// There is no further try.
    GivenUp {
        /// Why.
        error: String,
    },
}

/// Writes down what came of a try, and whether that changed anything. A try that lost its lease to another node meanwhile
/// counts only if it sent the letter.
pub fn settle(connection: &mut Connection, tried: &Mail, outcome: &MailOutcome) -> Result<bool, DbError> {
    // Not by the state, which would have a planner read those that wait. What was given up has no lease.
    let named = mails::table.find(tried.id.to_string()).filter(mails::sent_ms.is_null());
    let still_ours = named.clone().filter(mails::leased_until_ms.eq(tried.leased_until_ms));
    let changed = match outcome {
        MailOutcome::Sent { at_ms } => {
            let columns = (
                mails::state.eq(State::Sent.as_str()),
                mails::sent_ms.eq(*at_ms),
                mails::sealed.eq(None::<String>),
                mails::last_error.eq(None::<String>),
            );
            update(named, columns).execute(connection)?
        }
        MailOutcome::Again { error, next_attempt_ms } => {
            let columns = (
                mails::next_attempt_ms.eq(*next_attempt_ms),
                mails::leased_until_ms.eq(0),
                mails::last_error.eq(error),
            );
            update(still_ours, columns).execute(connection)?
        }
        MailOutcome::GivenUp { error } => {
            let columns = (
                mails::state.eq(State::GivenUp.as_str()),
                mails::leased_until_ms.eq(0),
                mails::last_error.eq(error),
            );
            update(still_ours, columns).execute(connection)?
        }
    };
    Ok(changed == 1)
}

/// The letter of this id.
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<Mail>, DbError> {
    let row: Option<Row> = mails::table.find(id.to_string()).get_result(connection).optional()?;
    row.map(Mail::try_from).transpose()
}

/// Gives a letter up that was not sent. `false` when it was sent meanwhile.
pub fn give_up(connection: &mut Connection, id: Uuid, error: &str) -> Result<bool, DbError> {
    let unsent = mails::table.find(id.to_string()).filter(mails::sent_ms.is_null());
    let columns =
        (mails::state.eq(State::GivenUp.as_str()), mails::leased_until_ms.eq(0), mails::last_error.eq(error));
    Ok(update(unsent, columns).execute(connection)? == 1)
}

/// So many letters in this state, the newest first, beginning before this one.
pub fn page_in_state(
    connection: &mut Connection,
    state: State,
    before: Option<Uuid>,
    count: i64,
) -> Result<Vec<Mail>, DbError> {
    let before = before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    let page = mails::table.filter(mails::state.eq(state.as_str())).filter(mails::id.lt(before));
    let rows: Vec<Row> = page.order(mails::id.desc()).limit(count).load(connection)?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// Has a letter that was not sent tried again at once. `false` when it is not there, sent already, or past its time.
pub fn retry(connection: &mut Connection, id: Uuid, now_ms: i64) -> Result<bool, DbError> {
    let unsent = mails::table.find(id.to_string()).filter(mails::sealed.is_not_null());
    let columns = (mails::state.eq(State::Pending.as_str()), mails::next_attempt_ms.eq(now_ms));
    Ok(update(unsent.filter(mails::expires_ms.gt(now_ms)), columns).execute(connection)? == 1)
}

/// When those letters were written that wait (ms), those due first, of at most `most`.
pub fn waiting_since(connection: &mut Connection, most: usize) -> Result<Vec<i64>, DbError> {
    // Every one of them is of a time since 1970: a range of the index.
    let waiting = mails::table.filter(pending()).filter(mails::next_attempt_ms.ge(0));
    let waiting = waiting.order(mails::next_attempt_ms).select(mails::created_ms);
    Ok(waiting.limit(i64::try_from(most).unwrap_or(i64::MAX)).load(connection)?)
}

/// How many letters were given up, counted up to `most`.
pub fn given_up(connection: &mut Connection, most: i64) -> Result<usize, DbError> {
    // In words, as in [`pending`].
    let given_up = mails::table.filter(sql::<Bool>("mails.state = 'given_up'")).order(mails::id);
    let found: Vec<String> = given_up.select(mails::id).limit(most).load(connection)?;
    Ok(found.len())
}

/// So many letters, the newest first, beginning before this one.
pub fn page(connection: &mut Connection, before: Option<Uuid>, count: i64) -> Result<Vec<Mail>, DbError> {
    // No id comes after this.
    let before = before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    let page = mails::table.filter(mails::id.lt(before)).order(mails::id.desc()).limit(count);
    let rows: Vec<Row> = page.load(connection)?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// The letters about a user, without what they say.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<Mail>, DbError> {
    let own = mails::table.filter(mails::user_id.eq(user.to_string()));
    let rows: Vec<Row> = own.order((mails::kind, mails::created_ms)).load(connection)?;
    rows.into_iter().map(|row| Ok(Mail { sealed: None, ..Mail::try_from(row)? })).collect()
}

/// Forgets what letters say that are worth nothing since `limit`; those that still waited are given up.
pub fn wipe_expired(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let limit_ms = limit.as_secs().saturating_mul(1000);
    let old = mails::table.filter(mails::sealed.is_not_null()).filter(mails::expires_ms.le(limit_ms));
    let some: Vec<String> = old.order(mails::expires_ms).limit(most).select(mails::id).load(connection)?;
    let gone = (
        mails::sealed.eq(None::<String>),
        mails::state.eq(State::GivenUp.as_str()),
        mails::leased_until_ms.eq(0),
    );
    Ok(update(mails::table.filter(mails::id.eq_any(some)), gone).execute(connection)?)
}

/// Forgets letters that were written before `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let limit_ms = limit.as_secs().saturating_mul(1000);
    let old = mails::table.filter(mails::created_ms.lt(limit_ms));
    let some: Vec<String> = old.order(mails::created_ms).limit(most).select(mails::id).load(connection)?;
    Ok(diesel::delete(mails::table.filter(mails::id.eq_any(some))).execute(connection)?)
}

/// Makes due what a clock that was ahead has put off: what was written, leased or postponed beyond `furthest_ms`.
pub(super) fn bring_back(connection: &mut Connection, furthest_ms: i64, now_ms: i64) -> Result<(), DbError> {
    let due = (mails::next_attempt_ms.eq(now_ms), mails::leased_until_ms.eq(0));
    let written = mails::table.filter(mails::created_ms.gt(furthest_ms)).filter(mails::sent_ms.is_null());
    update(written, due).execute(connection)?;
    let longest_ms = furthest_ms.saturating_add(LONGEST_PAUSE_MS);
    let postponed = mails::table.filter(pending()).filter(mails::next_attempt_ms.gt(longest_ms));
    update(postponed, due).execute(connection)?;
    let leased = mails::table.filter(pending()).filter(mails::next_attempt_ms.le(longest_ms));
    let leased = leased.filter(mails::leased_until_ms.gt(longest_ms));
    update(leased, due).execute(connection)?;
    Ok(())
}

/// Forgets the letters about a user.
pub fn forget_of(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    diesel::delete(mails::table.filter(mails::user_id.eq(user.to_string()))).execute(connection)?;
    Ok(())
}

impl TryFrom<Row> for Mail {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "mails.id")?,
            user: row.user_id.map(|id| to_uuid(&id, "mails.user_id")).transpose()?,
            kind: row.kind,
            sealed: row.sealed,
            created_ms: row.created_ms,
            next_attempt_ms: row.next_attempt_ms,
            expires_ms: row.expires_ms,
            attempts: row.attempts,
            state: parsed(State::parse(&row.state), "mails.state")?,
            leased_until_ms: row.leased_until_ms,
            last_error: row.last_error,
            sent_ms: row.sent_ms,
        })
    }
}
