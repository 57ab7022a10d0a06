//! Commands on a server elsewhere that is down, breaks off, answers in the place of another, or is another program: each is told for
//! what it is, with exit code 1, and nothing is done twice.

use crate::desk::{Desk, printed, text};
use idp_tests::ports::free_port;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::{Arc, Mutex};

/// What a server makes of one request to its API.
#[derive(Clone)]
enum Reply {
    /// It ends the connection before it has answered.
    Nothing,
    /// It ends it in the middle of the answer.
    Half(u16, Value),
    /// It answers.
    Whole(u16, Value),
    /// Something that is not the API answers.
    Page(u16),
}

/// A request to the API.
#[derive(Clone, Debug)]
struct Asked {
    line: String,
    key: Option<String>,
}

/// A server that passes for a provider and has its answers prepared; after the last one it repeats that.
struct Prepared {
    issuer: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Prepared {
    fn answering(replies: Vec<Reply>) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let issuer = format!("http://127.0.0.1:{port}");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (own, known, mut replies) = (issuer.clone(), asked.clone(), VecDeque::from(replies));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                serve(stream, &own, &known, &mut replies);
            }
        });
        Self { issuer, asked }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    async fn run(&self, desk: &Desk, arguments: &[&str]) -> Output {
        let file = desk.secret("a secret of that client").display().to_string();
        let place = ["--server", &self.issuer, "--client-id", "machine", "--credentials", &file];
        desk.run(&[arguments, &place].concat()).await
    }
}

fn serve(stream: TcpStream, issuer: &str, asked: &Mutex<Vec<Asked>>, replies: &mut VecDeque<Reply>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let (mut length, mut key) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "idempotency-key" => key = Some(value.to_owned()),
            _ => {}
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let target = line.split(' ').nth(1).unwrap().to_owned();
    let reply = match target.as_str() {
        "/.well-known/openid-configuration" => Reply::Whole(
            200,
            json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "revocation_endpoint": format!("{issuer}/revoke"),
            }),
        ),
        "/token" => {
            Reply::Whole(200, json!({ "access_token": "x", "expires_in": 300, "token_type": "Bearer" }))
        }
        _ => {
            asked.lock().unwrap().push(Asked { line: line.trim().to_owned(), key });
            if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
        }
    };
    answer(stream, reply);
}

fn answer(mut stream: TcpStream, reply: Reply) {
    let (status, kind, body, sent) = match reply {
        Reply::Nothing => return,
        Reply::Half(status, value) => (status, "application/json", value.to_string(), 10),
        Reply::Whole(status, value) => (status, "application/json", value.to_string(), usize::MAX),
        Reply::Page(status) => (status, "text/html", "<h1>Another program</h1>".to_owned(), usize::MAX),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let sent = &body.as_bytes()[..sent.min(body.len())];
    let _ = stream.write_all(&[head.as_bytes(), sent].concat());
}

fn problem(status: u16, code: &str, detail: &str) -> Value {
    json!({ "type": "about:blank", "title": "X", "status": status, "code": code, "detail": detail })
}

fn made() -> Value {
    json!({ "fingerprint": "01234567", "client_secret": "the-one-that-was-made" })
}

const ADD: [&str; 4] = ["client", "secret", "add", "site"];

/// What the server did is done once, because the same request comes again under the same key.
#[tokio::test]
async fn what_creates_is_asked_for_again_under_one_key_when_its_answer_is_lost() {
    let desk = Desk::new();
    let away = problem(503, "unavailable", "try again in a moment");
    for lost in [
        Reply::Nothing,
        Reply::Half(200, made()),
        Reply::Whole(503, away),
        Reply::Page(502),
        Reply::Whole(409, problem(409, "under_way", "the request with this key is not answered yet")),
    ] {
        let server = Prepared::answering(vec![lost, Reply::Whole(200, made())]);
        let done = server.run(&desk, &[&["--json"][..], &ADD].concat()).await;
        assert!(done.status.success(), "{}", text(&done.stderr));
        assert_eq!(printed(&text(&done.stdout))["client_secret"], "the-one-that-was-made");
        let asked = server.asked();
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert!(asked[0].key.is_some() && asked[0].key == asked[1].key, "{asked:?}");
    }
}

/// A change may have been made though its answer is lost, and a second one would be another.
#[tokio::test]
async fn what_changes_or_removes_is_not_asked_for_twice() {
    let desk = Desk::new();
    let client = json!({
        "client_id": "site", "client_name": "Site", "public": false, "client_secrets": [], "redirect_uris": [],
        "post_logout_redirect_uris": [], "grant_types": [], "scope": "", "audience": "site", "require_pkce": true,
        "consent": "ask", "access_token_lifetime": null, "backchannel_logout_uri": null,
        "backchannel_logout_session_required": false, "id_token_encrypted_response_alg": null,
        "id_token_encrypted_response_enc": null, "id_token_encryption_key": null, "revocation_feed": false,
        "required_acr": null, "claims_mapping": [], "allowed_roles": [], "allowed_groups": [], "allowed_networks": [],
        "client_uri": null, "policy_uri": null, "tos_uri": null, "color": null, "logo": null,
        "created_at": "2026-11-21T03:00:00Z", "warnings": [],
    });
    let server = Prepared::answering(vec![Reply::Whole(200, client), Reply::Nothing]);
    let failed = server.run(&desk, &["client", "remove", "site", "--yes"]).await;
    let said = text(&failed.stderr);
    assert_eq!((failed.status.code(), said.contains("does not answer")), (Some(1), true), "{said}");
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(asked, ["GET /api/v1/clients/site HTTP/1.1", "DELETE /api/v1/clients/site HTTP/1.1"]);
}

#[tokio::test]
async fn a_server_that_goes_on_failing_is_told_for_what_it_is() {
    let desk = Desk::new();
    let fault = problem(500, "internal", "this is a fault of the server");
    for (reply, said, times) in [
        (Reply::Nothing, "does not answer", 4),
        (Reply::Page(502), "answered 502", 4),
        (Reply::Whole(503, problem(503, "busy", "try again in a moment")), "answered 503", 4),
        (Reply::Whole(500, fault), "this is a fault of the server", 1),
        (Reply::Page(200), "not as the API does", 1),
        (Reply::Whole(200, json!({ "something": "else" })), "not as the API does", 1),
        (Reply::Page(404), "not as the API does", 1),
    ] {
        let server = Prepared::answering(vec![reply]);
        let failed = server.run(&desk, &["keys", "list"]).await;
        let words = text(&failed.stderr);
        assert_eq!(failed.status.code(), Some(1), "{words}");
        assert!(words.contains(said) && words.contains(&server.issuer), "{said}: {words}");
        assert_eq!(server.asked().len(), times, "{said}");
    }
    let refused = problem(403, "not_permitted", "this takes the permission idp.keys.read");
    let server = Prepared::answering(vec![Reply::Whole(403, refused)]);
    let refused = server.run(&desk, &["keys", "list"]).await;
    assert_eq!((refused.status.code(), server.asked().len()), (Some(4), 1), "{}", text(&refused.stderr));
}
