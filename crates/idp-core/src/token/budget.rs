//! How large an access token may become. It travels with every request, and headers have limits. So the size is checked
//! with a representative token when a client is registered, not when a person signs in. How many roles a person will have is not
//! known then: where they are too many, the token names a permission bundle instead (ADR 66).

use serde_json::{Map, Value};

use super::mint::header;
use super::{
    ACCESS_TOKEN_TYPE, AccessTokenClaims, Audience, PermissionBundle, PersonClaims, PrivateClaims, TokenId,
};
use crate::authentication::{Factor, Levels, Proof, Proofs};
use crate::client::{ClaimTarget, Client};
use crate::time::UnixTime;
use crate::user::attribute::Attribute;
use serde::Serialize;
use uuid::Uuid;

/// Length of an RFC 7638 thumbprint, as every key of ours is named.
const KID_CHARS: usize = 43;
/// The bytes that a token may have beyond the budget for the claims that are mapped for its client.
const ROOM_FOR_MAPPED: usize = 512;
/// How many of the heaviest claims an error names.
const NAMED_CLAIMS: usize = 5;

/// The most bytes an access token may have, signature included.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct TokenBudget {
    /// Bytes of the compact token.
    pub bytes: usize,
    /// Bits of the signing key.
    pub key_bits: usize,
}

impl Default for TokenBudget {
    fn default() -> Self {
        Self { bytes: 1024, key_bits: 2048 }
    }
}

/// A token is too large; says where its weight lies.
#[derive(Debug, Clone, Eq, PartialEq, thiserror::Error)]
#[error("an access token would have {size} bytes, more than {budget}; heaviest claims: {}", list(.heaviest))]
pub struct OverBudget {
    /// Bytes of the compact token.
    pub size: usize,
    /// Bytes it may have.
    pub budget: usize,
    /// The heaviest claims with the bytes each adds, heaviest first.
    pub heaviest: Vec<(String, usize)>,
}

impl TokenBudget {
    /// The default budget under keys of `key_bits`. What the signature of a larger key adds is not the client's fault.
    #[must_use]
    pub fn for_key(key_bits: usize) -> Self {
        let default = Self::default();
        let signature = |bits: usize| base64_length(bits.div_ceil(8));
        let added = signature(key_bits).saturating_sub(signature(default.key_bits));
        Self { bytes: default.bytes + added, key_bits }
    }

    /// The size in bytes of the largest access token that `client` can get from the provider at `issuer`: a person's,
    /// with every scope, the longest name of a level, and the longest values of the attributes among `defined` that it is told.
    ///
    /// # Errors
    /// When it is over the budget.
    pub fn check_client(
        &self,
        client: &Client,
        issuer: &str,
        levels: &Levels,
        defined: &[Attribute],
    ) -> Result<usize, OverBudget> {
        let maps = client.metadata.claims_mapping.names_for(ClaimTarget::AccessToken).next().is_some();
        let budget = if maps { self.with_room_for_mapped() } else { *self };
        budget.check(&largest_token(client, issuer, levels, defined))
    }

    const fn with_room_for_mapped(self) -> Self {
        Self { bytes: self.bytes + ROOM_FOR_MAPPED, key_bits: self.key_bits }
    }

    /// Puts mapped claims into a token that says `claims` without them. Those that do not fit are replaced, the heaviest first, by
    /// the name of a permission bundle, which says the same.
    #[must_use]
    pub fn fit(
        &self,
        claims: &impl Serialize,
        private: PrivateClaims,
    ) -> (PrivateClaims, Vec<PermissionBundle>) {
        let without = self.size(&as_map(claims));
        let (mut fitting, mut bundles) = (private.into_map(), Vec::new());
        while without.saturating_add(weight(&fitting)) > self.with_room_for_mapped().bytes {
            let Some((name, bundle)) = heaviest_to_bundle(&fitting) else { break };
            fitting.remove(&name);
            fitting.insert(PermissionBundle::claim(&name), Value::from(bundle.hash.clone()));
            bundles.push(bundle);
        }
        (PrivateClaims::try_from(fitting).unwrap_or_default(), bundles)
    }

    fn check(&self, representative: &AccessTokenClaims) -> Result<usize, OverBudget> {
        let claims = as_map(representative);
        let size = self.size(&claims);
        if size <= self.bytes {
            return Ok(size);
        }
        Err(OverBudget { size, budget: self.bytes, heaviest: heaviest(&claims) })
    }

    fn size(&self, claims: &Map<String, Value>) -> usize {
        let header = header(&"k".repeat(KID_CHARS), ACCESS_TOKEN_TYPE);
        let header = serde_json::to_string(&header).unwrap_or_default();
        let claims = serde_json::to_string(claims).unwrap_or_default();
        let signature = self.key_bits.div_ceil(8);
        base64_length(header.len()) + 1 + base64_length(claims.len()) + 1 + base64_length(signature)
    }
}

