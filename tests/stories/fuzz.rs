//! Nonsense at every endpoint: the answer is a refusal, never a fault, and the provider stays up for others.

use futures_util::StreamExt as _;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, socket};
use reqwest::{Method, RequestBuilder};

const FORM: &str = "application/x-www-form-urlencoded";
const HEADERS: &[&str] = &[
    "cookie",
    "authorization",
    "origin",
    "accept",
    "range",
    "if-none-match",
    "sec-fetch-site",
    "x-forwarded-for",
    "accept-encoding",
    "content-encoding",
    "expect",
];
const PATHS: &[&str] = &[
    "/authorize",
    "/login",
    "/consent",
    "/accept-terms",
    "/access-denied",
    "/token",
    "/userinfo",
    "/revoke",
    "/introspect",
    "/end-session",
    "/logout",
    "/logged-out",
    "/language",
    "/jwks",
    "/.well-known/openid-configuration",
    "/health/ready",
    "/assets/x",
    "/",
];
const NAMES: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "claims",
    "id_token_hint",
    "code",
    "code_verifier",
    "code_challenge",
    "code_challenge_method",
    "grant_type",
    "refresh_token",
    "token",
    "token_type_hint",
    "access_token",
    "tx",
    "csrf",
    "action",
    "username",
    "password",
    "post_logout_redirect_uri",
    "login_hint",
    "request",
    "request_uri",
    "ui_locales",
    "",
];

/// Chance with a seed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = *self.pick(&[0, 1, 2, 8, 40, 300, 3000]);
        (0..length).map(|_| u8::try_from(self.roll(256)).unwrap()).collect()
    }

    /// A value that a parser may stumble over, or a genuine one of another place.
    fn value(&mut self, genuine: &[String]) -> String {
        match self.roll(12) {
            0 => String::from_utf8_lossy(&self.bytes()).into_owned(),
            1 => (*self.pick(&[
                "none",
                "login",
                "code",
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "S256",
                "openid",
                "allow",
                "cancel",
            ]))
            .to_owned(),
            2 => (*self.pick(&[
                "0",
                "-1",
                "1e309",
                "18446744073709551616",
                "NaN",
                "null",
                "true",
                "[]",
                "{}",
                "\"",
                "%00",
                "%zz",
                "+",
            ]))
            .to_owned(),
            3 => self
                .pick(&["[", "{\"a\":", "{\"userinfo\":{\"name\":", "((", "\\"])
                .repeat(*self.pick(&[1, 100, 1000])),
            4 => "\u{0}".repeat(self.roll(9)),
            5 => {
                (*self.pick(&["é", "\u{202e}", "\u{10ffff}", "\u{fffd}", "ﷺ", "İ", "ß", "\u{1f468}\u{200d}"]))
                    .repeat(self.roll(200))
            }
            6 => "a.b.c".to_owned(),
            7 => format!("rt.{}.{}.{}", self.roll(9), self.roll(9), self.roll(9)),
            _ => {
                let mut text = self.pick(genuine).clone();
                if self.roll(3) == 0 && text.len() > 1 && text.is_ascii() {
                    text.truncate(self.roll(text.len()));
                }
                text
            }
        }
    }

    fn pairs(&mut self, genuine: &[String]) -> Vec<(String, String)> {
        (0..self.roll(8)).map(|_| ((*self.pick(NAMES)).to_owned(), self.value(genuine))).collect()
    }

    fn request(&mut self, idp: &TestIdp, genuine: &[String]) -> RequestBuilder {
        let method = self
            .pick(&[Method::GET, Method::POST, Method::POST, Method::HEAD, Method::PUT, Method::OPTIONS])
            .clone();
        let mut url = url::Url::parse(&idp.url(self.pick::<&str>(PATHS))).unwrap();
        match self.roll(4) {
            0 => {}
            1 => url.set_query(Some(&String::from_utf8_lossy(&self.bytes()))),
            _ => {
                url.query_pairs_mut().extend_pairs(self.pairs(genuine));
            }
        }
        // A longer address is none, not even for the client that sends this.
        if url.as_str().len() > 60_000 {
            url.set_query(None);
        }
        let mut request = idp.http.request(method.clone(), url);
        if method != Method::GET && method != Method::HEAD {
            request = match self.roll(5) {
                0 => request.header("content-type", FORM).body(self.bytes()),
                1 => request
                    .header(
                        "content-type",
                        *self.pick(&["application/json", "text/plain", "multipart/form-data", "\u{e9}"]),
                    )
                    .body(self.bytes()),
                _ => request.form(&self.pairs(genuine)),
            };
        }
        for _ in 0..self.roll(4) {
            let name = *self.pick(HEADERS);
            let value = self.header_value(name, genuine);
            if let Ok(value) = reqwest::header::HeaderValue::from_bytes(value.as_bytes()) {
                request = request.header(name, value);
            }
        }
        request
    }

    fn header_value(&mut self, name: &str, genuine: &[String]) -> String {
        match (name, self.roll(3)) {
            ("cookie", 0) => format!(
                "__Host-idp_session={}; __Host-idp_known={}; __Host-idp_browser_x={}",
                self.value(genuine),
                self.value(genuine),
                self.value(genuine)
            ),
            ("authorization", 0) => format!("Bearer {}", self.value(genuine)),
            ("authorization", 1) => format!("Basic {}", self.value(genuine)),
            ("range", 0) => (*self.pick(&["", "bytes=", "bytes=-", "bytes=0-0,1-1", "bytes=9-1"])).to_owned(),
            _ => self.value(genuine),
        }
    }
}

