//! The OpenAPI document (3.1), made from the operations themselves.

use super::export::Export;
use super::openapi_links::{self, Creation};
use super::operation::{Body, Input, Method, Operation, Parameters as _, Visitor};
use super::problem::Problem;
use super::{BASE, visit_all};
use crate::version::VERSION;
use idp_core::administration::Permission;
use idp_core::discovery::path;
use std::collections::BTreeMap;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{AuthorizationCode, ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, HeaderBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr,
    Required, ResponseBuilder, SecurityRequirement, ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

/// The name of the way in.
const OAUTH: &str = "oauth";
const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
/// What problems are written in.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// What every operation may answer instead of doing what was asked.
const ALWAYS: [u16; 4] = [400, 401, 403, 503];

/// The document of a provider of this issuer.
#[must_use]
pub fn document(issuer: &str) -> OpenApi {
    let mut collected = Collected::default();
    visit_all(&mut collected);
    openapi_links::add(&mut collected.paths, &collected.creations);
    let mut components = Components::new();
    components.schemas.extend(collected.schemas);
    components.add_security_scheme(OAUTH, SecurityScheme::OAuth2(oauth(issuer)));
    let description = "Administers people, groups, roles, sites and keys. A token has the audience of the server below, and of \
                       the permissions of its owner those whose scope it has. Errors are problem details (RFC 9457).";
    let info = InfoBuilder::new()
        .title("Administration API")
        .version(VERSION)
        .description(Some(description))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url(format!("{issuer}{BASE}")).build()]))
        .paths(collected.paths)
        .components(Some(components))
        .build()
}

fn oauth(issuer: &str) -> OAuth2 {
    let meaning = |permission: Permission| (permission.as_str(), permission.as_str());
    let scopes = || Scopes::from_iter(Permission::ALL.map(meaning));
    let (authorize, token) = (format!("{issuer}{}", path::AUTHORIZE), format!("{issuer}{}", path::TOKEN));
    OAuth2::new([
        Flow::AuthorizationCode(AuthorizationCode::new(authorize, token.clone(), scopes())),
        Flow::ClientCredentials(ClientCredentials::new(token, scopes())),
    ])
}

#[derive(Default)]
struct Collected {
    paths: Paths,
    schemas: BTreeMap<String, RefOr<Schema>>,
    creations: Vec<Creation>,
}

impl Visitor for Collected {
    fn visit<O: Operation>(&mut self) {
        let needs = O::NEEDS.iter().map(|permission| permission.as_str().to_owned());
        let mut operation = OperationBuilder::new()
            .operation_id(Some(O::ID))
            .tag(O::TAG)
            .summary(Some(O::SUMMARY))
            .security(SecurityRequirement::new(OAUTH, needs.collect::<Vec<_>>()));
        for parameter in O::Path::documented(ParameterIn::Path) {
            operation = operation.parameter(parameter);
        }
        for parameter in O::Query::documented(ParameterIn::Query) {
            operation = operation.parameter(parameter);
        }
        if Input::<O>::may_say_version() {
            operation = operation.parameter(if_match());
        }
        if O::METHOD == Method::Post {
            operation = operation.parameter(idempotency_key());
        }
        if !O::Body::IS_NOTHING {
            let schema = self.schema_of::<O::Body>();
            let media = if O::METHOD == Method::Patch { MERGE_PATCH } else { JSON };
            let content = ContentBuilder::new().schema(Some(schema.clone())).build();
            let mut body = RequestBodyBuilder::new().required(Some(Required::True)).content(media, content);
            if O::METHOD == Method::Patch {
                body = body.content(JSON, ContentBuilder::new().schema(Some(schema)).build());
            }
            operation = operation.request_body(Some(body.build()));
        }
        let mut success = ResponseBuilder::new().description("Done");
        if !O::Answer::IS_NOTHING {
            let schema = self.schema_of::<O::Answer>();
            success = success.content(JSON, ContentBuilder::new().schema(Some(schema)).build());
            if O::IS_VERSIONED {
                success = success.header("ETag", text_header("The version of the answer"));
            }
            if O::SUCCESS == 201 {
                success = success.header("Location", text_header("Where it is"));
            }
        }
        operation = operation.response(O::SUCCESS.to_string(), success.build());
        for status in Input::<O>::refusals() {
            operation = operation.response(status.to_string(), self.refusal());
        }
        if !O::CREATED_ID.is_empty() {
            self.creations.push(Creation { path: O::PATH, id: O::CREATED_ID });
        }
        self.insert(O::METHOD, O::PATH, operation);
    }

    fn visit_export<E: Export>(&mut self) {
        let needs = E::NEEDS.iter().map(|permission| permission.as_str().to_owned());
        let mut operation = OperationBuilder::new()
            .operation_id(Some(E::ID))
            .tag(E::TAG)
            .summary(Some(E::SUMMARY))
            .security(SecurityRequirement::new(OAUTH, needs.collect::<Vec<_>>()));
        for parameter in E::Query::documented(ParameterIn::Query) {
            operation = operation.parameter(parameter);
        }
        let text = ObjectBuilder::new().schema_type(Type::String);
        let content = ContentBuilder::new().schema(Some(text)).build();
        let success = ResponseBuilder::new().description("Done").content(E::MEDIA, content).build();
        operation = operation.response("200", success);
        for status in ALWAYS {
            operation = operation.response(status.to_string(), self.refusal());
        }
        self.insert(Method::Get, E::PATH, operation);
    }
}

impl Collected {
    fn insert(&mut self, method: Method, path: &str, operation: OperationBuilder) {
        let method = match method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            Method::Patch => HttpMethod::Patch,
            Method::Delete => HttpMethod::Delete,
        };
        let item = PathItem::new(method, operation);
        match self.paths.paths.get_mut(path) {
            Some(known) => known.merge_operations(item),
            None => drop(self.paths.paths.insert(path.to_owned(), item)),
        }
    }

    fn refusal(&mut self) -> utoipa::openapi::Response {
        let problem = self.schema_of::<Problem>();
        let content = ContentBuilder::new().schema(Some(problem)).build();
        ResponseBuilder::new().description("Not done").content(PROBLEM_JSON, content).build()
    }

    /// A reference to the schema of `T`, which is collected with all that it names.
    fn schema_of<T: ToSchema + PartialSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        let mut found = Vec::new();
        T::schemas(&mut found);
        found.push((name.clone(), T::schema()));
        self.schemas.extend(found);
        RefOr::Ref(Ref::from_schema_name(name))
    }
}

impl<O: Operation> Input<O> {
    /// Whether a request may say which version it was made on.
    #[must_use]
    pub const fn may_say_version() -> bool {
        O::IS_VERSIONED && matches!(O::METHOD, Method::Patch | Method::Put | Method::Delete)
    }

    /// All statuses of refusal.
    #[must_use]
    pub fn refusals() -> Vec<u16> {
        let mut all: Vec<u16> = ALWAYS.iter().chain(O::REFUSALS).copied().collect();
        if !O::Body::IS_NOTHING {
            all.extend([413, 415, 422]);
        }
        if Self::may_say_version() {
            all.push(412);
        }
        if O::METHOD == Method::Post {
            // A key that stands for another request, or for one that is under way.
            all.extend([409, 422]);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn if_match() -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The version that the change is made on, from `ETag`"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn idempotency_key() -> utoipa::openapi::path::Parameter {
    let description = "A name that the client chooses for this request: sent again within a day, it is not done again, and answered as \
                       the first time";
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(255))
                .pattern(Some("^\"*[!#-~][!-~]*$")),
        ))
        .build()
}

fn text_header(description: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}
