//! Statements that are prepared once for each connection. Diesel prepares an insert or an update anew each time, since its
//! columns may differ from one call to the next; where they are always the same, [`Cached`] says so. On a server each
//! saves a round trip.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::{Connection, RunQueryDsl};

/// A statement whose text is the same each time, but for its parameters.
pub(crate) struct Cached<Q>(pub(crate) Q);

impl<Q> QueryId for Cached<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Cached<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q, C: Connection> RunQueryDsl<C> for Cached<Q> {}
