//! A sign-in from end to end at `issuer.url`, as a site and a browser without script do it: the pages, the code with PKCE, the tokens and
//! their verification, userinfo, a refresh, and a sign-out after which nothing counts any more. Client and person are made for it and
//! removed after it, however it went.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use idp_core::{
    discovery::path,
    token::{ExpiryRule, read_access_token, read_id_token_hint},
};
use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, COOKIE, LOCATION, SET_COOKIE},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use super::{
    Node,
    database::milliseconds,
    form::Form,
    throw_away::{AFTER_LOGOUT, REDIRECT_URI, ThrowAway, remove_left_behind},
    web::Web,
};
use crate::{
    cli::{
        api::{json, text, unguessable},
        checks::Finding,
        failure::Failure,
    },
    clock::{CLOCK_LEEWAY, Stopwatch},
    stop_signals::StopSignals,
};

const CHECK: &str = "sign-in";
/// How long all of it may take, and how long what is taken back.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(60);
const CLEAN_UP_WITHIN: Duration = Duration::from_secs(30);
/// The provider leads a browser from page to page so often at most.
const MOST_STEPS: usize = 20;
/// A person waits for each of the writes of a sign-in.
const SLOW_COMMIT: Duration = Duration::from_millis(100);

pub(super) async fn look(node: &Node<'_>, web: &Web, is_reached: bool) -> Vec<Finding> {
    let mut findings = match remove_left_behind(node).await {
        Ok(0) => Vec::new(),
        Ok(count) => {
            vec![Finding::note(CHECK, format!("what {count} runs left behind that were killed is removed"))]
        }
        Err(error) => vec![Finding::fault(CHECK, error)],
    };
    if !is_reached {
        findings.push(Finding::note(CHECK, "not tried: this provider is not reached at issuer.url"));
        return findings;
    }
    let made = match ThrowAway::new(node.context.clock.now()) {
        Ok(made) => made,
        Err(error) => {
            findings.push(Finding::fault(CHECK, error));
            return findings;
        }
    };
    // From here on what is made is removed, also when the process is told to stop meanwhile.
    let mut signals = match StopSignals::new() {
        Ok(signals) => signals,
        Err(error) => {
            findings.push(Finding::fault(CHECK, anyhow::Error::from(error)));
            return findings;
        }
    };
    let tried = tokio::select! {
        tried = timeout(SIGN_IN_WITHIN, try_it(node, web, &made)) => tried,
        () = signals.next() => Ok(Err(anyhow::anyhow!("broken off"))),
    };
    let by = node.opened.administration(node.context);
    let removed = timeout(CLEAN_UP_WITHIN, made.remove(&by, node.context.clock.now())).await;
    findings.extend(match tried {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => vec![failed(format!("{error:#}"))],
        Err(_) => vec![failed(format!("it was not done in {} s", SIGN_IN_WITHIN.as_secs()))],
    });
    let left = |why: String| {
        Finding::failed(CHECK, format!("client and person were not removed: {why}"))
            .mended_by(made.removed_by_hand())
    };
    match removed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => findings.push(left(error.to_string())),
        Err(_) => findings.push(left("the database did not answer in time".to_owned())),
    }
    findings
}

fn failed(words: String) -> Finding {
    Finding::failed(CHECK, words).mended_by("see in the log of the server what it said at that moment")
}

async fn try_it(node: &Node<'_>, web: &Web, made: &ThrowAway) -> anyhow::Result<Vec<Finding>> {
    let by = node.opened.administration(node.context);
    let (user, commit) =
        made.make(&by, node.context.clock.now()).await.map_err(|error| of_failure(&error))?;
    let watch = Stopwatch::start();
    let mut browser = Browser { web, cookies: BTreeMap::new() };
    let client = SignIn { node, web, made, user };
    let Some(code) = client.sign_in(&mut browser).await? else {
        let words = "the person would have to prove or do more than type a password; further than that it was not tried";
        return Ok(vec![Finding::note(CHECK, words)]);
    };
    let tokens = client.redeem(&code).await.context("the code is not redeemed")?;
    client.verify(&tokens).context("the tokens are not good")?;
    client.ask_userinfo(&tokens.access_token).await.context("userinfo")?;
    let refresh_token = tokens.refresh_token.as_deref().context("there is no refresh token")?;
    let next = client.refresh(refresh_token).await?.ok().context("a refresh token is not taken")?;
    client.verify(&next).context("the tokens of a refresh are not good")?;
    let id_token = tokens.id_token.as_deref().context("there is no ID token")?;
    browser.sign_out(id_token).await.context("the sign-out")?;
    let refresh_token = next.refresh_token.as_deref().context("there is no refresh token")?;
    let refused = client.refresh(refresh_token).await?;
    ensure!(refused.is_err(), "after the sign-out a refresh token is taken");
    let words = format!(
        "a throw-away person signed in, got tokens that verify, refreshed them and signed out in {} ms",
        milliseconds(watch.elapsed())
    );
    Ok(vec![Finding::well(CHECK, words), of_commit(commit)])
}

