//! `UPDATE` statements that are prepared once. Diesel prepares each one anew, since a changeset may leave columns out; ours never
//! do: the type of an [`Update`] decides its text.

use diesel::associations::HasTable;
use diesel::backend::Backend;
use diesel::query_builder::{AsChangeset, AstPass, IntoUpdateTarget, QueryFragment, QueryId};
use diesel::{Connection, QueryResult, QuerySource, RunQueryDsl};

/// A statement that sets columns of the rows that a condition names.
pub(super) struct Update<T, W, V> {
    table: T,
    condition: W,
    assignments: V,
}

type Of<T, V> = Update<
    <<T as HasTable>::Table as QuerySource>::FromClause,
    <T as IntoUpdateTarget>::WhereClause,
    <V as AsChangeset>::Changeset,
>;

/// Sets `columns` (`column.eq(value)`, or several of them) in the rows of `target`.
pub(super) fn update<T, V>(target: T, columns: V) -> Of<T, V>
where
    T: IntoUpdateTarget,
    V: AsChangeset<Target = T::Table>,
{
    let target = target.into_update_target();
    Update {
        table: target.table.from_clause(),
        condition: target.where_clause,
        assignments: columns.as_changeset(),
    }
}

impl<T, W, V, DB> QueryFragment<DB> for Update<T, W, V>
where
    DB: Backend,
    T: QueryFragment<DB>,
    W: QueryFragment<DB>,
    V: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.assignments.walk_ast(out.reborrow())?;
        self.condition.walk_ast(out)
    }
}

/// Known by its text.
impl<T, W, V> QueryId for Update<T, W, V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, W, V, C: Connection> RunQueryDsl<C> for Update<T, W, V> {}
