//! From what a client says of a person to the change of an account: which claims, which addresses, which name, whether they may sign
//! in. Two attributes that are one claim here are said once: what differs from what there is counts.

use super::Failure;
use crate::directory::provisioning::Provisioning;
use crate::directory::users::{FirstPassword, NewUser, UserChange};
use crate::store::provisioning::Provisioned;
use idp_core::mail_address::MailAddress;
use idp_core::password::Password;
use idp_core::scim::schema::CUSTOM;
use idp_core::scim::{Document, Refusal};
use idp_core::user::attribute::AttributesChange;
use idp_core::user::{Account, AddressChange, ClaimsChange, StandardClaims, UserStatus};
use idp_core::username::Username;
use serde_json::{Map, Value};

/// How a client says it.
#[derive(Copy, Clone, Eq, PartialEq)]
pub(super) enum Said {
    /// The whole resource.
    Whole,
    /// What there is, after some changes.
    Changed,
}

/// A person to add, and what the client calls them.
pub(super) fn new_user(said: &Document) -> Result<(NewUser, Option<String>), Failure> {
    let nothing = StandardClaims::default();
    let claims = claims(said, &nothing, Said::Whole)?.apply(nothing).map_err(Refusal::value)?;
    let (addresses, primary) = addresses(said, None)?;
    let vouched = addresses.into_iter().map(AddressChange::Vouch);
    let new = NewUser {
        username: username(said)?,
        claims,
        addresses: vouched.chain(primary.map(AddressChange::MakePrimary)).collect(),
        attributes: AttributesChange::merge(extension(said).cloned().unwrap_or_default()),
        password: password(said)?.map_or(FirstPassword::None, FirstPassword::Typed),
        status: if active(said) == Some(false) { UserStatus::Disabled } else { UserStatus::Active },
    };
    Ok((new, text(said, "externalId")))
}

/// What to change of a person.
pub(super) fn change(person: &Provisioned, said: &Document, how: Said) -> Result<Provisioning, Failure> {
    let user = &person.account.user;
    let name = Some(username(said)?).filter(|name| *name != user.username);
    let account = UserChange {
        username: name,
        claims: claims(said, &user.claims, how)?,
        addresses: address_changes(&person.account, said)?,
        attributes: attributes(&person.account, said, how),
        requires_second_factor: None,
    };
    let active = match user.status {
        // The person asked for that themselves; only they take it back.
        UserStatus::Deleting { .. } => None,
        UserStatus::Active => active(said).filter(|active| !active),
        UserStatus::Disabled => active(said).filter(|active| *active),
    };
    Ok(Provisioning { account, external_id: text(said, "externalId"), password: password(said)?, active })
}

fn extension(said: &Document) -> Option<&Map<String, Value>> {
    said.get(CUSTOM).and_then(Value::as_object)
}

/// A whole resource of a client that does not know the extension leaves it as it is (RFC 7644 3.5.1); one that names it says all of it.
fn attributes(account: &Account, said: &Document, how: Said) -> AttributesChange {
    let said = match (extension(said), how) {
        (None, Said::Whole) => return AttributesChange::default(),
        (said, _) => said.cloned().unwrap_or_default(),
    };
    if said == account.attributes.to_members() {
        return AttributesChange::default();
    }
    AttributesChange::replacing(&account.attributes, said)
}

