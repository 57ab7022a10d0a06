//! An operation over HTTP: path, query, body and version from its types, and its answer or problem back into them.

use std::time::Duration;

use reqwest::{
    Method, RequestBuilder, Response,
    header::{ETAG, IF_MATCH},
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::sleep;
use url::Url;
use zeroize::Zeroizing;

use super::{
    Reply, nothing,
    provider::{Provider, json, text},
};
use crate::{
    admin_api::{BASE, Body, IfMatch, Input, Method as Verb, Operation, Problem},
    cli::failure::Failure,
    clock::Clock,
    random,
};

/// How long to wait before a request is sent again: a node that is replaced is back, or another one answers.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2)];
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A server elsewhere, and an access token for its API.
pub(in crate::cli) struct Server {
    provider: Provider,
    token: Zeroizing<String>,
}

/// The members of a path or a query, as text.
type Parameters = Vec<(String, String)>;

/// An answer that says that it was done.
struct Answer {
    text: Vec<u8>,
    /// The version of what it shows.
    version: IfMatch,
}

/// A request that came to nothing.
struct Broken {
    failure: Failure,
    /// Whether the same request may be sent again.
    may_try_again: bool,
}

impl Server {
    /// Calls of the owner of `token`.
    pub(in crate::cli) const fn new(provider: Provider, token: Zeroizing<String>) -> Self {
        Self { provider, token }
    }

    /// Its issuer identifier.
    pub(in crate::cli) fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// Runs an operation there.
    pub(super) async fn call<O: Operation>(&self, input: Input<O>) -> Result<Reply<O::Answer>, Failure> {
        let target = (O::PATH, members(&input.path)?, members(&input.query)?);
        let body = (!O::Body::IS_NOTHING).then(|| serde_json::to_value(&input.body)).transpose();
        let body = body.map_err(anyhow::Error::from)?;
        let request = self.request(O::METHOD, &target, input.if_match, body)?;
        let Answer { text, version } = self.send(request, O::METHOD, O::SUCCESS).await?;
        let body = match O::Answer::IS_NOTHING {
            true => nothing(),
            false => serde_json::from_slice(&text).map_err(anyhow::Error::from),
        };
        Ok(Reply { body: body.map_err(|error| self.unlike_the_api(error, O::SUCCESS))?, version })
    }

    /// Asks again, some times, when the answer did not come: what looks, what may be said twice, and, under one key, what
    /// creates or does something, which is then done once.
    async fn send(&self, request: RequestBuilder, method: Verb, success: u16) -> Result<Answer, Failure> {
        for pause in PAUSES {
            let again = request.try_clone();
            let again = again.ok_or_else(|| anyhow::anyhow!("a request cannot be sent twice"))?;
            match self.attempt(again, method, success).await {
                Err(Broken { may_try_again: true, .. }) => sleep(pause).await,
                done => return done.map_err(|broken| broken.failure),
            }
        }
        self.attempt(request, method, success).await.map_err(|broken| broken.failure)
    }

    async fn attempt(&self, request: RequestBuilder, method: Verb, success: u16) -> Result<Answer, Broken> {
        let issuer = &self.provider.issuer;
        let may_repeat = !matches!(method, Verb::Patch | Verb::Delete);
        let answer = request.send().await.map_err(|error| Broken {
            // What was never sent was not done.
            may_try_again: error.is_connect() || (may_repeat && !error.is_timeout()),
            failure: anyhow::Error::from(error).context(format!("{issuer} does not answer")).into(),
        })?;
        let status = answer.status().as_u16();
        if status != success {
            let is_passing = [502, 503, 504].contains(&status);
            let failure = self.refusal(answer).await;
            // The first one under this key is at work yet.
            let is_under_way = matches!(&failure, Failure::Problem(problem) if problem.code == "under_way");
            return Err(Broken { may_try_again: may_repeat && (is_passing || is_under_way), failure });
        }
        let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        let version = tag.map_or(IfMatch::Any, |tag| IfMatch::Tags(vec![tag.to_owned()]));
        let text = text(answer).await.map_err(|error| Broken {
            may_try_again: may_repeat && error.is::<reqwest::Error>(),
            failure: self.unlike_the_api(error, status),
        })?;
        Ok(Answer { text, version })
    }

    fn unlike_the_api(&self, error: anyhow::Error, status: u16) -> Failure {
        let issuer = &self.provider.issuer;
        error.context(format!("{issuer} answered {status}, and not as the API does")).into()
    }

    fn request(
        &self,
        method: Verb,
        (path, places, query): &(&str, Parameters, Parameters),
        if_match: IfMatch,
        body: Option<Value>,
    ) -> Result<RequestBuilder, Failure> {
        let url = url_of(&self.provider.issuer, path, places, query)?;
        let verb = Method::from_bytes(method.as_str().as_bytes()).map_err(anyhow::Error::from)?;
        let request = self.provider.http.request(verb, url).bearer_auth(self.token.as_str());
        let request = match if_match {
            IfMatch::Any => request,
            IfMatch::Tags(tags) => request.header(IF_MATCH, tags.join(", ")),
        };
        let request = match method {
            Verb::Post => request.header(IDEMPOTENCY_KEY, random::new_id(Clock::System.now()).to_string()),
            _ => request,
        };
        Ok(match body {
            Some(body) => request.json(&body),
            None => request,
        })
    }

    /// What the API says; or what stands in front of it.
    async fn refusal(&self, answer: Response) -> Failure {
        let status = answer.status();
        let issuer = &self.provider.issuer;
        match json::<Problem>(answer).await {
            Ok(problem) if problem.status == 401 => Failure::refused(format!(
                "{issuer} does not take the token: {}. Sign in again with `idp-server login`, and see that the audience of the \
                 client is {issuer}{BASE}",
                problem.detail
            )),
            Ok(problem) if problem.status >= 500 => {
                Failure::Failed(anyhow::anyhow!("{issuer} answered {status}: {}", problem.detail))
            }
            Ok(problem) => problem.into(),
            Err(_) => Failure::Failed(anyhow::anyhow!("{issuer} answered {status}, and not as the API does")),
        }
    }
}

/// The address of an operation, with its parameters in their places.
fn url_of(
    issuer: &str,
    path: &str,
    places: &[(String, String)],
    query: &[(String, String)],
) -> Result<Url, Failure> {
    let mut url = Url::parse(issuer).map_err(anyhow::Error::from)?;
    // A parser would take these for steps upwards.
    if let Some((name, value)) = places.iter().find(|(_, value)| ["", ".", ".."].contains(&value.as_str())) {
        return Err(Failure::refused(format!("{value:?} is no {name}")));
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        // Each is encoded, so that a name with a slash stays one.
        for segment in BASE.split('/').chain(path.split('/')).filter(|segment| !segment.is_empty()) {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            let place =
                |name| places.iter().find(|(place, _)| place == name).map(|(_, value)| value.as_str());
            segments.pop_if_empty().push(name.map_or(Some(segment), place).unwrap_or_default());
        }
    }
    for (name, value) in query {
        url.query_pairs_mut().append_pair(name, value);
    }
    Ok(url)
}

/// The members of parameters that are there, as text.
fn members(parameters: &impl Serialize) -> Result<Parameters, Failure> {
    let value = serde_json::to_value(parameters).map_err(anyhow::Error::from)?;
    let members = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(members.map(|(name, value)| (name.clone(), text(value))).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_stand_in_their_places_and_each_is_one() {
        let url = |path, places: Value, query: Value| {
            let (places, query) = (members(&places).unwrap(), members(&query).unwrap());
            url_of("https://id.example.com", path, &places, &query).unwrap().to_string()
        };
        let all = url("/groups", json!({}), json!({ "limit": 2, "after": "a & b/ü", "none": null }));
        assert_eq!(all, "https://id.example.com/api/v1/groups?after=a+%26+b%2F%C3%BC&limit=2");
        let one = url(
            "/clients/{client}/secrets/{secret}",
            json!({ "client": "a/../b?c", "secret": "x" }),
            json!({}),
        );
        assert_eq!(one, "https://id.example.com/api/v1/clients/a%2F..%2Fb%3Fc/secrets/x");
        for step in ["", ".", ".."] {
            let group = members(&json!({ "group": step })).unwrap();
            let refused = url_of("https://id.example.com", "/groups/{group}", &group, &[]);
            assert!(refused.is_err(), "{step:?}");
        }
    }
}
