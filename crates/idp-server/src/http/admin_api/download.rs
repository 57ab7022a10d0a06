//! An export and its answer, which is written as it is read.

use super::caller;
use super::exchange::{Refusal, refused};
use crate::admin_api::{Export, Problem};
use crate::app::App;
use crate::directory::Caller;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::{self, Stream};

/// Takes a request for `E`, and answers it.
pub(super) async fn handle<E: Export>(request: HttpRequest, app: Data<App>) -> HttpResponse {
    match answer::<E>(&request, &app).await {
        Ok(response) => response,
        Err(refusal) => refused(&refusal),
    }
}

async fn answer<E: Export>(request: &HttpRequest, app: &Data<App>) -> Result<HttpResponse, Refusal> {
    let caller = caller::of_request(request, app).await?;
    Ok(export::<E>(request, app, caller).await?)
}

/// An export for a caller who was let in.
///
/// # Errors
/// [`Problem`], where it cannot be begun.
pub async fn export<E: Export>(
    request: &HttpRequest,
    app: &Data<App>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let by = app.administration(&caller);
    by.require_all(E::NEEDS.iter().copied().collect())?;
    let query = Query::<E::Query>::from_query(request.query_string());
    let query =
        query.map_err(|error| Problem::new(400, "invalid_parameter", error.to_string()))?.into_inner();
    // What cannot be begun is refused with a status.
    let first = E::part(&by, &query, None).await?;
    let head = Bytes::from(format!("{}{}", E::HEAD, first.text));
    let name = E::PATH.rsplit('/').next().unwrap_or_default();
    let written = written::<E>(Data::clone(app), caller, query, (head, first.next));
    Ok(HttpResponse::Ok()
        .content_type(E::MEDIA)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(written))
}

/// What is written next.
enum Next<P> {
    /// This, and then the part from there on.
    Text(Bytes, Option<P>),
    /// The part from there on.
    Part(P),
    /// Nothing.
    End,
}

impl<P> Next<P> {
    fn after(place: Option<P>) -> Self {
        place.map_or(Self::End, Self::Part)
    }
}

/// A failure breaks the answer off, so that nobody takes it for a whole one.
fn written<E: Export>(
    app: Data<App>,
    caller: Caller,
    query: E::Query,
    (head, second): (Bytes, Option<E::Place>),
) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::try_unfold(Next::Text(head, second), move |next| {
        let (app, caller, query) = (Data::clone(&app), caller.clone(), query.clone());
        async move {
            match next {
                Next::End => Ok(None),
                Next::Text(text, place) => Ok(Some((text, Next::after(place)))),
                Next::Part(place) => {
                    let part = E::part(&app.administration(&caller), &query, Some(place)).await;
                    let part = part.inspect_err(Problem::log)?;
                    Ok(Some((Bytes::from(part.text), Next::after(part.next))))
                }
            }
        }
    })
}
