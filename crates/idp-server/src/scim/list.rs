//! Lists and their pages: by index (RFC 7644 3.4.2.4), and by cursor (RFC 9865), which alone leads through all of very many.

use super::Failure;
use idp_core::scim::{Document, Projection, Refusal, ScimType};
use serde_json::{Map, Value, json};

/// The most resources of a page.
pub const MOST_ON_PAGE: i64 = 200;
/// How many there are unless the client says.
pub const USUAL_ON_PAGE: i64 = 100;
/// The most rows that an index leads to, and that are counted.
pub(super) const MOST_INDEXED: i64 = 10_000;
/// The most resources that a filter is compared with.
pub(super) const MOST_COMPARED: usize = 1000;

/// Which resources a client wants, and what of them.
#[derive(Clone, Default, Debug)]
pub struct ListRequest {
    /// For which a filter holds.
    pub filter: Option<String>,
    /// What is answered of each.
    pub projection: Projection,
    /// From the how manieth on, counted from 1.
    pub start_index: Option<i64>,
    /// How many.
    pub count: Option<i64>,
    /// Where the page before ended; empty: from the beginning, by cursor.
    pub cursor: Option<String>,
}

impl ListRequest {
    /// How many of a page.
    ///
    /// # Errors
    /// [`ScimType::InvalidCount`], and [`ScimType::InvalidValue`] for an index beside a cursor.
    pub(super) fn count(&self) -> Result<usize, Refusal> {
        if self.cursor.is_some() && self.start_index.is_some() {
            return Err(Refusal::value("startIndex and cursor exclude each other"));
        }
        if self.cursor.is_some() && self.count.is_some_and(|count| count < 1) {
            return Err(Refusal::new(ScimType::InvalidCount, "count must be at least 1"));
        }
        let count = self.count.unwrap_or(USUAL_ON_PAGE).clamp(0, MOST_ON_PAGE);
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// How many stand before the page.
    pub(super) fn skipped(&self) -> usize {
        usize::try_from(self.start_index.unwrap_or(1).max(1) - 1).unwrap_or(usize::MAX)
    }

    /// What the cursor says, of a page before.
    ///
    /// # Errors
    /// [`ScimType::InvalidCursor`].
    pub(super) fn after<K: std::str::FromStr>(&self) -> Result<Option<K>, Refusal> {
        let given = self.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let unfit = |_| Refusal::new(ScimType::InvalidCursor, "the cursor is of no page before");
        given.map(|cursor| cursor.parse().map_err(unfit)).transpose()
    }
}

/// The keys of a page, and what is known of the list.
pub(super) struct Page<K> {
    pub(super) keys: Vec<K>,
    /// How many there are; `None` where nobody counts.
    pub(super) total: Option<usize>,
    pub(super) next: Option<String>,
}

impl<K: Clone + Ord + ToString + std::str::FromStr> Page<K> {
    /// A page of a list that is known as a whole, in its order.
    pub(super) fn of_all(all: &[K], request: &ListRequest) -> Result<Self, Refusal> {
        let count = request.count()?;
        let total = Some(all.len());
        if request.cursor.is_none() {
            let keys = all.iter().skip(request.skipped()).take(count).cloned().collect();
            return Ok(Self { keys, total, next: None });
        }
        let after: Option<K> = request.after()?;
        let left = all.iter().filter(|key| after.as_ref().is_none_or(|after| *key > after));
        let page = Self::of_some(left.take(count + 1).cloned().collect(), count);
        Ok(Self { total, ..page })
    }

    /// A page of a list that goes on, of which one more than `count` was read.
    pub(super) fn of_some(mut keys: Vec<K>, count: usize) -> Self {
        let has_more = keys.len() > count;
        keys.truncate(count);
        let next = if has_more { keys.last().map(ToString::to_string) } else { None };
        Self { keys, total: None, next }
    }

    /// A page by index of a list of which at most one more than [`MOST_INDEXED`] was read.
    pub(super) fn of_first(first: &[K], request: &ListRequest) -> Result<Self, Failure> {
        let most = usize::try_from(MOST_INDEXED).unwrap_or(usize::MAX);
        if first.len() > most && request.skipped() >= most {
            let detail = format!("startIndex leads through the first {most}; go on by cursor (RFC 9865)");
            return Err(Refusal::new(ScimType::TooMany, detail).into());
        }
        let page = Self::of_all(first, request)?;
        let keys = if first.len() > most {
            let left = most.saturating_sub(request.skipped());
            page.keys.into_iter().take(left).collect()
        } else {
            page.keys
        };
        Ok(Self { keys, total: page.total, next: None })
    }
}

/// The message (RFC 7644 3.4.2).
pub(super) fn message<K>(page: &Page<K>, request: &ListRequest, resources: Vec<Document>) -> Value {
    let mut body = Map::from_iter([
        ("schemas".to_owned(), json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])),
        ("itemsPerPage".to_owned(), json!(resources.len())),
    ]);
    if let Some(total) = page.total {
        body.insert("totalResults".to_owned(), json!(total));
    }
    if request.cursor.is_none() {
        body.insert("startIndex".to_owned(), json!(request.start_index.unwrap_or(1).max(1)));
    }
    if let Some(next) = &page.next {
        body.insert("nextCursor".to_owned(), json!(next));
    }
    body.insert("Resources".to_owned(), Value::Array(resources.into_iter().map(Value::Object).collect()));
    Value::Object(body)
}

/// That a filter leads nowhere without a look at everything.
pub(super) fn not_indexed(allowed: &str) -> Refusal {
    Refusal::new(
        ScimType::InvalidFilter,
        format!("this filter would look at everything; ask by {allowed}, or by one of these and more"),
    )
}

/// That a filter fits more than are compared.
pub(super) fn too_many() -> Refusal {
    Refusal::new(
        ScimType::TooMany,
        format!("more than {MOST_COMPARED} would have to be looked at; ask more narrowly"),
    )
}

/// That there are more members than one answer has.
pub(super) fn too_many_members() -> Refusal {
    let detail = format!(
        "more than {} members: leave them out with excludedAttributes=members, and list them as /Users?filter=groups.value eq \"id\"",
        super::groups::MOST_MEMBERS
    );
    Refusal::new(ScimType::TooMany, detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn by_index(all: usize, start_index: i64, count: i64) -> Result<(Vec<usize>, usize), u16> {
        let all: Vec<usize> = (1..=all).collect();
        let request =
            ListRequest { start_index: Some(start_index), count: Some(count), ..ListRequest::default() };
        let page = Page::of_first(&all, &request).map_err(|failure| failure.status)?;
        Ok((page.keys, page.total.unwrap()))
    }

    #[test]
    fn an_index_leads_to_the_first_ten_thousand_and_never_ends_as_if_there_were_no_more() {
        assert_eq!(by_index(5, 4, 10), Ok((vec![4, 5], 5)));
        assert_eq!(by_index(10_000, 10_000, 10), Ok((vec![10_000], 10_000)));
        assert_eq!(by_index(10_000, 10_001, 10), Ok((vec![], 10_000)));
        assert_eq!(by_index(10_001, 9_999, 10), Ok((vec![9_999, 10_000], 10_001)));
        assert_eq!(by_index(10_001, 1, 2), Ok((vec![1, 2], 10_001)));
        assert_eq!(by_index(10_001, 10_001, 10), Err(400));
        assert_eq!(by_index(3, i64::MIN, i64::MAX), Ok((vec![1, 2, 3], 3)));
    }
}
