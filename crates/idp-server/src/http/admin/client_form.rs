//! What is typed into the form of a client, as the administration API takes it; and back.

use crate::admin_api::client::{ClaimMapping, Client, Jwk};
use crate::admin_api::client_metadata::ClientPatch;
use crate::admin_api::{FieldProblem, Problem};
use crate::directory::DirectoryError;
use crate::http::request::PageForm;
use crate::page::admin::client_fields::{FIELDS, FieldKind, FieldShape, TICKED, fits, reason};
use crate::page::admin::{ClientFact, ClientField, FieldRefusal};
use crate::page::{DisplayText, TypedText};
use idp_core::client::{self as core, ClientMetadata, GrantType, UnfitClient};
use std::collections::BTreeMap;

/// The text of each field; of a ticked one, [`TICKED`].
#[derive(Clone, Debug, Default)]
pub struct ClientForm(BTreeMap<&'static str, String>);

/// Why it cannot be taken: the field at fault, if it is one, and the reason.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The name of the field.
    pub field: Option<String>,
    /// The place of the line at fault among those of the field.
    place: Option<usize>,
    /// The reason.
    pub reason: FieldRefusal,
}

impl ClientForm {
    /// What was typed.
    pub fn read(form: &PageForm) -> Self {
        let shapes = FIELDS.iter().flat_map(|group| group.shapes);
        Self(shapes.map(|shape| (shape.name, form.field(shape.name).trim().replace("\r\n", "\n"))).collect())
    }

    /// The same with what is registered wherever a field came back as the page showed it: a page leaves out characters that
    /// cannot be seen, and that alone is no change.
    pub fn keeping(mut self, registered: &Self) -> Self {
        for (name, text) in &mut self.0 {
            let stored = registered.text(name);
            if TypedText::list(stored).is_some_and(|shown| shown.to_string() == *text) {
                stored.clone_into(text);
            }
        }
        self
    }

    /// What is registered.
    pub fn of(registered: &Client) -> Self {
        let lines = |list: &[String]| list.join("\n");
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let tick = |is_ticked: bool| if is_ticked { TICKED.to_owned() } else { String::new() };
        let may = |grant: GrantType| tick(registered.grant_types.iter().any(|word| word == grant.as_str()));
        let mapping =
            |mapping: &ClaimMapping| mapping.read("").map(|read| read.to_string()).unwrap_or_default();
        let key = registered.id_token_encryption_key.as_ref();
        let key = key.map(|Jwk(members)| serde_json::to_string(members).unwrap_or_default());
        Self(BTreeMap::from([
            ("client_name", registered.client_name.clone()),
            ("color", text(&registered.color)),
            ("client_uri", text(&registered.client_uri)),
            ("policy_uri", text(&registered.policy_uri)),
            ("tos_uri", text(&registered.tos_uri)),
            ("consent", tick(registered.consent == "first_party")),
            ("redirect_uris", lines(&registered.redirect_uris)),
            ("post_logout_redirect_uris", lines(&registered.post_logout_redirect_uris)),
            ("authorization_code", may(GrantType::AuthorizationCode)),
            ("refresh_token", may(GrantType::RefreshToken)),
            ("client_credentials", may(GrantType::ClientCredentials)),
            ("require_pkce", tick(registered.require_pkce)),
            ("scope", registered.scope.clone()),
            ("audience", registered.audience.clone()),
            (
                "access_token_lifetime",
                registered.access_token_lifetime.map(|seconds| seconds.to_string()).unwrap_or_default(),
            ),
            ("claims_mapping", registered.claims_mapping.iter().map(mapping).collect::<Vec<_>>().join("\n")),
            ("id_token_encryption_key", key.unwrap_or_default()),
            ("allowed_roles", lines(&registered.allowed_roles)),
            ("allowed_groups", lines(&registered.allowed_groups)),
            ("allowed_networks", lines(&registered.allowed_networks)),
            ("required_acr", text(&registered.required_acr)),
            ("backchannel_logout_uri", text(&registered.backchannel_logout_uri)),
            ("backchannel_logout_session_required", tick(registered.backchannel_logout_session_required)),
            ("revocation_feed", tick(registered.revocation_feed)),
        ]))
    }

