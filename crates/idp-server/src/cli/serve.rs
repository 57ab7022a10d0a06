//! `serve`.

use super::{Context, failure::Failure};
use crate::{config::warnings, serve};

pub(super) async fn run(context: Context) -> Result<(), Failure> {
    for warning in warnings(&context.config) {
        tracing::warn!("{warning}");
    }
    Ok(serve::run(context.config, context.clock).await?)
}
