//! `serve`.

use super::{Context, failure::Failure};
use crate::{config::remarks, serve};

pub(super) async fn run(context: Context) -> Result<(), Failure> {
    for remark in remarks(&context.config) {
        tracing::warn!("{remark}");
    }
    Ok(serve::run(context.config, context.clock).await?)
}
