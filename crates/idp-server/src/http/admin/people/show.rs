//! `/admin/people/show`: a person, with all that the administrator may see of them.

use super::super::act::{page_error, receipt_of};
use super::super::gate::Administrator;
use super::list::state_of;
use super::{account, address_of, if_open, lines};
use crate::directory::belongings::Methods;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage, PersonPart};
use crate::http::request::BrowserRequest;
use crate::page::admin::AdminRoom;
use crate::page::admin::people::{
    AdminPersonPage, PasswordState, PersonActs, PersonAddress, PersonDuty, PersonFactor, PersonHeld,
    PersonMethods, PersonRoles, PersonState,
};
use crate::page::{
    AddressLine, DisplayText, Layout, MethodLine, PageError, PageSecurity, RelativeTime, respond, value_words,
};
use crate::store::devices::SessionList;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::{Permission, Role};
use idp_core::discovery::path;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::time::UnixTime;
use idp_core::user::attribute::Attribute;
use idp_core::user::{Account, User};
use uuid::Uuid;

/// So many sign-ins and events stand here; the others have pages of their own.
const FEW: usize = 4;

/// What the administrator may do with one person.
struct Reach<'a> {
    administrator: &'a Administrator,
    user: Uuid,
    /// Whether the person has no rights that the administrator lacks.
    is_within: bool,
}

impl Reach<'_> {
    fn to(&self, page: PersonPage) -> Option<String> {
        // Signing out takes the one permission, for every person.
        let is_offered = self.is_within || page == PersonPage::SignOut;
        if_open(self.administrator, PeoplePage::Of(page, self.user)).filter(|_| is_offered)
    }

    fn to_part(&self, page: PersonPart, part: Uuid) -> Option<String> {
        if_open(self.administrator, PeoplePage::Part(page, self.user, part)).filter(|_| self.is_within)
    }
}

