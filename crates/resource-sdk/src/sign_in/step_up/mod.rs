//! Step-up: a route demands a more recent or a stronger sign-in than the request has. The extractors of such routes are in
//! `extractors`, and the form that they take in `form`. `step_up_error` is what is answered instead of the handler, and `resume`
//! the page that sends a kept form on. The way to the provider and back is `login`'s and `callback`'s. RFC 9470.

pub(crate) mod extractors;
mod form;
pub(crate) mod resume;
pub(crate) mod step_up_error;
