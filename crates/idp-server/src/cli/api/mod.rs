//! Where an operation of the administration API runs: on the database at hand, as the operator of this machine, or on a server
//! elsewhere, as the caller that signed in there. A command is written once, for both.

mod browser;
mod flags;
mod login_file;
mod loopback;
mod names;
mod provider;
mod server;
mod tokens;

use idp_core::time::UnixTime;
use serde::Serialize;

pub(super) use browser::unguessable;
pub(super) use flags::ServerFlags;
pub(super) use login_file::LoginFile;
pub(super) use names::Person;
pub(super) use provider::{Provider, http_client, json, text};
pub(super) use server::Server;

use super::{
    Context, Opened,
    failure::Failure,
    output::{Output, value},
};
use crate::{
    admin_api::{Body, IfMatch, Input, List, NoPath, Operation, Paged, Problem, run},
    directory::Administration,
};

/// Where operations run.
pub(super) enum Api<'a> {
    /// On the database at hand.
    Here {
        /// The right of the operator of this machine.
        by: Administration<'a>,
        /// When.
        now: UnixTime,
    },
    /// On a server elsewhere.
    There(Box<Server>),
}

/// What an operation answered.
pub(super) struct Reply<A> {
    /// The body.
    pub(super) body: A,
    /// Its version, for a change that is made on it.
    pub(super) version: IfMatch,
}

impl<'a> Api<'a> {
    /// On the database that a command opened.
    pub(super) fn here(opened: &'a Opened, context: &'a Context) -> Self {
        Self::Here { by: opened.administration(context), now: context.clock.now() }
    }

    /// The issuer identifier of the provider.
    pub(super) fn issuer(&self) -> String {
        match self {
            Self::Here { by, .. } => by.config.issuer.url.as_str().to_owned(),
            Self::There(server) => server.issuer().to_owned(),
        }
    }

    /// Runs an operation.
    ///
    /// # Errors
    /// [`Failure::Refused`] with what the API says, or [`Failure::Failed`] when it does not answer.
    pub(super) async fn call<O: Operation>(&self, input: Input<O>) -> Result<Reply<O::Answer>, Failure> {
        match self {
            Self::There(server) => server.call(input).await,
            Self::Here { by, now } => {
                by.require_all(O::NEEDS.iter().copied().collect()).map_err(Problem::from)?;
                let answered = run(by, input, *now).await?;
                let version = answered.tag.map_or(IfMatch::Any, |tag| IfMatch::Tags(vec![tag.to_string()]));
                Ok(Reply { body: answered.body, version })
            }
        }
    }

    /// Hands every page of a list to `take`, until that has enough and answers `false`.
    ///
    /// # Errors
    /// As [`Api::call`], and what `take` answers.
    pub(super) async fn pages<O, T>(
        &self,
        path: impl Fn() -> O::Path,
        query: &O::Query,
        mut take: impl FnMut(Vec<T>) -> Result<bool, Failure>,
    ) -> Result<(), Failure>
    where
        O: Operation<Answer = List<T>>,
        O::Query: Paged,
        O::Body: Default,
    {
        let mut after = None;
        loop {
            let query = query.page_after(after);
            let input = Input::<O> { path: path(), query, body: O::Body::default(), if_match: IfMatch::Any };
            let List { items, next } = self.call(input).await?.body;
            if !take(items)? || next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    /// Prints every row of a list as it comes, until its reader has gone away, as `| head` does.
    ///
    /// # Errors
    /// As [`Api::call`], and when it cannot be written.
    pub(super) async fn print<O, T>(
        &self,
        path: impl Fn() -> O::Path,
        query: &O::Query,
        (heading, row): (&[&str], impl Fn(&T) -> Vec<String>),
        output: Output,
    ) -> Result<(), Failure>
    where
        O: Operation<Answer = List<T>>,
        O::Query: Paged,
        O::Body: Default,
        T: Serialize,
    {
        let mut table = output.open_table(heading);
        let mut is_read = true;
        let take = |items: Vec<T>| {
            let rows: Vec<_> = items.iter().map(&row).collect();
            let values = items.iter().map(value).collect::<Result<Vec<_>, _>>()?;
            is_read = table.add(&rows, &values)?;
            Ok(is_read)
        };
        self.pages::<O, T>(path, query, take).await?;
        if is_read { Ok(table.close()?) } else { Ok(()) }
    }
}

/// A look beside the act that was asked for: one for which the caller has no permission is left out.
///
/// # Errors
/// Every other failure.
pub(super) fn seen<T>(looked: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match looked {
        Err(failure) if failure.is_not_permitted() => Ok(None),
        looked => looked.map(Some),
    }
}

/// What goes into an operation that takes no more than its path.
pub(super) fn on<O: Operation>(path: O::Path) -> Input<O>
where
    O::Query: Default,
    O::Body: Default,
{
    with(path, O::Body::default())
}

/// What goes into a question that takes no path.
pub(super) fn asking<O: Operation<Path = NoPath>>(query: O::Query) -> Input<O>
where
    O::Body: Default,
{
    Input { path: NoPath::default(), query, body: O::Body::default(), if_match: IfMatch::Any }
}

/// The same with a body.
pub(super) fn with<O: Operation>(path: O::Path, body: O::Body) -> Input<O>
where
    O::Query: Default,
{
    Input { path, query: O::Query::default(), body, if_match: IfMatch::Any }
}

/// The same, made on the version that was seen.
pub(super) fn on_version<O: Operation>(input: Input<O>, version: IfMatch) -> Input<O> {
    Input { if_match: version, ..input }
}

/// What stands for no body.
fn nothing<B: Body>() -> anyhow::Result<B> {
    Ok(serde_json::from_str("{}")?)
}
