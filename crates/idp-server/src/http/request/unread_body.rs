//! A request whose body no handler waited for must not keep its connection: the rest of it may never come (RFC 9112
//! 9.3). The framework closes such a connection only while the body is still held, so it is held here
//! until the answer is sent. Nor may a node that is to stop keep any: what comes over a connection that is being closed is lost, and
//! load balancers hold theirs open.

use crate::app::App;
use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use futures_util::{Stream, StreamExt as _};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Closes the connection after an answer that did not wait for the end of the request, and after each once the node was told to stop.
///
/// # Errors
/// Those of the wrapped service.
pub async fn close_after_unread_body(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (request, payload) = request.into_parts();
    let app = request.app_data::<Data<App>>().cloned();
    let shared = Shared(Rc::new(RefCell::new(payload)));
    let lent: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(shared.clone());
    let mut response = next.call(ServiceRequest::from_parts(request, lent.into())).await?;
    if app.is_some_and(|app| app.readiness.is_draining()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| Holding { body: Box::pin(body), _payload: shared }))
}

/// The body of a request, for the handler to read and for the answer to hold.
#[derive(Clone)]
struct Shared(Rc<RefCell<Payload>>);

impl Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next_unpin(context)
    }
}

/// The body of the answer.
struct Holding<B> {
    body: Pin<Box<B>>,
    _payload: Shared,
}

impl<B: MessageBody> MessageBody for Holding<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_mut().poll_next(context)
    }
}
