//! The back-channel logout endpoint of a site (OpenID Connect Back-Channel Logout 2.5): collects the logout tokens, and
//! answers as a story tells it to.

use crate::ports::free_port;
use crate::{ClientSpec, eventually};
use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form};
use actix_web::{App, HttpResponse, HttpServer};
use idp_core::backchannel::BackchannelLogoutUri;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// The endpoint: what it has received, and how it answers. Clones share both.
#[derive(Clone)]
pub struct LogoutReceiver {
    /// `http://receiver.localhost:<port>/logout`.
    pub uri: String,
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    received: Mutex<Vec<String>>,
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

/// Serves what `configure` adds on this port of this machine, in a thread of its own.
pub(crate) fn serve(
    port: u16,
    configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> Listening {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || App::new().configure(configure.clone());
            let server = HttpServer::new(app).workers(1).disable_signals();
            let server = server.bind((Ipv4Addr::LOCALHOST, port)).unwrap().run();
            sender.send(server.handle()).unwrap();
            server.await
        })
    });
    Listening(receiver.recv().unwrap())
}

impl LogoutReceiver {
    /// An endpoint that answers 200 at once, from [`LogoutReceiver::listen`] on.
    #[must_use]
    pub fn new() -> Self {
        let port = free_port();
        let shared = Shared {
            received: Mutex::default(),
            answer: Mutex::new((200, None)),
            may_answer: Semaphore::new(Semaphore::MAX_PERMITS),
        };
        Self { uri: format!("http://receiver.localhost:{port}/logout"), port, shared: Arc::new(shared) }
    }

    /// Listens on its port from now on.
    #[must_use]
    pub fn listen(&self) -> Listening {
        let shared = Data::from(Arc::clone(&self.shared));
        serve(self.port, move |app| {
            app.app_data(shared.clone()).route("/logout", web::post().to(receive));
        })
    }

    /// Answers with this status, and a `Location`, from now on.
    pub fn answer_with(&self, status: u16, location: Option<&str>) {
        *self.shared.answer.lock().unwrap() = (status, location.map(str::to_owned));
    }

    /// Takes requests from now on, and answers none.
    pub fn never_answer(&self) {
        self.shared.may_answer.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// The logout tokens that came.
    #[must_use]
    pub fn received(&self) -> Vec<String> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until so many have come.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        eventually("the logout tokens come", async || {
            let received = self.received();
            if received.len() >= count { Ok(received) } else { Err(format!("{} of {count}", received.len())) }
        })
        .await
    }

    /// A client that registered this endpoint.
    #[must_use]
    pub fn client(&self, id: &str) -> ClientSpec {
        let mut spec = ClientSpec::confidential(id);
        let uri = BackchannelLogoutUri::parse(&self.uri).unwrap();
        spec.client.metadata.backchannel_logout_uri = Some(uri);
        spec.client.metadata.backchannel_logout_session_required = true;
        spec
    }
}

impl Default for LogoutReceiver {
    fn default() -> Self {
        Self::new()
    }
}

async fn receive(form: Form<HashMap<String, String>>, receiver: Data<Shared>) -> HttpResponse {
    receiver.received.lock().unwrap().push(form["logout_token"].clone());
    receiver.may_answer.acquire().await.unwrap().forget();
    let (status, location) = receiver.answer.lock().unwrap().clone();
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if let Some(location) = location {
        response.insert_header(("location", location));
    }
    response.finish()
}
