//! What came of refreshing a grant, as the requests that share the refresh get it.

use std::sync::Arc;

/// What came of a refresh.
#[derive(Clone)]
pub(crate) enum RefreshOutcome {
    /// The provider gave new tokens; the old refresh token is spent.
    Refreshed(Arc<RefreshedTokens>),
    /// The provider refused: the sign-in has ended.
    Rejected,
    /// The provider does not answer, or not sensibly. The refresh token may still be good.
    Unavailable,
}

/// New tokens. Each request verifies them for itself: they may be revoked while they are shared.
pub(crate) struct RefreshedTokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}