fn largest_token(client: &Client, issuer: &str, levels: &Levels, defined: &[Attribute]) -> AccessTokenClaims {
    const TEN_DIGITS: UnixTime = UnixTime(9_999_999_999);
    let userinfo = client.metadata.scope.contains("openid").then(|| issuer.to_owned());
    // Those with the longest `amr`.
    let second = Proof { factor: Factor::Passkey, at: TEN_DIGITS };
    let proofs = Proofs::of(Factor::Password, TEN_DIGITS).and(second);
    let acr = levels.names().max_by_key(|acr| acr.as_str().len());
    AccessTokenClaims {
        iss: issuer.to_owned(),
        sub: Uuid::max().to_string(),
        aud: Audience::new([client.metadata.audience.clone()].into_iter().chain(userinfo)),
        client_id: client.id.to_string(),
        scope: client.metadata.scope.to_string(),
        jti: TokenId::longest(),
        iat: TEN_DIGITS,
        exp: TEN_DIGITS,
        person: acr.map(|acr| PersonClaims::new(Uuid::max(), &proofs, acr)),
        private: largest_mapped(client, defined),
    }
}

/// What is left of the mapped claims of a person who has very many roles, and the longest values of attributes. Of those that have
/// several the token names a bundle.
fn largest_mapped(client: &Client, defined: &[Attribute]) -> PrivateClaims {
    let mapping = &client.metadata.claims_mapping;
    let singles: Map<String, Value> = mapping
        .attributes_for(ClaimTarget::AccessToken)
        .filter_map(|(claim, name)| {
            let attribute = defined.iter().find(|attribute| attribute.name == *name)?;
            (!attribute.of.is_multiple()).then(|| (claim.to_string(), attribute.of.largest()))
        })
        .collect();
    let names =
        mapping.names_for(ClaimTarget::AccessToken).filter(|name| !singles.contains_key(name.as_str()));
    let bundles = names.map(|name| {
        let bundle = PermissionBundle::of(&Value::Array(Vec::new()));
        (PermissionBundle::claim(name.as_str()), Value::from(bundle.hash))
    });
    let all = bundles.chain(singles.clone()).collect::<Map<String, Value>>();
    PrivateClaims::try_from(all).unwrap_or_default()
}

