//! Passwords that were stolen elsewhere: from a list on disk, and from a service that may be slow, broken or hostile.

use crate::own_process::idp_server;
use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use idp_core::username::Username;
use idp_server::clock::Stopwatch;
use idp_server::config::Config;
use idp_tests::TestIdp;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LEAKED: &str = "seven gravel teapots whistle";
/// Its SHA-1.
const HASH: &str = "20ED7DA8EC44255ED5A38BAE6CF0ECF7D4970EF0";
const FINE: &str = "nineteen owls and a ladder";

/// How the service answers.
#[derive(Copy, Clone, Eq, PartialEq)]
enum Mood {
    Lists,
    Pads,
    Sleeps,
    Breaks,
    Floods,
    Redirects,
}

/// A service of the range protocol on this machine, in a thread of its own.
struct Service {
    url: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
    handle: ServerHandle,
}

impl Service {
    fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://breach.localhost:{}/range/", listener.local_addr().unwrap().port());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (shared, (sender, receiver)) = (Data::from(Arc::clone(&asked)), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    let answer = move |request, asked| answer(mood, request, asked);
                    App::new().app_data(shared.clone()).default_service(web::get().to(answer))
                };
                let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0);
                let server = server.listen(listener).unwrap().run();
                sender.send(server.handle()).unwrap();
                server.await
            })
        });
        Self { url, asked, handle: receiver.recv().unwrap() }
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn answer(mood: Mood, request: HttpRequest, asked: Data<Mutex<Vec<(String, String)>>>) -> HttpResponse {
    let padding = request.headers().get("add-padding").map(|value| value.to_str().unwrap().to_owned());
    asked.lock().unwrap().push((request.path().to_owned(), padding.unwrap_or_default()));
    let listed = format!("0000000000000000000000000000000000A:3\r\n{}:42\r\n", &HASH[5..]);
    match mood {
        Mood::Lists => HttpResponse::Ok().body(listed),
        Mood::Pads => HttpResponse::Ok().body(format!("{}:0\r\n", &HASH[5..])),
        Mood::Sleeps => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            HttpResponse::Ok().body(listed)
        }
        Mood::Breaks => HttpResponse::InternalServerError().body(listed),
        Mood::Floods => HttpResponse::Ok().body(format!("{}{listed}", "x".repeat(10 * 1024 * 1024))),
        Mood::Redirects if request.path() == "/elsewhere" => HttpResponse::Ok().body(listed),
        Mood::Redirects => HttpResponse::Found().insert_header(("location", "/elsewhere")).finish(),
    }
}

/// Whether a user may be given this password.
async fn may(idp: &TestIdp, password: &str) -> bool {
    let alice = Username::parse("alice").unwrap();
    let set = idp.operator().set_password(&alice, idp_tests::typed(password), idp.clock.now()).await;
    match set {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(
                error.to_string(),
                "This password is on a list of passwords that were stolen elsewhere. \
                 password.breach_file or password.breach_url names it."
            );
            false
        }
    }
}

async fn with(change: impl FnOnce(&mut Config)) -> TestIdp {
    let idp = TestIdp::start_with(change).await;
    idp.add_user("alice").await;
    idp
}

fn list() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!("0000000000000000000000000000000000000001:7\n{HASH}:42\nFF{}:1\n", "0".repeat(38));
    std::fs::write(file.path(), text).unwrap();
    file
}

#[tokio::test]
async fn s87_a_password_on_the_list_is_refused_at_each_door() {
    let list = list();
    let idp = with(|config| config.password.breach_file = Some(list.path().to_owned())).await;
    assert!(!may(&idp, LEAKED).await);
    assert!(may(&idp, FINE).await);

    let browser = idp.browser();
    let login = browser.visit(idp.url("/account/password")).await;
    let form = browser.follow(browser.log_in_as(&login, "alice", FINE).await).await;
    let fields = |new| [("password", FINE), ("new_password", new)];
    let refused = browser.press(&form, "", &fields(LEAKED)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("This is on a list of passwords that were stolen from other sites."));
    assert_eq!(browser.press(&form, "", &fields("a walk along 7 rivers")).await.status, 303);
    // A list that cannot be read any more keeps no one from choosing.
    std::fs::write(list.path(), "").unwrap();
    assert!(may(&idp, FINE).await);
}

