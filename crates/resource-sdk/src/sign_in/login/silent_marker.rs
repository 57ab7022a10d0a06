//! The marker cookie of silent sign-in: it says that this browser session had its round, or shall have
//! none. `silent` sets it and asks for it; `callback` and `logout` set it as well.

use actix_web::{HttpRequest, cookie::Cookie};

use crate::sign_in::{browser::cookies, site::Site};

/// Whether this browser session had its round.
pub(crate) fn is_present(site: &Site, request: &HttpRequest) -> bool {
    !cookies::named(request, &site.cookies.silent_marker_name()).is_empty()
}

/// Lives as long as the browser session.
pub(crate) fn marker(site: &Site) -> Cookie<'static> {
    site.cookies.lax(site.cookies.silent_marker_name(), "1".to_owned())
}
