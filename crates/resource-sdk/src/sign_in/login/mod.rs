//! The way to the provider: the login route, what travels with an attempt, what binds it to a browser, and
//! silent sign-in. The answer itself is taken in `callback`. RFC 6749 section 4.1.1; OpenID Connect Core section 3.1.2.1.

pub(crate) mod browser_binding;
pub(crate) mod rounds;
pub(crate) mod silent;
pub(crate) mod silent_marker;
pub(crate) mod start;
pub(crate) mod state;
