//! `client show`.

use idp_core::{client::ClientId, time::UnixTime};
use serde_json::{Value, json};

use super::value;
use crate::{
    cli::{
        Context,
        failure::Failure,
        output::{at, lines},
    },
    db::logout_deliveries::Delivery,
    directory::{Administration, clients::warnings},
};

/// So many deliveries of logout tokens are shown, the newest first.
const SHOWN: i64 = 10;

pub(super) async fn run(
    id: &ClientId,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let client = directory.client(id).await?;
    let deliveries = directory.store.logout_deliveries_to(id.clone(), SHOWN).await?;
    let mut value = value(&client);
    if let Some(members) = value.as_object_mut() {
        let deliveries = deliveries.iter().map(delivery).collect();
        members.insert("logout_deliveries".to_owned(), deliveries);
        members.insert("warnings".to_owned(), warnings(&client.metadata).into());
    }
    Ok(context.output.show(&lines(&value), &value)?)
}

/// What became of telling the client that a session ended.
fn delivery(delivery: &Delivery) -> Value {
    let took_ms = delivery.delivered_ms.map(|at_ms| at_ms.saturating_sub(delivery.created_ms));
    json!({
        "sid": delivery.sid,
        "state": delivery.state.as_str(),
        "ended_at": at(UnixTime(delivery.created_ms.div_euclid(1000))),
        "attempts": delivery.attempts,
        "took_ms": took_ms,
        "last_error": delivery.last_error,
    })
}
