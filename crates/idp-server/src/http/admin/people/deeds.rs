//! What is done with a person at the press of a button: which it is by the page, what it ends, and doing it.

use super::super::act::page_error;
use super::super::gate::Administrator;
use super::super::groups::roles_of;
use super::page_of;
use crate::clock::Stopwatch;
use crate::directory::DirectoryError;
use crate::http::account::receipt;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage, PersonPart};
use crate::http::request::BrowserRequest;
use crate::page::admin::AdminAct;
use crate::page::admin::people::PersonQuestion;
use crate::page::{DeviceLine, DisplayText, MethodLine, PageError};
use crate::store::devices::{SessionList, SessionSelector};
use crate::store::roles::RoleHolder;
use idp_core::administration::{Group, Role};
use idp_core::client::ClientId;
use idp_core::user::{Account, UserStatus};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a page asks about a person, with what it ends.
pub struct Asked {
    /// The person.
    pub account: Account,
    /// What is asked.
    pub deed: Deed,
    /// In how many places they are signed in.
    pub sessions: usize,
    /// At how many sites that ends something.
    pub sites: usize,
}

/// What is done.
pub enum Deed {
    /// Shutting them out.
    Disable,
    /// Letting them in again.
    Enable,
    /// Signing them out everywhere.
    SignOut,
    /// Removing them.
    Remove,
    /// Removing all second factors, so many.
    ResetMethods(usize),
    /// Removing one.
    RemoveMethod(Uuid, DisplayText, bool),
    /// Ending a sign-in, on a device of this name.
    EndSession(Uuid, DisplayText),
    /// Taking back what a site of this name has.
    Disconnect(ClientId, DisplayText),
    /// Taking a role.
    TakeRole(Role),
    /// Taking them out of a group, with these roles.
    LeaveGroup(Group, Vec<DisplayText>),
}

impl Asked {
    /// What the page asks; `None` when there is nothing of the kind to do any more.
    pub async fn of(
        request: &BrowserRequest,
        administrator: &Administrator,
        account: Account,
    ) -> Result<Option<Self>, PageError> {
        let by = administrator.administration(request);
        let failed = |error| page_error(request, error);
        let list = by.devices(account.user.id, request.now).await.map_err(failed)?;
        let Some(deed) = deed(request, administrator, &account, &list).await? else { return Ok(None) };
        let ends = |sid: Uuid| match &deed {
            Deed::EndSession(ended, _) => *ended == sid,
            _ => true,
        };
        let ended = list.open.iter().filter(|open| ends(open.session.sid));
        let sites: BTreeSet<&str> =
            ended.flat_map(|open| &open.sites).map(|site| site.client.as_str()).collect();
        Ok(Some(Self { sessions: list.open.len(), sites: sites.len(), account, deed }))
    }

    /// What another administrator may have made of it since the page was shown.
    pub fn version(&self) -> (&str, &str, String) {
        let user = &self.account.user;
        let what = match &self.deed {
            Deed::Disconnect(client, _) => client.to_string(),
            Deed::TakeRole(role) => role.name.to_string(),
            Deed::LeaveGroup(group, _) => group.name.to_string(),
            Deed::RemoveMethod(_, name, is_last) => format!("{is_last} {name}"),
            Deed::ResetMethods(count) => count.to_string(),
            _ => String::new(),
        };
        (user.status.as_str(), user.username.as_str(), what)
    }

