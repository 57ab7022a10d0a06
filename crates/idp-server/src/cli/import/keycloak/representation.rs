//! What is read of an export, by Keycloak's own names. What is not named here is passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

type ByClient<T> = BTreeMap<String, Vec<T>>;

/// A realm, without its people.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Realm {
    pub(super) realm: String,
    pub(super) roles: Roles,
    pub(super) groups: Vec<Group>,
    pub(super) default_role: Option<Named>,
    pub(super) default_groups: Vec<String>,
    pub(super) clients: Vec<Client>,
    pub(super) client_scopes: Vec<ClientScope>,
    pub(super) identity_providers: Vec<IdentityProvider>,
    pub(super) components: BTreeMap<String, Vec<Named>>,
    pub(super) authentication_flows: Vec<Flow>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Roles {
    pub(super) realm: Vec<Role>,
    pub(super) client: ByClient<Role>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) composites: Composites,
    pub(super) attributes: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Composites {
    pub(super) realm: Vec<String>,
    pub(super) client: ByClient<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) path: Option<String>,
    pub(super) sub_groups: Vec<Group>,
    pub(super) realm_roles: Vec<String>,
    pub(super) client_roles: ByClient<String>,
    pub(super) attributes: BTreeMap<String, Value>,
}

/// A thing that has a name, or none: the one component of a kind may go without.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct IdentityProvider {
    pub(super) alias: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Flow {
    pub(super) alias: String,
    pub(super) built_in: bool,
    pub(super) top_level: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ClientScope {
    pub(super) name: String,
    pub(super) protocol: Option<String>,
    pub(super) protocol_mappers: Vec<Mapper>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Mapper {
    pub(super) name: String,
    pub(super) protocol_mapper: String,
    pub(super) config: BTreeMap<String, Option<String>>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Client {
    pub(super) client_id: String,
    pub(super) name: Option<String>,
    pub(super) enabled: bool,
    pub(super) protocol: Option<String>,
    pub(super) client_authenticator_type: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) root_url: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) bearer_only: bool,
    pub(super) consent_required: bool,
    pub(super) standard_flow_enabled: bool,
    pub(super) implicit_flow_enabled: bool,
    pub(super) direct_access_grants_enabled: bool,
    pub(super) service_accounts_enabled: bool,
    pub(super) authorization_services_enabled: bool,
    pub(super) public_client: bool,
    pub(super) attributes: BTreeMap<String, Option<String>>,
    pub(super) protocol_mappers: Vec<Mapper>,
    pub(super) default_client_scopes: Vec<String>,
    pub(super) optional_client_scopes: Vec<String>,
}

impl Default for Client {
    /// What a member that is not there means to Keycloak.
    fn default() -> Self {
        Self {
            client_id: String::new(),
            name: None,
            enabled: true,
            protocol: None,
            client_authenticator_type: None,
            secret: None,
            root_url: None,
            base_url: None,
            redirect_uris: Vec::new(),
            bearer_only: false,
            consent_required: false,
            standard_flow_enabled: true,
            implicit_flow_enabled: false,
            direct_access_grants_enabled: false,
            service_accounts_enabled: false,
            authorization_services_enabled: false,
            public_client: false,
            attributes: BTreeMap::new(),
            protocol_mappers: Vec::new(),
            default_client_scopes: Vec::new(),
            optional_client_scopes: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: Option<String>,
    pub(super) username: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) email_verified: bool,
    pub(super) enabled: bool,
    pub(super) attributes: BTreeMap<String, Vec<String>>,
    /// Milliseconds since 1970.
    pub(super) created_timestamp: Option<i64>,
    pub(super) credentials: Vec<Credential>,
    pub(super) required_actions: Vec<String>,
    pub(super) realm_roles: Vec<String>,
    pub(super) client_roles: ByClient<String>,
    pub(super) groups: Vec<String>,
    pub(super) service_account_client_id: Option<String>,
    pub(super) federation_link: Option<String>,
    pub(super) federated_identities: Vec<FederatedIdentity>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            id: None,
            username: String::new(),
            first_name: None,
            last_name: None,
            email: None,
            email_verified: false,
            enabled: true,
            attributes: BTreeMap::new(),
            created_timestamp: None,
            credentials: Vec::new(),
            required_actions: Vec::new(),
            realm_roles: Vec::new(),
            client_roles: BTreeMap::new(),
            groups: Vec::new(),
            service_account_client_id: None,
            federation_link: None,
            federated_identities: Vec::new(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FederatedIdentity {
    pub(super) identity_provider: String,
}

/// A credential. What it is about is JSON in texts; versions before 9 had members of their own.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Credential {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) user_label: Option<String>,
    pub(super) secret_data: Option<String>,
    pub(super) credential_data: Option<String>,
    /// A password or a secret in clear, as files have it that were written by hand.
    pub(super) value: Option<String>,
    pub(super) hashed_salted_value: Option<String>,
    pub(super) salt: Option<String>,
    pub(super) hash_iterations: Option<u32>,
    pub(super) algorithm: Option<String>,
    pub(super) digits: Option<usize>,
    pub(super) period: Option<i64>,
}
