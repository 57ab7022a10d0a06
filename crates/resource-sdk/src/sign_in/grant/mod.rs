//! What one sign-in gave this site, as the browser stores it for the site, and its refreshing at the
//! provider. Both modes build on it: `session` adds the access token, `scripted` answers it to scripts.
//! RFC 6749 sections 1.5 and 6.

pub(crate) mod refresh;
pub(crate) mod stored_grant;