    /// The question in words.
    pub fn question(&self) -> PersonQuestion {
        match &self.deed {
            Deed::Disable => PersonQuestion::Disable,
            Deed::Enable => PersonQuestion::Enable,
            Deed::SignOut => PersonQuestion::SignOut,
            Deed::Remove => PersonQuestion::Remove,
            Deed::ResetMethods(count) => PersonQuestion::ResetMethods(*count),
            Deed::RemoveMethod(_, name, is_last) => {
                PersonQuestion::RemoveMethod { name: name.clone(), is_last: *is_last }
            }
            Deed::EndSession(_, device) => PersonQuestion::EndSession(device.clone()),
            Deed::Disconnect(_, name) => PersonQuestion::Disconnect(name.clone()),
            Deed::TakeRole(role) => PersonQuestion::TakeRole(DisplayText::name(role.name.as_str())),
            Deed::LeaveGroup(group, roles) => PersonQuestion::LeaveGroup {
                name: DisplayText::name(group.name.as_str()),
                roles: roles.clone(),
            },
        }
    }

    /// What it is about, beside the person.
    pub fn name(&self) -> String {
        match &self.deed {
            Deed::RemoveMethod(_, name, _) | Deed::EndSession(_, name) | Deed::Disconnect(_, name) => {
                name.to_string()
            }
            Deed::TakeRole(role) => role.name.to_string(),
            Deed::LeaveGroup(group, _) => group.name.to_string(),
            _ => String::new(),
        }
    }

    /// The page that shows what was done.
    pub fn after(&self) -> AdminPage {
        let user = self.account.user.id;
        match &self.deed {
            Deed::Remove => AdminPage::People(PeoplePage::List),
            Deed::EndSession(..) | Deed::Disconnect(..) => page_of(PersonPage::Sessions, user),
            _ => page_of(PersonPage::Show, user),
        }
    }

    /// Does it.
    pub async fn run(
        &self,
        request: &BrowserRequest,
        administrator: &Administrator,
    ) -> Result<AdminAct, DirectoryError> {
        let (by, user, now) = (administrator.administration(request), self.account.user.id, request.now);
        let either = |is_changed, act| if is_changed { act } else { AdminAct::PersonSame };
        match &self.deed {
            Deed::Disable => by.disable_user(user, now).await.map(|()| AdminAct::Disabled),
            Deed::Enable => by.enable_user(user, now).await.map(|()| AdminAct::Enabled),
            Deed::SignOut => by.sign_out_user(user, now).await.map(|()| AdminAct::SignedOut),
            Deed::Remove => {
                by.remove_account(self.account.clone(), now).await.map(|()| AdminAct::PersonRemoved)
            }
            Deed::ResetMethods(_) => {
                by.reset_methods(user, now).await.map(|had_some| either(had_some, AdminAct::MethodsReset))
            }
            Deed::RemoveMethod(id, ..) => {
                by.remove_method(user, *id, now).await.map(|()| AdminAct::MethodRemoved)
            }
            Deed::EndSession(sid, _) => {
                let since = Stopwatch::start();
                let ended = by.sign_out_sessions(user, SessionSelector::One(*sid), now).await?;
                let reached = request.app.store.wait_for_confirmations(&ended, since, now).await;
                Ok(AdminAct::SessionEnded(receipt::of_devices(request, &ended, reached)))
            }
            Deed::Disconnect(client, _) => {
                by.withdraw_consent(user, client.clone(), now).await.map(|()| AdminAct::Disconnected)
            }
            Deed::TakeRole(role) => by
                .assign_role(role.id, RoleHolder::User(user), false, now)
                .await
                .map(|is_changed| either(is_changed, AdminAct::RoleTaken)),
            Deed::LeaveGroup(group, _) => by
                .set_member(group.id, user, false, now)
                .await
                .map(|is_changed| either(is_changed, AdminAct::MemberRemoved)),
        }
    }
}

