//! Scripted mode: the route that turns the refresh cookie into access tokens for page memory.
//! The module that calls it is `js/silent-refresh.js`.

pub(crate) mod token;
