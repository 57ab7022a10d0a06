//! One statement that answers a query for each of many keys, on PostgreSQL. The query is planned for a single key, so it looks
//! each up by its index. With `= ANY` the planner reads small tables as a whole, and goes on while they grow.

use diesel::expression::{Expression, TypedExpressionType, ValidGrouping, is_aggregate};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::{AppearsOnTable, QueryResult, RunQueryDsl, SelectableExpression};
use std::marker::PhantomData;

/// How many elements PostgreSQL reckons with in an array that it does not know. A statement with fewer seems cheaper planned
/// for its own values, so it would be planned at each execution, which takes longer than the answer.
const RECKONED: usize = 10;

/// A query for each of many keys of two parts, [`ID`] and [`JTI`]. Its rows come with the place of their key, counted from 1.
pub(super) struct ForEach<'a, Q> {
    ids: Vec<Option<&'a str>>,
    jtis: Vec<Option<&'a str>>,
    query: Q,
}

impl<'a, Q> ForEach<'a, Q> {
    /// Asks `query` for each of `keys`.
    pub(super) fn of(keys: impl ExactSizeIterator<Item = (&'a str, Option<&'a str>)>, query: Q) -> Self {
        let missing = RECKONED.saturating_sub(keys.len());
        // No row is found for a key that is NULL.
        let padded = keys.map(|(id, jti)| (Some(id), jti)).chain(std::iter::repeat_n((None, None), missing));
        let (ids, jtis) = padded.unzip();
        Self { ids, jtis, query }
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for ForEach<'_, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT asked.place, answer.* FROM unnest(");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.jtis)?;
        out.push_sql(") WITH ORDINALITY AS asked (id, jti, place) CROSS JOIN LATERAL (");
        self.query.walk_ast(out.reborrow())?;
        // With an OFFSET the planner does not merge the query with what is around it.
        out.push_sql(" OFFSET 0) AS answer");
        Ok(())
    }
}

impl<Q: Query> Query for ForEach<'_, Q> {
    type SqlType = (BigInt, Q::SqlType);
}

/// Known by its text.
impl<Q> QueryId for ForEach<'_, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> RunQueryDsl<PgConnection> for ForEach<'_, Q> {}

/// The id that is asked for.
pub(super) const ID: Asked<Text> = Asked("asked.id", PhantomData);
/// The token that is asked for, if any.
pub(super) const JTI: Asked<Nullable<Text>> = Asked("asked.jti", PhantomData);

/// A part of the key, within the query. What Diesel takes for SQL of any kind (`dsl::sql`) it prepares anew at each use.
#[derive(Clone)]
pub(super) struct Asked<T>(&'static str, PhantomData<T>);

impl<T> QueryFragment<Pg> for Asked<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<T: TypedExpressionType> Expression for Asked<T> {
    type SqlType = T;
}

impl<T, From> AppearsOnTable<From> for Asked<T> where Self: Expression {}

impl<T, From> SelectableExpression<From> for Asked<T> where Self: AppearsOnTable<From> {}

impl<T, Group> ValidGrouping<Group> for Asked<T> {
    type IsAggregate = is_aggregate::Never;
}

impl<T> QueryId for Asked<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
