//! A browser that keeps everything of this site but the session (a setting, an extension, a limit on the size of cookies) would
//! go from page to provider and back for ever: each round succeeds, and none leaves anything. RFC 6265 section 6.1.

use actix_web::HttpRequest;

use super::browser_binding::Binding;
use crate::sign_in::{
    browser::cookies,
    site::{Mode, Site},
};

/// Rounds after which it is sure: no person signs in as often in that time, signing out in between.
const ROUNDS: usize = 3;
/// In so many seconds.
const WITHIN: i64 = 10;

/// Whether the browser with this binding has just signed in again and again, and brings no session.
pub(crate) fn is_unkept(site: &Site, request: &HttpRequest, binding: &Binding) -> bool {
    let brings_session = || !cookies::named(request, &site.cookies.session_name()).is_empty();
    if site.mode != Mode::ServerRendered || brings_session() {
        return false;
    }
    let answered = site.used_states.answered(binding.tag(), &binding.answered);
    answered.begun_since(site.now().as_secs() - WITHIN) >= ROUNDS
}
