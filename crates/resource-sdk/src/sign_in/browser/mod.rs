//! What goes to browsers and comes back from them: sealed cookies, paths that may be redirected to,
//! query parameters, the origin of a request, and the few error pages of the mount. It knows neither
//! the provider nor a site's settings but those of these pages. RFC 6265bis; Fetch Metadata; RFC 9700 section 4.11.

pub(crate) mod cookies;
pub(crate) mod error_page;
pub(crate) mod local_path;
pub(crate) mod locale;
pub(crate) mod packed;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod recorded_response;
pub(crate) mod redirect;
pub(crate) mod request_origin;
pub(crate) mod seal;
pub(crate) mod sealed_cookie;
pub(crate) mod step_up;
