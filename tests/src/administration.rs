//! Administering a provider over its API: a client for it, and an access token of a person with roles or of the client itself.

use crate::{ClientSpec, TestIdp, TokenAnswer};
use idp_core::administration::{Permissions, Role};
use idp_server::admin_api::BASE;
use idp_server::store::roles::RoleHolder;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

/// A caller of the API.
pub struct ApiCaller<'a> {
    idp: &'a TestIdp,
    /// The access token.
    pub token: String,
}

impl TestIdp {
    /// Registers a client for the API with these scopes, beside `openid`.
    pub async fn add_api_client(&self, id: &str, scope: &str) -> ClientSpec {
        let mut spec = ClientSpec::confidential(id).with_scopes(&format!("openid {scope}"));
        spec.client.metadata.audience = self.url_of_api();
        self.add_client(&spec).await;
        spec
    }

    /// The resource that tokens for the API are for.
    #[must_use]
    pub fn url_of_api(&self) -> String {
        format!("{}{BASE}", self.issuer)
    }

    /// A client that calls in its own name, with all the scopes that it is registered for.
    pub async fn calling_as_client(&self, spec: &ClientSpec) -> ApiCaller<'_> {
        let scope = Permissions::of_scope(&spec.client.metadata.scope).to_string();
        let form = [("grant_type", "client_credentials"), ("scope", scope.as_str())];
        let answer = self.post_as(spec, "/token", &form).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ApiCaller { idp: self, token: answer.text("access_token").to_owned() }
    }

    /// A person who calls through a client that has every scope, and `scope` of it.
    pub async fn calling_as_person(&self, spec: &ClientSpec, name: &str, scope: &str) -> ApiCaller<'_> {
        let browser = self.browser();
        let scope = format!("openid {scope}").trim_end().to_owned();
        let page = browser.visit(self.authorize_url(spec, &[("scope", scope.as_str())])).await;
        let code = browser.log_in_as(&page, name, crate::PASSWORD).await.redirect_param("code").unwrap();
        let tokens = self.redeem(spec, &code).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        ApiCaller { idp: self, token: tokens.text("access_token").to_owned() }
    }

    /// The role of this name.
    pub async fn role(&self, name: &str) -> Role {
        self.app.store.role_named(name.parse().unwrap()).await.unwrap().unwrap()
    }

    /// Gives a person the role of this name.
    pub async fn give_role(&self, user: Uuid, role: &str) {
        let role = self.role(role).await.id;
        self.operator().assign_role(role, RoleHolder::User(user), true, self.clock.now()).await.unwrap();
    }
}

impl ApiCaller<'_> {
    /// Calls an operation.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> TokenAnswer {
        self.call_with(method, path, body, &[]).await
    }

    /// The same with these headers.
    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> TokenAnswer {
        let url = self.idp.url(&format!("{BASE}{path}"));
        let request = self.idp.http.request(method, url).bearer_auth(&self.token);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        self.idp.send(request).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> TokenAnswer {
        self.call(Method::GET, path, None).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> TokenAnswer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> TokenAnswer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// PUT without a body.
    pub async fn put(&self, path: &str) -> TokenAnswer {
        self.call(Method::PUT, path, None).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> TokenAnswer {
        self.call(Method::DELETE, path, None).await
    }
}
