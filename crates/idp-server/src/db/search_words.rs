//! What people are found by, see `idp_core::user::search_words`. A search goes through the people with a word of one beginning, in
//! the order of these words, and asks of those it meets whether they have the others.

use super::schema::search_words as words;
use super::{Connection, DbError, insert_rows, parsed, to_uuid};
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Insertable)]
#[diesel(table_name = words)]
struct Row<'a> {
    user_id: &'a str,
    word: &'a [u8],
}

/// A word of a person.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Found {
    /// The word.
    pub word: String,
    /// Whose it is.
    pub user: Uuid,
}

/// Puts these words in the place of those that a person was found by.
pub fn replace(connection: &mut Connection, user: Uuid, new: &BTreeSet<String>) -> Result<(), DbError> {
    let user = user.to_string();
    let own = words::table.filter(words::user_id.eq(&user)).select(words::word);
    let old: Vec<Vec<u8>> = own.load(connection)?;
    for gone in old.iter().filter(|old| !new.iter().any(|new| new.as_bytes() == old.as_slice())) {
        diesel::delete(words::table.find((&user, gone))).execute(connection)?;
    }
    let come = new.iter().map(String::as_bytes).filter(|new| !old.iter().any(|old| old == new));
    let rows: Vec<Row<'_>> = come.map(|word| Row { user_id: &user, word }).collect();
    insert_rows!(connection, words::table, &rows)
}

/// Writes the words of people who have none yet.
pub fn insert_all<'a>(
    connection: &mut Connection,
    all: &'a [(String, BTreeSet<String>)],
) -> Result<(), DbError> {
    let of = |(user, words): &'a (String, BTreeSet<String>)| {
        words.iter().map(move |word| Row { user_id: user, word: word.as_bytes() })
    };
    let rows: Vec<Row<'_>> = all.iter().flat_map(of).collect();
    insert_rows!(connection, words::table, &rows)
}

/// So many words with this beginning and whose they are, in their order, after this one.
pub fn beginning_with(
    connection: &mut Connection,
    beginning: &str,
    after: Option<&Found>,
    count: i64,
) -> Result<Vec<Found>, DbError> {
    let (mut from, to) = range(beginning);
    let columns = (words::word, words::user_id);
    let mut rows: Vec<(Vec<u8>, String)> = Vec::new();
    // Two questions instead of a comparison of pairs, which is no bound of an index to SQLite: the rest of the word that the page
    // before ended in, and the words behind it.
    if let Some(Found { word, user }) = after {
        let same = words::table.filter(words::word.eq(word.as_bytes()));
        let same = same.filter(words::user_id.gt(user.to_string()));
        rows = same.order(words::user_id).limit(count).select(columns).load(connection)?;
        from = [word.as_bytes(), &[0]].concat();
    }
    let left = count.saturating_sub(i64::try_from(rows.len()).unwrap_or(count));
    if left > 0 {
        let later = words::table.filter(words::word.ge(from)).filter(words::word.lt(to));
        let later = later.order((words::word, words::user_id));
        rows.extend(later.limit(left).select(columns).load::<(Vec<u8>, String)>(connection)?);
    }
    rows.into_iter().map(read).collect()
}

/// How many words have this beginning, counted up to `most`.
pub fn count_up_to(connection: &mut Connection, beginning: &str, most: i64) -> Result<usize, DbError> {
    let (from, to) = range(beginning);
    let with = words::table.filter(words::word.ge(from)).filter(words::word.lt(to)).order(words::word);
    Ok(with.limit(most).select(words::user_id).load::<String>(connection)?.len())
}

/// Those among these people who have a word with this beginning, each with the first of these words.
pub fn first_of(
    connection: &mut Connection,
    users: &[Uuid],
    beginning: &str,
) -> Result<BTreeMap<Uuid, String>, DbError> {
    let (from, to) = range(beginning);
    let theirs = words::table.filter(words::user_id.eq_any(users.iter().map(Uuid::to_string)));
    let theirs = theirs.filter(words::word.ge(from)).filter(words::word.lt(to));
    let rows: Vec<(Vec<u8>, String)> = theirs.select((words::word, words::user_id)).load(connection)?;
    let mut first = BTreeMap::new();
    for found in rows.into_iter().map(read) {
        let Found { word, user } = found?;
        let known = first.entry(user).or_insert_with(|| word.clone());
        if word < *known {
            *known = word;
        }
    }
    Ok(first)
}

/// From where to where (exclusively) the words with this beginning stand: no byte 0xFF is in UTF-8.
fn range(beginning: &str) -> (Vec<u8>, Vec<u8>) {
    (beginning.as_bytes().to_vec(), [beginning.as_bytes(), &[0xFF]].concat())
}

fn read((word, user): (Vec<u8>, String)) -> Result<Found, DbError> {
    let word = parsed(String::from_utf8(word).ok(), "search_words.word")?;
    Ok(Found { word, user: to_uuid(&user, "search_words.user_id")? })
}
