//! Why the feed is not connected, or a statement was not taken. For the site's log and its metrics:
//! the words name what failed and never repeat text that came over the network.

use super::batch::BatchError;
use crate::{error::debug_in_words, http::FetchError, keys::KeyFetchError};

/// What went wrong with the feed.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The metadata document could not be used.
    #[error("the feed's address cannot be discovered: {0}")]
    Discovery(KeyFetchError),
    /// The feed's address is not protected as the issuer's is.
    #[error(
        "revocation_feed_endpoint in the metadata is not an https address; the provider has to change it"
    )]
    InsecureAddress,
    /// The provider could not be reached, or did not answer with 200.
    #[error("{0}")]
    Fetch(FetchError),
    /// The client id or secret was not accepted.
    #[error(
        "the provider refuses client id and secret; check those given to RevocationFeed::start (a public client has no feed)"
    )]
    Unauthorized,
    /// The client may not follow the feed.
    #[error(
        "the provider does not let this client follow the feed; its operator allows it with `client set <id> --feed`"
    )]
    Forbidden,
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
    /// The answer is not what was asked for.
    #[error("the answer is not of the feed's content type; does a proxy stand in between?")]
    ContentType,
    /// A statement was not believed.
    #[error("a statement was refused: {0}")]
    Statement(BatchError),
    /// Something is missing between what is held and what came.
    #[error("statements are missing")]
    Gap,
    /// More is revoked than this reader may hold; nothing is proven until some of it has expired.
    #[error("more revocations than may be held; raise FeedOptions::max_entries")]
    Full,
    /// An event is larger than the feed may send.
    #[error("an event is larger than FeedOptions::max_entries allows")]
    TooLarge,
    /// Nothing more was proven for three heartbeats.
    #[error("nothing new was proven for three heartbeats; does a proxy buffer text/event-stream?")]
    Silent,
    /// The answer to what this process sent for its anchor was not believed.
    #[error("an anchor was refused: it does not answer the request")]
    Anchor,
    /// A statement came before it was made.
    #[error(
        "the clocks of this machine and of the provider run at different rates, or one was stopped; the connection is made anew"
    )]
    Clocks,
    /// This machine stood still, or its clock was set forward: the connection is made anew.
    #[error("this machine was suspended, or its clock was set forward; the connection is made anew")]
    Suspended,
    /// The provider ended the connection.
    #[error("the provider ended the connection")]
    Ended,
}

debug_in_words!(FeedError);

impl From<FetchError> for FeedError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<BatchError> for FeedError {
    fn from(error: BatchError) -> Self {
        Self::Statement(error)
    }
}
