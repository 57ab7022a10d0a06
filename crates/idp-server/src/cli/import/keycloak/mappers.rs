//! What the mappers of a client put into tokens, as far as it is a person's roles or groups, or the audience.

use idp_core::client::ClaimMapping as Mapped;

use super::representation::Mapper;
use crate::admin_api::client::ClaimMapping;
use crate::cli::import::report::shown;

/// The audience that a mapper puts into access tokens, if there is one.
pub(super) fn audience(mappers: &[Mapper]) -> Option<String> {
    let mappers = mappers.iter();
    let mut named =
        mappers.filter(|mapper| mapper.protocol_mapper == "oidc-audience-mapper").filter_map(|mapper| {
            let of = |name| mapper.option(name).filter(|text| !text.is_empty());
            of("included.custom.audience").or(of("included.client.audience")).map(str::to_owned)
        });
    named.next().filter(|_| named.next().is_none())
}

/// What becomes of the others; `notes` says which have no place here.
pub(super) fn claims_mapping(mappers: &[Mapper], notes: &mut Vec<String>) -> Vec<ClaimMapping> {
    let mut mappings: Vec<ClaimMapping> = Vec::new();
    for mapper in mappers {
        if mapper.protocol_mapper == "oidc-audience-mapper" {
            continue;
        }
        match mapping(mapper, notes) {
            Ok(mapping) if mappings.iter().all(|other| other.claim != mapping.claim) => {
                mappings.push(mapping);
            }
            Ok(mapping) => {
                notes.push(format!(
                    "mapper {} is left out: claim {} is mapped already",
                    shown(&mapper.name),
                    mapping.claim
                ));
            }
            Err(why) => notes.push(format!("mapper {} is left out: {why}", shown(&mapper.name))),
        }
    }
    mappings
}

fn mapping(mapper: &Mapper, notes: &mut Vec<String>) -> Result<ClaimMapping, String> {
    let claim = mapper.option("claim.name").unwrap_or_default().to_owned();
    let (source, prefix) = match mapper.protocol_mapper.as_str() {
        "oidc-usermodel-realm-role-mapper" => ("roles", String::new()),
        "oidc-usermodel-client-role-mapper" => {
            let client = mapper.option("usermodel.clientRoleMapping.clientId").filter(|id| !id.is_empty());
            let client = client.ok_or("it tells of the roles of all clients, each apart")?;
            ("roles", format!("{client}:"))
        }
        "oidc-group-membership-mapper" => ("groups", String::new()),
        other => return Err(format!("a claim from {} has no place here", shown(other))),
    };
    let has_prefix = |name| mapper.option(name).is_some_and(|prefix| !prefix.is_empty());
    if has_prefix("usermodel.realmRoleMapping.rolePrefix")
        || has_prefix("usermodel.clientRoleMapping.rolePrefix")
    {
        return Err("names get no prefix here".to_owned());
    }
    if claim.contains('.') && !claim.contains("://") {
        return Err(format!("claim {} is within another; here each stands by itself", shown(&claim)));
    }
    let targets = [
        ("access.token.claim", "access_token"),
        ("id.token.claim", "id_token"),
        ("userinfo.token.claim", "userinfo"),
    ];
    let targets = targets.into_iter().filter(|(name, _)| mapper.option(name) == Some("true"));
    let targets: Vec<String> = targets.map(|(_, target)| target.to_owned()).collect();
    let text = format!("{claim}={source}:{prefix}@{}", targets.join(","));
    text.parse::<Mapped>().map_err(|error| error.to_string())?;
    if source == "groups" && mapper.option("full.path") == Some("true") {
        notes.push(format!("claim {claim} has the paths of groups without the first stroke: staff/finance"));
    }
    if source == "roles" && prefix.is_empty() {
        notes.push(format!("claim {claim} has the roles of clients as well, as CLIENT:ROLE"));
    }
    Ok(ClaimMapping { claim, source: source.to_owned(), attribute: None, prefix, targets })
}

impl Mapper {
    fn option(&self, name: &str) -> Option<&str> {
        self.config.get(name)?.as_deref()
    }
}