async fn deed(
    request: &BrowserRequest,
    administrator: &Administrator,
    account: &Account,
    list: &SessionList,
) -> Result<Option<Deed>, PageError> {
    let AdminPage::People(page) = administrator.page else { return Err(PageError::NotFound) };
    let is = |status| account.user.status == status;
    match page {
        PeoplePage::Of(PersonPage::Disable, _) => Ok(Some(Deed::Disable).filter(|_| is(UserStatus::Active))),
        PeoplePage::Of(PersonPage::Enable, _) => Ok(Some(Deed::Enable).filter(|_| is(UserStatus::Disabled))),
        PeoplePage::Of(PersonPage::SignOut, _) => Ok(Some(Deed::SignOut)),
        PeoplePage::Of(PersonPage::Remove, _) => Ok(Some(Deed::Remove)),
        PeoplePage::Of(PersonPage::Disconnect, user) => disconnect(request, administrator, user).await,
        PeoplePage::Of(PersonPage::ResetMethods, user) => method(request, administrator, user, None).await,
        PeoplePage::Part(PersonPart::RemoveMethod, user, id) => {
            method(request, administrator, user, Some(id)).await
        }
        PeoplePage::Part(PersonPart::EndSession, _, sid) => Ok(end_session(request, list, sid)),
        PeoplePage::Part(part, user, id) => held(request, administrator, part, (user, id)).await,
        _ => Err(PageError::NotFound),
    }
}

fn end_session(request: &BrowserRequest, list: &SessionList, sid: Uuid) -> Option<Deed> {
    let open = list.open.iter().find(|open| open.session.sid == sid)?;
    let line = DeviceLine::new(&open.session, open.device.as_ref(), &request.layout(), request.now);
    Some(Deed::EndSession(sid, line.label))
}

async fn method(
    request: &BrowserRequest,
    administrator: &Administrator,
    user: Uuid,
    id: Option<Uuid>,
) -> Result<Option<Deed>, PageError> {
    let found = administrator.administration(request).methods(user).await;
    let factors = found.map_err(|error| page_error(request, error))?.factors;
    let Some(id) = id else {
        let count = factors.apps.len().saturating_add(factors.passkeys.len());
        return Ok(Some(Deed::ResetMethods(count)).filter(|_| count > 0));
    };
    let layout = request.layout();
    let app = factors.apps.iter().find(|app| app.id == id);
    let passkey = factors.passkeys.iter().find(|passkey| passkey.id == id);
    let app = app.map(|app| MethodLine::of_app(app, &layout, request.now));
    let line = app.or_else(|| passkey.map(|own| MethodLine::of_passkey(own, &layout, request.now)));
    Ok(line.map(|line| Deed::RemoveMethod(id, line.name, factors.is_last(id))))
}

async fn disconnect(
    request: &BrowserRequest,
    administrator: &Administrator,
    user: Uuid,
) -> Result<Option<Deed>, PageError> {
    // After a sign-in the way back does not say which site.
    let Some(named) = request.query_param("client") else { return Ok(None) };
    let sites = administrator.administration(request).sites_of(user, request.now).await;
    let sites = sites.map_err(|error| page_error(request, error))?;
    let site = sites.into_iter().find(|site| site.client.id.as_str() == named);
    Ok(site
        .map(|site| Deed::Disconnect(site.client.id.clone(), DisplayText::name(&site.client.metadata.name))))
}

async fn held(
    request: &BrowserRequest,
    administrator: &Administrator,
    part: PersonPart,
    (user, id): (Uuid, Uuid),
) -> Result<Option<Deed>, PageError> {
    let by = administrator.administration(request);
    let failed = |error| page_error(request, error);
    match part {
        PersonPart::TakeRole => {
            let roles = by.roles_of_user(user).await.map_err(failed)?;
            Ok(roles.own.into_iter().find(|role| role.id == id).map(Deed::TakeRole))
        }
        PersonPart::LeaveGroup => {
            let groups = by.groups_of_user(user).await.map_err(failed)?;
            let Some(group) = groups.into_iter().find(|group| group.id == id) else { return Ok(None) };
            let roles = roles_of(request, administrator, id).await?.unwrap_or_default();
            Ok(Some(Deed::LeaveGroup(group, roles)))
        }
        PersonPart::Address | PersonPart::RemoveMethod | PersonPart::EndSession => Err(PageError::NotFound),
    }
}
