//! A system that provisions people over SCIM, as a client of the provider.

use crate::{TestIdp, TokenAnswer};
use reqwest::Method;
use serde_json::{Value, json};

/// What such a system is usually registered for.
pub const SCOPE: &str =
    "idp.users.read idp.users.manage idp.credentials.manage idp.groups.read idp.groups.manage idp.roles.read";
/// The schema of people.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The system.
pub struct ScimClient<'a> {
    idp: &'a TestIdp,
    /// Its access token.
    pub token: String,
}

impl TestIdp {
    /// A system of this id that provisions people, with these scopes.
    pub async fn provisioning(&self, id: &str, scope: &str) -> ScimClient<'_> {
        let spec = self.add_api_client(id, scope).await;
        ScimClient { idp: self, token: self.calling_as_client(&spec).await.token }
    }

    /// The same with another token.
    #[must_use]
    pub fn provisioning_with(&self, token: String) -> ScimClient<'_> {
        ScimClient { idp: self, token }
    }
}

impl ScimClient<'_> {
    /// Sends a request below `/scim/v2`.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> TokenAnswer {
        let body = body.map(|body| body.to_string());
        self.send_text(method, path, body, headers).await
    }

    /// The same with any text for a body.
    pub async fn send_text(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> TokenAnswer {
        let url = self.idp.url(&format!("/scim/v2{path}"));
        let request = self.idp.http.request(method, url).bearer_auth(&self.token);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = match body {
            Some(body) => request.header("content-type", "application/scim+json").body(body),
            None => request,
        };
        self.idp.send(request).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> TokenAnswer {
        self.send(Method::GET, path, None, &[]).await
    }

    /// GET of what fits a filter.
    pub async fn find(&self, path: &str, filter: &str) -> TokenAnswer {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        self.get(&format!("{path}?filter={encoded}")).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: Value) -> TokenAnswer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// PUT.
    pub async fn put(&self, path: &str, body: Value) -> TokenAnswer {
        self.send(Method::PUT, path, Some(body), &[]).await
    }

    /// PATCH with these operations.
    pub async fn patch(&self, path: &str, operations: Value) -> TokenAnswer {
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        self.send(Method::PATCH, path, Some(body), &[]).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> TokenAnswer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Adds a person, and answers the path of the resource.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn add_user(&self, more: Value) -> String {
        let made = self.post("/Users", user(more)).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("/Users/{}", made.text("id"))
    }

    /// Makes a group, and answers the path of the resource.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn add_group(&self, name: &str, members: &[&str]) -> String {
        let made = self.post("/Groups", group(name, members)).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("/Groups/{}", made.text("id"))
    }
}

/// A person as a resource.
#[must_use]
pub fn user(mut members: Value) -> Value {
    members["schemas"] = json!([USER]);
    members
}

/// A group with members, who are named by an id or by the path of their resource.
#[must_use]
pub fn group(name: &str, members: &[&str]) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "members": members_of(members) })
}

/// Members, who are named likewise.
#[must_use]
pub fn members_of(members: &[&str]) -> Value {
    members.iter().map(|member| json!({ "value": member.rsplit('/').next() })).collect()
}
