//! Server-rendered mode: from the session cookie of a request to the verified user that a handler gets
//! as an argument, and the middleware that writes a changed session back. Beginning and ending sessions
//! is left to `callback` and `logout`.

pub(crate) mod current_session;
pub(crate) mod extractors;
pub(crate) mod middleware;
pub(crate) mod session_cookie;
pub(crate) mod sign_in_error;
pub(crate) mod signed_in;