    /// Whether a form can hold all of it. One that showed a part would take the rest away.
    pub fn can_be_typed(&self) -> bool {
        self.0.values().all(|text| TypedText::list(text).is_some())
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn is_ticked(&self, name: &str) -> bool {
        self.text(name) == TICKED
    }

    fn lines(&self, name: &str) -> Vec<String> {
        self.text(name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    fn nullable(&self, name: &str) -> Option<Option<String>> {
        Some(Some(self.text(name).to_owned()).filter(|text| !text.is_empty()))
    }

    /// The metadata that is asked for, in place of `before`; or each field that cannot be read.
    pub fn apply(&self, before: ClientMetadata) -> Result<ClientMetadata, Vec<Refused>> {
        self.read_into(before.clone()).map_err(|first| {
            // Whether a field can be read has to do with no other: each is read with the rest left empty.
            let alone =
                |(name, text): (&&'static str, &String)| Self(BTreeMap::from([(*name, text.clone())]));
            let faults = self.0.iter().filter_map(|field| alone(field).read_into(before.clone()).err());
            let faults: Vec<_> = faults.collect();
            if faults.is_empty() { vec![first] } else { faults }
        })
    }

    fn read_into(&self, before: ClientMetadata) -> Result<ClientMetadata, Refused> {
        self.patch()?.apply(before).map_err(|problem| self.refused(problem))
    }

    /// What the API says of a member, as of the field that it was typed into.
    fn refused(&self, problem: Problem) -> Refused {
        let mut refused = Refused::from(problem);
        let (Some(field), Some(place)) = (&refused.field, refused.place) else { return refused };
        if let Some(line) = self.lines(field).get(place) {
            refused.reason.line = Some(DisplayText::name(line));
        }
        refused
    }

    /// All of it, as the API takes it.
    fn patch(&self) -> Result<ClientPatch, Refused> {
        let text = |name: &str| Some(self.text(name).to_owned());
        // An audience of nothing is the client itself, as it was before the form was there.
        let unless_empty = |name: &str| text(name).filter(|text| !text.is_empty());
        let offered = GrantType::ALL.into_iter().filter(|grant| self.is_ticked(grant.as_str()));
        let consent = if self.is_ticked("consent") { "first_party" } else { "ask" };
        Ok(ClientPatch {
            client_name: unless_empty("client_name"),
            redirect_uris: Some(self.lines("redirect_uris")),
            post_logout_redirect_uris: Some(self.lines("post_logout_redirect_uris")),
            grant_types: Some(offered.map(|grant| grant.as_str().to_owned()).collect()),
            scope: text("scope"),
            audience: unless_empty("audience"),
            require_pkce: Some(self.is_ticked("require_pkce")),
            consent: Some(consent.to_owned()),
            access_token_lifetime: Some(self.lifetime()?),
            backchannel_logout_uri: self.nullable("backchannel_logout_uri"),
            backchannel_logout_session_required: Some(self.is_ticked("backchannel_logout_session_required")),
            id_token_encryption_key: Some(self.key()?),
            revocation_feed: Some(self.is_ticked("revocation_feed")),
            required_acr: self.nullable("required_acr"),
            claims_mapping: Some(self.mappings()?),
            allowed_roles: Some(self.lines("allowed_roles")),
            allowed_groups: Some(self.lines("allowed_groups")),
            allowed_networks: Some(self.lines("allowed_networks")),
            client_uri: self.nullable("client_uri"),
            policy_uri: self.nullable("policy_uri"),
            tos_uri: self.nullable("tos_uri"),
            color: self.nullable("color"),
        })
    }

    fn lifetime(&self) -> Result<Option<i64>, Refused> {
        let text = self.text("access_token_lifetime");
        let read = |text: &str| text.parse().map_err(|_| Refused::of("access_token_lifetime"));
        Some(text).filter(|text| !text.is_empty()).map(read).transpose()
    }

    fn key(&self) -> Result<Option<Jwk>, Refused> {
        let text = self.text("id_token_encryption_key");
        let read = |text: &str| serde_json::from_str(text).map(Jwk);
        let read = Some(text).filter(|text| !text.is_empty()).map(read).transpose();
        read.map_err(|_| Refused::of("id_token_encryption_key"))
    }

    fn mappings(&self) -> Result<Vec<ClaimMapping>, Refused> {
        let name = "claims_mapping";
        let read = |line: &String| {
            let read = line.parse::<core::ClaimMapping>();
            read.map(|read| ClaimMapping::from(&read)).map_err(|_| Refused::of(name).at(line))
        };
        self.lines(name).iter().map(read).collect()
    }

    /// The fields of the form, with what is wrong with them, and what is stored by now of those that differ.
    pub fn fields(
        &self,
        refused: &[Refused],
        stored: Option<&Self>,
    ) -> Vec<(&'static str, Vec<ClientField>)> {
        let field = |shape: &'static FieldShape| {
            let at_fault = refused.iter().find(|refused| refused.field.as_deref() == Some(shape.name));
            let differs = stored.filter(|stored| stored.text(shape.name) != self.text(shape.name));
            ClientField {
                shape,
                value: match shape.kind {
                    FieldKind::Tick => TypedText::default(),
                    FieldKind::Line | FieldKind::Lines => {
                        TypedText::list(self.text(shape.name)).unwrap_or_default()
                    }
                },
                is_ticked: self.is_ticked(shape.name),
                problem: at_fault.map(|refused| refused.reason.clone()),
                stored: differs.map(|stored| stored.values(shape)),
            }
        };
        FIELDS.iter().map(|group| (group.heading, group.shapes.iter().map(field).collect())).collect()
    }

    /// The same to be read.
    pub fn facts(&self) -> Vec<(&'static str, Vec<ClientFact>)> {
        let fact = |shape: &'static FieldShape| ClientFact {
            shape,
            values: self.values(shape),
            is_ticked: self.is_ticked(shape.name),
        };
        FIELDS.iter().map(|group| (group.heading, group.shapes.iter().map(fact).collect())).collect()
    }

    fn values(&self, shape: &FieldShape) -> Vec<DisplayText> {
        let is_shown = shape.kind != FieldKind::Tick;
        let lines = self.lines(shape.name).into_iter().filter(|_| is_shown);
        lines.map(|line| DisplayText::reason(&line)).collect()
    }
}

impl Refused {
    /// Of a field that does not fit.
    pub fn of(field: &str) -> Self {
        Self::because(Some(field), FieldRefusal::of(fits(field)))
    }

    fn because(field: Option<&str>, reason: FieldRefusal) -> Self {
        Self { field: field.map(str::to_owned), place: None, reason }
    }

    fn at(mut self, line: &str) -> Self {
        self.reason.line = Some(DisplayText::name(line));
        self
    }

    /// Of what the directory refused of a registration; the error itself, where it is about something else.
    pub fn by(error: DirectoryError) -> Result<Self, DirectoryError> {
        let about = |field, words, values: &[(&'static str, &str)]| {
            let values = values.iter().map(|(name, value)| (*name, DisplayText::reason(value))).collect();
            Ok(Self::because(field, FieldRefusal { values, ..FieldRefusal::of(words) }))
        };
        match &error {
            DirectoryError::UnreachableLogoutUri { address, .. } => {
                let field = Some("backchannel_logout_uri");
                about(field, reason::LOGOUT_PRIVATE, &[("address", &address.to_string())])
            }
            DirectoryError::AudienceOfPermissions { scope, audience } => {
                let values = [("scope", scope.as_str()), ("audience", audience.as_str())];
                about(Some("audience"), reason::AUDIENCE_PERMISSIONS, &values)
            }
            DirectoryError::UnknownMappedAttribute(name) => {
                about(Some("claims_mapping"), reason::CLAIMS_UNKNOWN, &[("name", name.as_str())])
            }
            DirectoryError::AttributeOfRights { attribute, claim, .. } => {
                let values = [("name", attribute.as_str()), ("claim", &claim.to_string())];
                about(Some("claims_mapping"), reason::CLAIMS_RIGHTS, &values)
            }
            DirectoryError::UnknownAllowedRole(name) => {
                about(Some("allowed_roles"), reason::ROLES_UNKNOWN, &[("name", name.as_str())])
            }
            DirectoryError::UnknownAllowedGroup(name) => {
                about(Some("allowed_groups"), reason::GROUPS_UNKNOWN, &[("name", name.as_str())])
            }
            DirectoryError::UnknownClass { acr, known } => {
                let values = [("name", acr.as_str()), ("known", known.as_str())];
                about(Some("required_acr"), reason::ACR_UNKNOWN, &values)
            }
            DirectoryError::ClientExists(_) => about(Some("client_id"), reason::ID_TAKEN, &[]),
            DirectoryError::UnfitClient(unfit) => {
                let (field, words) = of_unfit(*unfit);
                about(field, words, &[])
            }
            DirectoryError::OverBudget(over) => {
                let (size, budget) = (over.size.to_string(), over.budget.to_string());
                about(None, reason::BUDGET, &[("size", &size), ("budget", &budget)])
            }
            _ => Err(error),
        }
    }
}

/// The field at fault, and the words for it.
fn of_unfit(unfit: UnfitClient) -> (Option<&'static str>, &'static str) {
    let of = |field: &'static str| (Some(field), fits(field));
    match unfit {
        UnfitClient::PublicWithoutPkce => of("require_pkce"),
        UnfitClient::PublicWithClientCredentials => (Some("client_credentials"), reason::OWN_NAME_PUBLIC),
        UnfitClient::NoGrantType => of("authorization_code"),
        UnfitClient::PublicWithFeed => of("revocation_feed"),
        UnfitClient::NoRedirectUri => (Some("redirect_uris"), reason::REDIRECTS_NONE),
        UnfitClient::Name => of("client_name"),
        UnfitClient::Audience => of("audience"),
        UnfitClient::SessionWithoutLogoutUri => of("backchannel_logout_session_required"),
        UnfitClient::Lifetime => of("access_token_lifetime"),
        UnfitClient::ClaimsMapping => (Some("claims_mapping"), reason::CLAIMS_MANY),
        UnfitClient::NoSecret => (None, reason::FITS_NOT),
        UnfitClient::AccessRules => (None, reason::ACCESS_MANY),
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let Some(FieldProblem { pointer: Some(pointer), .. }) = problem.errors.into_iter().next() else {
            return Self::because(None, FieldRefusal::of(reason::FITS_NOT));
        };
        let mut path = pointer.split('/').skip(1);
        let name = path.next().unwrap_or_default();
        Self { place: path.next().and_then(|place| place.parse().ok()), ..Self::of(name) }
    }
}
