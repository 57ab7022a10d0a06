//! Why the feed is not connected, or a statement was not taken. For the site's log and its metrics:
//! the words name what failed and never repeat text that came over the network.

use super::batch::BatchError;
use crate::{http::FetchError, keys::KeyFetchError};

/// What went wrong with the feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The metadata document could not be used.
    #[error("discovery failed: {0}")]
    Discovery(KeyFetchError),
    /// The feed's address is not protected as the issuer's is.
    #[error("the feed's address is not an https address")]
    InsecureAddress,
    /// The provider could not be reached, or did not answer with 200.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// The client id or secret was not accepted.
    #[error("the provider does not accept this client")]
    Unauthorized,
    /// The answer is not what was asked for.
    #[error("the provider answered with another kind of document")]
    ContentType,
    /// A statement was not believed.
    #[error("a statement was refused: {0}")]
    Statement(#[from] BatchError),
    /// Something is missing between what is held and what came.
    #[error("statements are missing")]
    Gap,
    /// More is revoked than this reader may hold; nothing is proven until some of it has expired.
    #[error("more revocations than may be held")]
    Full,
    /// An event is larger than the feed may send.
    #[error("an event is larger than allowed")]
    TooLarge,
    /// No believable statement for three heartbeats.
    #[error("no statement for three heartbeats")]
    Silent,
    /// Statements come steadily later than they did on this connection.
    #[error("statements come later and later")]
    Late,
    /// This machine stood still, or its clock was set forward: the connection is made anew.
    #[error("this machine was suspended")]
    Suspended,
    /// The provider ended the connection.
    #[error("the provider ended the connection")]
    Ended,
}
