//! `serve`.

use super::{Context, failure::Failure};

pub(super) async fn run(context: Context) -> Result<(), Failure> {
    let _ = context.installation()?;
    Ok(())
}