fn as_map(claims: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What these claims add to a token, or a little more.
fn weight(claims: &Map<String, Value>) -> usize {
    claims.iter().map(|(name, value)| base64_length(member_length(name, value))).sum()
}

/// The claim that a bundle makes lighter by most.
fn heaviest_to_bundle(claims: &Map<String, Value>) -> Option<(String, PermissionBundle)> {
    let lists = claims.iter().filter(|(_, value)| value.is_array());
    let (name, value) = lists.max_by_key(|(name, value)| member_length(name, value))?;
    let bundle = PermissionBundle::of(value);
    let is_lighter = member_length(&PermissionBundle::claim(name), &Value::from(&*bundle.hash))
        < member_length(name, value);
    is_lighter.then(|| (name.clone(), bundle))
}

fn heaviest(claims: &Map<String, Value>) -> Vec<(String, usize)> {
    let mut weights: Vec<(String, usize)> = claims
        .iter()
        .map(|(name, value)| (name.clone(), base64_length(member_length(name, value))))
        .collect();
    weights.sort_by(|(a_name, a), (b_name, b)| b.cmp(a).then_with(|| a_name.cmp(b_name)));
    weights.truncate(NAMED_CLAIMS);
    weights
}

/// Length of `"name":value,`.
fn member_length(name: &str, value: &Value) -> usize {
    Value::from(name).to_string().len() + value.to_string().len() + 2
}

/// Base64url without padding makes 4 characters of 3 bytes.
fn base64_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

fn list(weights: &[(String, usize)]) -> String {
    let words: Vec<String> = weights.iter().map(|(name, bytes)| format!("{name} {bytes}")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scope::Scope;
    use crate::token::{access_token::sample, mint_access_token};
    use crate::user::attribute::sample::{attribute, text};
    use crate::{client, key};
    use serde_json::json;

    fn with_private(claims: Value) -> AccessTokenClaims {
        let claims = claims.as_object().unwrap().clone();
        AccessTokenClaims { private: PrivateClaims::try_from(claims).unwrap(), ..sample::person() }
    }

    #[test]
    fn m20_the_estimate_is_the_size_of_the_token() {
        for claims in [sample::person(), sample::client(), with_private(json!({ "team": "\"red\"" }))] {
            let token = mint_access_token(&key::sample::key(0), &claims).unwrap();
            assert_eq!(TokenBudget::default().check(&claims), Ok(token.len()));
        }
    }

    #[test]
    fn m20_an_ordinary_token_fits_the_default_budget_with_room() {
        let size = TokenBudget::default().check(&sample::person()).unwrap();
        assert!(size <= 1024 - 64, "{size}");
    }

    #[test]
    fn m20_too_many_permissions_are_refused_by_name() {
        let permissions: Vec<String> = (0..100).map(|n| format!("invoice:{n}:read")).collect();
        let claims = with_private(json!({ "permissions": permissions, "team": "red" }));
        let error = TokenBudget::default().check(&claims).unwrap_err();
        assert!(error.size > error.budget && error.budget == 1024);
        assert_eq!(error.heaviest.first().unwrap().0, "permissions");
        assert!(error.to_string().contains("permissions"));
        let token = mint_access_token(&key::sample::key(0), &claims).unwrap();
        assert_eq!(error.size, token.len());
        assert!(TokenBudget { bytes: token.len(), key_bits: 2048 }.check(&claims).is_ok());
        assert!(TokenBudget { bytes: token.len() - 1, key_bits: 2048 }.check(&claims).is_err());
    }

    #[test]
    fn m20_many_roles_are_carried_by_the_name_of_a_bundle() {
        let claims = sample::person();
        let budget = TokenBudget::default();
        let roles: Vec<String> = (0..200).map(|n| format!("shop:role-{n:03}")).collect();
        let private = with_private(json!({ "roles": roles, "team": ["red"] })).private;
        let (fitting, bundles) = budget.fit(&claims, private);
        let expected = PermissionBundle::of(&json!(roles));
        assert_eq!(bundles, std::slice::from_ref(&expected));
        assert_eq!(
            Value::Object(fitting.as_map().clone()),
            json!({ "roles_bundle": expected.hash, "team": ["red"] })
        );
        let largest = budget.with_room_for_mapped();
        assert!(largest.check(&AccessTokenClaims { private: fitting, ..claims.clone() }).is_ok());
        let few = with_private(json!({ "roles": ["shop:editor"] })).private;
        assert_eq!(budget.fit(&claims, few.clone()), (few, Vec::new()));
    }

    #[test]
    fn m20_a_mapping_must_fit_even_as_bundles() {
        let with_claims = |count: usize| {
            let mut client = client::sample::client(client::sample::confidential());
            let texts =
                (0..count).map(|n| format!("https://a.example/claims/number-{n}=roles").parse().unwrap());
            client.metadata.claims_mapping = texts.collect::<Vec<_>>().into();
            TokenBudget::default().check_client(&client, sample::ISSUER, &Levels::default(), &[])
        };
        assert!(with_claims(1).is_ok());
        assert!(with_claims(10).is_err());
    }

    #[test]
    fn m20_an_attribute_is_measured_by_the_longest_value_of_its_type() {
        let mut client = client::sample::client(client::sample::confidential());
        client.metadata.claims_mapping =
            vec!["dep=attribute:department".parse().unwrap(), "p=attribute:projects".parse().unwrap()].into();
        let checked = |longest, several| {
            let defined =
                [attribute("department", text(longest, false)), attribute("projects", text(several, true))];
            TokenBudget::default().check_client(&client, sample::ISSUER, &Levels::default(), &defined)
        };
        let few = checked(10, 10).unwrap();
        let added = checked(20, 255).unwrap() - few;
        assert!(added.abs_diff(base64_length(40)) <= 1, "{added}: of several there is a bundle");
        let refused = checked(255, 10).unwrap_err();
        assert_eq!(refused.heaviest.first().unwrap().0, "dep");
    }

    #[test]
    fn m20_a_client_is_measured_by_the_largest_token_it_can_get() {
        let mut site = client::sample::client(client::sample::confidential());
        let size =
            TokenBudget::default().check_client(&site, sample::ISSUER, &Levels::default(), &[]).unwrap();
        let mut person = AccessTokenClaims {
            aud: Audience::new([site.metadata.audience.clone(), sample::ISSUER.to_owned()]),
            scope: site.metadata.scope.to_string(),
            ..sample::person()
        };
        person.person.as_mut().unwrap().amr = ["pwd", "pop", "user", "mfa"].map(str::to_owned).to_vec();
        assert_eq!(size, mint_access_token(&key::sample::key(0), &person).unwrap().len());
        let named = Levels::try_from(vec!["1=any".to_owned(), format!("{}=any", "n".repeat(46))]).unwrap();
        assert_eq!(TokenBudget::default().check_client(&site, sample::ISSUER, &named, &[]), Ok(size + 60));
        let words: Vec<String> = (0..60).map(|n| format!("invoice:{n}:read")).collect();
        site.metadata.scope = Scope::parse(&words.join(" ")).unwrap();
        let error =
            TokenBudget::default().check_client(&site, sample::ISSUER, &Levels::default(), &[]).unwrap_err();
        assert_eq!(error.heaviest.first().unwrap().0, "scope");
    }

    #[test]
    fn m20_a_larger_key_leaves_the_same_room_for_claims() {
        let site = client::sample::client(client::sample::confidential());
        let room = |key_bits| {
            let budget = TokenBudget::for_key(key_bits);
            budget.bytes - budget.check_client(&site, sample::ISSUER, &Levels::default(), &[]).unwrap()
        };
        assert_eq!(TokenBudget::for_key(2048), TokenBudget::default());
        assert_eq!((room(3072), room(4096)), (room(2048), room(2048)));
    }

    #[test]
    fn m20_a_larger_key_weighs_more() {
        let size = |key_bits| TokenBudget { bytes: 4096, key_bits }.check(&sample::person()).unwrap();
        assert_eq!(size(4096) - size(2048), 683 - 342);
    }
}
