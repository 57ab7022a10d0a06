//! Lists come a page at a time, by key: what was added or removed meanwhile shifts nothing.

use super::operation::Body;
use super::problem::Problem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::str::FromStr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// The most rows of a page.
pub const MOST_ROWS: u32 = 200;
/// The longest text that a list is filtered by, in characters.
pub(super) const LONGEST_TEXT: usize = 200;
/// The longest `after`, in bytes.
const LONGEST_PLACE: usize = 1024;
const USUAL_ROWS: u32 = 50;

/// Which part of a list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many rows; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    #[param(max_length = 1024)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl PageQuery {
    /// How many rows to show.
    ///
    /// # Errors
    /// [`Problem::parameter`] when that is out of bounds.
    pub fn limit(&self) -> Result<u32, Problem> {
        let limit = self.limit.unwrap_or(USUAL_ROWS);
        let is_fit = (1..=MOST_ROWS).contains(&limit);
        let refusal = || Problem::parameter("limit", format!("must be 1 to {MOST_ROWS}"));
        if is_fit { Ok(limit) } else { Err(refusal()) }
    }

    /// What to go on after, where that is a text.
    ///
    /// # Errors
    /// [`Problem::parameter`] when no page before can have said so.
    pub fn after_text(&self) -> Result<Option<String>, Problem> {
        let text = self.after::<String>()?;
        match text {
            Some(text) if text.chars().any(char::is_control) => Err(no_page()),
            text => Ok(text),
        }
    }

    /// What to go on after.
    ///
    /// # Errors
    /// [`Problem::parameter`] when no page before can have said so.
    pub fn after<K: FromStr>(&self) -> Result<Option<K>, Problem> {
        let read = |text: &str| if text.len() > LONGEST_PLACE { None } else { text.parse().ok() };
        self.after.as_deref().map(|text| read(text).ok_or_else(no_page)).transpose()
    }
}

fn no_page() -> Problem {
    Problem::parameter("after", "is of no page before")
}

/// What a list that comes in pages is asked with.
pub trait Paged: Clone + Default {
    /// The same for the most rows of a page, after the page before if there was one.
    #[must_use]
    fn page_after(&self, after: Option<String>) -> Self;
}

macro_rules! paged {
    ($($query:ty),* $(,)?) => {
        $(impl Paged for $query {
            fn page_after(&self, after: Option<String>) -> Self {
                let mut query = self.clone();
                (query.limit, query.after) = (Some(MOST_ROWS), after);
                query
            }
        })*
    };
}

paged!(
    PageQuery,
    super::users::list::UsersQuery,
    super::clients::ClientQuery,
    super::audit::AuditQuery,
    super::deliveries::MailQuery,
    super::deliveries::LogoutDeliveryQuery,
    super::feed_listeners::FeedListenerQuery,
);

/// A page of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// `after` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Each kind of row has a list of its own name: a document has one schema a name.
impl<T: ToSchema> ToSchema for List<T> {
    fn name() -> Cow<'static, str> {
        format!("{}List", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for List<T> {
    fn schema() -> RefOr<Schema> {
        let next = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("`after` of the next page; absent on the last one"));
        ObjectBuilder::new()
            .description(Some("A page of a list"))
            .property("items", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
            .required("items")
            .property("next", next)
            .into()
    }
}

impl<T: Serialize + DeserializeOwned + ToSchema> Body for List<T> {}

impl<T> List<T> {
    /// A page of at most `limit` rows, of which one more was read; `key` is what the next page goes on after.
    pub fn of(mut items: Vec<T>, limit: u32, key: impl FnOnce(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = if has_more { items.last().map(key) } else { None };
        Self { items, next }
    }
}

/// A text to compare with what is stored.
///
/// # Errors
/// [`Problem::parameter`] for one that is empty, or that nothing stored can be.
pub(super) fn plain(name: &str, text: String) -> Result<String, Problem> {
    let is_fit = (1..=LONGEST_TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    let refusal = || {
        Problem::parameter(name, format!("must be 1 to {LONGEST_TEXT} characters, none of them for control"))
    };
    if is_fit { Ok(text) } else { Err(refusal()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_goes_on_after_the_last_row_that_is_shown() {
        let page = |rows: &[u32], limit| List::of(rows.to_vec(), limit, u32::to_string);
        assert_eq!(page(&[1, 2, 3], 2).next.as_deref(), Some("2"));
        assert_eq!(page(&[1, 2, 3], 2).items, [1, 2]);
        assert_eq!(page(&[1, 2], 2).next, None);
        assert_eq!(page(&[], 2).next, None);
    }

    #[test]
    fn a_page_has_one_row_to_two_hundred() {
        let rows = |limit| PageQuery { limit, after: None }.limit().ok();
        assert_eq!([rows(None), rows(Some(1)), rows(Some(200))], [Some(50), Some(1), Some(200)]);
        assert_eq!([rows(Some(0)), rows(Some(201))], [None, None]);
    }
}
