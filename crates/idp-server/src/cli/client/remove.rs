//! `client remove`.

use idp_core::{client::ClientId, session::EndCause};
use serde_json::json;

use super::unknown;
use crate::{
    cli::{Context, failure::Failure},
    db::audit_events::About,
    installation::Installation,
    store::revoke::{Target, revoke},
};

pub(super) async fn run(id: ClientId, context: &Context, installation: &Installation) -> Result<(), Failure> {
    let about = About { client: Some(id.to_string()), ..About::default() };
    let target = Target::Client(id.clone());
    let now = context.clock.now();
    if !revoke(&installation.db, target, EndCause::ClientRemoved, about, now).await? {
        return Err(unknown(&id));
    }
    Ok(context.output.show(&format!("Removed {id}"), &json!({ "client_id": id, "removed": true }))?)
}
