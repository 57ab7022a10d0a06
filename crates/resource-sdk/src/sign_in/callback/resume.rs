//! Where a browser goes on whose answer is not taken. If the person is signed in here, to the page that they wanted;
//! if not, to a fresh start of the same sign-in. When that would lead round in circles, to a page that says what is in
//! the way. No code is exchanged on any of these ways.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::StatusCode};

use super::{
    arrival::{Arrival, Standing},
    failure::ProviderAnswer,
};
use crate::sign_in::{
    browser::{
        error_page,
        locale::Locale,
        query::QueryParams,
        redirect::{add_cookies, go_to},
    },
    grant::stored_grant::StoredGrant,
    login::{
        silent_marker,
        start::{self, LoginRequest},
    },
    session::current_session::{self, CurrentSession},
    site::{Mode, Site},
};

/// Automatic restarts of a browser that brings no cookie, or a state that cannot be read.
const MAX_BLIND_RESTARTS: u8 = 1;
/// Of one that brings another cookie than the attempt is bound to: of two first visits at one moment, the
/// cookie of the later stays.
pub(super) const MAX_RESTARTS: u8 = 2;

/// Where it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WayOn {
    /// To the page that the person wanted.
    GoOn,
    /// To the provider once more.
    StartAgain { restarts: u8 },
    /// Nowhere: nothing is kept here.
    NoCookies,
    /// Nowhere: the site cannot read what it wrote.
    Unreadable,
}

/// The policy. A state that was used or is overdue needs no count: the next one is neither.
fn decide(standing: Standing, is_signed_in: bool, is_silent: bool, restarts: u8) -> WayOn {
    match standing {
        _ if is_signed_in || is_silent => WayOn::GoOn,
        Standing::Open | Standing::Used | Standing::Overdue => WayOn::StartAgain { restarts },
        Standing::Foreign if restarts < MAX_RESTARTS => WayOn::StartAgain { restarts: restarts + 1 },
        Standing::Unbound | Standing::Unreadable if restarts < MAX_BLIND_RESTARTS => {
            WayOn::StartAgain { restarts: restarts + 1 }
        }
        Standing::Foreign | Standing::Unbound => WayOn::NoCookies,
        Standing::Unreadable => WayOn::Unreadable,
    }
}

/// Leads on.
pub(super) async fn resume(
    site: &Arc<Site>,
    locale: &Locale,
    request: &HttpRequest,
    params: &QueryParams,
    arrival: Arrival,
) -> HttpResponse {
    let (is_signed_in, session) = presence(site, request).await;
    let is_silent = is_silent(params, &arrival);
    let way_on = decide(arrival.standing, is_signed_in, is_silent, arrival.restarts);
    tracing::info!(standing = ?arrival.standing, ?way_on, "an answer of the provider is not taken");
    let mut response = take(site, locale, arrival, way_on, is_silent && !is_signed_in).await;
    add_cookies(&mut response, session);
    response
}

async fn take(site: &Site, locale: &Locale, arrival: Arrival, way_on: WayOn, is_guest: bool) -> HttpResponse {
    let wanted = arrival.state.as_ref().and_then(|state| site.address_of(&state.return_to).ok());
    let return_to = wanted.unwrap_or_else(|| site.after_sign_in.clone());
    let step_up = arrival.state.as_ref().and_then(|state| state.step_up.clone());
    match way_on {
        // The site must not ask again at once, even if this browser keeps no cookie.
        WayOn::GoOn if is_guest && arrival.standing == Standing::Unbound => {
            let page = return_to.with_parameter(&site.cookies.cookieless_parameter());
            go_to(locale, &page, [silent_marker::marker(site)])
        }
        // After an answer that was taken the form is on its way; of another nothing is known.
        WayOn::GoOn if arrival.standing != Standing::Used && !is_guest => {
            go_to(locale, &site.way_back(&return_to, step_up.as_ref()), [])
        }
        WayOn::GoOn => go_to(locale, &return_to, is_guest.then(|| silent_marker::marker(site))),
        WayOn::StartAgain { restarts } => {
            let login = LoginRequest { return_to, is_silent: false, creates: false, restarts, step_up };
            start::send(site, locale, arrival.binding, &login).await
        }
        WayOn::NoCookies => {
            let login = site.login_path_with(&return_to, step_up.as_ref());
            error_page::no_cookies(locale, site.host(), &format!("{}{login}", site.origin()))
        }
        WayOn::Unreadable => {
            tracing::error!(
                "this site cannot read its own state: give all its processes the same cookie_key"
            );
            error_page::failed(
                locale,
                &site.login_path_with(&return_to, step_up.as_ref()),
                StatusCode::BAD_REQUEST,
            )
        }
    }
}

/// Whether the round was one that the person must not notice. Where the state cannot be read, only an answer to
/// `prompt=none` says that the person would have to be asked.
fn is_silent(params: &QueryParams, arrival: &Arrival) -> bool {
    let needs_interaction = || {
        let answer = params.single("error").map(ProviderAnswer::of_error);
        answer == Some(ProviderAnswer::InteractionRequired)
    };
    arrival.state.as_ref().map_or_else(needs_interaction, |state| state.is_silent)
}

/// Whether the browser brings a sign-in here, and what it must be told to keep of it. One that cannot be judged
/// now counts: its page says so. In scripted mode its cookie does not come along from elsewhere; then the provider
/// is asked once more, unnoticed.
async fn presence(site: &Arc<Site>, request: &HttpRequest) -> (bool, Option<Cookie<'static>>) {
    match site.mode {
        Mode::ServerRendered => {
            let resolution = current_session::resolve(site, request).await;
            (!matches!(resolution.current, CurrentSession::SignedOut), resolution.cookie)
        }
        Mode::Scripted => {
            let grant = StoredGrant::of_request(site, request);
            let is_good = |grant: StoredGrant| {
                !grant.is_over(site) && !grant.is_refused(site) && !grant.is_logged_out_by_provider(site)
            };
            (grant.is_some_and(is_good), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Standing; 6] = [
        Standing::Open,
        Standing::Used,
        Standing::Overdue,
        Standing::Foreign,
        Standing::Unbound,
        Standing::Unreadable,
    ];

    #[test]
    fn p1_who_is_signed_in_goes_on_and_who_was_not_to_notice_too() {
        for standing in ALL {
            for restarts in 0..=9 {
                assert_eq!(decide(standing, true, false, restarts), WayOn::GoOn);
                assert_eq!(decide(standing, false, true, restarts), WayOn::GoOn);
            }
        }
    }

    #[test]
    fn s35_a_restart_that_did_not_help_is_not_tried_for_ever() {
        for standing in [Standing::Foreign, Standing::Unbound, Standing::Unreadable] {
            let mut restarts = 0;
            while let WayOn::StartAgain { restarts: next } = decide(standing, false, false, restarts) {
                assert!(next > restarts && next <= MAX_RESTARTS, "{standing:?}");
                restarts = next;
            }
        }
    }

    #[test]
    fn p1_a_used_or_old_answer_is_a_fresh_start_however_often() {
        for standing in [Standing::Used, Standing::Overdue] {
            for restarts in 0..=9 {
                assert_eq!(decide(standing, false, false, restarts), WayOn::StartAgain { restarts });
            }
        }
    }
}
