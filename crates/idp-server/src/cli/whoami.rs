//! `whoami`: the caller as the API knows it, and what they may do.

use clap::Args;

use super::{
    api::{Api, ServerFlags, on},
    failure::Failure,
    output::{Output, value},
};
use crate::admin_api::{
    NoPath,
    me::{GetMe, Me},
};

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
}

pub(super) async fn run(api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let me = api.call(on::<GetMe>(NoPath::default())).await?.body;
    Ok(output.show(&sentences(&me), &value(&me)?)?)
}

/// Who it is, and a permission a line.
pub(super) fn sentences(me: &Me) -> String {
    match me.permissions.as_slice() {
        [] => format!("{} may administer nothing", me.principal),
        permissions => format!("{} may\n  {}", me.principal, permissions.join("\n  ")),
    }
}
