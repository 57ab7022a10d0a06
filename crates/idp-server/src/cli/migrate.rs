//! `migrate`: makes the data folder on first use and brings the database up to date. `serve` does the same;
//! this is for those who want it to happen apart from a start.

use serde_json::json;

use super::{Context, failure::Failure};
use crate::installation::Installation;

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let database = Installation::open(&context.config.storage)?.database.to_string();
    let text = format!("{database} is up to date");
    Ok(context.output.show(&text, &json!({ "database": database, "up_to_date": true }))?)
}
