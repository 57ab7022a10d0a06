//! From what an operation has made to the operations on it (OpenAPI 3.1, Link Object): a client that was generated, or a
//! test, finds its way by the document alone.

use utoipa::openapi::link::Link;
use utoipa::openapi::path::PathItem;
use utoipa::openapi::{Paths, RefOr};

/// Where something is made.
pub(super) struct Creation {
    /// The path of the collection.
    pub path: &'static str,
    /// Where its id stands in the answer, as a JSON pointer (RFC 6901).
    pub id: &'static str,
}

/// Adds to the answer of each creation a link to every operation on what was made.
pub(super) fn add(paths: &mut Paths, creations: &[Creation]) {
    for creation in creations {
        let links = links(paths, creation);
        let post = paths.paths.get_mut(creation.path).and_then(|item| item.post.as_mut());
        let answer = post.and_then(|operation| operation.responses.responses.get_mut("201"));
        if let Some(RefOr::T(answer)) = answer {
            answer.links.extend(links);
        }
    }
}

fn links(paths: &Paths, creation: &Creation) -> Vec<(String, RefOr<Link>)> {
    let is_on_it = |path: &str| path.strip_prefix(creation.path).is_some_and(|rest| rest.starts_with("/{"));
    let items = paths.paths.iter().filter(|(path, _)| is_on_it(path));
    let ids = items.flat_map(|(path, item)| operation_ids(item).map(move |id| (path, id)));
    ids.map(|(path, id)| (id.to_owned(), link(path, id, creation).into())).collect()
}

fn operation_ids(item: &PathItem) -> impl Iterator<Item = &str> {
    let operations = [&item.get, &item.put, &item.post, &item.patch, &item.delete];
    operations.into_iter().flatten().filter_map(|operation| operation.operation_id.as_deref())
}

/// The first parameter behind the collection is the id of what was made. One further on names something else.
fn link(path: &str, operation: &str, creation: &Creation) -> Link {
    let made = path.get(creation.path.len()..).and_then(|rest| rest.strip_prefix("/{")?.split('}').next());
    Link::builder()
        .operation_id(operation)
        .parameter(made.unwrap_or_default(), format!("$response.body#{}", creation.id))
        .build()
}
