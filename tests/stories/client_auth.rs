//! How a client proves itself (RFC 6749 2.3, OpenID Connect Core 9): one method at a time, refusals that tell
//! nothing, and no secret at rest.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use idp_core::client::ClientKind;
use idp_core::secret::{Secret, SecretKind};
use idp_server::clock::Stopwatch;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, backend, jwt};
use reqwest::header::AUTHORIZATION;
use std::time::Duration;

const FAILED: (u16, &str) = (401, "invalid_client");
const MALFORMED: (u16, &str) = (400, "invalid_request");

/// Asks for a token with these `Authorization` headers and these fields.
async fn ask(idp: &TestIdp, headers: &[&str], fields: &[(&str, &str)]) -> TokenAnswer {
    let form: Vec<_> = [("grant_type", "client_credentials")].iter().chain(fields).copied().collect();
    let mut request = idp.http.post(idp.url("/token")).form(&form);
    for header in headers {
        request = request.header(AUTHORIZATION, *header);
    }
    idp.send(request).await
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// Another secret, well formed, that differs in its last bits.
fn nearly(secret: &str) -> String {
    let (head, last) = secret.split_at(secret.len() - 1);
    format!("{head}{}", if last == "A" { "E" } else { "A" })
}

struct Clients {
    idp: TestIdp,
    site: ClientSpec,
    other: ClientSpec,
    public: ClientSpec,
}

impl Clients {
    async fn start() -> Self {
        let idp = TestIdp::start().await;
        let (site, other, public) = (
            ClientSpec::confidential("site-a"),
            ClientSpec::confidential("site-b"),
            ClientSpec::public("public"),
        );
        for client in [&site, &other, &public] {
            idp.add_client(client).await;
        }
        Self { idp, site, other, public }
    }

    fn secret(&self) -> &str {
        self.site.secret.as_deref().unwrap()
    }
}

#[tokio::test]
async fn s22_either_method_proves_a_client() {
    let clients = Clients::start().await;
    let (idp, id, secret) = (&clients.idp, clients.site.id(), clients.secret());
    let escaped: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for headers in [
        vec![basic(id, secret)],
        vec![basic(&escaped, &secret.replace('.', "%2e"))],
        vec![basic(id, secret).replace("Basic", "bAsIc")],
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        assert_eq!(ask(idp, &headers, &[]).await.status, 200, "{headers:?}");
        assert_eq!(ask(idp, &headers, &[("client_id", id)]).await.status, 200, "the same name beside Basic");
    }
    assert_eq!(ask(idp, &[], &[("client_id", id), ("client_secret", secret)]).await.status, 200);
    assert_eq!(
        ask(idp, &[], &[("client_id", id), ("client_secret", secret), ("client_assertion", "")]).await.status,
        200
    );
}

#[tokio::test]
async fn s22_a_wrong_secret_is_refused_and_not_echoed() {
    let clients = Clients::start().await;
    let (idp, id, secret) = (&clients.idp, clients.site.id(), clients.secret());
    let others = clients.other.secret.as_deref().unwrap();
    let mut secrets = jwt::damaged(secret);
    let never = Secret::generate(SecretKind::ClientSecret, &mut rsa::rand_core::OsRng);
    secrets.extend([
        others.to_owned(),
        never.expose().to_owned(),
        "x".into(),
        "cs.".into(),
        "null".into(),
        "*".into(),
        "' OR '1'='1".into(),
        "x".repeat(5000),
    ]);
    for wrong in &secrets {
        let header = basic(id, &wrong.replace('%', "%25").replace('+', "%2B"));
        for answer in [
            ask(idp, &[&header], &[]).await,
            ask(idp, &[], &[("client_id", id), ("client_secret", wrong)]).await,
        ] {
            assert_eq!(answer.refusal(), FAILED, "{wrong:?}");
            assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{wrong:?}");
            assert!(!answer.body.to_string().contains(wrong.trim()), "{wrong:?} is echoed");
        }
    }
}

#[tokio::test]
async fn s22_a_request_that_does_not_prove_the_client_is_refused() {
    let clients = Clients::start().await;
    let (idp, id, secret) = (&clients.idp, clients.site.id(), clients.secret());
    for (why, fields) in [
        ("no secret", vec![("client_id", id)]),
        ("an empty secret", vec![("client_id", id), ("client_secret", "")]),
        ("nobody", vec![]),
        ("no name", vec![("client_secret", secret)]),
        ("an unknown client", vec![("client_id", "nobody"), ("client_secret", secret)]),
        ("an unknown client without a secret", vec![("client_id", "nobody")]),
        ("a name in another case", vec![("client_id", "SITE-A"), ("client_secret", secret)]),
        ("a padded name", vec![("client_id", "site-a "), ("client_secret", secret)]),
        ("a public client with a secret", vec![("client_id", "public"), ("client_secret", secret)]),
        ("a public client with any secret", vec![("client_id", "public"), ("client_secret", "x")]),
        (
            "an assertion",
            vec![
                ("client_id", id),
                ("client_assertion", "e30.e30."),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ],
        ),
        (
            "an assertion alone",
            vec![
                ("client_assertion", "e30.e30."),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ],
        ),
    ] {
        assert_eq!(ask(idp, &[], &fields).await.refusal(), FAILED, "{why}");
    }
    for path in ["/revoke", "/introspect"] {
        assert_eq!(
            idp.post(path, &[("token", "x"), ("client_id", id), ("client_secret", "x")]).await.refusal(),
            FAILED,
            "{path}"
        );
        assert_eq!(idp.post(path, &[("token", "x")]).await.refusal(), FAILED, "{path}");
    }
}

#[tokio::test]
async fn s22_two_methods_or_two_names_at_once_are_refused() {
    let clients = Clients::start().await;
    let (idp, id, secret) = (&clients.idp, clients.site.id(), clients.secret());
    let (header, other) =
        (basic(id, secret), basic(clients.other.id(), clients.other.secret.as_deref().unwrap()));
    for (headers, fields) in [
        (vec![header.as_str()], vec![("client_secret", secret)]),
        (vec![&header], vec![("client_id", id), ("client_secret", secret)]),
        (vec![&header], vec![("client_secret", "x")]),
        (vec![&header], vec![("client_id", "site-b")]),
        (vec![&header], vec![("client_id", "public")]),
        (vec![&header], vec![("client_id", "SITE-A")]),
        (vec![&header, &header], vec![]),
        (vec![&header, &other], vec![]),
        (vec![&other], vec![("client_id", id)]),
    ] {
        assert_eq!(ask(idp, &headers, &fields).await.refusal(), MALFORMED, "{headers:?} {fields:?}");
    }
}

#[tokio::test]
async fn s22_a_header_that_cannot_be_read_is_refused() {
    let clients = Clients::start().await;
    let (idp, id, secret) = (&clients.idp, clients.site.id(), clients.secret());
    let plain = format!("{id}:{secret}");
    let encoded = STANDARD.encode(&plain);
    for header in [
        "Basic".to_owned(),
        "Basic ".into(),
        "Basic :".into(),
        "Basic !!!".into(),
        format!("Basic {}", encoded.trim_end_matches('=')).replace(&encoded, "%"),
        format!("Basic  {encoded}"),
        format!("Basic {encoded} x"),
        format!("Basic{encoded}"),
        encoded.clone(),
        format!("Basic {plain}"),
        format!("Bearer {encoded}"),
        format!("Digest {encoded}"),
        format!("Basic {}", STANDARD.encode(id)),
        format!("Basic {}", STANDARD.encode(format!("{id}:"))),
        format!("Basic {}", STANDARD.encode(format!(":{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("{id}%:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("{id}%zz:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("{id}%2:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("{id}:{secret}%"))),
        format!("Basic {}", STANDARD.encode(b"site-a:\xff\xfe")),
        format!("Basic {}", STANDARD.encode(format!("site-a%ff:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("site-a\0:{secret}"))),
        format!("Basic {}", URL_SAFE_NO_PAD.encode(format!("{plain}>>>???"))),
        format!("Basic {}", STANDARD.encode(format!("{id}:{secret}:{secret}"))),
        format!("Basic {}=", STANDARD.encode(&plain)),
        format!("Basic {},{}", STANDARD.encode(&plain), STANDARD.encode(&plain)),
    ] {
        let answer = ask(idp, &[&header], &[]).await;
        assert_eq!(answer.refusal(), FAILED, "{header}");
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{header}");
        // Falling back to the form would make the header a suggestion.
        let answer = ask(idp, &[&header], &[("client_id", id), ("client_secret", secret)]).await;
        assert!([FAILED, MALFORMED].contains(&answer.refusal()), "{header}: {answer:?}");
    }
    assert_eq!(clients.public.secret, None);
}

#[tokio::test]
async fn s22_of_two_secrets_either_is_good_while_one_is_being_replaced() {
    let idp = TestIdp::start().await;
    let mut site = ClientSpec::confidential("site-a");
    let newer = Secret::generate(SecretKind::ClientSecret, &mut rsa::rand_core::OsRng);
    if let ClientKind::Confidential { secrets } = &mut site.client.kind {
        secrets.push(newer.hash());
    }
    idp.add_client(&site).await;
    for secret in [site.secret.as_deref().unwrap(), newer.expose()] {
        assert_eq!(ask(&idp, &[&basic("site-a", secret)], &[]).await.status, 200);
    }
}

#[tokio::test]
async fn s23_a_refusal_does_not_say_whether_the_client_exists() {
    let clients = Clients::start().await;
    let (idp, secret) = (&clients.idp, clients.secret());
    let near = nearly(secret);
    let mut seen = Vec::new();
    for (id, secret) in [
        ("nobody", "x"),
        ("nobody", secret),
        ("site-a", "x"),
        ("site-a", &near),
        ("site-b", secret),
        ("public", "x"),
        ("public", secret),
    ] {
        for answer in [
            ask(idp, &[&basic(id, secret)], &[]).await,
            ask(idp, &[], &[("client_id", id), ("client_secret", secret)]).await,
        ] {
            let mut headers: Vec<_> = answer
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect();
            headers.retain(|line| !line.starts_with("date") && !line.starts_with("x-request-id"));
            // In what order the server keeps them tells nothing.
            headers.sort();
            seen.push((answer.status, headers, answer.body));
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

/// Medians of many interleaved requests; a noisy machine gets three chances.
#[tokio::test]
async fn s23_a_refusal_takes_as_long_for_an_unknown_client_as_for_a_wrong_secret() {
    let clients = Clients::start().await;
    let secret = clients.secret();
    let near = nearly(secret);
    let random = Secret::generate(SecretKind::ClientSecret, &mut rsa::rand_core::OsRng);
    let asked = [("nobody", random.expose()), ("site-a", random.expose()), ("site-a", &near)];
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let medians = medians(&clients.idp, &asked).await;
        ratios = medians.iter().map(|median| median.as_secs_f64() / medians[0].as_secs_f64()).collect();
        if ratios.iter().all(|ratio| (0.9..=1.1).contains(ratio)) {
            return;
        }
    }
    panic!("unknown client, wrong secret, nearly right secret: {ratios:?}");
}

async fn medians(idp: &TestIdp, asked: &[(&str, &str)]) -> Vec<Duration> {
    let mut times = vec![Vec::new(); asked.len()];
    for round in 0..250 {
        for offset in 0..asked.len() {
            let which = (round + offset) % asked.len();
            let header = basic(asked[which].0, asked[which].1);
            let watch = Stopwatch::start();
            assert_eq!(ask(idp, &[&header], &[]).await.refusal(), FAILED);
            times[which].push(watch.elapsed());
        }
    }
    times
        .iter_mut()
        .map(|times| {
            times.sort();
            times[times.len() / 2]
        })
        .collect()
}

#[tokio::test]
async fn s24_no_secret_is_at_rest() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let unspent = story.code().await;
    let spent = story.code().await;
    let second = idp.redeem(site, &spent).await;
    let third = idp.refresh(site, second.text("refresh_token")).await;
    let mut secrets = vec![
        idp_tests::PASSWORD.to_owned(),
        site.secret.clone().unwrap(),
        unspent,
        spent,
        story.access_token().to_owned(),
        story.id_token().to_owned(),
        story.refresh_token().to_owned(),
        second.text("refresh_token").to_owned(),
        third.text("refresh_token").to_owned(),
        third.text("access_token").to_owned(),
    ];
    secrets.extend(story.browser.cookies("idp.localhost").into_iter().map(|(_, value, _)| value));
    secrets.push("PRIVATE KEY".to_owned());
    let stored = backend::at_rest(idp.folder.path());
    let holds = |text: &str| {
        stored.iter().any(|(_, bytes)| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    assert!(holds("site-a") && holds("alice"), "the dump is of the database");
    for secret in secrets {
        // Parts of it would do as well: the random text without its label, the signature without the token.
        for part in secret.split('.').filter(|part| part.len() >= 40).chain([secret.as_str()]) {
            assert!(!holds(part), "{secret} is at rest");
        }
    }
}
