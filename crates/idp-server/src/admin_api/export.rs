//! Exports: answers that are written as they are read, however long they become.

use super::operation::Parameters;
use super::problem::Problem;
use crate::directory::Administration;
use idp_core::administration::Permission;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// A part of an export.
#[derive(Clone, Debug)]
pub struct Part<P> {
    /// What is written.
    pub text: String,
    /// Where the next part begins; `None`: this was the last.
    pub next: Option<P>,
}

/// An export: a GET whose answer is a text of any length.
pub trait Export: 'static {
    /// Its name for programs (`operationId`).
    const ID: &'static str;
    /// Its path below [`super::BASE`].
    const PATH: &'static str;
    /// The group that it stands in.
    const TAG: &'static str;
    /// What it exports, in a sentence.
    const SUMMARY: &'static str;
    /// The permissions that it takes.
    const NEEDS: &'static [Permission];
    /// The media type of the answer.
    const MEDIA: &'static str;
    /// What stands before the first part.
    const HEAD: &'static str = "";
    /// The parameters in the query.
    type Query: Serialize + DeserializeOwned + Parameters + Clone;
    /// Where a part begins.
    type Place: Clone;

    /// Reads a part, the first one without a place. The right is looked up again each time.
    ///
    /// # Errors
    /// [`Problem`]; after the first part it breaks the answer off.
    fn part(
        by: &Administration<'_>,
        query: &Self::Query,
        after: Option<Self::Place>,
    ) -> impl Future<Output = Result<Part<Self::Place>, Problem>>;
}
