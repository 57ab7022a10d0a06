//! A client of a realm as it would be registered here, with what of it has no place.

use std::collections::BTreeSet;

use idp_core::{
    redirect_uri::RedirectUri,
    secret::{Secret, SecretKind},
};

use super::mappers;
use super::representation::Client;
use super::{BUILT_IN_CLIENTS, BUILT_IN_SCOPES};
use crate::admin_api::client_metadata::NewClient;
use crate::cli::import::report::shown;

/// Settings that change what a site gets, and that nothing here stands for.
const UNKNOWN_SETTINGS: [(&str, &str); 8] = [
    ("oauth2.device.authorization.grant.enabled", "the device grant is not offered"),
    ("oidc.ciba.grant.enabled", "backchannel authentication is not offered"),
    ("standard.token.exchange.enabled", "token exchange is not offered"),
    ("tls.client.certificate.bound.access.tokens", "tokens are not bound to certificates"),
    ("dpop.bound.access.tokens", "tokens are not bound by DPoP"),
    ("require.pushed.authorization.requests", "pushed requests are not offered"),
    ("jwt.authorization.grant.enabled", "the JWT grant is not offered"),
    ("client_credentials.use_refresh_token", "client_credentials gets no refresh token"),
];

/// What becomes of a client.
pub(super) enum Reading {
    /// It would be registered so.
    Client(Box<NewClient>, Vec<Secret>),
    Refused(String),
    LeftOut(String),
}

/// A client that is being read.
struct Draft<'a> {
    client: &'a Client,
    notes: Vec<String>,
}

/// Reads one. `redirects` are the redirect URIs that the operator names for it.
pub(super) fn read(client: &Client, redirects: &[&str]) -> (Reading, Vec<String>) {
    let mut draft = Draft { client, notes: Vec::new() };
    let read = draft.read(redirects).unwrap_or_else(|read| read);
    (read, draft.notes)
}

