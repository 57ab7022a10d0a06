//! An operation over HTTP: path, query, body and version from its types, and its answer or problem back into them.

use anyhow::Context as _;
use reqwest::{
    Method, RequestBuilder, Response,
    header::{ETAG, IF_MATCH},
};
use serde::Serialize;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::{
    Reply, nothing,
    provider::{Provider, json},
};
use crate::{
    admin_api::{BASE, Body, IfMatch, Input, Operation, Problem},
    cli::failure::Failure,
};

/// A server elsewhere, and an access token for its API.
pub(in crate::cli) struct Server {
    provider: Provider,
    token: Zeroizing<String>,
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

    pub(super) async fn call<O: Operation>(&self, input: Input<O>) -> Result<Reply<O::Answer>, Failure> {
        let answer = self.request(input)?.send().await;
        let answer = answer.with_context(|| format!("{} does not answer", self.provider.issuer))?;
        if answer.status().as_u16() != O::SUCCESS {
            return Err(self.refusal(answer).await);
        }
        let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        let version = tag.map_or(IfMatch::Any, |tag| IfMatch::Tags(vec![tag.to_owned()]));
        let body = match O::Answer::IS_NOTHING {
            true => nothing()?,
            false => {
                json(answer).await.with_context(|| format!("{} is not understood", self.provider.issuer))?
            }
        };
        Ok(Reply { body, version })
    }

    fn request<O: Operation>(&self, input: Input<O>) -> Result<RequestBuilder, Failure> {
        let url = url_of(&self.provider.issuer, O::PATH, &input.path, &input.query)?;
        let method = Method::from_bytes(O::METHOD.as_str().as_bytes()).map_err(anyhow::Error::from)?;
        let request = self.provider.http.request(method, url).bearer_auth(self.token.as_str());
        let request = match input.if_match {
            IfMatch::Any => request,
            IfMatch::Tags(tags) => request.header(IF_MATCH, tags.join(", ")),
        };
        Ok(if O::Body::IS_NOTHING { request } else { request.json(&input.body) })
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
            Ok(problem) => problem.into(),
            Err(_) => Failure::Failed(anyhow::anyhow!("{issuer} answered {status}, and not as the API does")),
        }
    }
}

/// The address of an operation, with its parameters in their places.
fn url_of(issuer: &str, path: &str, places: &impl Serialize, query: &impl Serialize) -> Result<Url, Failure> {
    let mut url = Url::parse(issuer).map_err(anyhow::Error::from)?;
    let places = members(places)?;
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
    for (name, value) in members(query)? {
        url.query_pairs_mut().append_pair(&name, &value);
    }
    Ok(url)
}

/// The members of parameters that are there, as text.
fn members(parameters: &impl Serialize) -> Result<Vec<(String, String)>, Failure> {
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
            let refused =
                url_of("https://id.example.com", "/groups/{group}", &json!({ "group": step }), &json!({}));
            assert!(refused.is_err(), "{step:?}");
        }
    }
}