/// Everything genuine that the provider has handed out: of the right form, in the wrong place.
async fn genuine(alice: &SignedIn) -> Vec<String> {
    let login = alice.idp.browser().visit(alice.idp.authorize_url(&alice.site, &[])).await;
    let logout = alice.browser.open(alice.idp.url("/end-session")).await;
    let cookies = alice.browser.cookies("idp.localhost").into_iter().map(|(_, value, _)| value);
    let texts = [
        alice.access_token(),
        alice.refresh_token(),
        alice.id_token(),
        alice.site.id(),
        alice.site.redirect_uri(),
        "alice",
        PASSWORD,
    ];
    let forms = [
        login.input("tx"),
        login.input("csrf"),
        logout.input("tx"),
        logout.input("csrf"),
        alice.code().await,
    ];
    texts
        .into_iter()
        .map(str::to_owned)
        .chain(forms)
        .chain(alice.site.secret.clone())
        .chain(cookies)
        .collect()
}

#[tokio::test]
async fn s115_four_thousand_nonsensical_requests_meet_no_fault() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let genuine = genuine(&alice).await;
    let seed = u64::try_from(alice.idp.now()).unwrap() | 1;
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let requests: Vec<RequestBuilder> = (0..4000).map(|_| dice.request(&alice.idp, &genuine)).collect();
    let mut answers = futures_util::stream::iter(requests)
        .map(|request| async move {
            let (client, request) = request.build_split();
            let request = request.unwrap();
            let what = format!(
                "{} {} {:?} {:?}",
                request.method(),
                request.url(),
                request.headers(),
                request.body().and_then(|body| body.as_bytes()).map(String::from_utf8_lossy)
            );
            (client.execute(request).await, what)
        })
        .buffer_unordered(16);
    while let Some((answer, what)) = answers.next().await {
        let answer = answer.unwrap_or_else(|error| panic!("seed {seed}: no answer ({error}) to {what}"));
        let status = answer.status().as_u16();
        assert!(
            status < 500 || status == 503 && answer.headers().contains_key("retry-after"),
            "seed {seed}: {status} to {what}"
        );
    }
    drop(answers);
    // Alice may have been signed out by one of her own tokens; no other person is worse off.
    alice.idp.add_user("bob").await;
    assert_eq!(alice.idp.browser().sign_in_for_tokens(&alice.idp, &alice.site, "bob").await.status, 200);
}