/// Of one transaction that was stored, by this process: to disk before it was acknowledged.
fn of_commit(took: Duration) -> Finding {
    let words = format!("a transaction is on its disk in {} ms", milliseconds(took));
    match took > SLOW_COMMIT {
        true => Finding::note("database", words)
            .mended_by("see what else writes to its disk, or give it a faster one"),
        false => Finding::well("database", words),
    }
}

fn of_failure(error: &Failure) -> anyhow::Error {
    anyhow::anyhow!("client and person cannot be made: {error}")
}

/// The client's side.
struct SignIn<'a> {
    node: &'a Node<'a>,
    web: &'a Web,
    made: &'a ThrowAway,
    user: Uuid,
}

/// What the token endpoint answers (RFC 6749 5.1).
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    /// A refresh brings none (OpenID Connect Core 1.0 12.2).
    id_token: Option<String>,
    refresh_token: Option<String>,
}

/// A code, and what goes with it.
struct Code {
    code: String,
    verifier: String,
}

impl SignIn<'_> {
    /// Goes through the pages; `None` where one asks for more than a password.
    async fn sign_in(&self, browser: &mut Browser<'_>) -> anyhow::Result<Option<Code>> {
        let (state, verifier) = (unguessable(), unguessable());
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let request = [
            ("response_type", "code"),
            ("client_id", self.made.client.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid"),
            ("state", state.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let address = Url::parse_with_params(&self.web.address(path::AUTHORIZE), request)?;
        let mut page = browser.open(address).await.context("the authorization request")?;
        for _ in 0..MOST_STEPS {
            if let Page::Left(url) = &page {
                return self.code(url, &state, verifier.to_string()).map(Some);
            }
            let Page::Shown { url, body } = &page else { bail!("unreachable") };
            let form = if let Some(form) = Form::with_button(body, "login-submit") {
                ensure!(!body.contains(" id=\"problem\""), "the sign-in page refuses name and password");
                form.typed("username", self.made.username.as_str())
                    .typed("password", self.made.password.expose())
            } else if let Some(form) = Form::with_button(body, "terms-accept") {
                form
            } else {
                return Ok(None);
            };
            let target = url.join(&form.action)?;
            page = browser.post(target, &form).await.context("a page of the sign-in")?;
        }
        bail!("the pages of the sign-in lead nowhere")
    }

    fn code(&self, answer: &Url, state: &str, verifier: String) -> anyhow::Result<Code> {
        let answer: BTreeMap<_, _> = answer.query_pairs().into_owned().collect();
        if let Some(error) = answer.get("error") {
            bail!("the authorization request is answered with the error {error}");
        }
        ensure!(answer.get("state").is_some_and(|found| found == state), "state comes back as another");
        ensure!(answer.get("iss") == Some(&self.web.issuer), "the answer names another issuer");
        let code = answer.get("code").context("the answer has no code")?.clone();
        Ok(Code { code, verifier })
    }

    async fn redeem(&self, code: &Code) -> anyhow::Result<Tokens> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.code.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", code.verifier.as_str()),
        ];
        self.tokens(&form).await?.map_err(|refused| anyhow::anyhow!("the token endpoint answers {refused}"))
    }

    async fn refresh(&self, token: &str) -> anyhow::Result<Result<Tokens, String>> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    async fn tokens(&self, form: &[(&str, &str)]) -> anyhow::Result<Result<Tokens, String>> {
        let form: Vec<_> = form.iter().chain(&[("client_id", self.made.client.as_str())]).copied().collect();
        let answer = self.web.post(&self.web.address(path::TOKEN)).form(&form).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(Ok(json(answer).await?)),
            StatusCode::BAD_REQUEST => {
                let refused: Value = json(answer).await?;
                Ok(Err(refused.get("error").and_then(Value::as_str).unwrap_or("400").to_owned()))
            }
            status => bail!("the token endpoint answers {status}"),
        }
    }

    /// As a site verifies, with the keys that were found to be published.
    fn verify(&self, tokens: &Tokens) -> anyhow::Result<()> {
        let (ring, now) = (self.node.opened.keys.ring(), self.node.context.clock.now());
        let expiry = ExpiryRule::Enforce { leeway: CLOCK_LEEWAY };
        let access = read_access_token(&tokens.access_token, &ring, &self.web.issuer, now, expiry);
        let access = access.context("the access token")?;
        ensure!(access.sub == self.user.to_string(), "the access token is about another person");
        ensure!(access.client_id == self.made.client.as_str(), "the access token is another client's");
        let Some(id_token) = &tokens.id_token else { return Ok(()) };
        let id = read_id_token_hint(id_token, &ring, &self.web.issuer, now).context("the ID token")?;
        ensure!(
            id.sub == access.sub && id.aud.contains(self.made.client.as_str()),
            "the ID token is another's"
        );
        Ok(())
    }

    async fn ask_userinfo(&self, token: &str) -> anyhow::Result<()> {
        let request = self.web.get(&self.web.address(path::USERINFO));
        let answer = request.header(AUTHORIZATION, format!("Bearer {token}")).send().await?;
        ensure!(answer.status() == StatusCode::OK, "it answers {}", answer.status());
        let claims: Value = json(answer).await?;
        ensure!(
            claims.get("sub").and_then(Value::as_str) == Some(&self.user.to_string()),
            "it is about another person"
        );
        Ok(())
    }
}

