//! `serve`.

use super::{Context, failure::Failure};
use crate::{
    config::{Loaded, warnings},
    serve,
};

pub(super) async fn run(context: Context) -> Result<(), Failure> {
    for warning in warnings(&context.config) {
        tracing::warn!("{warning}");
    }
    let loaded = Loaded { origins: context.origins, ..Loaded::from(context.config) };
    Ok(serve::run(loaded, context.clock, context.traces).await?)
}