#[tokio::test]
async fn s87_a_service_learns_five_digits_and_says_what_is_listed() {
    let service = Service::start(Mood::Lists);
    let idp = with(|config| config.password.breach_url = Some(service.url.parse().unwrap())).await;
    assert!(!may(&idp, LEAKED).await);
    assert!(may(&idp, FINE).await);
    let asked = service.asked();
    assert_eq!(asked[0], (format!("/range/{}", &HASH[..5]), "true".to_owned()));
    assert!(asked.iter().all(|(path, _)| path.len() == "/range/".len() + 5), "{asked:?}");
    // The service is not asked about a password that is weak by itself.
    let alice = Username::parse("alice").unwrap();
    let weak = idp_tests::typed("password12345678");
    assert!(idp.operator().set_password(&alice, weak, idp.clock.now()).await.is_err());
    assert_eq!(service.asked().len(), asked.len());
}

#[tokio::test]
async fn s93_a_service_that_is_slow_broken_or_sends_elsewhere_is_passed_over() {
    for mood in [Mood::Pads, Mood::Sleeps, Mood::Breaks, Mood::Floods, Mood::Redirects] {
        let service = Service::start(mood);
        let idp = with(|config| config.password.breach_url = Some(service.url.parse().unwrap())).await;
        let begun = Stopwatch::start();
        assert!(may(&idp, LEAKED).await);
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        assert_eq!(service.asked().len(), 1, "asked once, and no redirect was followed");
    }
    // A port without a server, and names that lead into the private network.
    for url in ["http://127.0.0.1:9/", "https://10.0.0.1/range/", "https://169.254.169.254/latest/"] {
        let idp = with(|config| config.password.breach_url = Some(url.parse().unwrap())).await;
        assert!(may(&idp, LEAKED).await, "{url}");
    }
}

#[tokio::test]
async fn a_list_that_is_none_is_said_when_the_server_starts() {
    let folder = tempfile::tempdir().unwrap();
    let unsorted = folder.path().join("list.txt");
    std::fs::write(&unsorted, format!("{HASH}\n{}\n", "0".repeat(40))).unwrap();
    let setting = format!("password.breach_file={}", unsorted.display());
    let (code, said) = check(folder.path(), &["--set", &setting], FINE);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("password.breach_file") && said.contains("in the order of its hashes"), "{said}");
}

/// `password check` with this on standard input: the exit code, and what it said.
fn check(folder: &std::path::Path, arguments: &[&str], password: &str) -> (i32, String) {
    let mut child = idp_server(folder, &[arguments, &["password", "check", "--name", "alice"]].concat())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let said = [done.stdout, done.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    let refused = said.contains("idp-server: ");
    // The process is a test, which fails or not; what the binary makes of it is a story of `failure`.
    (if done.status.success() { 0 } else { i32::from(refused) }, said)
}

#[tokio::test]
async fn s87_the_command_says_whether_a_password_could_be_chosen_and_why_not() {
    let (folder, list) = (tempfile::tempdir().unwrap(), list());
    let setting = format!("password.breach_file={}", list.path().display());
    let settings = ["--set", &setting, "--set", "password.words=Marmalade"];
    for (password, words) in [
        (FINE, "This password can be chosen."),
        ("short", "Use at least 15 characters."),
        ("alice alice alice", "Leave out your own name"),
        ("marmalade-marmalade", "Leave out your own name"),
        ("password12345678", "guessed first"),
        ("abcabcabcabcabcabc", "easily guessed"),
        (LEAKED, "stolen elsewhere"),
        ("", "1 to 1024 bytes"),
    ] {
        let (code, said) = check(folder.path(), &settings, password);
        assert_eq!(code == 0, password == FINE, "{password}: {said}");
        assert!(said.contains(words), "{password}: {said}");
        assert!(password.len() < 9 || !said.contains(password), "it is not repeated: {said}");
    }
    assert!(!folder.path().join("data").exists(), "it needs no data and makes none");
}
