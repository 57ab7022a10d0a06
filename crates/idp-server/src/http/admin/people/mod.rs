//! The pages about people: finding one, all that an administrator may see of them, and what is done with them. Each act is one of
//! `directory/`, which asks for the right to it again; a page offers what it will probably do.

mod activity;
mod add;
mod addresses;
mod change;
mod choose;
mod confirm;
mod deeds;
mod everybody;
mod invitations;
mod invite;
pub mod lines;
mod list;
mod password;
mod sessions;
mod show;

use super::act::page_error;
use super::gate::Administrator;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage};
use crate::http::request::BrowserRequest;
use crate::http::request::route::{read, resource};
use crate::page::PageError;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;
use idp_core::user::Account;
use uuid::Uuid;

pub(super) fn routes(config: &mut ServiceConfig) {
    for (path, page) in [
        (path::ADMIN_PEOPLE, read(list::get)),
        (path::ADMIN_INVITATIONS, read(invitations::get)),
        (path::ADMIN_PERSON, read(show::get)),
        (path::ADMIN_PERSON_SESSIONS, read(sessions::get)),
        (path::ADMIN_PERSON_ACTIVITY, read(activity::get)),
        (path::ADMIN_NEW_PASSWORD, read(password::get_new)),
    ] {
        config.service(resource(path, "GET, HEAD").route(page));
    }
    for path in [
        path::ADMIN_RESET_METHODS,
        path::ADMIN_REMOVE_METHOD,
        path::ADMIN_SIGN_OUT,
        path::ADMIN_END_SESSION,
        path::ADMIN_DISCONNECT,
        path::ADMIN_TAKE_ROLE,
        path::ADMIN_LEAVE_GROUP,
        path::ADMIN_DISABLE,
        path::ADMIN_ENABLE,
        path::ADMIN_REMOVE_PERSON,
    ] {
        let page = resource(path, "GET, POST").route(get().to(confirm::get)).route(post().to(confirm::post));
        config.service(page);
    }
    for path in
        [path::ADMIN_GIVE_ROLE, path::ADMIN_JOIN_GROUP, path::ADMIN_ADD_HOLDER, path::ADMIN_GIVE_GROUP_ROLE]
    {
        let page = resource(path, "GET, POST").route(get().to(choose::get)).route(post().to(choose::post));
        config.service(page);
    }
    for (path, get, post) in [
        (path::ADMIN_ADD_PERSON, get().to(add::get), post().to(add::post)),
        (path::ADMIN_INVITE, get().to(invite::get), post().to(invite::post)),
        (
            path::ADMIN_WITHDRAW_INVITATION,
            get().to(invitations::get_withdraw),
            post().to(invitations::post_withdraw),
        ),
        (path::ADMIN_SIGN_OUT_EVERYBODY, get().to(everybody::get), post().to(everybody::post)),
        (path::ADMIN_CHANGE_PERSON, get().to(change::get), post().to(change::post)),
        (path::ADMIN_ADD_ADDRESS, get().to(addresses::get_add), post().to(addresses::post_add)),
        (path::ADMIN_ADDRESS, get().to(addresses::get_one), post().to(addresses::post_one)),
        (path::ADMIN_PERSON_PASSWORD, get().to(password::get), post().to(password::post)),
    ] {
        config.service(resource(path, "GET, POST").route(get).route(post));
    }
}

/// The person that the page is about.
async fn account(request: &BrowserRequest, administrator: &Administrator) -> Result<Account, PageError> {
    let AdminPage::People(PeoplePage::Of(_, user) | PeoplePage::Part(_, user, _)) = administrator.page else {
        return Err(PageError::NotFound);
    };
    let found = administrator.administration(request).person(user).await;
    found.map_err(|error| page_error(request, error))
}

/// A page of a person.
const fn page_of(page: PersonPage, user: Uuid) -> AdminPage {
    AdminPage::People(PeoplePage::Of(page, user))
}

/// Where a page is.
pub fn address_of(page: PeoplePage) -> String {
    AdminPage::People(page).path().into_owned()
}

/// The same, if it opens to the administrator.
fn if_open(administrator: &Administrator, page: PeoplePage) -> Option<String> {
    AdminPage::People(page).is_for(administrator.caller.permissions()).then(|| address_of(page))
}