/// GET.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    let (by, user, layout) = (administrator.administration(&request), account.user.id, request.layout());
    let failed = |error| page_error(&request, error);
    let is_within = by.reaches(user).await.map_err(failed)?;
    let reach = Reach { administrator: &administrator, user, is_within };
    let defined = match account.attributes.is_empty() {
        true => Vec::new(),
        false => by.attributes().await.map_err(failed)?,
    };
    let methods = by.methods(user).await.map_err(failed)?;
    let sessions = by.devices(user, request.now).await.map_err(failed)?;
    let sites = by.sites_of(user, request.now).await.map_err(failed)?.len();
    let activity = match administrator.may(Permission::ReadAudit) {
        true => Some(lines::events(&request, &administrator, (user, None), FEW).await?.0),
        false => None,
    };
    let shown = sessions.open.iter().take(FEW);
    let page = AdminPersonPage {
        nav: administrator.nav(AdminRoom::People),
        receipt: receipt_of(&request, &administrator),
        name: called(&account.user),
        username: DisplayText::name(account.user.username.as_str()),
        id: user.to_string(),
        state: state_of(&account.user),
        delete_at: account.user.status.deleted_at().map(|at| layout.language.date(at)),
        created: RelativeTime::new(account.user.created_at, request.now, layout.language),
        last_sign_in: last_sign_in(&sessions).map(|at| RelativeTime::new(at, request.now, layout.language)),
        addresses: addresses(&reach, &account, &layout, request.now),
        attributes: attributes(&account, &defined, &layout),
        is_out_of_reach: !is_within,
        methods: methods_of(&reach, &account.user, &methods, &layout, request.now),
        roles: roles(&request, &reach).await?,
        groups: groups(&request, &reach).await?,
        sessions: shown.map(|open| lines::session(&request, &administrator, (user, open), &layout)).collect(),
        open: sessions.open.len(),
        sites,
        activity,
        acts: acts(&reach, &account.user, &methods),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// By their name, where they have one.
pub fn called(user: &User) -> DisplayText {
    DisplayText::name(user.claims.name.as_deref().unwrap_or(user.username.as_str()))
}

/// As far as it is still known.
fn last_sign_in(sessions: &SessionList) -> Option<UnixTime> {
    let open = sessions.open.iter().map(|open| open.session.created_at);
    open.chain(sessions.ended.iter().map(|past| past.session.created_at)).max()
}

fn addresses(reach: &Reach<'_>, account: &Account, layout: &Layout, now: UnixTime) -> Vec<PersonAddress> {
    let address = |known: &idp_core::user::KnownAddress| PersonAddress {
        line: AddressLine::new(known, layout, now),
        change: reach.to_part(PersonPart::Address, known.id),
    };
    account.addresses.iter().map(address).collect()
}

/// Those that they have a value of, by their labels.
fn attributes(account: &Account, defined: &[Attribute], layout: &Layout) -> Vec<(DisplayText, DisplayText)> {
    let held = |attribute: &Attribute| {
        let value = account.attributes.get(&attribute.name)?;
        Some((DisplayText::name(attribute.label()), value_words(value, layout)))
    };
    defined.iter().filter_map(held).collect()
}

fn methods_of(
    reach: &Reach<'_>,
    user: &User,
    methods: &Methods,
    layout: &Layout,
    now: UnixTime,
) -> PersonMethods {
    let factor = |id, line| PersonFactor { line, remove: reach.to_part(PersonPart::RemoveMethod, id) };
    let apps = methods.factors.apps.iter();
    let apps = apps.map(|app| factor(app.id, MethodLine::of_app(app, layout, now)));
    let passkeys = methods.factors.passkeys.iter();
    let passkeys = passkeys.map(|own| factor(own.id, MethodLine::of_passkey(own, layout, now)));
    PersonMethods {
        password: match methods.password {
            None => PasswordState::None,
            Some(None) => PasswordState::Set,
            Some(Some(until)) => PasswordState::Temporary(layout.language.date(until)),
        },
        factors: apps.chain(passkeys).collect(),
        codes_left: StoredRecoveryCode::left_of(&methods.factors.codes),
        duty: match user.second_factor {
            duty if duty.is_required => Some(PersonDuty::Own),
            duty if duty.is_required_by_role => Some(PersonDuty::Role),
            _ => None,
        },
    }
}

async fn roles(request: &BrowserRequest, reach: &Reach<'_>) -> Result<Option<PersonRoles>, PageError> {
    let administrator = reach.administrator;
    if !administrator.may(Permission::ReadRoles) {
        return Ok(None);
    }
    let found = administrator.administration(request).roles_of_user(reach.user).await;
    let found = found.map_err(|error| page_error(request, error))?;
    let held = administrator.caller.permissions();
    let own = |role: &Role| PersonHeld {
        name: DisplayText::name(role.name.as_str()),
        href: AdminPage::Role(role.id).path().into_owned(),
        take: reach
            .to_part(PersonPart::TakeRole, role.id)
            .filter(|_| held.contain_all(role.permissions.get())),
    };
    Ok(Some(PersonRoles {
        own: found.own.iter().map(own).collect(),
        by_groups: found.by_groups.iter().map(|role| DisplayText::name(role.name.as_str())).collect(),
    }))
}

async fn groups(request: &BrowserRequest, reach: &Reach<'_>) -> Result<Option<Vec<PersonHeld>>, PageError> {
    let administrator = reach.administrator;
    if !administrator.may(Permission::ReadGroups) {
        return Ok(None);
    }
    let found = administrator.administration(request).groups_of_user(reach.user).await;
    let found = found.map_err(|error| page_error(request, error))?;
    let own = |group: &idp_core::administration::Group| PersonHeld {
        name: DisplayText::name(group.name.as_str()),
        href: AdminPage::Group(group.id).path().into_owned(),
        take: reach.to_part(PersonPart::LeaveGroup, group.id),
    };
    Ok(Some(found.iter().map(own).collect()))
}

fn acts(reach: &Reach<'_>, user: &User, methods: &Methods) -> PersonActs {
    let state = state_of(user);
    let of = |page| address_of(PeoplePage::Of(page, reach.user));
    PersonActs {
        change: reach.to(PersonPage::Change),
        add_address: reach.to(PersonPage::AddAddress),
        password: reach.to(PersonPage::Password),
        reset_methods: reach.to(PersonPage::ResetMethods).filter(|_| !methods.factors.is_empty()),
        give_role: reach.to(PersonPage::GiveRole),
        join_group: reach.to(PersonPage::JoinGroup),
        sessions: of(PersonPage::Sessions),
        sign_out: reach.to(PersonPage::SignOut),
        activity: of(PersonPage::Activity),
        audit: reach
            .administrator
            .may(Permission::ReadAudit)
            .then(|| format!("{}?person={}", path::ADMIN_AUDIT, reach.user)),
        disable: reach.to(PersonPage::Disable).filter(|_| state == PersonState::Active),
        enable: reach.to(PersonPage::Enable).filter(|_| state == PersonState::Disabled),
        remove: reach.to(PersonPage::Remove),
    }
}
