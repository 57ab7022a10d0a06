//! `user devices`: where one person is signed in, and what became of the sign-ins of the last 30 days.

use idp_core::device::label;

use super::Name;
use crate::{
    admin_api::users::sessions::{Device, ListSessions, Session},
    cli::{
        api::{Api, on},
        failure::Failure,
        output::{Output, value},
    },
};

const HEADING: [&str; 7] = ["session", "device", "kind", "address", "last use", "sites", "ended"];

pub(super) async fn run(name: &Name, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let person = name.find(api).await?;
    let found = api.call(on::<ListSessions>(person.path())).await?.body;
    let sessions: Vec<Session> = found.open.into_iter().chain(found.ended).collect();
    let rows: Vec<_> = sessions.iter().map(row).collect();
    let values = sessions.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    Ok(output.table(&HEADING, &rows, &values)?)
}

fn row(session: &Session) -> Vec<String> {
    let sites: Vec<&str> = session.sites.iter().map(|site| site.client_id.as_str()).collect();
    let ended = [session.ended_at.as_ref().map(|at| at.0.as_str()), session.ended_because.as_deref()];
    let device = session.device.as_ref();
    vec![
        session.id.to_string(),
        device.map_or_else(|| label(None, None), said),
        device.map_or("other", |device| &device.kind).to_owned(),
        session.address.clone().unwrap_or_default(),
        session.last_used_at.0.clone(),
        sites.join(" "),
        ended.into_iter().flatten().collect::<Vec<_>>().join(" "),
    ]
}

fn said(device: &Device) -> String {
    let kind = label(device.browser.as_deref(), device.system.as_deref());
    device.name.as_ref().map_or_else(|| kind.clone(), |name| format!("{name} ({kind})"))
}
