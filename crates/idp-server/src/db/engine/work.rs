//! Questions and changes without their types. There are hundreds, each a type of its own, and all that carries one to a thread
//! and its answer back would be compiled for each: a megabyte of the program (docs/adr/0076). A box costs less than a microsecond.

use super::caller::no_answer;
use super::{Connection, DbError};
use std::any::Any;

/// What a piece of work answers.
pub(super) type Answer = Box<dyn Any + Send>;
/// What is done with a connection.
pub(super) type Work = Box<dyn FnOnce(&mut Connection) -> Result<Answer, DbError> + Send>;

/// The same work, in a box, as its answer.
pub(super) fn work<T: Send + 'static>(
    work: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
) -> Work {
    Box::new(move |connection| Ok(Box::new(work(connection)?)))
}

/// The answer of what [`work`] made of work with such an answer.
///
/// # Errors
/// What the work answers.
pub(super) fn typed<T: 'static>(answer: Result<Answer, DbError>) -> Result<T, DbError> {
    answer?.downcast().map(|answer| *answer).map_err(|_| no_answer())
}
