//! How a browser that keeps no cookies is told from others: by a path of its own, and by a mark on the
//! requests that came under it. Serving that path is `keeper`'s; why there is one is told in `silent`.

/// Below the mount: the same site for a browser that keeps no cookies.
pub(crate) const GUEST_PATH: &str = "/guest";

/// Set on a request that came by [`GUEST_PATH`].
#[derive(Clone, Copy)]
pub(crate) struct Guest;
