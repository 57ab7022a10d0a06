//! `client show`.

use idp_core::client::ClientId;
use serde_json::Value;

use super::{unknown, value};
use crate::{
    cli::{Context, failure::Failure},
    db::clients,
    installation::Installation,
};

pub(super) async fn run(id: ClientId, context: &Context, installation: &Installation) -> Result<(), Failure> {
    let wanted = id.clone();
    let found = installation.db.read(move |connection| clients::by_id(connection, &wanted)).await?;
    let value = value(&found.ok_or_else(|| unknown(&id))?);
    Ok(context.output.show(&lines(&value), &value)?)
}

/// One line a member, in the order of their names.
fn lines(value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    let lines = members.map(|(name, member)| match member {
        Value::String(text) => format!("{name}: {text}"),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
            format!("{name}: {}", items.join(" "))
        }
        Value::Null => format!("{name}: the server's default"),
        other => format!("{name}: {other}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}