/// A browser without script: it keeps cookies and follows redirects within the provider.
struct Browser<'a> {
    web: &'a Web,
    cookies: BTreeMap<String, String>,
}

/// Where a browser has got to.
enum Page {
    /// A page of the provider.
    Shown { url: Url, body: String },
    /// It was sent to another site.
    Left(Url),
}

impl Browser<'_> {
    async fn open(&mut self, url: Url) -> anyhow::Result<Page> {
        self.request(Method::GET, url, &[]).await
    }

    async fn post(&mut self, url: Url, form: &Form) -> anyhow::Result<Page> {
        self.request(Method::POST, url, form.fields()).await
    }

    async fn request(
        &mut self,
        method: Method,
        url: Url,
        fields: &[(String, String)],
    ) -> anyhow::Result<Page> {
        let (mut method, mut url) = (method, url);
        for _ in 0..MOST_STEPS {
            if url.origin() != self.web.url.origin() {
                return Ok(Page::Left(url));
            }
            let request = match method {
                Method::POST => self.web.post(url.as_str()).form(fields),
                _ => self.web.get(url.as_str()),
            };
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = match cookies.is_empty() {
                true => request,
                false => request.header(COOKIE, cookies.join("; ")),
            };
            let answer = request.send().await;
            let answer = answer.map_err(reqwest::Error::without_url)?;
            let status = answer.status();
            let set = answer.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
            set.for_each(|cookie| keep(&mut self.cookies, cookie));
            if !status.is_redirection() {
                // A form that is shown again comes with 4xx.
                ensure!(
                    !status.is_server_error() && status != StatusCode::NOT_FOUND,
                    "{} answers {status}",
                    url.path()
                );
                let body = String::from_utf8_lossy(&text(answer).await?).into_owned();
                return Ok(Page::Shown { url, body });
            }
            let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            url = url.join(to.context("a redirect leads nowhere")?)?;
            method = Method::GET;
        }
        bail!("there are too many redirects")
    }

    /// As a site has its person signed out (OpenID Connect RP-Initiated Logout 2).
    async fn sign_out(&mut self, id_token: &str) -> anyhow::Result<()> {
        let request = [("id_token_hint", id_token), ("post_logout_redirect_uri", AFTER_LOGOUT)];
        let address = Url::parse_with_params(&self.web.address(path::END_SESSION), request)?;
        let mut page = self.open(address).await?;
        if let Page::Shown { url, body } = &page
            && let Some(form) = Form::with_button(body, "logout-confirm")
        {
            let target = url.join(&form.action)?;
            page = self.post(target, &form).await?;
        }
        match page {
            Page::Left(url) => ensure!(url.as_str().starts_with(AFTER_LOGOUT), "it leads elsewhere"),
            Page::Shown { .. } => bail!("it does not lead back to the site"),
        }
        Ok(())
    }
}

/// Takes a cookie up, or drops one that is over.
fn keep(cookies: &mut BTreeMap<String, String>, set: &str) {
    let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
    let Some((name, value)) = pair.split_once('=') else { return };
    let is_over = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
    if is_over || value.is_empty() {
        cookies.remove(name);
    } else {
        cookies.insert(name.to_owned(), value.to_owned());
    }
}
