//! A site's ear at the back channel: takes logout tokens as a story wants it to.

use crate::ClientSpec;
use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form};
use actix_web::{App, HttpResponse, HttpServer};
use idp_core::backchannel::{BackchannelLogout, BackchannelLogoutUri};
use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// What somebody who listens has heard, and how it answers.
#[derive(Clone)]
pub struct Ear {
    /// `http://ear.localhost:<port>/logout`.
    pub uri: String,
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    heard: Mutex<Vec<String>>,
    answer: Mutex<(u16, Option<String>)>,
    /// Each answer takes a permit.
    may_answer: Semaphore,
}

/// Listens until it is dropped.
pub struct Listening(ServerHandle);

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.0.stop(false));
    }
}

impl Ear {
    /// One that answers 200 at once, when it listens.
    #[must_use]
    pub fn new() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let shared = Shared {
            heard: Mutex::default(),
            answer: Mutex::new((200, None)),
            may_answer: Semaphore::new(Semaphore::MAX_PERMITS),
        };
        Self { uri: format!("http://ear.localhost:{port}/logout"), port, shared: Arc::new(shared) }
    }

    /// Listens on its port from now on.
    #[must_use]
    pub fn listen(&self) -> Listening {
        let (shared, port) = (Data::from(Arc::clone(&self.shared)), self.port);
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || App::new().app_data(shared.clone()).route("/logout", web::post().to(hear));
                let server = HttpServer::new(app).workers(1).disable_signals();
                let server = server.bind((Ipv4Addr::LOCALHOST, port)).unwrap().run();
                sender.send(server.handle()).unwrap();
                server.await
            })
        });
        Listening(receiver.recv().unwrap())
    }

    /// Answers this from now on.
    pub fn answer(&self, status: u16, location: Option<&str>) {
        *self.shared.answer.lock().unwrap() = (status, location.map(str::to_owned));
    }

    /// Hears, and does not answer.
    pub fn keep_silent(&self) {
        self.shared.may_answer.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// The logout tokens that came.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// Waits until so many have come.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..1000 {
            if self.heard().len() >= count {
                return self.heard();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("heard {} of {count} logout tokens", self.heard().len());
    }

    /// A client that is told here.
    #[must_use]
    pub fn client(&self, id: &str) -> ClientSpec {
        let mut spec = ClientSpec::confidential(id);
        let uri = BackchannelLogoutUri::parse(&self.uri).unwrap();
        spec.client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        spec
    }
}

impl Default for Ear {
    fn default() -> Self {
        Self::new()
    }
}

async fn hear(form: Form<HashMap<String, String>>, ear: Data<Shared>) -> HttpResponse {
    ear.heard.lock().unwrap().push(form["logout_token"].clone());
    ear.may_answer.acquire().await.unwrap().forget();
    let (status, location) = ear.answer.lock().unwrap().clone();
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if let Some(location) = location {
        response.insert_header(("location", location));
    }
    response.finish()
}
