//! `client show`.

use serde_json::{Value, json};

use super::Id;
use crate::{
    admin_api::{
        clients::GetClient,
        deliveries::{ListLogoutDeliveries, LogoutDeliveryQuery},
    },
    cli::{
        api::{Api, asking, on, seen},
        failure::Failure,
        output::{Output, lines, value},
    },
};

/// So many deliveries of logout tokens are shown, the newest first.
const SHOWN: u32 = 10;

pub(super) async fn run(id: &Id, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let mut value = value(&api.call(on::<GetClient>(id.path())).await?.body)?;
    let client = Some(id.id.clone());
    let query = LogoutDeliveryQuery { limit: Some(SHOWN), client, ..LogoutDeliveryQuery::default() };
    let deliveries = seen(api.call(asking::<ListLogoutDeliveries>(query)).await)?;
    if let (Value::Object(members), Some(deliveries)) = (&mut value, deliveries) {
        members.insert("logout_deliveries".to_owned(), json!(deliveries.body.items));
    }
    Ok(output.show(&lines(&value), &value)?)
}
