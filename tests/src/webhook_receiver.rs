//! A receiver of signed webhooks (Standard Webhooks): keeps what came, and answers as a story tells it to.

use crate::eventually;
use crate::logout_receiver::{Listening, serve};
use crate::ports::free_port;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use std::sync::{Arc, Mutex};

/// What came in one request.
#[derive(Clone, Debug)]
pub struct Message {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// The body as it came.
    pub body: String,
}

/// The receiver. Clones share what came.
#[derive(Clone)]
pub struct WebhookReceiver {
    /// `http://receiver.localhost:<port>/events`.
    pub url: String,
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    taken: Mutex<Vec<Message>>,
    refused: Mutex<Vec<Message>>,
    status: Mutex<u16>,
}

impl WebhookReceiver {
    /// One that takes everything, from [`WebhookReceiver::listen`] on.
    #[must_use]
    pub fn new() -> Self {
        let port = free_port();
        let shared = Shared { taken: Mutex::default(), refused: Mutex::default(), status: Mutex::new(204) };
        Self { url: format!("http://receiver.localhost:{port}/events"), port, shared: Arc::new(shared) }
    }

    /// Listens on its port from now on.
    #[must_use]
    pub fn listen(&self) -> Listening {
        let shared = Data::from(Arc::clone(&self.shared));
        serve(self.port, move |app| {
            app.app_data(shared.clone()).route("/events", web::post().to(receive));
        })
    }

    /// Answers with this status from now on.
    pub fn answer_with(&self, status: u16) {
        *self.shared.status.lock().unwrap() = status;
    }

    /// What it answered with success.
    #[must_use]
    pub fn taken(&self) -> Vec<Message> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// Waits until it has refused something; the first of it.
    pub async fn refused(&self) -> Message {
        eventually("something is refused", async || {
            self.shared.refused.lock().unwrap().first().cloned().ok_or("nothing yet")
        })
        .await
    }
}

impl Default for WebhookReceiver {
    fn default() -> Self {
        Self::new()
    }
}

async fn receive(request: HttpRequest, body: String, receiver: Data<Shared>) -> HttpResponse {
    let header = |name| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let message = Message {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
    };
    let status = *receiver.status.lock().unwrap();
    let status = StatusCode::from_u16(status).unwrap();
    let messages = if status.is_success() { &receiver.taken } else { &receiver.refused };
    messages.lock().unwrap().push(message);
    HttpResponse::new(status)
}