#[tokio::test]
async fn s115_deeply_nested_claims_are_refused_at_the_door() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &alice.idp;
    for depth in [10, 127, 128, 129, 1000, 4000] {
        for (open, close) in
            [("[", "]"), ("{\"a\":", "}"), ("{\"userinfo\":", "}"), ("{\"userinfo\":{\"name\":", "}}")]
        {
            for claims in [format!("{}{}", open.repeat(depth), close.repeat(depth)), open.repeat(depth)] {
                // A longer address is none, not even for the client that sends this.
                let claims = &claims[..claims.len().min(12_000)];
                let answer = alice.browser.open(idp.authorize_url(&alice.site, &[("claims", claims)])).await;
                // Nested values inside a claim are allowed; what is too deep or too long is not.
                let error = answer.redirect_param("error");
                assert!(
                    answer.status == 303 && error.is_none_or(|error| error == "invalid_request"),
                    "{depth} {open}: {answer:?}"
                );
            }
        }
    }
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 200, "others are unaffected");
}

#[tokio::test]
async fn s115_bodies_of_many_fields_or_one_huge_one_are_refused() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &alice.idp;
    let many_fields: String = (0..5000).map(|n| format!("a{n}=b&")).collect();
    let nested = format!("{}=x", "a[".repeat(3000));
    let percent = "%25".repeat(15_000);
    for path in [
        "/token",
        "/introspect",
        "/revoke",
        "/login",
        "/consent",
        "/accept-terms",
        "/access-denied",
        "/language",
        "/logout",
        "/authorize",
        "/end-session",
        "/userinfo",
    ] {
        for body in
            [&many_fields, &nested, &percent, &"&".repeat(60_000), &"=".repeat(60_000), &"x".repeat(70_000)]
        {
            let answer = idp.browser().send(Method::POST, &idp.url(path), Some(body.clone()), &[]).await;
            assert!((300..500).contains(&answer.status), "{path}: {}", answer.status);
        }
    }
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 200, "others are unaffected");
}

#[tokio::test]
async fn s115_huge_headers_meet_no_fault() {
    let idp = TestIdp::start().await;
    let huge = "x".repeat(20_000);
    let crowd = (0..2000).map(|n| format!("c{n}={n}")).collect::<Vec<_>>().join("; ");
    for (name, value) in [
        ("cookie", &huge),
        ("cookie", &crowd),
        ("authorization", &huge),
        ("range", &huge),
        ("x-forwarded-for", &huge),
        ("accept", &huge),
        ("origin", &huge),
    ] {
        for path in ["/login", "/token", "/userinfo", "/jwks"] {
            let answer = idp.http.get(idp.url(path)).header(name, value).send().await.unwrap();
            assert!(answer.status().as_u16() < 500, "{name} at {path}");
        }
    }
}

#[tokio::test]
async fn s115_a_range_of_the_key_set_is_the_whole_of_it() {
    let idp = TestIdp::start().await;
    for range in [
        "",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=0-",
        "bytes=99999999999999999999-",
        "bytes=-1",
        "none",
        "bytes=0-0,0-0,0-0",
    ] {
        let found = socket::statuses(&socket::exchange(
            idp.address,
            format!("GET /jwks HTTP/1.1\r\nHost: x\r\nRange: {range}\r\nConnection: close\r\n\r\n"),
        ));
        assert_eq!(found, [200], "{range:?}");
    }
}

#[tokio::test]
async fn s115_tokens_with_deep_or_huge_parts_are_refused() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &alice.idp;
    let deep = format!("{{\"alg\":\"RS256\",\"x\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    for token in [
        idp_tests::jwt::encode(deep),
        ".".repeat(8000),
        "A".repeat(8000),
        format!("{}.{}", alice.access_token(), "A".repeat(3000)),
    ] {
        for tail in ["", ".e30.AAAA"] {
            let token = format!("{token}{tail}");
            assert!(matches!(idp.userinfo(&token).await.status, 400 | 401));
            assert!(!idp.is_active(&alice.site, &token).await);
        }
    }
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 200, "others are unaffected");
}
