//! `client remove`.

use idp_core::client::ClientId;
use serde_json::json;

use crate::{
    cli::{Context, failure::Failure},
    directory::Administration,
};

pub(super) async fn run(
    id: &ClientId,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    directory.remove_client(id, context.clock.now()).await?;
    Ok(context.output.show(&format!("Removed {id}"), &json!({ "client_id": id, "removed": true }))?)
}
