//! Serves every page of the provider with sample data, for looking at them while their look is changed:
//!
//! ```text
//! cargo run -p idp-tests --example page_gallery          # http://127.0.0.1:8099/
//! cargo run -p idp-tests --example page_gallery -- 9000  # another port
//! ```
//!
//! The index lists each state of each page in each language, with ordinary names and with difficult ones.

use anyhow::Context;
use idp_tests::page_states::gallery;
use std::net::TcpListener;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let port = std::env::args().nth(1).map_or(Ok(8099), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("port {port}"))?;
    tokio::select! {
        ended = gallery::serve(listener)? => ended?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