fn text(said: &Document, name: &str) -> Option<String> {
    said.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn part(said: &Document, name: &str, part: &str) -> Option<String> {
    said.get(name).and_then(|value| value.get(part)).and_then(Value::as_str).map(str::to_owned)
}

fn active(said: &Document) -> Option<bool> {
    said.get("active").and_then(Value::as_bool)
}

fn username(said: &Document) -> Result<Username, Refusal> {
    let name = text(said, "userName").ok_or_else(|| Refusal::value("userName is missing"))?;
    Username::parse(&name).map_err(|error| Refusal::value(format!("userName: {error}")))
}

fn password(said: &Document) -> Result<Option<Password>, Refusal> {
    let typed = |text: String| {
        Password::typed(text.into()).map_err(|error| Refusal::value(format!("password: {error}")))
    };
    text(said, "password").map(typed).transpose()
}

/// Of two attributes for one claim the one that differs from what there is; of a whole resource also the one that is there.
fn either(first: Option<String>, second: Option<String>, now: Option<&str>, how: Said) -> Option<String> {
    match (first, second) {
        (first, second) if how == Said::Changed => {
            if first.as_deref() == now {
                second
            } else {
                first
            }
        }
        (Some(first), Some(second)) if Some(first.as_str()) == now => Some(second),
        (first, second) => first.or(second),
    }
}

/// The claims that differ.
fn claims(said: &Document, now: &StandardClaims, how: Said) -> Result<ClaimsChange, Refusal> {
    let language = |name: &str| text(said, name).map(|tag| tag.replace('_', "-"));
    let name = either(text(said, "displayName"), part(said, "name", "formatted"), now.name.as_deref(), how);
    let locale = either(language("locale"), language("preferredLanguage"), now.locale.as_deref(), how);
    let all = [
        ("name", name, &now.name),
        ("family_name", part(said, "name", "familyName"), &now.family_name),
        ("given_name", part(said, "name", "givenName"), &now.given_name),
        ("middle_name", part(said, "name", "middleName"), &now.middle_name),
        ("nickname", text(said, "nickName"), &now.nickname),
        ("profile", text(said, "profileUrl"), &now.profile),
        ("locale", locale, &now.locale),
        ("zoneinfo", text(said, "timezone"), &now.zoneinfo),
        ("phone_number", number(said), &now.phone_number),
    ];
    let differs = all.into_iter().filter(|(_, new, now)| new != *now);
    let members: Map<String, Value> =
        differs.map(|(claim, new, _)| (claim.to_owned(), new.map_or(Value::Null, Value::String))).collect();
    ClaimsChange::parse(&Value::Object(members).to_string()).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Refusal::value(all.join("; "))
    })
}

/// The values of an attribute of several, and which of them is the primary one: that which says so, else the one for work, else
/// `usual` if it is one of them, else the first.
fn values<'a>(
    said: &'a Document,
    name: &str,
    usual: impl Fn(&str) -> bool,
) -> (Vec<&'a str>, Option<&'a str>) {
    let values = said.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |value: &'a Value| value.get("value").and_then(Value::as_str);
    let is_primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
    let is_work = |value: &&Value| {
        value.get("type").and_then(Value::as_str).is_some_and(|word| word.eq_ignore_ascii_case("work"))
    };
    let primary = values.iter().find(is_primary).or_else(|| values.iter().find(is_work)).and_then(text);
    let all: Vec<&str> = values.iter().filter_map(text).collect();
    let primary = primary.or_else(|| all.iter().copied().find(|value| usual(value)));
    let primary = primary.or_else(|| all.first().copied());
    (all, primary)
}

/// The one telephone number that is kept.
fn number(said: &Document) -> Option<String> {
    let (_, primary) = values(said, "phoneNumbers", |_| false);
    primary.map(str::to_owned)
}

fn address(text: &str) -> Result<MailAddress, Refusal> {
    MailAddress::parse(text).map_err(|error| Refusal::value(format!("emails: {error}")))
}

/// The addresses that a client names, each once, and the primary one among them.
fn addresses(
    said: &Document,
    usual: Option<&MailAddress>,
) -> Result<(Vec<MailAddress>, Option<MailAddress>), Refusal> {
    let is_usual =
        |text: &str| usual.is_some_and(|usual| MailAddress::parse(text).is_ok_and(|one| one == *usual));
    let (all, primary) = values(said, "emails", is_usual);
    let mut read: Vec<MailAddress> = Vec::new();
    for text in all {
        let one = address(text)?;
        if !read.contains(&one) {
            read.push(one);
        }
    }
    Ok((read, primary.map(address).transpose()?))
}

/// A client sees the verified addresses, and decides about them alone: what a person only says to be theirs is not its to judge, and
/// must not become a name to sign in with because it came back with the rest. What it adds, it vouches for.
fn address_changes(account: &Account, said: &Document) -> Result<Vec<AddressChange>, Refusal> {
    let known: Vec<&MailAddress> = account.addresses.verified().collect();
    let former = account.addresses.primary().map(|primary| &primary.address);
    let (wanted, primary) = addresses(said, former)?;
    let gone = known.into_iter().filter(|known| !wanted.contains(known));
    let (last, others): (Vec<_>, Vec<_>) = gone.cloned().partition(|gone| former == Some(gone));
    let is_new = |address: &&MailAddress| account.addresses.verified().all(|known| known != *address);
    let mut changes: Vec<AddressChange> = others.into_iter().map(AddressChange::Remove).collect();
    changes.extend(wanted.iter().filter(is_new).cloned().map(AddressChange::Vouch));
    changes.extend(primary.filter(|primary| former != Some(primary)).map(AddressChange::MakePrimary));
    changes.extend(last.into_iter().map(AddressChange::Remove));
    Ok(changes)
}