impl Draft<'_> {
    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn read(&mut self, redirects: &[&str]) -> Result<Reading, Reading> {
        self.check()?;
        let client = self.client;
        let secrets = self.secrets()?;
        let redirect_uris = self.redirect_uris(redirects)?;
        let grant_types = self.grant_types()?;
        let claims_mapping = mappers::claims_mapping(&client.protocol_mappers, &mut self.notes);
        let post_logout = self.post_logout_redirect_uris(&redirect_uris);
        let backchannel = self.attribute("backchannel.logout.url").map(str::to_owned);
        let lifetime = self.attribute("access.token.lifespan").and_then(|text| text.parse::<i64>().ok());
        let scope = self.scope();
        let has_pkce = self.attribute("pkce.code.challenge.method") == Some("S256");
        if client.public_client && !has_pkce {
            self.note("PKCE is demanded from now on: a client without a secret has it here");
        }
        self.note_settings();
        let name = client.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let link = |text: Option<&str>| {
            text.filter(|text| text.starts_with("http")).map(|text| Some(text.to_owned()))
        };
        let session_required =
            backchannel.is_some() && self.attribute("backchannel.logout.session.required") == Some("true");
        let new = NewClient {
            client_id: Some(client.client_id.clone()),
            public: client.public_client,
            client_name: name.map(str::to_owned),
            redirect_uris: Some(redirect_uris),
            post_logout_redirect_uris: Some(post_logout),
            grant_types: Some(grant_types),
            scope: Some(scope),
            audience: mappers::audience(&client.protocol_mappers),
            require_pkce: Some(has_pkce || client.public_client),
            consent: Some(if client.consent_required { "ask" } else { "first_party" }.to_owned()),
            access_token_lifetime: lifetime.map(Some),
            backchannel_logout_session_required: Some(session_required),
            backchannel_logout_uri: backchannel.map(Some),
            claims_mapping: Some(claims_mapping),
            client_uri: link(client.base_url.as_deref()),
            policy_uri: link(self.attribute("policyUri")),
            tos_uri: link(self.attribute("tosUri")),
            ..NewClient::default()
        };
        Ok(Reading::Client(Box::new(new), secrets))
    }

    fn check(&self) -> Result<(), Reading> {
        let client = self.client;
        let left_out = |why: &str| Err(Reading::LeftOut(why.to_owned()));
        if BUILT_IN_CLIENTS.contains(&client.client_id.as_str()) {
            return left_out("Keycloak has it for itself");
        }
        if client.protocol.as_deref().is_some_and(|protocol| protocol != "openid-connect") {
            return left_out("it does not speak OpenID Connect");
        }
        if client.bearer_only {
            return left_out("it asks for no tokens, and checks them without a registration");
        }
        if !client.enabled {
            return left_out("it is switched off there, and would be on here");
        }
        Ok(())
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let value = self.client.attributes.get(name)?.as_deref()?.trim();
        (!value.is_empty()).then_some(value)
    }

    fn secrets(&self) -> Result<Vec<Secret>, Reading> {
        let client = self.client;
        if client.public_client {
            return Ok(Vec::new());
        }
        let refused = |why: &str| Reading::Refused(format!("{why}; register it with: client add"));
        if let Some(other) =
            client.client_authenticator_type.as_deref().filter(|kind| *kind != "client-secret")
        {
            return Err(refused(&format!("it proves itself by {}, and here by a secret", shown(other))));
        }
        let secret = client.secret.as_deref().unwrap_or_default();
        if secret.is_empty() || secret.chars().all(|c| c == '*') || secret.starts_with("${vault.") {
            return Err(refused("the export does not have its secret"));
        }
        let secret = Secret::chosen(SecretKind::ClientSecret, secret);
        Ok(vec![secret.map_err(|error| refused(&format!("its secret is too weak: {error}")))?])
    }

    /// With the address of the site where they are relative to it. A pattern is none here.
    fn redirect_uris(&mut self, named: &[&str]) -> Result<Vec<String>, Reading> {
        if !self.client.standard_flow_enabled {
            return Ok(Vec::new());
        }
        let mut fit: Vec<String> = named.iter().map(|uri| (*uri).to_owned()).collect();
        for uri in &self.client.redirect_uris {
            let whole = self.absolute(uri);
            match RedirectUri::parse(&whole) {
                Ok(_) => fit.push(whole),
                Err(error) => self.notes.push(format!("redirect URI {} is left out: {error}", shown(&whole))),
            }
        }
        fit.dedup();
        let id = &self.client.client_id;
        match fit.is_empty() {
            true => Err(Reading::Refused(format!(
                "none of its redirect URIs is an exact one; name them with --redirect-uri {}=URI",
                shown(id)
            ))),
            false => Ok(fit),
        }
    }

    fn absolute(&self, uri: &str) -> String {
        let root = self.client.root_url.as_deref().unwrap_or_default().trim_end_matches('/');
        if uri.starts_with('/') { format!("{root}{uri}") } else { uri.to_owned() }
    }

    fn post_logout_redirect_uris(&mut self, redirect_uris: &[String]) -> Vec<String> {
        let given = self.attribute("post.logout.redirect.uris").unwrap_or_default().to_owned();
        let mut fit = Vec::new();
        for uri in given.split("##").filter(|uri| !uri.is_empty() && *uri != "-") {
            if uri == "+" {
                fit.extend(redirect_uris.iter().cloned());
                continue;
            }
            let whole = self.absolute(uri);
            match RedirectUri::parse(&whole) {
                Ok(_) => fit.push(whole),
                Err(error) => {
                    self.note(format!("post-logout redirect URI {} is left out: {error}", shown(&whole)))
                }
            }
        }
        fit
    }

    fn grant_types(&mut self) -> Result<Vec<String>, Reading> {
        let client = self.client;
        let has_refresh = self.attribute("use.refresh.tokens") != Some("false");
        if client.implicit_flow_enabled {
            self.note("the implicit flow is left out: it is not offered");
        }
        if client.direct_access_grants_enabled {
            self.note("the password grant is left out: it is not offered");
        }
        let grants = [
            ("authorization_code", client.standard_flow_enabled),
            ("refresh_token", client.standard_flow_enabled && has_refresh),
            ("client_credentials", client.service_accounts_enabled && !client.public_client),
        ];
        let grants: Vec<String> =
            grants.into_iter().filter(|(_, is_on)| *is_on).map(|(grant, _)| grant.to_owned()).collect();
        match grants.is_empty() {
            true => Err(Reading::LeftOut("it has no grant that is offered here".to_owned())),
            false => Ok(grants),
        }
    }

    fn scope(&mut self) -> String {
        let client = self.client;
        let all = client.default_client_scopes.iter().chain(&client.optional_client_scopes);
        let known = ["profile", "email", "phone", "address"];
        let mut words = BTreeSet::from(["openid"]);
        let mut others = Vec::new();
        for word in all.map(String::as_str) {
            // A word of our own would permit something at the provider.
            let is_ours = word.starts_with("idp.");
            match known.contains(&word) || (!BUILT_IN_SCOPES.contains(&word) && !is_ours) {
                true => drop(words.insert(word)),
                false if is_ours => others.push(word),
                false => {}
            }
        }
        if !others.is_empty() {
            self.notes.push(format!("scopes are left out: {}", shown(&others.join(" "))));
        }
        words.into_iter().collect::<Vec<_>>().join(" ")
    }

    fn note_settings(&mut self) {
        for (setting, why) in UNKNOWN_SETTINGS {
            if self.attribute(setting) == Some("true") {
                self.note(format!("{setting} is left out: {why}"));
            }
        }
        if self.client.authorization_services_enabled {
            self.note("authorization services are left out");
        }
        for setting in ["id.token.encrypted.response.alg", "frontchannel.logout.url", "logoUri"] {
            if self.attribute(setting).is_some() {
                self.note(format!("{setting} is left out"));
            }
        }
        for setting in ["access.token.signed.response.alg", "id.token.signed.response.alg"] {
            if self.attribute(setting).is_some_and(|algorithm| algorithm != "RS256") {
                self.note(format!("{setting} is left out: tokens are signed with RS256"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    const SECRET: &str = "Zk3vQ8rT1mYx7bWn5cLp9sHd2fGj4aKe";

    fn of(members: Value, redirects: &[&str]) -> (Reading, Vec<String>) {
        let mut client = json!({ "clientId": "shop", "secret": SECRET, "redirectUris": ["https://shop.example/callback"] });
        client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        read(&serde_json::from_value(client).unwrap(), redirects)
    }

    fn registered(members: Value) -> (NewClient, Vec<String>) {
        match of(members, &[]) {
            (Reading::Client(client, _), notes) => (*client, notes),
            (Reading::Refused(why) | Reading::LeftOut(why), _) => panic!("{why}"),
        }
    }

    fn why_not(members: Value) -> String {
        match of(members, &[]) {
            (Reading::Refused(why) | Reading::LeftOut(why), _) => why,
            (Reading::Client(..), notes) => panic!("{notes:?}"),
        }
    }

    #[test]
    fn a_pattern_is_no_redirect_uri_until_the_operator_names_one() {
        let (client, notes) = registered(
            json!({ "rootUrl": "https://shop.example/", "redirectUris": ["/callback", "/*", "https://shop.example/*"] }),
        );
        assert_eq!(client.redirect_uris.unwrap(), ["https://shop.example/callback"]);
        assert_eq!(notes.iter().filter(|note| note.contains("wildcard")).count(), 2, "{notes:?}");
        let patterns = json!({ "redirectUris": ["https://shop.example/*"] });
        assert!(why_not(patterns.clone()).contains("--redirect-uri shop=URI"));
        let (Reading::Client(client, _), _) = of(patterns, &["https://shop.example/callback"]) else {
            panic!()
        };
        assert_eq!(client.redirect_uris.unwrap(), ["https://shop.example/callback"]);
    }

    #[test]
    fn a_secret_is_taken_and_never_told() {
        for (secret, why) in [
            ("too-short", "too weak"),
            ("**********", "does not have its secret"),
            ("${vault.x}", "does not have"),
        ] {
            let said = why_not(json!({ "secret": secret }));
            assert!(said.contains(why) && !said.contains(secret), "{said}");
        }
        let (Reading::Client(_, secrets), _) = of(json!({}), &[]) else { panic!() };
        assert_eq!(secrets[0].expose(), SECRET);
        assert!(why_not(json!({ "clientAuthenticatorType": "client-jwt" })).contains("by client-jwt"));
    }

    #[test]
    fn what_has_no_place_here_is_left_out_and_said() {
        for (members, why) in [
            (json!({ "clientId": "account" }), "for itself"),
            (json!({ "protocol": "saml" }), "OpenID Connect"),
            (json!({ "bearerOnly": true }), "asks for no tokens"),
            (json!({ "enabled": false }), "switched off"),
            (json!({ "standardFlowEnabled": false }), "no grant"),
        ] {
            let said = why_not(members);
            assert!(said.contains(why), "{said}");
        }
        let (client, notes) = registered(
            json!({ "directAccessGrantsEnabled": true, "implicitFlowEnabled": true, "publicClient": true,
            "defaultClientScopes": ["profile", "roles", "orders", "idp.users.manage"] }),
        );
        assert_eq!(client.scope.unwrap(), "openid orders profile");
        assert_eq!((client.public, client.require_pkce), (true, Some(true)));
        for said in ["implicit", "password grant", "PKCE", "idp.users.manage"] {
            assert!(notes.iter().any(|note| note.contains(said)), "{said}: {notes:?}");
        }
    }

    #[test]
    fn mappers_of_roles_and_groups_become_claims() {
        let mapper = |name: &str, kind: &str, more: Value| {
            let mut config =
                json!({ "claim.name": name, "access.token.claim": "true", "id.token.claim": "false" });
            config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "name": name, "protocolMapper": kind, "config": config })
        };
        let (client, notes) = registered(json!({ "protocolMappers": [
            mapper("roles", "oidc-usermodel-realm-role-mapper", json!({})),
            mapper("permissions", "oidc-usermodel-client-role-mapper", json!({ "usermodel.clientRoleMapping.clientId": "shop" })),
            mapper("groups", "oidc-group-membership-mapper", json!({ "full.path": "true" })),
            mapper("realm_access.roles", "oidc-usermodel-realm-role-mapper", json!({})),
            mapper("sub", "oidc-usermodel-realm-role-mapper", json!({})),
            mapper("floor", "oidc-usermodel-attribute-mapper", json!({})),
            mapper("", "oidc-audience-mapper", json!({ "included.custom.audience": "https://api.example" })),
        ] }));
        let mapped: Vec<String> = client
            .claims_mapping
            .unwrap()
            .iter()
            .map(|one| format!("{}={}:{}", one.claim, one.source, one.prefix))
            .collect();
        assert_eq!(mapped, ["roles=roles:", "permissions=roles:shop:", "groups=groups:"]);
        assert_eq!(client.audience.as_deref(), Some("https://api.example"));
        assert_eq!(notes.iter().filter(|note| note.contains("is left out")).count(), 3, "{notes:?}");
    }
}
